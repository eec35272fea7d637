"""The summary of an incident: how it stands, why, what was done, and what comes next."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stanch.cli.session import Session
    from stanch.incident import Event, Incident
    from stanch.report.course import Attempt


def summary(here: "Session", incident: "Incident") -> Iterator[tuple[str, str]]:
    """Yield the lines of the summary, each as label and text."""
    from stanch.process import level
    from stanch.report.course import attempts
    from stanch.report.facts import facts

    events = here.store.journal.events(incident.id)
    found = facts(incident, events, here.store.records.evidence(incident.id))
    opened = f"opened {incident.opened_at:%Y-%m-%d %H:%MZ} by {incident.opened_by}"
    severity = level(incident.severity).label
    yield incident.id, f"{incident.status}, in the phase {incident.phase}; {severity}; {opened}"
    if found.cause is not None:
        yield "Cause", f"{found.cause.claim} ({found.cause.certainty}: {found.cause.hypothesis})"
    else:
        yield "Cause", "not known"
    tried = attempts(events)
    for attempt in tried:
        yield "Change", _change(attempt)
    if not tried:
        yield "Change", "nothing was changed"
    for one in here.store.approvals.all(incident=incident.id):
        by = f" by {one.decided_by} ({one.how})" if one.decided_by else ""
        why = f": {one.reason}" if one.reason else ""
        yield "Approval", f"{one.id} for {one.proposal}: {one.state}{by}{why}"
    yield from _next(here, incident, events)


def _change(attempt: "Attempt") -> str:
    parts: list[str] = [attempt.result]
    if attempt.held is not None:
        parts.append("its checks held" if attempt.held else "its checks did not hold")
    if attempt.undo is not None:
        parts.append(f"undone: {attempt.undo.result}")
    return f"{attempt.proposal.title}: {', '.join(parts)}"


def _next(
    here: "Session", incident: "Incident", events: "tuple[Event, ...] | list[Event]"
) -> Iterator[tuple[str, str]]:
    """Say where the post-mortem lies, or what moves the incident on."""
    from stanch.cli.turn import turn
    from stanch.incident import open_question

    written = [event.data["path"] for event in events if event.type == "postmortem.written"]
    if written:
        yield "Report", str(here.settings.home / written[-1])
    if incident.status.final:
        return
    asked = [
        one.id
        for one in here.store.approvals.all(incident=incident.id)
        if one.state.value == "pending"
    ]
    if (question := open_question(events)) is not None:
        yield "Next", f"stanch decide {incident.id} {'|'.join(question.answers)}: {question.says}"
    elif asked:
        yield "Next", f"stanch approve {asked[-1]}, or stanch reject {asked[-1]} --reason TEXT"
    elif told := turn(here, incident.id):
        yield "Next", told
    else:
        yield "Next", f"stanch resume {incident.id}"

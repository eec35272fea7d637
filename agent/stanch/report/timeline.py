"""The timeline: what happened when, from the journal, and from the evidence where it began.

A row repeats the time of its event. Rows of what was only found out later (the trigger, the
first error, the alert) carry the time at which it happened and are marked as reconstructed.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pydantic import AwareDatetime

from stanch.incident import Event, Evidence, Incident
from stanch.report.cause import cause
from stanch.report.course import attempts
from stanch.report.facts import Facts
from stanch.report.impact import harm
from stanch.report.journal import in_order, of
from stanch.report.rollouts import Rollout, rollouts
from stanch.report.rows import Kind, Row, row
from stanch.report.spans import percent, whole
from stanch.report.words import filled, nameless, people
from stanch.tools.operations import Frozen

_LOOK_BACK = timedelta(hours=2)
_RELEASE_SIGNS = frozenset(
    {
        "onset-follows-rollout",
        "errors-only-in-new-version",
        "configuration-changed-in-rollout",
        "memory-limit-lowered-in-rollout",
        "image-cannot-be-pulled",
        "rollout-stuck",
    }
)


class Entry(Frozen):
    """One row of the timeline."""

    at: AwareDatetime
    kind: Kind
    text: str
    event_ids: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    reconstructed: bool = False
    """Whether it was found out later than it happened."""
    by: str = ""
    """The person or role that acted; the only place of a row where a name may stand."""


def timeline(
    incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence], facts: Facts
) -> tuple[Entry, ...]:
    """Return the rows in the order of time, and of the journal within one instant."""
    events = in_order(events)
    rows = [*_before(incident, events, evidence, facts), *_told(events), *_end(events)]
    rows.sort(key=lambda pair: (pair[0].at, pair[1]))
    names = people(incident, events)
    entries = [
        entry.model_copy(update={"text": nameless(filled(entry.text, incident.params), names)})
        for entry, _ in rows
    ]
    return _joined(entries)


def trigger_of(
    incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence]
) -> Rollout | None:
    """Return the rollout that set the failure off, as far as the evidence shows one.

    It is the newest one before the onset of the deployment that the accepted hypothesis is
    about, and only when that hypothesis speaks of a rollout at all.
    """
    tried = attempts(events)
    found = cause(events, tried)
    if found is None:
        return None
    cures = [o.proposal.operation for o in tried if o.proposal.hypothesis == found.hypothesis.id]
    rolled_back = [operation for operation in cures if operation.kind == "kubernetes.roll_back"]
    holding = {s.name for s in found.hypothesis.supporting if s.holds is not False}
    if not rolled_back and (cures or not holding & _RELEASE_SIGNS):
        return None
    labels = incident.params | incident.alert.labels
    name = rolled_back[0].name if rolled_back else labels.get("deployment", labels.get("service"))
    felt = harm(events, tried)
    limit = max(felt.onset or incident.alert.starts_at, incident.alert.starts_at)
    # A rollout that came after the alert set off nothing; one with no predecessor is an install.
    fit = [r for r in rollouts(evidence) if r.deployment == name and r.at <= limit and not r.first]
    return fit[-1] if fit else None


def recent(incident: Incident, evidence: Mapping[str, Evidence]) -> tuple[Rollout, ...]:
    """Return the rollouts of the two hours before the alert."""
    start = incident.alert.starts_at - _LOOK_BACK
    return tuple(
        r for r in rollouts(evidence) if not r.first and start <= r.at <= incident.alert.starts_at
    )


def _before(
    incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence], facts: Facts
) -> list[tuple[Entry, int]]:
    """Return the rows of what happened before the journal began, with their place at a tie."""
    rows = []
    trigger = trigger_of(incident, events, evidence)
    for rollout in recent(incident, evidence):
        known = Row(
            "trigger" if trigger and rollout.replica_set == trigger.replica_set else "change",
            f"{rollout.text} (`{rollout.replica_set}` created).",
        )
        rows.append((_entry(known, rollout.at, evidence=(rollout.evidence,)), -3))
    felt = harm(events, attempts(events))
    if felt.onset and felt.onset_event:
        peak = f"; it peaked at {percent(felt.peak)}" if felt.peak is not None else ""
        known = Row("first_error", f"The error ratio began to rise{peak}.")
        ids = (felt.onset_event.id,)
        rows.append((_entry(known, felt.onset, events=ids, evidence=felt.evidence), -2))
    opened = next(iter(of(events, "incident.opened")), None)
    if opened:
        word = "was reported" if incident.alert.source == "manual" else "began to fire"
        known = Row("detected", f"The alert `{incident.alert.name}` {word}.")
        rows.append((_entry(known, facts.detected_at, events=(opened.id,)), -1))
    return rows


def _entry(
    known: Row, at: AwareDatetime, *, events: tuple[str, ...] = (), evidence: tuple[str, ...] = ()
) -> Entry:
    return Entry(
        at=whole(at),
        kind=known.kind,
        text=known.text,
        event_ids=events,
        evidence=evidence,
        reconstructed=True,
    )


def _told(events: Sequence[Event]) -> list[tuple[Entry, int]]:
    rows = []
    for event in events:
        known = row(event, events)
        if known is not None:
            entry = Entry(
                at=whole(event.at),
                kind=known.kind,
                text=known.text,
                event_ids=(event.id,),
                evidence=known.evidence,
                by=_actor(event) if known.acted else "",
            )
            rows.append((entry, event.seq))
    return rows


def _end(events: Sequence[Event]) -> list[tuple[Entry, int]]:
    felt = harm(events, attempts(events))
    if felt.end_event is None or felt.end is None or felt.onset is None:
        return []
    entry = Entry(
        at=felt.end,
        kind="impact_ended",
        text="The impact ended: from here on users were served as before.",
        event_ids=(felt.end_event.id,),
        reconstructed=felt.end != whole(felt.end_event.at),
    )
    # After a row of the same event, such as the verdict itself, it would read oddly.
    return [(entry, felt.end_event.seq - 1)]


def _actor(event: Event) -> str:
    """Return the person who acted; what the system does by itself needs no name."""
    person = event.actor.id if event.actor.kind == "human" else ""
    by = event.data.get("by") if event.type.startswith("approval.") else None
    return str(by or person).partition("@")[0]


def _joined(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Join a change of phase and one of status that stand side by side in one second."""
    joined: list[Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        quiet = {"phase", "status"}
        if last and last.kind in quiet and entry.kind in quiet and last.at == entry.at:
            joined[-1] = last.model_copy(
                update={
                    "kind": "phase" if "phase" in {last.kind, entry.kind} else "status",
                    "text": f"{last.text} {entry.text}",
                    "event_ids": (*last.event_ids, *entry.event_ids),
                }
            )
        else:
            joined.append(entry)
    return tuple(joined)

"""What the timeline says of each kind of event: one sentence, names of people left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from stanch.incident import Event
from stanch.report.journal import ids, named, text
from stanch.report.spans import span

Kind = Literal[
    "trigger",
    "change",
    "first_error",
    "detected",
    "declared",
    "repeated",
    "severity",
    "phase",
    "status",
    "hypothesis",
    "decision",
    "mitigation_proposed",
    "approval_requested",
    "approved",
    "rejected",
    "expired",
    "superseded",
    "mitigation_started",
    "mitigation_applied",
    "mitigation_failed",
    "in_doubt",
    "verification",
    "verified",
    "not_verified",
    "impact_ended",
    "step_denied",
    "notice",
    "handed_over",
    "closed",
]

MUST_SHOW = frozenset(
    {
        "incident.opened",
        "incident.status",
        "incident.handed_over",
        "incident.closed",
        "severity.set",
        "phase.entered",
        "approval.approved",
        "approval.rejected",
        "approval.expired",
        "approval.superseded",
        "mitigation.started",
        "mitigation.finished",
        "mitigation.in_doubt",
        "mitigation.probed",
        "verification.passed",
        "verification.failed",
        "verification.inconclusive",
        "question.answered",
    }
)
"""Kinds of events that a timeline may never leave out."""


class Row(NamedTuple):
    """What a row says, before it has a time."""

    kind: Kind
    text: str
    evidence: tuple[str, ...] = ()
    acted: bool = False
    """Whether it matters who did it."""


def row(event: Event, events: Sequence[Event]) -> Row | None:
    """Return what the timeline says of the event; None for one that it leaves out."""
    if event.type == "hypotheses.weighed":
        return _weighed(event, events)
    if event.type == "mitigation.finished":
        return _finished(event, events)
    tell = _TELL.get(event.type)
    return tell(event.data) if tell else None


def _weighed(event: Event, events: Sequence[Event]) -> Row | None:
    """Tell of a weighing only when another hypothesis leads than before."""
    earlier = [e for e in events if e.type == event.type and e.seq < event.seq]
    now = _leading(event.data)
    if earlier and now == _leading(earlier[-1].data):
        return None
    if now is None:
        return Row("hypothesis", "No hypothesis was clearly ahead.")
    evidence = tuple(
        dict.fromkeys(i for sign in now.get("supporting", ()) for i in ids(sign.get("evidence")))
    )
    return Row("hypothesis", f"Leading hypothesis: {_dot(text(now, 'claim'))}", evidence)


def _leading(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    ahead = (h for h in data.get("hypotheses", ()) if h.get("state") in {"leading", "confirmed"})
    return next(ahead, None)


def _proposed(data: Mapping[str, Any]) -> Row:
    proposal = data["proposal"]
    said = f"Proposal {proposal['id']}: {_dot(text(proposal, 'title'))}"
    return Row("mitigation_proposed", said, ids(proposal.get("evidence")))


def _approval(kind: Kind, word: str) -> Callable[[Mapping[str, Any]], Row]:
    def tell(data: Mapping[str, Any]) -> Row:
        why = f": {text(data, 'reason')}" if text(data, "reason") else ""
        what = f"Approval {named(data.get('approval'))} for {named(data.get('proposal'))}"
        return Row(kind, _dot(f"{what} {word}{why}"), acted=kind in {"approved", "rejected"})

    return tell


def _requested(data: Mapping[str, Any]) -> Row:
    approval = data["approval"]
    said = f"Approval {approval['id']} asked for proposal {approval['proposal']}."
    return Row("approval_requested", said)


def _started(data: Mapping[str, Any]) -> Row:
    word = "Undoing started" if data.get("inverse") else "Change started"
    return Row("mitigation_started", f"{word}: `{text(data, 'text')}`.")


def _finished(event: Event, events: Sequence[Event]) -> Row:
    data, result = event.data, text(event.data, "result")
    kind: Kind = "mitigation_applied" if result == "done" else "mitigation_failed"
    said = text(data, "text").removeprefix(f"{result}:").strip()
    # The inverse may share the key of its change: the one that was sent last has ended.
    sent = [e for e in events if e.type == "mitigation.started" and e.seq < event.seq]
    mine = [e for e in sent if e.data.get("key") == data.get("key")]
    word = "Undoing" if mine and mine[-1].data.get("inverse") else "Change"
    # Its command stands in the row of its start; here only what came of it is news.
    news = "" if mine and said == text(mine[-1].data, "text") else f": {said}" if said else ""
    return Row(kind, _dot(f"{word} of {named(data.get('proposal'))} {result}{news}"))


def _doubt(data: Mapping[str, Any]) -> Row:
    if data.get("by_hand"):
        first = text(data, "text").partition("\n")[0]
        what = first.partition(": ")[2] or first
        return Row("in_doubt", f"A person was asked to act by hand: {_dot(what)}")
    return Row("in_doubt", f"Outcome of the change unknown: {_dot(text(data, 'text'))}")


def _probed(data: Mapping[str, Any]) -> Row:
    words = {True: "found on the target", False: "not on the target", None: "still unclear"}
    return Row("in_doubt", f"Change {words[data.get('found')]}: {_dot(text(data, 'text'))}")


def _verifying(data: Mapping[str, Any]) -> Row:
    soak = data.get("soak_seconds")
    length = f" for {span(soak)}" if isinstance(soak, int | float) else ""
    return Row("verification", f"Verification of {named(data.get('proposal'))} began{length}.")


def _severity(data: Mapping[str, Any]) -> Row:
    label = text(data, "label") or f"severity {data.get('new')}"
    rule = f" by the rule {text(data, 'rule')}" if text(data, "rule") else ""
    return Row("severity", f"Severity set to {label}{rule}.")


def _phase(data: Mapping[str, Any]) -> Row:
    why = f": {text(data, 'reason')}" if text(data, "reason") else ""
    return Row("phase", _dot(f"Phase {text(data, 'new')}{why}"))


def _closed(data: Mapping[str, Any]) -> Row:
    why = f": {text(data, 'reason')}" if text(data, "reason") else ""
    return Row("closed", _dot(f"Incident closed{why}"), acted=True)


def _dot(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else sentence + "."


_TELL: dict[str, Callable[[Mapping[str, Any]], Row]] = {
    "incident.opened": lambda d: Row("declared", f"Incident opened: {_dot(text(d, 'title'))}"),
    "incident.repeated": lambda _: Row("repeated", "The same alert came again."),
    "incident.status": lambda d: Row("status", f"Status {text(d, 'new')}."),
    "incident.handed_over": lambda d: Row(
        "handed_over", f"Handed over to people: {_dot(text(d, 'reason'))}"
    ),
    "incident.closed": _closed,
    "severity.set": _severity,
    "phase.entered": _phase,
    "finding.made": lambda d: Row(
        "decision",
        f"Finding: {text(d, 'name')} is `{d.get('value')}`: {_dot(text(d, 'because'))}",
        ids(d.get("evidence")),
    ),
    "step.denied": lambda d: Row(
        "step_denied", f"Not allowed: `{text(d, 'text')}`: {_dot(text(d, 'reason'))}"
    ),
    "proposal.made": _proposed,
    "approval.requested": _requested,
    "approval.approved": _approval("approved", "granted"),
    "approval.rejected": _approval("rejected", "rejected"),
    "approval.expired": _approval("expired", "expired without a decision"),
    "approval.superseded": _approval("superseded", "superseded"),
    "mitigation.started": _started,
    "mitigation.in_doubt": _doubt,
    "mitigation.probed": _probed,
    "verification.started": _verifying,
    "verification.passed": lambda d: Row(
        "verified", f"Verification passed: {_dot(text(d, 'text'))}"
    ),
    "verification.failed": lambda d: Row(
        "not_verified", f"Verification failed: {_dot(text(d, 'text'))}"
    ),
    "verification.inconclusive": lambda d: Row(
        "not_verified", f"Verification inconclusive: {_dot(text(d, 'text'))}"
    ),
    "mitigation.effect": lambda d: Row("verification", f"Effect: {_dot(text(d, 'text'))}"),
    "evidence.kept": lambda d: Row(
        "notice",
        f"Evidence saved before the change of {named(d.get('proposal'))}: "
        f"{len(d.get('kept', ()))} readings, {len(d.get('lost', ()))} could not be taken.",
    ),
    "question.answered": lambda d: Row(
        "decision", f"A person decided: {_dot(text(d, 'answer'))}", acted=True
    ),
    "model.fallback": lambda d: Row(
        "notice", f"The rules decided instead of the model: {_dot(text(d, 'reason'))}"
    ),
    "notice": lambda d: Row("notice", _dot(text(d, "text"))),
}

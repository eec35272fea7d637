"""What became of each proposal: approval, run, verification and undoing, from the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stanch.incident import Event, Proposal
from stanch.report.journal import in_order, named

Result = Literal["not started", "done", "refused", "not sent", "superseded", "in doubt"]

_DECISIONS = {
    "approval.approved",
    "approval.rejected",
    "approval.expired",
    "approval.superseded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One change on its way to the target: sent at `started`, ended at `finished`."""

    key: str
    started: Event
    finished: Event | None = None
    doubt: Event | None = None
    probe: Event | None = None

    @property
    def result(self) -> Result:
        """What is known to have happened on the target."""
        if self.finished is not None:
            said = self.finished.data.get("result")
            known: tuple[Result, ...] = ("done", "refused", "not sent", "superseded")
            return next((one for one in known if one == said), "in doubt")
        if self.probe is not None and self.probe.data.get("found") is not None:
            return "done" if self.probe.data["found"] else "not sent"
        return "in doubt"

    @property
    def ended(self) -> Event:
        """The last event that speaks of it."""
        return self.finished or self.probe or self.doubt or self.started


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One proposal and what became of it."""

    proposal: Proposal
    made: Event
    requested: Event | None = None
    decision: Event | None = None
    run: Run | None = None
    samples: tuple[Event, ...] = ()
    verdict: Event | None = None
    undo: Run | None = None
    effect: Event | None = None
    """How users and the service stood before it and after it."""
    word: Event | None = None
    """What a person decided when nobody could tell whether it had helped."""

    @property
    def decided(self) -> str:
        """The decision in a word: approved, rejected, expired, superseded, open."""
        return self.decision.type.removeprefix("approval.") if self.decision else "open"

    @property
    def result(self) -> Result:
        """What happened to the change itself."""
        return self.run.result if self.run else "not started"

    @property
    def held(self) -> bool | None:
        """Whether the checks held after it; None when that was not seen."""
        return None if self.verdict is None else self.verdict.type == "verification.passed"

    @property
    def approver(self) -> str | None:
        """Who approved, for the approver's field only."""
        if self.decision is None or self.decided != "approved":
            return None
        by = self.decision.data.get("by") or self.decision.actor.id
        # An address is personal data; its first part is enough to know a colleague by.
        return str(by).partition("@")[0]


def attempts(events: Sequence[Event]) -> tuple[Attempt, ...]:
    """Return every proposal with its story, in the order in which they were made."""
    known: dict[str, Attempt] = {}
    for event in in_order(events):
        if event.type == "proposal.made":
            proposal = Proposal.model_validate(event.data["proposal"])
            known[proposal.id] = Attempt(proposal=proposal, made=event)
            continue
        attempt = known.get(_proposal(event))
        if attempt is not None:
            known[attempt.proposal.id] = _told(attempt, event)
    return tuple(sorted(known.values(), key=lambda one: one.made.seq))


def _proposal(event: Event) -> str:
    if event.type == "approval.requested":
        approval = event.data.get("approval")
        return str(approval.get("proposal", "")) if isinstance(approval, dict) else ""
    return named(event.data.get("proposal"))


def _told(attempt: Attempt, event: Event) -> Attempt:
    """Return the attempt with one more event taken in."""
    match event.type:
        case "approval.requested":
            attempt = replace(attempt, requested=event)
        case "verification.sample":
            attempt = replace(attempt, samples=(*attempt.samples, event))
        case "verification.passed" | "verification.failed":
            attempt = replace(attempt, verdict=event)
        case "mitigation.effect":
            attempt = replace(attempt, effect=event)
        case "question.answered":
            attempt = replace(attempt, word=event)
        case "mitigation.finished" | "mitigation.in_doubt" | "mitigation.probed":
            attempt = _with_run(attempt, event)
        case "mitigation.started":
            run = Run(key=str(event.data.get("key", "")), started=event)
            undoes = event.data.get("inverse")
            attempt = replace(attempt, undo=run) if undoes else replace(attempt, run=run)
        case decided if decided in _DECISIONS:
            attempt = replace(attempt, decision=event)
    return attempt


def _with_run(attempt: Attempt, event: Event) -> Attempt:
    # The inverse may share its key with the change: the one that still runs is meant.
    run = attempt.undo or attempt.run
    if run is None:
        return attempt
    match event.type:
        case "mitigation.finished":
            run = replace(run, finished=event)
        case "mitigation.in_doubt":
            run = replace(run, doubt=event)
        case _:
            run = replace(run, probe=event)
    return replace(attempt, undo=run) if attempt.undo else replace(attempt, run=run)

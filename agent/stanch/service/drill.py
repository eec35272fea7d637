"""Drills: what a rehearsed incident came to, scored by the journal and the referee.

A drill is an incident like any other; nothing in it knows the fault. Only afterwards is
what was found and done compared with what its runbook says is right (its `drills`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any

from stanch.incident import Event, Proposal
from stanch.runbook.model import Drill, Runbook
from stanch.store import Store
from stanch.tools.operations import DoByHand

_AND = " + "


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rehearsal: a fault with a seed, and what is right."""

    fault: str
    seed: int
    runbook: str
    cause: str
    """The hypothesis that has to lead, as runbook#name."""
    action: str | None
    """What has to be made, as runbook#step, several with " + " between; None: nothing may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What came of one case; times are seconds of the rehearsal's clock from the alert on."""

    fault: str
    seed: int
    runbook: str
    alert: str
    cause: str
    found: str
    """The hypothesis that led when it mattered; empty when none did."""
    action: str | None
    done: tuple[str, ...]
    """The mitigations that were carried out."""
    proposed_after: float | None
    recovered_after: float | None
    read_seconds: float
    """Seconds of the wall that all its reads took, added up."""
    operations: int
    well: bool
    by_hand: bool
    """Whether a person had to put it right in the end."""
    unexpected: tuple[str, ...]
    """Changes that the referee saw and no cure needs."""
    status: str
    error: str = ""

    @property
    def right_cause(self) -> bool:
        """Whether the true cause led."""
        return self.found == self.cause

    @property
    def right_action(self) -> bool:
        """Whether exactly the right mitigation was made, or none where none is right."""
        return {_step(one) for one in self.done} == self._meant

    @property
    def wrong_changes(self) -> tuple[str, ...]:
        """The changes that should not have been made."""
        return tuple(one for one in self.done if _step(one) not in self._meant) + self.unexpected

    @property
    def _meant(self) -> set[str]:
        return set(self.action.split(_AND)) if self.action else set()

    def as_json(self) -> dict[str, Any]:
        """Return the score as plain JSON data."""
        return {
            **asdict(self),
            "right_cause": self.right_cause,
            "right_action": self.right_action,
            "wrong_changes": list(self.wrong_changes),
        }


def cases(runbooks: Iterable[Runbook], *, seeds: Iterable[int]) -> tuple[Case, ...]:
    """Return the cases that runbooks declare, each with every seed."""
    found = []
    for runbook in runbooks:
        for drill in runbook.drills:
            found += [_case(runbook, drill, seed) for seed in seeds]
    return tuple(found)


def _case(runbook: Runbook, drill: Drill, seed: int) -> Case:
    def scoped(name: str) -> str:
        return name if "#" in name else f"{runbook.name}#{name}"

    steps = runbook.plans[drill.action].steps if drill.action in runbook.plans else ()
    return Case(
        fault=drill.fault,
        seed=seed,
        runbook=runbook.name,
        cause=scoped(drill.cause),
        action=_AND.join(map(scoped, steps or (drill.action,))) if drill.action else None,
    )


def _step(name: str) -> str:
    """Return the step of a mitigation that may be one stage of several: x#step@value."""
    return name.partition("@")[0]


def score(
    case: Case, store: Store, incident: str, *, verdict: Mapping[str, Any], by_hand: bool
) -> Score:
    """Score a case by the journal of its incident and the verdict of the referee."""
    record = store.records.incident(incident)
    events = store.journal.events(incident)
    proposals = {one.id: one for one in store.records.proposals(incident)}
    began = record.alert.starts_at
    return Score(
        fault=case.fault,
        seed=case.seed,
        runbook=case.runbook,
        alert=record.alert.name,
        cause=case.cause,
        found=_led(events),
        action=case.action,
        done=_done(events, proposals),
        proposed_after=_after(events, "proposal.made", began),
        recovered_after=_after(events, "verification.passed", began),
        read_seconds=_added_up(events),
        operations=sum(1 for one in events if one.type == "step.started"),
        well=bool(verdict.get("well")),
        by_hand=by_hand,
        unexpected=tuple(verdict.get("unexpected", ())),
        status=record.status.value,
    )


def failed(case: Case, why: str) -> Score:
    """Return the score of a case that did not come to an end."""
    return Score(
        fault=case.fault,
        seed=case.seed,
        runbook=case.runbook,
        alert="",
        cause=case.cause,
        found="",
        action=case.action,
        done=(),
        proposed_after=None,
        recovered_after=None,
        read_seconds=0.0,
        operations=0,
        well=False,
        by_hand=False,
        unexpected=(),
        status="not run",
        error=why,
    )


def from_json(values: Mapping[str, Any]) -> Score:
    """Return the score that `as_json` made these values of."""
    plain = {name: values[name] for name in Score.__dataclass_fields__}
    lists = {name: tuple(plain[name]) for name in ("done", "unexpected")}
    return Score(**{**plain, **lists})


def middle(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that there are; None of none."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _led(events: Iterable[Event]) -> str:
    """Return the hypothesis that led at the first look that had one.

    After a mitigation that worked the same signs are gone, so the last word is not it.
    """
    for event in events:
        if event.type == "hypotheses.weighed":
            for one in event.data["hypotheses"]:
                if one["state"] == "leading":
                    return str(one["id"])
    return ""


def _done(events: Iterable[Event], proposals: Mapping[str, Proposal]) -> tuple[str, ...]:
    """Return the changes that stanch made; what a person did by hand is none of them."""
    names = []
    for event in events:
        if event.type == "mitigation.finished" and event.data.get("result") == "done":
            proposal = proposals.get(str(event.data.get("proposal")))
            if proposal is None or isinstance(proposal.operation, DoByHand):
                continue
            if not str(event.data.get("key", "")).endswith(":inverse"):
                names.append(f"{proposal.runbook}#{proposal.mitigation}")
    return tuple(dict.fromkeys(names))


def _after(events: Iterable[Event], kind: str, began: datetime) -> float | None:
    times = [(event.at - began).total_seconds() for event in events if event.type == kind]
    return round(times[0], 1) if times else None


def _added_up(events: Iterable[Event]) -> float:
    """Return the sum of the durations of all reads, in seconds of the wall."""
    return round(
        sum(float(e.data.get("duration", 0.0)) for e in events if e.type == "step.finished"), 4
    )

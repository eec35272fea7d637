"""The situation that a change is judged in, as the journal tells it.

Everything here is read from the journal, which is sealed: a row that somebody wrote into
the database breaks no glass and makes no vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stanch.incident import Approval, Event, Proposal
from stanch.incident.event import EventType
from stanch.policy import STANCH, Held, Situation
from stanch.process.severity import LEVELS
from stanch.store import Store
from stanch.tools.operations import Change

_TOLD_BY: Final[tuple[EventType, ...]] = (
    "glass.broken",
    "glass.mended",
    "mitigation.started",
    "mitigation.finished",
    "verification.passed",
)
_VERIFIED: Final[tuple[EventType, ...]] = ("verification.passed", "verification.failed")
VOTES: Final[tuple[EventType, ...]] = ("approval.voted",)
_LONGEST = timedelta(days=7)
"""The longest time that a policy can limit how often a target is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What for, by whom and in which way a change is to be made."""

    role: str = "devops"
    requester: str = STANCH
    reversible: bool = False
    key: str | None = None
    """The name of the change itself, if it was begun already."""
    undoing: bool = False


def situation_of(
    store: Store, change: Change, purpose: Purpose, *, incident: str, now: datetime
) -> Situation:
    """Return the situation of `incident` for `change`."""
    found = store.records.incident(incident)
    events = store.journal.events(incident, of=_TOLD_BY)
    started = store.journal.started(now - _LONGEST)
    recent = tuple(
        event.at
        for event in started
        if event.data.get("target") == change.target
        and not event.data.get("inverse")
        and event.data.get("key") != purpose.key
    )
    until, by = _glass(store, incident, events)
    return Situation(
        now=now,
        role=purpose.role,
        severity=LEVELS[found.severity].label,
        labels=dict(found.alert.labels),
        requester=purpose.requester,
        reversible=purpose.reversible,
        recent=recent,
        busy_hosts=_busy(store, incident, events, purpose.key),
        held=_held(store, change, started),
        glass_until=until,
        glass_by=by,
        undoing=purpose.undoing,
    )


def _held(store: Store, change: Change, started: Sequence[Event]) -> tuple[Held, ...]:
    """Return where changes of the same kind were verified, by what the journal holds."""
    begun = {
        (event.incident, event.data["proposal"])
        for event in started
        if event.data.get("operation", {}).get("kind") == change.kind
        and not event.data.get("inverse")
    }
    found = []
    for incident in sorted({incident for incident, _ in begun}):
        proposals = {one.id: one for one in store.records.proposals(incident)}
        # What a plan has kept may be taken back after it was verified: the last word counts.
        last = {
            event.data["proposal"]: event for event in store.journal.events(incident, of=_VERIFIED)
        }
        for name, event in last.items():
            one = proposals.get(name) if (incident, name) in begun else None
            if one is not None and event.type == "verification.passed":
                found += [
                    Held(environment=one.needs.environment, thing=thing, at=event.at)
                    for thing in one.operation.reach.things
                ]
    return tuple(found)


def glass_until(events: Sequence[Event]) -> datetime | None:
    """Return until when the glass is broken, by the last word on it; None when it is not."""
    broken = _broken(events)
    return datetime.fromisoformat(broken.data["until"]) if broken else None


def _glass(
    store: Store, incident: str, events: Sequence[Event]
) -> tuple[datetime | None, str | None]:
    """Return until when the glass is broken and by whom; a clock set back does not revive it."""
    broken, until = _broken(events), glass_until(events)
    if broken is None or until is None:
        return None, None
    if any(one.at >= until for one in store.journal.events(incident, after=broken.seq)):
        return None, None
    return until, broken.actor.id


def _broken(events: Sequence[Event]) -> Event | None:
    last = [one for one in events if one.type in {"glass.broken", "glass.mended"}][-1:]
    return last[0] if last and last[0].type == "glass.broken" else None


def votes_for(events: Sequence[Event], approval: Approval, proposal: Proposal) -> tuple[str, ...]:
    """Return the different people whose yes to exactly this proposal the journal holds."""
    may = set(proposal.needs.approvers)
    names = (
        event.data["by"]
        for event in events
        if event.type == "approval.voted"
        and event.data["approval"] == approval.id
        and event.data["bound"] == proposal.bound
        and event.data["answer"] == "approve"
        and event.actor.kind == "human"
        and event.actor.id == event.data["by"]
    )
    return tuple(dict.fromkeys(name for name in names if name in may))


def _busy(store: Store, incident: str, events: Sequence[Event], key: str | None) -> frozenset[str]:
    """Return the hosts on which changes were begun and neither verified nor undone."""
    proposals = {one.id: one for one in store.records.proposals(incident)}
    busy: dict[str, str] = {}
    for event in events:
        name = event.data.get("proposal")
        proposal = proposals.get(name) if isinstance(name, str) else None
        if proposal is None or proposal.key == key:
            continue
        host = proposal.operation.reach.host
        if event.type == "mitigation.started" and host is not None:
            busy[proposal.id] = host
        # The change ended what it began when it was not made; its inverse, when it was.
        ended = event.type == "mitigation.finished" and (
            (event.data.get("result") == "done") is event.data["key"].endswith(":inverse")
        )
        if event.type == "verification.passed" or ended:
            busy.pop(proposal.id, None)
    return frozenset(busy.values())

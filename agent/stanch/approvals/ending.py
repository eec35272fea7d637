"""How a request for a decision ends without one: it runs out, or its ground is gone."""

from datetime import datetime
from typing import Any

from stanch.clock import Clock
from stanch.incident import Actor, Approval, ApprovalState
from stanch.incident.event import EventType
from stanch.store import ConflictError, Entry, Store

_SYSTEM = Actor(kind="system", id="approvals")


def expire_due(store: Store, clock: Clock, incident: str) -> bool:
    """Mark the approvals of an incident that ran out; say whether there were any."""
    now = clock.now()
    due = [
        one
        for one in store.approvals.all(incident=incident)
        # A yes that nobody acted on in time runs out like a question that nobody answered.
        if one.state in {ApprovalState.PENDING, ApprovalState.APPROVED}
        and store.approvals.ran_out(one, now)
    ]
    for one in due:
        expire(store, one, now)
    return bool(due)


def void_open(store: Store, clock: Clock, incident: str, *, reason: str) -> None:
    """Void every approval of an incident that was not used yet, so that nobody is asked in vain."""
    for one in store.approvals.all(incident=incident):
        if one.state in {ApprovalState.PENDING, ApprovalState.APPROVED}:
            supersede(store, clock, one, reason=reason)


def expire(store: Store, approval: Approval, now: datetime) -> None:
    """Mark an approval as run out; a decision of the same moment stands."""
    try:
        _end(store, approval, ApprovalState.EXPIRED, now=now, reason=None)
    except ConflictError:
        return


def supersede(store: Store, clock: Clock, approval: Approval, *, reason: str) -> None:
    """Void an approval and say why; one that has ended by now is left as it is."""
    try:
        _end(store, approval, ApprovalState.SUPERSEDED, now=clock.now(), reason=reason)
    except ConflictError:
        return


def _end(
    store: Store, approval: Approval, to: ApprovalState, *, now: datetime, reason: str | None
) -> None:
    kind: EventType = "approval.expired" if to is ApprovalState.EXPIRED else "approval.superseded"
    facts = {
        "approval": approval.id,
        "proposal": approval.proposal,
        "bound": approval.bound,
        "reason": reason,
    }
    with store.database.write() as connection:
        store.approvals.move(connection, approval.id, to=to, now=now, reason=reason)
        last = store.journal.add(connection, [entry(approval, kind, facts, now, _SYSTEM)])
    store.journal.mark(last)


def entry(
    approval: Approval, kind: EventType, facts: dict[str, Any], now: datetime, actor: Actor
) -> Entry:
    """Return the journal's entry of what happened to an approval."""
    return Entry(
        at=now,
        incident=approval.incident,
        actor=actor,
        phase="mitigate",
        type=kind,
        data=facts,
    )

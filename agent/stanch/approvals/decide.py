"""A decision of a named person on one approval, written before anything is resumed.

The identity comes from the operating system, never from what the person types. The
decision is bound to the digest of the proposal that was shown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stanch.clock import Clock
from stanch.incident import Actor, Approval, ApprovalState
from stanch.incident.event import EventType
from stanch.policy import Policy
from stanch.store import ConflictError, Entry, Store


class ApprovalError(Exception):
    """The decision does not count; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who decides, and how that was established."""

    name: str
    how: str


def approve(
    store: Store, policy: Policy, clock: Clock, approval: Approval, *, who: Identity
) -> Approval:
    """Record that `who` approves exactly what `approval` is bound to.

    Raises:
        ApprovalError: the person is not listed, or the approval cannot be given any more.
    """
    require_listed(policy, who)
    proposal = store.records.proposal(approval.proposal)
    if proposal.bound != approval.bound:
        raise ApprovalError(
            f"{approval.id} does not fit its proposal {proposal.id}: one of them was altered. "
            "Nothing was approved; run `stanch audit verify`"
        )
    if proposal.policy_sha256 != policy.sha256:
        _supersede(store, clock, approval, "the policy was changed since it was asked")
        raise ApprovalError(
            f"{approval.id} was asked under other rules than those in force now and is void; "
            f"`stanch resume {approval.incident}` makes a fresh proposal"
        )
    return _decide(store, clock, approval, ApprovalState.APPROVED, who=who, reason=None)


def reject(
    store: Store, policy: Policy, clock: Clock, approval: Approval, *, who: Identity, reason: str
) -> Approval:
    """Record that `who` rejects it, and why.

    Raises:
        ApprovalError: the person is not listed, gave no reason, or came too late.
    """
    require_listed(policy, who)
    if not reason.strip():
        raise ApprovalError("a rejection needs a reason: it goes into the post-mortem")
    return _decide(store, clock, approval, ApprovalState.REJECTED, who=who, reason=reason.strip())


def expire_due(store: Store, clock: Clock, incident: str) -> bool:
    """Mark the approvals of an incident that ran out; say whether there were any."""
    now = clock.now()
    due = [
        one
        for one in store.approvals.all(incident=incident)
        if one.state is ApprovalState.PENDING and one.expires_at <= now
    ]
    for one in due:
        _expire(store, one, now)
    return bool(due)


def void_open(store: Store, clock: Clock, incident: str, *, reason: str) -> None:
    """Void every approval of an incident that was not used yet, so that nobody is asked in vain."""
    for one in store.approvals.all(incident=incident):
        if one.state in {ApprovalState.PENDING, ApprovalState.APPROVED}:
            _supersede(store, clock, one, reason)


def require_listed(policy: Policy, who: Identity) -> None:
    """Make sure that the policy lets `who` decide about changes.

    Raises:
        ApprovalError: it does not.
    """
    if who.name not in policy.approval.people:
        listed = ", ".join(policy.approval.people) or "nobody"
        raise ApprovalError(
            f"{who.name} ({who.how}) may not decide about changes; the policy lists {listed} "
            "under approval.people"
        )


def _decide(
    store: Store,
    clock: Clock,
    approval: Approval,
    to: ApprovalState,
    *,
    who: Identity,
    reason: str | None,
) -> Approval:
    now = clock.now()
    if approval.state is ApprovalState.PENDING and approval.expires_at <= now:
        _expire(store, approval, now)
    kind: EventType = "approval.approved" if to is ApprovalState.APPROVED else "approval.rejected"
    facts = {
        "approval": approval.id,
        "proposal": approval.proposal,
        "by": who.name,
        "how": who.how,
        "reason": reason,
    }
    try:
        with store.database.write() as connection:
            store.approvals.move(
                connection,
                approval.id,
                to=to,
                now=now,
                bound=approval.bound,
                by=who.name,
                how=who.how,
                reason=reason,
            )
            actor = Actor(kind="human", id=who.name)
            last = store.journal.add(connection, [_entry(approval, kind, facts, now, actor)])
    except ConflictError as error:
        raise ApprovalError(str(error)) from None
    store.journal.mark(last)
    return store.approvals.get(approval.id)


def _expire(store: Store, approval: Approval, now: datetime) -> None:
    try:
        _end(store, approval, ApprovalState.EXPIRED, now, None)
    except ConflictError:
        # Somebody decided in the same moment: their decision stands.
        return


def _supersede(store: Store, clock: Clock, approval: Approval, reason: str) -> None:
    try:
        _end(store, approval, ApprovalState.SUPERSEDED, clock.now(), reason)
    except ConflictError:
        return


def _end(
    store: Store, approval: Approval, to: ApprovalState, now: datetime, reason: str | None
) -> None:
    kind: EventType = "approval.expired" if to is ApprovalState.EXPIRED else "approval.superseded"
    facts = {"approval": approval.id, "proposal": approval.proposal, "reason": reason}
    with store.database.write() as connection:
        store.approvals.move(connection, approval.id, to=to, now=now, reason=reason)
        actor = Actor(kind="system", id="approvals")
        last = store.journal.add(connection, [_entry(approval, kind, facts, now, actor)])
    store.journal.mark(last)


def _entry(
    approval: Approval, kind: EventType, facts: dict[str, Any], now: datetime, actor: Actor
) -> Entry:
    return Entry(
        at=now,
        incident=approval.incident,
        actor=actor,
        phase="mitigate",
        type=kind,
        data=facts,
    )

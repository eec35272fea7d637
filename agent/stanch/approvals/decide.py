"""Answers of named people to one request, written before anything is resumed.

An answer is a vote that is never changed. It is bound to the digest of the proposal that
was shown. One rejection ends the request; the approval stands as soon as as many different
people as the policy asks for have said yes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from stanch.approvals.ending import entry, expire, supersede
from stanch.approvals.errors import ApprovalError, legible
from stanch.approvals.identity import Identity
from stanch.clock import Clock
from stanch.incident import Actor, Approval, ApprovalState, Proposal, Vote
from stanch.policy import Policy
from stanch.store import ConflictError, Entry, Store

Answer = Literal["approve", "reject", "abstain"]
_TOLD = ("approval", "proposal", "bound", "how", "reason")


@dataclass(frozen=True, slots=True)
class Tally:
    """How the votes on one request stand."""

    approved: tuple[str, ...]
    abstained: tuple[str, ...]
    quorum: int

    @property
    def missing(self) -> int:
        """How many more have to say yes."""
        return max(self.quorum - len(self.approved), 0)


def approve(
    store: Store, policy: Policy, clock: Clock, approval: Approval, *, who: Identity
) -> Approval:
    """Record that `who` approves exactly what `approval` is bound to.

    Raises:
        ApprovalError: the person may not, has answered before, or it cannot be given any more.
    """
    return _vote(store, policy, clock, approval, answer="approve", who=who, reason=None)


def reject(
    store: Store, policy: Policy, clock: Clock, approval: Approval, *, who: Identity, reason: str
) -> Approval:
    """Record that `who` rejects it, and why.

    Raises:
        ApprovalError: the person may not, has answered before, gave no reason, or came too late.
    """
    if not legible(reason):
        raise ApprovalError("a rejection needs a reason: it goes into the post-mortem")
    return _vote(store, policy, clock, approval, answer="reject", who=who, reason=reason)


def abstain(
    store: Store, policy: Policy, clock: Clock, approval: Approval, *, who: Identity, reason: str
) -> Approval:
    """Record that `who` leaves it to the others.

    Raises:
        ApprovalError: the person may not, has answered before, or came too late.
    """
    return _vote(store, policy, clock, approval, answer="abstain", who=who, reason=reason)


def tally(store: Store, proposal: Proposal, approval: Approval) -> Tally:
    """Return how the votes on `approval` stand."""
    return _tally(store.votes.of(approval.id), proposal, approval)


def require_listed(policy: Policy, who: Identity) -> None:
    """Make sure that the policy lets `who` decide about changes.

    Raises:
        ApprovalError: it does not.
    """
    _listed(policy.approvers, who, "approval.approvers")


def _listed(people: tuple[str, ...], who: Identity, where: str) -> None:
    if who.name not in people:
        listed = ", ".join(people) or "nobody"
        raise ApprovalError(
            f"{who.name} ({who.how}) may not decide about it; the policy lists {listed} "
            f"under {where}"
        )


def _vote(
    store: Store,
    policy: Policy,
    clock: Clock,
    approval: Approval,
    *,
    answer: Answer,
    who: Identity,
    reason: str | None,
) -> Approval:
    reason = legible(reason or "")
    proposal = store.records.proposal(approval.proposal)
    _require_sound(store, policy, clock, approval, proposal)
    _listed(proposal.needs.approvers, who, proposal.needs.rule)
    now = clock.now()
    if approval.state is ApprovalState.PENDING and store.approvals.ran_out(approval, now):
        expire(store, approval, now)
    vote = Vote(
        approval=approval.id,
        bound=approval.bound,
        voter=who.name,
        how=who.how,
        answer=answer,
        reason=reason or None,
        at=now,
    )
    try:
        with store.database.write() as connection:
            entries = _cast(connection, store, proposal, approval, vote=vote, now=now)
            last = store.journal.add(connection, entries)
    except ConflictError as error:
        raise ApprovalError(str(error)) from None
    store.journal.mark(last)
    return store.approvals.get(approval.id)


def _require_sound(
    store: Store, policy: Policy, clock: Clock, approval: Approval, proposal: Proposal
) -> None:
    """Make sure that the request still stands for what it was made of."""
    if proposal.bound != approval.bound:
        raise ApprovalError(
            f"{approval.id} does not fit its proposal {proposal.id}: one of them was altered. "
            "Nothing was recorded; run `stanch audit verify`"
        )
    if proposal.policy_sha256 != policy.sha256:
        supersede(store, clock, approval, reason="the policy was changed since it was asked")
        raise ApprovalError(
            f"{approval.id} was asked under other rules than those in force now and is void; "
            f"`stanch resume {approval.incident}` makes a fresh proposal"
        )


def _cast(
    connection: Connection,
    store: Store,
    proposal: Proposal,
    approval: Approval,
    *,
    vote: Vote,
    now: datetime,
) -> list[Entry]:
    """Write the vote, and the decision if it makes one; return what the journal gets."""
    # That it is still open, not run out and for this very proposal is a part of the write.
    store.approvals.require_open(connection, approval.id, now=now, bound=approval.bound)
    store.votes.add(connection, vote)
    counted = _tally(store.votes.within(connection, approval.id), proposal, approval)
    actor = Actor(kind="human", id=vote.voter)
    facts: dict[str, Any] = {
        "approval": approval.id,
        "proposal": approval.proposal,
        "bound": approval.bound,
        "by": vote.voter,
        "how": vote.how,
        "answer": vote.answer,
        "reason": vote.reason,
        "votes": len(counted.approved),
        "quorum": counted.quorum,
    }
    entries = [entry(approval, "approval.voted", facts, now, actor)]
    if vote.answer == "reject":
        _move(
            connection, store, approval, ApprovalState.REJECTED, now=now, vote=vote, by=vote.voter
        )
        told = {name: facts[name] for name in (*_TOLD, "by")}
        entries.append(entry(approval, "approval.rejected", told, now, actor))
    elif vote.answer == "approve" and not counted.missing:
        by = ", ".join(counted.approved)
        _move(connection, store, approval, ApprovalState.APPROVED, now=now, vote=vote, by=by)
        told = {name: facts[name] for name in _TOLD}
        told |= {"by": by, "votes": list(counted.approved)}
        entries.append(entry(approval, "approval.approved", told, now, actor))
    return entries


def _move(
    connection: Connection,
    store: Store,
    approval: Approval,
    to: ApprovalState,
    *,
    now: datetime,
    vote: Vote,
    by: str,
) -> None:
    store.approvals.move(
        connection,
        approval.id,
        to=to,
        now=now,
        bound=approval.bound,
        by=by,
        how=vote.how,
        reason=vote.reason,
    )


def _tally(votes: tuple[Vote, ...], proposal: Proposal, approval: Approval) -> Tally:
    may = set(proposal.needs.approvers)
    for_it = [one for one in votes if one.bound == approval.bound and one.voter in may]
    return Tally(
        approved=tuple(one.voter for one in for_it if one.answer == "approve"),
        abstained=tuple(one.voter for one in for_it if one.answer == "abstain"),
        quorum=proposal.needs.quorum,
    )

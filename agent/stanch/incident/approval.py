"""An approval: the decision of named people on one proposal."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from stanch.tools.operations import Frozen


class ApprovalState(StrEnum):
    """Where an approval stands; all but the first two are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    USED = "used"


_NEXT: dict[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.PENDING: frozenset(
        {
            ApprovalState.APPROVED,
            ApprovalState.REJECTED,
            ApprovalState.EXPIRED,
            ApprovalState.SUPERSEDED,
        }
    ),
    ApprovalState.APPROVED: frozenset(
        {ApprovalState.USED, ApprovalState.EXPIRED, ApprovalState.SUPERSEDED}
    ),
}


def can_become(now: ApprovalState, then: ApprovalState) -> bool:
    """Say whether an approval may go from `now` to `then` in one step."""
    return then in _NEXT.get(now, frozenset())


class Approval(Frozen):
    """One request for a decision, and the decision once there is one."""

    id: Annotated[str, Field(pattern=r"^A-[1-9][0-9]*$")]
    incident: str
    proposal: str
    bound: str
    """The digest of the proposal as it was shown (Proposal.bound)."""
    state: ApprovalState = ApprovalState.PENDING
    requested_at: AwareDatetime
    expires_at: AwareDatetime
    decided_at: AwareDatetime | None = None
    decided_by: str | None = None
    how: str | None = None
    """By which surface the identity was established: terminal, command line."""
    reason: str | None = None


class Vote(Frozen):
    """One person's answer to one request for a decision; never changed, never taken back."""

    approval: str
    bound: str
    """The digest of the proposal that the person saw."""
    voter: str
    how: str
    """By which surface the identity was established: terminal, token."""
    answer: Literal["approve", "reject", "abstain"]
    reason: str | None = None
    at: AwareDatetime

"""The gate: it asks, and does nothing else.

LangGraph runs a node again from its first line when an answer comes, so nothing here has
an effect. The answer that counts is the row in the store; what a resume carries is only
the word that there is one to be read.
"""

from typing import Any, Literal

from langgraph.types import interrupt
from pydantic import BaseModel

from stanch.graph.context import Context
from stanch.graph.investigate import look_again
from stanch.graph.state import State
from stanch.incident import Approval, ApprovalState, Proposal
from stanch.tools.operations import DoByHand


class Answered(BaseModel):
    """The word that a decision was written into the store."""

    approval: str


def gate(context: Context, state: State) -> State:
    """Wait until a named person has decided on the proposal."""
    proposal = context.store.records.proposal(state["proposal"])
    approval = context.store.approvals.of_proposal(proposal.id)
    if approval is None:
        return {"next": "propose", "attempt": state["attempt"] + 1, "reason": "nobody was asked"}
    if approval.state is ApprovalState.PENDING:
        interrupt(request(proposal, approval), response_schema=Answered)
        approval = context.store.approvals.get(approval.id)
    again = state["attempt"] + 1
    match approval.state:
        case ApprovalState.APPROVED | ApprovalState.USED:
            return {"next": "execute", "reason": f"approved by {approval.decided_by}"}
        case ApprovalState.REJECTED:
            why = f"{approval.decided_by} rejected it: {approval.reason}"
            tried = [*state["tried"], state["mitigation"]]
            return {"next": "propose", "tried": tried, "reason": why, "attempt": again}
        case ApprovalState.EXPIRED:
            return look_again(state, "the approval ran out")
        case ApprovalState.SUPERSEDED:
            return look_again(state, f"the approval is void: {approval.reason}")
        case ApprovalState.PENDING:
            return {"next": "gate", "reason": "there is no decision yet"}


def named(
    proposal: Proposal, approval: Approval | None
) -> tuple[Literal["met", "missed", "waived"], str]:
    """Return whether a person approved the change, with who did: the policy is no person."""
    by = approval.decided_by if approval else None
    if not by:
        return "missed", "nobody is named"
    if proposal.needs.by_itself:
        return "waived", f"{by} lets it be made without asking"
    return "met", by


def request(proposal: Proposal, approval: Approval) -> dict[str, Any]:
    """Return the question in the form that LangGraph's tools show (HITLRequest, one action)."""
    return {
        "action_requests": [
            {
                "name": proposal.operation.kind,
                "args": proposal.operation.model_dump(mode="json"),
                "description": f"{proposal.title}: {proposal.claim}",
            }
        ],
        "review_configs": [
            {"action_name": proposal.operation.kind, "allowed_decisions": ["approve", "reject"]}
        ],
        "approval": approval.id,
        "proposal": proposal.id,
        "bound": approval.bound,
        "expires_at": approval.expires_at.isoformat(),
        "answer_with": f"stanch approve {approval.id}",
    }


def doubt(context: Context, state: State) -> State:
    """Wait until a person has said whether a change in doubt ran, or what they did by hand."""
    proposal = context.store.records.proposal(state["proposal"])
    key = proposal.key
    inverse = context.store.ledger.get(f"{key}:inverse")
    if inverse is not None:
        key = inverse.key
    entry = context.store.ledger.get(key)
    change = proposal.operation
    by_hand = isinstance(change, DoByHand)
    if entry is not None and entry.state == "unknown":
        says = change.asks if isinstance(change, DoByHand) else change.as_text()
        interrupt(
            {
                "action_requests": [
                    {
                        "name": "done" if by_hand else "settle",
                        "args": {"key": key},
                        "description": says if by_hand else f"Did this run? {says}",
                    }
                ],
                "review_configs": [
                    {
                        "action_name": "done" if by_hand else "settle",
                        "allowed_decisions": ["approve", "reject"],
                    }
                ],
                "doubt": key,
                "answer_with": f"stanch {'done' if by_hand else 'settle'} {proposal.incident}"
                " --ran | --did-not-run",
            }
        )
        entry = context.store.ledger.get(key)
    if entry is not None and entry.state == "unknown":
        return {"next": "doubt", "reason": "it is still in doubt"}
    if inverse is not None:
        return {"next": "undo", "reason": "the doubt about the inverse is settled"}
    return {"next": "execute", "reason": "the doubt is settled"}

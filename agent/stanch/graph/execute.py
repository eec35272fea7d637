"""Execute and undo: hand the approved change, or its inverse, to the executor."""

from stanch.graph.context import Context
from stanch.graph.investigate import look_again
from stanch.graph.state import State
from stanch.incident import ApprovalState, Phase
from stanch.store import ConflictError


def execute(context: Context, state: State) -> State:
    """Make the change that was approved; at most once, also when this node runs again."""
    proposal = context.store.records.proposal(state["proposal"])
    approval = context.store.approvals.of_proposal(proposal.id)
    if approval is None or approval.state not in {ApprovalState.APPROVED, ApprovalState.USED}:
        return {"next": "gate", "reason": "there is no approval to use"}
    try:
        result = context.executor.execute(proposal, approval)
    except ConflictError as error:
        # It ran out, was answered otherwise, or another run holds the target.
        return look_again(state, str(error))
    match result.state:
        case "done":
            return {"next": "verify", "reason": result.text}
        case "superseded":
            # What the diagnosis rests on may be no more: look again before asking again.
            return look_again(state, result.text)
        case "unknown":
            return {"next": "doubt", "reason": result.text}
        case "refused" | "not sent":
            return _back(state, f"the change was {result.state}: {result.text}")


def undo(context: Context, state: State) -> State:
    """Take a mitigation back that did not help, and look again with what was learned."""
    proposal = context.store.records.proposal(state["proposal"])
    approval = context.store.approvals.of_proposal(proposal.id)
    if approval is None:
        return {"next": "hand_over", "reason": "there is no approval that covers the inverse"}
    try:
        result = context.executor.undo(proposal, approval)
    except ConflictError as error:
        return {"next": "hand_over", "reason": f"the inverse could not be sent: {error}"}
    incident = context.store.records.incident(state["incident"])
    if result.state == "unknown":
        return {"next": "doubt", "reason": result.text}
    done = result.state == "done"
    word = "was undone" if done else f"was not undone: {result.text}"
    text = f"{proposal.title} did not help and {word}"
    context.log(incident, "notice", {"text": text}, once=f"undone:{proposal.id}")
    if proposal.inverse is not None and not done:
        return {"next": "hand_over", "reason": text}
    incident = context.enter(
        incident, Phase.INVESTIGATE, text, once=f"phase:back:{state['look']}:{state['attempt']}"
    )
    return _back(state, text)


def _back(state: State, reason: str) -> State:
    """Go back to investigate; a mitigation that failed is not proposed again."""
    tried = [*state["tried"], state["mitigation"]]
    return {**look_again(state, reason), "tried": tried, "mitigation": ""}

"""Execute and undo: hand the approved change, or its inverse, to the executor."""

from stanch.approvals import expire_due, supersede
from stanch.graph import choices, effects, guided
from stanch.graph.context import Context
from stanch.graph.investigate import look_again
from stanch.graph.state import State
from stanch.graph.unsure import wonder
from stanch.incident import ApprovalState, Incident, Phase, Proposal, Question, answer_to
from stanch.incident.question import PEOPLE
from stanch.mitigation.sequence import unwinding
from stanch.store import ConflictError
from stanch.tools.operations import Effect


def execute(context: Context, state: State) -> State:
    """Make the change that was approved; at most once, also when this node runs again."""
    proposal = context.store.records.proposal(state["proposal"])
    approval = context.store.approvals.of_proposal(proposal.id)
    if approval is None or approval.state not in {ApprovalState.APPROVED, ApprovalState.USED}:
        return {"next": "gate", "reason": "there is no approval to use"}
    incident = context.store.records.incident(state["incident"])
    if context.store.ledger.get(proposal.key) is None:
        # Not begun yet: what the change destroys is still there, and all is as it was before.
        asked = _preserve(context, incident, proposal)
        if asked is not None:
            return asked
        effects.take(context, incident, proposal)
    try:
        result = context.executor.execute(
            proposal, approval, still=guided.still(context, incident, proposal)
        )
    except ConflictError as error:
        # It ran out, was answered otherwise, or another run holds the target. What is seen
        # next may end the incident, so that no other question would void this yes.
        expire_due(context.store, context.clock, incident.id)
        supersede(context.store, context.clock, approval, reason=str(error))
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
            why = f"the change was {result.state}: {result.text}"
            return _unwind(context, state, incident, why) or _back(context, state, why)


def _preserve(context: Context, incident: Incident, proposal: Proposal) -> State | None:
    """Save the evidence that the change destroys; ask where it cannot be saved (INV-18).

    Returns None when the change may be made. What has a way back is not held up: that
    something was not saved is said on the record.
    """
    lost = effects.keep(context, incident, proposal)
    if not lost:
        return None
    said = "; ".join(f"{one['what']}: {one['why']}" for one in lost)
    text = f"evidence that {proposal.title} destroys could not be saved: {said}"
    context.log(incident, "notice", {"text": text}, once=f"lost:{proposal.id}")
    if proposal.operation.effect is not Effect.DESTRUCTIVE:
        return None
    question = Question(
        id=f"{proposal.id}:evidence",
        incident=incident.id,
        about="evidence",
        proposal=proposal.id,
        says=f"{text}. Make the change all the same?",
        answers=("go-on", "stop", PEOPLE),
    )
    answer = answer_to(context.store.journal.events(incident.id), question.id)
    if answer is not None and answer["answer"] == "go-on":
        return None
    return wonder(context, incident, question, reason=text)


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
    mine = state.get("mitigation") in {"", f"{proposal.runbook}#{proposal.mitigation}"}
    what = "did not help" if mine else "belongs to a plan that failed"
    text = f"{proposal.title} {what} and {word}"
    context.log(incident, "notice", {"text": text}, once=f"undone:{proposal.id}")
    if proposal.inverse is not None and not done:
        return {"next": "hand_over", "reason": text}
    if (way := _unwind(context, state, incident, text)) is not None:
        return way
    incident = context.enter(
        incident, Phase.INVESTIGATE, text, once=f"phase:back:{state['look']}:{state['attempt']}"
    )
    return _back(context, state, text)


def _unwind(context: Context, state: State, incident: Incident, why: str) -> State | None:
    """Take back the change of the plan that was kept last; None when none is kept.

    Its approval covers its inverse, which is sent only while the target is as the change
    left it, like that of any other change.
    """
    kept = unwinding(state.get("kept", []))
    if not state.get("plan") or not kept:
        return None
    last, rest = kept[0], kept[1:]
    plan = state["plan"].partition("#")[2]
    facts = {
        "proposal": last,
        "text": f"the plan {plan} that it belongs to failed: {why}",
        "checks": [],
        "evidence": [],
    }
    context.log(incident, "verification.failed", facts, once=f"unwound:{last}")
    return {"next": "undo", "proposal": last, "kept": list(unwinding(rest)), "reason": why}


def _back(context: Context, state: State, reason: str) -> State:
    """Go back to investigate; a mitigation that failed is not proposed again."""
    tried = [*state["tried"], state["mitigation"]]
    plan = state.get("plan", "")
    if plan and choices.whole(context, plan):
        tried.append(plan)
        plan = ""
    return {
        **look_again(state, reason),
        "tried": tried,
        "mitigation": "",
        "plan": plan,
        "kept": [],
        "again": 0,
    }

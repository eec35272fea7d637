"""Unsure: a named person is asked what the graph cannot know, and nothing else is done.

As at the gate, a node runs again from its first line when an answer comes; the answer that
counts is the one in the journal, and a resume carries only the word that there is one.
"""

from typing import Any

from langgraph.types import interrupt
from pydantic import BaseModel

from stanch.approvals import supersede
from stanch.graph.context import Context
from stanch.graph.gate import named
from stanch.graph.state import State
from stanch.incident import Incident, Phase, Question, answer_to, questions


class Decided(BaseModel):
    """The word that an answer was written into the journal."""

    question: str


def wonder(context: Context, incident: Incident, question: Question, *, reason: str) -> State:
    """Write a question down, once, and return the way to the node that waits for its answer."""
    facts = {"question": question.model_dump(mode="json")}
    context.log(incident, "question.asked", facts, once=f"asked:{question.id}")
    return {"next": "unsure", "question": question.id, "reason": reason}


def unsure(context: Context, state: State) -> State:
    """Wait until a named person has said what is to become of the change."""
    name = state.get("question", "")
    incident = context.store.records.incident(state["incident"])
    events = context.store.journal.events(incident.id)
    question = next((one for one in questions(events) if one.id == name), None)
    if question is None:
        return {"next": "hand_over", "reason": "nobody was asked"}
    answer = answer_to(events, name)
    if answer is None:
        interrupt(_request(question), response_schema=Decided)
        answer = answer_to(context.store.journal.events(incident.id), name)
    if answer is None:
        return {"next": "unsure", "reason": "there is no answer yet"}
    return {**_after(context, state, incident, question, answer), "question": ""}


def _after(
    context: Context,
    state: State,
    incident: Incident,
    question: Question,
    answer: dict[str, Any],
) -> State:
    by = str(answer["by"])
    match str(answer["answer"]):
        case "keep":
            return _kept(context, state, incident, by)
        case "undo":
            text = f"it could not be verified, and {by} decided to undo it"
            facts = {"proposal": question.proposal, "text": text, "checks": [], "evidence": []}
            context.log(incident, "verification.failed", facts, once=f"decided:{question.id}")
            return {"next": "undo", "reason": text}
        case "again":
            again = state.get("again", 0) + 1
            return {"next": "verify", "again": again, "reason": f"{by} asked to look again"}
        case "go-on":
            # The approval may have run out meanwhile; the gate knows.
            return {"next": "gate", "reason": f"{by} goes on without the evidence"}
        case "stop":
            tried = [*state["tried"], state["mitigation"]]
            reason = f"{by} keeps the evidence and not the change"
            approval = context.store.approvals.of_proposal(question.proposal)
            if approval is not None:
                supersede(context.store, context.clock, approval, reason=reason)
            again = state["attempt"] + 1
            return {"next": "propose", "tried": tried, "attempt": again, "reason": reason}
        case "try":
            allowed = [*state.get("allowed", []), question.mitigation]
            return {"next": "propose", "allowed": allowed, "reason": f"{by} chose to try it again"}
        case _:
            return {"next": "hand_over", "reason": f"{by} leaves it to people: {question.says}"}


def _kept(context: Context, state: State, incident: Incident, by: str) -> State:
    """Close the gate on the word of a person; the checks themselves did not show it."""
    proposal = context.store.records.proposal(state["proposal"])
    approval = context.store.approvals.of_proposal(proposal.id)
    text = f"{by} decided to keep it; the checks could not show whether it helped"
    passed = context.pass_gate(
        incident,
        Phase.MITIGATE,
        {
            "approved-by-a-person": named(proposal, approval),
            "checks-held": ("waived", text),
            "capacity-kept": ("waived", text),
        },
        once=f"{state['look']}:{state['proposal']}",
    )
    if not passed:
        return {"next": "hand_over", "reason": "the mitigation's gate is not passed"}
    return {"next": "resolve", "reason": text}


def _request(question: Question) -> dict[str, Any]:
    """Return the question in the form that LangGraph's tools show (HITLRequest, one action)."""
    action = {
        "name": "decide",
        "args": {"question": question.id, "answers": list(question.answers)},
        "description": question.says,
    }
    return {
        "action_requests": [action],
        "review_configs": [{"action_name": "decide", "allowed_decisions": ["respond"]}],
        "question": question.id,
        "answer_with": f"stanch decide {question.incident} {'|'.join(question.answers)}",
    }

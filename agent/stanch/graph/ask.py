"""Asking: a proposal and the request for a decision, written in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from stanch.executor import NotAllowedError, Purpose
from stanch.graph.context import COMMANDER, Context
from stanch.graph.state import State
from stanch.incident import (
    Approval,
    ApprovalState,
    Check,
    Hypothesis,
    Incident,
    Preview,
    Proposal,
    can_become,
)
from stanch.incident.question import answer_to, questions
from stanch.mitigation import Plan
from stanch.runbook.model import Runbook, Step
from stanch.store import Entry
from stanch.tools.operations import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a proposal before it has ids."""

    runbook: Runbook
    step: Step
    plan: Plan
    preview: Preview
    expected: dict[str, Any]
    checks: tuple[Check, ...]
    baseline: dict[str, Any]
    evidence: tuple[str, ...]


def ask(context: Context, incident: Incident, state: State, draft: Draft) -> Proposal:
    """Write the proposal and the request for a decision, in one transaction."""
    hypothesis = weighed(context, incident, state["leading"])
    inverse, note = _way_back(context, incident, draft)
    requester = _requester(context, incident, draft)
    purpose = Purpose(role=draft.step.role, reversible=inverse is not None, requester=requester)
    policy, verdict = context.executor.judged(draft.plan.operation, purpose, incident=incident.id)
    if policy is None or verdict.needs is None:
        raise NotAllowedError(verdict.reason)
    now = context.clock.now()
    store = context.store
    with store.database.write() as connection:
        proposal = Proposal(
            id=store.records.next_proposal(connection),
            incident=incident.id,
            mitigation=draft.step.name,
            title=draft.plan.title,
            operation=draft.plan.operation,
            observed=draft.plan.observed,
            expected=draft.expected,
            preview=draft.preview,
            inverse=inverse,
            inverse_note=note,
            checks=draft.checks,
            baseline=draft.baseline,
            soak_seconds=draft.step.soak_seconds,
            deadline_seconds=draft.step.deadline_seconds,
            hypothesis=state["leading"],
            claim=hypothesis.claim if hypothesis else "",
            evidence=(*(hypothesis.evidence if hypothesis else ()), *draft.evidence),
            risks=draft.runbook.risks,
            runbook=draft.runbook.name,
            runbook_sha256=draft.runbook.sha256,
            policy_sha256=policy.sha256,
            role=draft.step.role,
            needs=verdict.needs,
            requested_by=requester,
            created_at=now,
            revision=state["attempt"],
        )
        store.records.add_proposal(connection, proposal, attempt=state["attempt"])
        approval = _request(proposal, store.approvals.next(connection), now)
        store.approvals.add(connection, approval)
        void = _void_older(context, incident, connection, approval)
        made = {"proposal": proposal.model_dump(mode="json"), "bound": proposal.bound}
        asked = {"approval": approval.model_dump(mode="json")}
        given = _given(context, incident, proposal, approval)
        last = store.journal.add(
            connection,
            [
                *void,
                context.entry(incident, "proposal.made", made, actor=COMMANDER),
                context.entry(incident, "approval.requested", asked, actor=COMMANDER),
                *given,
            ],
        )
    store.journal.mark(last)
    return proposal


def _requester(context: Context, incident: Incident, draft: Draft) -> str:
    """Return who asks for the change: a person who chose it, or the commander.

    Under four eyes a person who wanted it against its record does not approve it too.
    """
    # Of a plan over hosts, the draft and the question both name the host behind the step.
    name = f"{draft.runbook.name}#{draft.step.name}".partition("@")[0]
    events = context.store.journal.events(incident.id, of=("question.asked", "question.answered"))
    for question in reversed(questions(events)):
        answer = answer_to(events, question.id)
        chosen = question.mitigation.partition("@")[0] == name
        if chosen and answer is not None and answer["answer"] == "try":
            return str(answer["by"])
    return f"commander ({context.team(incident).name})"


def _way_back(context: Context, incident: Incident, draft: Draft) -> tuple[Change | None, str]:
    """Return the inverse as far as the policy would let it be made, and what is said of it."""
    inverse = draft.plan.inverse
    if inverse is None or draft.step.undo == "none":
        return None, draft.plan.inverse_note
    role = draft.step.role
    if reason := context.executor.undoable(inverse, incident=incident.id, role=role):
        return None, f"a person has to undo it, for the policy would not let stanch: {reason}"
    return inverse, draft.plan.inverse_note


def _request(proposal: Proposal, name: str, now: datetime) -> Approval:
    """Return the request for a decision; one that the policy has decided is given already."""
    asked = Approval(
        id=name,
        incident=proposal.incident,
        proposal=proposal.id,
        bound=proposal.bound,
        requested_at=now,
        expires_at=now + timedelta(minutes=proposal.needs.expires_minutes),
    )
    if not proposal.needs.by_itself:
        return asked
    return asked.model_copy(
        update={
            "state": ApprovalState.APPROVED,
            "decided_at": now,
            "decided_by": f"the policy ({proposal.needs.rule})",
            "how": "policy",
        }
    )


def _given(
    context: Context, incident: Incident, proposal: Proposal, approval: Approval
) -> list[Entry]:
    if not proposal.needs.by_itself:
        return []
    facts: dict[str, Any] = {
        "approval": approval.id,
        "proposal": proposal.id,
        "bound": approval.bound,
        "by": approval.decided_by,
        "how": approval.how,
        "votes": [],
        "reason": None,
    }
    return [context.entry(incident, "approval.approved", facts)]


def _void_older(
    context: Context, incident: Incident, connection: Connection, newest: Approval
) -> list[Entry]:
    """Void what was asked before: an incident has one question open at a time."""
    reason = f"{newest.id} was asked instead"
    entries = []
    for one in context.store.approvals.all(incident=incident.id):
        if one.id != newest.id and can_become(one.state, ApprovalState.SUPERSEDED):
            context.store.approvals.move(
                connection,
                one.id,
                to=ApprovalState.SUPERSEDED,
                now=context.clock.now(),
                reason=reason,
            )
            facts = {"approval": one.id, "proposal": one.proposal, "reason": reason}
            entries.append(context.entry(incident, "approval.superseded", facts))
    return entries


def weighed(context: Context, incident: Incident, name: str) -> Hypothesis | None:
    """Return the hypothesis called `name` as it was weighed last; None when it was not."""
    for event in reversed(context.store.journal.events(incident.id)):
        if event.type == "hypotheses.weighed":
            for one in event.data["hypotheses"]:
                if one["id"] == name:
                    return Hypothesis.model_validate(one)
            return None
    return None

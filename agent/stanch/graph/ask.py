"""Asking: a proposal and the request for a decision, written in one transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

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
from stanch.mitigation import Plan
from stanch.runbook.model import Runbook, Step
from stanch.store import Entry


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
    hypothesis = _leading(context, incident, state["leading"])
    policy = context.rules()
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
            inverse=draft.plan.inverse if draft.step.undo != "none" else None,
            inverse_note=draft.plan.inverse_note,
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
            requested_by=f"commander ({context.team(incident).name})",
            created_at=now,
            revision=state["attempt"],
        )
        store.records.add_proposal(connection, proposal, attempt=state["attempt"])
        minutes = policy.approval.expires_minutes
        approval = Approval(
            id=store.approvals.next(connection),
            incident=incident.id,
            proposal=proposal.id,
            bound=proposal.bound,
            requested_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        store.approvals.add(connection, approval)
        void = _void_older(context, incident, connection, approval)
        made = {"proposal": proposal.model_dump(mode="json"), "bound": proposal.bound}
        asked = {"approval": approval.model_dump(mode="json")}
        last = store.journal.add(
            connection,
            [
                *void,
                context.entry(incident, "proposal.made", made, actor=COMMANDER),
                context.entry(incident, "approval.requested", asked, actor=COMMANDER),
            ],
        )
    store.journal.mark(last)
    return proposal


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


def _leading(context: Context, incident: Incident, name: str) -> Hypothesis | None:
    """Return the hypothesis as it was weighed last."""
    for event in reversed(context.store.journal.events(incident.id)):
        if event.type == "hypotheses.weighed":
            for one in event.data["hypotheses"]:
                if one["id"] == name:
                    return Hypothesis.model_validate(one)
            return None
    return None

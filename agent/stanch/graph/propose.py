"""Propose: one mitigation bound to the live target, with preview, way back and checks.

The proposal, its approval and their events are one transaction, and an attempt has one
proposal: a node that is run again after a crash finds it and asks nobody twice.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stanch.executor import DryRun, NotAllowedError, Redactor, Request
from stanch.graph.context import COMMANDER, Context
from stanch.graph.diagnose import untried
from stanch.graph.investigate import sli
from stanch.graph.state import State
from stanch.incident import (
    Approval,
    Check,
    Difference,
    Evidence,
    Hypothesis,
    Incident,
    Phase,
    Preview,
    Proposal,
    Status,
)
from stanch.mitigation import CannotPlanError, Plan, build_checks, differences, plan, single_value
from stanch.roles import Fact, Menu, Option
from stanch.runbook.bind import bind
from stanch.runbook.model import Runbook, Step
from stanch.tools.errors import ToolError
from stanch.tools.operations import (
    InspectWorkload,
    Intent,
    QueryMetrics,
    RestartWorkload,
    ScaleWorkload,
    UndoRollout,
)
from stanch.tools.operations.workload import MARK, observed

MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is known of a proposal before it has ids."""

    runbook: Runbook
    step: Step
    plan: Plan
    preview: Preview
    expected: dict[str, Any]
    checks: tuple[Check, ...]
    baseline: dict[str, Any]
    evidence: tuple[str, ...]


def propose(context: Context, state: State) -> State:
    """Make the next proposal of the leading hypothesis, and ask for a decision on it."""
    incident = context.store.records.incident(state["incident"])
    attempt = state["attempt"]
    incident = context.enter(
        incident, Phase.MITIGATE, state.get("reason", ""), once=f"phase:mitigate:{state['look']}"
    )
    there = context.store.records.proposal_of_attempt(incident.id, attempt)
    if there is not None:
        name = f"{there.runbook}#{there.mitigation}"
        return {"next": "gate", "proposal": there.id, "mitigation": name}
    open_ones = untried(context, state, state["leading"])
    if not open_ones or attempt > MOST_ATTEMPTS:
        return {"next": "hand_over", "reason": "no mitigation of the runbook is left to try"}
    name = _choose(context, incident, state, open_ones)
    try:
        draft = _draft(context, incident, name, attempt)
    except (CannotPlanError, NotAllowedError, ToolError) as error:
        facts = {"what": "mitigation", "chosen": [], "by": "rules", "evidence": []}
        why = f"{name.partition('#')[2]} cannot be proposed: {error}"
        context.log(
            incident, "decision.made", facts | {"why": why}, once=f"cannot:{name}:{attempt}"
        )
        return {"next": "propose", "tried": [*state["tried"], name], "reason": why}
    proposal = _ask(context, incident, state, draft)
    context.say(incident, Status.MITIGATING)
    return {"next": "gate", "proposal": proposal.id, "mitigation": name}


def _choose(context: Context, incident: Incident, state: State, names: list[str]) -> str:
    """Ask which mitigation to propose; by the rules, the runbook's first."""
    options = []
    for rank, name in enumerate(names):
        step = _step(context, name)[1]
        options.append(Option(name, step.about or step.text, float(len(names) - rank)))
    menu = Menu(
        task="mitigation",
        role="commander",
        question="Which mitigation is to be proposed to a person now?",
        options=tuple(options),
        facts=(Fact("CAUSE", state.get("reason", ""), trusted=True),),
        default=(names[0],),
        least=1,
        most=1,
    )
    choice = context.team(incident).choose(menu)
    context.log(
        incident,
        "decision.made",
        {
            "what": "mitigation",
            "chosen": list(choice.chosen),
            "why": choice.why,
            "by": choice.by,
            "evidence": [],
        },
        once=f"decision:mitigation:{state['attempt']}:{len(state['tried'])}",
        actor=COMMANDER,
    )
    return choice.chosen[0]


def _draft(context: Context, incident: Incident, name: str, attempt: int) -> _Draft:
    """Look at the target, plan the change, and have the target try it without doing it.

    Raises:
        CannotPlanError, NotAllowedError, ToolError: there is no sensible change; says why.
    """
    runbook, step = _step(context, name)
    intent = bind(step, incident.params)
    if not isinstance(intent, UndoRollout | RestartWorkload | ScaleWorkload):
        raise CannotPlanError(f"the step {step.name} is not a change")
    items = _look(context, incident, intent.namespace, intent.name, attempt)
    ratio = single_value(items["harm"].data) if "harm" in items else None
    made, tried = _plan(context, incident, intent, items["target"])
    checks = _checks(context, incident, step, made)
    return _Draft(
        runbook=runbook,
        step=step,
        plan=made,
        preview=Preview(
            dry_run="accepted",
            note=tried.note,
            differences=_shown(context, differences(tried.before, tried.after)),
            touches=made.touches,
        ),
        expected=observed(tried.after),
        checks=checks,
        baseline={"ready": made.capacity, "error_ratio": ratio},
        evidence=tuple(item.id for item in items.values()),
    )


def _plan(
    context: Context, incident: Incident, intent: Intent, seen: Evidence
) -> tuple[Plan, DryRun]:
    """Plan on the target as it really is; the evidence beside it is redacted, and stays so.

    Digests of a template would differ from the live one where a secret was masked.
    """
    if seen.status != "ok":
        raise CannotPlanError(f"the target could not be looked at: {seen.text}")
    target = InspectWorkload(namespace=intent.namespace, name=intent.name)
    (raw,) = context.executor.glance([target])
    if raw is None or raw.truncated:
        raise CannotPlanError("the target could not be looked at as a whole")
    made = plan(intent, raw.data, now=context.clock.now())
    tried = context.executor.preview(made.operation, key=f"{incident.id}:preview")
    if not tried.accepted:
        raise CannotPlanError(f"the target would refuse it: {tried.note}")
    return made, tried


def _checks(context: Context, incident: Incident, step: Step, made: Plan) -> tuple[Check, ...]:
    harm = sli(context, incident)
    names = [name for name in step.verify if harm or name != "error-ratio-recovered"]
    if not names:
        raise CannotPlanError(f"nothing could show whether {step.name} helped")
    return build_checks(
        names,
        made.operation,
        capacity=made.capacity,
        error_ratio=harm[0] if harm else None,
        limit=harm[1] if harm else 0.0,
    )


def _look(
    context: Context, incident: Incident, namespace: str, name: str, attempt: int
) -> dict[str, Evidence]:
    """Record the target's state and the harm as they are before the change."""
    target = InspectWorkload(namespace=namespace, name=name)
    requests = [Request(step=f"target-{attempt}", role="devops", operation=target)]
    harm = sli(context, incident)
    if harm is not None:
        query = QueryMetrics(expression=harm[0])
        requests.append(Request(step=f"baseline-{attempt}", role="devops", operation=query))
    seen = context.executor.observe(incident.id, incident.phase.value, requests, look=0)
    named = {"target": seen[f"target-{attempt}"]}
    return named | ({"harm": seen[f"baseline-{attempt}"]} if harm is not None else {})


def _ask(context: Context, incident: Incident, state: State, draft: _Draft) -> Proposal:
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
        made = {"proposal": proposal.model_dump(mode="json"), "bound": proposal.bound}
        asked = {"approval": approval.model_dump(mode="json")}
        last = store.journal.add(
            connection,
            [
                context.entry(incident, "proposal.made", made, actor=COMMANDER),
                context.entry(incident, "approval.requested", asked, actor=COMMANDER),
            ],
        )
    store.journal.mark(last)
    return proposal


def _step(context: Context, name: str) -> tuple[Runbook, Step]:
    runbook_name, _, step_name = name.partition("#")
    runbook = context.runbook(runbook_name)
    if runbook is None:
        raise CannotPlanError(f"the runbook {runbook_name} is gone")
    return runbook, runbook.step(step_name)


def _leading(context: Context, incident: Incident, name: str) -> Hypothesis | None:
    """Return the hypothesis as it was weighed last."""
    for event in reversed(context.store.journal.events(incident.id)):
        if event.type == "hypotheses.weighed":
            for one in event.data["hypotheses"]:
                if one["id"] == name:
                    return Hypothesis.model_validate(one)
            return None
    return None


def _shown(context: Context, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Mask what looks like a secret, and leave out the mark that stanch sets.

    The mark differs between the dry run and the deed. A secret that changes is shown as
    one that changes.
    """
    mask = Redactor(context.settings.secrets).difference
    return tuple(
        Difference(path=one.path, before=before, after=after)
        for one in found
        if not one.path.endswith(MARK)
        for before, after in (mask(one.path, one.before, one.after),)
    )

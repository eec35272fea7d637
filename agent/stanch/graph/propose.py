"""Propose: one mitigation bound to the live target, with preview, way back and checks.

The proposal, its approval and their events are one transaction, and an attempt has one
proposal: a node that is run again after a crash finds it and asks nobody twice.
"""

from stanch.executor import DryRun, NotAllowedError, Redactor, Request
from stanch.graph.ask import Draft, ask
from stanch.graph.context import COMMANDER, Context
from stanch.graph.diagnose import untried
from stanch.graph.investigate import sli
from stanch.graph.state import State
from stanch.incident import (
    Check,
    Difference,
    Evidence,
    Incident,
    Phase,
    Preview,
    Status,
)
from stanch.mitigation import CannotPlanError, Plan, build_checks, differences, plan, single_value
from stanch.roles import Fact, Menu, Option
from stanch.runbook.bind import bind
from stanch.runbook.binding import BindingError
from stanch.runbook.model import Runbook, Step
from stanch.tools.errors import ToolError
from stanch.tools.operations import (
    BaseOperation,
    InspectWorkload,
    QueryMetrics,
    RestartWorkload,
    ScaleWorkload,
    UndoRollout,
    WorkloadIntent,
)
from stanch.tools.operations.workload import MARK, foretold

MOST_ATTEMPTS = 8


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
    proposal = ask(context, incident, state, draft)
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


def _draft(context: Context, incident: Incident, name: str, attempt: int) -> Draft:
    """Look at the target, plan the change, and have the target try it without doing it.

    Raises:
        CannotPlanError, NotAllowedError, ToolError: there is no sensible change; says why.
    """
    runbook, step = _step(context, name)
    try:
        intent = bind(step, incident.params, params=runbook.params)
    except BindingError as error:
        raise CannotPlanError(str(error)) from error
    if isinstance(intent, BaseOperation):
        raise CannotPlanError(f"the step {step.name} is not a change")
    if not isinstance(intent, UndoRollout | RestartWorkload | ScaleWorkload):
        raise CannotPlanError(
            f"stanch has no way yet to preview, check and undo this; a person can run "
            f"`{intent.as_text()}`"
        )
    items = _look(context, incident, intent, f"{attempt}-{step.name}")
    ratio = single_value(items["harm"].data) if "harm" in items else None
    made, tried = _plan(context, incident, intent, items["target"])
    checks = _checks(context, incident, step, made)
    return Draft(
        runbook=runbook,
        step=step,
        plan=made,
        preview=Preview(
            dry_run="accepted",
            note=tried.note,
            differences=_shown(context, differences(tried.before, tried.after)),
            touches=made.touches,
        ),
        expected=foretold(made.operation, tried.after),
        checks=checks,
        baseline={"ready": made.ready, "error_ratio": ratio},
        evidence=tuple(item.id for item in items.values()),
    )


def _plan(
    context: Context, incident: Incident, intent: WorkloadIntent, seen: Evidence
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
    context: Context, incident: Incident, intent: WorkloadIntent, name: str
) -> dict[str, Evidence]:
    """Record the target's state and the harm as they are before the change."""
    target = InspectWorkload(namespace=intent.namespace, name=intent.name)
    requests = [Request(step=f"target-{name}", role="devops", operation=target)]
    harm = sli(context, incident)
    if harm is not None:
        query = QueryMetrics(expression=harm[0])
        requests.append(Request(step=f"baseline-{name}", role="devops", operation=query))
    seen = context.executor.observe(incident.id, incident.phase.value, requests, look=0)
    named = {"target": seen[f"target-{name}"]}
    return named | ({"harm": seen[f"baseline-{name}"]} if harm is not None else {})


def _step(context: Context, name: str) -> tuple[Runbook, Step]:
    runbook_name, _, step_name = name.partition("#")
    runbook = context.runbook(runbook_name)
    if runbook is None:
        raise CannotPlanError(f"the runbook {runbook_name} is gone")
    return runbook, runbook.step(step_name)


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

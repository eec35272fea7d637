"""Propose: one mitigation bound to the live target, with preview, way back and checks.

The proposal, its approval and their events are one transaction, and an attempt has one
proposal: a node that is run again after a crash finds it and asks nobody twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stanch.executor import NotAllowedError, Purpose, Redactor, Request
from stanch.graph import choices, guided, looks, targets
from stanch.graph.ask import Draft, ask
from stanch.graph.checking import checks_for, staged, with_record
from stanch.graph.choices import Candidate
from stanch.graph.context import COMMANDER, Context
from stanch.graph.impact import sli
from stanch.graph.measures import measures
from stanch.graph.state import State
from stanch.graph.unsure import wonder
from stanch.incident import (
    Difference,
    Evidence,
    Incident,
    Phase,
    Preview,
    Question,
    Status,
)
from stanch.incident.question import PEOPLE
from stanch.mitigation import (
    CannotPlanError,
    Plan,
    Strategy,
    can_read_back,
    differences,
    single_value,
    strategy_for,
)
from stanch.roles import Fact, Menu, Option
from stanch.runbook.bind import bind
from stanch.runbook.binding import BindingError
from stanch.runbook.model import Step
from stanch.tools.errors import ToolError
from stanch.tools.operations import BaseOperation, Intent, QueryMetrics
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import DryRun

MOST_ATTEMPTS = 8
_HARM = "harm"


def propose(context: Context, state: State) -> State:
    """Make the next proposal of the leading hypothesis, and ask for a decision on it."""
    incident = context.store.records.incident(state["incident"])
    attempt = state["attempt"]
    incident = context.enter(
        incident, Phase.MITIGATE, state.get("reason", ""), once=f"phase:mitigate:{state['look']}"
    )
    there = context.store.records.proposal_of_attempt(incident.id, attempt)
    found = choices.options(context, incident, state)
    if there is not None:
        name = f"{there.runbook}#{there.mitigation}"
        mine = next((one for one in found if one.name == name), None)
        return _to_gate(state, mine, name, there.id)
    going = [one for one in found if state.get("plan") == one.plan]
    if state.get("kept") and not going:
        return _stopped(state)
    open_ones = going or [one for one in found if not one.refuted]
    if attempt > MOST_ATTEMPTS + len(state.get("kept", [])) or not found:
        return {"next": "hand_over", "reason": "no mitigation of the runbook is left to try"}
    if not open_ones or open_ones[0].refuted:
        return _remember(context, incident, state, (going or found)[0])
    _tell_refuted(context, incident, [one for one in found if one.refuted])
    one = going[0] if going else _choose(context, incident, state, open_ones)
    name = one.name
    try:
        draft = _draft(context, incident, state, one)
        proposal = ask(context, incident, state, draft)
    except (CannotPlanError, NotAllowedError, ToolError) as error:
        facts = {"what": "mitigation", "chosen": [], "by": "rules", "evidence": []}
        why = f"{name.partition('#')[2]} cannot be proposed: {error}"
        context.log(
            incident, "decision.made", facts | {"why": why}, once=f"cannot:{name}:{attempt}"
        )
        return {"next": "propose", "tried": [*state["tried"], name], "reason": why}
    context.say(incident, Status.MITIGATING)
    return _to_gate(state, one, name, proposal.id)


def _to_gate(state: State, one: Candidate | None, name: str, proposal: str) -> State:
    plan = one.plan if one is not None and one.stage is not None else ""
    kept = state.get("kept", []) if plan and plan == state.get("plan") else []
    way: State = {"next": "gate", "proposal": proposal, "mitigation": name}
    return {**way, "plan": plan, "kept": kept, "again": 0}


def _stopped(state: State) -> State:
    """Leave a plan to people that cannot go on, though nothing of it has failed."""
    plan = state.get("plan", "").partition("#")[2]
    reason = f"the plan {plan} cannot go on: {state.get('reason', '')}"
    return {"next": "hand_over", "reason": reason}


def _tell_refuted(context: Context, incident: Incident, refuted: Sequence[Candidate]) -> None:
    """Say what is passed over because it failed for this alert before."""
    for one in refuted:
        score = one.score.sentence() if one.score is not None else ""
        text = f"{one.name.partition('#')[2]} is not proposed by itself. {score}"
        context.log(incident, "notice", {"text": text}, once=f"refuted:{one.name}")


def _remember(context: Context, incident: Incident, state: State, one: Candidate) -> State:
    """Ask whether to try once more what has failed for this alert before."""
    score = one.score.sentence() if one.score is not None else ""
    question = Question(
        id=f"{incident.id}:history:{state['attempt']}:{one.name}",
        incident=incident.id,
        about="history",
        mitigation=one.name,
        says=f"Try {one.name.partition('#')[2]} all the same? {score}.",
        answers=("try", PEOPLE),
    )
    return wonder(context, incident, question, reason=f"{one.name} failed for this alert before")


def _choose(
    context: Context, incident: Incident, state: State, found: Sequence[Candidate]
) -> Candidate:
    """Ask which mitigation to propose; by the rules, the runbook's first."""
    options = []
    for rank, one in enumerate(found):
        about = one.step.about or one.step.text
        about += f" {one.score.sentence()}." if one.score is not None else ""
        options.append(Option(one.name, about, float(len(found) - rank)))
    menu = Menu(
        task="mitigation",
        role="commander",
        question="Which mitigation is to be proposed to a person now?",
        options=tuple(options),
        facts=(Fact("CAUSE", state.get("reason", ""), trusted=True),),
        default=(found[0].name,),
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
    return next(one for one in found if one.name == choice.chosen[0])


def _draft(context: Context, incident: Incident, state: State, one: Candidate) -> Draft:
    """Look at the target, plan the change, and have the target try it without doing it.

    Raises:
        CannotPlanError, NotAllowedError, ToolError: there is no sensible change; says why.
    """
    runbook, step, stage = one.runbook, one.step, one.stage
    values = looks.values(incident, runbook)
    if stage is not None and stage.over is not None and stage.value is not None:
        values[stage.over] = stage.value
    try:
        intent = bind(step, values, params=runbook.params)
    except BindingError as error:
        raise CannotPlanError(str(error)) from error
    if isinstance(intent, BaseOperation):
        raise CannotPlanError(f"the step {step.name} is not a change")
    intent = targets.of_intent(targets.place(context.settings, incident), intent)
    strategy = strategy_for(intent, context.settings.targets.pools.values())
    if strategy is None:
        raise CannotPlanError(
            f"stanch has no way yet to preview, check and undo this; a person can run "
            f"`{intent.as_text()}`"
        )
    suffix = f"{state['attempt']}-{one.name.partition('#')[2].replace('@', '-')}"
    guided.require(context, incident, runbook, intent)
    items = _look(context, incident, strategy, intent, step, suffix)
    harm = items.pop(_HARM, None)
    ratio = single_value(harm.data) if harm is not None else None
    made, tried = _plan(context, incident, strategy, intent, items, role=step.role)
    made = staged(made, one, state)
    expected = strategy.foretold(made.operation, tried.after)
    # A step that a person carries out has no look of its own.
    target = next(iter(strategy.looks(intent).values()), None)
    how = measures(
        context, incident, target=target if can_read_back(made.operation, expected) else None
    )
    checks, stands, left_out = checks_for(context, incident, one, made, how, state["leading"])
    baseline: dict[str, Any] = {} if made.ready is None else {"ready": made.ready}
    baseline["checks"] = [result.told() for result in stands]
    if left_out:
        baseline["left_out"] = left_out
    return Draft(
        runbook=with_record(runbook, one),
        step=step.model_copy(update={"name": one.name.partition("#")[2]}),
        plan=made,
        preview=Preview(
            dry_run="accepted" if tried.tried else "not possible",
            note=tried.note,
            differences=_shown(context, differences(tried.before, tried.after)),
            touches=made.touches,
        ),
        expected=expected,
        checks=checks,
        baseline={**baseline, "error_ratio": ratio},
        evidence=tuple(item.id for item in (*items.values(), harm) if item is not None),
    )


def _plan(
    context: Context,
    incident: Incident,
    strategy: Strategy,
    intent: Intent,
    seen: Mapping[str, Evidence],
    *,
    role: str,
) -> tuple[Plan, DryRun]:
    """Plan on the target as it really is; the evidence beside it is redacted, and stays so.

    Digests of a template would differ from the live one where a secret was masked.
    """
    for item in seen.values():
        if item.status != "ok":
            raise CannotPlanError(f"the target could not be looked at: {item.text}")
    looks = strategy.looks(intent)
    raw = dict(zip(looks, context.executor.glance(tuple(looks.values())), strict=True))
    whole = {name: one.data for name, one in raw.items() if one is not None and not one.truncated}
    if len(whole) < len(looks):
        raise CannotPlanError("the target could not be looked at as a whole")
    made = strategy.plan(intent, whole, now=context.clock.now())
    purpose = Purpose(role=role, reversible=made.inverse is not None)
    tried = context.executor.preview(
        made.operation, purpose, incident=incident.id, key=f"{incident.id}:preview"
    )
    if not tried.accepted:
        raise CannotPlanError(f"the target would refuse it: {tried.note}")
    return made, tried


def _look(
    context: Context,
    incident: Incident,
    strategy: Strategy,
    intent: Intent,
    step: Step,
    suffix: str,
) -> dict[str, Evidence]:
    """Record the target's state and the harm as they are before the change."""
    requests = {
        name: Request(step=f"{name}-{suffix}", role=step.role, operation=operation)
        for name, operation in strategy.looks(intent).items()
    }
    harm = sli(context, incident)
    if harm is not None:
        query = QueryMetrics(expression=harm[0])
        requests[_HARM] = Request(step=f"baseline-{suffix}", role="devops", operation=query)
    phase = incident.phase.value
    seen = context.executor.observe(incident.id, phase, tuple(requests.values()), look=0)
    return {name: seen[one.step] for name, one in requests.items()}


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

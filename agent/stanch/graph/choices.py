"""Choices: which mitigations can be proposed now, by the runbook, the plan and the record.

A mitigation is one step of a runbook, or a plan of several. What failed for the same alert
in an earlier incident is not proposed again by itself; a person is asked whether to try it
when nothing else is left (MIT-27).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stanch.graph import targets
from stanch.graph.context import Context
from stanch.graph.diagnose import untried
from stanch.graph.state import State
from stanch.incident import Incident
from stanch.mitigation import CannotPlanError
from stanch.mitigation.memory import Score, scores
from stanch.mitigation.sequence import Stage, next_stage, over, plan_of, stages
from stanch.runbook.model import Runbook, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One mitigation that can be proposed: a step, or the stage of a plan that is due."""

    plan: str
    """The mitigation as a hypothesis names it, as "runbook#name"."""
    name: str
    """The one change that is meant, as "runbook#step" or "runbook#step@value"."""
    runbook: Runbook
    step: Step
    stage: Stage | None = None
    """Where in a plan it stands; None: it is no part of one."""
    score: Score | None = None
    """What came of it in earlier incidents of the same alert."""

    @property
    def refuted(self) -> bool:
        """Whether it failed for this alert before."""
        return self.score is not None and self.score.refuted


def options(context: Context, incident: Incident, state: State) -> tuple[Candidate, ...]:
    """Return what can be proposed for the leading hypothesis, the first choice first."""
    known = record(context, incident)
    found: dict[str, Candidate] = {}
    for plan in untried(context, state, state["leading"]):
        one = due(context, incident, state, plan)
        # A plan and its first change may both be named: the same change is offered once.
        if one is not None and one.name not in found:
            found[one.name] = _scored(one, known, state)
    return tuple(found.values())


def due(context: Context, incident: Incident, state: State, plan: str) -> Candidate | None:
    """Return the change of the mitigation `plan` that comes next; None when it is over.

    Raises:
        CannotPlanError: the runbook or its step is gone.
    """
    runbook = _runbook(context, plan)
    every = _stages(context, incident, runbook, plan)
    if every is None:
        name = plan.partition("#")[2]
        return Candidate(plan=plan, name=plan, runbook=runbook, step=_step(runbook, name))
    if not every:
        # Nobody knows its places: what is missing is said when its step is bound.
        spec = plan_of(runbook, plan.partition("#")[2])
        step = _step(runbook, (spec.step if spec else None) or "")
        return Candidate(plan=plan, name=plan, runbook=runbook, step=step)
    stage = next_stage(
        every, tried=_bare(runbook, state.get("tried", [])), kept=kept_stages(context, state)
    )
    if stage is None:
        return None
    name = f"{runbook.name}#{stage.name}"
    return Candidate(
        plan=plan, name=name, runbook=runbook, step=_step(runbook, stage.step), stage=stage
    )


def finished(context: Context, incident: Incident, state: State, kept: Sequence[str]) -> bool:
    """Say whether the plan that is under way is done, with the proposals `kept` in force."""
    plan = state.get("plan", "")
    if not plan:
        return True
    try:
        runbook = _runbook(context, plan)
        every = _stages(context, incident, runbook, plan)
    except CannotPlanError:
        # It cannot go on, which is another thing than to be done; who proposes next says so.
        return False
    names = kept_stages(context, {**state, "kept": list(kept)})
    return every is None or over(every, tried=_bare(runbook, state.get("tried", [])), kept=names)


def kept_stages(context: Context, state: State) -> tuple[str, ...]:
    """Return the names of the stages whose changes were verified and stand."""
    return tuple(context.store.records.proposal(one).mitigation for one in state.get("kept", []))


def whole(context: Context, plan: str) -> bool:
    """Say whether `plan` needs all of its stages, so that one that fails ends it."""
    try:
        runbook = _runbook(context, plan)
    except CannotPlanError:
        return True
    spec = plan_of(runbook, plan.partition("#")[2])
    return spec is not None and spec.stop == "all"


def record(context: Context, incident: Incident) -> dict[str, Score]:
    """Return what came of each mitigation in earlier incidents of the same alert."""
    earlier = [
        one
        for one in reversed(context.store.records.all_incidents())
        if one.id != incident.id and one.alert.fingerprint == incident.alert.fingerprint
    ]
    return scores(
        (context.store.journal.events(one.id), context.store.records.proposals(one.id))
        for one in earlier
    )


def _scored(one: Candidate, known: Mapping[str, Score], state: State) -> Candidate:
    score = known.get(one.name)
    if score is not None and one.name in state.get("allowed", []):
        # A person chose it in the knowledge of this record.
        score = replace(score, last=None)
    return replace(one, score=score)


def _stages(
    context: Context, incident: Incident, runbook: Runbook, plan: str
) -> tuple[Stage, ...] | None:
    spec = plan_of(runbook, plan.partition("#")[2])
    if spec is None:
        return None
    hosts = targets.place(context.settings, incident).hosts if spec.source == "hosts" else ()
    return stages(spec, hosts)


def _runbook(context: Context, name: str) -> Runbook:
    runbook = context.runbook(name.partition("#")[0])
    if runbook is None:
        raise CannotPlanError(f"the runbook {name.partition('#')[0]} is gone")
    return runbook


def _step(runbook: Runbook, name: str) -> Step:
    try:
        return runbook.step(name)
    except KeyError:
        raise CannotPlanError(f"{runbook.name} has no mitigation {name} any more") from None


def _bare(runbook: Runbook, names: Sequence[str]) -> set[str]:
    """Return the names of this runbook's mitigations without its own."""
    prefix = f"{runbook.name}#"
    return {one.removeprefix(prefix) for one in names if one.startswith(prefix)}

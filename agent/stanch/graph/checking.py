"""Checking: the success checks of a proposal, and how each of them stands before the change."""

from dataclasses import replace

from stanch.graph import cleared, effects
from stanch.graph.ask import weighed
from stanch.graph.choices import Candidate
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.incident import Check, Incident
from stanch.mitigation import CannotPlanError, CheckResult, Measures, Plan, build_checks
from stanch.mitigation.sequence import checks_of
from stanch.runbook.model import Runbook


def with_record(runbook: Runbook, one: Candidate) -> Runbook:
    """Return the runbook with the record of the change among the risks that it names."""
    if one.score is None:
        return runbook
    return runbook.model_copy(update={"risks": (*runbook.risks, one.score.sentence())})


def staged(made: Plan, one: Candidate, state: State) -> Plan:
    """Return the plan of one change with its place among those that belong together."""
    stage = one.stage
    if stage is None:
        return made
    name = one.plan.partition("#")[2]
    touches = [f"it is change {stage.says} of the plan {name}; each is asked for by itself"]
    kept = state.get("kept", []) if one.plan == state.get("plan") else []
    if stage.whole and kept:
        touches.append(f"if it fails, {', '.join(kept)} of the plan is taken back, too")
    return replace(made, title=f"{made.title} ({stage.says})", touches=(*made.touches, *touches))


def checks_for(
    context: Context,
    incident: Incident,
    one: Candidate,
    made: Plan,
    how: Measures,
    leading: str,
) -> tuple[tuple[Check, ...], tuple[CheckResult, ...], list[str]]:
    """Return the checks, how they stand before the change, and which were left out, and why."""
    step, measured = one.step, how.error_ratio is not None
    names = step.verify if one.stage is None else checks_of(one.stage, step, measured=measured)
    left_out = [f"{name}: {why}" for name in names if (why := _unmeasured(name, how))]
    wanted = [name for name in names if not _unmeasured(name, how)]
    checks: tuple[Check, ...] = ()
    if "signs-cleared" in wanted:
        wanted.remove("signs-cleared")
        checks = cleared.checks(
            context, incident, one.runbook, step, weighed(context, incident, leading)
        )
    try:
        checks += build_checks(
            wanted,
            made.operation,
            capacity=made.capacity,
            error_ratio=how.error_ratio,
            limit=how.limit,
            measures=how,
        )
    except ValueError as error:
        raise CannotPlanError(str(error)) from error
    try:
        stands = effects.first(context, checks)
    except PermissionError as error:
        raise CannotPlanError(f"a check of {step.name} may not be read: {error}") from error
    # The silence of an alert that nobody hears fire shows nothing.
    mute = {one.name for one in stands if one.name == "alert-silent" and one.holds is not False}
    left_out += [f"{name}: it does not fire in the metrics now" for name in sorted(mute)]
    checks = tuple(check for check in checks if check.name not in mute)
    if not checks:
        raise CannotPlanError(f"nothing could show whether {step.name} helped")
    return checks, tuple(one for one in stands if one.name not in mute), left_out


def _unmeasured(name: str, how: Measures) -> str:
    """Return why a check of the harm cannot be made in this deployment; empty when it can."""
    match name:
        case "error-ratio-recovered" | "harm-not-worse" if how.error_ratio is None:
            return "no runbook says how the harm is measured here"
        case "latency-recovered" if how.latency is None:
            return "no runbook says how the latency is measured here"
        case "alert-silent" | "no-new-alerts" if how.alert is None:
            return "no metrics server is known"
        case _:
            return ""

"""Signs that must be gone: what spoke for the cause is read again after the change.

Of the signs that a runbook defines itself, those that held for the leading hypothesis and
speak of the present have to stop holding. What speaks of the past stays true for ever.
"""

from collections.abc import Sequence

from stanch.diagnosis.own_signs import own_signs
from stanch.diagnosis.signs import read_sign
from stanch.graph import looks
from stanch.graph.context import Context
from stanch.graph.sight import view
from stanch.incident import Check, Hypothesis, Incident, Proposal, Sign
from stanch.mitigation import CannotPlanError, CheckResult
from stanch.runbook.model import Runbook, Step
from stanch.tools.operations import ChangeOperation, Read


def checks(
    context: Context, incident: Incident, runbook: Runbook, step: Step, leading: Hypothesis | None
) -> tuple[Check, ...]:
    """Return a check for each own sign of the leading hypothesis that has to stop holding.

    Raises:
        CannotPlanError: there is none, so that nothing could show whether the step helped.
    """
    held = {sign.name for sign in leading.supporting} if leading else set()
    needs = {
        **{name: sign.needs for name, sign in runbook.signs.items() if not sign.lasting},
        **{
            f"{name}-{level}": (one.step,)
            for name, one in runbook.thresholds.items()
            for level in ("warn", "critical")
        },
    }
    found: list[Check] = []
    for name, steps in needs.items():
        scoped = f"{runbook.name}#{name}"
        first = _read(context, incident, runbook, steps[0])
        if scoped in held and first is not None:
            says = f"'{name}' does not hold any more"
            found.append(Check(name=name, says=says, operation=first, kind="signs-cleared"))
    if not found:
        raise CannotPlanError(f"no sign of {runbook.name} could show that {step.name} helped")
    return tuple(found)


def judge(
    context: Context, incident: Incident, proposal: Proposal, wanted: Sequence[Check]
) -> dict[str, CheckResult]:
    """Read the signs of these checks anew; return by the check's name whether each is gone.

    A sign that cannot be read, or whose runbook was changed since, is unknown.
    """
    runbook = context.runbook(proposal.runbook)
    if not wanted or runbook is None or runbook.sha256 != proposal.runbook_sha256:
        return {}
    results = {}
    for name, sign in signs(context, incident, runbook, [one.name for one in wanted]).items():
        holds = None if sign.holds is None else not sign.holds
        results[name] = CheckResult(name=name, holds=holds, text=sign.because)
    return results


def signs(
    context: Context, incident: Incident, runbook: Runbook, names: Sequence[str]
) -> dict[str, Sign]:
    """Read signs that the runbook defines itself anew, by their names; nothing is recorded."""
    steps = dict.fromkeys(need for one in names for need in _needs(runbook, one))
    requests = [
        request
        for name in steps
        if (request := looks.of_step(context, incident, runbook, runbook.step(name), name=name))
    ]
    seen = context.executor.glimpse(incident.id, requests)
    table = own_signs(runbook, seen)
    now = view(context, incident, tuple(seen.values()))
    return {one: read_sign(now, table[f"{runbook.name}#{one}"]) for one in names}


def _needs(runbook: Runbook, name: str) -> tuple[str, ...]:
    if name in runbook.signs:
        return runbook.signs[name].needs
    return (runbook.thresholds[name.rpartition("-")[0]].step,)


def _read(context: Context, incident: Incident, runbook: Runbook, step: str) -> Read | None:
    request = looks.of_step(context, incident, runbook, runbook.step(step), name=step)
    if request is None or isinstance(request.operation, ChangeOperation):
        return None
    return request.operation

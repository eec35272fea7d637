"""Filling: the parameters of runbooks that evidence gives, such as the service that fails."""

from collections.abc import Mapping, Sequence

from stanch.diagnosis.findings import Finding, find
from stanch.graph import looks
from stanch.graph.context import Context
from stanch.graph.sight import answers, view
from stanch.incident import Actor, Evidence, Incident
from stanch.runbook.binding import bind_params, fits
from stanch.runbook.model import Runbook
from stanch.runbook.values import wanted


def follow(
    context: Context, incident: Incident, seen: Mapping[str, Evidence], look: int
) -> dict[str, str]:
    """Fill the parameters that findings give, such as the service that fails."""
    everything = list(seen.values())
    shared = find(view(context, incident, everything))
    values = dict(incident.params)
    for runbook in context.candidates(incident):
        away = looks.elsewhere(incident, runbook)
        # What is found for another target stays that runbook's own.
        findings = find(view(context, incident, everything, runbook)) if away else shared
        _tell(context, incident, runbook if away else None, _asked(runbook, values, findings), look)
        named = {finding.name: finding.value for finding in findings}
        printed = looks.outputs(runbook, answers(context, incident, runbook, seen))
        # A value of another runbook that is not of the type that this one declares is no
        # value here.
        mine = looks.values(incident.model_copy(update={"params": values}), runbook)
        given = {
            name: mine[name]
            for name, param in runbook.params.items()
            if name in mine and fits(mine[name], param)
        }
        bound = bind_params(
            runbook,
            labels=incident.alert.labels,
            annotations=incident.alert.annotations,
            findings=named,
            outputs=printed,
            given=given,
        )
        for name in sorted(bound.missing):
            kind, _, output = (runbook.params[name].source or "").partition(".")
            if kind == "output" and output in printed:
                # Not what was printed: it comes from the target, and may say anything.
                text = unfit_output(runbook, name)
                context.log(incident, "notice", {"text": text}, once=f"unfit:{text}")
            elif (untold := _untold(runbook, name, incident)) is not None:
                context.log(incident, "notice", {"text": untold}, once=f"missing:{untold}")
        mark = f"{runbook.name}#"
        if away:
            new = {n: v for n, v in bound.values.items() if values.get(n) != v}
            values |= {mark + n: v for n, v in new.items() if mark + n not in values}
        else:
            own = {name for name in runbook.params if mark + name in values}
            values = {n: v for n, v in bound.values.items() if n not in own} | values
    return values


def _asked(
    runbook: Runbook, values: Mapping[str, str], findings: Sequence[Finding]
) -> list[Finding]:
    """Return the findings that a runbook's parameters ask for and have no value for yet."""
    sources = {
        param.source
        for name, param in runbook.params.items()
        if name not in values and f"{runbook.name}#{name}" not in values
    }
    return [one for one in findings if f"finding.{one.name}" in sources]


def _tell(
    context: Context,
    incident: Incident,
    runbook: Runbook | None,
    findings: Sequence[Finding],
    look: int,
) -> None:
    """Write down the findings that are used, once for each target that they are about."""
    where = f":{runbook.name}" if runbook is not None else ""
    for finding in findings:
        facts = {
            "name": finding.name,
            "value": finding.value,
            "because": finding.because,
            "evidence": list(finding.evidence),
        }
        context.log(
            incident,
            "finding.made",
            facts,
            once=f"finding:{finding.name}:{look}{where}",
            actor=Actor(kind="agent", id="devops"),
        )


def _untold(runbook: Runbook, name: str, incident: Incident) -> str | None:
    """Return why `name` has no value, where the alert itself does not say it."""
    kind, _, source = (runbook.params[name].source or "").partition(".")
    said = {"labels": incident.alert.labels, "annotations": incident.alert.annotations}
    if kind in {"finding", "output"} or source in said.get(kind, {}):
        return None
    why = f"the alert has no {kind[:-1]} '{source}'" if kind else "it is given by hand"
    return (
        f"{runbook.name}: the parameter {name} has no value ({why}), so the steps that need it "
        f"are left out; stanch open --param {name}=..."
    )


def unfit_output(runbook: Runbook, name: str) -> str:
    """Return why the parameter `name` has no value though its step printed one."""
    param = runbook.params[name]
    return (
        f"{runbook.name}: what was printed for {name} is not of the type {param.type} "
        f"({wanted(param)}), so the steps that need it are left out."
    )

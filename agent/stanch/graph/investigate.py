"""Investigate: all that the candidates want to see, side by side, then what that leads to.

A wave is one step of the graph: its reads run in threads, and each is recorded the moment
it is back. A node that is run again after a crash asks only for what is not recorded yet,
which is why a wave needs no fan-out of graph tasks, whose writes are not awaited.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stanch.diagnosis.findings import find
from stanch.diagnosis.onset import onset
from stanch.diagnosis.view import View
from stanch.executor import Request
from stanch.graph import looks
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.incident import Actor, Evidence, Incident, Phase
from stanch.roles import Fact, Menu, Option
from stanch.runbook.bind import bind_expression
from stanch.runbook.binding import BindingError, bind_params, fits
from stanch.runbook.model import Runbook
from stanch.runbook.values import wanted
from stanch.tools.operations import QueryMetricsRange

IMPACT = "impact"
"""The step that measures the harm over time, beside those of the runbooks."""
WINDOW_SECONDS = 1800
STEP_SECONDS = 15
DEFAULT_LIMIT = 0.01
"""The error ratio that counts as healthy where no runbook says otherwise."""
MOST_WAVES = 4
"""Each wave may use what the one before it found: a service's name, an output of a step."""
MOST_LOOKS = 8
"""After so many looks people have to go on."""
_MOST_EXTRA = 4


def investigate(context: Context, state: State) -> State:
    """Run the diagnosis of every candidate; each wave uses what the ones before it found."""
    incident = context.store.records.incident(state["incident"])
    look = state["look"]
    incident = context.enter(
        incident, Phase.INVESTIGATE, state.get("reason", ""), once=f"phase:investigate:{look}"
    )
    wanted = _wanted(context, incident, incident.params)
    wanted |= _extra(context, incident, wanted)
    seen = _observe(context, incident, wanted, look)
    for _ in range(MOST_WAVES - 1):
        params = follow(context, incident, seen, look)
        if params == incident.params:
            break
        incident = context.put(incident.model_copy(update={"params": params}), [])
        seen |= _observe(context, incident, _wanted(context, incident, params), look)
    measure(context, incident, seen.get(IMPACT), once=f"impact:{look}")
    return {"next": "diagnose", "reason": f"{len(seen)} reads"}


def look_again(state: State, reason: str) -> State:
    """Return the way to one more look, or to people when there were enough.

    A proposal that became void is not simply made anew: whatever voided it may also have
    changed what is wrong.
    """
    look = state["look"] + 1
    return {
        "next": "investigate" if look <= MOST_LOOKS else "hand_over",
        "look": look,
        "attempt": state["attempt"] + 1,
        "reason": reason,
    }


def view(context: Context, incident: Incident, evidence: Sequence[Evidence]) -> View:
    """Return the evidence as the diagnosis reads it."""
    harm = sli(context, incident)
    return View(
        evidence=evidence,
        params=incident.params,
        alert=incident.alert,
        now=context.clock.now(),
        error_limit=harm[1] if harm else DEFAULT_LIMIT,
    )


def answers(
    context: Context, incident: Incident, runbook: Runbook, seen: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Return what came back of each step of `runbook`, by the step's own name."""
    wanted = _wanted(context, incident, incident.params)
    return looks.answers(context, runbook, incident.params, wanted, seen)


def sli(context: Context, incident: Incident) -> tuple[str, float] | None:
    """Return the PromQL of the harm and its limit, from the first candidate that has one."""
    for runbook in context.candidates(incident):
        if runbook.sli is not None:
            try:
                text = bind_expression(
                    runbook.sli.error_ratio, incident.params, params=runbook.params
                )
            except BindingError:
                continue
            return text, runbook.sli.limit
    return None


def measure(
    context: Context, incident: Incident, item: Evidence | None, *, once: str
) -> dict[str, Any]:
    """Write down how large the harm is, since when, and the curve of it."""
    series = ratio_series(item)
    if item is None or not series:
        return {}
    found = onset(series)
    facts: dict[str, Any] = {
        "onset": found.at.isoformat() if found else None,
        "ended": found.ended.isoformat() if found and found.ended else None,
        "baseline": found.before if found else None,
        "peak": max(value for _, value in series),
        "ratio_now": series[-1][1],
        "evidence": [item.id],
        "series": [[at, round(value, 6)] for at, value in series],
    }
    context.log(incident, "impact.measured", facts, once=once)
    return facts


def ratio_series(item: Evidence | None) -> list[tuple[float, float]]:
    """Return the points of a range query that has exactly one series."""
    result = item.data.get("result", []) if item is not None and item.status == "ok" else []
    if len(result) != 1:
        return []
    points = ((float(at), float(value)) for at, value in result[0]["values"])
    return [(at, value) for at, value in points if value == value]  # noqa: PLR0124 - drops NaN


def _wanted(context: Context, incident: Incident, params: Mapping[str, str]) -> dict[str, Request]:
    """Return the reads of all candidates by step name; the same read is wanted once."""
    wanted: dict[str, Request] = {}
    harm = sli(context, incident)
    if harm is not None:
        curve = QueryMetricsRange(expression=harm[0], window=WINDOW_SECONDS, step=STEP_SECONDS)
        wanted[IMPACT] = Request(step=IMPACT, role="devops", operation=curve)
    return wanted | looks.of_runbooks(context, context.candidates(incident), params, wanted)


def _extra(
    context: Context, incident: Incident, wanted: Mapping[str, Request]
) -> dict[str, Request]:
    """Let the model add looks from other runbooks; by the rules, none."""
    known = {looks.digest(request) for request in wanted.values()}
    extra: dict[str, Request] = {}
    texts: dict[str, str] = {}
    for runbook in context.runbooks:
        if runbook.name in incident.runbooks:
            continue
        for step in runbook.steps:
            name = f"{looks.stem(runbook)}.{step.name}"
            request = looks.of_step(context, runbook, step, incident.params, name=name)
            if request is None or looks.digest(request) in known:
                continue
            if context.executor.denial(request) is not None:
                continue
            known.add(looks.digest(request))
            extra[name] = request
            texts[name] = f"{runbook.title}: {step.about or step.text}"
    chosen: list[str] = []
    for role in sorted({request.role for request in extra.values()}):
        mine = [name for name, request in extra.items() if request.role == role]
        menu = Menu(
            task="steps",
            role=role,
            question="Which looks beyond the matching runbooks would tell causes apart?",
            options=tuple(Option(name, texts[name], 0.0) for name in mine),
            facts=(Fact("ALERT", incident.alert.summary, trusted=False),),
            default=(),
            least=0,
            most=min(_MOST_EXTRA, len(mine)),
        )
        chosen += context.team(incident).choose(menu).chosen
    return {name: extra[name] for name in chosen}


def _observe(
    context: Context, incident: Incident, wanted: Mapping[str, Request], look: int
) -> dict[str, Evidence]:
    return context.executor.observe(
        incident.id, incident.phase.value, list(wanted.values()), look=look
    )


def follow(
    context: Context, incident: Incident, seen: Mapping[str, Evidence], look: int
) -> dict[str, str]:
    """Fill the parameters that findings give, such as the service that fails."""
    findings = find(view(context, incident, list(seen.values())))
    values = dict(incident.params)
    asked = {
        param.source.removeprefix("finding.")
        for runbook in context.candidates(incident)
        for name, param in runbook.params.items()
        if param.source is not None and name not in values
    }
    for finding in findings:
        if finding.name not in asked:
            continue
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
            once=f"finding:{finding.name}:{look}",
            actor=Actor(kind="agent", id="devops"),
        )
    named = {finding.name: finding.value for finding in findings}
    for runbook in context.candidates(incident):
        printed = looks.outputs(runbook, answers(context, incident, runbook, seen))
        # A value of another runbook that is not of the type that this one declares is no
        # value here.
        given = {
            name: values[name]
            for name, param in runbook.params.items()
            if name in values and fits(values[name], param)
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
        values = dict(bound.values) | values
    return values


def _untold(runbook: Runbook, name: str, incident: Incident) -> str | None:
    """Return why `name` has no value, where the alert itself does not say it."""
    kind, _, source = (runbook.params[name].source or "").partition(".")
    said = {"labels": incident.alert.labels, "annotations": incident.alert.annotations}
    if kind in {"finding", "output"} or source in said.get(kind, {}):
        return None
    why = f"the alert has no {kind[:-1]} '{source}'" if kind else "it is given by hand"
    return (
        f"{runbook.name}: <{name}> has no value ({why}), so the steps that need it are left "
        f"out; stanch open --param {name}=..."
    )


def unfit_output(runbook: Runbook, name: str) -> str:
    """Return why the parameter `name` has no value though its step printed one."""
    param = runbook.params[name]
    return (
        f"{runbook.name}: what was printed for <{name}> is not of the type {param.type} "
        f"({wanted(param)}), so the steps that need it are left out."
    )

"""Resolve and hand over: how an incident comes to its end, well or not."""

from stanch.executor import Request
from stanch.graph.context import Context
from stanch.graph.investigate import (
    IMPACT,
    STEP_SECONDS,
    WINDOW_SECONDS,
    measure,
    sli,
)
from stanch.graph.state import State
from stanch.incident import Incident, Phase, Status
from stanch.tools.operations import QueryMetricsRange


def resolve(context: Context, state: State) -> State:
    """Measure the harm once more, and say what is over and what remains."""
    incident = context.store.records.incident(state["incident"])
    incident = context.enter(incident, Phase.RESOLVE, state.get("reason", ""), once="phase:resolve")
    now = _harm(context, incident)
    harm = sli(context, incident)
    over = ("waived", "no runbook says how the harm is measured")
    if harm is not None:
        if now is None:
            over = ("missed", "the error ratio could not be read")
        else:
            text = f"error ratio {now:.2%}, limit {harm[1]:.1%}"
            over = ("met" if now < harm[1] else "missed", text)
    changed = bool(state.get("mitigation"))
    fix = "tracked as an action item of the post-mortem, for a mitigation is no fix"
    nothing = "nothing was changed, so nothing temporary is in place"
    context.pass_gate(
        incident,
        Phase.RESOLVE,
        {
            "harm-over": over,
            "permanent-fix": ("met", fix if changed else nothing),
        },
        once="1",
    )
    context.say(incident, Status.RESOLVED)
    return {"next": "postmortem", "reason": "resolved"}


def hand_over(context: Context, state: State) -> State:
    """Say why people must go on by themselves; the post-mortem draft is still written."""
    incident = context.store.records.incident(state["incident"])
    reason = state.get("reason", "")
    context.log(incident, "incident.handed_over", {"reason": reason}, once="handed-over")
    if incident.runbooks:
        _harm(context, incident)
    return {"next": "postmortem", "reason": reason}


def _harm(context: Context, incident: Incident) -> float | None:
    """Record the curve of the harm up to now; return its last value."""
    harm = sli(context, incident)
    if harm is None:
        return None
    curve = QueryMetricsRange(expression=harm[0], window=WINDOW_SECONDS, step=STEP_SECONDS)
    request = Request(step=f"{IMPACT}-end", role="devops", operation=curve)
    seen = context.executor.observe(incident.id, incident.phase.value, [request], look=0)
    facts = measure(context, incident, seen.get(request.step), once="impact:end")
    return facts.get("ratio_now")

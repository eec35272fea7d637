"""Investigate: all that the candidates want to see, side by side, then what that leads to.

A wave is one step of the graph: its reads run in threads, and each is recorded the moment
it is back. A node that is run again after a crash asks only for what is not recorded yet,
which is why a wave needs no fan-out of graph tasks, whose writes are not awaited.
"""

from collections.abc import Mapping

from stanch.executor import Request
from stanch.graph import looks, order, related
from stanch.graph.context import Context
from stanch.graph.filling import follow
from stanch.graph.impact import IMPACT, measure
from stanch.graph.sight import wanted
from stanch.graph.state import State
from stanch.incident import Evidence, Incident, Phase
from stanch.roles import Fact, Menu, Option

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
    incident = _forget_outputs(context, incident) if look > 1 else incident
    reads = wanted(context, incident)
    reads |= _extra(context, incident, reads)
    seen = _observe(context, incident, reads, look)
    grown = related.adopt(context, incident, seen.get(related.FIRING))
    for _ in range(MOST_WAVES - 1):
        params = follow(context, grown, seen, look)
        if params == incident.params and grown.runbooks == incident.runbooks:
            break
        incident = grown = context.put(grown.model_copy(update={"params": params}), [])
        seen |= _observe(context, incident, wanted(context, incident), look)
    measure(context, incident, seen.get(IMPACT), once=f"impact:{look}")
    return {"next": "diagnose", "reason": f"{len(seen)} reads"}


def _forget_outputs(context: Context, incident: Incident) -> Incident:
    """Return the incident without what steps printed in an earlier look: it may have changed."""
    stale = {
        key
        for runbook in context.candidates(incident)
        for name, param in runbook.params.items()
        if (param.source or "").startswith("output.")
        for key in (name, f"{runbook.name}#{name}")
    }
    if not stale & incident.params.keys():
        return incident
    kept = {name: value for name, value in incident.params.items() if name not in stale}
    return context.put(incident.model_copy(update={"params": kept}), [])


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


def _extra(
    context: Context, incident: Incident, reads: Mapping[str, Request]
) -> dict[str, Request]:
    """Let the model add looks from other runbooks; by the rules, none."""
    known = {looks.digest(request) for request in reads.values()}
    extra: dict[str, Request] = {}
    texts: dict[str, str] = {}
    for runbook in context.runbooks:
        if runbook.name in incident.runbooks:
            continue
        for step in runbook.steps:
            name = f"{looks.stem(runbook)}.{step.name}"
            request = looks.of_step(context, incident, runbook, step, name=name)
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
    context: Context, incident: Incident, reads: Mapping[str, Request], look: int
) -> dict[str, Evidence]:
    return context.executor.observe(
        incident.id,
        incident.phase.value,
        order.ordered(reads.values(), context.candidates(incident)),
        look=look,
    )

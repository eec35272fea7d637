"""Resolve and hand over: how an incident comes to its end, well or not."""

from stanch.approvals import void_open
from stanch.graph.context import Context
from stanch.graph.impact import IMPACT, curve, measure, sli
from stanch.graph.state import State
from stanch.incident import Incident, Phase, Status


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
    passed = context.pass_gate(
        incident,
        Phase.RESOLVE,
        {
            "harm-over": over,
            "permanent-fix": ("met", fix if changed else nothing),
        },
        once="1",
    )
    if not passed:
        return {"next": "hand_over", "reason": f"it cannot be called resolved: {over[1]}"}
    context.say(incident, Status.RESOLVED)
    return {"next": "postmortem", "reason": "resolved"}


def hand_over(context: Context, state: State) -> State:
    """Say why people must go on by themselves; the post-mortem draft is still written."""
    incident = context.store.records.incident(state["incident"])
    reason = state.get("reason", "")
    if left := _left_in_place(context, incident):
        reason = f"{reason}. Still in place and not verified: {left}"
    if state.get("plan") and (kept := _kept(context, state)):
        reason = f"{reason}. Verified and kept of the plan: {kept}"
    context.log(incident, "incident.handed_over", {"reason": reason}, once="handed-over")
    void_open(context.store, context.clock, incident.id, reason="the incident is handed over")
    if incident.runbooks:
        _harm(context, incident)
    return {"next": "postmortem", "reason": reason}


def _kept(context: Context, state: State) -> str:
    """Name what stands of a plan that did not come to its end."""
    every = (context.store.records.proposal(one) for one in state.get("kept", []))
    return "; ".join(one.operation.as_text() for one in every)


def _left_in_place(context: Context, incident: Incident) -> str:
    """Name the changes that were made, or may have been, and neither held nor were undone."""
    events = context.store.journal.events(incident.id)
    held = set[str]()
    for event in events:
        if event.type == "verification.passed":
            held.add(event.data["proposal"])
        elif event.type == "verification.failed":
            # What a plan has kept may be taken back after it was verified.
            held.discard(event.data["proposal"])
    left = []
    for one in context.store.records.proposals(incident.id):
        made = context.store.ledger.get(one.key)
        undone = context.store.ledger.get(f"{one.key}:inverse")
        if made is None or made.state not in {"done", "started", "unknown"} or one.id in held:
            continue
        if undone is None or undone.state != "done":
            left.append(one.operation.as_text())
    return "; ".join(left)


def _harm(context: Context, incident: Incident) -> float | None:
    """Record the curve of the harm up to now; return its last value."""
    end = f"{IMPACT}-end"
    reads = list(curve(context, incident, step=end).values())
    seen = context.executor.observe(incident.id, incident.phase.value, reads, look=0)
    facts = measure(context, incident, seen.get(end), once="impact:end")
    return facts.get("ratio_now")

"""Effects: the readings before a change, what it destroys, and what came of it (MIT-25, INV-18).

What is read before a change is evidence, taken once: a node that is run again after a crash
finds it, and does not take what the change has done for how it was before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stanch.executor import Redactor, Request
from stanch.graph.context import Context
from stanch.graph.measures import measures
from stanch.incident import Check, Evidence, Incident, Proposal
from stanch.mitigation import CheckResult, effect, judge_check, preserve, result_of
from stanch.tools.operations import Read
from stanch.tools.outcome import Outcome

_NOTHING = CheckResult(name="", holds=True, text="")
_BY_NAME = frozenset({"no-new-failures", "no-new-alerts"})
"""Kinds of checks that compare the names of what fails."""
_OWN_WAY = frozenset({"signs-cleared", "change-holds"})
"""Kinds of checks that are not judged by the data of one read."""


def first(context: Context, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
    """Return how the checks stand before the change, without recording it as evidence."""
    plain = [one for one in checks if one.kind not in _OWN_WAY]
    outcomes = context.executor.glance([one.operation for one in plain])
    data = {
        check.name: seen(context, check, outcome)
        for check, outcome in zip(plain, outcomes, strict=True)
    }
    return tuple(_before(check, data.get(check.name, {})) for check in checks)


def seen(context: Context, check: Check, outcome: Outcome | None) -> Mapping[str, Any]:
    """Return the data that a check is judged by; nothing when it was not read as a whole."""
    if outcome is None or outcome.truncated:
        # What was cut short may lack just the pod that fails.
        return {}
    if check.kind not in _BY_NAME:
        return outcome.data
    # Names are compared with those of the evidence, which is redacted.
    data: Mapping[str, Any] = Redactor(context.settings.secrets).data(outcome.data)
    return data


def take(context: Context, incident: Incident, proposal: Proposal) -> None:
    """Record how everything stands right before the change is sent."""
    requests = _requests("before-{}-" + proposal.id.lower(), _reads(context, incident, proposal))
    context.executor.observe(incident.id, incident.phase.value, _once(requests), look=0)


def keep(context: Context, incident: Incident, proposal: Proposal) -> list[dict[str, str]]:
    """Save what the change destroys; return what could not be saved, and why."""
    wanted = preserve.reads_before(proposal.operation)
    if not wanted:
        return []
    role = "db" if proposal.operation.kind.startswith("sql.") else "devops"
    requests = {
        name: Request(step=f"kept-{name}-{proposal.id.lower()}", role=role, operation=read)
        for name, read in wanted.items()
    }
    phase = incident.phase.value
    items = context.executor.observe(incident.id, phase, tuple(requests.values()), look=0)
    lost = []
    for name, one in requests.items():
        item = items.get(one.step)
        why = preserve.lost(wanted[name], item.data, item.status, item.text) if item else "not read"
        if why:
            lost.append({"what": one.operation.as_text(), "why": why})
    facts = {
        "proposal": proposal.id,
        "kept": [item.id for item in items.values() if item.status == "ok"],
        "lost": lost,
    }
    context.log(incident, "evidence.kept", facts, once=f"kept:{proposal.id}")
    return lost


def baseline(context: Context, incident: Incident, proposal: Proposal) -> dict[str, CheckResult]:
    """Return by the check's name how it stood right before the change, else at the proposal."""
    told = {one["name"]: result_of(one) for one in proposal.baseline.get("checks", ())}
    taken = _taken(context, incident, proposal)
    for check in proposal.checks:
        data = taken.get(check.name)
        if data and check.kind not in _OWN_WAY:
            told[check.name] = _before(check, data)
    return told


def record(
    context: Context,
    incident: Incident,
    proposal: Proposal,
    results: Sequence[CheckResult],
    *,
    result: str,
    again: int,
) -> list[str]:
    """Record how everything stands now beside how it was; return the evidence."""
    suffix = f"{proposal.id.lower()}" + (f"-{again}" if again else "")
    reads = _reads(context, incident, proposal)
    signs = {one.name: one.operation for one in proposal.checks if one.kind in _OWN_WAY}
    requests = _requests("{}-" + suffix, {**reads, **signs})
    items = context.executor.observe(incident.id, incident.phase.value, _once(requests), look=0)
    now = {name: _data(items.get(one.step)) for name, one in requests.items()}
    how = measures(context, incident)
    before = _taken(context, incident, proposal)
    stood = tuple(baseline(context, incident, proposal).values())
    facts = {
        "proposal": proposal.id,
        "result": result,
        "before": effect.side(before, stood, how, facts=proposal.observed, at=proposal.created_at),
        "after": effect.side(
            now,
            results,
            how,
            facts=context.executor.facts(proposal.operation),
            at=context.clock.now(),
        ),
        "evidence": [item.id for item in items.values()],
    }
    masked = Redactor(context.settings.secrets).data(facts)
    text = effect.sentence(masked["before"], masked["after"])
    context.log(
        incident,
        "mitigation.effect",
        {**masked, "text": text},
        once=f"effect:{proposal.id}:{again}",
    )
    return [item.id for item in items.values()]


def _reads(context: Context, incident: Incident, proposal: Proposal) -> dict[str, Read]:
    """Return the reads of both sides by name: those of the checks, the harm and the service."""
    plain = {one.name: one.operation for one in proposal.checks if one.kind not in _OWN_WAY}
    more = effect.reads(proposal.operation, measures(context, incident))
    # The checks come first, so that what both ask for bears the name of the check.
    return {**plain, **{name: read for name, read in more.items() if name not in plain}}


def _taken(
    context: Context, incident: Incident, proposal: Proposal
) -> dict[str, Mapping[str, Any]]:
    """Return the data of the readings right before the change, by name."""
    have = context.store.records.collected(incident.id, look=0)
    items = context.store.records.evidence(incident.id)
    reads = _reads(context, incident, proposal)
    found = {}
    for name, one in _requests("before-{}-" + proposal.id.lower(), reads).items():
        number = have.get(one.step)
        if number is not None:
            found[name] = _data(items[number])
    return found


def _requests(step: str, reads: Mapping[str, Read]) -> dict[str, Request]:
    """Return the request for each read; those that read the same share one, so it is run once."""
    by_digest: dict[str, Request] = {}
    for name, read in reads.items():
        request = Request(step=step.format(name), role="devops", operation=read)
        by_digest.setdefault(read.digest, request)
    return {name: by_digest[read.digest] for name, read in reads.items()}


def _once(requests: Mapping[str, Request]) -> tuple[Request, ...]:
    return tuple({one.step: one for one in requests.values()}.values())


def _before(check: Check, data: Mapping[str, Any]) -> CheckResult:
    match check.kind:
        case "signs-cleared":
            return CheckResult(name=check.name, holds=False, text="its sign holds")
        case "change-holds":
            return CheckResult(name=check.name, holds=False, text="the change is not made yet")
        case _:
            return judge_check(check, data, before=_NOTHING)


def _data(item: Evidence | None) -> Mapping[str, Any]:
    # What was cut short may lack just the pod that fails: it counts as not read.
    return item.data if item is not None and item.status == "ok" and not item.truncated else {}

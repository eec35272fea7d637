"""Verify: the success checks must hold for the whole soak time, against the baseline."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from stanch.executor import Request
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.incident import Incident, Phase, Proposal, Status
from stanch.mitigation import CheckResult, judge_check

SAMPLE_SECONDS = 10.0
_LONGEST_GAP_SECONDS = 60.0


def verify(context: Context, state: State) -> State:
    """Sample the checks until they held long enough, or the deadline is over."""
    incident = context.store.records.incident(state["incident"])
    proposal = context.store.records.proposal(state["proposal"])
    incident = context.say(incident, Status.MONITORING)
    _begin(context, incident, proposal)
    # A run that was stopped in the middle has seen nothing meanwhile: its time begins anew.
    deadline = context.clock.now() + timedelta(seconds=proposal.deadline_seconds)
    course = _Course(proposal.soak_seconds)
    results: Sequence[CheckResult] = ()
    while (now := context.clock.now()) < deadline:
        results = _sample(context, proposal)
        _log_sample(context, incident, proposal, results, now)
        held = course.take(now, results)
        if held is not None:
            return _passed(context, state, incident, proposal, results, held)
        context.clock.wait(min(SAMPLE_SECONDS, max(proposal.soak_seconds / 4, 1.0)))
    if course.failed_lately(deadline):
        return _failed(context, incident, proposal, results)
    return _unknown(context, incident, proposal, results)


class _Course:
    """How the checks went from sample to sample."""

    def __init__(self, soak_seconds: float) -> None:
        self._soak = soak_seconds
        self._since: datetime | None = None
        self._last: datetime | None = None
        self._failed: datetime | None = None

    def take(self, now: datetime, results: Sequence[CheckResult]) -> float | None:
        """Take one sample; return for how long all held, once that is long enough."""
        gap = (now - self._last).total_seconds() if self._last else 0.0
        self._last = now
        if any(result.holds is False for result in results):
            self._failed = now
        if not results or any(result.holds is not True for result in results):
            self._since = None
            return None
        if self._since is None or gap > _LONGEST_GAP_SECONDS:
            # Nobody looked for so long that what was before proves nothing.
            self._since = now
        held = (now - self._since).total_seconds()
        return held if held >= self._soak else None

    def failed_lately(self, now: datetime) -> bool:
        """Say whether a check was seen to fail within the last soak time."""
        span = max(self._soak, _LONGEST_GAP_SECONDS)
        return self._failed is not None and (now - self._failed).total_seconds() <= span


def _begin(context: Context, incident: Incident, proposal: Proposal) -> None:
    facts = {
        "proposal": proposal.id,
        "baseline": proposal.baseline,
        "soak_seconds": proposal.soak_seconds,
        "deadline_seconds": proposal.deadline_seconds,
    }
    context.log(incident, "verification.started", facts, once=f"verify:{proposal.id}")


def _sample(context: Context, proposal: Proposal) -> list[CheckResult]:
    outcomes = context.executor.glance([check.operation for check in proposal.checks])
    return [
        # What was cut short may lack just the pod that fails: it counts as not read.
        judge_check(check, outcome.data if outcome and not outcome.truncated else {})
        for check, outcome in zip(proposal.checks, outcomes, strict=True)
    ]


def _log_sample(
    context: Context,
    incident: Incident,
    proposal: Proposal,
    results: Sequence[CheckResult],
    now: datetime,
) -> None:
    facts = {"proposal": proposal.id, "checks": _told(results)}
    entry = context.entry(incident, "verification.sample", facts)
    context.store.journal.append(replace(entry, at=now))


def _passed(
    context: Context,
    state: State,
    incident: Incident,
    proposal: Proposal,
    results: Sequence[CheckResult],
    held: float,
) -> State:
    """Record the deciding readings as evidence, and close the gate."""
    evidence = _evidence(context, incident, proposal)
    text = f"all checks held for {held:.0f} s"
    facts = {
        "proposal": proposal.id,
        "held_seconds": round(held, 1),
        "text": text,
        "checks": _told(results),
        "evidence": evidence,
    }
    context.log(incident, "verification.passed", facts, once=f"verified:{proposal.id}")
    approval = context.store.approvals.of_proposal(proposal.id)
    by = approval.decided_by if approval else None
    passed = context.pass_gate(
        incident,
        Phase.MITIGATE,
        {
            "approved-by-a-person": ("met", str(by)) if by else ("missed", "nobody is named"),
            "checks-held": ("met", text),
            "capacity-kept": _capacity(results),
        },
        once=f"{state['look']}:{proposal.id}",
    )
    if not passed:
        return {"next": "hand_over", "reason": "the mitigation's gate is not passed"}
    return {"next": "resolve", "reason": text}


def _failed(
    context: Context, incident: Incident, proposal: Proposal, results: Sequence[CheckResult]
) -> State:
    wrong = [f"{r.name}: {r.text}" for r in results if r.holds is not True]
    text = f"the checks did not hold in time: {'; '.join(wrong) or 'not for the soak time'}"
    facts = {
        "proposal": proposal.id,
        "text": text,
        "checks": _told(results),
        "evidence": _evidence(context, incident, proposal),
    }
    context.log(incident, "verification.failed", facts, once=f"verified:{proposal.id}")
    context.say(incident, Status.MITIGATING)
    return {"next": "undo", "reason": text}


def _unknown(
    context: Context, incident: Incident, proposal: Proposal, results: Sequence[CheckResult]
) -> State:
    """Leave the change in place: nothing shows that it failed, and nothing that it helped."""
    unread = ", ".join(r.name for r in results if r.holds is None) or "the soak time"
    text = f"{proposal.title} was made, but could not be verified: {unread} could not be read"
    context.log(incident, "notice", {"text": text}, once=f"unverified:{proposal.id}")
    return {"next": "hand_over", "reason": text}


def _evidence(context: Context, incident: Incident, proposal: Proposal) -> list[str]:
    requests = [
        Request(
            step=f"{check.name}-{proposal.id.lower()}", role="devops", operation=check.operation
        )
        for check in proposal.checks
    ]
    seen = context.executor.observe(incident.id, incident.phase.value, requests, look=0)
    return [item.id for item in seen.values()]


def _capacity(results: Sequence[CheckResult]) -> tuple[str, str]:
    for result in results:
        if result.name == "capacity-kept":
            return ("met" if result.holds else "missed"), result.text
    return "waived", "the runbook has no such check"


def _told(results: Sequence[CheckResult]) -> list[dict[str, object]]:
    return [{"name": r.name, "holds": r.holds, "text": r.text} for r in results]

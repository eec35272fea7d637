"""Verify: the success checks must hold for the whole soak time, against the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from stanch.graph import choices, cleared, effects
from stanch.graph.context import Context
from stanch.graph.gate import named
from stanch.graph.state import State
from stanch.graph.unsure import wonder
from stanch.incident import Incident, Phase, Proposal, Question, Status
from stanch.incident.question import PEOPLE
from stanch.mitigation import CheckResult, judge_check, judge_facts

SAMPLE_SECONDS = 10.0
_LONGEST_GAP_SECONDS = 60.0


def verify(context: Context, state: State) -> State:
    """Sample the checks until they held long enough, or the deadline is over."""
    incident = context.store.records.incident(state["incident"])
    proposal = context.store.records.proposal(state["proposal"])
    incident = context.say(incident, Status.MONITORING)
    before = effects.baseline(context, incident, proposal)
    _begin(context, incident, proposal, before, again=state.get("again", 0))
    # A run that was stopped in the middle has seen nothing meanwhile: its time begins anew.
    deadline = context.clock.now() + timedelta(seconds=proposal.deadline_seconds)
    course = _Course(proposal.soak_seconds)
    results: Sequence[CheckResult] = ()
    # However late it has become, what was changed is looked at once.
    while (now := context.clock.now()) < deadline or not course.begun:
        results = _sample(context, incident, proposal, before)
        _log_sample(context, incident, proposal, results, now)
        held = course.take(now, results)
        if held is not None:
            return _passed(context, state, incident, proposal, results, held)
        context.clock.wait(min(SAMPLE_SECONDS, max(proposal.soak_seconds / 4, 1.0)))
    if course.failed_lately(deadline):
        return _failed(context, state, incident, proposal, results)
    return _unknown(context, state, incident, proposal, results)


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

    @property
    def begun(self) -> bool:
        """Whether anything was sampled at all."""
        return self._last is not None

    def failed_lately(self, now: datetime) -> bool:
        """Say whether a check was seen to fail within the last soak time."""
        span = max(self._soak, _LONGEST_GAP_SECONDS)
        return self._failed is not None and (now - self._failed).total_seconds() <= span


def _begin(
    context: Context,
    incident: Incident,
    proposal: Proposal,
    before: Mapping[str, CheckResult],
    *,
    again: int,
) -> None:
    facts = {
        "proposal": proposal.id,
        "baseline": {**proposal.baseline, "checks": [one.told() for one in before.values()]},
        "soak_seconds": proposal.soak_seconds,
        "deadline_seconds": proposal.deadline_seconds,
    }
    context.log(incident, "verification.started", facts, once=f"verify:{_name(proposal, again)}")


def _sample(
    context: Context,
    incident: Incident,
    proposal: Proposal,
    before: Mapping[str, CheckResult],
) -> list[CheckResult]:
    of_signs = [one for one in proposal.checks if one.kind == "signs-cleared"]
    of_facts = [one for one in proposal.checks if one.kind == "change-holds"]
    plain = [one for one in proposal.checks if one.kind not in {"signs-cleared", "change-holds"}]
    results = cleared.judge(context, incident, proposal, of_signs)
    outcomes = context.executor.glance([check.operation for check in plain])
    results |= {
        check.name: judge_check(
            check, effects.seen(context, check, outcome), before=before.get(check.name)
        )
        for check, outcome in zip(plain, outcomes, strict=True)
    }
    if of_facts:
        # What was foretold is what the way back compares; its look may be at more.
        facts = context.executor.facts(proposal.inverse or proposal.operation)
        for one in of_facts:
            results[one.name] = judge_facts(one, proposal.operation, facts, proposal.expected)
    return [results.get(one.name) or judge_check(one, {}) for one in proposal.checks]


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
    again = state.get("again", 0)
    evidence = effects.record(context, incident, proposal, results, result="verified", again=again)
    text = f"all checks held for {held:.0f} s"
    facts = {
        "proposal": proposal.id,
        "held_seconds": round(held, 1),
        "text": text,
        "checks": _told(results),
        "evidence": evidence,
    }
    context.log(incident, "verification.passed", facts, once=f"verified:{_name(proposal, again)}")
    approval = context.store.approvals.of_proposal(proposal.id)
    passed = context.pass_gate(
        incident,
        Phase.MITIGATE,
        {
            "approved-by-a-person": named(proposal, approval),
            "checks-held": ("met", text),
            "capacity-kept": _capacity(results),
        },
        once=f"{state['look']}:{proposal.id}",
    )
    if not passed:
        return {"next": "hand_over", "reason": "the mitigation's gate is not passed"}
    kept = [*state.get("kept", []), proposal.id]
    if state.get("plan") and not choices.finished(context, incident, state, kept):
        # The next change of the plan is proposed at once: what it rests on has just been seen.
        return {
            "next": "propose",
            "kept": kept,
            "again": 0,
            "attempt": state["attempt"] + 1,
            "reason": f"{proposal.title}: {text}",
        }
    return {"next": "resolve", "kept": kept, "reason": text}


def _failed(
    context: Context,
    state: State,
    incident: Incident,
    proposal: Proposal,
    results: Sequence[CheckResult],
) -> State:
    wrong = [f"{r.name}: {r.text}" for r in results if r.holds is not True]
    text = f"the checks did not hold in time: {'; '.join(wrong) or 'not for the soak time'}"
    again = state.get("again", 0)
    evidence = effects.record(context, incident, proposal, results, result="failed", again=again)
    facts = {
        "proposal": proposal.id,
        "text": text,
        "checks": _told(results),
        "evidence": evidence,
    }
    once = f"verified:{_name(proposal, again)}"
    context.log(incident, "verification.failed", facts, once=once)
    context.say(incident, Status.MITIGATING)
    return {"next": "undo", "reason": text}


def _unknown(
    context: Context,
    state: State,
    incident: Incident,
    proposal: Proposal,
    results: Sequence[CheckResult],
) -> State:
    """Leave the change in place, and ask: nothing shows that it failed, and nothing that it helped.

    A person who is named decides what becomes of it; silence decides nothing.
    """
    unread = ", ".join(r.name for r in results if r.holds is None)
    why = f"{unread} could not be read" if unread else "the time ended before its soak time did"
    text = f"{proposal.title} was made, but could not be verified: {why}"
    again = state.get("again", 0)
    name = _name(proposal, again)
    undo = ("undo",) if proposal.inverse is not None else ()
    question = Question(
        id=f"{name}:effect",
        incident=incident.id,
        about="effect",
        proposal=proposal.id,
        says=f"{text}. Keep it, undo it, or look again?"
        if undo
        else f"{text}. It has no way back ({proposal.inverse_note}). Keep it, or look again?",
        answers=("keep", *undo, "again", PEOPLE),
    )
    evidence = effects.record(
        context, incident, proposal, results, result="inconclusive", again=again
    )
    facts = {
        "proposal": proposal.id,
        "text": text,
        "checks": _told(results),
        "evidence": evidence,
        "question": question.id,
    }
    context.log(incident, "verification.inconclusive", facts, once=f"verified:{name}")
    return wonder(context, incident, question, reason=text)


def _name(proposal: Proposal, again: int) -> str:
    """Return the name of one look at the effect of a change."""
    return f"{proposal.id}:{again}" if again else proposal.id


def _capacity(results: Sequence[CheckResult]) -> tuple[str, str]:
    for result in results:
        if result.name == "capacity-kept":
            return ("met" if result.holds else "missed"), result.text
    return "waived", "the runbook has no such check"


def _told(results: Sequence[CheckResult]) -> list[dict[str, object]]:
    return [{"name": r.name, "holds": r.holds, "text": r.text} for r in results]

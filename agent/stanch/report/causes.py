"""Contributing factors, the five whys and the hypotheses that were considered.

Each answer is a reading of the evidence. Where the evidence ends, the asking ends: nothing
is guessed to fill five lines.
"""

from collections.abc import Sequence

from stanch.incident import Claim, Hypothesis, Sign
from stanch.report.case import Case
from stanch.report.cause import MECHANISMS
from stanch.report.document import Considered, Factor, Why
from stanch.report.journal import of, rounds
from stanch.report.prose import cause_claim
from stanch.report.spans import clock, count, percent, span
from stanch.report.words import filled, lowered

_SYMPTOMS = (
    "error-ratio-raised",
    "errors-on-one-route",
    "pods-crash-loop",
    "image-cannot-be-pulled",
    "killed-for-memory",
    "rollout-stuck",
    "replicas-missing",
    "restarts-rising",
    "dependency-errors",
)


def factors(case: Case) -> tuple[Factor, ...]:
    """Return what contributed, the nearest to the symptom first, of at least two kinds."""
    found: list[tuple[str, Claim]] = []
    mechanism = case.mechanism
    if case.facts.outcome == "false alarm":
        healthy = case.sign("error-ratio-healthy")
        if healthy:
            found.append(("detection", case.said(healthy)))
    elif mechanism:
        found.append(("immediate", case.said(mechanism)))
    if case.trigger is not None:
        line = f"{case.trigger.text}, at {case.trigger.at:%H:%M:%S}Z."
        found.append(("underlying", case.say(line[0].upper() + line[1:], case.trigger.evidence)))
    found += _systemic(case)
    found += _detection(case)
    found += _response(case)
    return tuple(
        Factor.model_validate({"id": f"F-{number}", "kind": kind, "claim": claim})
        for number, (kind, claim) in enumerate(found, start=1)
    )


def _systemic(case: Case) -> list[tuple[str, Claim]]:
    ready = case.sign("all-pods-ready")
    if ready and case.facts.impact_start is not None:
        line = f"Readiness did not show the failure: {lowered(ready.because.rstrip('.'))}."
        weighed = case.cause.weighed.id if case.cause else ""
        return [("systemic", case.say(line, *ready.evidence, weighed))]
    return []


def _detection(case: Case) -> list[tuple[str, Claim]]:
    late = case.facts.duration("ttd").seconds
    alert = f"The alert `{case.incident.alert.name}`"
    if case.facts.outcome == "false alarm":
        return []
    if late is None:
        line = f"{alert} does not say since when users are affected; the start is not known."
        return [("detection", case.say(line, case.events[0].id))]
    if late > 0:
        return [("detection", case.say(f"{alert} fired {span(late)} after the onset.", "C:ttd"))]
    return []


def _response(case: Case) -> list[tuple[str, Claim]]:
    known = case.facts
    if known.counts.verifications_failed:
        line = f"{count(known.counts.verifications_failed, 'change')} did not hold the checks."
        return [("response", case.say(line, "C:verifications_failed"))]
    parts = [known.duration(name) for name in ("tta", "diagnosis", "approval_wait", "execution")]
    longest = max(parts, key=lambda one: one.seconds or 0)
    whole = known.duration("ttm")
    if whole.seconds and longest.seconds:
        word = longest.label[0].lower() + longest.label[1:]
        line = f"Of the {whole.text} from the alert to the mitigation, the {word} took the most:"
        return [("response", case.say(f"{line} {longest.text}.", "C:ttm", f"C:{longest.name}"))]
    line = f"The response made {count(known.counts.observations, 'observation')}"
    rounds_ = count(known.counts.rounds, "round")
    said = f"{line} in {rounds_} of weighing and {count(known.counts.changes_done, 'change')}."
    return [("response", case.say(said, "C:observations", "C:rounds", "C:changes_done"))]


def whys(case: Case) -> tuple[Why, ...]:
    """Ask why as far as the evidence answers, and say where it ends and what is missing."""
    steps = [sign for sign in _chain(case) if sign is not None]
    chain: list[Why] = []
    question = f"Why did `{case.incident.alert.name}` fire for {case.where}?"
    if case.facts.impact_start is not None and case.facts.error_ratio_peak is not None:
        peak = percent(case.facts.error_ratio_peak)
        rise = f"The error ratio of {case.where} rose to {peak}."
        felt = case.say(rise, "C:error_ratio_peak", *case.harm.evidence[:1])
        chain.append(Why(question=question, answer=felt, status="supported"))
        question = _asks(rise)
    for sign in steps:
        chain.append(Why(question=question, answer=case.said(sign), status="supported"))
        question = _asks(sign.because)
    if case.cause is not None:
        sure = case.cause.certainty == "confirmed"
        claim = cause_claim(case)
        status = "supported" if sure else "assumed"
        chain.append(Why.model_validate({"question": question, "answer": claim, "status": status}))
        question = _asks(filled(case.cause.hypothesis.claim, case.incident.params))
    if case.trigger is not None:
        change = case.trigger
        line = f"It came with the rollout of {clock(change.at)}: {change.text}."
        answer = case.say(line, change.evidence)
        chain.append(Why(question=question, answer=answer, status="supported"))
        question = (
            f"How did revision {change.revision} of `{change.deployment}` come to be rolled out?"
        )
    chain.append(Why(question=question, answer=_missing(case), status="evidence_ends"))
    return tuple(chain)


def _asks(answer: str) -> str:
    """Ask on from an answer, in its own words."""
    return f"What explains that {lowered(answer.strip().rstrip('.'))}?"


def _chain(case: Case) -> tuple[Sign | None, ...]:
    if case.facts.outcome == "false alarm":
        return (case.sign("error-ratio-healthy"),)
    shown = case.facts.impact_start is not None
    symptom = None if shown else case.sign(*_SYMPTOMS)
    taken = {symptom.name} if symptom else set()
    mechanism = case.sign(*(n for n in MECHANISMS if n not in taken)) or case.mechanism
    return (symptom, None if mechanism == symptom else mechanism)


def _missing(case: Case) -> Claim:
    """Say what evidence would carry the asking further."""
    last = of(case.events, "hypotheses.weighed")
    cite = last[-1].id if last else case.events[-1].id
    if case.cause is None:
        line = (
            "The evidence ends here: missing are the readings listed under “What was not checked”."
        )
    elif case.facts.outcome == "false alarm":
        line = (
            "The evidence ends here: missing are the rule's own text and the series on which"
            f" the limit of `{case.incident.alert.name}` was once chosen."
        )
    elif case.trigger is not None:
        name = f"revision {case.trigger.revision} of `{case.trigger.deployment}`"
        line = (
            "The evidence ends here: nothing was read of how this came to be released; missing"
            f" are the change and the test and pipeline runs behind {name}."
        )
        return case.say(line, case.trigger.evidence, cite)
    else:
        line = (
            "The evidence ends here: nothing that was read shows what first set this off;"
            " missing are the load, the changes and the state from before the onset."
        )
    return case.say(line, cite)


def considered(case: Case) -> tuple[Considered, ...]:
    """Return every hypothesis as it was last weighed, the accepted one first."""
    weighings = rounds(case.events)
    latest: dict[str, tuple[str, Hypothesis]] = {}
    for event, hypotheses in weighings:
        for one in hypotheses:
            latest[one.id] = (event.id, one)
    accepted = case.cause.hypothesis.id if case.cause else ""
    ordered = sorted(latest.values(), key=lambda pair: (pair[1].id != accepted, -pair[1].score))
    return tuple(_considered(case, one, event, accepted) for event, one in ordered)


def _considered(case: Case, one: Hypothesis, event: str, accepted: str) -> Considered:
    def claims(signs: Sequence[Sign]) -> tuple[Claim, ...]:
        # Several signs may rest on one reading; it is told once.
        told = {sign.because: sign for sign in reversed(signs)}
        once = [sign for sign in signs if told[sign.because] is sign]
        return tuple(case.said(sign, event=event) for sign in once)

    return Considered(
        id=one.id,
        claim=filled(one.claim, case.incident.params),
        state=_state(case, one, accepted),
        score=one.score,
        supporting=claims(one.supporting),
        opposing=claims(one.opposing),
        open=claims(one.open),
        why=_why(case, one, accepted),
    )


def _state(case: Case, one: Hypothesis, accepted: str) -> str:
    if one.id == accepted and case.cause is not None:
        return case.cause.certainty
    tested = [a for a in case.tried if a.proposal.hypothesis == one.id and a.held is False]
    return "rejected" if tested else one.state


def _why(case: Case, one: Hypothesis, accepted: str) -> str:
    if one.id == accepted and case.cause is not None:
        return f"Accepted: {case.cause.basis}."
    failed = [a for a in case.tried if a.proposal.hypothesis == one.id and a.held is False]
    if failed:
        return f"Rejected: its change, {failed[0].proposal.id}, did not hold its checks."
    against = [sign.name for sign in one.opposing]
    if against:
        return f"Not accepted: {', '.join(against)} spoke against it."
    if one.open:
        return f"Not accepted: {', '.join(sign.name for sign in one.open)} could not be read."
    return "Not accepted: too little spoke for it."

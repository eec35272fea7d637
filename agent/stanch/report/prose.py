"""The prose of a post-mortem by rules: every sentence cites what it rests on.

It is the whole document when no model is asked, and the draft that a model may reword.
"""

from stanch.incident import Claim
from stanch.report.case import Case, sentence
from stanch.report.cause import MECHANISMS
from stanch.report.course import Attempt
from stanch.report.journal import of, text
from stanch.report.lessons import headline, lessons, lucky, not_checked, went_well, went_wrong
from stanch.report.spans import clock, count, percent, span
from stanch.report.words import LIKELY, filled, lowered, plain_or_quoted, quoted

_MOST_WORDS = 95
"""A summary is read in a hurry; the limit of the rubric is 100."""

_SHOWN = ("error-ratio-raised", "errors-on-one-route", "pods-crash-loop", "all-pods-ready")
"""Signs that say what could be seen of the failure."""
_MOST_CAUSE = 45
"""Words of the summary's sentence about the cause, so that the others find room."""


def drafts(case: Case) -> dict[str, tuple[Claim, ...]]:
    """Return the sentences of every section that is prose, by its name."""
    return {
        "summary": summary(case),
        "impact": impact(case),
        "trigger": trigger(case),
        "what-happened": what_happened(case),
        "detection": detection(case),
        "resolution": resolution(case),
        "went-well": went_well(case),
        "went-wrong": went_wrong(case),
        "lucky": lucky(case),
        "lessons": lessons(case),
        "not-checked": not_checked(case),
    }


def summary(case: Case) -> tuple[Claim, ...]:
    """Say in two to four sentences what happened, how it ended and what is learned."""
    told = (_felt(case), _specific(case), _ended(case))
    learned = headline(case)
    short = (
        sum(len(one.text.split()) for one in (*told, learned)) <= _MOST_WORDS if learned else False
    )
    return (*told, learned) if learned and short else told


def _specific(case: Case) -> Claim:
    """State the cause together with the reading that shows how it fails."""
    claim, sign = cause_claim(case), case.mechanism
    if sign is None:
        return claim
    how = lowered(plain_or_quoted(sign.because).rstrip("."))
    both = f"{claim.text.rstrip('.')}: {how}."
    if len(both.split()) > _MOST_CAUSE:
        return claim
    return case.say(both, *claim.cites, *sign.evidence)


def _felt(case: Case) -> Claim:
    known, harm = case.facts, case.harm
    if known.impact_start is None or known.error_ratio_peak is None:
        if not harm.measured:
            line = f"The alert `{case.incident.alert.name}` named {case.where}"
            return case.say(f"{line}; the impact on users was not measured.", _opened(case))
        line = f"`{case.incident.alert.name}` named {case.where}, but no rise of the error ratio"
        return case.say(f"{line} was measured.", _opened(case), harm.measured[0].id)
    peak = f"The error ratio of {case.where} rose to {percent(known.error_ratio_peak)}"
    if known.impact_end is None:
        return case.say(
            f"{peak}, and no recovery had been seen when this was written.",
            "C:error_ratio_peak",
            *[e.id for e in harm.measured],
        )
    length = span(known.duration("impact_duration").seconds or 0)
    return case.say(
        f"{peak}; users were affected for {length}.", "C:error_ratio_peak", "C:impact_duration"
    )


def cause_claim(case: Case) -> Claim:
    """State the accepted cause, marked as likely unless it is confirmed."""
    found = case.cause
    if found is None:
        weighed = of(case.events, "hypotheses.weighed")
        if not weighed:
            return case.say("No hypothesis was weighed, so the cause is open.", case.events[-1].id)
        line = "No hypothesis was clearly ahead of the others, so the cause is open."
        return case.say(line, weighed[-1].id)
    claim = sentence(filled(found.hypothesis.claim, case.incident.params))
    if found.certainty == "leading":
        claim = f"{LIKELY} {lowered(claim)}"
    return case.say(claim, "C:cause", found.weighed.id, *found.hypothesis.evidence[:4])


def _ended(case: Case) -> Claim:
    cure, known = case.cure, case.facts
    handed = next(iter(of(case.events, "incident.handed_over")), None)
    if cure is not None and cure.verdict is not None and cure.run is not None:
        tries = "" if case.tried[0] is cure else ", after an earlier attempt had not held,"
        held = cure.verdict.data.get("held_seconds")
        length = f" for {span(held)}" if isinstance(held, int | float) else ""
        line = f"The approved change `{_typed(cure)}`{tries} restored the service"
        line += f", and its checks held{length}."
        return case.say(line, cure.run.ended.id, cure.verdict.id, cure.made.id, cure.run.started.id)
    done = {
        "yes": f"{count(known.counts.changes_done, 'change')} reached production",
        "no": "Nothing in production was changed",
        "unknown": "Whether a change reached production is not known",
    }[known.changed]
    if handed is not None:
        why = text(handed.data, "reason")
        line = f"{done}, and the incident was handed over to people: {quoted(why)}."
        return case.say(line, "C:changed", "C:changes_done", handed.id)
    ends = {
        "declined": ": the proposed change was not approved",
        "false alarm": ": there was nothing to mend",
        "no cause found": "",
        "not cured": ", and no check has held since",
    }
    return case.say(
        f"{done}{ends.get(known.outcome, '')}.", "C:changed", "C:changes_done", "C:outcome"
    )


def impact(case: Case) -> tuple[Claim, ...]:
    """Say the harm in numbers."""
    known = case.facts
    first = _felt(case)
    claims = [first]
    if known.error_ratio_baseline is not None and known.impact_start is not None:
        line = f"Before, the error ratio stood at {percent(known.error_ratio_baseline)}."
        claims.append(case.say(line, "C:error_ratio_baseline"))
    if known.error_weighted_seconds is not None:
        weighted = span(known.error_weighted_seconds)
        line = f"Weighted by the error ratio, that is {weighted} of total failure."
        claims.append(case.say(line, "C:error_weighted_seconds"))
    return tuple(claims)


def trigger(case: Case) -> tuple[Claim, ...]:
    """Name the event that set the failure off, or say that the evidence shows none."""
    rollout, harm = case.trigger, case.harm
    if rollout is not None:
        return (
            case.say(f"At {clock(rollout.at)} {rollout.text}.", rollout.evidence),
            *_since(case),
        )
    if case.facts.outcome == "false alarm":
        return (case.say("Nothing set a failure off: no harm was measured.", "C:outcome"),)
    claims = [
        case.say("The evidence shows no event that set the failure off.", _last_weighed(case))
    ]
    for rollout in case.recent[-2:]:
        line = f"The rollout of {clock(rollout.at)} ({rollout.text}) is not held to be the trigger."
        claims.append(case.say(line, rollout.evidence, _last_weighed(case)))
    return tuple(claims) if harm.measured or case.recent else tuple(claims[:1])


def _since(case: Case) -> tuple[Claim, ...]:
    sign = case.sign("onset-follows-rollout")
    return (case.said(sign),) if sign else ()


def what_happened(case: Case) -> tuple[Claim, ...]:
    """Tell the chain of the failure from its trigger to the end, in the order of time."""
    claims = list(trigger(case)[:1]) if case.trigger else []
    known, harm = case.facts, case.harm
    if known.impact_start and harm.onset_event:
        line = f"At {clock(known.impact_start)} the error ratio began to rise."
        claims.append(case.say(line, "C:impact_start", harm.onset_event.id))
    if case.cause:
        how = [case.sign(name) for name in (*_SHOWN, *MECHANISMS)]
        told = {sign.because: case.said(sign) for sign in how if sign is not None}
        claims += list(told.values())[:3]
    claims.append(cause_claim(case))
    claims += resolution(case)
    return tuple(claims)


def detection(case: Case) -> tuple[Claim, ...]:
    """Say how it was noticed and how long that took."""
    known, alert = case.facts, case.incident.alert
    how = "was reported by hand" if alert.source == "manual" else "fired"
    late = known.duration("ttd").seconds
    name = f"The alert `{alert.name}` {how}"
    if case.facts.outcome == "false alarm":
        line = f"{name} without an impact that could be measured (start unknown)."
        first = case.say(line, _opened(case), "C:outcome")
    elif late is None:
        why = "the start of the impact is not known"
        first = case.say(
            f"{name}; {why} (start unknown), so the detection gap is open.", _opened(case)
        )
    elif late < 0:
        line = f"{name} {span(-late)} before the measured start of the impact (early warning)."
        first = case.say(line, "C:ttd", _opened(case))
    else:
        line = f"{name} {span(late)} after the first error was measured."
        first = case.say(line, "C:ttd", _opened(case))
    taken = known.duration("tta").seconds or 0
    return (first, case.say(f"The incident was opened {span(taken)} after the alert.", "C:tta"))


def resolution(case: Case) -> tuple[Claim, ...]:
    """Tell every proposal and what came of it, then the end."""
    claims = [claim for one in case.tried for claim in _attempt(case, one)]
    handed = next(iter(of(case.events, "incident.handed_over")), None)
    if handed is not None:
        line = f"The incident was handed over to people: {quoted(text(handed.data, 'reason'))}."
        claims.append(case.say(line, handed.id))
    if not case.tried:
        line = "No change was proposed, and nothing in production was changed."
        claims.insert(0, case.say(line, "C:changed", "C:proposals"))
    return tuple(claims)


def _attempt(case: Case, one: Attempt) -> list[Claim]:
    name = one.proposal.id
    if one.run is None:
        reason = text(one.decision.data, "reason") if one.decision else ""
        why = f" with the reason {quoted(reason)}" if reason else ""
        end = {
            "rejected": f"was rejected{why}",
            "expired": "expired without a decision",
            "superseded": f"was superseded{why}",
            "approved": "was approved and not run",
        }.get(one.decided, "waits for a decision")
        last = one.decision or one.requested or one.made
        line = f"Proposal {name} (`{_typed(one)}`) {end}; it changed nothing."
        return [case.say(line, one.made.id, last.id)]
    claims = [_ran(case, one)]
    if one.verdict is not None:
        word = "held" if one.held else "did not hold"
        detail = text(one.verdict.data, "text")
        line = (
            f"The checks of {name} {word}: {quoted(detail)}."
            if detail
            else f"The checks of {name} {word}."
        )
        claims.append(case.say(line, one.verdict.id))
    if one.undo is not None:
        inverse = text(one.undo.started.data, "text")
        line = f"The change was undone by its inverse, `{inverse}`: {one.undo.result}."
        claims.append(case.say(line, one.undo.started.id, one.undo.ended.id))
    return claims


def _ran(case: Case, one: Attempt) -> Claim:
    assert one.run is not None  # noqa: S101 - for the type checker: _attempt asked
    at, result = clock(one.run.started.at), one.run.result
    ended = {
        "done": "and done",
        "refused": "and refused by the target, which changed nothing",
        "not sent": "and in the end not sent",
        "superseded": "and superseded, as the target had changed since the approval",
    }.get(result, "and its outcome is not known")
    what = f"Proposal {one.proposal.id} (`{_typed(one)}`)"
    line = f"{what} was approved, started at {at} {ended}."
    decision = one.decision.id if one.decision else ""
    return case.say(line, one.made.id, decision, one.run.started.id, one.run.ended.id)


def _typed(one: Attempt) -> str:
    return one.proposal.operation.as_text()


def _opened(case: Case) -> str:
    opened = of(case.events, "incident.opened")
    return opened[0].id if opened else case.events[0].id


def _last_weighed(case: Case) -> str:
    weighed = of(case.events, "hypotheses.weighed")
    return weighed[-1].id if weighed else case.events[-1].id

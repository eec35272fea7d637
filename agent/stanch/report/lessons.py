"""What went well, what went wrong, luck, lessons and what was not checked, each derived.

Nothing here is an opinion: a line stands because of a gate, a figure or an event that it cites.
"""

from collections.abc import Iterator

from stanch.incident import Claim, Event, Sign
from stanch.report.case import Case, sentence
from stanch.report.cause import Theme
from stanch.report.course import Attempt
from stanch.report.journal import named, of, rounds, text
from stanch.report.spans import clock, count, span
from stanch.report.words import lowered, plain_or_quoted, quoted

_SOON = 120.0
"""Seconds within which an alert is called quick: two evaluations of a usual rule."""
_LONG_WAIT = 300.0
"""Seconds after which waiting for a decision is worth a line."""


def went_well(case: Case) -> tuple[Claim, ...]:
    """Return what worked: quick detection, gates that were met, protections that held."""
    return tuple(_well(case)) or (case.say("None recorded.", case.events[0].id),)


def _well(case: Case) -> Iterator[Claim]:
    ttd = case.facts.duration("ttd").seconds
    if ttd is not None and ttd <= _SOON:
        after = f"The alert fired {span(ttd)} after the first error was measured."
        early = f"The alert fired {span(-ttd)} before the first error was measured."
        line = after if ttd >= 0 else early
        yield case.say(line, "C:ttd")
    shield = case.sign("old-pods-well")
    if shield:
        line = f"What ran before kept serving: {lowered(plain_or_quoted(shield.because))}"
        yield case.say(line, *case.said(shield).cites)
    cure = case.cure
    if cure is not None and cure is case.tried[0] and cure.verdict is not None:
        line = f"The first change that was tried ({cure.proposal.id}) held its checks."
        yield case.say(line, cure.verdict.id, cure.made.id)
    for one in case.tried:
        if one.undo is not None and one.undo.result == "done":
            line = f"{one.proposal.id} was undone by itself when its checks had not held."
            yield case.say(line, one.undo.ended.id, *([one.verdict.id] if one.verdict else []))
        if one.decided in {"rejected", "expired"} and one.run is None and one.decision:
            line = f"The gate held: {one.proposal.id} was not approved and was not run."
            yield case.say(line, one.decision.id, one.made.id, "C:changed")
    if case.facts.outcome == "false alarm" and case.facts.changed == "no":
        line = "Nothing in production was changed without need: no change was sent."
        yield case.say(line, "C:changed", "C:changes_done")
    yield from _gates_met(case)


def _gates_met(case: Case) -> Iterator[Claim]:
    """Tell the gates whose every item was met."""
    phases: dict[str, list[Event]] = {}
    for event in of(case.events, "gate.item"):
        phases.setdefault(text(event.data, "phase"), []).append(event)
    for phase, items in phases.items():
        if all(text(item.data, "result") == "met" for item in items):
            line = f"Every item of the gate of the phase {phase} was met."
            yield case.say(line, *[item.id for item in items])


def went_wrong(case: Case) -> tuple[Claim, ...]:
    """Return what did not work; nothing that the journal records as failed is left out."""
    return tuple(_wrong(case)) or (case.say("None recorded.", case.events[0].id),)


def _wrong(case: Case) -> Iterator[Claim]:
    ttd = case.facts.duration("ttd").seconds
    if ttd is not None and ttd > _SOON:
        yield case.say(f"Detection took {span(ttd)} from the first error.", "C:ttd")
    elif ttd is None and case.facts.outcome != "false alarm":
        yield case.say("The start of the impact is not known.", case.events[0].id)
    if case.facts.outcome == "false alarm":
        line = f"The alert `{case.incident.alert.name}` fired although no harm was measured."
        yield case.say(line, "C:outcome", case.events[0].id)
    for one in case.tried:
        yield from _failures(case, one)
    for event in of(case.events, "gate.item"):
        result = text(event.data, "result")
        if result in {"missed", "waived"}:
            line = _gate(text(event.data, "item"), text(event.data, "because"), result)
            yield case.say(line, event.id)
    for event in of(case.events, "step.denied"):
        line = f"A step was not allowed: {quoted(text(event.data, 'reason'))}."
        yield case.say(line, event.id)
    fallbacks = of(case.events, "model.fallback")
    if fallbacks:
        line = (
            f"The language model gave no usable answer {_times(len(fallbacks))}; the rules decided."
        )
        yield case.say(line, "C:model_fallbacks", *[e.id for e in fallbacks])
    yield from _blind(case)
    handed = of(case.events, "incident.handed_over")
    if handed:
        why = quoted(text(handed[0].data, "reason"))
        line = f"The incident was not brought to an end by the runbooks: {why}."
        yield case.say(line, handed[0].id)


def _failures(case: Case, one: Attempt) -> Iterator[Claim]:
    name = one.proposal.id
    if one.decision is not None and one.decided in {"rejected", "expired", "superseded"}:
        reason = text(one.decision.data, "reason")
        why = f": {quoted(reason)}" if reason else ""
        yield case.say(f"The approval of {name} was {one.decided}{why}.", one.decision.id)
    for run, word in ((one.run, "change"), (one.undo, "inverse")):
        if run is not None and run.result != "done":
            line = f"The {word} of {name} ended as {quoted(run.result)}."
            yield case.say(line, run.ended.id)
    if one.held is False and one.verdict is not None:
        line = f"{name} did not hold its checks: {quoted(text(one.verdict.data, 'text'))}."
        yield case.say(line, one.verdict.id)
    wait = case.facts.duration("approval_wait").seconds
    if wait is not None and wait > _LONG_WAIT and one is (case.cure or case.tried[-1]):
        yield case.say(f"The decision on {name} took {span(wait)}.", "C:approval_wait", one.made.id)


def _blind(case: Case) -> Iterator[Claim]:
    for one in case.evidence.values():
        if one.status != "ok":
            line = (
                f"`{one.operation_text}` brought nothing back ({one.status}): {quoted(one.text)}."
            )
            yield case.say(line, one.id)


def lucky(case: Case) -> tuple[Claim, ...]:
    """Return what went well by chance, as far as the journal can tell chance."""
    claims = []
    if case.incident.alert.source == "manual":
        line = "A person noticed it; no alert had fired."
        claims.append(case.say(line, case.events[0].id))
    end, mitigated = case.facts.impact_end, case.facts.mitigated_at
    if end is not None and mitigated is not None and end < mitigated:
        line = f"The impact ended at {clock(end)}, before the change was done."
        claims.append(case.say(line, "C:impact_end", "C:mitigated_at"))
    return tuple(claims) or (case.say("None recorded.", case.events[0].id),)


def lessons(case: Case) -> tuple[Claim, ...]:
    """Return what this incident teaches, from the signs that decided it."""
    claims = []
    for lesson, sign in _by_theme(case):
        line = f"{lesson}: {lowered(plain_or_quoted(sign.because).rstrip('.'))}."
        claims.append(case.say(line, *sign.evidence, case.cause.weighed.id if case.cause else ""))
    for one in case.tried:
        if one.held is False and one.verdict is not None:
            line = (
                f"A change that looks right may not help: {one.proposal.id} is the reason to"
                " verify before an incident is called resolved."
            )
            claims.append(case.say(line, one.verdict.id, one.made.id))
    if case.facts.counts.observations_failed:
        looks = count(case.facts.counts.observations_failed, "look")
        line = f"{looks} brought nothing back; what was not seen is not known to be well."
        claims.append(case.say(line, "C:observations_failed"))
    if not claims:
        claims.append(
            case.say(
                "The evidence at hand does not decide between the hypotheses.", case.events[-1].id
            )
        )
    return tuple(claims)


def headline(case: Case) -> Claim | None:
    """Return the main lesson in one short sentence; None when there is none."""
    known = next(_by_theme(case), None)
    if known is None or case.cause is None:
        return None
    lesson, sign = known
    return case.say(f"Main lesson: {lowered(lesson)}.", *sign.evidence, case.cause.weighed.id)


def _by_theme(case: Case) -> Iterator[tuple[str, Sign]]:
    if case.cause is not None:
        for name, lesson in _LESSONS[case.cause.theme]:
            sign = case.sign(name) if name else case.mechanism
            if sign is not None:
                yield lesson, sign


# A sign's name and what it taught; without a name, what the sign of the mechanism taught.
_LESSONS: dict[Theme, tuple[tuple[str, str], ...]] = {
    "release": (
        ("all-pods-ready", "A pod that is Ready may still fail its users"),
        ("errors-only-in-new-version", "Comparing the versions told the release from the rest"),
        ("onset-follows-rollout", "The time of the rollout pointed to the failure"),
    ),
    "image": (
        ("old-pods-well", "The old pods carry the service while a new image cannot be pulled"),
        ("image-cannot-be-pulled", "An image is only known to exist once a node has pulled it"),
    ),
    "config": (("configuration-error-logged", "The container's last words named the setting"),),
    "memory": (
        ("memory-limit-lowered-in-rollout", "A lower limit is a release like any other"),
        ("killed-for-memory", "A kill for memory leaves no word in the application's own log"),
    ),
    "dependency": (
        ("errors-in-all-versions", "The alert named the victim; all its versions failed alike"),
        ("dependency-exhausted-logged", "The failing service was one call further down"),
    ),
    "database": (("", "The trouble showed in the application, and the answer in the database"),),
    "host": (("", "The alert named the host, and the host's own tools named what filled it"),),
    "certificate": (("", "All clients failed at the same second, and no release came before it"),),
    "network": (("", "Both ends looked well by themselves; the way between them was not"),),
    "capacity": (("", "What was asked for and what there was room for decided, not a release"),),
    "false alarm": (("error-ratio-healthy", "An alert asks, and the users' side answers"),),
    "unknown": (),
}


def not_checked(case: Case) -> tuple[Claim, ...]:
    """Return what could not be looked at, and what was cut short."""
    claims = [*_blind(case)]
    for one in case.evidence.values():
        if one.status == "ok" and one.truncated:
            line = f"`{one.operation_text}` was cut at its limit; what lay beyond was not read."
            claims.append(case.say(line, one.id))
    weighings = rounds(case.events)
    if weighings:
        event, hypotheses = weighings[-1]
        seen: dict[str, Sign] = {s.name: s for h in hypotheses for s in h.open}
        for name, sign in seen.items():
            because = sentence(plain_or_quoted(sign.because))
            claims.append(case.say(f"Sign {name} could not be read: {because}", event.id))
    if not claims:
        line = "Every look that was tried brought something back whole."
        claims.append(case.say(line, "C:observations", "C:observations_failed"))
    return tuple(claims)


def _gate(item: str, because: str, result: str) -> str:
    why = f": {quoted(because)}" if because else ""
    return f"Gate item {quoted(item)} was {result}{why}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def sample_checks(one: Attempt) -> tuple[str, ...]:
    """Return the texts of the checks of the last sample."""
    last = one.samples[-1].data if one.samples else {}
    return tuple(text(c, "text") or named(c) for c in last.get("checks", ()) if isinstance(c, dict))

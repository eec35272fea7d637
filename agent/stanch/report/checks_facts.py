"""Checks of the figures: facts as the journal has them, durations, the order of the times."""

from collections.abc import Mapping, Sequence

from stanch.incident import Event, Evidence
from stanch.report.document import Postmortem
from stanch.report.facts import Facts, facts
from stanch.report.sentences import Failure

_ORDER = (
    ("opened_at", "identified_at"),
    ("detected_at", "opened_at"),
    ("proposed_at", "mitigated_at"),
    ("approved_at", "mitigated_at"),
    ("mitigated_at", "resolved_at"),
    ("resolved_at", "closed_at"),
    ("impact_start", "impact_end"),
)


def check_facts(
    document: Postmortem, events: Sequence[Event], evidence: Mapping[str, Evidence]
) -> list[Failure]:
    """Return what is wrong with the figures of the document."""
    found = [*_durations(document.facts), *_order(document)]
    computed = facts(document.subject, events, evidence)
    for name in Facts.model_fields:
        here, there = getattr(document.facts, name), getattr(computed, name)
        # A wrong duration is told by D-01, where it says more.
        if here != there and name != "durations":
            message = f"facts: {name} is {here}, and the journal says {there}"
            found.append(Failure(id="G-01", level="E", message=message))
    return found


def _durations(known: Facts) -> list[Failure]:
    found = []
    for one in known.durations:
        start, end = getattr(known, one.start), getattr(known, one.end)
        wanted = (end - start).total_seconds() if start is not None and end is not None else None
        if one.seconds != wanted:
            message = f"durations: {one.name} is {one.seconds} s, from its times {wanted} s"
            found.append(Failure(id="D-01", level="E", message=message))
    ttd, rest = known.duration("ttd").seconds, known.duration("response_duration").seconds
    whole = known.duration("ttr").seconds
    if None not in (ttd, rest, whole) and (ttd or 0) + (rest or 0) != whole:
        message = "durations: time to detect and response do not add up to time to resolve"
        found.append(Failure(id="D-02", level="E", message=message))
    return found


def _order(document: Postmortem) -> list[Failure]:
    times = document.facts.times()
    found = [
        Failure(id="D-03", level="E", message=f"facts: {second} lies before {first}")
        for first, second in _ORDER
        if first in times and second in times and times[second] < times[first]
    ]
    early = any("early warning" in claim.text for claim in document.detection)
    if "impact_start" in times and times["detected_at"] < times["impact_start"] and not early:
        message = "facts: detected before the impact, and not said to be an early warning"
        found.append(Failure(id="D-03", level="E", message=message))
    return found

"""What a citation says: the words, figures and times behind an id, and what a sentence adds.

It proves where a figure or a name comes from, not that the sentence is true.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from stanch.incident import Event, Evidence, Proposal
from stanch.report.facts import Facts
from stanch.report.rollouts import leaves
from stanch.report.spans import SPAN, moment, seconds_of, stamp, whole

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_CODE = re.compile(r"`([^`]+)`")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_CLOCK = re.compile(r"\b\d\d:\d\d(?::\d\d)?(?:Z|\b)")
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(?:%|percent\b)")
_NAME = re.compile(r"(?<![\w-])(?=[\w.:/@-]*[A-Za-z])(?:[\w.-]*[\d_/@:][\w.:/@-]*)(?<![.:,-])")
_DIGITS = re.compile(r"\d+(?:\.\d+)+|\d+")
_EDGES = ".,;:()“”'\"!?"


@dataclass(frozen=True, slots=True)
class Said:
    """What stands behind one citation."""

    text: str
    numbers: frozenset[float]
    times: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a sentence may cite, by id."""

    facts: Mapping[str, Any]
    events: Mapping[str, Event]
    evidence: Mapping[str, Evidence]
    _read: dict[str, Said] = field(default_factory=dict)

    def __contains__(self, cite: str) -> bool:
        return cite in self.facts or cite in self.events or cite in self.evidence

    def said(self, cite: str) -> Said:
        """Return what stands behind the citation; KeyError when there is no such id."""
        if cite not in self._read:
            self._read[cite] = self._reading(cite)
        return self._read[cite]

    def _reading(self, cite: str) -> Said:
        if cite in self.facts:
            return _said([self.facts[cite]])
        if cite in self.events:
            event = self.events[cite]
            return _said(
                [event.id, stamp(event.at), event.at.isoformat(), event.data, *_typed(event)]
            )
        one = self.evidence[cite]
        at = one.collected_at.isoformat()
        return _said(
            [one.id, at, one.operation_text, one.operation, one.text, one.status, one.data]
        )


def sources(facts: Facts, events: Sequence[Event], evidence: Mapping[str, Evidence]) -> Sources:
    """Return what may be cited of an incident."""
    by_id = {event.id: event for event in events}
    return Sources(facts=facts.cited(), events=by_id, evidence=evidence)


def unproven(text: str, cited: Iterable[Said], names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the figures and the names of a sentence that no citation of it holds.

    `names` are known without a citation: those of the alert and of its target.
    """
    said = tuple(cited)
    words = "\n".join([*(one.text for one in said), *(name.lower() for name in names)])
    numbers = frozenset().union(*(one.numbers for one in said)) if said else frozenset()
    times = frozenset().union(*(one.times for one in said)) if said else frozenset()
    lost_names = [m for m in _CODE.findall(text) if _flat(m) not in words]
    rest = _CODE.sub(" ", text)
    lost = [d for d in _DATE.findall(rest) if d not in words]
    rest = _DATE.sub(" ", rest)
    lost += [c for c in _CLOCK.findall(rest) if not _told(c, times)]
    rest = _CLOCK.sub(" ", rest)
    lost += [m.group() for m in _PERCENT.finditer(rest) if not _share(m.group(1), numbers)]
    rest = _PERCENT.sub(" ", rest)
    lost += [m.group() for m in SPAN.finditer(rest) if not _lasted(m.group(), numbers, words)]
    rest = SPAN.sub(" ", rest)
    for name in (found.strip(_EDGES) for found in _NAME.findall(rest)):
        if name and _flat(name) not in words:
            (lost if name[0].isdigit() else lost_names).append(name)
    rest = _NAME.sub(" ", rest)
    lost += [n for n in _DIGITS.findall(rest) if not _figure(n, numbers, words)]
    return lost, lost_names


def _said(parts: Iterable[Any]) -> Said:
    lines, times = [], set()
    for place, value in leaves(list(parts)):
        lines.append(f"{place} {value}")
        if isinstance(value, int | float) and 1e9 < value < 4e9:
            times |= _instants(value)
        elif isinstance(value, str):
            for found in _INSTANT.findall(value):
                times |= _instants(found)
    text = "\n".join(lines)
    # A place such as items[3] counts things; it is no figure of the source.
    values = "\n".join(str(value) for _, value in leaves(list(parts)))
    numbers = frozenset(float(number) for number in _NUMBER.findall(values))
    return Said(_flat(text), numbers, frozenset(times))


def _instants(value: object) -> set[str]:
    """Return the second of an instant and the next: a print may be cut or rounded."""
    at = moment(value)
    if at is None:
        return set()
    first = whole(at)
    return {f"{one:%H:%M:%S}" for one in (first, first + timedelta(seconds=bool(at.microsecond)))}


def _typed(event: Event) -> list[str]:
    """Return the commands that a proposal stands for; its data hold only their fields."""
    if event.type != "proposal.made":
        return []
    proposal = Proposal.model_validate(event.data["proposal"])
    both = (proposal.operation, proposal.inverse)
    return [one.as_text() for one in both if one is not None]


def _flat(text: str) -> str:
    return re.sub(r"[^\S\n]+", " ", text).lower().strip()


def _told(clock: str, times: frozenset[str]) -> bool:
    return any(time.startswith(clock.removesuffix("Z")) for time in times)


def _share(token: str, numbers: frozenset[float]) -> bool:
    digits = len(token.partition(".")[2])
    wanted = float(token)
    return any(wanted in {round(n * 100, digits), round(n, digits)} for n in numbers)


def _lasted(token: str, numbers: frozenset[float], words: str) -> bool:
    wanted, unit = seconds_of(token)
    near = any(abs(number - wanted) <= unit / 2 for number in numbers)
    return near or _flat(token) in words


def _figure(token: str, numbers: frozenset[float], words: str) -> bool:
    if token.count(".") > 1:
        return token in words
    digits = len(token.partition(".")[2])
    wanted = float(token)
    return any(wanted == round(number, digits) for number in numbers)

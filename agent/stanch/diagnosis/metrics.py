"""Metric results of the evidence as typed series: the error ratio, and counts by a label.

The error ratio of a service is what the step named `error-ratio` measured (and
`dependency-error-ratio` for a called service). Counts are any result whose series bear
exactly the label `code` and one other label: version, route or service.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from stanch.diagnosis.json_reading import Json, at, mapping, mappings, real, text
from stanch.diagnosis.onset import Point
from stanch.diagnosis.view import View
from stanch.incident import Evidence

RATIO_STEPS = ("error-ratio", "dependency-error-ratio", "baseline", "impact")
_RANGE = re.compile(r"\[([0-9a-z]+)")
_DURATION = re.compile(r"(?:\d{1,9}(?:ms|[smhdwy]))+")
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_UNITS = MappingProxyType(
    {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
)
LEAST_RATE = 0.1
"""Requests per second under which a share of errors says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series; samples that are not finite are left out, and when they were is kept."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]
    evidence: str
    broken: frozenset[float] = frozenset()
    """The times at which the server had a sample that is no number."""
    step: float = 0.0
    """Seconds between the samples that were asked for; 0 for one moment."""

    @property
    def last(self) -> float | None:
        """The median of the last three values: what holds now."""
        return median(v for _, v in self.points[-3:]) if self.points else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Requests and failed requests per second over time, of one value of a label."""

    value: str
    requests: Mapping[float, float]
    failures: Mapping[float, float]
    evidence: str
    broken: frozenset[float] = frozenset()
    """The times at which a part of them was no number; they have no requests here."""
    window: float = 0.0
    """Seconds over which each rate looks back; 0 where the query has no range."""

    def ratio(self, times: Iterable[float]) -> float | None:
        """Return the part of failed requests at `times`; None when nothing was asked."""
        wanted = [t for t in times if t in self.requests]
        asked = sum(self.requests[t] for t in wanted)
        if not wanted or asked / len(wanted) < LEAST_RATE:
            return None
        return sum(self.failures.get(t, 0.0) for t in wanted) / asked

    def busy(self) -> tuple[float, ...]:
        """Return the times at which there were enough requests to judge by."""
        return tuple(sorted(t for t, rate in self.requests.items() if rate >= LEAST_RATE))

    def ratios(self) -> tuple[Point, ...]:
        """Return the error ratio at each busy time."""
        return tuple((t, self.failures.get(t, 0.0) / self.requests[t]) for t in self.busy())


def error_ratio(view: View, service: str) -> Series | None:
    """Return the error ratio of `service` over time, or None when it was not measured."""
    for one in view.read("metrics.query_range"):
        name = re.split(r"[#:/.]", one.step)[-1]
        if name in RATIO_STEPS and _asks_about(one, service):
            series = all_series(one)
            if len(series) == 1 and series[0].points:
                return series[0]
    return None


def counts(view: View, label: str, *, service: str | None = None) -> dict[str, Counts] | None:
    """Return requests by the values of `label`, of `service` unless the label is "service".

    None when they were not measured. A range tells more than one moment, so it goes first.
    """
    for one in (*view.read("metrics.query_range"), *view.read("metrics.query")):
        series = all_series(one)
        fits = series and all(set(s.labels) == {"code", label} for s in series)
        if fits and (service is None or _asks_about(one, service)):
            return _counted(series, label, _window(one))
    return None


def all_series(one: Evidence) -> tuple[Series, ...]:
    """Return the series of a metric result, of a range or of one moment."""
    return _series(_Itself(one))


class _Itself:
    """A piece of evidence as a key: no other piece is equal, whatever it holds."""

    def __init__(self, one: Evidence) -> None:
        self.one = one

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.one is self.one


# Every sign asks for them anew, and a result may have ten thousand samples.
@lru_cache(maxsize=256)
def _series(key: _Itself) -> tuple[Series, ...]:
    one = key.one
    return tuple(
        Series(
            labels={k: str(v) for k, v in mapping(row, "metric").items() if k != "__name__"},
            points=tuple(_points(row)),
            evidence=one.id,
            broken=frozenset(_broken(row)),
            step=real(one.data, "step") or real(one.operation, "step") or 0.0,
        )
        for row in mappings(one.data, "result")
    )


def requests(view: View, service: str) -> tuple[tuple[Point, ...], str] | None:
    """Return the requests per second of `service` over time, with the id of their evidence.

    None when they were not measured. A moment at which a part of them was not known is
    left out: a gap is not a zero.
    """
    counted = counts(view, "version", service=service) or counts(view, "route", service=service)
    if not counted:
        return None
    totals: dict[float, float] = {}
    for one in counted.values():
        for when, rate in one.requests.items():
            totals[when] = totals.get(when, 0.0) + rate
    broken = frozenset[float]().union(*(one.broken for one in counted.values()))
    points = tuple(sorted((when, total) for when, total in totals.items() if when not in broken))
    return (points, next(iter(counted.values())).evidence) if points else None


def seconds(said: str) -> float:
    """Return a duration as Prometheus writes it (`1m30s`), in seconds; 0 for any other text."""
    if not _DURATION.fullmatch(said):
        return 0.0
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(said))


def largest_gap(points: Iterable[Point], since: float, until: float) -> float:
    """Return the longest time in seconds between `since` and `until` without a sample."""
    times = [since, *sorted(when for when, _ in points if since < when < until), until]
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _points(row: Json) -> Iterable[Point]:
    for pair in _pairs(row):
        when, value = real(pair, 0), real(pair, 1)
        if when is not None and value is not None:
            yield when, value


def _broken(row: Json) -> Iterable[float]:
    for pair in _pairs(row):
        when = real(pair, 0)
        if when is not None and real(pair, 1) is None:
            yield when


def _pairs(row: Json) -> Iterable[object]:
    rows = at(row, "values")
    return rows if isinstance(rows, list) else [at(row, "value")]


def _counted(series: tuple[Series, ...], label: str, window: float) -> dict[str, Counts]:
    requests: dict[str, dict[float, float]] = {}
    failures: dict[str, dict[float, float]] = {}
    broken: dict[str, set[float]] = {}
    for one in series:
        broken.setdefault(one.labels[label], set()).update(one.broken)
    for one in series:
        value = one.labels[label]
        for when, rate in one.points:
            if when in broken[value]:
                # Failures that are not known are not none.
                continue
            of = requests.setdefault(value, {})
            of[when] = of.get(when, 0.0) + rate
            if one.labels["code"].startswith("5"):
                bad = failures.setdefault(value, {})
                bad[when] = bad.get(when, 0.0) + rate
    evidence = series[0].evidence
    return {
        value: Counts(
            value=value,
            requests=found,
            failures=failures.get(value, {}),
            evidence=evidence,
            broken=frozenset(broken[value]),
            window=window,
        )
        for value, found in requests.items()
    }


def _window(one: Evidence) -> float:
    """Return the seconds of the longest range that the query has, such as 60 for `[1m]`."""
    ranges = _RANGE.findall(text(one.data, "expression"))
    return max((seconds(said) for said in ranges), default=0.0)


def _asks_about(one: Evidence, service: str) -> bool:
    return f'"{service}"' in text(one.data, "expression")

"""Metric results of the evidence as typed series: the error ratio, and counts by a label.

The error ratio of a service is what the step named `error-ratio` measured (and
`dependency-error-ratio` for a called service). Counts are any result whose series bear
exactly the label `code` and one other label: version, route or service.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from stanch.diagnosis.json_reading import Json, at, mapping, mappings, real, text
from stanch.diagnosis.onset import Point
from stanch.diagnosis.view import View
from stanch.incident import Evidence

RATIO_STEPS = ("error-ratio", "dependency-error-ratio", "baseline", "impact")
LEAST_RATE = 0.1
"""Requests per second under which a share of errors says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series; samples that are not finite are left out."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]
    evidence: str

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
            return _counted(series, label)
    return None


def all_series(one: Evidence) -> tuple[Series, ...]:
    """Return the series of a metric result, of a range or of one moment."""
    return tuple(
        Series(
            labels={k: str(v) for k, v in mapping(row, "metric").items() if k != "__name__"},
            points=tuple(_points(row)),
            evidence=one.id,
        )
        for row in mappings(one.data, "result")
    )


def _points(row: Json) -> Iterable[Point]:
    rows = at(row, "values")
    for pair in rows if isinstance(rows, list) else [at(row, "value")]:
        when, value = real(pair, 0), real(pair, 1)
        if when is not None and value is not None:
            yield when, value


def _counted(series: tuple[Series, ...], label: str) -> dict[str, Counts]:
    requests: dict[str, dict[float, float]] = {}
    failures: dict[str, dict[float, float]] = {}
    for one in series:
        value = one.labels[label]
        for when, rate in one.points:
            of = requests.setdefault(value, {})
            of[when] = of.get(when, 0.0) + rate
            if one.labels["code"].startswith("5"):
                bad = failures.setdefault(value, {})
                bad[when] = bad.get(when, 0.0) + rate
    evidence = series[0].evidence
    return {
        value: Counts(
            value=value, requests=found, failures=failures.get(value, {}), evidence=evidence
        )
        for value, found in requests.items()
    }


def _asks_about(one: Evidence, service: str) -> bool:
    return f'"{service}"' in text(one.data, "expression")

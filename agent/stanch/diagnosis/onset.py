"""When a measured ratio began to rise: the onset of the harm.

The rise is found with the cumulative sum of E. S. Page ("Continuous Inspection Schemes",
Biometrika 41, 1954, pp. 100-115): samples above the reference level add up, samples below
it wear the sum down, and a sum over the decision limit is a change. As Page proposes, the
change is dated to where the sum left zero for the last time. Each sample's part is bounded,
as in robust CUSUM schemes, so that one wild sample is no change.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
"""Unix seconds, and the value then."""

LEAST_EFFECT = 0.01
"""A rise by less than this (one request in a hundred) is nobody's onset."""
LEAST_SAMPLES = 6
_ALLOWANCE = 0.5
_DECISION = 1.0
_CEILING = 3.0
_SPREADS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The last lasting rise of a ratio; `before`, `after` and `peak` are ratios."""

    at: datetime
    """The first sample that belongs to the rise."""
    not_before: datetime
    """The last sample before it: the true onset lies between the two."""
    before: float
    after: float
    peak: float
    ended: datetime | None = None
    """When it had fallen back; None while it lasts."""


def onset(series: Sequence[Point], *, effect: float = LEAST_EFFECT) -> Onset | None:
    """Find the last rise that lasted at least two samples, or None if there is none.

    `effect` is the smallest rise that counts. Samples that are not finite are left out. A
    series that is high from its first sample on has no onset: that lies before the series.
    """
    points = sorted((t, v) for t, v in series if math.isfinite(t) and math.isfinite(v))
    if len(points) < LEAST_SAMPLES:
        return None
    before = _reference([value for _, value in points])
    step = max(effect, _SPREADS * _spread([value for _, value in points]))
    found = _last_excursion(points, before=before, step=step)
    if found is None or found[0] == 0:
        return None
    first, end = found
    risen = [value for _, value in points[first : end + 1] if value - before > step * _ALLOWANCE]
    return Onset(
        at=_moment(points[first][0]),
        not_before=_moment(points[first - 1][0]),
        before=before,
        after=median(risen),
        peak=max(risen),
        ended=_moment(points[end][0]) if end < len(points) - 1 else None,
    )


def _last_excursion(
    points: Sequence[Point], *, before: float, step: float
) -> tuple[int, int] | None:
    """Return the first and the last index of the last excursion that reached the limit."""
    total, first, found, alarmed = 0.0, 0, None, False
    for index, (_, value) in enumerate(points):
        bounded = max(-1.0, min(1.0, (value - before) / step)) - _ALLOWANCE
        if total == 0.0:
            first, alarmed = index, False
        total = max(0.0, min(_CEILING, total + bounded))
        alarmed = alarmed or total >= _DECISION
        if alarmed:
            found = (first, index)
    return found


def _reference(values: Sequence[float]) -> float:
    """Return the level before any rise: the lower of the start and the calmer half."""
    start = values[: max(3, len(values) // 5)]
    calm = sorted(values)[: max(3, len(values) // 2)]
    return min(median(start), median(calm))


def _spread(values: Sequence[float]) -> float:
    """Return the spread of the calmer half, as a deviation from its median."""
    calm = sorted(values)[: max(3, len(values) // 2)]
    middle = median(calm)
    return 1.4826 * median(abs(value - middle) for value in calm)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

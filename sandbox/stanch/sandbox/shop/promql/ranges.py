"""Functions of a range of samples: rate, increase, and the `*_over_time` family.

Each takes one window with at least one sample and returns its number, or None where
Prometheus leaves the series out of the result.
"""

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from stanch.sandbox.shop.promql.values import Window


def total(numbers: Sequence[float]) -> float:
    """Return the sum; infinities and NaN follow floating point, not an exception."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        return sum(numbers)


def variance(numbers: Sequence[float]) -> float:
    """Return the population variance of at least one number."""
    mean = total(numbers) / len(numbers)
    return total([(number - mean) * (number - mean) for number in numbers]) / len(numbers)


def quantile(share: float, numbers: list[float]) -> float:
    """Return the quantile `share` (0 to 1) of `numbers`, interpolated between neighbours."""
    if not numbers or math.isnan(share):
        return math.nan
    if share < 0:
        return -math.inf
    if share > 1:
        return math.inf
    ordered = sorted(numbers, key=lambda number: (not math.isnan(number), number))
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    weight = rank - low
    return ordered[low] * (1 - weight) + ordered[high] * weight


def _extrapolated(window: Window, *, counter: bool, per_second: bool) -> float | None:
    """Return the growth in the whole window, stretched from its samples to its edges.

    The stretch ends half a sample interval beyond the samples when the series seems to
    begin or end inside the window, and a counter is never stretched below zero.
    """
    if len(window) < 2:
        return None
    first, last = window.low, window.high - 1
    growth = window.values[last] - window.values[first]
    if counter:
        growth += window.dropped
    sampled = window.times[last] - window.times[first]
    interval = sampled / (len(window) - 1)
    lead = window.times[first] - window.start
    tail = window.end - window.times[last]
    if lead >= interval * 1.1:
        lead = interval / 2
    if counter and growth > 0 and window.values[first] >= 0:
        lead = min(lead, sampled * window.values[first] / growth)
    if tail >= interval * 1.1:
        tail = interval / 2
    factor = (sampled + lead + tail) / sampled
    if per_second:
        factor /= window.end - window.start
    return growth * factor


def _rate(window: Window) -> float | None:
    return _extrapolated(window, counter=True, per_second=True)


def _increase(window: Window) -> float | None:
    return _extrapolated(window, counter=True, per_second=False)


def _delta(window: Window) -> float | None:
    return _extrapolated(window, counter=False, per_second=False)


def _last_two(window: Window) -> tuple[float, float, float] | None:
    """Return the value before the last, the last value, and the seconds between them."""
    if len(window) < 2:
        return None
    last = window.high - 1
    seconds = window.times[last] - window.times[last - 1]
    return window.values[last - 1], window.values[last], seconds


def _irate(window: Window) -> float | None:
    pair = _last_two(window)
    if pair is None:
        return None
    before, after, seconds = pair
    return (after if after < before else after - before) / seconds


def _idelta(window: Window) -> float | None:
    pair = _last_two(window)
    return None if pair is None else pair[1] - pair[0]


def _deriv(window: Window) -> float | None:
    if len(window) < 2:
        return None
    times = [time - window.times[window.low] for time, _ in window.points]
    return statistics.linear_regression(times, list(window.numbers)).slope


def _resets(window: Window) -> float:
    numbers = window.numbers
    pairs = itertools.pairwise(numbers)
    return float(sum(after < before for before, after in pairs))


def _changes(window: Window) -> float:
    numbers = window.numbers
    pairs = itertools.pairwise(numbers)
    return float(
        sum(
            after != before and not (math.isnan(after) and math.isnan(before))
            for before, after in pairs
        )
    )


def _extreme(window: Window, choose: Callable[[list[float]], float]) -> float:
    real = [number for number in window.numbers if not math.isnan(number)]
    return choose(real) if real else math.nan


RANGE_FUNCTIONS: Mapping[str, Callable[[Window], float | None]] = {
    "rate": _rate,
    "increase": _increase,
    "delta": _delta,
    "irate": _irate,
    "idelta": _idelta,
    "deriv": _deriv,
    "resets": _resets,
    "changes": _changes,
    "sum_over_time": lambda window: total(window.numbers),
    "avg_over_time": lambda window: total(window.numbers) / len(window),
    "min_over_time": lambda window: _extreme(window, min),
    "max_over_time": lambda window: _extreme(window, max),
    "count_over_time": lambda window: float(len(window)),
    "last_over_time": lambda window: window.values[window.high - 1],
    "present_over_time": lambda _: 1.0,
    "stddev_over_time": lambda window: math.sqrt(variance(window.numbers)),
    "stdvar_over_time": lambda window: variance(window.numbers),
}
"""The functions of one range vector and nothing else."""

KEEP_NAME = frozenset({"last_over_time"})
"""The range functions whose result is still the same metric."""

"""Functions of instant vectors: arithmetic on each sample, labels, order, and histograms."""

import math
import re
from collections.abc import Callable, Mapping
from functools import partial

from stanch.sandbox.shop.promql.values import (
    QueryError,
    Sample,
    Vector,
    leave_out,
    no_duplicates,
    without_name,
)
from stanch.sandbox.shop.series import NAME, Labels, labels_of

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_GROUP = re.compile(r"\$(?:(\w+)|\{(\w+)\}|(\$))")


def _whole(compute: Callable[[float], int]) -> Callable[[float], float]:
    def apply(value: float) -> float:
        return float(compute(value)) if math.isfinite(value) else value

    return apply


def _sign(value: float) -> float:
    return value if value == 0 or math.isnan(value) else math.copysign(1.0, value)


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _logarithm(compute: Callable[[float], float]) -> Callable[[float], float]:
    def apply(value: float) -> float:
        if value == 0:
            return -math.inf
        return math.nan if value < 0 else compute(value)

    return apply


def _sqrt(value: float) -> float:
    return math.nan if value < 0 else math.sqrt(value)


EACH: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "sgn": _sign,
    "exp": _exp,
    "sqrt": _sqrt,
    "ln": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
}
"""The functions of one number that are applied to each sample by itself."""


def mapped(vector: Vector, compute: Callable[[float], float]) -> Vector:
    """Return `vector` with `compute` applied to each value, without the metric's name."""
    return no_duplicates(
        [Sample(without_name(s.labels), compute(s.value)) for s in vector],
    )


def clamp(low: float, high: float) -> Callable[[float], float]:
    """Return the function that keeps a value between `low` and `high`; NaN stays NaN."""

    def apply(value: float) -> float:
        if math.isnan(value) or math.isnan(low) or math.isnan(high):
            return math.nan
        return max(low, min(high, value))

    return apply


def rounder(nearest: float) -> Callable[[float], float]:
    """Return the function that rounds to a multiple of `nearest`, halves upwards."""

    def apply(value: float) -> float:
        if not math.isfinite(value) or nearest == 0:
            return value
        inverse = 1.0 / nearest
        return math.floor(value * inverse + 0.5) / inverse

    return apply


def ordered(vector: Vector, *, descending: bool) -> Vector:
    """Return `vector` sorted by value; NaN stands last either way."""
    real = [s for s in vector if not math.isnan(s.value)]
    real.sort(key=lambda s: s.value, reverse=descending)
    return real + [s for s in vector if math.isnan(s.value)]


def label_replace(
    vector: Vector, target: str, *, replacement: str, source: str, pattern: str
) -> Vector:
    """Return `vector` with label `target` set from what `pattern` finds in label `source`.

    A sample whose source label does not match as a whole keeps its labels.

    Raises:
        QueryError: the pattern or the label's name is invalid, or labels collide.
    """
    if not _LABEL.fullmatch(target):
        raise QueryError(f"invalid destination label name in label_replace(): {target}")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise QueryError(f"invalid regular expression in label_replace(): {pattern}") from error
    result: Vector = []
    for sample in vector:
        labels = dict(sample.labels)
        found = compiled.fullmatch(labels.get(source, ""))
        if found is not None:
            labels[target] = _GROUP.sub(partial(_group, found), replacement)
        result.append(Sample(labels_of(labels), sample.value))
    return no_duplicates(result)


def _group(found: re.Match[str], use: re.Match[str]) -> str:
    if use[3]:
        return "$"
    name = use[1] or use[2]
    try:
        return found[int(name) if name.isdigit() else name] or ""
    except IndexError:
        return ""


def label_join(vector: Vector, target: str, separator: str, *, sources: list[str]) -> Vector:
    """Return `vector` with label `target` set to the joined values of `sources`.

    Raises:
        QueryError: the label's name is invalid, or labels collide.
    """
    if not _LABEL.fullmatch(target):
        raise QueryError(f"invalid destination label name in label_join(): {target}")
    result: Vector = []
    for sample in vector:
        labels = dict(sample.labels)
        labels[target] = separator.join(labels.get(source, "") for source in sources)
        result.append(Sample(labels_of(labels), sample.value))
    return no_duplicates(result)


def histogram_quantile(share: float, vector: Vector) -> Vector:
    """Return the quantile `share` of each histogram whose buckets are in `vector`."""
    histograms: dict[Labels, dict[float, float]] = {}
    for sample in vector:
        edge = _edge(dict(sample.labels).get("le", ""))
        if edge is None:
            continue
        buckets = histograms.setdefault(leave_out(sample.labels, frozenset({NAME, "le"})), {})
        buckets[edge] = buckets.get(edge, 0.0) + sample.value
    return [Sample(labels, _quantile(share, buckets)) for labels, buckets in histograms.items()]


def _edge(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quantile(share: float, buckets: dict[float, float]) -> float:
    edges = sorted(buckets)
    if math.isnan(share) or len(edges) < 2 or edges[-1] != math.inf:
        return math.nan
    if not 0 <= share <= 1:
        return -math.inf if share < 0 else math.inf
    counts: list[float] = []
    for edge in edges:
        counts.append(max(buckets[edge], counts[-1] if counts else -math.inf))
    total = counts[-1]
    if total == 0 or math.isnan(total):
        return math.nan
    rank = share * total
    place = next(index for index, count in enumerate(counts) if count >= rank)
    if place == len(edges) - 1:
        return edges[-2]
    if place == 0:
        if edges[0] <= 0:
            return edges[0]
        return edges[0] * (rank / counts[0] if counts[0] else 0.0)
    start, before = edges[place - 1], counts[place - 1]
    inside = counts[place] - before
    return start + (edges[place] - start) * ((rank - before) / inside if inside else 0.0)

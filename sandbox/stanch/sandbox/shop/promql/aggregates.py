"""Aggregations: many samples of a group become one, or the few best of it."""

import heapq
import math
from collections.abc import Callable, Mapping

from stanch.sandbox.shop.promql.ranges import quantile, total, variance
from stanch.sandbox.shop.promql.values import (
    QueryError,
    Sample,
    Text,
    Vector,
    keep,
    leave_out,
)
from stanch.sandbox.shop.series import NAME, Labels, labels_of


def _least(numbers: list[float]) -> float:
    real = [number for number in numbers if not math.isnan(number)]
    return min(real) if real else math.nan


def _greatest(numbers: list[float]) -> float:
    real = [number for number in numbers if not math.isnan(number)]
    return max(real) if real else math.nan


_REDUCERS: Mapping[str, Callable[[list[float]], float]] = {
    "sum": total,
    "avg": lambda numbers: total(numbers) / len(numbers),
    "min": _least,
    "max": _greatest,
    "count": lambda numbers: float(len(numbers)),
    "group": lambda _: 1.0,
    "stddev": lambda numbers: math.sqrt(variance(numbers)),
    "stdvar": variance,
}


def _groups(vector: Vector, names: frozenset[str], *, by: bool) -> dict[Labels, Vector]:
    project = keep if by else leave_out
    chosen = names if by else names | {NAME}
    groups: dict[Labels, Vector] = {}
    for sample in vector:
        groups.setdefault(project(sample.labels, chosen), []).append(sample)
    return groups


def _best(group: Vector, count: int, *, top: bool) -> Vector:
    if count < 1:
        return []
    pick = heapq.nlargest if top else heapq.nsmallest
    worst = -math.inf if top else math.inf
    return pick(count, group, key=lambda s: worst if math.isnan(s.value) else s.value)


def _count_values(groups: dict[Labels, Vector], label: str) -> Vector:
    result: Vector = []
    for labels, group in groups.items():
        counts: dict[str, int] = {}
        for sample in group:
            text = f"{sample.value:g}"
            counts[text] = counts.get(text, 0) + 1
        result += [
            Sample(labels_of({**dict(labels), label: text}), float(count))
            for text, count in counts.items()
        ]
    return result


def aggregate(
    op: str,
    vector: Vector,
    *,
    parameter: float | Text | None,
    names: frozenset[str],
    by: bool,
) -> Vector:
    """Return the aggregation `op` of `vector`, grouped by (or without) the labels `names`.

    Raises:
        QueryError: `op` is not supported, or its parameter makes no sense.
    """
    groups = _groups(vector, names, by=by)
    if op in _REDUCERS:
        reduce = _REDUCERS[op]
        return [
            Sample(labels, reduce([sample.value for sample in group]))
            for labels, group in groups.items()
        ]
    if op == "count_values" and isinstance(parameter, Text):
        return _count_values(groups, parameter.value)
    if isinstance(parameter, float):
        if op == "quantile":
            return [
                Sample(labels, quantile(parameter, [sample.value for sample in group]))
                for labels, group in groups.items()
            ]
        if op in {"topk", "bottomk"}:
            if math.isnan(parameter):
                raise QueryError("Parameter value is NaN", "execution")
            count = int(max(0.0, min(parameter, 1e6)))
            return [s for g in groups.values() for s in _best(g, count, top=op == "topk")]
    raise QueryError(f'the aggregation "{op}" is not supported here')

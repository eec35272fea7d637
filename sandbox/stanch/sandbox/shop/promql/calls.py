"""Function calls: the closed list of PromQL functions that are supported here."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

import promql_parser as parser

from stanch.sandbox.shop.promql import instants, ranges
from stanch.sandbox.shop.promql.values import (
    Matrix,
    QueryError,
    Result,
    Sample,
    Scalar,
    Vector,
    no_duplicates,
    without_name,
)
from stanch.sandbox.shop.series import NAME, labels_of


class Evaluator(Protocol):
    """What a function needs of the walk through its arguments."""

    def value(self, expression: object, at: float) -> Result: ...  # noqa: D102
    def vector(self, expression: object, at: float) -> Vector: ...  # noqa: D102
    def matrix(self, expression: object, at: float) -> Matrix: ...  # noqa: D102
    def number(self, expression: object, at: float) -> float: ...  # noqa: D102
    def text(self, expression: object) -> str: ...  # noqa: D102


def call(walk: Evaluator, expression: parser.Call, at: float) -> Result:
    """Return the value of the call `expression` at `at`.

    Raises:
        QueryError: the function is not supported, or its arguments make no sense.
    """
    name, args = expression.func.name, list(expression.args)
    if name in ranges.RANGE_FUNCTIONS:
        return _ranged(name, walk.matrix(args[0], at))
    if name in instants.EACH:
        return instants.mapped(walk.vector(args[0], at), instants.EACH[name])
    if name in _DATES:
        return _dated(walk, args, at, part=_DATES[name])
    if name in _SPECIAL:
        return _SPECIAL[name](walk, args, at)
    raise QueryError(f'the function "{name}" is not supported here')


def _ranged(name: str, windows: Matrix) -> Vector:
    compute = ranges.RANGE_FUNCTIONS[name]
    result: Vector = []
    for window in windows:
        value = compute(window)
        if value is not None:
            named = name in ranges.KEEP_NAME
            labels = window.labels if named else without_name(window.labels)
            result.append(Sample(labels, value))
    return no_duplicates(result)


def _dated(
    walk: Evaluator, args: list[object], at: float, *, part: Callable[[datetime], int]
) -> Vector:
    vector = walk.vector(args[0], at) if args else [Sample((), at)]
    return instants.mapped(vector, lambda value: float(part(datetime.fromtimestamp(value, UTC))))


_DATES: Mapping[str, Callable[[datetime], int]] = {
    "minute": lambda moment: moment.minute,
    "hour": lambda moment: moment.hour,
    "day_of_month": lambda moment: moment.day,
    "day_of_week": lambda moment: moment.isoweekday() % 7,
    "month": lambda moment: moment.month,
    "year": lambda moment: moment.year,
}


def _time(_walk: Evaluator, _args: list[object], at: float) -> Scalar:
    return Scalar(at)


def _pi(_walk: Evaluator, _args: list[object], _at: float) -> Scalar:
    return Scalar(math.pi)


def _scalar(walk: Evaluator, args: list[object], at: float) -> Scalar:
    vector = walk.vector(args[0], at)
    return Scalar(vector[0].value if len(vector) == 1 else math.nan)


def _vector(walk: Evaluator, args: list[object], at: float) -> Vector:
    return [Sample((), walk.number(args[0], at))]


def _absent(walk: Evaluator, args: list[object], at: float) -> Vector:
    return [] if walk.vector(args[0], at) else [Sample(_expected_labels(args[0]), 1.0)]


def _absent_over_time(walk: Evaluator, args: list[object], at: float) -> Vector:
    return [] if walk.matrix(args[0], at) else [Sample(_expected_labels(args[0]), 1.0)]


def _expected_labels(argument: object) -> tuple[tuple[str, str], ...]:
    """Return the labels that the selector `argument` demands by equality, and only once."""
    if isinstance(argument, parser.MatrixSelector):
        argument = argument.vector_selector
    if not isinstance(argument, parser.VectorSelector):
        return ()
    wanted = argument.matchers.matchers
    names = [matcher.name for matcher in wanted]
    return labels_of(
        {
            matcher.name: matcher.value
            for matcher in wanted
            if matcher.op == parser.MatchOp.Equal
            and names.count(matcher.name) == 1
            and matcher.name != NAME
        }
    )


def _clamp(walk: Evaluator, args: list[object], at: float) -> Vector:
    low, high = walk.number(args[1], at), walk.number(args[2], at)
    if low > high:
        return []
    return instants.mapped(walk.vector(args[0], at), instants.clamp(low, high))


def _clamp_min(walk: Evaluator, args: list[object], at: float) -> Vector:
    compute = instants.clamp(walk.number(args[1], at), math.inf)
    return instants.mapped(walk.vector(args[0], at), compute)


def _clamp_max(walk: Evaluator, args: list[object], at: float) -> Vector:
    compute = instants.clamp(-math.inf, walk.number(args[1], at))
    return instants.mapped(walk.vector(args[0], at), compute)


def _round(walk: Evaluator, args: list[object], at: float) -> Vector:
    nearest = walk.number(args[1], at) if len(args) > 1 else 1.0
    return instants.mapped(walk.vector(args[0], at), instants.rounder(nearest))


def _sort(walk: Evaluator, args: list[object], at: float) -> Vector:
    return instants.ordered(walk.vector(args[0], at), descending=False)


def _sort_desc(walk: Evaluator, args: list[object], at: float) -> Vector:
    return instants.ordered(walk.vector(args[0], at), descending=True)


def _label_replace(walk: Evaluator, args: list[object], at: float) -> Vector:
    target, replacement, source, pattern = (walk.text(argument) for argument in args[1:5])
    return instants.label_replace(
        walk.vector(args[0], at),
        target,
        replacement=replacement,
        source=source,
        pattern=pattern,
    )


def _label_join(walk: Evaluator, args: list[object], at: float) -> Vector:
    target, separator, *sources = (walk.text(argument) for argument in args[1:])
    return instants.label_join(walk.vector(args[0], at), target, separator, sources=sources)


def _histogram_quantile(walk: Evaluator, args: list[object], at: float) -> Vector:
    return instants.histogram_quantile(walk.number(args[0], at), walk.vector(args[1], at))


def _quantile_over_time(walk: Evaluator, args: list[object], at: float) -> Vector:
    share = walk.number(args[0], at)
    return no_duplicates(
        [
            Sample(without_name(w.labels), ranges.quantile(share, list(w.numbers)))
            for w in walk.matrix(args[1], at)
        ]
    )


_SPECIAL: Mapping[str, Callable[[Evaluator, list[object], float], Result]] = {
    "time": _time,
    "pi": _pi,
    "scalar": _scalar,
    "vector": _vector,
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "clamp": _clamp,
    "clamp_min": _clamp_min,
    "clamp_max": _clamp_max,
    "round": _round,
    "sort": _sort,
    "sort_desc": _sort_desc,
    "label_replace": _label_replace,
    "label_join": _label_join,
    "histogram_quantile": _histogram_quantile,
    "quantile_over_time": _quantile_over_time,
}

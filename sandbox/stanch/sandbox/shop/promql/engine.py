"""The query engine: walks the parsed expression once per point in time.

A query is parsed once; its selectors find their series once and are then read at every
step. Range windows and the lookback are open at their old end, as in Prometheus 3.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import promql_parser as parser

from stanch.sandbox.shop.promql import binary, calls
from stanch.sandbox.shop.promql.aggregates import aggregate
from stanch.sandbox.shop.promql.matching import matchers_of, matching_of
from stanch.sandbox.shop.promql.values import (
    Matrix,
    QueryError,
    Result,
    Sample,
    Scalar,
    Text,
    Vector,
    Window,
    without_name,
)
from stanch.sandbox.shop.series import Labels, Series, SeriesStore

Points: TypeAlias = list[tuple[float, float]]
"""Pairs of time and value, oldest first."""
MAX_STEPS = 11_000
"""Points per series that one range query may ask for, as in Prometheus."""


def parse(query: str) -> parser.Expr:
    """Return the expression of `query`.

    Raises:
        QueryError: it is not PromQL.
    """
    try:
        expression: parser.Expr = parser.parse(query)
    except ValueError as error:
        raise QueryError(f"parse error: {error}") from error
    return expression


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers queries over one series store."""

    store: SeriesStore

    def instant(self, query: str | parser.Expr, at: float) -> Result | Matrix:
        """Return the value of `query` at the Unix time `at`.

        Raises:
            QueryError: the query is wrong, or uses what is not supported here.
        """
        expression = parse(query) if isinstance(query, str) else query
        walk = Walk(self.store, start=at, end=at)
        if isinstance(expression, parser.MatrixSelector | parser.SubqueryExpr):
            return walk.matrix(expression, at)
        return walk.value(expression, at)

    def over(self, query: str, start: float, end: float, *, step: float) -> dict[Labels, Points]:
        """Return the points of each label set from `start` to `end`, every `step` seconds.

        Raises:
            QueryError: the query is wrong, has too many steps or no number as its value.
        """
        expression = parse(query)
        if isinstance(
            expression, parser.MatrixSelector | parser.SubqueryExpr | parser.StringLiteral
        ):
            raise QueryError(
                "invalid expression type for range query, must be Scalar or instant Vector"
            )
        count = int((end - start) / step + 1e-9) + 1
        if count > MAX_STEPS:
            raise QueryError(
                "exceeded maximum resolution of 11,000 points per timeseries."
                " Try decreasing the query resolution (?step=XX)"
            )
        walk = Walk(self.store, start=start, end=end)
        result: dict[Labels, Points] = {}
        for index in range(count):
            at = start + index * step
            value = walk.value(expression, at)
            samples = [Sample((), value.value)] if isinstance(value, Scalar) else value
            if isinstance(samples, Text):
                raise QueryError("a string has no range")
            for sample in samples:
                result.setdefault(sample.labels, []).append((at, sample.value))
        return dict(sorted(result.items()))


@dataclass(slots=True)
class Walk:
    """One query on its way through time."""

    store: SeriesStore
    start: float
    end: float
    _found: dict[tuple[tuple[str, str, str], ...], list[Series]] = field(default_factory=dict)

    def value(self, expression: object, at: float) -> Result:
        """Return the value of `expression` at `at`."""
        match expression:
            case parser.NumberLiteral():
                return Scalar(expression.val)
            case parser.StringLiteral():
                return Text(expression.val)
            case parser.ParenExpr():
                return self.value(expression.expr, at)
            case parser.UnaryExpr():
                return self._negative(expression, at)
            case parser.VectorSelector():
                return self._instant(expression, at)
            case parser.BinaryExpr():
                return self._binary(expression, at)
            case parser.AggregateExpr():
                return self._aggregate(expression, at)
            case parser.Call():
                return calls.call(self, expression, at)
            case _:
                raise QueryError("expected an instant vector or a scalar, got a range vector")

    def vector(self, expression: object, at: float) -> Vector:
        """Return the instant vector `expression`."""
        value = self.value(expression, at)
        if not isinstance(value, list):
            raise QueryError("expected type instant vector")
        return value

    def number(self, expression: object, at: float) -> float:
        """Return the scalar `expression`."""
        value = self.value(expression, at)
        if not isinstance(value, Scalar):
            raise QueryError("expected type scalar")
        return value.value

    def text(self, expression: object) -> str:
        """Return the string `expression`."""
        if not isinstance(expression, parser.StringLiteral):
            raise QueryError("expected type string")
        return expression.val

    def matrix(self, expression: object, at: float) -> Matrix:
        """Return the windows of a range selector or a subquery that end at `at`."""
        if isinstance(expression, parser.ParenExpr):
            return self.matrix(expression.expr, at)
        if isinstance(expression, parser.SubqueryExpr):
            return self._subquery(expression, at)
        if not isinstance(expression, parser.MatrixSelector):
            raise QueryError("expected type range vector")
        selector = expression.vector_selector
        end = self._moment(selector, at)
        start = end - expression.range.total_seconds()
        windows = []
        for series in self._select(selector):
            low = bisect_right(series.times, start)
            high = bisect_right(series.times, end)
            if high > low:
                windows.append(
                    Window(
                        series.labels, series.times, series.values, low, high, start, end, series
                    )
                )
        return windows

    def _subquery(self, expression: parser.SubqueryExpr, at: float) -> Matrix:
        if expression.range is None:
            raise QueryError("a subquery needs a range")
        end = self._moment(expression, at)
        start = end - expression.range.total_seconds()
        step = expression.step.total_seconds() if expression.step else 60.0
        first = math.floor(start / step) + 1
        count = math.floor(end / step) - first + 1
        if count > MAX_STEPS:
            raise QueryError("a subquery of more than 11,000 steps is not supported here")
        points: dict[Labels, Points] = {}
        for index in range(count):
            moment = (first + index) * step
            value = self.value(expression.expr, moment)
            samples = [Sample((), value.value)] if isinstance(value, Scalar) else value
            if isinstance(samples, Text):
                raise QueryError("a string has no range")
            for sample in samples:
                points.setdefault(sample.labels, []).append((moment, sample.value))
        return [
            Window(labels, [t for t, _ in some], [v for _, v in some], 0, len(some), start, end)
            for labels, some in points.items()
        ]

    def _moment(self, selector: parser.VectorSelector | parser.SubqueryExpr, at: float) -> float:
        if selector.at is not None:
            at = self._pinned(selector.at)
        return at - (selector.offset.total_seconds() if selector.offset else 0.0)

    def _pinned(self, modifier: parser.AtModifier) -> float:
        if modifier.type == parser.AtModifierType.Start:
            return self.start
        if modifier.type == parser.AtModifierType.End:
            return self.end
        if not isinstance(modifier.at, datetime):
            raise QueryError("the @ modifier needs a time")
        return modifier.at.timestamp()

    def _instant(self, selector: parser.VectorSelector, at: float) -> Vector:
        moment = self._moment(selector, at)
        result = []
        for series in self._select(selector):
            value = series.at(moment)
            if value is not None:
                result.append(Sample(series.labels, value))
        return result

    def _select(self, selector: parser.VectorSelector) -> list[Series]:
        matchers = matchers_of(selector)
        key = tuple((m.name, m.kind, m.value) for m in matchers)
        if key not in self._found:
            self._found[key] = self.store.select(matchers)
        return self._found[key]

    def _negative(self, expression: parser.UnaryExpr, at: float) -> Result:
        value = self.value(expression.expr, at)
        if isinstance(value, Scalar):
            return Scalar(-value.value)
        if isinstance(value, Text):
            raise QueryError("a string has no negative")
        return [Sample(without_name(s.labels), -s.value) for s in value]

    def _binary(self, expression: parser.BinaryExpr, at: float) -> Result:
        op = str(expression.op)
        left, right = self.value(expression.lhs, at), self.value(expression.rhs, at)
        matching, as_bool = matching_of(expression)
        if isinstance(left, Text) or isinstance(right, Text):
            raise QueryError("binary expressions are of scalars and instant vectors only")
        if isinstance(left, Scalar):
            if isinstance(right, Scalar):
                return binary.scalars(op, left.value, right.value)
            return binary.with_scalar(op, right, left.value, swapped=True, as_bool=as_bool)
        if isinstance(right, Scalar):
            return binary.with_scalar(op, left, right.value, swapped=False, as_bool=as_bool)
        if op in binary.SETS:
            return binary.sets(op, left, right, matching=matching)
        return binary.vectors(op, left, right, matching=matching, as_bool=as_bool)

    def _aggregate(self, expression: parser.AggregateExpr, at: float) -> Vector:
        parameter: float | Text | None = None
        if expression.param is not None:
            value = self.value(expression.param, at)
            if isinstance(value, list):
                raise QueryError("the parameter of an aggregation must be a scalar or a string")
            parameter = value.value if isinstance(value, Scalar) else value
        modifier = expression.modifier
        return aggregate(
            str(expression.op),
            self.vector(expression.expr, at),
            parameter=parameter,
            names=frozenset(modifier.labels if modifier else ()),
            by=modifier is None or modifier.type == parser.AggModifierType.By,
        )

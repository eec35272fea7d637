"""How the Prometheus API writes numbers, times and results, and how it reads parameters."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import promql_parser as parser

from stanch.sandbox.shop.promql import Matrix, QueryError, Result, Sample, Scalar, Text
from stanch.sandbox.shop.promql.engine import Points
from stanch.sandbox.shop.promql.values import Window
from stanch.sandbox.shop.series import Labels

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def number(value: float) -> str:
    """Return `value` as Prometheus writes it: shortest, without exponent, or NaN, +Inf, -Inf."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def point(at: float, value: float) -> list[Any]:
    """Return one sample: Unix seconds with milliseconds, and the value as a string."""
    return [_time(at), number(value)]


def _time(at: float) -> float | int:
    rounded = round(at, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def instant_data(value: Result | Matrix, at: float) -> dict[str, Any]:
    """Return the `data` object of an instant query's answer."""
    if isinstance(value, Scalar):
        return {"resultType": "scalar", "result": point(at, value.value)}
    if isinstance(value, Text):
        return {"resultType": "string", "result": [_time(at), value.value]}
    windows = [item for item in value if isinstance(item, Window)]
    if windows:
        rows = [
            {"metric": dict(w.labels), "values": [point(t, v) for t, v in w.points]}
            for w in windows
        ]
        return {"resultType": "matrix", "result": rows}
    samples = [item for item in value if isinstance(item, Sample)]
    vector = [{"metric": dict(s.labels), "value": point(at, s.value)} for s in samples]
    return {"resultType": "vector", "result": vector}


def range_data(result: Mapping[Labels, Points]) -> dict[str, Any]:
    """Return the `data` object of a range query's answer."""
    rows = [
        {"metric": dict(labels), "values": [point(t, v) for t, v in points]}
        for labels, points in result.items()
    ]
    return {"resultType": "matrix", "result": rows}


def read_time(name: str, text: str) -> float:
    """Return the Unix seconds of `text`: a number, or a time in RFC 3339.

    Raises:
        QueryError: it is neither.
    """
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise QueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp')
    return moment.timestamp()


def read_duration(name: str, text: str) -> float:
    """Return the seconds of `text`: a number, or a Prometheus duration such as 1m30s.

    Raises:
        QueryError: it is neither.
    """
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        return parser.parse_duration(text).total_seconds()
    except ValueError as error:
        raise QueryError(
            f'invalid parameter "{name}": cannot parse "{text}" to a valid duration'
        ) from error

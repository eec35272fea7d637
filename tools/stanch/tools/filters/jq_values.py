"""The values of jq: their order, their arithmetic, and how they are printed."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from stanch.tools.filters.errors import FilterError

MOST_STEPS: Final = 1_000_000
MOST_CHARACTERS: Final = 8 * 1024 * 1024
_MOST_DEPTH: Final = 200


class JqError(Exception):
    """A jq program cannot go on with this value; `?` and `try` catch it."""


@dataclass(slots=True)
class Budget:
    """How much a run of a program may still do, so that it always ends."""

    steps: int = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Count `steps`; raise FilterError when there are too many."""
        self.steps -= steps
        if self.steps < 0:
            raise FilterError("jq: the program does too much with this answer; choose less of it")


@dataclass(frozen=True, slots=True)
class Env:
    """What a part of a program knows beside its input."""

    budget: Budget
    variables: dict[str, Any] = field(default_factory=dict)

    def having(self, name: str, value: Any) -> "Env":
        """Return the same with the variable `name` set."""
        return Env(self.budget, {**self.variables, name: value})


def kind(value: Any) -> str:
    """Return the name of the type of `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names[type(value)]


def truth(value: Any) -> bool:
    """Return whether `value` counts as true: all but null and false."""
    return value is not None and value is not False


def order(value: Any) -> tuple[Any, ...]:
    """Return a key by which values of all types sort as jq sorts them."""
    match value:
        case None:
            return (0,)
        case bool():
            return (2,) if value else (1,)
        case int() | float():
            return (3, value)
        case str():
            return (4, value)
        case list():
            return (5, tuple(map(order, value)))
        case _:
            keys = sorted(value)
            return (6, tuple(keys), tuple(order(value[key]) for key in keys))


def normal(number: float) -> int | float:
    """Return a result of arithmetic; whole numbers are printed without a point."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e17:
        return int(number)
    return number


def text(value: Any) -> str:
    """Return `value` as `tostring` makes it: text stays, all else becomes JSON."""
    return value if isinstance(value, str) else dumped(value)


def dumped(value: Any, *, indent: int | None = None, ordered: bool = False) -> str:
    """Return `value` as JSON, indented by `indent` or on one line.

    Raises:
        FilterError: it is too long, or nested too deeply.
    """
    pieces: list[str] = []
    length = 0
    for piece in _pieces(value, indent, ordered, 0):
        length += len(piece)
        if length > MOST_CHARACTERS:
            raise FilterError("jq: the answer grows too long")
        pieces.append(piece)
    return "".join(pieces)


def _pieces(value: Any, indent: int | None, ordered: bool, depth: int) -> Iterator[str]:  # noqa: FBT001
    if not isinstance(value, (list, dict)):
        yield _scalar(value)
        return
    opening, closing = "[]" if isinstance(value, list) else "{}"
    if not value:
        yield opening + closing
        return
    if depth > _MOST_DEPTH:
        raise FilterError("jq: the answer is nested too deeply")
    line = "" if indent is None else "\n" + " " * indent * (depth + 1)
    items: list[tuple[str | None, Any]] = (
        [(None, item) for item in value]
        if isinstance(value, list)
        else sorted(value.items())
        if ordered
        else list(value.items())
    )
    yield opening
    for at, (key, item) in enumerate(items):
        yield ("," if at else "") + line
        if key is not None:
            yield _scalar(key) + (":" if indent is None else ": ")
        yield from _pieces(item, indent, ordered, depth + 1)
    yield ("" if indent is None else "\n" + " " * indent * depth) + closing


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "null"
        if math.isinf(value):
            return "1.7976931348623157e+308" if value > 0 else "-1.7976931348623157e+308"
        return _digits(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _digits(value: float) -> str:
    """Return a number as jq prints it: the fewest digits, very large and small ones with e."""
    sign, figures, shift = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(shift)
    minus = "-" if sign else ""
    if value == 0:
        return f"{minus}0"
    if point <= -4 or point > len(digits) + 15:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{minus}{digits[0]}{fraction}e{point - 1:+03d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{minus}{whole}.{fraction}" if fraction else f"{minus}{whole}"


def add(a: Any, b: Any) -> Any:
    """Return a + b."""
    if a is None or b is None:
        return b if a is None else a
    match a, b:
        case (bool(), _) | (_, bool()):
            pass
        case (int() | float(), int() | float()):
            return normal(a + b)
        case (str(), str()):
            return short(a + b)
        case (list(), list()):
            return [*a, *b]
        case (dict(), dict()):
            return {**a, **b}
    raise JqError(f"{kind(a)} and {kind(b)} cannot be added")


def subtract(a: Any, b: Any) -> Any:
    """Return a - b: of numbers, or of arrays without the items of the other."""
    if isinstance(a, list) and isinstance(b, list):
        gone = {order(item) for item in b}
        return [item for item in a if order(item) not in gone]
    left, right = _numbers(a, b, "subtracted")
    return normal(left - right)


def multiply(a: Any, b: Any) -> Any:
    """Return a * b, of numbers only: a repeated text could grow without end."""
    if {kind(a), kind(b)} in ({"string", "number"}, {"object"}):
        raise FilterError("jq: only numbers are multiplied here")
    left, right = _numbers(a, b, "multiplied")
    return normal(left * right)


def divide(a: Any, b: Any) -> Any:
    """Return a / b: of numbers, or a text split by another."""
    if isinstance(a, str) and isinstance(b, str):
        return split(a, b)
    left, right = _numbers(a, b, "divided")
    if right == 0:
        raise JqError("a number cannot be divided by zero")
    return normal(left / right)


def modulo(a: Any, b: Any) -> Any:
    """Return the rest of a / b, both cut to whole numbers, with the sign of a."""
    left, right = _numbers(a, b, "divided")
    if int(right) == 0:
        raise JqError("a number cannot be divided by zero")
    return int(math.fmod(int(left), int(right)))


def split(value: str, separator: str) -> list[str]:
    """Return the pieces of `value` between separators."""
    if not value:
        return []
    return value.split(separator) if separator else list(value)


def short(value: str) -> str:
    """Return `value`; FilterError when it is too long."""
    if len(value) > MOST_CHARACTERS:
        raise FilterError("jq: a text grows too long")
    return value


def _numbers(a: Any, b: Any, what: str) -> tuple[float, float]:
    if kind(a) != "number" or kind(b) != "number":
        raise JqError(f"{kind(a)} and {kind(b)} cannot be {what}")
    return a, b

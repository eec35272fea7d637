"""The forms of awk programs: each is a function of the record that is being read."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from stanch.tools.filters.awk_texts import formatted, part
from stanch.tools.filters.awk_values import (
    UNSET,
    Record,
    Value,
    compared,
    joined,
    number,
    short,
    text,
    truth,
)
from stanch.tools.filters.errors import FilterError
from stanch.tools.filters.regex import Pattern, found_in

Expr: TypeAlias = Callable[[Record], Value]
Action: TypeAlias = Callable[[Record, list[str]], None]
"""Does something with a record, and adds what it prints to the list."""

_MOST_ITEMS: Final = 200_000


class NextLine(Exception):  # noqa: N818 - no error: `next` leaves the rules
    """The rest of the rules is not for this line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be read and set."""

    get: Expr
    put: Callable[[Record, Value], None]


def constant(value: Value) -> Expr:
    """A value that is written out."""
    return lambda _: value


def counted(name: str) -> Expr:
    """The number of the line, or of its fields."""
    if name == "NF":
        return lambda record: len(record.divided())
    return lambda record: record.number


def of(place: Place) -> Expr:
    """What stands in a place."""
    return place.get


def field_place(at: Expr) -> Place:
    """`$at`."""
    return Place(
        lambda record: record.get(int(number(at(record)))),
        lambda record, value: record.put(int(number(at(record))), text(value)),
    )


def variable_place(name: str) -> Place:
    """A variable."""

    def put(record: Record, value: Value) -> None:
        record.variables[name] = value

    return Place(lambda record: record.variables.get(name, UNSET), put)


def array_place(name: str, key: Expr) -> Place:
    """`name[key]`."""

    def get(record: Record) -> Value:
        return record.arrays.setdefault(name, {}).get(text(key(record)), UNSET)

    def put(record: Record, value: Value) -> None:
        held = record.arrays.setdefault(name, {})
        held[text(key(record))] = value
        if len(held) > _MOST_ITEMS:
            raise FilterError("awk: an array grows too long")

    return Place(get, put)


def assigned(place: Place, value: Expr) -> Expr:
    """`place = value`."""

    def run(record: Record) -> Value:
        record.step()
        found = value(record)
        place.put(record, found)
        return found

    return run


def stepped(place: Place, by: int, *, after: bool) -> Expr:
    """`place++`, `--place` and their like."""

    def run(record: Record) -> Value:
        record.step()
        before = number(place.get(record))
        place.put(record, before + by)
        return before if after else before + by

    return run


def either(left: Expr, right: Expr) -> Expr:
    """`left || right`."""
    return lambda record: int(truth(left(record)) or truth(right(record)))


def both(left: Expr, right: Expr) -> Expr:
    """`left && right`."""
    return lambda record: int(truth(left(record)) and truth(right(record)))


def negated(value: Expr) -> Expr:
    """`!value`."""
    return lambda record: int(not truth(value(record)))


def chosen(asked: Expr, then: Expr, otherwise: Expr) -> Expr:
    """`asked ? then : otherwise`."""
    return lambda record: (then if truth(asked(record)) else otherwise)(record)


def matches(value: Expr, pattern: Pattern, *, negated: bool) -> Expr:
    """`value ~ pattern`."""
    return lambda record: int((pattern.search(text(value(record))) is None) == negated)


def line_matches(pattern: Pattern) -> Expr:
    """`/pattern/`: whether the line matches."""
    return lambda record: int(pattern.search(record.line) is not None)


def compares(sign: str, left: Expr, right: Expr) -> Expr:
    """`left < right` and its like."""
    wanted = {"<": {-1}, "<=": {-1, 0}, "==": {0}, "!=": {-1, 1}, ">=": {0, 1}, ">": {1}}[sign]
    return lambda record: int(compared(left(record), right(record)) in wanted)


def concatenated(left: Expr, right: Expr) -> Expr:
    """`left right`."""
    return lambda record: short(text(left(record)) + text(right(record)))


def calculated(sign: str, left: Expr, right: Expr) -> Expr:
    """`left + right` and its like."""

    def run(record: Record) -> Value:
        record.step()
        a, b = number(left(record)), number(right(record))
        if sign in "/%" and b == 0:
            raise FilterError("awk: a number is divided by zero")
        found = {"+": a + b, "-": a - b, "*": a * b}.get(sign)
        if found is None:
            found = a / b if sign == "/" else math.fmod(a, b)
        if abs(found) > 1e300:
            raise FilterError("awk: a number is too large")
        return found

    return run


def call(name: str, arguments: Sequence[Expr]) -> Expr:
    """A function of text or numbers."""

    def run(record: Record) -> Value:
        record.step()
        values = [argument(record) for argument in arguments]
        if name == "sprintf":
            return formatted(values)
        if name == "length":
            return len(text(values[0]) if values else record.line)
        if name == "int":
            return int(number(values[0]))
        first = text(values[0])
        if name == "substr":
            return part(first, [number(value) for value in values[1:]])
        if name == "index":
            return first.find(text(values[1])) + 1
        lower = name == "tolower"
        return "".join((c.lower() if lower else c.upper()) if c.isascii() else c for c in first)

    return run


def replaced(pattern: Pattern, new: str, place: Place, *, everywhere: bool) -> Expr:
    """`sub` and `gsub`: how often something was replaced."""

    def run(record: Record) -> Value:
        record.step()
        old = text(place.get(record))
        pieces: list[str] = []
        at = count = 0
        for found in found_in(pattern, old):
            record.step()
            pieces += [old[at : found.start()], new]
            at, count = found.end(), count + 1
            if not everywhere:
                break
        if count:
            place.put(record, short("".join([*pieces, old[at:]])))
        return count

    return run


def several(actions: Sequence[Action]) -> Action:
    """One action after the other."""

    def run(record: Record, printed: list[str]) -> None:
        for action in actions:
            action(record, printed)

    return run


def evaluated(value: Expr) -> Action:
    """A value for the sake of what it sets."""

    def run(record: Record, _: list[str]) -> None:
        value(record)

    return run


def branch(asked: Expr, then: Action, otherwise: Action | None) -> Action:
    """`if (asked) then else otherwise`."""

    def run(record: Record, printed: list[str]) -> None:
        if truth(asked(record)):
            then(record, printed)
        elif otherwise is not None:
            otherwise(record, printed)

    return run


def next_line(_: Record, __: list[str]) -> None:
    """`next`."""
    raise NextLine


def prints(values: Sequence[Expr]) -> Action:
    """`print`: the values with OFS between them, or the line."""

    def run(record: Record, printed: list[str]) -> None:
        if not values:
            printed.append(record.line + "\n")
            return
        between = text(record.variables.get("OFS", " "))
        printed.append(joined([value(record) for value in values], between) + "\n")

    return run


def prints_formatted(values: Sequence[Expr]) -> Action:
    """`printf`."""

    def run(record: Record, printed: list[str]) -> None:
        printed.append(formatted([value(record) for value in values]))

    return run

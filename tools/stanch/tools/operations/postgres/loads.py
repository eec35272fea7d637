"""Loads: how much work the numbers ask for that a counting function is given."""

import math
from collections.abc import Iterable, Iterator
from typing import Final

from stanch.tools.operations.postgres.tree import (
    Node,
    StatementError,
    name,
    nodes,
    strings,
)

MOST: Final = 1_000_000
"""The largest number that a counting function is given."""

_GROWING: Final = frozenset({"^", "<<", "!"})
_GROWING_CALLS: Final = frozenset({"exp", "factorial", "pow", "power"})


def numbers(node: Node) -> Iterator[float]:
    """Yield the plain numbers in an argument, wherever they stand in it."""
    for one in nodes(node):
        which = one.WhichOneof("val") if name(one) == "A_Const" else None
        if which == "ival":
            yield float(one.ival.ival)
        elif which in {"sval", "fval"}:
            found = number(one.sval.sval if which == "sval" else one.fval.fval)
            if found is not None:
                yield found


def number(text: str) -> float | None:
    """Return the number that a text is, as PostgreSQL reads it; None when it is none."""
    try:
        found = float(text) if "0x" not in text.lower() else float(int(text, 16))
    except ValueError:
        return None
    return math.inf if math.isnan(found) else found


def product(arguments: Iterable[Node]) -> float:
    """Return the most that arguments with arithmetic in them can come to; 1 without any."""
    most = 1.0
    for argument in arguments:
        found = list(nodes(argument))
        if any(_grows(one) for one in found):
            return math.inf
        if any(name(one) == "A_Expr" and "*" in strings(one.name) for one in found):
            most = max(most, math.prod(max(1.0, abs(one)) for one in numbers(argument)))
    return most


def _grows(node: Node) -> bool:
    if name(node) == "A_Expr":
        return not _GROWING.isdisjoint(strings(node.name))
    return name(node) == "FuncCall" and strings(node.funcname)[-1] in _GROWING_CALLS


def numbered(arguments: Iterable[Node]) -> frozenset[int]:
    """Return the numbers of the places $1, $2 ... in arguments."""
    return frozenset(
        one.number for argument in arguments for one in nodes(argument) if name(one) == "ParamRef"
    )


def check_number(value: int | str) -> None:
    """Make sure that a value that says how much work it is asks for no heavy load.

    Raises:
        StatementError: it does.
    """
    found = number(value) if isinstance(value, str) else value
    if found is not None and abs(found) > MOST:
        raise StatementError(f"{value} is more than {MOST}.", remedy="Ask for less at a time.")

"""The functions of awk, and its formats: what makes text of values."""

import math
import re
from collections.abc import Sequence
from typing import Final

from stanch.tools.filters.awk_values import Value, number, short, text
from stanch.tools.filters.errors import FilterError

_DIRECTIVE: Final = re.compile(r"%(-?)(0?)([0-9]{0,3})(?:\.([0-9]{1,2}))?([sdifge%])")


def formatted(values: Sequence[Value]) -> str:
    """Return `printf` of a format and its values.

    Raises:
        FilterError: the format does not fit the values.
    """
    left = list(values[1:])

    def one(found: re.Match[str]) -> str:
        minus, zero, width, precision, letter = found.groups()
        if letter == "%":
            return "%"
        if not left:
            raise FilterError("awk: a format has more places than values")
        value = left.pop(0)
        if letter == "s":
            shown = text(value)[: int(precision)] if precision else text(value)
        elif letter in "di":
            shown = str(int(number(value)))
        else:
            shown = f"{number(value):.{precision or 6}{letter}}"
        if zero and not minus and letter != "s":
            return shown.zfill(int(width or 0))
        return shown.ljust(int(width or 0)) if minus else shown.rjust(int(width or 0))

    form = text(values[0])
    if "%" in _DIRECTIVE.sub("", form):
        raise FilterError("awk: a format has a directive that is not known")
    return short(_DIRECTIVE.sub(one, form))


def part(whole: str, numbers: list[float]) -> str:
    """Return `substr` of a text, a start and perhaps a length."""
    start = _rounded(numbers[0])
    end = len(whole) + 1 if len(numbers) < 2 else _rounded(numbers[0] + numbers[1])
    return whole[max(0, start - 1) : max(0, end - 1)]


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)

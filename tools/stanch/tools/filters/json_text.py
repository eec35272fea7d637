"""Reading JSON in the text of an answer: one value, or several one after the other."""

import json
from collections.abc import Iterator
from typing import Any, Final

from stanch.tools.filters.errors import FilterError

_BLANKS: Final = " \t\n\r"


def read_json(text: str) -> Any:
    """Return the one value that `text` holds.

    Raises:
        FilterError: it is not JSON.
    """
    values = list(read_values(text))
    if len(values) != 1:
        raise FilterError("the text is not one JSON value")
    return values[0]


def read_values(text: str) -> Iterator[Any]:
    """Yield the values that stand one after the other in `text`.

    Raises:
        FilterError: it is not JSON; says where.
    """
    at = 0
    while True:
        while at < len(text) and text[at] in _BLANKS:
            at += 1
        if at >= len(text):
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except ValueError as error:
            line = text.count("\n", 0, at) + 1
            raise FilterError(f"the answer is not JSON, from line {line} on") from error
        except RecursionError as error:
            raise FilterError("the answer is nested too deeply") from error
        yield value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, strict=False)

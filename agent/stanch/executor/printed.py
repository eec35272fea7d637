"""Printing: the text that a command with pipes would have left, made of a kept answer.

No program is started: the answer is rendered as its own program prints it, and the
filters run on that text here. The whole answer stays beside it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from stanch.tools.filters import Filter, FilterError, run
from stanch.tools.filters.lines import split
from stanch.tools.views import View, ViewError, render

SHOWN = "shown"
"""The key under which the text, or why there is none, stands in the data of evidence."""
_ACTING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters but tabs and line ends, and what is not seen or turns the order around."""
_MOST_CHARACTERS = 64 * 1024
_MOST_ON_A_LINE = 100


def printed(
    kind: str,
    data: Mapping[str, Any],
    view: View | None,
    filters: Sequence[Filter],
    *,
    now: datetime,
) -> dict[str, Any]:
    """Return {"text": str, "lines": int} of an answer, or {"error": str} when it has no text."""
    try:
        text = _visible(run(filters, render(kind, data, view or View(), now=now)))
    except (ViewError, FilterError) as error:
        return {"error": str(error)}
    return {
        "text": text[:_MOST_CHARACTERS],
        "lines": len(split(text)),
        **({"cut": True} if len(text) > _MOST_CHARACTERS else {}),
    }


def told(shown: Mapping[str, Any]) -> str:
    """Return one line that says what the filters left."""
    if "error" in shown:
        return f"not shown: {shown['error']}"
    lines = split(str(shown["text"]))
    if not lines:
        return "no line is left"
    first = lines[0].strip()
    cut = first if len(first) <= _MOST_ON_A_LINE else f"{first[:_MOST_ON_A_LINE]}..."
    return cut if len(lines) == 1 else f"{shown['lines']} lines, the first: {cut}"


def _visible(text: str) -> str:
    """Return `text` without what would act on a terminal; it is spelled out instead."""
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\r\n", "\n"))


def output(data: Mapping[str, Any]) -> str | None:
    """Return what `NAME=$(command)` is set to: all that was printed, if that is one line."""
    shown = data.get(SHOWN, {})
    if shown.get("cut"):
        return None
    lines = split(str(shown.get("text", "")))
    return lines[0].strip() if len(lines) == 1 and lines[0].strip() else None

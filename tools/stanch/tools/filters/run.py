"""Running filters: text in, text out, bounded; no process is started."""

from collections.abc import Sequence
from typing import Final

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import FilterError

MOST_CHARACTERS: Final = 4 * 1024 * 1024


def run(filters: Sequence[BaseFilter], text: str) -> str:
    """Return `text` after the filters, one after the other, as a pipeline would print it.

    Raises:
        FilterError: a filter cannot be applied, or its answer is too long.
    """
    for one in filters:
        if len(text) > MOST_CHARACTERS:
            raise FilterError(f"{one.kind}: there are more than {MOST_CHARACTERS} characters")
        if one.most_lines is not None and text.count("\n") > one.most_lines:
            raise FilterError(
                f"{one.kind}: there are more than {one.most_lines} lines; ask for fewer"
            )
        text = one.apply(text)
    if len(text) > MOST_CHARACTERS:
        raise FilterError(f"the answer has more than {MOST_CHARACTERS} characters")
    return text

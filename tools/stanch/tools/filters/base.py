"""What every filter can do: turn the text of an answer into another text, in bounds."""

from typing import Final

from stanch.tools.operations import Frozen

MOST_LINES: Final = 250_000
"""How many lines a filter may be given that runs a pattern or program on each of them."""


class BaseFilter(Frozen):
    """One program after a pipe, with the flags that it knows."""

    kind: str

    @property
    def decodes(self) -> bool:
        """Whether it makes readable what was encoded, so that policy must allow it first."""
        return False

    @property
    def most_lines(self) -> int | None:
        """How many lines it may be given, so that it ends soon; None where that is no matter."""
        return None

    def apply(self, text: str) -> str:
        """Return what the program would print of `text`.

        Raises:
            FilterError: it cannot be applied to this text.
        """
        raise AssertionError(f"{self.kind} does nothing with {len(text)} characters")

"""What every filter can do: turn the text of an answer into another text, in bounds."""

from stanch.tools.operations import Frozen


class BaseFilter(Frozen):
    """One program after a pipe, with the flags that it knows."""

    kind: str

    @property
    def decodes(self) -> bool:
        """Whether it makes readable what was encoded, so that policy must allow it first."""
        return False

    def apply(self, text: str) -> str:
        """Return what the program would print of `text`.

        Raises:
            FilterError: it cannot be applied to this text.
        """
        raise AssertionError(f"{self.kind} does nothing with {len(text)} characters")

"""Programs and patterns as they are written, with values in them that only mean themselves.

A parameter of a runbook may stand in a pattern, or in a string of a program. Its value is
kept apart from the code around it: while the program is parsed, one private character
stands for the whole value, so that no value can change what the program is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from stanch.tools.filters.errors import ProgramError
from stanch.tools.operations import Frozen

_FIRST: Final = 0xF0000
_LAST: Final = 0xFFFFD
MOST_CHARACTERS: Final = 4000


class Part(Frozen):
    """A piece of a program: code that is parsed, or text that means itself."""

    code: Annotated[str, Field(max_length=MOST_CHARACTERS)] | None = None
    text: Annotated[str, Field(max_length=MOST_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.code is None) == (self.text is None):
            raise ProgramError("a part is either code or text")
        for character in f"{self.code or ''}{self.text or ''}":
            if character in "\n\r\0" or _FIRST <= ord(character) <= _LAST:
                raise ProgramError(f"U+{ord(character):04X} cannot stand in a filter")
        return self


Parts = Annotated[tuple[Part, ...], Field(max_length=40)]


@dataclass(frozen=True, slots=True)
class Written:
    """A program in which each value is one private character."""

    source: str
    values: tuple[str, ...]

    def value(self, character: str) -> str | None:
        """Return the value that `character` stands for; None when it is just a character."""
        at = ord(character) - _FIRST
        return self.values[at] if 0 <= at < len(self.values) else None

    def filled(self, text: str) -> str:
        """Return `text`, a piece of the source, with the values in their places."""
        return "".join(self._filled(text))

    def holds(self, text: str) -> bool:
        """Return whether a value stands in `text`, a piece of the source."""
        return any(self.value(character) is not None for character in text)

    def _filled(self, text: str) -> Iterator[str]:
        for character in text:
            value = self.value(character)
            yield character if value is None else value


def written(parts: tuple[Part, ...]) -> Written:
    """Return the program that `parts` make."""
    source = ""
    values: list[str] = []
    for part in parts:
        if part.text is None:
            source += part.code or ""
        else:
            source += chr(_FIRST + len(values))
            values.append(part.text)
    return Written(source, tuple(values))


def stray(what: str) -> ProgramError:
    """Return the error for a value that stands where it could mean more than itself."""
    return ProgramError(
        f"a parameter stands in {what}", "Let it stand in plain text, or write it out."
    )

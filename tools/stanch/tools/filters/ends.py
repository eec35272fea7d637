"""head, tail and tac: the first and the last lines."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.lines import from_bytes, in_bytes, joined, kept, split

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class Head(BaseFilter):
    """Keep the first `lines` lines, or the first `characters` bytes."""

    kind: Literal["head"] = "head"
    lines: Count = 10
    all_but: bool = False
    """Whether all lines but the last `lines` are kept instead."""
    characters: Count | None = None

    @override
    def apply(self, text: str) -> str:
        if self.characters is not None:
            return from_bytes(in_bytes(text)[: self.characters])
        lines = split(text)
        end = len(lines) - self.lines if self.all_but else self.lines
        wanted = lines[: max(0, end)]
        return kept(wanted, text) if len(wanted) == len(lines) else joined(wanted)


class Tail(BaseFilter):
    """Keep the last `lines` lines, or those from line `first` on."""

    kind: Literal["tail"] = "tail"
    lines: Count = 10
    first: Count | None = None
    characters: Count | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.first is not None and self.characters is not None:
            raise ProgramError("tail counts lines or characters, not both", "Keep one of them.")
        return self

    @override
    def apply(self, text: str) -> str:
        if self.characters is not None:
            counted = in_bytes(text)
            return from_bytes(counted[max(0, len(counted) - self.characters) :])
        lines = split(text)
        start = max(0, len(lines) - self.lines)
        if self.first is not None:
            start = max(0, self.first - 1)
        wanted = lines[start:]
        return kept(wanted, text) if wanted else ""


class Tac(BaseFilter):
    """Turn the order of the lines around."""

    kind: Literal["tac"] = "tac"

    @override
    def apply(self, text: str) -> str:
        # A last line without an end is glued to the line before it, as tac does.
        last = "" if text.endswith("\n") else text[text.rfind("\n") + 1 :]
        return last + joined(reversed(split(text[: len(text) - len(last)])))


class Rev(BaseFilter):
    """Turn the characters of each line around."""

    kind: Literal["rev"] = "rev"

    @override
    def apply(self, text: str) -> str:
        return kept([line[::-1] for line in split(text)], text)


class Cat(BaseFilter):
    """Pass the text on as it is."""

    kind: Literal["cat"] = "cat"

    @override
    def apply(self, text: str) -> str:
        return text

"""uniq and wc: repeated lines, and how much there is."""

import re
import string
from itertools import groupby
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.lines import columns_of, joined, split

_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_WORD = re.compile(r"[^ \t\n\v\f\r]+")


class Uniq(BaseFilter):
    """Keep one of each run of equal lines."""

    kind: Literal["uniq"] = "uniq"
    count: bool = False
    repeated: bool = False
    """Only lines that are repeated."""
    unique: bool = False
    """Only lines that are not."""
    ignore_case: bool = False
    skip_fields: Annotated[int, Field(ge=0, le=1000)] = 0

    @override
    def apply(self, text: str) -> str:
        runs = [list(run) for _, run in groupby(split(text), key=self._key)]
        wanted = [run for run in runs if self._wants(len(run))]
        return joined(f"{len(run):7} {run[0]}" if self.count else run[0] for run in wanted)

    def _wants(self, length: int) -> bool:
        return not (self.repeated and length == 1) and not (self.unique and length > 1)

    def _key(self, line: str) -> str:
        for _ in range(self.skip_fields):
            line = re.sub(r"^[ \t]*[^ \t]*", "", line)
        return line.translate(_UPPER) if self.ignore_case else line


class Wc(BaseFilter):
    """Count lines, words and bytes, in this order; all of them when nothing is chosen."""

    kind: Literal["wc"] = "wc"
    lines: bool = False
    words: bool = False
    characters: bool = False
    bytes: bool = False
    longest: bool = False

    @model_validator(mode="after")
    def _alone(self) -> Self:
        if self.longest and any((self.lines, self.words, self.characters, self.bytes)):
            raise ProgramError("-L stands alone", "Leave out the other flags.")
        return self

    @override
    def apply(self, text: str) -> str:
        counts = self._counts(text)
        if len(counts) == 1:
            return f"{counts[0]}\n"
        return " ".join(f"{count:7}" for count in counts) + "\n"

    def _counts(self, text: str) -> list[int]:
        if self.longest:
            return [max((_shown_width(line) for line in split(text)), default=0)]
        everything = not any((self.lines, self.words, self.characters, self.bytes))
        counts = []
        if self.lines or everything:
            counts.append(text.count("\n"))
        if self.words or everything:
            counts.append(len(_WORD.findall(text)))
        if self.characters:
            counts.append(len(text))
        if self.bytes or everything:
            counts.append(len(text.encode(errors="replace")))
        return counts


def _shown_width(line: str) -> int:
    """Return how many columns of a screen `line` takes; tabs lead to every eighth."""
    if line.isascii() and line.isprintable():
        return len(line)
    longest = width = 0
    for character in line:
        if character == "\t":
            width += 8 - width % 8
        elif character in "\r\f":
            width = 0
        else:
            width += columns_of(character)
        longest = max(longest, width)
    return longest

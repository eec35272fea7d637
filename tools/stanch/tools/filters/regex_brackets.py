"""Brackets of POSIX regular expressions: characters, ranges and classes."""

import re
from dataclasses import dataclass
from typing import Final

from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.regex import quoted_one
from stanch.tools.filters.written import Written, stray

_CLASSES: Final = frozenset(
    [
        "alnum",
        "alpha",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "xdigit",
    ]
)


@dataclass(slots=True)
class Brackets:
    """The brackets that begin at `at` in `source`, a piece of `program`."""

    program: Written
    source: str
    at: int
    in_awk: bool = False

    def read(self) -> str:
        """Return them in the syntax of the engine.

        Raises:
            ProgramError: they are malformed, or mean different things to different programs.
        """
        start = self.at
        self.at += 1
        negated = self.source.startswith("^", self.at)
        self.at += negated
        items: list[str] = []
        while not (self.source.startswith("]", self.at) and items):
            if self.at >= len(self.source):
                raise ProgramError("a bracket in the pattern is not closed", "Escape it.")
            items.append(self._item(first=not items))
        self.at += 1
        text = self.source[start : self.at]
        if re.fullmatch(r"\[([:.=]).*\1\]", text):
            raise ProgramError(f"{text} lacks its outer brackets", f"Write [{text}].")
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def _item(self, *, first: bool) -> str:
        minus = self.source.startswith("-", self.at)
        if minus and not first and not self.source.startswith("-]", self.at):
            raise ProgramError("a range in the pattern begins with a range", "Write - last.")
        named = re.compile(r"\[([:.=])").match(self.source, self.at)
        if named:
            end = self.source.find(f"{named[1]}]", named.end())
            name = self.source[named.end() : end]
            if named[1] != ":" or end < 0 or name not in _CLASSES:
                raise ProgramError("a class in the pattern is unknown", "Write [[:digit:]].")
            self.at = end + 2
            return f"[:{name}:]"
        low = self._character()
        behind = self.source[self.at + 1 : self.at + 2]
        if not self.source.startswith("-", self.at) or behind in {"]", ""}:
            return quoted_one(low)
        self.at += 1
        if self.source.startswith(("[.", "[=", "[:"), self.at):
            raise ProgramError("a range in the pattern ends with a class", "Write it out.")
        high = self._character()
        if low > high:
            raise ProgramError(f"the range {low}-{high} in the pattern is reversed", "Turn it.")
        return f"{quoted_one(low)}-{quoted_one(high)}"

    def _character(self) -> str:
        here = self.source[self.at]
        self.at += 1
        if self.program.value(here) is not None:
            raise stray("brackets")
        if here != "\\":
            return here
        follower = self.source[self.at : self.at + 1]
        if follower.isalnum() or (self.in_awk and not follower):
            raise ProgramError(
                f"'\\{follower}' in brackets does not mean the same everywhere",
                "Write [0-9] for digits, [[:space:]] for blanks.",
            )
        if self.in_awk:
            self.at += 1
            return follower
        return here

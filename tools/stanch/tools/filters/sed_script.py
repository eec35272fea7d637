"""The scripts of sed that are understood: lines chosen, printed, deleted, substituted."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.regex import Pattern, compiled, groups
from stanch.tools.filters.regex_syntax import translated
from stanch.tools.filters.written import Written, stray

Address: TypeAlias = int | Literal["$"] | Pattern
Piece: TypeAlias = str | int
"""Of a replacement: text, or the group that stands there."""

_ONLY: Final = "Use s, p, d and q with line numbers or /patterns/."
_DANGERS: Final = {
    "w": "writes a file",
    "W": "writes a file",
    "r": "reads a file",
    "R": "reads a file",
    "e": "runs a command",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """What is replaced by what: every match, the n-th, or the n-th and all after it."""

    pattern: Pattern
    replacement: tuple[Piece, ...]
    number: int = 1
    everywhere: bool = False
    prints: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a script, for the lines that its addresses choose."""

    name: str
    """s, p, d or q."""
    first: Address | None = None
    last: Address | None = None
    negated: bool = False
    substitution: Substitution | None = None


def parse(program: Written, *, extended: bool) -> tuple[Command, ...]:
    """Return the commands of a script.

    Raises:
        ProgramError: it holds anything but the commands that are known.
    """
    reader = _Reader(program, extended=extended)
    commands = []
    while reader.more():
        commands.append(reader.command())
        if len(commands) > 50:
            raise ProgramError("the script of sed has more than 50 commands", "Write fewer.")
    return tuple(commands)


class _Reader:
    def __init__(self, program: Written, *, extended: bool) -> None:
        self._program = program
        self._source = program.source
        self._extended = extended
        self._at = 0

    def more(self) -> bool:
        """Skip what separates commands, and return whether one follows."""
        self._skip(" \t;")
        return self._at < len(self._source)

    def command(self) -> Command:
        first = self._address()
        last = None
        self._skip(" \t")
        if first is not None and self._takes(","):
            self._skip(" \t")
            last = self._address()
            if last is None:
                raise ProgramError("a range of lines has no end", "Write it like 2,5p.")
        self._skip(" \t")
        negated = self._takes("!")
        self._skip(" \t")
        name = self._next()
        if name == "s":
            made = Command(
                name="s", first=first, last=last, negated=negated, substitution=self._substitution()
            )
        elif name in {"p", "d"} or (name == "q" and last is None):
            made = Command(name=name, first=first, last=last, negated=negated)
        else:
            why = _DANGERS.get(name, "is not known here")
            raise ProgramError(f"the command '{name}' of sed {why}", _ONLY)
        self._skip(" \t")
        if self._at < len(self._source) and self._source[self._at] != ";":
            raise ProgramError(f"something stands behind the command '{name}' of sed", _ONLY)
        return made

    def _address(self) -> Address | None:
        number = re.compile(r"[0-9]{1,9}").match(self._source, self._at)
        if number:
            self._at = number.end()
            if int(number[0]) == 0 or self._source.startswith("~", self._at):
                raise ProgramError("lines are counted from 1, one by one", "Write a number.")
            return int(number[0])
        if self._takes("$"):
            return "$"
        if not self._takes("/"):
            return None
        return self._regex(self._until("/"), ignore_case=self._takes("I"))

    def _substitution(self) -> Substitution:
        mark = self._next()
        if not mark.isascii() or mark.isalnum() or mark in "\\ ":
            raise ProgramError("the parts of s are not marked off", "Write s/old/new/.")
        pattern, replacement = self._until(mark), self._until(mark)
        flags = re.compile(r"[gpIi]*([1-9][0-9]{0,3})?[gpIi]*").match(self._source, self._at)
        letters = "" if flags is None else flags[0]
        self._at += len(letters)
        following = self._source[self._at : self._at + 1]
        if following.isalpha():
            why = _DANGERS.get(following, "is not known here")
            raise ProgramError(f"the flag '{following}' of s {why}", "Use g, p, I or a number.")
        regex = self._regex(pattern, ignore_case="i" in letters.lower())
        return Substitution(
            pattern=regex,
            replacement=self._replacement(replacement, int(regex.groups)),
            number=int(flags[1]) if flags and flags[1] else 1,
            everywhere="g" in letters,
            prints="p" in letters,
        )

    def _regex(self, source: str, *, ignore_case: bool) -> Pattern:
        if not source:
            raise ProgramError("an empty pattern of sed means the one before", "Write it out.")
        source = re.sub(r"(\\\\)|\\t", lambda found: found[1] or "\t", source)
        dialect: Literal["extended", "basic"] = "extended" if self._extended else "basic"
        pattern = translated(self._program, source, dialect)
        groups(pattern)
        return compiled(pattern, ignore_case=ignore_case)

    def _replacement(self, source: str, most: int) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        at = 0
        while at < len(source):
            here = source[at]
            value = self._program.value(here)
            if here == "\\":
                pieces.append(self._escape(source[at + 1 : at + 2], most))
                at += 1
            elif here == "&":
                pieces.append(0)
            else:
                pieces.append(here if value is None else value)
            at += 1
        return tuple(pieces)

    def _escape(self, follower: str, most: int) -> Piece:
        if follower.isdecimal() and follower.isascii():
            if int(follower) > most:
                raise ProgramError(f"there is no group \\{follower}", "Count the parentheses.")
            return int(follower)
        if follower in {"n", "t"}:
            return {"n": "\n", "t": "\t"}[follower]
        if not follower or follower.isalnum() or self._program.value(follower) is not None:
            raise ProgramError(f"'\\{follower}' is no escape of sed here", "Write it plainly.")
        return follower

    def _until(self, mark: str) -> str:
        """Return the text up to `mark`, in which an escaped mark is the mark itself."""
        found = ""
        while (here := self._next()) != mark:
            if here == "\\":
                follower = self._next()
                if follower == mark and mark in "()|{}+?*.[]^$&\\":
                    raise ProgramError(
                        f"an escaped '{mark}' means two things here", "Choose another mark."
                    )
                here = follower if follower == mark else here + follower
            elif here == "[" and self._bracket_holds(mark):
                raise ProgramError(f"'{mark}' stands in brackets", "Choose another mark.")
            found += here
        return found

    def _bracket_holds(self, mark: str) -> bool:
        inside = re.compile(r"\^?\]?[^\]]*\]").match(self._source, self._at)
        return inside is not None and mark in inside[0] and f"{mark}{mark}" not in inside[0]

    def _skip(self, characters: str) -> None:
        while self._at < len(self._source) and self._source[self._at] in characters:
            self._at += 1

    def _takes(self, character: str) -> bool:
        if not self._source.startswith(character, self._at):
            return False
        self._at += 1
        return True

    def _next(self) -> str:
        if self._at >= len(self._source):
            raise ProgramError("the script of sed ends too early", "Write it like s/old/new/.")
        here = self._source[self._at]
        self._at += 1
        if self._program.value(here) is not None and self._at == 1:
            raise stray("a command of sed")
        return here

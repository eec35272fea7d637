"""Arguments: flags and positional words of one command, checked against a closed list.

Grammars declare their flags as data; this reader knows the ways to write a flag
(`--name value`, `--name=value`, `-n value`, `-n=value`, `-nvalue`) and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word

BARE: Final[Word] = ("true",)
"""What a flag without a value stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag that a verb allows."""

    name: str
    short: str = ""
    switch: bool = False
    """It takes no value but `=true` and `=false`."""
    only: tuple[str, ...] = ()
    """The values that are allowed; any, when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What stood behind a verb: each flag once, and the other words in order."""

    flags: Mapping[str, Word]
    rest: tuple[Word, ...]

    def on(self, name: str) -> bool:
        """Return whether the switch `name` was given and not set to false."""
        return self.flags.get(name) == BARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The flags of one verb, and why well-known others are refused."""

    verb: str
    flags: tuple[Flag, ...]
    refused: Mapping[str, str]
    """The reason by flag, as it is written with its dashes."""

    def read(self, words: Sequence[Word]) -> Arguments:
        """Sort `words` into flags and the rest.

        Raises:
            RefusedError: a flag is not allowed, repeated, or has a wrong value.
        """
        flags: dict[str, Word] = {}
        rest: list[Word] = []
        left = list(words)
        while left:
            word = left.pop(0)
            if not _is_flag(word):
                rest.append(word)
                continue
            flag, value = self._flag(word)
            if value is None:
                value = BARE if flag.switch else _next_value(flag, left)
            if flag.name in flags:
                _refuse(f"--{flag.name} is given twice.", "Keep one of them.")
            self._check(flag, value)
            flags[flag.name] = value
        return Arguments(flags=flags, rest=tuple(rest))

    def _flag(self, word: Word) -> tuple[Flag, Word | None]:
        """Return the flag that `word` is, and the value that is written into it."""
        text = str(word[0])
        if text.startswith("--"):
            name, equals, _ = text.partition("=")
            for flag in self.flags:
                if name == f"--{flag.name}":
                    if equals:
                        return flag, _after(word, len(name) + 1)
                    self._check_alone(word, name)
                    return flag, None
            raise self._unknown(name)
        for flag in self.flags:
            if flag.short and text[:2] == f"-{flag.short}":
                if text == word[0] == f"-{flag.short}" and len(word) == 1:
                    return flag, None
                value = _after(word, 3 if text[2:3] == "=" else 2)
                if flag.switch and text[2:3] != "=":
                    _refuse(f"{_shown(word)} joins several flags.", "Write each flag by itself.")
                return flag, value
        raise self._unknown(text[:2])

    def _check_alone(self, word: Word, name: str) -> None:
        """Make sure that nothing is glued to the name of a long flag."""
        if len(word) > 1:
            _refuse(f"{_shown(word)} is not a flag of '{self.verb}'.", f"Write {name}=...")

    def _check(self, flag: Flag, value: Word) -> None:
        allowed = ("true", "false") if flag.switch else flag.only
        if allowed and (len(value) != 1 or value[0] not in allowed):
            _refuse(
                f"--{flag.name} cannot be '{_shown(value)}' in '{self.verb}'.",
                f"It may be: {', '.join(allowed)}.",
            )
        if value in {(), ("",)}:
            _refuse(f"--{flag.name} has an empty value.", "Give it a value, or leave it out.")

    def _unknown(self, name: str) -> RefusedError:
        known = ", ".join(f"--{flag.name}" for flag in self.flags) or "none"
        reason = self.refused.get(name)
        if reason is not None:
            message = f"{name} is refused: {reason}."
        else:
            message = f"{name} is not a flag that '{self.verb}' allows."
        return RefusedError("RB023", message, remedy=f"Allowed: {known}.")


def _is_flag(word: Word) -> bool:
    return isinstance(word[0], str) and word[0].startswith("-") and word[0] != "-"


def _next_value(flag: Flag, left: list[Word]) -> Word:
    if not left or _is_flag(left[0]):
        _refuse(f"--{flag.name} has no value.", f"Write --{flag.name}=VALUE.")
    return left.pop(0)


def _after(word: Word, count: int) -> Word:
    """Return `word` without the first `count` characters, which are text."""
    first = str(word[0])[count:]
    return (first, *word[1:]) if first or len(word) == 1 else word[1:]


def _shown(word: Word) -> str:
    return "".join(f"<{part.param}>" if isinstance(part, ParamRef) else part for part in word)


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB023", message, remedy=remedy)

"""Arguments: flags and positional words of one command, checked against a closed list.

Grammars declare their flags as data; this reader knows the ways to write a flag
(`--name value`, `--name=value`, `-n value`, `-n=value`, `-nvalue`, `-it`) and nothing
else. What stands behind `--` is never looked at for flags.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word

BARE: Final[Word] = ("true",)
"""What a flag without a value stands for."""
_END: Final[Word] = ("--",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag that a verb allows."""

    name: str
    short: str = ""
    switch: bool = False
    """It takes no value but `=true` and `=false`."""
    only: tuple[str, ...] = ()
    """The values that are allowed; any, when empty."""
    many: bool = False
    """It may be given several times."""
    bare: str = ""
    """What it stands for without `=`; then the next word is not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What stood behind a verb: each flag once, and the other words in order."""

    flags: Mapping[str, Word]
    rest: tuple[Word, ...]
    several: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """All values of the flags that may be given several times."""
    after: tuple[Word, ...] | None = None
    """The words behind `--`; None when there is none."""

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
    leading: bool = False
    """Whether the flags end where the first other word begins."""
    _by_name: dict[str, Flag] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for flag in self.flags:
            self._by_name[f"--{flag.name}"] = flag
            if flag.short:
                self._by_name[f"-{flag.short}"] = flag

    def read(self, words: Sequence[Word]) -> Arguments:
        """Sort `words` into flags and the rest.

        Raises:
            RefusedError: a flag is not allowed, repeated, or has a wrong value.
        """
        given: dict[str, list[Word]] = {}
        rest: list[Word] = []
        after: tuple[Word, ...] | None = None
        left = list(reversed(words))
        while left:
            word = left.pop()
            if word == _END:
                after = tuple(reversed(left))
                break
            if not _is_flag(word):
                rest.append(word)
                if self.leading:
                    rest.extend(reversed(left))
                    break
                continue
            for flag, value in self._flags(word):
                self._take(flag, _bare_or_next(flag, left) if value is None else value, given)
        return Arguments(
            flags={name: values[-1] for name, values in given.items()},
            rest=tuple(rest),
            several={name: tuple(values) for name, values in given.items()},
            after=after,
        )

    def _take(self, flag: Flag, value: Word, given: dict[str, list[Word]]) -> None:
        if flag.name in given and not flag.many:
            _refuse(f"--{flag.name} is given twice.", "Keep one of them.")
        self._check(flag, value)
        given.setdefault(flag.name, []).append(value)

    def _flags(self, word: Word) -> list[tuple[Flag, Word | None]]:
        """Return the flags that `word` is, the last of them with the value written into it."""
        text = str(word[0])
        if text.startswith("--"):
            name, equals, _ = text.partition("=")
            flag = self._known(name)
            if equals:
                return [(flag, _after(word, len(name) + 1))]
            self._check_alone(word, name)
            return [(flag, None)]
        return self._short(word, text)

    def _short(self, word: Word, text: str) -> list[tuple[Flag, Word | None]]:
        found: list[tuple[Flag, Word | None]] = []
        for at, letter in enumerate(text[1:], start=1):
            flag = self._known(f"-{letter}")
            follower = text[at + 1 : at + 2]
            if follower == "=":
                return [*found, (flag, _after(word, at + 2))]
            if not flag.switch and not flag.bare and (follower or len(word) > 1):
                return [*found, (flag, _after(word, at + 1))]
            found.append((flag, None))
        self._check_alone(word, text)
        return found

    def _known(self, name: str) -> Flag:
        flag = self._by_name.get(name)
        if flag is None:
            raise self._unknown(name)
        return flag

    def _check_alone(self, word: Word, name: str) -> None:
        """Make sure that nothing is glued to the name of a flag."""
        if len(word) > 1:
            _refuse(f"{_shown(word)} is not a flag of '{self.verb}'.", f"Write {name}=...")

    def _check(self, flag: Flag, value: Word) -> None:
        allowed = ("true", "false") if flag.switch else flag.only
        if allowed and (len(value) != 1 or value[0] not in allowed):
            if (reason := self.refused.get(f"--{flag.name}")) is not None:
                _refuse(f"--{flag.name} is refused: {reason}.", "Leave it out.")
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


def _bare_or_next(flag: Flag, left: list[Word]) -> Word:
    if flag.switch:
        return BARE
    if flag.bare:
        return (flag.bare,)
    if not left or _is_flag(left[-1]):
        _refuse(f"--{flag.name} has no value.", f"Write --{flag.name}=VALUE.")
    return left.pop()


def _after(word: Word, count: int) -> Word:
    """Return `word` without the first `count` characters, which are text."""
    first = str(word[0])[count:]
    return (first, *word[1:]) if first or len(word) == 1 else word[1:]


def _shown(word: Word) -> str:
    return "".join(f"<{part.param}>" if isinstance(part, ParamRef) else part for part in word)


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB023", message, remedy=remedy)

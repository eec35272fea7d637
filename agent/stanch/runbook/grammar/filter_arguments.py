"""The arguments of filters: flags as GNU programs read them, against a closed list.

Short flags may be joined (`-iE`), a value may stand in the word of its flag (`-A3`) or in
the next, and flags may follow the operands, as in GNU's own programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.model import Slot
from stanch.runbook.words import Word

_BARE: Final[Word] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One flag that a filter knows."""

    name: str
    """The field that it fills, or a name that the filter's reader knows."""
    short: str = ""
    long: str = ""
    takes: Literal["nothing", "value", "maybe"] = "nothing"
    repeats: bool = False
    """Whether it may be given with several values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stood behind the name of a filter."""

    program: str
    flags: Mapping[str, tuple[Word, ...]]
    operands: tuple[Word, ...]

    def on(self, name: str) -> bool:
        """Return whether the flag `name` was given."""
        return name in self.flags

    def value(self, name: str) -> Word | None:
        """Return the value of the flag `name`; None when it was not given."""
        return self.flags[name][-1] if name in self.flags else None

    def number(self, name: str) -> Slot:
        """Return the value of `name` as a number or the parameter that will be one."""
        word = self.value(name)
        return None if word is None else slots.number(word, f"The number of {self.program}")

    def switches(self, *names: str) -> dict[str, Slot]:
        """Return those of `names` that were given, as fields."""
        return {name: True for name in names if self.on(name)}

    def no_operands(self) -> None:
        """Make sure that no file is named.

        Raises:
            RefusedError: one is.
        """
        for word in self.operands:
            if word != ("-",):
                refuse(
                    f"{self.program} names a file: '{slots.shown(word)}'.",
                    "A filter reads what comes through the pipe; leave the file out.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The flags of one filter, and why well-known others are refused."""

    program: str
    options: tuple[Option, ...] = ()
    refused: Mapping[str, str]
    """The reason by flag, as it is written with its dashes."""

    def read(self, words: Sequence[Word]) -> Given:
        """Sort `words` into flags and operands.

        Raises:
            RefusedError: a flag is not known, lacks its value, or contradicts itself.
        """
        flags: dict[str, tuple[Word, ...]] = {}
        operands: list[Word] = []
        left = list(words)
        while left:
            word = left.pop(0)
            if word == ("--",):
                operands += left
                break
            if not isinstance(word[0], str) or not word[0].startswith("-") or word == ("-",):
                operands.append(word)
                continue
            for option, value in self._flags(word, left):
                self._add(flags, option, value)
        return Given(program=self.program, flags=flags, operands=tuple(operands))

    def _add(self, flags: dict[str, tuple[Word, ...]], option: Option, value: Word) -> None:
        before = flags.get(option.name, ())
        if before and option.takes == "value" and not option.repeats:
            refuse(f"{self.program} is given -{option.short or option.long} twice.", "Keep one.")
        flags[option.name] = (*before, value)

    def _flags(self, word: Word, left: list[Word]) -> list[tuple[Option, Word]]:
        text = str(word[0])
        if text.startswith("--"):
            return [self._long(word, left)]
        found: list[tuple[Option, Word]] = []
        for at in range(1, len(text)):
            option = self._known("short", text[at], f"-{text[at]}")
            if option.takes != "value":
                found.append((option, _BARE))
                continue
            rest: Word = (text[at + 1 :], *word[1:]) if text[at + 1 :] else word[1:]
            return [*found, (option, rest or self._next(f"-{text[at]}", left))]
        if len(word) > 1:
            refuse(f"'{slots.shown(word)}' mixes flags and a parameter.", "Write a blank between.")
        return found

    def _long(self, word: Word, left: list[Word]) -> tuple[Option, Word]:
        name, equals, after = str(word[0]).partition("=")
        option = self._known("long", name[2:], name)
        if not equals:
            if len(word) > 1:
                refuse(f"'{slots.shown(word)}' is not a flag.", f"Write {name}=...")
            return option, self._next(name, left) if option.takes == "value" else _BARE
        if option.takes == "nothing":
            refuse(f"{name} of {self.program} takes no value.", f"Write {name}.")
        return option, (after, *word[1:]) if after or len(word) == 1 else word[1:]

    def _known(self, form: Literal["short", "long"], name: str, written: str) -> Option:
        for option in self.options:
            if name and getattr(option, form) == name:
                return option
        reason = self.refused.get(written)
        forms = [f"-{o.short}" if o.short else f"--{o.long}" for o in self.options]
        because = f" ({reason})" if reason else ""
        raise RefusedError(
            "RB032",
            f"{written} of {self.program} is not allowed after a pipe{because}.",
            remedy=f"Allowed: {', '.join(dict.fromkeys(forms)) or 'no flags'}.",
        )

    def _next(self, flag: str, left: list[Word]) -> Word:
        if not left:
            refuse(f"{flag} of {self.program} has no value.", "Give it one.")
        return left.pop(0)


def options(program: str, *known: Option, **refused: str) -> Options:
    """Return the flags of `program`; `refused` are short letters or long names with reasons."""
    reasons = {
        f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}": reason
        for name, reason in refused.items()
    }
    return Options(program=program, options=known, refused=reasons)


def parts(word: Word) -> list[dict[str, Slot]]:
    """Return `word` as the parts of a pattern or program: its parameters only mean themselves."""
    return [{"code": part} if isinstance(part, str) else {"text": part} for part in word]


def refuse(message: str, remedy: str) -> NoReturn:
    """Refuse what stands after a pipe."""
    raise RefusedError("RB032", message, remedy=remedy)

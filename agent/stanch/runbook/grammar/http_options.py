"""Options as curl and wget read them: letters joined behind one dash, and in any order.

Each program's grammar gives its closed list as data; an option that is not on it refuses
the command.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

Use = Literal["keep", "drop", "manual", "refuse"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a program.

    `drop` says nothing to a typed request; `manual` asks for what only a person can do.
    """

    name: str
    value: bool
    use: Use
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stood behind the program's name, in order."""

    options: tuple[tuple[str, Word], ...]
    manual: tuple[str, ...]
    """The reasons why only a person can send the request."""
    rest: tuple[Word, ...]

    def on(self, name: str) -> bool:
        """Return whether the option `name` was given."""
        return any(given == name for given, _ in self.options)

    def all(self, name: str) -> tuple[Word, ...]:
        """Return the values of each option called `name`."""
        return tuple(value for given, value in self.options if given == name)


def table(*rows: tuple[Use, bool, str, str]) -> Mapping[str, Option]:
    """Return options by their spellings; a row holds use, value, spellings and reason.

    Spellings of one option are joined by `|`, the last of them being its name.
    """
    found: dict[str, Option] = {}
    for use, value, spellings, reason in rows:
        for spelling in spellings.split():
            names = spelling.split("|")
            option = Option(names[-1].lstrip("-"), value, use, reason)
            found |= dict.fromkeys(names, option)
    return found


class Reader:
    """Sorts words into options and the rest."""

    def __init__(self, program: str, options: Mapping[str, Option], *, equals: bool) -> None:
        self._program = program
        self._options = options
        self._equals = equals

    def read(self, words: Sequence[Word]) -> Given:
        """Return the options and the other words.

        Raises:
            RefusedError: an option is not on the list, or lacks its value.
        """
        options: list[tuple[str, Word]] = []
        manual: list[str] = []
        rest: list[Word] = []
        left = list(words)
        while left:
            word = left.pop(0)
            first = word[0]
            if not isinstance(first, str) or not first.startswith("-") or word == ("-",):
                rest.append(word)
                continue
            pairs = self._long(word, left) if first.startswith("--") else self._short(word, left)
            for option, value in pairs:
                self._check(option)
                if option.use == "manual":
                    manual.append(option.reason)
                options.append((option.name, value))
        return Given(options=tuple(options), manual=tuple(dict.fromkeys(manual)), rest=tuple(rest))

    def _long(self, word: Word, left: list[Word]) -> list[tuple[Option, Word]]:
        text = str(word[0])
        name, sign, value = text.partition("=") if self._equals else (text, "", "")
        option = self._options.get(name)
        if option is None or (not sign and len(word) > 1) or (sign and not option.value):
            raise self._unknown(shown(word))
        if not option.value:
            return [(option, ())]
        if sign:
            return [(option, (value, *word[1:]) if value or len(word) == 1 else word[1:])]
        return [(option, self._next(name, left))]

    def _short(self, word: Word, left: list[Word]) -> list[tuple[Option, Word]]:
        text = str(word[0])
        found: list[tuple[Option, Word]] = []
        for at in range(1, len(text)):
            option = self._options.get(self._spelled(text, at))
            if option is None:
                raise self._unknown(f"-{text[at]}")
            if self._spelled(text, at) == text:
                return [(option, self._next(text, left) if option.value else ())]
            if option.value:
                value: Word = (text[at + 1 :], *word[1:]) if text[at + 1 :] else word[1:]
                return [*found, (option, value or self._next(text, left))]
            found.append((option, ()))
        if len(word) > 1:
            raise self._unknown(shown(word))
        return found

    def _spelled(self, text: str, at: int) -> str:
        # wget has -nv: two letters that are one option.
        return text if at == 1 and len(text) == 3 and text in self._options else f"-{text[at]}"

    def _next(self, name: str, left: list[Word]) -> Word:
        if not left:
            raise RefusedError("RB023", f"{name} has no value.", remedy=f"Write {name} VALUE.")
        return left.pop(0)

    def _check(self, option: Option) -> None:
        if option.use == "refuse":
            raise RefusedError(
                "RB023",
                f"'{option.name}' of {self._program} is refused: {option.reason}.",
                remedy="Leave it out.",
            )

    def _unknown(self, name: str) -> RefusedError:
        # What stands behind the name may be a password.
        name = name.partition("=")[0]
        return RefusedError(
            "RB023",
            f"{name} is not an option of {self._program} that stanch knows.",
            remedy=f"Write: {self._program} -s URL.",
        )

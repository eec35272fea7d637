"""Reading the options of a command line as getopt does, in the words of Debian's tools."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


class UsageError(Exception):
    """A program does not take what it was given; the message is its own."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Options:
    """The options that were given, by their short or only name, and the operands."""

    values: dict[str, list[str]] = field(default_factory=dict)
    operands: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def last(self, name: str, otherwise: str = "") -> str:
        """Return the last value of an option."""
        return self.values[name][-1] if name in self.values else otherwise

    def every(self, name: str) -> list[str]:
        """Return all values of an option, split at commas."""
        return [part for value in self.values.get(name, ()) for part in value.split(",") if part]


def parse(
    argv: Collection[str],
    *,
    flags: str = "",
    valued: str = "",
    long: Mapping[str, str] = _NONE,
    status: int = 1,
) -> Options:
    """Read `argv`, the program first.

    `flags` and `valued` are letters without and with a value. `long` leads from a long
    option to a letter, or to itself where there is none; one that ends in `=` has a value.

    Raises:
        UsageError: an option is not among them, or lacks its value.
    """
    program, *rest = argv
    found = Options()
    words = iter(rest)
    for word in words:
        if word == "--":
            found.operands.extend(words)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            if f"{name}=" in long:
                value = value if equals else _next(words, program, f"option '{name}'", status)
                found.values.setdefault(long[f"{name}="], []).append(value)
            elif name in long and not equals:
                found.values.setdefault(long[name], []).append("")
            else:
                raise UsageError(_wrong(program, f"unrecognized option '{word}'"), status)
        elif word.startswith("-") and word != "-":
            _letters(word[1:], words, found, program=program, kinds=(flags, valued), status=status)
        else:
            found.operands.append(word)
    return found


def _letters(
    letters: str,
    words: Iterator[str],
    found: Options,
    *,
    program: str,
    kinds: tuple[str, str],
    status: int,
) -> None:
    flags, valued = kinds
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in valued:
            value = letters or _next(words, program, f"option -- '{letter}'", status)
            found.values.setdefault(letter, []).append(value)
            return
        if letter not in flags:
            raise UsageError(_wrong(program, f"invalid option -- '{letter}'"), status)
        found.values.setdefault(letter, []).append("")


def _next(words: Iterator[str], program: str, option: str, status: int) -> str:
    value = next(words, None)
    if value is None:
        how = "requires an argument"
        text = (
            f"option requires an argument -- {option[-3:]}" if "--" in option else f"{option} {how}"
        )
        raise UsageError(_wrong(program, text), status)
    return value


def _wrong(program: str, text: str) -> str:
    return f"{program}: {text}\nTry '{program} --help' for more information."

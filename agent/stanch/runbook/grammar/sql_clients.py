"""The words of database clients: flags in clusters, as getopt reads them, and operands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.words import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Which flags a client may be given: the long name by the short one."""

    program: str
    valued: Mapping[str, str]
    """Flags with a value."""
    switches: Mapping[str, str]
    attached: Mapping[str, str]
    """Flags whose value, if there is one, is glued to them."""
    long_valued: Collection[str] = ()
    """Flags with a value that have no short form."""
    long_switches: Collection[str] = ()
    refused: Mapping[str, str]
    """The reason by long name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a client was given."""

    flags: tuple[tuple[str, Word | None], ...]
    """Long names and values, in order."""
    operands: tuple[Word, ...]

    def values(self, flag: str) -> tuple[Word, ...]:
        """Return the values that the flag was given, in order."""
        return tuple(value for name, value in self.flags if name == flag and value is not None)

    def has(self, flag: str) -> bool:
        """Return whether the flag was given."""
        return any(name == flag for name, _ in self.flags)

    @property
    def names(self) -> frozenset[str]:
        """The flags that were given."""
        return frozenset(name for name, _ in self.flags)

    def one(self, flag: str) -> Word | None:
        """Return the value of a flag that is given once at most.

        Raises:
            RefusedError: it is given more often.
        """
        found = self.values(flag)
        if len(found) > 1:
            raise RefusedError(
                "RB023", f"--{flag} is given twice.", remedy="Write each command by itself."
            )
        return found[0] if found else None


def read(client: Client, words: tuple[Word, ...]) -> Given:
    """Sort the words of a client into flags and operands.

    Raises:
        RefusedError: a flag is unknown, refused, or lacks its value.
    """
    left = list(words)
    flags: list[tuple[str, Word | None]] = []
    operands: list[Word] = []
    while left:
        word = left.pop(0)
        first = word[0]
        if not isinstance(first, str) or not first.startswith("-") or word == ("-",):
            operands.append(word)
        elif word == ("--",):
            operands += left
            break
        elif first.startswith("--"):
            flags.append(_long(client, word, left))
        else:
            flags += _cluster(client, word, left)
    for name, _ in flags:
        if name in client.refused:
            raise RefusedError(
                "RB023", f"--{name} is refused: {client.refused[name]}.", remedy="Leave it out."
            )
    return Given(flags=tuple(flags), operands=tuple(operands))


def _long(client: Client, word: Word, left: list[Word]) -> tuple[str, Word | None]:
    text = str(word[0])
    name, equals, rest = text[2:].partition("=")
    if name in client.attached.values():
        return name, _joined(rest, word) if equals else None
    if name in {*client.valued.values(), *client.long_valued}:
        return name, _joined(rest, word) if equals else _next(name, left)
    known = name in {*client.switches.values(), *client.long_switches}
    if not known or equals or len(word) > 1:
        if name in client.refused:
            return name, None
        raise _unknown(client, f"--{name}")
    return name, None


def _cluster(client: Client, word: Word, left: list[Word]) -> list[tuple[str, Word | None]]:
    text = str(word[0])
    found: list[tuple[str, Word | None]] = []
    for at, letter in enumerate(text[1:], start=1):
        rest = _joined(text[at + 1 :], word)
        if letter in client.switches:
            found.append((client.switches[letter], None))
        elif letter in client.valued:
            name = client.valued[letter]
            return [*found, (name, _next(name, left) if rest == ("",) else rest)]
        elif letter in client.attached:
            return [*found, (client.attached[letter], None if rest == ("",) else rest)]
        else:
            raise _unknown(client, f"-{letter}")
    if len(word) > 1:
        raise _unknown(client, slots.shown(word))
    return found


def _joined(rest: str, word: Word) -> Word:
    """Return what is left of the first part of a word, with the other parts."""
    return tuple(part for part in (rest, *word[1:]) if part != "") or ("",)


def _next(name: str, left: list[Word]) -> Word:
    if not left:
        raise RefusedError("RB023", f"--{name} has no value.", remedy="Give it one.")
    return left.pop(0)


def _unknown(client: Client, flag: str) -> RefusedError:
    return RefusedError(
        "RB023", f"{flag} is not a flag that '{client.program}' allows.", remedy="Leave it out."
    )

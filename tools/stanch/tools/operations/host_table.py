"""The notation of the tables of host programs, and what is made of them.

A table is text, a line for each form of a command. A reading: `program verb | flags |
operands | needs`, a closed list. A change: `program verb | when | effect | raising`, with
the worst that any of its flags can do.

`program @ | flags` are flags of every form, before the verb and behind it; `program ^ | flags`
may stand only before it.

Flags: `-{abc}` switches of one letter, `--all` a switch, `-n=count` with a value of a kind,
`--since?when` with a value that must be attached, `-NUM` a number as in `head -5`.
Needs: flags of which one must be given; with `until` before them, to make the command end.
Operands: kinds of `host_values` in order, with `?`, `*` or `+` behind them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Final, TypeAlias

from stanch.tools.operations.base import Effect
from stanch.tools.operations.host_values import KINDS

Verb: TypeAlias = tuple[str, ...]
ANY: Final[Verb] = ("*",)
"""The verb of a change that holds for every verb without a line of its own."""
NUMBER: Final = "-NUM"
CHAINS: Final = frozenset({"ovn-nbctl", "ovn-sbctl", "ovs-vsctl"})
"""The programs to which `--` means that another command follows."""
UNSAFE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "secrets": "It shows secrets.",
        "endless": "It goes on without end.",
        "interactive": "It waits for what a person types.",
        "load": "It is a heavy load.",
        "elsewhere": "It goes another way than the configured one.",
        "contents": "It shows what is in a file.",
    }
)
"""Why what changes nothing is refused all the same, by its word in the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The value of a flag."""

    kind: str
    attached: bool = False
    """Whether it may be left out, and so must be written into the same word."""


Flags: TypeAlias = Mapping[str, Value | None]
"""The flags of a form by their names with dashes; None for a switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """One place in the order of operands."""

    kind: str
    least: int = 1
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One form of a program that only looks."""

    flags: Flags
    operands: tuple[Operand, ...]
    needs: frozenset[str]
    """Flags of which one must be given, because it is no read without them."""
    until: frozenset[str]
    """Flags of which one must be given, because it does not end without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """One form of a program that changes something."""

    when: frozenset[str]
    """Flags of which one must be given for the line to hold; none: it always holds."""
    effect: Effect
    unbounded: bool
    raising: frozenset[str]
    """Flags that make it destructive."""
    refused: str = ""
    """Why it is not even named as a change: it changes nothing, and is unsafe all the same."""


@dataclass(slots=True)
class Program:
    """All forms of one program."""

    before: dict[str, Value | None] = field(default_factory=dict)
    """The flags that may stand before the verb."""
    everywhere: dict[str, Value | None] = field(default_factory=dict)
    """Those of them that may stand behind the verb as well."""
    readings: dict[Verb, list[Reading]] = field(default_factory=dict)
    changes: dict[Verb, list[Changing]] = field(default_factory=dict)
    verbs: set[Verb] = field(default_factory=set)

    def verb(self, words: Iterable[str]) -> Verb:
        """Return the longest verb that `words` begin with."""
        found: Verb = ()
        longest = max(map(len, self.verbs), default=0)
        said: Verb = ()
        for word, _ in zip(words, range(longest), strict=False):
            said = (*said, word)
            found = said if said in self.verbs else found
        return found


_LIST_GOES_ON: Final = re.compile(r",\n +")
_GOES_ON: Final = re.compile(r"\n +")
_FLAG: Final = re.compile(r"([-+!()][^=?{]*)(?:([=?])(\w+))?")
_OPERAND: Final = re.compile(r"(\w+)([?*+]?)")


class Programs(Mapping[str, Program]):
    """The programs of tables by their names; each is read when it is first asked for."""

    def __init__(self, *tables: str) -> None:
        self._heads: dict[str, list[str]] = {}
        self._read: dict[str, Program] = {}
        # A line that begins with blanks goes on with the one before; after a comma, with its list.
        text = _GOES_ON.sub(" ", _LIST_GOES_ON.sub(",", "\n".join(tables)))
        for line in text.splitlines():
            names = line.partition(" ")[0]
            for name in names.split(",") if names else ():
                self._heads.setdefault(name, []).append(line)

    def __getitem__(self, name: str) -> Program:
        """Return the forms of the program `name`.

        Raises:
            KeyError: there is no line for it.
            ValueError: a line of it is not in the notation.
        """
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = _program(name, self._heads[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._heads)

    def __len__(self) -> int:
        return len(self._heads)


def _program(name: str, lines: list[str]) -> Program:
    program = Program()
    # What may stand before the verb belongs to every form, wherever it is written.
    for line in sorted(lines, key=lambda line: line.split()[1] not in {"@", "^"}):
        head, *cells = (cell.strip() for cell in line.split("|"))
        for verb in product(*(words.split(",") for words in head.split()[1:])):
            _line(program, verb, cells, chain=name in CHAINS)
    return program


def _line(program: Program, verb: Verb, cells: list[str], *, chain: bool) -> None:
    if verb in {("@",), ("^",)}:
        program.before.update(_flags(cells[0]))
        if verb == ("@",):
            program.everywhere.update(_flags(cells[0]))
        return
    if len(cells) != 3:
        raise ValueError(f"{verb} has {len(cells)} cells")
    if cells[1] in {"mutate", "destructive", "unbounded", *UNSAFE}:
        program.changes.setdefault(verb, []).append(
            Changing(
                when=frozenset(_flags(cells[0])),
                effect=Effect.MUTATE if cells[1] == "mutate" else Effect.DESTRUCTIVE,
                unbounded=cells[1] == "unbounded",
                raising=frozenset(_flags(cells[2])),
                refused=UNSAFE.get(cells[1], ""),
            )
        )
    else:
        ends = cells[2].startswith("until ")
        needs = frozenset(_flags(cells[2].removeprefix("until ")))
        program.readings.setdefault(verb, []).append(
            Reading(
                flags=MappingProxyType(
                    program.everywhere | _flags(cells[0]) | ({} if chain else {"--": None})
                ),
                operands=tuple(_operand(text) for text in cells[1].split()),
                needs=frozenset() if ends else needs,
                until=needs if ends else frozenset(),
            )
        )
    if verb not in {(), ANY}:
        program.verbs.add(verb)


def _flags(cell: str) -> dict[str, Value | None]:
    return dict(_each_flag(cell))


def _each_flag(cell: str) -> Iterator[tuple[str, Value | None]]:
    for text in cell.split():
        if text.startswith("-{"):
            yield from ((f"-{letter}", None) for letter in text[2:-1])
            continue
        found = _FLAG.fullmatch(text)
        if found is None or (found[3] and found[3] not in KINDS):
            raise ValueError(f"{text} is not a flag")
        yield found[1], Value(kind=found[3], attached=found[2] == "?") if found[3] else None


def _operand(text: str) -> Operand:
    found = _OPERAND.fullmatch(text)
    if found is None or found[1] not in KINDS:
        raise ValueError(f"{text} is not an operand")
    return Operand(
        kind=found[1], least=0 if found[2] in {"?", "*"} else 1, many=found[2] in {"*", "+"}
    )

"""The pieces of a jsonpath template, in kubectl's dialect."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Field:
    """The value of one key."""

    name: str


@dataclass(frozen=True, slots=True)
class Everything:
    """All values of an object or a list: `.*`."""


@dataclass(frozen=True, slots=True)
class Deep:
    """The values of one key in the object and in everything below it: `..name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Items of a list: `[0]`, `[-1]`, `[1:3]`, `[*]`."""

    start: int | None = None
    end: int | None = None
    step: int = 1
    single: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """What several ways lead to, one after the other: `['a','b']`."""

    ways: tuple["Path", ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list for which a path leads somewhere, or compares as wanted."""

    left: "Path"
    operator: Operator | None = None
    right: "Literal_ | Path" = ()


@dataclass(frozen=True, slots=True)
class Literal_:  # noqa: N801 - `Literal` is the typing word
    """A value that is written out: a string, a number, true or false."""

    value: str | int | float | bool


Step: TypeAlias = Field | Everything | Deep | Slice | Union | Filter
Path: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is printed as it is."""

    text: str
    quoted: bool = False
    """Whether it stood in quotes, inside braces."""


@dataclass(frozen=True, slots=True)
class Show:
    """The values that a path leads to, with blanks between them."""

    path: Path


@dataclass(frozen=True, slots=True)
class Range:
    """A template that is printed once for each value that a path leads to."""

    path: Path
    body: "Template"


Node: TypeAlias = Text | Show | Range
Template: TypeAlias = tuple[Node, ...]

"""The values of awk: text that may look like a number, and the record that it comes from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from stanch.tools.filters.errors import FilterError

Value: TypeAlias = "str | float | Looks"

_NUMBER: Final = re.compile(r"[ \t\n]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DOUBTFUL: Final = re.compile(r"\s*[+-]?(?:0x[0-9a-f.]|inf|nan)", re.IGNORECASE)
"""What is text in some awks, and a number in others."""
_MOST_CHARACTERS: Final = 1024 * 1024
MOST_FIELDS: Final = 32_000


@dataclass(frozen=True, slots=True)
class Looks:
    """Text from the input, which counts as a number where it looks like one."""

    text: str


UNSET: Final = Looks("")
"""A variable that was never set: nothing as text, and 0 as a number; told by identity."""


@dataclass(slots=True)
class Record:
    """One run of a program: its line, fields and variables."""

    separator: Any = None
    """A compiled pattern or one character; None divides at blanks."""
    line: str = ""
    fields: list[str] | None = field(default_factory=list)
    number: int = 0
    variables: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, dict[str, Value]] = field(default_factory=dict)
    open_ranges: set[int] = field(default_factory=set)
    steps: int = 0

    def read(self, line: str) -> None:
        """Take the next line."""
        self.line, self.fields, self.number = line, None, self.number + 1

    def divided(self) -> list[str]:
        """Return the fields of the line."""
        if self.fields is None:
            self.fields = self._divided()
            if len(self.fields) > MOST_FIELDS:
                raise FilterError(f"awk: a line has more than {MOST_FIELDS} fields")
        return self.fields

    def get(self, at: int) -> Value:
        """Return $at."""
        if at < 0:
            raise FilterError("awk: there is no field before the first")
        if at == 0:
            return Looks(self.line)
        fields = self.divided()
        return Looks(fields[at - 1]) if at <= len(fields) else Looks("")

    def put(self, at: int, value: str) -> None:
        """Set $at, which makes the line or its fields anew."""
        if at == 0:
            self.line, self.fields = value, None
            return
        fields = self.divided()
        if not 0 < at <= MOST_FIELDS:
            raise FilterError("awk: such a field cannot be set")
        fields += [""] * (at - len(fields))
        fields[at - 1] = value
        self.line = short(text(self.variables.get("OFS", " ")).join(fields))

    def step(self) -> None:
        """Count one step; raise FilterError when there are too many."""
        self.steps += 1
        if self.steps > 1_000_000:
            raise FilterError("awk: the program does too much with this answer")

    def _divided(self) -> list[str]:
        if self.separator is None:
            return re.findall(r"[^ \t\n]+", self.line)
        if not self.line:
            return []
        if isinstance(self.separator, str):
            return self.line.split(self.separator)
        pieces, at = [], 0
        for found in self.separator.finditer(self.line):
            if found.start() == found.end():
                continue
            pieces.append(self.line[at : found.start()])
            at = found.end()
            if len(pieces) > MOST_FIELDS:
                break
        return [*pieces, self.line[at:]]


def text(value: Value) -> str:
    """Return `value` as text; whole numbers without a point, others with six digits."""
    match value:
        case str():
            return value
        case Looks():
            return value.text
        case _:
            return str(int(value)) if value == int(value) else f"{value:.6g}"


def number(value: Value) -> float:
    """Return `value` as a number: what its text begins with, or 0.

    Raises:
        FilterError: some awks read a number there, and others do not.
    """
    if isinstance(value, (int, float)):
        return value
    written = text(value)
    if _DOUBTFUL.match(written):
        raise _doubt(written)
    found = _NUMBER.match(written)
    return _float(found[0]) if found else 0.0


def truth(value: Value) -> bool:
    """Return whether `value` counts as true."""
    if isinstance(value, Looks):
        if _doubtful(value) and not value.text.lower().strip("+-0x \t\n"):
            raise _doubt(value.text)
        return number(value) != 0 if _numeric(value) else value.text != ""
    return value not in ("", 0)


def compared(a: Value, b: Value) -> int:
    """Compare as numbers where both are or look like one, else as text."""
    if any(isinstance(one, str) for one in (a, b)):
        pass
    elif (_doubtful(a) and _numeric(b)) or (_doubtful(b) and (_numeric(a) or _doubtful(a))):
        raise _doubt(text(a if _doubtful(a) else b))
    elif _numeric(a) and _numeric(b):
        x, y = number(a), number(b)
        return (x > y) - (x < y)
    s, t = text(a), text(b)
    return (s > t) - (s < t)


def short(value: str) -> str:
    """Return `value`; FilterError when it is too long."""
    if len(value) > _MOST_CHARACTERS:
        raise FilterError("awk: a text grows too long")
    return value


def joined(values: Sequence[Value], between: str) -> str:
    """Return the texts of `values` with `between` between them."""
    return short(between.join(map(text, values)))


def _numeric(value: Value) -> bool:
    if value is UNSET:
        return True
    if isinstance(value, Looks):
        found = _NUMBER.match(value.text)
        return found is not None and not value.text[found.end() :].strip(" \t\n")
    return isinstance(value, (int, float))


def _doubtful(value: Value) -> bool:
    return isinstance(value, Looks) and _DOUBTFUL.match(value.text) is not None


def _doubt(written: str) -> FilterError:
    return FilterError(f"awk: '{written[:20]}' is a number for some programs and not for others")


def _float(digits: str) -> float:
    value = float(digits)
    if abs(value) > 1e300:
        raise FilterError("awk: a number is too large")
    return value

"""sort: lines in an order, by keys, as GNU sort compares them in the C locale."""

import re
from collections.abc import Callable
from functools import cached_property
from itertools import groupby
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.lines import from_bytes, in_bytes, joined, split
from stanch.tools.filters.sort_orders import human, month, number, version

Order = Literal["text", "number", "human", "version", "month"]
Position = Annotated[int, Field(ge=1, le=10_000)]
_FIELD: Final = re.compile(r"[ \t]*[^ \t]*")
Keyed: TypeAlias = Callable[[str], Any]


class Key(BaseFilter):
    """A part of the line to compare: from a field's character to another's, from 1."""

    kind: Literal["key"] = "key"
    field: Position
    character: Position = 1
    to_field: Position | None = None
    to_character: Annotated[int, Field(ge=0, le=10_000)] = 0
    """The last character of the last field; 0 means its end."""
    order: Order = "text"
    reverse: bool = False
    fold: bool = False
    skip_blanks: bool = False
    skip_blanks_at_end: bool = False


class Sort(BaseFilter):
    """Put the lines in order."""

    kind: Literal["sort"] = "sort"
    keys: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    order: Order = "text"
    reverse: bool = False
    fold: bool = False
    skip_blanks: bool = False
    unique: bool = False
    stable: bool = False
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.separator == "\n":
            raise ProgramError("a line cannot be divided by its end", "Choose another character.")
        if self.separator and not self.separator.isascii():
            raise ProgramError("sort divides at one byte only", "Choose an ASCII character.")
        return self

    @override
    def apply(self, text: str) -> str:
        # Compared and counted by bytes, as in the C locale; text in UTF-8 keeps its order.
        lines = split(in_bytes(text))
        for key in reversed(self._comparisons):
            lines.sort(key=key[0], reverse=key[1])
        if self.unique:
            lines = [next(run) for _, run in groupby(lines, key=self._identity)]
        return from_bytes(joined(lines))

    def _identity(self, line: str) -> list[object]:
        return [key(line) for key, _ in self._by_keys]

    @cached_property
    def _comparisons(self) -> list[tuple[Keyed, bool]]:
        """What to compare, the most important first, and whether in reverse.

        Python's sort is stable also in reverse, so sorting by each in turn from the last
        to the first gives the order of all of them.
        """
        last: list[tuple[Keyed, bool]] = [(str, self.reverse)]
        return self._by_keys if self.unique or self.stable else [*self._by_keys, *last]

    @cached_property
    def _by_keys(self) -> list[tuple[Keyed, bool]]:
        if not self.keys:
            return [(_comparable(self.order, fold=self.fold, skip=self.skip_blanks), self.reverse)]
        return [(self._keyed(key), key.reverse) for key in self.keys]

    def _keyed(self, key: Key) -> Keyed:
        compare = _comparable(key.order, fold=key.fold, skip=False)
        return lambda line: compare(self._part(line, key))

    def _part(self, line: str, key: Key) -> str:
        start, end = self._start(line, key), self._end(line, key)
        return line[start : max(start, end)]

    def _start(self, line: str, key: Key) -> int:
        at = self._field_at(line, key.field)
        if key.skip_blanks:
            at = _past_blanks(line, at)
        return min(len(line), at + key.character - 1)

    def _end(self, line: str, key: Key) -> int:
        if key.to_field is None:
            return len(line)
        if key.to_character == 0:
            return self._field_end(line, key.to_field)
        at = self._field_at(line, key.to_field)
        if key.skip_blanks_at_end:
            at = _past_blanks(line, at)
        return min(len(line), at + key.to_character)

    def _field_at(self, line: str, count: int) -> int:
        at = 0
        for _ in range(count - 1):
            if at >= len(line):
                break
            at = self._next_end(line, at)
            if self.separator is not None and at < len(line):
                at += 1
        return at

    def _field_end(self, line: str, count: int) -> int:
        return self._next_end(line, self._field_at(line, count))

    def _next_end(self, line: str, at: int) -> int:
        if self.separator is not None:
            found = line.find(self.separator, at)
            return len(line) if found < 0 else found
        matched = _FIELD.match(line, at)
        return matched.end() if matched else at


def _past_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] in " \t":
        at += 1
    return at


def _comparable(order: Order, *, fold: bool, skip: bool) -> Keyed:
    match order:
        case "number":
            return number
        case "human":
            return human
        case "month":
            return month
        case "version":
            return lambda text: version(_prepared(text, fold=fold, skip=skip))
        case "text":
            return lambda text: _prepared(text, fold=fold, skip=skip)


def _prepared(text: str, *, fold: bool, skip: bool) -> str:
    text = text.lstrip(" \t") if skip else text
    return re.sub(r"[a-z]+", lambda found: found[0].upper(), text) if fold else text

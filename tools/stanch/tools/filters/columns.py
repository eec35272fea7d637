"""cut, column and paste: text by columns."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import FilterError, ProgramError
from stanch.tools.filters.lines import columns_of, from_bytes, in_bytes, joined, split

Position = Annotated[int, Field(ge=1, le=1_000_000)]
Pieces = TypeVar("Pieces", str, list[str])
_MOST_CELLS: Final = 200_000
_END: Final = 1 << 62


class Range(BaseFilter):
    """The positions from `first` to `last`, counted from 1; without `last` to the end."""

    kind: Literal["range"] = "range"
    first: Position = 1
    last: Position | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise ProgramError("a range ends before it begins", "Turn it around.")
        return self


class Cut(BaseFilter):
    """Keep the fields, or the characters, in `ranges`."""

    kind: Literal["cut"] = "cut"
    by: Literal["fields", "characters"] = "fields"
    ranges: Annotated[tuple[Range, ...], Field(min_length=1, max_length=100)]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = "\t"
    between: Annotated[str, Field(max_length=100)] | None = None
    """What the fields are joined with; the delimiter, when None."""
    only_delimited: bool = False
    complement: bool = False

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        if self.by == "fields" and (self.between == "" or not self.delimiter.isascii()):
            raise ProgramError(
                "cut takes an empty or long delimiter for others", "Choose one ASCII character."
            )
        return self

    @override
    def apply(self, text: str) -> str:
        if self.by == "characters":
            # As cut does, in bytes.
            lines = split(in_bytes(text))
            return from_bytes(joined("".join(self._chosen(line)) for line in lines))
        return joined(
            self._fields(line)
            for line in split(text)
            if self.delimiter in line or not self.only_delimited
        )

    def _fields(self, line: str) -> str:
        if self.delimiter not in line:
            return line
        between = self.delimiter if self.between is None else self.between
        items = line.split(self.delimiter)
        return between.join(item for piece in self._chosen(items) for item in piece)

    def _chosen(self, items: Pieces) -> Iterator[Pieces]:
        """Yield the wanted pieces of `items`, in their order."""
        for first, last in self._wanted:
            if first >= len(items):
                break
            yield items[first:last]

    @cached_property
    def _wanted(self) -> tuple[tuple[int, int | None], ...]:
        """The ranges as slices: in order, apart from each other, turned by `complement`."""
        joint: list[tuple[int, int | None]] = []
        for first, last in sorted((r.first - 1, r.last or _END) for r in self.ranges):
            if joint and first <= (joint[-1][1] or 0):
                joint[-1] = (joint[-1][0], max(joint[-1][1] or 0, last))
            else:
                joint.append((first, last))
        if not self.complement:
            return tuple(joint)
        ends = [0, *(end or 0 for _, end in joint)]
        starts = [*(start for start, _ in joint), None]
        gaps = zip(ends, starts, strict=True)
        return tuple((end, start) for end, start in gaps if start is None or end < start)


class Column(BaseFilter):
    """Align the words of the lines in columns."""

    kind: Literal["column"] = "column"
    separators: Annotated[str, Field(max_length=20)] = ""
    """The characters between cells; blanks, when empty."""
    between: Annotated[str, Field(max_length=20)] = "  "

    @override
    def apply(self, text: str) -> str:
        rows = [self._cells(line) for line in split(text) if line.strip(" \t")]
        if sum(map(len, rows)) > _MOST_CELLS:
            raise FilterError(f"column: the table has more than {_MOST_CELLS} cells")
        widths: dict[int, int] = {}
        for row in rows:
            for at, cell in enumerate(row):
                widths[at] = max(widths.get(at, 0), _width(cell))
        return joined(self._row(row, widths) for row in rows)

    def _cells(self, line: str) -> list[str]:
        if not self.separators:
            return re.findall(r"[^ \t]+", line)
        return re.split(f"[{re.escape(self.separators)}]", line)

    def _row(self, row: list[str], widths: dict[int, int]) -> str:
        last = len(widths) - 1
        cells = [row[at] if at < len(row) else "" for at in range(last + 1)]
        cells = [
            cell + " " * (widths[at] - _width(cell)) if at < last else cell
            for at, cell in enumerate(cells)
        ]
        return self.between.join(cells)


class Paste(BaseFilter):
    """Join all lines to one, with the characters of `delimiters` in turn between them."""

    kind: Literal["paste"] = "paste"
    delimiters: Annotated[str, Field(min_length=1, max_length=20)] = "\t"

    @override
    def apply(self, text: str) -> str:
        lines = split(text)
        if not lines:
            return "\n"
        ends = [self.delimiters[at % len(self.delimiters)] for at in range(len(lines) - 1)]
        return "".join(a + b for a, b in zip(lines, [*ends, ""], strict=True)) + "\n"


def _width(cell: str) -> int:
    """Return how many columns of a screen a cell takes: control characters take none."""
    return len(cell) if cell.isascii() and cell.isprintable() else sum(map(columns_of, cell))

"""grep: the lines, or the parts of lines, that match."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import MOST_LINES, BaseFilter
from stanch.tools.filters.errors import FilterError, ProgramError
from stanch.tools.filters.lines import joined, split
from stanch.tools.filters.regex import Pattern, compiled, found_in, quoted
from stanch.tools.filters.regex_syntax import translated
from stanch.tools.filters.written import Parts, Written, written

_MOST_PARTS: Final = 250_000
Around = Annotated[int, Field(ge=0, le=10_000)]


class Grep(BaseFilter):
    """Keep the lines that match one of `patterns`."""

    kind: Literal["grep"] = "grep"
    patterns: Annotated[tuple[Parts, ...], Field(min_length=1, max_length=20)]
    syntax: Literal["basic", "extended", "fixed", "perl"] = "basic"
    ignore_case: bool = False
    invert: bool = False
    words: bool = False
    """Only where no word's character stands beside the match."""
    whole_lines: bool = False
    count: bool = False
    only_matching: bool = False
    numbers: bool = False
    most: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    before: Around | None = None
    """How many lines before a match are kept too; 0 still marks gaps with `--`."""
    after: Around | None = None

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        around = self.before is not None or self.after is not None
        if self.invert and any(all(not (p.code or p.text) for p in one) for one in self.patterns):
            raise ProgramError("an empty pattern leaves no line with -v", "Write a pattern.")
        if self.only_matching and (around or self.words):
            raise ProgramError("-o does not go with -w, -A, -B or -C", "Leave out one of them.")
        if self.most is not None and around:
            raise ProgramError("-m does not go with -A, -B or -C", "Use head behind it.")
        _ = self._pattern
        return self

    @property
    @override
    def most_lines(self) -> int:
        return MOST_LINES

    @override
    def apply(self, text: str) -> str:
        lines = split(text)
        hits = self._hits(lines)
        if self.count:
            return f"{len(hits)}\n"
        if self.only_matching:
            return joined(self._parts(lines, hits))
        return joined(self._shown(lines, hits))

    @cached_property
    def _pattern(self) -> Pattern:
        whole = "|".join(f"(?:{self._one(written(parts))})" for parts in self.patterns)
        if self.whole_lines:
            whole = f"^(?:{whole})$"
        elif self.words:
            whole = f"(?:^|[^0-9A-Za-z_])(?:{whole})(?:[^0-9A-Za-z_]|$)"
        return compiled(whole, ignore_case=self.ignore_case, longest=self.syntax != "perl")

    def _one(self, program: Written) -> str:
        match self.syntax:
            case "fixed":
                return quoted(program.filled(program.source))
            case "perl":
                return _perl(program)
            case "basic" | "extended":
                return translated(program, program.source, self.syntax)

    def _hits(self, lines: list[str]) -> list[int]:
        search = self._pattern.search
        hits: list[int] = []
        for at, line in enumerate(lines):
            if self.most is not None and len(hits) >= self.most:
                break
            if (search(line) is None) == self.invert:
                hits.append(at)
        return hits

    def _parts(self, lines: list[str], hits: list[int]) -> Iterator[str]:
        if self.invert:
            return
        count = 0
        for at in hits:
            for found in found_in(self._pattern, lines[at]):
                count += 1
                if count > _MOST_PARTS:
                    raise FilterError(f"grep: more than {_MOST_PARTS} parts match; ask for fewer")
                if found[0]:
                    yield f"{at + 1}:{found[0]}" if self.numbers else found[0]

    def _shown(self, lines: list[str], hits: list[int]) -> Iterator[str]:
        matched, last = frozenset(hits), -1
        for hit in hits:
            start = max(last + 1, hit - (self.before or 0))
            if last >= 0 and start > last + 1 and (self.before, self.after) != (None, None):
                yield "--"
            end = min(len(lines), hit + (self.after or 0) + 1)
            for at in range(start, max(start, end)):
                if at > hit and at in matched:
                    break
                mark = ":" if at in matched else "-"
                yield f"{at + 1}{mark}{lines[at]}" if self.numbers else lines[at]
                last = at


def _perl(program: Written) -> str:
    if program.values:
        raise ProgramError("a parameter stands in a pattern of -P", "Use -E or -F.")
    if "\\C" in program.source:
        raise ProgramError("\\C is not allowed in a pattern", "Write a dot.")
    return program.source

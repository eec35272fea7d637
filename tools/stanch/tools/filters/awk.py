"""awk: lines chosen by conditions, and columns of them printed."""

import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.awk_forms import NextLine
from stanch.tools.filters.awk_syntax import Rule, parse
from stanch.tools.filters.awk_values import Looks, Record, truth
from stanch.tools.filters.base import MOST_LINES, BaseFilter
from stanch.tools.filters.errors import FilterError, ProgramError
from stanch.tools.filters.jq import Variable
from stanch.tools.filters.lines import split
from stanch.tools.filters.regex import compiled
from stanch.tools.filters.regex_syntax import translated
from stanch.tools.filters.written import Part, Parts, written

_MOST_CHARACTERS = 8 * 1024 * 1024
_KEPT = re.compile(r"NR|NF|FNR|FS|RS|ORS|BEGIN|END|ENVIRON|FILENAME|SUBSEP|OFMT|CONVFMT|R\w+")


class Awk(BaseFilter):
    """Run `program` on each line."""

    kind: Literal["awk"] = "awk"
    program: Parts
    separator: Annotated[str, Field(max_length=100)] = ""
    """What divides the fields: one character, or a pattern; blanks, when empty."""
    variables: Annotated[tuple[Variable, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        for variable in self.variables:
            if _KEPT.fullmatch(variable.name) or "\\" in variable.value:
                raise ProgramError(f"-v {variable.name} cannot be set so", "Use another name.")
        _ = self._rules, self._divider
        return self

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return parse(written(self.program))

    @cached_property
    def _divider(self) -> Any:
        source = "\t" if self.separator == r"\t" else self.separator
        if source in {"", " "}:
            return None
        if source in {"t", "\\"}:
            raise ProgramError("this separator of awk means two things", "Write: -F '\\t'")
        if len(source) == 1:
            return source
        return compiled(translated(written((Part(code=source),)), source, "awk"))

    @property
    @override
    def most_lines(self) -> int:
        return MOST_LINES

    @override
    def apply(self, text: str) -> str:
        record = Record(separator=self._divider)
        record.variables = {one.name: Looks(one.value) for one in self.variables}
        printed: list[str] = []
        self._edge("begin", record, printed)
        if any(rule.when != "begin" for rule in self._rules):
            length = at = 0
            for line in split(text):
                record.read(line)
                self._line(record, printed)
                length += sum(map(len, printed[at:]))
                at = len(printed)
                if length > _MOST_CHARACTERS:
                    raise FilterError("awk: the answer grows too long")
        self._edge("end", record, printed)
        return "".join(printed)

    def _edge(self, when: str, record: Record, printed: list[str]) -> None:
        for rule in self._rules:
            if rule.when == when and rule.action is not None:
                try:
                    rule.action(record, printed)
                except NextLine:
                    raise FilterError(f"awk: next stands in {when.upper()}") from None

    def _line(self, record: Record, printed: list[str]) -> None:
        try:
            for at, rule in enumerate(self._rules):
                if rule.when == "line" and _applies(at, rule, record):
                    if rule.action is None:
                        printed.append(record.line + "\n")
                    else:
                        rule.action(record, printed)
        except NextLine:
            return


def _applies(at: int, rule: Rule, record: Record) -> bool:
    if rule.first is None:
        return True
    if rule.last is None:
        return truth(rule.first(record))
    if at not in record.open_ranges and not truth(rule.first(record)):
        return False
    if truth(rule.last(record)):
        record.open_ranges.discard(at)
    else:
        record.open_ranges.add(at)
    return True

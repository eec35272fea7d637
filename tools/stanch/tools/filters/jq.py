"""jq: JSON taken apart and put together by a short program."""

import json
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import FilterError
from stanch.tools.filters.jq_forms import Run
from stanch.tools.filters.jq_syntax import parse
from stanch.tools.filters.jq_values import Budget, Env, JqError, dumped
from stanch.tools.filters.json_text import read_json, read_values
from stanch.tools.filters.written import Part, Parts, written
from stanch.tools.operations import Frozen

_MOST_CHARACTERS = 8 * 1024 * 1024


class Variable(Frozen):
    """A text that a program knows by a name (`--arg`, `-v`)."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    value: Annotated[str, Field(max_length=4000)]


class Jq(BaseFilter):
    """Run `program` on each JSON value of the text."""

    kind: Literal["jq"] = "jq"
    program: Parts = (Part(code="."),)
    variables: Annotated[tuple[Variable, ...], Field(max_length=20)] = ()
    raw: bool = False
    compact: bool = False
    joined: bool = False
    """Like `raw`, and without line ends."""
    sorted: bool = False
    slurp: bool = False

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        _ = self._run
        return self

    @property
    @override
    def decodes(self) -> bool:
        return "@base64d" in written(self.program).source

    @cached_property
    def _run(self) -> Run:
        names = frozenset(variable.name for variable in self.variables)
        return parse(written(self.program), names)

    @override
    def apply(self, text: str) -> str:
        env = Env(Budget(), {variable.name: variable.value for variable in self.variables})
        inputs = read_values(text)
        pieces: list[str] = []
        length = 0
        try:
            for value in [list(inputs)] if self.slurp else inputs:
                for found in self._run(value, env):
                    pieces.append(self._printed(found))
                    length += len(pieces[-1])
                    if length > _MOST_CHARACTERS:
                        raise FilterError("jq: the answer grows too long")
        except JqError as error:
            raise FilterError(f"jq: {error}") from error
        except RecursionError as error:
            raise FilterError("jq: the answer is nested too deeply") from error
        except (OverflowError, ValueError) as error:
            raise FilterError("jq: a number is too large to go on with") from error
        return "".join(pieces)

    def _printed(self, value: object) -> str:
        end = "" if self.joined else "\n"
        if (self.raw or self.joined) and isinstance(value, str):
            return value + end
        indent = None if self.compact else 2
        return dumped(value, indent=indent, ordered=self.sorted) + end


class JsonTool(BaseFilter):
    """Indent JSON as `python3 -m json.tool` does."""

    kind: Literal["json.tool"] = "json.tool"

    @override
    def apply(self, text: str) -> str:
        try:
            return json.dumps(read_json(text), indent=4) + "\n"
        except RecursionError as error:
            raise FilterError("json.tool: the answer is nested too deeply") from error

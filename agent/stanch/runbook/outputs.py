"""Outputs: the parameters that steps fill, written NAME=$(command) in a block.

The first line that the command prints becomes the value of a parameter for the steps
after it. Unless the front matter declares it, it is the name of some object.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import Param, Step

_NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_KEPT: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=\"?\$\(")


class Outputs:
    """The outputs that the steps of one runbook keep, in the order of the document."""

    def __init__(self, declared: Mapping[str, Param]) -> None:
        self._declared = declared
        self._kept: dict[str, Param] = {}
        self.meant: set[str] = set()
        """The outputs that lines were to keep, refused lines included."""

    @property
    def params(self) -> dict[str, Param]:
        """The parameters that are known here: those declared, and those kept so far."""
        return {**self._kept, **self._declared}

    @property
    def added(self) -> Mapping[str, Param]:
        """The parameters that nobody declared, and that steps fill."""
        return {name: one for name, one in self._kept.items() if name not in self._declared}

    def meet(self, text: str) -> None:
        """Note the output that the line `text` is to keep, whether it is accepted or not."""
        if found := _KEPT.match(text):
            self.meant.add(output_name(found[1]))

    def keep(self, written: str) -> str:
        """Return the name under which the output `written` is kept.

        Raises:
            RefusedError: the name is no parameter's, is taken, or its parameter is declared
                to come from elsewhere.
        """
        name = output_name(written)
        if not _NAME.fullmatch(name):
            raise RefusedError(
                "RB039",
                f"'{written}' cannot become a parameter.",
                remedy="Begin it with a letter and end it with a letter or digit.",
            )
        param = placeholders.resolve(written, self._declared)
        source = f"output.{name}"
        if param in self._declared and self._declared[param].source != source:
            raise RefusedError(
                "RB039",
                f"The parameter '{param}' is declared, but not as the output of this step.",
                remedy=f"Declare it with from: {source}, or give the output another name.",
            )
        if param in self._kept or name in self._kept:
            raise RefusedError(
                "RB039",
                f"An earlier step keeps its output as '{written}' already.",
                remedy="Give this one another name.",
            )
        kept = Param.model_validate({"type": "dns-subdomain", "from": source})
        self._kept[param if param in self._declared else name] = kept
        return name

    def early(self, steps: Iterable[Step]) -> Iterator[tuple[str, Step]]:
        """Yield each use of an output before the step that keeps it, with the step."""
        waiting = {
            str(one.source).removeprefix("output."): name for name, one in self._kept.items()
        }
        for step in steps:
            for used in step.template.params:
                if placeholders.resolve(used, waiting.values()) in waiting.values():
                    yield used, step
            if step.output is not None:
                waiting.pop(step.output, None)


def output_name(written: str) -> str:
    """Return the parameter that `NAME=$(command)` fills: its name in lower case."""
    return written.lower().replace("_", "-")

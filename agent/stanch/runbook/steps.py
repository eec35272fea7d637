"""Steps: the executable blocks of a runbook become named steps with templates."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from stanch.runbook import placeholders
from stanch.runbook.attributes import LANGUAGES, Attributes, read_info
from stanch.runbook.command import command_template, query_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.front_matter import Report
from stanch.runbook.kinds import changes
from stanch.runbook.lines import Line, command_lines
from stanch.runbook.markdown import Block
from stanch.runbook.model import Param, Step, Template
from stanch.runbook.placement import complaints

_NAMED: Final = re.compile(r"\bname\"?[=:] ?\"?([a-z0-9-]+)")


class StepReader:
    """Reads the blocks of one runbook, reporting what is wrong with each."""

    def __init__(self, params: Mapping[str, Param], report: Report) -> None:
        self._params = params
        self._report = report
        self._steps: list[Step] = []
        self._derived: set[int] = set()
        self.named: set[str] = set()
        """The parameters that were met, in refused blocks too."""
        self.meant: set[str] = set()
        """The names that blocks give themselves, refused blocks included."""
        self.empty = True
        """Whether no block was to be executed, refused ones included."""

    def read(self, blocks: tuple[Block, ...]) -> tuple[Step, ...]:
        """Return the steps of `blocks`, in order; a block's line counts from 0."""
        for block in blocks:
            try:
                self._block(block)
            except RefusedError as error:
                self.empty = False
                self._report(error.code, block.line + error.line, error.message, error.remedy)
        return _distinct(self._steps, self._derived)

    def _block(self, block: Block) -> None:
        if block.section is None:
            self._prose(block)
            return
        self.meant.update(_NAMED.findall(block.info))
        language, said = read_info(block.info)
        if language not in LANGUAGES:
            return
        self.empty = False
        self.named.update(placeholders.all_in(block.content, self._params))
        if not block.closed:
            raise RefusedError(
                "RB013", "The block is not closed.", remedy="Close it like it began."
            )
        if LANGUAGES[language] == "promql":
            self._add(block, said, 0, block.content.strip(), self._query(block, said))
            return
        lines = command_lines(
            block.content, "console" if LANGUAGES[language] == "console" else "lines"
        )
        if not lines:
            raise RefusedError(
                "RB014", "The block holds no command.", remedy="Call it ```text if it is prose."
            )
        before = len(self._steps)
        for at, line in enumerate(lines):
            self._line(block, said, at, line)
        _one_change(self._steps[before:])

    def _prose(self, block: Block) -> None:
        language, brace, _ = block.info.partition("{")
        if brace and language.strip().lower() in LANGUAGES:
            raise RefusedError(
                "RB012",
                "A block outside Diagnosis and Mitigation is not executed, "
                "but it carries attributes.",
                remedy="Move it there, or leave the attributes out.",
            )

    def _query(self, block: Block, said: Attributes) -> Template:
        return query_template(block.content, self._params, window=said.range, step=said.step)

    def _line(self, block: Block, said: Attributes, at: int, line: Line) -> None:
        try:
            template = command_template(line.text, self._params)
        except RefusedError as error:
            self._report(error.code, block.line + 1 + line.offset, error.message, error.remedy)
            return
        name = said.name
        if name is not None and at > 0:
            said = replace(said, name=f"{name}-{at + 1}")
        self._add(block, said, line.offset, line.text, template)

    def _add(
        self, block: Block, said: Attributes, offset: int, text: str, template: Template
    ) -> None:
        line = block.line + 1 + offset
        for code, message, remedy in complaints(block.section, said, template):
            self._report(code, line, message, remedy)
        section = block.section or "diagnosis"
        if not changes(template.kind):
            # A read that says so may stand under Mitigation; it is looked at with the others.
            section = "diagnosis"
        if said.name is None:
            self._derived.add(len(self._steps))
        given: dict[str, Any] = {
            key: value
            for key, value in (
                ("role", said.role),
                ("verify", said.verify),
                ("undo", said.undo),
                ("soak_seconds", said.soak),
                ("deadline_seconds", said.deadline),
            )
            if value is not None
        }
        self._steps.append(
            Step(
                name=said.name or _derived_name(template),
                section=section,
                text=text,
                template=template,
                line=line + 1,
                about=block.about,
                **given,
            )
        )


def _one_change(steps: list[Step]) -> None:
    if sum(changes(step.template.kind) for step in steps) > 1:
        raise RefusedError(
            "RB055",
            "The block holds several changes, and each needs an approval of its own.",
            remedy="Write one block for each change.",
        )


def _derived_name(template: Template) -> str:
    name = template.kind.partition(".")[2].replace("_", "-")
    resource = template.fields.get("resource")
    return f"{name}-{resource}" if isinstance(resource, str) else name


def _distinct(steps: list[Step], derived: set[int]) -> tuple[Step, ...]:
    """Number the derived names so that they meet no other name."""
    taken = {step.name for at, step in enumerate(steps) if at not in derived}
    found: list[Step] = []
    for at, step in enumerate(steps):
        name, count = step.name, 1
        while at in derived and name in taken:
            count += 1
            name = f"{step.name}-{count}"
        taken.add(name)
        found.append(step if name == step.name else step.model_copy(update={"name": name}))
    return tuple(found)

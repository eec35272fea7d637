"""Steps: the executable blocks of a runbook become named steps with templates."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from stanch.runbook import placeholders
from stanch.runbook.attributes import GUIDED, LANGUAGES, Attributes, read_info
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.front_matter import Report
from stanch.runbook.guided import guide_template
from stanch.runbook.kinds import changes
from stanch.runbook.lines import Line, command_lines
from stanch.runbook.markdown import Block
from stanch.runbook.model import Param, Step, Template
from stanch.runbook.outputs import Outputs
from stanch.runbook.placement import complaints
from stanch.runbook.prose import is_prose
from stanch.runbook.statements import statements

_LONGEST: Final = 50
_MYSTIFYING: Final = frozenset({"RB020", "RB021"})
"""What a sentence is refused for when it is read as a command."""
_NAMED: Final = re.compile(r"\bname\"?[=:] ?\"?([a-z0-9-]+)")


class StepReader:
    """Reads the blocks of one runbook, reporting what is wrong with each."""

    def __init__(self, params: Mapping[str, Param], report: Report) -> None:
        self._report = report
        self.outputs = Outputs(params)
        """The parameters that the steps fill for one another."""
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
        for name, step in self.outputs.early(self._steps):
            self._report(
                "RB039",
                step.line - 1,
                f"<{name}> is used before the step that prints it.",
                "Move that step before this one.",
            )
        return _distinct(self._steps, self._derived)

    def _block(self, block: Block) -> None:
        if block.section is None:
            self._prose(block)
            return
        self.meant.update(_NAMED.findall(block.info))
        language, said = read_info(block.info)
        if language not in LANGUAGES and language != GUIDED:
            return
        self.empty = False
        self.named.update(placeholders.all_in(block.content, self.outputs.params))
        _whole(block)
        if language == GUIDED:
            self._guide(block, said)
            return
        if LANGUAGES[language] == "promql":
            template = self._query(block, said)
            self._add(block, said, 0, block.content.strip(), template)
            return
        before = len(self._steps)
        for at, line in enumerate(_lines(block, LANGUAGES[language])):
            self._line(block, said, at, line)
        _one_change(self._steps[before:])

    def _prose(self, block: Block) -> None:
        language, brace, _ = block.info.partition("{")
        if brace and language.strip().lower() in {*LANGUAGES, GUIDED}:
            raise RefusedError(
                "RB012",
                "A block outside Diagnosis and Mitigation is not executed, "
                "but it carries attributes.",
                remedy="Move it there, or leave the attributes out.",
            )

    def _guide(self, block: Block, said: Attributes) -> None:
        """Read a block that a person carries out; it is one step, whatever its lines are."""
        said = replace(said, undo=said.undo or "none")
        name = said.name or "guide"
        params = self.outputs.params
        template = guide_template(block.content, said, params, name=name, about=block.about)
        self._add(block, said, 0, block.content.strip(), template)

    def _query(self, block: Block, said: Attributes) -> Template:
        params = self.outputs.params
        return query_template(block.content, params, window=said.range, step=said.step)

    def _line(self, block: Block, said: Attributes, at: int, line: Line) -> None:
        try:
            template, output = self._template(block, said, line)
        except RefusedError as error:
            where = block.line + 1 + line.offset + error.line
            self._report(error.code, where, error.message, error.remedy)
            return
        name = said.name
        if name is not None and at > 0:
            said = replace(said, name=f"{name}-{at + 1}")
        self._add(block, said, line.offset, line.text, template, output)

    def _template(self, block: Block, said: Attributes, line: Line) -> tuple[Template, str | None]:
        params = self.outputs.params
        if LANGUAGES[read_info(block.info)[0]] == "sql":
            return sql_template(line.text, params, database=said.database), None
        self.outputs.meet(line.text)
        try:
            template, output = output_template(line.text, params)
        except RefusedError as error:
            if error.code in _MYSTIFYING and is_prose(line.text):
                raise RefusedError(
                    "RB019",
                    "This is prose, not a command.",
                    remedy="Take it out of the block, or begin the line with '#'.",
                ) from error
            raise
        return template, self.outputs.keep(output) if output else None

    def _add(
        self,
        block: Block,
        said: Attributes,
        offset: int,
        text: str,
        template: Template,
        output: str | None = None,
    ) -> None:
        line = block.line + 1 + offset
        known = self.outputs.params
        for code, message, remedy in complaints(block.section, said, template, known):
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
                ("then", said.then),
            )
            if value is not None
        }
        self._steps.append(
            Step(
                name=said.name or _derived_name(template),
                section=section,
                text=text,
                template=template,
                output=output,
                line=line + 1,
                about=block.about,
                **given,
            )
        )


def _whole(block: Block) -> None:
    """Refuse a block that does not end where its reader thinks it does."""
    if not block.closed:
        raise RefusedError("RB013", "The block is not closed.", remedy="Close it like it began.")
    if block.nested is not None:
        raise RefusedError(
            "RB013",
            "Another block begins inside the block, so it does not end where it seems to.",
            remedy="Close it before the next one begins.",
            line=1 + block.nested,
        )


def _lines(block: Block, way: Literal["lines", "console", "promql", "sql"]) -> tuple[Line, ...]:
    if way == "sql":
        lines = statements(block.content)
    else:
        lines = command_lines(block.content, "console" if way == "console" else "lines")
    if not lines:
        raise RefusedError(
            "RB014", "The block holds no command.", remedy="Call it ```text if it is prose."
        )
    return lines


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
    if isinstance(resource, str):
        name = f"{name}-{re.sub('[^a-z0-9]+', '-', resource.lower())}"
    # Room for a number, so that it stays a name when there are several of them.
    return name[:_LONGEST].strip("-")


def _distinct(steps: list[Step], derived: set[int]) -> tuple[Step, ...]:
    """Number the derived names so that they meet no other name."""
    taken = {step.name for at, step in enumerate(steps) if at not in derived}
    found: list[Step] = []
    counts: Counter[str] = Counter()
    for at, step in enumerate(steps):
        name = step.name
        while at in derived and name in taken:
            # What was tried for an earlier step of this name is taken.
            counts[step.name] += 1
            name = f"{step.name}-{counts[step.name] + 1}"
        taken.add(name)
        found.append(step if name == step.name else step.model_copy(update={"name": name}))
    return tuple(found)

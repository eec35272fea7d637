"""One block of a plain document: a read, a change, refused with its reason, or no command."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.attributes import LANGUAGES
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.import_guess import guess, in_query, plain
from stanch.runbook.import_rewrite import Form, forms, is_command, only_leaves
from stanch.runbook.kinds import changes, effect, unbounded
from stanch.runbook.lines import command_lines
from stanch.runbook.markdown import Block
from stanch.runbook.model import Param, Template
from stanch.runbook.statements import statements
from stanch.tools.operations import Effect

Family: TypeAlias = Literal["shell", "sql", "promql", "other"]
State: TypeAlias = Literal["read", "change", "refused", "no-command"]

_WAYS: Final[dict[str, Family]] = {
    "lines": "shell",
    "console": "shell",
    "sql": "sql",
    "promql": "promql",
}
_FAMILIES: Final[dict[str, Family]] = {
    **{language: _WAYS[way] for language, way in LANGUAGES.items()},
    **dict.fromkeys(("zsh", "ksh", "dash", "ash"), "shell"),
    "postgres": "sql",
}
_DESCRIBED: Final = re.compile(
    r"<((?:the )?(?:value of )?(?:the )?(\w+) label (?:from|of) (?:the )?alert|[a-z]\w*(?: \w+)+)>"
)
_QUERY: Final = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|with|show|explain)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A block, and what it becomes."""

    block: Block
    family: Family
    state: State
    form: Form
    code: str = ""
    reason: str = ""
    """Why it is refused, with the remedy."""
    kinds: tuple[str, ...] = ()
    worst: Effect = Effect.OBSERVE
    names: tuple[str, ...] = ()
    """The placeholders that stand in it, as they are written."""
    outputs: tuple[str, ...] = ()
    """The outputs that its lines are kept as, as parameters are named."""

    @property
    def executable(self) -> bool:
        """Whether all of its commands are ones that stanch carries out, or has carried out."""
        return self.state in {"read", "change"}


def take(block: Block) -> Taken:
    """Return what `block` becomes, in the most faithful form that can be read."""
    family = family_of(block)
    if family == "other" or (family == "shell" and only_leaves(block.content)):
        form = Form(language=_language(block), content=block.content)
        return Taken(block=block, family=family, state="no-command", form=form)
    refusal: Taken | None = None
    for form in _forms(block, family):
        taken = _taken(block, family, form)
        if taken.state != "refused":
            return taken
        # The last form is the furthest that the import can go, so its reason is the true one.
        refusal = taken
    if refusal is None:
        raise AssertionError("a block has at least one form")
    return refusal


def family_of(block: Block) -> Family:
    """Return what language a block is in: what it says, or what a bare one looks like."""
    language = _language(block)
    if language:
        return _FAMILIES.get(language, "other")
    lines = [line.strip().removeprefix("$ ") for line in block.content.split("\n") if line.strip()]
    if any(is_command(line) for line in lines[:1]):
        return "shell"
    if _QUERY.match(block.content):
        return "sql"
    return "promql" if _is_promql(block.content) else "other"


def read_all(form: Form, params: Mapping[str, Param]) -> tuple[tuple[Template, str | None], ...]:
    """Return the template of each command of `form`, and the output that it is kept as.

    Raises:
        RefusedError: a command is refused, or there is none.
    """
    if form.language == "promql":
        text = form.content.strip()
        return ((query_template(text, in_query(text) | dict(params)), None),)
    if form.language == "sql":
        found = statements(form.content)
        if not found:
            raise RefusedError("RB014", "The block holds no statement.", remedy="Call it ```text.")
        return tuple((sql_template(one.text, params), None) for one in found)
    lines = command_lines(form.content, "console" if form.language == "console" else "lines")
    if not lines:
        raise RefusedError("RB014", "The block holds no command.", remedy="Call it ```text.")
    return tuple(output_template(line.text, params) for line in lines)


def _taken(block: Block, family: Family, form: Form) -> Taken:
    try:
        found = read_all(form, {})
    except RefusedError as error:
        state: State = "no-command" if error.code == "RB014" else "refused"
        return Taken(
            block=block, family=family, state=state, form=form, code=error.code, reason=str(error)
        )
    templates = [template for template, _ in found]
    worst = reduce(max, (effect(template, guess(template, {})) for template in templates))
    code, reason = next(_left_to_people(templates), ("", ""))
    named = dict.fromkeys(name for template in templates for name in template.params)
    if family == "promql":
        named |= dict.fromkeys(sorted(placeholders.all_in(form.content, ())))
    changing = any(changes(template.kind) for template in templates)
    return Taken(
        block=block,
        family=family,
        state="refused" if code else "change" if changing else "read",
        form=form,
        code=code,
        reason=reason,
        kinds=tuple(template.kind for template in templates),
        worst=worst,
        names=tuple(named),
        outputs=tuple(name.lower().replace("_", "-") for _, name in found if name),
    )


def _left_to_people(templates: list[Template]) -> Iterator[tuple[str, str]]:
    for template in templates:
        if template.kind in {"manual.read", "intent.manual"}:
            yield "RB038", f"stanch does not carry this out: {template.fields['reason']}."
        elif unbounded(template, guess(template, {})):
            yield "RB029", "Nobody can say what this does: a script, a shell or a session."


def _forms(block: Block, family: Family) -> Iterator[Form]:
    if family == "shell":
        session = LANGUAGES.get(_language(block)) == "console"
        yield from forms("console" if session else "sh", block.content)
        return
    content = _DESCRIBED.sub(_named, block.content) if family == "promql" else block.content
    known = LANGUAGES.get(_language(block) or family) == family
    notes = [] if known else [f"it is called {family}"]
    if content != block.content:
        notes.append("what stands for a value has the form of a parameter")
    yield Form(language=family, content=content, note="; ".join(notes))


def _named(found: re.Match[str]) -> str:
    return f"<{plain(found[2] or found[1])}>"


def _is_promql(text: str) -> bool:
    if not any(mark in text for mark in "({["):
        return False
    try:
        query_template(text.strip(), in_query(text))
    except RefusedError:
        return False
    return True


def _language(block: Block) -> str:
    words = block.info.partition("{")[0].split()
    return words[0].lower() if words else ""

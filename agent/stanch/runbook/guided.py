"""Guided steps: a block in the language `manual` is what a person carries out.

Its lines are shown as they are written, with the values of parameters in place; nothing
takes them apart, because nothing but a person ever runs them. What a shell would put in
(`$NAME`) is left to that person's shell.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from stanch.runbook import placeholders
from stanch.runbook.attributes import Attributes
from stanch.runbook.command import typed_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.front_matter import FrontMatter, Report
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Joined, Param, ParamRef, Slot, Step, Template
from stanch.runbook.signs import own_names

KIND: Final = "intent.guide"
_SENTENCE: Final = re.compile(r"(.+?[.:!?])(?:\s|$)")
_LONGEST: Final = 200
_SECRET: Final = re.compile(
    r"(?i:password|passwd|passphrase|secret|token|api[_-]?key)=['\"]?"
    r"(?!['\"$<]|[A-Z][A-Z_]+\b)[^\s'\"]{4,}"
    r"|://[^\s/@:]+:(?![$<]|[A-Z][A-Z_]+@)[^\s/@]+@"
)
"""A secret that is written out; what stands in capitals, $NAME and <name> stand for one."""


def guide_template(
    content: str, said: Attributes, params: Mapping[str, Param], *, name: str, about: str
) -> Template:
    """Return the template of a block that a person carries out.

    Raises:
        RefusedError: it has no line, or a line that cannot be shown.
    """
    lines = [line.rstrip() for line in content.split("\n") if line.strip()]
    if not any(not line.startswith("#") for line in lines):
        raise RefusedError(
            "RB014", "The block says nothing to do.", remedy="Write the commands, line by line."
        )
    for at, line in enumerate(content.split("\n")):
        if _SECRET.search(line):
            raise RefusedError(
                "RB028",
                "The line holds a secret, which would stand on the card and in the journal.",
                remedy="Write $NAME, or what it is in capitals, and tell where a person finds it.",
                line=at + 1,
            )
    given: dict[str, Slot] = {
        "purpose": said.purpose,
        "worst": said.worst,
        **{
            place: None if value is None else _slot(value, params)
            for place in ("namespace", "database", "host", "endpoint")
            for value in (getattr(said, place),)
        },
    }
    fields: dict[str, Any] = {
        "name": name,
        "title": _slot(_title(about, name), params),
        "lines": [_slot(line, params) for line in lines],
        "before": list(said.before or ()),
        **{key: value for key, value in given.items() if value is not None},
    }
    return typed_template(Typed(kind=KIND, fields=fields), params)


def check_before(front: FrontMatter, steps: tuple[Step, ...], report: Report) -> None:
    """Report signs that are to hold before a step, and that the runbook does not define."""
    known = own_names(front.signs, front.thresholds)
    for step in steps:
        for name in step.template.fields.get("before", ()) if step.template.kind == KIND else ():
            if name not in known:
                report(
                    "RB063",
                    step.line - 1,
                    f"{step.name}: there is no sign '{name}' that could hold before it.",
                    f"Signs of this runbook: {', '.join(sorted(known)) or 'none'}.",
                )


def _title(about: str, name: str) -> str:
    """Return the first sentence above the block, or else its name in words."""
    plain = " ".join(about.replace("`", "").replace("*", "").split())
    found = _SENTENCE.match(plain)
    text = found[1].rstrip(".:") if found else plain
    return text[:_LONGEST] or name.replace("-", " ")


def _slot(text: str, params: Mapping[str, Param]) -> Slot:
    """Return `text` with each `<name>` in it as a parameter."""
    parts: list[str | ParamRef] = []
    at = 0
    for found in placeholders.IN_TEXT.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        parts.append(ParamRef(param=placeholders.resolve(found[1], params)))
        at = found.end()
    if at < len(text) or not parts:
        parts.append(text[at:])
    return parts[0] if len(parts) == 1 else Joined(parts=tuple(parts))

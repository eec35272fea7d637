"""Commands: one line of a runbook becomes the template of an operation or an intent.

The first word chooses the grammar. The template that comes out is tried with sample
values, so that a literal that no cluster would take is found when the runbook is read.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl, promql, slots
from stanch.runbook.kinds import models
from stanch.runbook.model import Param, ParamRef, ParamType, Template
from stanch.runbook.words import scan

SAMPLES: Final[dict[ParamType, str]] = {
    "dns-label": "a-0",
    "dns-subdomain": "a-0.b",
    "integer": "7",
    "label-value": "A_0.b",
}
"""A value of each type that is typical of it: what its narrower neighbours refuse."""


def command_template(text: str, params: Mapping[str, Param]) -> Template:
    """Return the template of the command line `text`.

    An undeclared placeholder is kept in it under its own name; `stanch.runbook.check`
    reports it.

    Raises:
        RefusedError: the line is not in the grammar.
    """
    words = scan(text, params=params.keys())
    if not words:
        raise RefusedError("RB014", "The command is empty.", remedy="Remove the block.")
    program = slots.shown(words[0])
    if program != "kubectl":
        remedy = "Leave out the prompt, or call the block console." if program == "$" else ""
        raise RefusedError(
            "RB021",
            f"'{program}' is not a program that stanch speaks.",
            remedy=remedy or "Write a kubectl command, or call the block ```text if it is none.",
        )
    kind, fields = kubectl.template_fields(words[1:])
    template = Template(kind=kind, fields=fields, params=_names(fields))
    _try(template, params)
    return template


def query_template(
    text: str, params: Mapping[str, Param], *, window: int | None = None, step: int | None = None
) -> Template:
    """Return the template of the PromQL expression `text`; over `window` seconds if given.

    Raises:
        RefusedError: it is not PromQL, or a parameter stands where none may.
    """
    expression, names = promql.template_text(text, params.keys())
    fields: dict[str, Any] = {"expression": expression}
    kind = "metrics.query"
    if window is not None:
        # About 120 points draw a curve; Prometheus refuses more than 11000.
        kind, fields = (
            "metrics.query_range",
            {
                **fields,
                "window": window,
                "step": step or max(1, window // 120),
            },
        )
    template = Template(kind=kind, fields=fields, params=names)
    _try(template, params)
    return template


def fill(fields: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return `fields` with every parameter replaced by its value, and nothing else changed.

    Raises:
        KeyError: a value is missing.
    """
    return {name: _filled(value, values) for name, value in fields.items()}


def _filled(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, ParamRef):
        return values[value.param]
    if isinstance(value, dict):
        return fill(value, values)
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value


def _names(fields: object) -> tuple[str, ...]:
    if isinstance(fields, ParamRef):
        return (fields.param,)
    inner = (
        fields.values() if isinstance(fields, dict) else fields if isinstance(fields, list) else ()
    )
    return tuple(dict.fromkeys(name for item in inner for name in _names(item)))


def _try(template: Template, params: Mapping[str, Param]) -> None:
    """Make sure that the fields can be what they say, with values of the declared types."""
    samples = {
        name: SAMPLES[params[name].type] if name in params else SAMPLES["dns-label"]
        for name in template.params
    }
    undeclared = set(template.params) - params.keys()
    try:
        models()[template.kind].model_validate(fill(template.fields, samples))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or template.kind
        message = first["msg"].removeprefix("Value error, ")
        slot = _slot(template.fields, first["loc"])
        if isinstance(slot, ParamRef):
            if slot.param in undeclared:
                return
            raise RefusedError(
                "RB028",
                f"{where} cannot be of the type {params[slot.param].type}, as <{slot.param}> is.",
                remedy=f"Declare a narrower type for it ({message}).",
            ) from error
        raise RefusedError(
            "RB028",
            f"{where} cannot be {first['input']!r}: {message}.",
            remedy="Correct the value.",
        ) from error


def _slot(fields: Any, loc: tuple[int | str, ...]) -> object:
    for part in loc:
        try:
            fields = fields[part]
        except (KeyError, IndexError, TypeError):
            return None
    return fields

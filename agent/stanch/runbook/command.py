"""Commands: one line of a runbook becomes the template of an operation or an intent.

The first word chooses the grammar. The template that comes out is tried with sample
values, so that a literal that no target would take is found when the runbook is read.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stanch.runbook.fill import fill, names
from stanch.runbook.findings import RefusedError
from stanch.runbook.forbidden import refuse_hidden
from stanch.runbook.grammar import filters, promql, registry, sql
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.kinds import changes, effect, models, samples
from stanch.runbook.model import FilterTemplate, Param, ParamRef, Template
from stanch.runbook.words import scan_line
from stanch.tools.filters import FILTERS
from stanch.tools.operations import Frozen
from stanch.tools.views import View


def command_template(text: str, params: Mapping[str, Param]) -> Template:
    """Return the template of the command line `text`.

    An undeclared placeholder is kept in it under its own name; `stanch.runbook.check`
    reports it.

    Raises:
        RefusedError: the line is not in the grammar.
    """
    return output_template(text, params)[0]


def output_template(text: str, params: Mapping[str, Param]) -> tuple[Template, str | None]:
    """Return the template of a command line, and the NAME of `NAME=$(command)`.

    Raises:
        RefusedError: the line is not in the grammar.
    """
    line = scan_line(text, params=params.keys())
    if not line.stages:
        raise RefusedError("RB014", "The command is empty.", remedy="Remove the block.")
    first, *after = line.stages
    typed = registry.read(first, Surroundings(read=registry.read, params=params))
    held = tuple(filters.read(words) for words in after)
    if changes(typed.kind) and (held or line.output):
        raise RefusedError(
            "RB032",
            "What a change prints is not filtered or kept.",
            remedy="Write the change by itself, and read the result with a command of its own.",
        )
    return _template(typed, params, held), line.output


def query_template(
    text: str, params: Mapping[str, Param], *, window: int | None = None, step: int | None = None
) -> Template:
    """Return the template of the PromQL expression `text`; over `window` seconds if given.

    Raises:
        RefusedError: it is not PromQL, holds what is not seen, or a parameter stands where
            none may.
    """
    refuse_hidden(text)
    expression, used = promql.template_text(text, params.keys())
    for name in promql.ranges(expression):
        if name in params and params[name].type != "duration":
            raise RefusedError(
                "RB031",
                f"<{name}> stands for a range, and is of the type {params[name].type}.",
                remedy="Declare it as a duration, or write the range out.",
            )
    fields: dict[str, Any] = {"expression": expression}
    kind = "metrics.query"
    if window is not None:
        # About 120 points draw a curve; Prometheus refuses more than 11000.
        kind = "metrics.query_range"
        fields |= {"window": window, "step": step or max(1, window // 120)}
    template = Template(kind=kind, fields=fields, params=used)
    _try(template, params)
    return template


def sql_template(
    text: str, params: Mapping[str, Param], *, database: str | None = None
) -> Template:
    """Return the template of the one SQL statement `text`.

    Raises:
        RefusedError: it is not one statement, or is outside the allow-lists.
    """
    return _template(sql.typed(text, params, database=database), params, ())


def typed_template(typed: Typed, params: Mapping[str, Param]) -> Template:
    """Return the template of what was read in another way than as a command line.

    Raises:
        RefusedError: its fields cannot be what they say.
    """
    return _template(typed, params, ())


def _template(
    typed: Typed, params: Mapping[str, Param], held: tuple[FilterTemplate, ...]
) -> Template:
    if typed.kind not in models():
        raise RefusedError(
            "RB021",
            f"The grammar of the command answers with the kind '{typed.kind}', which is none.",
            remedy="Update or remove the package that brings it.",
        )
    parts = (typed.fields, typed.view or {}, [one.fields for one in held], [typed.context])
    template = Template(
        kind=typed.kind,
        fields=typed.fields,
        params=names(list(parts)),
        view=typed.view,
        filters=held,
        context=typed.context,
    )
    _try(template, params)
    return template


def _try(template: Template, params: Mapping[str, Param]) -> None:
    """Make sure that the fields can be what they say, with values of the declared types."""
    values = next(samples(template, params))
    tried: list[tuple[type[Frozen], dict[str, Any]]] = [
        (models()[template.kind], template.fields),
        *((FILTERS[one.kind], one.fields) for one in template.filters),
    ]
    if template.view is not None:
        tried.append((View, template.view))
    for model, fields in tried:
        try:
            model.model_validate(fill(fields, values))
        except ValidationError as error:
            _refuse(error, fields, params, template)


def _refuse(
    error: ValidationError,
    fields: Mapping[str, Any],
    params: Mapping[str, Param],
    template: Template,
) -> None:
    """Refuse what the model refused, unless only a value that is not known yet is wrong."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or template.kind
    message = first["msg"].removeprefix("Value error, ")
    slot = _slot(fields, first["loc"])
    held = names([slot])
    if unknown := [name for name in held if name not in params]:
        if _can_be_bound(template, params):
            return
        raise RefusedError(
            "RB028",
            f"{where} cannot be what is written, whatever <{unknown[0]}> is: {message}.",
            remedy="Let the parameter be the whole of the field, or a part that can stand there.",
        ) from error
    if isinstance(slot, ParamRef):
        raise RefusedError(
            "RB028",
            f"{where} cannot be of the type {params[slot.param].type}, as <{slot.param}> is.",
            remedy=f"Declare a narrower type for it ({message}).",
        ) from error
    raise RefusedError(
        "RB028",
        f"{where} cannot be {str(first['input'])[:200]!r}: {message}.",
        remedy="Correct the value.",
    ) from error


def _can_be_bound(template: Template, params: Mapping[str, Param]) -> bool:
    """Return whether there are values of some type with which the template is an operation."""
    try:
        effect(template, params)
    except ValidationError:
        return False
    return True


def _slot(fields: Any, loc: tuple[int | str, ...]) -> object:
    for part in loc:
        try:
            fields = fields[part]
        except (KeyError, IndexError, TypeError):
            return None
    return fields

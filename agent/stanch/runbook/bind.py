"""Binding steps: a template and checked values become an operation or an intent.

A value goes into a field of its own, or into a named part of one, and never into text
that is read again; in PromQL it goes into the string of one matcher, and the expression
is parsed again to prove it. Every value is held to its declared type once more, because
it has come a long way since it was checked first.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic import ValidationError

from stanch.runbook.binding import BindingError
from stanch.runbook.fill import fill, names
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import promql
from stanch.runbook.kinds import models
from stanch.runbook.model import Param, Step
from stanch.runbook.places import check_slots, refuse_bare
from stanch.runbook.values import UNDECLARED, fits, wanted
from stanch.tools.filters import FILTERS, Filter
from stanch.tools.operations import Intent, Operation
from stanch.tools.views import View


def bind(
    step: Step, values: Mapping[str, str], *, params: Mapping[str, Param]
) -> Operation | Intent:
    """Return the operation or intent of `step` with `values` in its fields.

    `values` are those of `bind_params`, and `params` what the runbook declares of them;
    an undeclared one is held to the type label-value. More values than the step needs do
    no harm.

    Raises:
        BindingError: a value is missing, is not of its type, or does not fit its field.
    """
    template, where = step.template, _where(step)
    used = _used(template.params, values, params=params, where=where)
    check_slots(template, params, where=where)
    fields = dict(template.fields)
    if template.kind.startswith("metrics."):
        fields["expression"] = bind_expression(fields["expression"], used, params=params)
    try:
        made = models()[template.kind].model_validate(fill(fields, used))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or template.kind
        raise BindingError(
            f"{where}: {field} cannot be {_short(first['input'])}: "
            f"{first['msg']}. Correct the value of the parameter."
        ) from error
    return cast("Operation | Intent", made)


def bind_shown(
    step: Step, values: Mapping[str, str], *, params: Mapping[str, Param]
) -> tuple[View | None, tuple[Filter, ...]]:
    """Return how the answer of `step` is printed, and the filters that it goes through.

    Raises:
        BindingError: a value is missing, is not of its type, or does not fit.
    """
    template, where = step.template, _where(step)
    used = _used(template.params, values, params=params, where=where)
    check_slots(template, params, where=where)
    try:
        view = None if template.view is None else View.model_validate(fill(template.view, used))
        held = tuple(
            FILTERS[one.kind].model_validate(fill(one.fields, used)) for one in template.filters
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BindingError(
            f"{where}: {first['msg']}. Correct the value of the parameter."
        ) from error
    return view, cast("tuple[Filter, ...]", held)


def bind_context(
    step: Step, values: Mapping[str, str], *, params: Mapping[str, Param]
) -> str | None:
    """Return the kubectl context that `step` is for; None when it names none.

    Raises:
        BindingError: a value is missing, or is not of its type.
    """
    template, where = step.template, _where(step)
    used = _used(names([template.context]), values, params=params, where=where)
    check_slots(template, params, where=where)
    context = fill({"context": template.context}, used)["context"]
    return None if context is None else str(context)


def bind_expression(text: str, values: Mapping[str, str], *, params: Mapping[str, Param]) -> str:
    """Return the PromQL expression `text` with `values` in place of its `<name>`.

    Raises:
        BindingError: a value is missing, is not of its type, or would change more than
            its own string.
    """
    held = promql.names(text)
    used = _used(held, values, params=params, where="the expression")
    for name in held:
        refuse_bare(name, params, where="the expression")
    try:
        return promql.filled(text, used)
    except RefusedError as error:
        raise BindingError(f"the expression cannot be bound: {error}") from error


def _used(
    wanted_names: Iterable[str],
    values: Mapping[str, str],
    *,
    params: Mapping[str, Param],
    where: str,
) -> dict[str, str]:
    """Return the values that are needed, each of which is of its type."""
    needed = tuple(wanted_names)
    absent = [name for name in needed if name not in values]
    if absent:
        raise BindingError(f"{where} needs a value for: {', '.join(absent)}.")
    for name in needed:
        param = params.get(name, UNDECLARED)
        if not fits(values[name], param):
            raise BindingError(
                f"{where}: <{name}> cannot be {_short(values[name])}, which is not of the "
                f"type {param.type} ({wanted(param)})."
            )
    return {name: values[name] for name in needed}


def _where(step: Step) -> str:
    return f"step '{step.name}' (line {step.line})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 90 else f"{text[:80]}..."

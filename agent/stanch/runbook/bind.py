"""Binding steps: a template and checked values become an operation or an intent.

A value goes into a field of its own and never into text; in PromQL it goes into the
string of one matcher, and the expression is parsed again to prove it.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

from pydantic import ValidationError

from stanch.runbook.binding import BindingError
from stanch.runbook.command import fill
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import promql
from stanch.runbook.kinds import models
from stanch.runbook.model import Step
from stanch.tools.operations import Intent, Operation

# What all types of parameters have in common; the fields themselves are narrower.
_VALUE: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?")


def bind(step: Step, values: Mapping[str, str]) -> Operation | Intent:
    """Return the operation or intent of `step` with `values` in its fields.

    `values` are those of `bind_params`; more of them than the step needs do no harm.

    Raises:
        BindingError: a value is missing, or does not fit its field.
    """
    template = step.template
    used = _used(template.params, values, f"step '{step.name}' (line {step.line})")
    fields = dict(template.fields)
    if template.kind.startswith("metrics."):
        fields["expression"] = bind_expression(fields["expression"], used)
    try:
        made = models()[template.kind].model_validate(fill(fields, used))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or template.kind
        raise BindingError(
            f"step '{step.name}' (line {step.line}): {where} cannot be {first['input']!r}: "
            f"{first['msg']}. Correct the value of the parameter."
        ) from error
    return cast("Operation | Intent", made)


def bind_expression(text: str, values: Mapping[str, str]) -> str:
    """Return the PromQL expression `text` with `values` in place of its `<name>`.

    Raises:
        BindingError: a value is missing, or would change more than its own string.
    """
    used = _used(promql.names(text), values, "the expression")
    try:
        return promql.filled(text, used)
    except RefusedError as error:
        raise BindingError(f"the expression cannot be bound: {error}") from error


def _used(names: tuple[str, ...], values: Mapping[str, str], where: str) -> dict[str, str]:
    absent = [name for name in names if name not in values]
    if absent:
        raise BindingError(f"{where} needs a value for: {', '.join(absent)}.")
    for name in names:
        if not _VALUE.fullmatch(values[name]):
            raise BindingError(
                f"{where}: <{name}> cannot be {values[name][:80]!r}; a value holds letters, "
                "digits, '-', '_' and '.', and begins and ends with a letter or digit."
            )
    return {name: values[name] for name in names}

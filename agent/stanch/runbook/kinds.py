"""Which model stands behind the kind of a template, and the worst that it can do."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import ValidationError

from stanch.runbook.fill import fill, names
from stanch.runbook.model import Param, ParamType, Template
from stanch.tools.operations import BaseIntent, BaseOperation, Effect, Intent, Read

SAMPLES: Final[Mapping[ParamType, str]] = MappingProxyType(
    {
        "dns-label": "a-0",
        "dns-subdomain": "a-0.b",
        "label-value": "A_0.b",
        "hostname": "a-0.B",
        "path": "/a/b",
        "integer": "7",
        "duration": "90s",
        "quantity": "500m",
        "enum": "a",
        "sql-identifier": "a_0",
        "sql-value": "a 0",
        "commit": "0a1b2c3d",
    }
)
"""A value of each type that is typical of it: what its narrower neighbours refuse."""


_TYPES: Final[tuple[ParamType, ...]] = (
    *("dns-label", "integer", "label-value", "hostname", "duration", "quantity"),
    *("path", "sql-identifier", "sql-value", "commit"),
)
"""The types that are tried for a parameter that nobody declared, the narrowest first."""


@cache
def models() -> Mapping[str, type[BaseOperation] | type[BaseIntent]]:
    """Return the models of all operations and intents that a runbook can ask for, by kind."""
    found = [model for union in (Read, Intent) for model in get_args(get_args(union)[0])]
    return MappingProxyType({model.model_fields["kind"].default: model for model in found})


def changes(kind: str) -> bool:
    """Return whether templates of `kind` ask for a change."""
    return kind.startswith("intent.")


def effect(template: Template, params: Mapping[str, Param]) -> Effect:
    """Return the worst that `template` can do, whatever values its parameters get.

    A parameter that nobody declared gets values that its place takes.

    Raises:
        ValidationError: the template cannot be bound at all, whatever the values are.
    """
    params = guess(template, params)
    model = models()[template.kind]
    typical, *extremes = samples(template, params)
    worst = model.model_validate(fill(template.fields, typical)).effect
    for values in extremes:
        # A field that cannot take the extreme refuses it when the step is bound, too.
        with suppress(ValidationError):
            worst = max(worst, model.model_validate(fill(template.fields, values)).effect)
    return worst


def unbounded(template: Template, params: Mapping[str, Param]) -> bool:
    """Return whether nobody can say what `template` does: a script, a shell, a session."""
    if not changes(template.kind):
        return False
    values = next(samples(template, guess(template, params)))
    made = models()[template.kind].model_validate(fill(template.fields, values))
    return isinstance(made, BaseIntent) and made.unbounded


def guess(template: Template, params: Mapping[str, Param]) -> dict[str, Param]:
    """Return `params`, and for each other parameter of `template` a type that its place takes.

    Where no type fits, the template cannot be bound whatever the value is, and the
    narrowest stays.
    """
    found = dict(params)
    left = {name: list(_TYPES) for name in template.params if name not in params}
    for name, kinds in left.items():
        found[name] = _param(kinds.pop(0))
    while left:
        turn = [name for name in _wrong(template, found) if left.get(name)]
        if not turn:
            break
        for name in turn:
            found[name] = _param(left[name].pop(0))
    return found


def samples(template: Template, params: Mapping[str, Param]) -> Iterator[dict[str, str]]:
    """Yield values for the parameters of `template`: typical ones, then each extreme."""
    typical = {name: sample(params.get(name)) for name in template.params}
    yield typical
    for name in template.params:
        for value in _extremes(params.get(name)):
            yield typical | {name: value}


def sample(param: Param | None) -> str:
    """Return a value that is typical of `param`; of a label, when it is not declared."""
    if param is None:
        return SAMPLES["dns-label"]
    match param.type:
        case "enum":
            return param.values[0] if param.values else SAMPLES["enum"]
        case "integer":
            low, high = _bounds(param)
            return str(min(max(int(SAMPLES["integer"]), low), high))
        case "path":
            return (param.under or "").rstrip("/") + SAMPLES["path"]
        case _:
            return SAMPLES[param.type]


def _extremes(param: Param | None) -> tuple[str, ...]:
    if param is not None and param.type == "enum":
        return param.values[1:]
    if param is not None and param.type == "integer":
        return tuple(str(bound) for bound in _bounds(param))
    return ()


def _bounds(param: Param) -> tuple[int, int]:
    low = param.least if param.least is not None else 0
    return low, param.most if param.most is not None else max(low, 999_999_999)


def _param(kind: ParamType) -> Param:
    return Param(type=kind, under="/var/log" if kind == "path" else None)


def _wrong(template: Template, params: Mapping[str, Param]) -> Iterator[str]:
    """Yield the parameters whose values the model does not take, each once."""
    values = {name: sample(params[name]) for name in template.params}
    try:
        models()[template.kind].model_validate(fill(template.fields, values))
    except ValidationError as error:
        slots = [_slot(template.fields, one["loc"]) for one in error.errors(include_url=False)]
        yield from names(slots) or template.params


def _slot(fields: Any, loc: tuple[int | str, ...]) -> object:
    for part in loc:
        try:
            fields = fields[part]
        except (KeyError, IndexError, TypeError):
            break
    return fields

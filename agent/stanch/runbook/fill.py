"""Filling: values in the places of parameters, and nothing else changed."""

from collections.abc import Mapping
from typing import Any

from stanch.runbook.model import Joined, ParamRef


def fill(fields: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return `fields` with every parameter replaced by its value, and nothing else changed.

    Raises:
        KeyError: a value is missing.
    """
    return {name: _filled(value, values) for name, value in fields.items()}


def names(fields: object) -> tuple[str, ...]:
    """Return the names of the parameters in `fields`, each once, in order."""
    return tuple(dict.fromkeys(_names(fields)))


def _filled(value: object, values: Mapping[str, str]) -> object:
    match value:
        case ParamRef():
            return values[value.param]
        case Joined():
            return "".join(
                values[part.param] if isinstance(part, ParamRef) else part for part in value.parts
            )
        case dict():
            return fill(value, values)
        case list() | tuple():
            return [_filled(item, values) for item in value]
        case _:
            return value


def _names(fields: object) -> list[str]:
    match fields:
        case ParamRef():
            return [fields.param]
        case Joined():
            return [part.param for part in fields.parts if isinstance(part, ParamRef)]
        case dict():
            return [name for item in fields.values() for name in _names(item)]
        case list() | tuple():
            return [name for item in fields for name in _names(item)]
        case _:
            return []

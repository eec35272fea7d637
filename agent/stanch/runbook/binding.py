"""Binding parameters: which value each gets, from the alert, from findings, or by hand.

Labels come from outside and may hold anything, so every value is checked against the
type that the runbook declares before it goes any further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stanch.runbook.model import Param, Runbook
from stanch.runbook.values import NARROW, fits, wanted

__all__ = ["NARROW", "SOURCES", "BindingError", "Bound", "bind_params", "fits"]

SOURCES: Final = frozenset({"labels", "annotations", "finding", "output"})
"""What a parameter can come from, before the dot of its source."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class BindingError(Exception):
    """A step cannot be bound to the values that were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The values of a runbook's parameters, and why others have none yet."""

    values: dict[str, str]
    missing: dict[str, str]
    """The reason by parameter."""


def bind_params(
    runbook: Runbook,
    *,
    labels: Mapping[str, str],
    findings: Mapping[str, str],
    given: Mapping[str, str],
    annotations: Mapping[str, str] = _NOTHING,
    outputs: Mapping[str, str] = _NOTHING,
) -> Bound:
    """Give every parameter of `runbook` its value, or say why it has none.

    `labels` and `annotations` are the alert's, `findings` what was found in the evidence,
    `outputs` the first lines that steps written NAME=$(command) printed, by that NAME.

    A value given by hand wins, then comes the declared source, then the default. A value
    of a source that is not of the declared type leaves the parameter without a value: a
    default must not hide that the alert said something else.

    Raises:
        BindingError: a value was given for an unknown parameter, or is of another type.
    """
    unknown = sorted(given.keys() - runbook.params.keys())
    if unknown:
        known = ", ".join(sorted(runbook.params)) or "none"
        raise BindingError(
            f"{runbook.name} has no parameter '{unknown[0]}'. Its parameters: {known}."
        )
    sources = {
        "labels": labels,
        "annotations": annotations,
        "finding": findings,
        "output": outputs,
    }
    values: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, param in runbook.params.items():
        if name in given:
            if not fits(given[name], param):
                raise BindingError(_misfit(f"the value given for '{name}'", given[name], param))
            values[name] = given[name]
            continue
        found = _from_source(param, sources) or param.default
        if found is None:
            missing[name] = _absent(param)
        elif not fits(found, param):
            missing[name] = _misfit(f"'{name}' from {param.source or 'its default'}", found, param)
        else:
            values[name] = found
    return Bound(values=values, missing=missing)


def _from_source(param: Param, sources: Mapping[str, Mapping[str, str]]) -> str | None:
    kind, _, name = (param.source or "").partition(".")
    return sources.get(kind, _NOTHING).get(name)


def _absent(param: Param) -> str:
    kind, _, name = (param.source or "").partition(".")
    match kind:
        case "labels":
            return f"the alert has no label '{name}'"
        case "annotations":
            return f"the alert has no annotation '{name}'"
        case "finding":
            return f"nothing was found yet that says '{name}'"
        case "output":
            return f"no step has printed '{name}' yet"
        case _:
            return "it must be given by hand"


def _misfit(what: str, value: str, param: Param) -> str:
    shown = repr(value if len(value) <= 80 else f"{value[:80]}...")
    return f"{what} is {shown}, which is not of the type {param.type} ({wanted(param)})"

"""Binding parameters: which value each gets, from the alert, from findings, or by hand.

Labels come from outside and may hold anything, so every value is checked against the
type that the runbook declares before it goes any further.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stanch.runbook.model import Param, ParamType, Runbook

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
PATTERNS: Final[dict[ParamType, re.Pattern[str]]] = {
    "dns-label": re.compile(_LABEL),
    "dns-subdomain": re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"),
    "integer": re.compile(r"0|[1-9][0-9]{0,8}"),
    "label-value": re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"),
}
_ABOUT: Final[dict[ParamType, str]] = {
    "dns-label": "lower-case letters, digits and '-', at most 63, none of them '-' at an end",
    "dns-subdomain": "lower-case letters, digits, '-' and '.', at most 253",
    "integer": "a whole number in decimal digits",
    "label-value": "letters, digits, '-', '_' and '.', at most 63",
}


class BindingError(Exception):
    """A step cannot be bound to the values that were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The values of a runbook's parameters, and why others have none yet."""

    values: dict[str, str]
    missing: dict[str, str]
    """The reason by parameter."""


def fits(value: str, type_: ParamType) -> bool:
    """Return whether `value` is of the type."""
    return PATTERNS[type_].fullmatch(value) is not None


def bind_params(
    runbook: Runbook,
    *,
    labels: Mapping[str, str],
    findings: Mapping[str, str],
    given: Mapping[str, str],
) -> Bound:
    """Give every parameter of `runbook` its value, or say why it has none.

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
    values: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, param in runbook.params.items():
        if name in given:
            if not fits(given[name], param.type):
                raise BindingError(_misfit(f"the value given for '{name}'", given[name], param))
            values[name] = given[name]
            continue
        found = _from_source(param, labels, findings) or param.default
        if found is None:
            missing[name] = _absent(param)
        elif not fits(found, param.type):
            missing[name] = _misfit(f"'{name}' from {param.source or 'its default'}", found, param)
        else:
            values[name] = found
    return Bound(values=values, missing=missing)


def _from_source(
    param: Param, labels: Mapping[str, str], findings: Mapping[str, str]
) -> str | None:
    kind, _, name = (param.source or "").partition(".")
    return (labels if kind == "labels" else findings).get(name)


def _absent(param: Param) -> str:
    kind, _, name = (param.source or "").partition(".")
    match kind:
        case "labels":
            return f"the alert has no label '{name}'"
        case "finding":
            return f"nothing was found yet that says '{name}'"
        case _:
            return "it must be given by hand"


def _misfit(what: str, value: str, param: Param) -> str:
    shown = repr(value if len(value) <= 80 else f"{value[:80]}...")
    return f"{what} is {shown}, which is not of the type {param.type} ({_ABOUT[param.type]})"

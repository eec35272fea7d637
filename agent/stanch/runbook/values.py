"""Values of parameters: what one of each declared type may look like.

Values come from alerts, from the output of commands and from people, and may hold
anything. The types are narrow on purpose: what fits one of them holds nothing that a
command line, a query or a path could take for more than a value.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stanch.runbook.model import Param, ParamType

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_HOST_LABEL: Final = r"[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"

NARROW: Final = frozenset(
    {
        *("dns-label", "dns-subdomain", "label-value", "hostname", "integer", "enum"),
        *("duration", "quantity", "sql-identifier", "commit"),
    }
)
"""The types whose values may stand inside a longer text, because they hold no separators."""

CHOICE: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?")
"""What a value of an enum may be: a word, so that it is narrow, too."""

PATTERNS: Final[Mapping[ParamType, re.Pattern[str]]] = MappingProxyType(
    {
        "dns-label": re.compile(_LABEL),
        "dns-subdomain": re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"),
        "label-value": re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"),
        # Resolvers read 2130706433, 0x7f.1 and 127.1 as addresses, so a name's last part
        # is not a number, and an address is written in the one usual way.
        "hostname": re.compile(
            rf"(?=.{{1,253}}\Z)(?:{_OCTET}(?:\.{_OCTET}){{3}}|"
            rf"(?:{_HOST_LABEL}\.)*(?![0-9]+\Z|0[xX][0-9A-Fa-f]*\Z){_HOST_LABEL})"
        ),
        "path": re.compile(r"(?=.{2,1024}\Z)(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._@:+,=%-]+)+"),
        "integer": re.compile(r"0|-?[1-9][0-9]{0,8}"),
        "duration": re.compile(r"(?=[0-9])(?:[0-9]{1,5}h)?(?:[0-9]{1,5}m)?(?:[0-9]{1,6}s)?"),
        "quantity": re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?(?:[mkMGTPE]|[KMGTPE]i)?"),
        "enum": CHOICE,
        "sql-identifier": re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}"),
        "sql-value": re.compile(r".{1,200}"),
        "commit": re.compile(r"[0-9a-f]{7,64}"),
    }
)
_ABOUT: Final[Mapping[ParamType, str]] = MappingProxyType(
    {
        "dns-label": "lower-case letters, digits and '-', at most 63, none of them '-' at an end",
        "dns-subdomain": "lower-case letters, digits, '-' and '.', at most 253",
        "label-value": "letters, digits, '-', '_' and '.', at most 63",
        "hostname": "a host's name, or an IPv4 address, with at most 253 characters",
        "path": "an absolute path without '..', blanks or wildcards",
        "integer": "a whole number in decimal digits",
        "duration": "a length of time such as 90s, 10m or 1h30m",
        "quantity": "an amount such as 500m, 2 or 1Gi",
        "enum": "one of its values",
        "sql-identifier": "letters, digits and '_', at most 63, the first of them no digit",
        "sql-value": "printable text of at most 200 characters",
        "commit": "the id of a commit, or its first digits, at least 7 of 0-9 and a-f",
    }
)

UNDECLARED: Final = Param(type="label-value")
"""What a value is held to when nothing says of which type it is."""


def fits(value: str, param: Param) -> bool:
    """Return whether `value` is of the type of `param` and within its bounds."""
    if PATTERNS[param.type].fullmatch(value) is None:
        return False
    within = _WITHIN.get(param.type)
    return within is None or within(value, param)


def wanted(param: Param) -> str:
    """Return what a value of `param` looks like, for a person."""
    text = _ABOUT[param.type]
    match param.type:
        case "enum":
            return f"one of {', '.join(param.values)}" if param.values else text
        case "integer":
            low, high = bounds(param)
            return f"{text} from {low} to {high}"
        case "path" if param.under is not None:
            return f"{text}, under {param.under}"
        case _:
            return text


def bounds(param: Param) -> tuple[int, int]:
    """Return the smallest and the largest integer that `param` may be."""
    low = 0 if param.least is None else param.least
    return low, max(low, 999_999_999) if param.most is None else param.most


def is_folder(text: str) -> bool:
    """Return whether `text` can be the folder that paths must lie under."""
    return PATTERNS["path"].fullmatch(text) is not None


def _chosen(value: str, param: Param) -> bool:
    return value in param.values


def _counted(value: str, param: Param) -> bool:
    low, high = bounds(param)
    return low <= int(value) <= high


def _inside(value: str, param: Param) -> bool:
    return param.under is not None and value.startswith(param.under.rstrip("/") + "/")


def _printable(value: str, _: Param) -> bool:
    return value.isprintable()


_WITHIN: Final[Mapping[ParamType, Callable[[str, Param], bool]]] = MappingProxyType(
    {"enum": _chosen, "integer": _counted, "path": _inside, "sql-value": _printable}
)

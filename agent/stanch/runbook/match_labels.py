"""Matchers of alert labels, written and read as Alertmanager does.

`name="value"`, `!=`, `=~` and `!~`; a pattern matches the whole value, and a label that
an alert does not carry has the empty value. Patterns are RE2, which takes no longer than
the text is long.
"""

import re
from collections.abc import Mapping
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import AlertMatch, LabelMatcher
from stanch.runbook.patterns import Pattern, compiled

_MATCHER: Final = re.compile(
    r"[ ]*([A-Za-z_:][A-Za-z0-9_:]*)[ ]*(=~|!~|!=|=)[ ]*"
    r'(?:"((?:[^"\\]|\\["\\n])*)"|([^"\s=~!][^"\s]*))[ ]*'
)
_ESCAPED: Final = re.compile(r'\\(["\\n])')
_MOST_CHARACTERS: Final = 500


def read_matcher(text: str) -> LabelMatcher:
    """Return the matcher that `text` is: `alertname=~"Kube.+"`.

    Raises:
        RefusedError: it is not written so, or its pattern is not one of RE2.
    """
    found = _MATCHER.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    if found is None:
        raise RefusedError(
            "RB068",
            f"'{text[:80]}' is not a matcher.",
            remedy='Write a label, one of = != =~ !~, and a text: alertname=~"Kube.+".',
        )
    name, op, quoted, bare = found.groups()
    value = bare if quoted is None else _ESCAPED.sub(_unescaped, quoted)
    matcher = LabelMatcher.model_validate({"name": name, "op": op, "value": value})
    if op.endswith("~"):
        _pattern(value)
    return matcher


def holds(matcher: LabelMatcher, labels: Mapping[str, str]) -> bool:
    """Return whether `matcher` holds for an alert with `labels`."""
    value = labels.get(matcher.name, "")
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return _pattern(matcher.value).fullmatch(value) is not None
        case "!~":
            return _pattern(matcher.value).fullmatch(value) is None


def fits(alert: AlertMatch, labels: Mapping[str, str]) -> bool:
    """Return whether an alert with `labels` is one that `alert` describes."""
    return alert.labels.items() <= labels.items() and all(
        holds(matcher, labels) for matcher in alert.matchers
    )


def fits_everything(alert: AlertMatch) -> bool:
    """Return whether even an alert without any label is one that `alert` describes."""
    return fits(alert, {})


def why(alert: AlertMatch, labels: Mapping[str, str]) -> str:
    """Return the labels that agreed, and the matchers that held, for a person."""
    equal = [f"{name}={value}" for name, value in sorted(alert.labels.items())]
    held = [
        f"{one} ({labels[one.name]})" if one.op.endswith("~") and one.name in labels else str(one)
        for one in alert.matchers
    ]
    return ", ".join([*equal, *held])


def exactness(alert: AlertMatch) -> tuple[int, int]:
    """Return how many labels `alert` names, and how many of them with their one value."""
    equal = len(alert.labels) + sum(one.op == "=" for one in alert.matchers)
    return len(alert.labels) + len(alert.matchers), equal


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _pattern(text: str) -> Pattern:
    return compiled(text, code="RB068")

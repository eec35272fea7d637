"""Conditions of a policy, in CEL: what they may read, and what they say."""

from collections.abc import Mapping
from typing import Any, Final

from stanch.runbook import cel
from stanch.runbook.findings import RefusedError

NAMES: Final = frozenset({"change", "incident"})
"""What a condition reads: the change and its reach, and the incident's facts."""


class ConditionError(Exception):
    """A condition has no value for this change."""


def checked(text: str) -> str:
    """Return `text` when it is a condition that can be computed.

    Raises:
        ValueError: it is not; says why.
    """
    try:
        cel.check(text, steps=(), names=NAMES)
    except RefusedError as error:
        raise ValueError(f"{error.message} {error.remedy}") from None
    return text


def holds(text: str, facts: Mapping[str, Any]) -> bool:
    """Say whether the condition is true of `facts`: {"change": ..., "incident": ...}.

    Raises:
        ConditionError: it is neither true nor false of them.
    """
    try:
        value = cel.compute(text, facts, names=NAMES)
    except (cel.ExpressionError, RefusedError) as error:
        raise ConditionError(str(error)) from None
    if not isinstance(value, bool):
        raise ConditionError("it is neither true nor false")
    return value

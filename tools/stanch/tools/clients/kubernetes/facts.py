"""The comparison of what was approved with what is there now; pure."""

from collections.abc import Mapping
from typing import Any

from stanch.tools.errors import PreconditionFailedError


def require_same(
    named: str, then: Mapping[str, Any], now: Mapping[str, Any], meaning: Mapping[str, str]
) -> None:
    """Return if the facts that were approved are those of now.

    `meaning` says for people what it means that one of them is another.

    Raises:
        PreconditionFailedError: they differ; says in what.
    """
    names = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    if "missing" in names:
        names = ["missing"]
    if names:
        said = "; ".join(f"{name} ({meaning.get(name, 'not the same')})" for name in names)
        raise PreconditionFailedError(f"{named} is not as it was seen. What differs: {said}.")

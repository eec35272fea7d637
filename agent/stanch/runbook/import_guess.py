"""Placeholders that nobody declared: under which names, and as what, they are declared."""

import re
from typing import Final

from stanch.runbook import placeholders
from stanch.runbook.kinds import guess
from stanch.runbook.model import Param

__all__ = ["guess", "in_query", "plain"]

_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """Return the name under which a placeholder is declared: `POD_NAME` as `pod-name`."""
    return _NOT_NAME.sub("-", name.lower()).strip("-")


def in_query(text: str) -> dict[str, Param]:
    """Return declarations for all placeholders of the query `text`: values of labels."""
    names = (plain(name) for name in sorted(placeholders.all_in(text, ())))
    return {name: Param(type="label-value") for name in names}

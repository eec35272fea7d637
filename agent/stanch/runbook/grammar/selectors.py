"""Selectors: label and field selectors of kubectl as data with slots.

The notation is that of the API: `app=web,tier!=cache,env in (a, b),!canary,key`.
"""

import re
from typing import Any

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.words import Word

_SET = re.compile(r"^(\S+) +(in|notin) *\(")


def labels(word: Word) -> list[dict[str, Any]]:
    """Return a label selector as the fields of LabelRequirements.

    Raises:
        RefusedError: it is not a selector, or a parameter stands where a key belongs.
    """
    return [_label(slots.strip(piece)) for piece in slots.split(word, ",", outside="()")]


def fields(word: Word) -> list[dict[str, Any]]:
    """Return a field selector as the fields of FieldRequirements.

    Raises:
        RefusedError: it is not a selector, or a parameter stands where a path belongs.
    """
    found = []
    for piece in slots.split(word, ","):
        pair = _pair(slots.strip(piece))
        if pair is None:
            raise _unreadable(piece)
        key, operator, value = pair
        found.append({"path": key, "operator": operator, "value": slots.text(value)})
    return found


def _label(piece: Word) -> dict[str, Any]:
    first = piece[0] if isinstance(piece[0], str) else ""
    if (found := _SET.match(first)) and isinstance(piece[-1], str) and piece[-1].endswith(")"):
        key, operator = found[1], found[2]
        inside = slots.split(slots.split(piece, "(", most=1)[1], ")", most=1)
        if inside[1] != ("",):
            raise _unreadable(piece)
        values = [slots.strip(value) for value in slots.split(inside[0], ",")]
        return {
            "key": key,
            "operator": operator,
            "values": [slots.text(value) for value in values],
        }
    if (pair := _pair(piece)) is not None:
        key, operator, value = pair
        return {
            "key": key,
            "operator": operator,
            "values": [slots.text(value)],
        }
    key = slots.literal(piece, "The key of a label")
    if not key.strip("!") or " " in key:
        raise _unreadable(piece)
    absent = key.startswith("!")
    return {"key": key.removeprefix("!"), "operator": "!exists" if absent else "exists"}


def _pair(piece: Word) -> tuple[str, str, Word] | None:
    """Return key, operator and value of `key=value`, `key==value` or `key!=value`."""
    for sign, operator in (("!=", "!="), ("==", "="), ("=", "=")):
        first = piece[0] if isinstance(piece[0], str) else ""
        key, found, _ = first.partition(sign)
        if found:
            rest = first[len(key) + len(sign) :]
            value: Word = (rest, *piece[1:]) if rest or len(piece) == 1 else piece[1:]
            return key.strip(), operator, slots.strip(value)
    return None


def _unreadable(piece: Word) -> RefusedError:
    return RefusedError(
        "RB026",
        f"'{slots.shown(piece)}' is not a requirement of a selector.",
        remedy="Write key=value, key!=value, 'key in (a,b)', key or !key, joined by commas.",
    )

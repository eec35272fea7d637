"""Reading JSON that came from outside: what is missing or null is absent, never an error.

The objects come from evidence, as an API wrote them; any field may be missing.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


def at(thing: object, *path: str | int) -> Any:
    """Return what stands at `path` inside `thing`; None where the path ends early."""
    for key in path:
        if isinstance(thing, Mapping) and isinstance(key, str):
            thing = thing.get(key)
        elif isinstance(thing, list | tuple) and isinstance(key, int) and key < len(thing):
            thing = thing[key]
        else:
            return None
    return thing


def mapping(thing: object, *path: str | int) -> Json:
    """Return the object at `path`; an empty one when there is none."""
    found = at(thing, *path)
    return found if isinstance(found, Mapping) else {}


def mappings(thing: object, *path: str | int) -> tuple[Json, ...]:
    """Return the objects in the list at `path`, without anything else that it holds."""
    found = at(thing, *path)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return tuple(item for item in found if isinstance(item, Mapping))


def text(thing: object, *path: str | int) -> str:
    """Return the string at `path`; the empty one when there is none."""
    found = at(thing, *path)
    return found if isinstance(found, str) else ""


def whole(thing: object, *path: str | int) -> int | None:
    """Return the whole number at `path`, also when it is written as text."""
    found = at(thing, *path)
    if isinstance(found, bool):
        return None
    if isinstance(found, str) and found.isascii() and found.isdecimal():
        return int(found)
    return found if isinstance(found, int) else None


def real(thing: object, *path: str | int) -> float | None:
    """Return the finite number at `path`, also when it is written as text."""
    found = at(thing, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    try:
        number = float(found)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def moment(thing: object, *path: str | int) -> datetime | None:
    """Return the RFC 3339 time at `path`, in UTC."""
    found = at(thing, *path)
    if not isinstance(found, str):
        return None
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        return None
    return None if read.tzinfo is None else read.astimezone(UTC)

"""Patches as data: what a patch of an object would take away."""

import json
from typing import Any, Final

_DEEPEST: Final = 40
_REMOVALS: Final = frozenset({"remove", "move"})
_FINAL: Final = frozenset(
    {"finalizers", "ownerreferences", "cleanuppolicy", "command", "ephemeralcontainers"}
)
"""Fields (in small letters) that let an object go, or say which program runs."""
_LETS_GO: Final = frozenset({"delete", "noexecute"})
"""Values (in small letters) of fields such as a reclaim policy, or the effect of a taint."""
_DIRECTIVES: Final = ("$patch", "$retainKeys", "$deleteFromPrimitiveList", "$setElementOrder")


def parsed(text: str, kind: str) -> Any:
    """Return the patch that `text` is, in JSON.

    Raises:
        ValueError: it is no patch of the kind, or a key is repeated in it.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("the patch is nested too deeply") from error
    _check_depth(value, _DEEPEST)
    if kind != "json":
        if not isinstance(value, dict) or not value:
            raise ValueError("a patch is an object with the fields to change")
        return value
    if not isinstance(value, list) or not value:
        raise ValueError("a JSON patch is a list of operations")
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("path"), str):
            raise ValueError("a step of a JSON patch has op and path")  # noqa: TRY004 - bad data
        if one.get("op") not in {"add", "remove", "replace", "move", "copy", "test"}:
            raise ValueError("the op of a JSON patch is not one that there is")
    return value


def is_final(patch: Any, kind: str) -> bool:
    """Say whether the patch takes away what nothing gives back, finalizers above all."""
    if kind == "json":
        return any(_is_final_step(one) for one in patch if one["op"] != "test")
    return _takes_away(patch)


def _is_final_step(step: dict[str, Any]) -> bool:
    path: str = step["path"]
    # A whole section put in the place of another loses what only the other had.
    whole = path.strip("/").count("/") == 0
    return (
        step["op"] in _REMOVALS
        or whole
        or not _FINAL.isdisjoint(path.lower().split("/"))
        or _takes_away(step.get("value"))
    )


def _takes_away(value: Any) -> bool:
    match value:
        case dict():
            return any(
                item is None or key.lower() in _FINAL or key.startswith(_DIRECTIVES)
                for key, item in value.items()
            ) or any(map(_takes_away, value.values()))
        case list():
            # An empty list takes the place of one that was not.
            return not value or any(map(_takes_away, value))
        case str():
            low = value.lower()
            return "destroy" in low or low in _LETS_GO
        case _:
            return False


def _check_depth(value: Any, left: int) -> None:
    if left == 0:
        raise ValueError("the patch is nested too deeply")
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for one in inner:
            _check_depth(one, left - 1)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")

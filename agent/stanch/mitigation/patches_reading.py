"""What a patch would change of an object as it was seen, field by field; pure.

A patch of kubectl is a recipe: merged into the object, with lists taken whole or by the
key of their items. Read against the live object it becomes exact fields with the value
before and after. What cannot be said in this way is left to people.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stanch.mitigation.patches_quantities import stored
from stanch.mitigation.strategy import CannotPlanError
from stanch.tools.operations.object_patch import (
    MISSING,
    FieldChange,
    pointer,
    same,
    steps,
    value_at,
)

KEYS: Final[Mapping[str, str]] = {
    "ports": "port",
    "containers": "name",
    "initContainers": "name",
    "env": "name",
}
"""The field by which the items of a list are told apart, by the name of the list."""


def changes_of(patch: Any, kind: str, thing: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return the fields of `thing` that a patch of this kind of kubectl's would change.

    Items of lists are named by their place, each with a condition that it is still there.

    Raises:
        CannotPlanError: nothing would change, or the patch does more than set fields.
    """
    wanted = _of_steps(patch, thing) if kind == "json" else _merged((), patch, thing, kind=kind)
    found: dict[str, FieldChange] = {}
    for path, value in wanted:
        try:
            change = field_change(thing, path, value)
        except ValueError as error:
            raise CannotPlanError(str(error)) from error
        if change.path in found and not same(found[change.path].after, change.after):
            raise CannotPlanError(f"the patch names {change.path} more than once")
        found[change.path] = change
    moved = {path: one for path, one in found.items() if not one.stays}
    if not moved:
        raise CannotPlanError("the object has these values already")
    return (*conditions(thing, moved), *moved.values())


def field_change(thing: Mapping[str, Any], path: str, value: Any) -> FieldChange:
    """Return the change of one field to `value`, MISSING to take it away.

    Raises:
        ValueError: a quantity belongs there, and `value` is none.
    """
    after = None if value is MISSING else stored(path, value)
    before = value_at(thing, path)
    return FieldChange(path=path, before=None if before is MISSING else before, after=after)


def conditions(thing: Mapping[str, Any], moved: Mapping[str, FieldChange]) -> list[FieldChange]:
    """Return that each item of a list that a field lies in is still the item it was."""
    found: dict[str, FieldChange] = {}
    for path in moved:
        names = steps(path)
        for depth in range(1, len(names) - 1):
            key = KEYS.get(names[depth - 1])
            if key is None or not names[depth].isdecimal():
                continue
            where = pointer(*names[: depth + 1], key)
            value = value_at(thing, where)
            if value is not MISSING and where not in moved:
                found[where] = FieldChange(path=where, before=value, after=value)
    return list(found.values())


def _merged(
    names: tuple[str | int, ...], patch: Any, live: Any, *, kind: str
) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every leaf of a merge patch."""
    match patch:
        case None:
            yield pointer(*names), MISSING
        case dict() if any(str(key).startswith("$") for key in patch):
            raise CannotPlanError("the patch has directives, which do more than set fields")
        case dict() if names and not isinstance(live, Mapping):
            # The topmost part that is missing comes as a whole.
            yield pointer(*names), _without_nulls(patch)
        case dict():
            for key, inner in patch.items():
                below = live.get(key, MISSING) if isinstance(live, Mapping) else MISSING
                yield from _merged((*names, key), inner, below, kind=kind)
        case list() if kind == "strategic" and names and names[-1] in KEYS:
            yield from _merged_items(names, patch, live)
        case list() if names and names[-1] in KEYS:
            raise CannotPlanError(
                f"a merge patch puts all of {pointer(*names)} in the place of what is there; "
                "name the one field in a JSON patch, or use --type=strategic"
            )
        case _:
            yield pointer(*names), patch


def _merged_items(
    names: tuple[str | int, ...], items: list[Any], live: Any
) -> Iterator[tuple[str, Any]]:
    key = KEYS[str(names[-1])]
    there = live if isinstance(live, list) else []
    for item in items:
        value = item.get(key) if isinstance(item, dict) else None
        places = [at for at, one in enumerate(there) if value is not None and one.get(key) == value]
        if len(places) != 1:
            raise CannotPlanError(
                f"{pointer(*names)} has not just one item with the {key} {value!r}"
            )
        place = places[0]
        yield from _merged((*names, place), item, there[place], kind="strategic")


def _without_nulls(patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    return {key: _without_nulls(one) for key, one in patch.items() if one is not None}


def _of_steps(patch: list[dict[str, Any]], thing: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every step of a JSON patch that sets or takes away one field."""
    for step in patch:
        op, path = step["op"], step["path"]
        before = value_at(thing, path)
        parent = value_at(thing, pointer(*steps(path)[:-1]))
        if op == "test":
            if before is MISSING or not same(before, step.get("value")):
                raise CannotPlanError(f"the patch is for another value of {path} than is there")
            continue
        if op in {"move", "copy"} or (isinstance(parent, list) and op != "replace"):
            raise CannotPlanError(f"'{op}' at {path} does more than set one field")
        if op in {"replace", "remove"} and before is MISSING:
            raise CannotPlanError(f"the object has no {path}")
        if op == "add" and parent is MISSING:
            raise CannotPlanError(f"the object has no place for {path}")
        if op != "remove" and "value" not in step:
            raise CannotPlanError(f"'{op}' at {path} has no value")
        value = MISSING if op == "remove" else step["value"]
        yield path, MISSING if value is None else value

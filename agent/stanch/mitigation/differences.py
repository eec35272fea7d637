"""The readable difference between an object as it is and as a dry run says it would be."""

from collections.abc import Iterator
from typing import Any

from stanch.incident import Difference

_SERVER_OWNED = frozenset(
    {
        "metadata.generation",
        "metadata.resourceVersion",
        "metadata.managedFields",
        "metadata.creationTimestamp",
        "metadata.uid",
        "status",
    }
)
_NAMED_LISTS = ("name", "containerPort", "mountPath", "key")


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[Difference, ...]:
    """Return the fields that differ, in order, without those that the server alone sets.

    Items of a list are named by what identifies them, such as containers[web].image.
    """
    return tuple(_walk("", before, after))


def _walk(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after or path in _SERVER_OWNED:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _walk(f"{path}.{key}" if path else key, before.get(key), after.get(key))
        return
    if isinstance(before, list) and isinstance(after, list):
        old, new = _by_name(before), _by_name(after)
        if old is not None and new is not None:
            for name in sorted(old.keys() | new.keys()):
                yield from _walk(f"{path}[{name}]", old.get(name), new.get(name))
            return
    yield Difference(path=path, before=before, after=after)


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    for key in _NAMED_LISTS:
        if items and all(isinstance(item, dict) and key in item for item in items):
            named = {str(item[key]): item for item in items}
            if len(named) == len(items):
                return named
    return {} if not items else None

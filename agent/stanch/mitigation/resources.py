"""What `kubectl set resources` does to what containers ask for and are held to, in sentences.

A request that is lowered is said aloud (MIT-08): the pods may be placed where less is free,
and give way sooner. Where only a limit stands, a server takes it for the request too.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from stanch.mitigation.patches_quantities import amount
from stanch.tools.operations import FieldChange
from stanch.tools.operations.object_patch import MISSING, pointer, value_at

_CONTAINERS: Final = ("spec", "template", "spec", "containers")
_MEASURED: Final = ("cpu", "memory")


def told(deployment: Mapping[str, Any], changes: Sequence[FieldChange]) -> Iterator[str]:
    """Yield one sentence for each request or limit that `changes` move, the lowered ones first."""
    sentences = [
        (lower, text)
        for at, container in enumerate(deployment["spec"]["template"]["spec"]["containers"])
        for lower, text in _of_container(deployment, changes, at, str(container["name"]))
    ]
    for _, text in sorted(sentences, key=lambda one: not one[0]):
        yield text


def _of_container(
    deployment: Mapping[str, Any], changes: Sequence[FieldChange], at: int, name: str
) -> Iterator[tuple[bool, str]]:
    where = pointer(*_CONTAINERS, at, "resources")
    before = value_at(deployment, where)
    old = dict(before) if isinstance(before, Mapping) else {}
    new = _after(old, where, changes)
    for resource in _MEASURED:
        for part, word in (("requests", "asks for"), ("limits", "is held to")):
            then, now = _held(old, part, resource), _held(new, part, resource)
            if then == now:
                continue
            lower = _is_less(now, then, part)
            risk = "RISK: " if lower else ""
            less = "less" if lower else "more"
            shown = f"{_shown(then, part)} to {_shown(now, part)}"
            yield lower, f"{risk}container {name} {word} {less} {resource}: {shown}"


def _after(old: Mapping[str, Any], where: str, changes: Sequence[FieldChange]) -> dict[str, Any]:
    new = {part: dict(old.get(part) or {}) for part in ("requests", "limits")}
    for one in changes:
        if one.stays or not (one.path == where or one.path.startswith(f"{where}/")):
            continue
        names = one.path[len(where) :].split("/")[1:]
        match names:
            case []:
                whole = one.after or {}
                new = {part: dict(whole.get(part) or {}) for part in ("requests", "limits")}
            case [part]:
                new[part] = dict(one.after or {})
            case [part, resource]:
                new[part] = {**new[part], resource: one.after}
            case _:
                continue
    return new


def _held(resources: Mapping[str, Any], part: str, resource: str) -> str | None:
    """Return an amount as a pod will have it: a limit stands for a request that is not set."""
    named = (resources.get(part) or {}).get(resource)
    if named is None and part == "requests":
        named = (resources.get("limits") or {}).get(resource)
    return None if named is None or named is MISSING else str(named)


def _is_less(now: str | None, then: str | None, part: str) -> bool:
    if part == "limits":
        # Without a limit there is no bound.
        return now is not None and (then is None or _number(now) < _number(then))
    return then is not None and (now is None or _number(now) < _number(then))


def _number(text: str) -> Decimal:
    return amount(text)


def _shown(value: str | None, part: str) -> str:
    if value is not None:
        return value
    return "nothing" if part == "requests" else "no limit"

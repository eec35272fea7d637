"""Looking until a condition holds, no longer than was asked for and the operation may take."""

import re
from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.clients.kubernetes.objects import name_of
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.kubernetes_waits import WaitFor
from stanch.tools.operations.selectors import as_text

_PAUSE = 1.0
_MARGIN = 1.0
"""Seconds that a last look may take."""
_ROOM = 64 * 1024 * 1024
_STEP = re.compile(r"\.([A-Za-z][A-Za-z0-9_-]*)|\[([0-9]+)\]")
_ABSENT = object()


def wait(operation: WaitFor, catalog: Catalog, visit: Visit) -> Found:
    """Look again and again; return what is still waited for, if anything is."""
    begin = visit.deadline.spent
    most = min(float(operation.seconds), visit.deadline.left - _MARGIN)
    kinds = {one.resource: catalog.find(one.resource, visit) for one in operation.objects}
    if operation.resource is not None:
        kinds[operation.resource] = catalog.find(operation.resource, visit)
    while True:
        waiting = _look(operation, kinds, visit)
        spent = visit.deadline.spent - begin
        if not waiting or spent + _PAUSE > most or visit.stop.wait(_PAUSE):
            break
    met = not waiting
    text = f"{operation.condition} {'is so' if met else 'is not so yet'} after {spent:.0f} s"
    return Found({"met": met, "waiting": waiting, "seconds": round(spent, 1)}, text)


def _look(operation: WaitFor, kinds: dict[str, Kind], visit: Visit) -> list[str]:
    """Return of which objects the condition is not so, and what is."""
    found = _objects(operation, kinds, visit)
    if not found:
        gone = operation.condition == "delete"
        return [] if gone else [f"{operation.resource}: none is there"]
    waiting: list[str] = []
    for label, thing in found:
        said = _unmet(operation.condition, thing)
        if said is not None:
            waiting.append(f"{label}: {said}")
    return waiting


def _objects(
    operation: WaitFor, kinds: dict[str, Kind], visit: Visit
) -> list[tuple[str, dict[str, Any] | None]]:
    namespace = operation.namespace
    if operation.resource is None:
        return [
            (
                one.as_text(),
                visit.find(kinds[one.resource], _within(kinds[one.resource], namespace), one.name),
            )
            for one in operation.objects
        ]
    kind = kinds[operation.resource]
    labels = as_text(operation.labels)
    found = visit.items(kind, _within(kind, namespace), labels=labels, cap=Cap(_ROOM))
    return [(f"{operation.resource}/{name_of(thing)}", thing) for thing in found]


def _within(kind: Kind, namespace: str | None) -> str | None:
    return namespace if kind.namespaced else None


def _unmet(condition: str, thing: dict[str, Any] | None) -> str | None:
    """Return why the condition does not hold; None when it does."""
    if condition == "delete":
        return None if thing is None else "it is still there"
    if thing is None:
        return "it is not there"
    kind, _, rest = condition.partition("=")
    match kind:
        case "condition":
            name, _, wanted = rest.partition("=")
            is_so = _condition(thing, name)
            wanted = wanted or "True"
            return None if is_so.lower() == wanted.lower() else f"{name} is {is_so}"
        case "jsonpath":
            path, _, value = rest.partition("}=")
            held = _at(thing, path.strip("{}"))
            if value:
                return None if _shown(held) == value else f"it is {_shown(held)}"
            return None if held is not _ABSENT and held is not None else "it is not set"
        case _:
            return None


def _condition(thing: dict[str, Any], name: str) -> str:
    for one in (thing.get("status") or {}).get("conditions") or ():
        if str(one.get("type", "")).lower() == name.lower():
            return str(one.get("status", "Unknown"))
    return "not known yet"


def _at(thing: Any, path: str) -> Any:
    for step in _STEP.finditer(path):
        key: str | int = step[1] if step[1] is not None else int(step[2])
        try:
            thing = thing[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return thing


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)

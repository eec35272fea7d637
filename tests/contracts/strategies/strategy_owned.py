"""What the systems own of their objects: the one list of fields that no comparison looks at."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from stanch.incident import Difference
from stanch.mitigation import differences
from stanch.tools.operations.workload import MARK

Json = dict[str, Any]

OWNED = frozenset(
    {
        "status",
        "metadata.resourceVersion",
        "metadata.generation",
        "metadata.managedFields",
        "metadata.selfLink",
    }
)
"""What the API server counts and its controllers report, on every object."""
ANNOTATED = frozenset(
    {
        MARK,
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
    }
)
"""The mark that stanch leaves, and what the controllers count in annotations."""
TAINT = "node.kubernetes.io/"
"""Taints that the node controller sets and takes away by what it sees of a node."""
NEW = frozenset({"metadata.uid", "metadata.creationTimestamp"})
"""What the server gives an object that is made; a dry run gives it other ones."""


def bare(state: Mapping[str, Any], *, made: bool = False) -> Json:
    """Return a state without what the system owns of it, at any depth where objects lie.

    `made`: the object was made by the change, and its identity is the server's.
    """
    return {
        name: _bare(value, made=made) if isinstance(value, dict) else copy.deepcopy(value)
        for name, value in _bare(dict(state), made=made).items()
    }


def _bare(thing: Json, *, made: bool) -> Json:
    if not isinstance(thing.get("metadata"), dict):
        return copy.deepcopy(thing)
    found = copy.deepcopy(thing)
    for path in OWNED | (NEW if made else frozenset()):
        *folders, name = path.split(".")
        inner = found
        for folder in folders:
            inner = inner.get(folder, {})
        inner.pop(name, None)
    taints = (found.get("spec") or {}).get("taints")
    if taints is not None:
        kept_taints = [one for one in taints if not one["key"].startswith(TAINT)]
        found["spec"].pop("taints")
        found["spec"] |= {"taints": kept_taints} if kept_taints else {}
    annotations = found["metadata"].get("annotations") or {}
    kept = {name: value for name, value in annotations.items() if name not in ANNOTATED}
    found["metadata"].pop("annotations", None)
    if kept:
        found["metadata"]["annotations"] = kept
    return found


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, made: bool = False) -> Json:
    """Return path -> (before, after) of each field that differs, as a proposal would show it."""
    found = differences(bare(before, made=made), bare(after, made=made))
    return {one.path: (one.before, one.after) for one in _leaves(found)}


def _leaves(found: tuple[Difference, ...]) -> Iterator[Difference]:
    """Yield what comes or goes as a whole field by field, so that each one is compared."""
    for one in found:
        if isinstance(one.after, dict) and one.before is None:
            yield from _under(one, come=True)
        elif isinstance(one.before, dict) and one.after is None:
            yield from _under(one, come=False)
        else:
            yield one


def _under(one: Difference, *, come: bool) -> Iterator[Difference]:
    for path, value in _fields(one.path, one.after if come else one.before):
        ends = (None, value) if come else (value, None)
        yield Difference(path=path, before=ends[0], after=ends[1])


def _fields(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name in sorted(value):
            yield from _fields(f"{path}.{name}" if path else name, value[name])
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from _fields(f"{path}[{number}]", item)
    else:
        yield path, value


def count(state: Mapping[str, Any]) -> int:
    """Return how many fields a state has, bar those that the system owns."""
    return sum(1 for _ in _fields("", bare(state)))

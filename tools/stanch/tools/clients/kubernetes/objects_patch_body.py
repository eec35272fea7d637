"""The one JSON patch that changes fields of an object, and what forbids it; pure.

The conditions, the deed and the mark of its operation stand in the same patch, so that
they land together or not at all.
"""

from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.clients.kubernetes.patches import Patch
from stanch.tools.clients.kubernetes.rounds import marked
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.object_patch import (
    MISSING,
    FieldChange,
    PatchObject,
    observed,
    pointer,
    same,
    steps,
    value_at,
    wanted,
)
from stanch.tools.operations.workload import MARK


def permit(change: PatchObject, thing: Mapping[str, Any]) -> None:
    """Return if the object is the one that is meant, and its fields are as the change says.

    Raises:
        PreconditionFailedError: it was made anew, is being deleted, or has other values.
        OperationRefusedError: there is no place for a field that is to come.
    """
    uid = thing["metadata"].get("uid")
    if uid != change.uid:
        raise PreconditionFailedError(
            f"{named(change)} was deleted and made anew: uid is {uid}, and the change is for "
            f"{change.uid}."
        )
    if thing["metadata"].get("deletionTimestamp") is not None:
        raise PreconditionFailedError(f"{named(change)} is being deleted: deleting differs.")
    now = observed(change, thing)
    moved = [one.path for one in change.changes if not same(now[one.path], wanted(one))]
    if moved:
        raise PreconditionFailedError(
            f"{named(change)} does not have the values that the change starts from: "
            f"{'; '.join(f'{path} ({_present(now[path])})' for path in moved)}."
        )
    for one in change.changes:
        parent = value_at(thing, pointer(*steps(one.path)[:-1]))
        if one.before is None and one.after is not None and not isinstance(parent, dict):
            raise OperationRefusedError(
                f"{named(change)} has no field that {one.path} could be a part of. "
                "Name the part above it, with all that it is to hold."
            )


def patch_for(change: PatchObject, thing: Mapping[str, Any], *, key: str) -> Patch:
    """Return the patch that makes `change` on exactly this version of the object."""
    metadata = thing["metadata"]
    patch: Patch = [
        {"op": "test", "path": "/metadata/uid", "value": change.uid},
        # That a field is missing cannot be tested; that nothing at all has moved can.
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
    ]
    patch += [
        {"op": "test", "path": one.path, "value": one.before}
        for one in change.changes
        if one.before is not None
    ]
    patch += [step for one in change.changes if not one.stays for step in (_step(one),)]
    patch.append(marked(thing, MARK, key))
    return patch


def _step(one: FieldChange) -> dict[str, Any]:
    if one.after is None:
        return {"op": "remove", "path": one.path}
    op = "add" if one.before is None else "replace"
    return {"op": op, "path": one.path, "value": one.after}


def altered(change: PatchObject, after: Mapping[str, Any]) -> str:
    """Say which fields the server would not store as they were sent; nothing when all."""
    other = [
        one.path
        for one in change.changes
        if not same(value_at(after, one.path), MISSING if one.after is None else one.after)
    ]
    if not other:
        return ""
    return (
        f"The server would store another value than the one that was sent: {', '.join(other)}. "
        "Write it as the server does."
    )


def compare(change: PatchObject, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compare the facts that were approved with those of now.

    Raises:
        PreconditionFailedError: they differ; says in what.
    """
    names = sorted(
        name for name in then.keys() | now.keys() if not same(then.get(name), now.get(name))
    )
    if "missing" in names:
        names = ["missing"]
    if names:
        differences = "; ".join(f"{name} ({_meaning(name, now)})" for name in names)
        raise PreconditionFailedError(
            f"{named(change)} is not as it was seen. What differs: {differences}."
        )


_MEANING: Final = {
    "missing": "it is gone, or was not there",
    "uid": "it was deleted and made anew",
    "deleting": "its deletion has begun, or had",
    "ready": "a service that it leads to has no ready pod any more",
}


def _meaning(name: str, now: Mapping[str, Any]) -> str:
    return _MEANING.get(name) or _present(now.get(name) or {})


def _present(fact: Mapping[str, Any]) -> str:
    """Say how a field is, without its value, which may be one to keep."""
    if "value" not in fact:
        return "it is not there"
    return "it is null" if fact["value"] is None else "it has another value"


def named(change: PatchObject) -> str:
    """Return what is changed, for a sentence."""
    where = f"{change.namespace}/" if change.namespace else ""
    return f"{change.resource} {where}{change.name}"

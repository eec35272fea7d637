"""What controllers ask of a pod: is it ready, since when, is it still counted, whose is it."""

from typing import Any

from stanch.sandbox.cluster.times import seconds


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """Return a condition of an object, or None."""
    for item in obj.get("status", {}).get("conditions", ()):
        if item["type"] == kind:
            found: dict[str, Any] = item
            return found
    return None


def is_ready(pod: dict[str, Any]) -> bool:
    """Tell whether the pod takes traffic."""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def ready_since(pod: dict[str, Any]) -> float | None:
    """Return the Unix time since when the pod is ready, or None when it is not."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return None
    return seconds(found["lastTransitionTime"])


def is_active(pod: dict[str, Any]) -> bool:
    """Tell whether the pod counts as a replica: it has not ended and is not going."""
    ended = pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
    return not ended and "deletionTimestamp" not in pod["metadata"]


def controller_of(obj: dict[str, Any]) -> dict[str, Any] | None:
    """Return the reference to the owner that controls the object, or None."""
    for reference in obj["metadata"].get("ownerReferences", ()):
        if reference.get("controller"):
            found: dict[str, Any] = reference
            return found
    return None


def owner_reference(owner: dict[str, Any]) -> dict[str, Any]:
    """Return the reference by which `owner` controls an object that it makes."""
    metadata = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }

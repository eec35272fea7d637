"""Readings of the API's objects: what is kept of them, and who owns them; pure."""

from collections.abc import Collection
from typing import Any

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


TIMED = frozenset(
    {
        *("configmaps", "services", "horizontalpodautoscalers", "resourcequotas"),
        *("ingresses", "networkpolicies"),
    }
)
"""Resources that are changed in place, and do not say when but in their managed fields."""


def cleaned(thing: dict[str, Any], resource: str = "") -> dict[str, Any]:
    """Return the object without what only the server and kubectl need: it repeats the rest.

    Of an object of a resource in `TIMED` it is kept who last wrote it and when, and not
    which fields.
    """
    metadata = {
        key: value for key, value in thing.get("metadata", {}).items() if key != "managedFields"
    }
    if resource in TIMED and (wrote := _writers(thing)):
        metadata["managedFields"] = wrote
    if LAST_APPLIED in (metadata.get("annotations") or {}):
        kept = {key: value for key, value in metadata["annotations"].items() if key != LAST_APPLIED}
        metadata["annotations"] = kept
        if not kept:
            del metadata["annotations"]
    return {**thing, "metadata": metadata} if "metadata" in thing else dict(thing)


def _writers(thing: dict[str, Any]) -> list[dict[str, Any]]:
    entries = thing.get("metadata", {}).get("managedFields") or ()
    return [
        {key: one[key] for key in ("manager", "operation", "time") if key in one}
        for one in entries
        if one.get("subresource") != "status" and "time" in one
    ]


def without_status(thing: dict[str, Any]) -> dict[str, Any]:
    """Return the object's identity and desired state."""
    return {key: value for key, value in thing.items() if key != "status"}


def name_of(thing: dict[str, Any]) -> str:
    """Return the object's name."""
    return str(thing["metadata"]["name"])


def uid_of(thing: dict[str, Any]) -> str:
    """Return the object's UID."""
    return str(thing["metadata"].get("uid", ""))


def annotations_of(thing: dict[str, Any]) -> dict[str, str]:
    """Return the object's annotations; empty when it has none."""
    return thing["metadata"].get("annotations") or {}


def owned_by(thing: dict[str, Any], owners: Collection[str]) -> bool:
    """Say whether one of the UIDs `owners` controls the object.

    Labels do not answer this: two deployments may select by the same ones.
    """
    references = thing["metadata"].get("ownerReferences") or []
    return any(r.get("controller") is True and r.get("uid") in owners for r in references)


def scales(autoscaler: dict[str, Any], name: str, kind: str = "Deployment") -> bool:
    """Say whether the autoscaler sets the replicas of the workload of this kind and name."""
    target = autoscaler.get("spec", {}).get("scaleTargetRef", {})
    return (target.get("kind"), target.get("name")) == (kind, name)


def selector_of(workload: dict[str, Any]) -> str:
    """Return the label selector of a Deployment or ReplicaSet in the notation of the API."""
    selector = workload.get("spec", {}).get("selector") or {}
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or []:
        key, values = rule["key"], ",".join(rule.get("values") or [])
        match rule["operator"]:
            case "In":
                parts.append(f"{key} in ({values})")
            case "NotIn":
                parts.append(f"{key} notin ({values})")
            case "Exists":
                parts.append(key)
            case _:
                parts.append(f"!{key}")
    return ",".join(parts)


def moment_of(event: dict[str, Any]) -> str:
    """Return the time at which an event was seen last, RFC 3339 without the Z.

    The scheduler's events carry only `eventTime`, the kubelet's only `lastTimestamp`.
    """
    times = (
        (event.get("series") or {}).get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event["metadata"].get("creationTimestamp"),
    )
    # Without the Z a whole second sorts before its own fractions.
    return next((str(time).removesuffix("Z") for time in times if time), "")

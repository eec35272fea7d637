"""The arithmetic of a rollout: how many pods each ReplicaSet of a Deployment may have.

Pure functions over Deployments and ReplicaSets; `deployments.py` applies what they say.
"""

import hashlib
import json
import math
from typing import Any

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: dict[str, Any]) -> str:
    """Return ten letters that stand for a pod template."""
    text = json.dumps(template, sort_keys=True)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    letters = []
    for _ in range(10):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)


def bare_template(template: dict[str, Any]) -> dict[str, Any]:
    """Return a template without the label that the controller adds."""
    metadata = dict(template.get("metadata", {}))
    labels = {key: text for key, text in metadata.get("labels", {}).items() if key != HASH_LABEL}
    metadata.pop("labels", None)
    if labels:
        metadata["labels"] = labels
    return {**template, "metadata": metadata}


def amount(value: int | str, total: int, *, up: bool) -> int:
    """Return a number that may be given as a percentage of `total`."""
    if isinstance(value, int):
        return value
    part = int(value.removesuffix("%")) * total / 100
    return math.ceil(part) if up else math.floor(part)


def bounds(deployment: dict[str, Any]) -> tuple[int, int]:
    """Return how many pods there may be too many, and how many unavailable."""
    spec = deployment["spec"]
    replicas: int = spec["replicas"]
    rolling = spec["strategy"].get("rollingUpdate")
    if not rolling:
        return 0, 0
    surge = amount(rolling["maxSurge"], replicas, up=True)
    unavailable = amount(rolling["maxUnavailable"], replicas, up=False)
    if not surge and not unavailable:
        unavailable = 1
    return surge, min(unavailable, replicas)


def revision(obj: dict[str, Any]) -> int:
    """Return the revision in the annotations of an object; 0 when there is none."""
    text = obj["metadata"].get("annotations", {}).get(REVISION, "0")
    return int(text) if text.isdecimal() else 0


def wanted(replica_set: dict[str, Any]) -> int:
    """Return how many pods a ReplicaSet asks for."""
    return int(replica_set["spec"]["replicas"])


def available(replica_set: dict[str, Any]) -> int:
    """Return how many pods of a ReplicaSet are available."""
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def grown(deployment: dict[str, Any], new: dict[str, Any], *, total: int) -> int:
    """Return the size to which the new ReplicaSet may go now, of `total` pods asked for."""
    replicas: int = deployment["spec"]["replicas"]
    if deployment["spec"]["strategy"]["type"] == "Recreate":
        return replicas
    room = replicas + bounds(deployment)[0] - total
    if room <= 0:
        return wanted(new)
    return wanted(new) + min(room, replicas - wanted(new))


def shrunk(
    deployment: dict[str, Any], new: dict[str, Any], *, old: list[dict[str, Any]]
) -> dict[str, int]:
    """Return the sizes to which the old ReplicaSets go now, by name; first the sick pods go."""
    minimum = deployment["spec"]["replicas"] - bounds(deployment)[1]
    total = sum(map(wanted, old)) + wanted(new)
    may_go = total - minimum - (wanted(new) - available(new))
    sizes = {item["metadata"]["name"]: wanted(item) for item in old}
    if may_go <= 0:
        return sizes
    oldest_first = sorted(old, key=_age)
    for item in oldest_first:
        sick = wanted(item) - available(item)
        gone = max(0, min(may_go, sick))
        sizes[item["metadata"]["name"]] -= gone
        may_go -= gone
    spare = sum(map(available, old)) + available(new) - minimum
    for item in oldest_first:
        name = item["metadata"]["name"]
        gone = max(0, min(spare, sizes[name]))
        sizes[name] -= gone
        spare -= gone
    return sizes


def _age(replica_set: dict[str, Any]) -> tuple[str, str]:
    metadata = replica_set["metadata"]
    return metadata["creationTimestamp"], metadata["name"]


def spread(deployment: dict[str, Any], *, active: list[dict[str, Any]]) -> dict[str, int]:
    """Return the sizes of ReplicaSets when a Deployment is scaled in the middle of a rollout.

    Each gets its share of the pods that come or go, as large as its share was before.
    """
    replicas = deployment["spec"]["replicas"]
    allowed = replicas + bounds(deployment)[0] if replicas else 0
    to_add = allowed - sum(map(wanted, active))
    newest_first = sorted(active, key=_age, reverse=True)
    if to_add > 0:
        order = sorted(newest_first, key=lambda item: -wanted(item))
    else:
        order = sorted(sorted(active, key=_age), key=lambda item: -wanted(item))
    sizes, added = {}, 0
    for item in order:
        share = _share(deployment, item, allowed=allowed)
        left = to_add - added
        share = min(share, left) if to_add > 0 else max(share, left)
        share = 0 if not left else share
        sizes[item["metadata"]["name"]] = max(0, wanted(item) + share)
        added += share
    if order:
        first = order[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + to_add - added)
    return sizes


def _share(deployment: dict[str, Any], item: dict[str, Any], *, allowed: int) -> int:
    if not deployment["spec"]["replicas"]:
        return -wanted(item)
    annotations = item["metadata"].get("annotations", {})
    before = annotations.get(MAX_REPLICAS, "")
    was = int(before) if before.isdecimal() else deployment["status"].get("replicas", 0)
    return round(wanted(item) * allowed / was) - wanted(item) if was else 0

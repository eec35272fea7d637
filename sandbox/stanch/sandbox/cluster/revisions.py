"""ControllerRevisions: the history of stateful sets and daemon sets, as their controllers keep it.

A revision holds a patch that puts one pod template in the place of another. Going back to an
earlier template finds its revision again and gives it a new number: a number names no template.
"""

import copy
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.pods import owner_reference
from stanch.sandbox.cluster.rollout import template_hash

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

LABEL = "controller-revision-hash"
"""The label of a pod that names its revision."""


def patch_of(owner: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that gives a workload the pod template that `owner` has."""
    template = copy.deepcopy(owner["spec"]["template"])
    return {"spec": {"template": {**template, "$patch": "replace"}}}


def template_in(revision: dict[str, Any]) -> dict[str, Any]:
    """Return the pod template that a revision holds."""
    held = copy.deepcopy(revision["data"]["spec"]["template"])
    return {key: value for key, value in held.items() if key != "$patch"}


def history(cluster: "Cluster", owner: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the revisions of a workload, the oldest number first."""
    owned = cluster.store.owned(owner["metadata"]["uid"], "controllerrevisions")
    return sorted(owned, key=lambda one: (one["revision"], one["metadata"]["name"]))


def current(cluster: "Cluster", owner: dict[str, Any], *, hash_label: str) -> dict[str, Any]:
    """Return the revision of the present template, made or renumbered to be the newest."""
    found, patch = history(cluster, owner), patch_of(owner)
    newest = found[-1]["revision"] if found else 0
    same = next((one for one in found if one["data"] == patch), None)
    if same is not None:
        if same["revision"] == newest:
            return same
        moved = {**same, "revision": newest + 1}
        return cluster.store.replace("controllerrevisions", moved)
    metadata, mark = owner["metadata"], template_hash(patch)
    labels = owner["spec"]["template"]["metadata"].get("labels", {})
    head: dict[str, Any] = {
        "name": f"{metadata['name']}-{mark}",
        "labels": {**labels, hash_label: mark},
        "ownerReferences": [owner_reference(owner)],
    }
    if annotations := metadata.get("annotations"):
        head["annotations"] = dict(annotations)
    body = {"metadata": head, "data": patch, "revision": newest + 1}
    return cluster.store.create("controllerrevisions", metadata["namespace"], body)


def truncate(cluster: "Cluster", owner: dict[str, Any], *, live: set[str]) -> None:
    """Delete the oldest revisions beyond the limit; those named in `live` stay."""
    idle = [one for one in history(cluster, owner) if one["metadata"]["name"] not in live]
    surplus = len(idle) - owner["spec"]["revisionHistoryLimit"]
    for one in idle[: max(surplus, 0)]:
        metadata = one["metadata"]
        cluster.store.delete("controllerrevisions", metadata["namespace"], metadata["name"])

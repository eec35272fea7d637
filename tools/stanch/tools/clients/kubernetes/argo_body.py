"""The one JSON patch that rolls an application of Argo CD back, and what forbids it; pure."""

from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.clients.kubernetes.patches import Patch
from stanch.tools.clients.kubernetes.rounds import marked
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.argo import (
    ArgoRollBack,
    automated_of,
    deployed,
    entry_digest,
    entry_of,
    is_busy,
)
from stanch.tools.operations.object_patch import same
from stanch.tools.operations.workload import MARK

INITIATOR: Final = "stanch"
"""Who the history of Argo CD names as the one who asked for the sync."""
_MEANING: Final = {
    "missing": "it is gone, or was not there",
    "uid": "it was deleted and made anew",
    "deleting": "its deletion has begun, or had",
    "busy": "a sync is under way, or was",
    "automated": "its automated sync is set otherwise",
    "spec_sha256": "its spec is not the same",
    "deployed": "something else is deployed",
    "foreign": "something else is deployed",
    "entry": "the entry of its history is gone, or another one",
}


def permit(change: ArgoRollBack, thing: Mapping[str, Any]) -> None:
    """Return if the application is the one that is meant, at rest, and as the change says.

    Raises:
        PreconditionFailedError: it was made anew, is being deleted or synced, or what the
            change starts from or goes to is not there.
        OperationRefusedError: the entry does not say from where it was deployed.
    """
    who, metadata = f"Application {change.namespace}/{change.name}", thing["metadata"]
    if metadata.get("uid") != change.uid:
        raise PreconditionFailedError(
            f"{who} was deleted and made anew: uid is {metadata.get('uid')}, and the change is "
            f"for {change.uid}."
        )
    if metadata.get("deletionTimestamp") is not None:
        raise PreconditionFailedError(f"{who} is being deleted: deleting differs.")
    if is_busy(thing):
        raise PreconditionFailedError(f"A sync of {who} is under way: busy differs.")
    if not same(automated_of(thing), change.automated_before):
        raise PreconditionFailedError(f"{who} has another automated sync: automated differs.")
    if deployed(thing) not in {change.from_revisions, change.revisions}:
        raise PreconditionFailedError(f"{who} has deployed something else: deployed differs.")
    entry = entry_of(thing, change.history_id)
    if entry is None or entry_digest(entry) != change.entry_sha256:
        raise PreconditionFailedError(
            f"The history of {who} has no such entry {change.history_id} any more: entry differs."
        )
    if not entry.get("source") and not entry.get("sources"):
        raise OperationRefusedError(
            f"Entry {change.history_id} of {who} does not say from where it was deployed (by "
            "Argo CD 0.11 or older), and Argo CD does not roll back to it. Sync to a revision."
        )


def patch_for(change: ArgoRollBack, key: str, thing: Mapping[str, Any]) -> Patch:
    """Return the patch that makes `change` on exactly this version of the application."""
    metadata, policy = thing["metadata"], (thing.get("spec") or {}).get("syncPolicy")
    where = "/spec/syncPolicy/automated"
    patch: Patch = [
        {"op": "test", "path": "/metadata/uid", "value": change.uid},
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
    ]
    if change.automated_before is not None:
        patch.append({"op": "test", "path": where, "value": change.automated_before})
    if same(change.automated_after, change.automated_before):
        pass
    elif change.automated_after is None:
        patch.append({"op": "remove", "path": where})
    elif policy is None:
        whole = {"automated": change.automated_after}
        patch.append({"op": "add", "path": "/spec/syncPolicy", "value": whole})
    else:
        patch.append({"op": "add", "path": where, "value": change.automated_after})
    if (thing.get("status") or {}).get("operationState") is not None:
        # As Argo CD itself does, so that an earlier result is not taken for this one's.
        patch.append({"op": "remove", "path": "/status/operationState"})
    patch.append({"op": "add", "path": "/operation", "value": _operation(change, thing)})
    patch.append(marked(thing, MARK, key))
    return patch


def _operation(change: ArgoRollBack, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sync to the entry: what `argocd app rollback` asks for, without pruning."""
    entry = entry_of(thing, change.history_id)
    if entry is None:
        raise AssertionError("a rollback was permitted without its entry")
    sync: dict[str, Any] = {
        key: entry[key] for key in ("revision", "revisions", "source", "sources") if entry.get(key)
    }
    options = ((thing.get("spec") or {}).get("syncPolicy") or {}).get("syncOptions")
    sync |= {"syncOptions": options} if options else {}
    sync["syncStrategy"] = {"apply": {}}
    return {"initiatedBy": {"username": INITIATOR}, "sync": sync}


def compare(change: ArgoRollBack, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compare the facts that were approved with those of now.

    Raises:
        PreconditionFailedError: they differ; says in what.
    """
    names = sorted(
        name for name in then.keys() | now.keys() if not same(then.get(name), now.get(name))
    )
    names = ["missing"] if "missing" in names else names
    if names:
        told = "; ".join(f"{name} ({_MEANING.get(name, 'not the same')})" for name in names)
        raise PreconditionFailedError(
            f"Application {change.namespace}/{change.name} is not as it was seen. "
            f"What differs: {told}."
        )

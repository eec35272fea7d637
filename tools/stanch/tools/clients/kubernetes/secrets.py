"""Secrets as they are compared and copied: values come in, and only names of keys go out.

Nothing here returns, raises or logs a value. The server's own words are left out of a
refusal wherever they might repeat what was sent.
"""

from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.clients.kubernetes.owner import keeper_of, owner_metadata
from stanch.tools.clients.kubernetes.requests import Answer, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.secret_restore import (
    BACKUP_LABEL,
    BACKUP_OF,
    BACKUP_OF_UID,
    InspectSecrets,
    RestoreSecret,
)
from stanch.tools.operations.workload import MARK

SECRETS: Final = Kind("secrets", name="Secret")
_TELLING: Final = frozenset({401, 403, 404})
"""Refusals whose words say nothing of what was sent."""


def inspect(operation: InspectSecrets, catalog: Catalog, visit: Visit) -> Found:
    """Return how the two Secrets differ, by the names of their keys.

    Raises:
        OperationRefusedError: one of them is not there, or may not be read.
    """
    target = visit.get(SECRETS, operation.namespace, operation.name)
    source = visit.get(SECRETS, operation.namespace, operation.from_name)
    keys = differing(data_of(target), data_of(source))
    moved = sum(len(keys[name]) for name in ("added", "removed", "changed"))
    text = f"{moved} keys of secret {operation.name} differ from those of {operation.from_name}"
    owner = {"object": {"metadata": owner_metadata(target)}, **keeper_of(target, catalog, visit)}
    heads = {"target": _head(target), "source": _head(source)}
    return Found({**heads, "keys": keys, "owner": owner}, text)


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names of the keys by what becomes of them."""
    both = before.keys() & after.keys()
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": sorted(key for key in both if before[key] != after[key]),
        "same": sorted(key for key in both if before[key] == after[key]),
    }


def data_of(secret: Mapping[str, Any]) -> dict[str, str]:
    """Return the data of a Secret; empty when it has none."""
    return dict(secret.get("data") or {})


def backup_of(change: RestoreSecret, secret: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the Secret that keeps what `secret` holds, so that nobody can change it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": change.backup,
            "namespace": change.namespace,
            "labels": {"app.kubernetes.io/managed-by": "stanch", BACKUP_LABEL: "secret"},
            "annotations": {BACKUP_OF: change.name, BACKUP_OF_UID: change.uid, MARK: key},
        },
        "type": secret.get("type", "Opaque"),
        "immutable": True,
        "data": data_of(secret),
    }


def is_backup_of(uid: str, backup: Mapping[str, Any]) -> bool:
    """Say whether a Secret is a backup of the one with this UID."""
    metadata = backup["metadata"]
    labelled = (metadata.get("labels") or {}).get(BACKUP_LABEL) == "secret"
    named = (metadata.get("annotations") or {}).get(BACKUP_OF_UID) == uid
    return labelled and named and bool(backup.get("immutable"))


def refused(answer: Answer, request: Request, who: str) -> OperationRefusedError:
    """Return the error for an answer that says no, without words that may hold a value."""
    if answer.status in _TELLING:
        return refusal(answer, request, who)
    return OperationRefusedError(
        f"The cluster refused to {request.verb} {request.thing} ({answer.status}). Its words are "
        "left out, for they may hold what was sent."
    )


def _head(secret: Mapping[str, Any]) -> dict[str, Any]:
    metadata = secret["metadata"]
    times = ("resourceVersion", "creationTimestamp", "deletionTimestamp")
    return {
        "metadata": {
            **owner_metadata(dict(secret)),
            **{key: metadata[key] for key in times if key in metadata},
        },
        "type": secret.get("type", "Opaque"),
        "immutable": bool(secret.get("immutable")),
    }

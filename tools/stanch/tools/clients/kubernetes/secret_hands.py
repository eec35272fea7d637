"""Hands that restore a Secret from another one, with a backup first, and put the backup back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from stanch.tools.clients.kubernetes.changes import FIELD_MANAGER
from stanch.tools.clients.kubernetes.objects import annotations_of, uid_of
from stanch.tools.clients.kubernetes.objects_patch import Visits
from stanch.tools.clients.kubernetes.requests import Request
from stanch.tools.clients.kubernetes.rounds import marked, patch_request
from stanch.tools.clients.kubernetes.secrets import (
    SECRETS,
    backup_of,
    data_of,
    is_backup_of,
    refused,
)
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations.secret_restore import PutSecretBack, RestoreSecret
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import DryRun, Limits, Outcome

SecretChange: TypeAlias = RestoreSecret | PutSecretBack


@dataclass(frozen=True, slots=True, repr=False)
class _Seen:
    """Both Secrets, or a Secret, its backup and where it came from; None where there is none."""

    target: dict[str, Any] | None
    source: dict[str, Any] | None
    backup: dict[str, Any] | None = None


class SecretHands:
    """Restores Secrets, all of it as the identity that acts; may be shared by many threads."""

    def __init__(self, visits: Visits, limits: Limits) -> None:
        self._visits = visits
        self._limits = limits

    def look(self, change: SecretChange) -> dict[str, Any]:
        """Return the facts on which an approval rests; no value, and no digest of one.

        {"uid", "deleting", "as_restored"} and, of a restore, {"resource_version", "source":
        {"uid", "resource_version"}}; of what puts a backup back, {"backup"}.
        {"missing": True} when the Secret is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            return _facts(change, _look(change, self._visits(deadline)[1]))

    def preview(self, change: SecretChange, *, key: str) -> DryRun:
        """Have the server try the backup and the copy; nothing is changed, and no value shown.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with Deadline(self._limits.seconds) as deadline:
            actor = self._visits(deadline)[1]
            before: dict[str, Any] = {}
            try:
                seen = _look(change, actor)
                before, after = _shown(change, seen)
                self._make(change, seen, actor, key=key, dry=True)
            except OperationRefusedError as error:
                return DryRun(accepted=False, note=str(error), before=before, after=before)
            note = "The server accepts it; values are not shown."
            return DryRun(accepted=True, note=note, before=before, after=after)

    def apply(self, change: SecretChange, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the backup, then copy the data once, if both Secrets are still as `observed`.

        Data {"before": {"data": keys}, "after": {"data": keys}}, without a value.

        Raises:
            TargetUnreachableError: the Secret was not changed; a backup may have been made.
            PreconditionFailedError: something differs from `observed`; nothing was changed.
            OperationRefusedError: the cluster said no; the Secret was not changed.
            OutcomeUnknownError: the copy was sent, and no answer came: `probe` may tell.
        """
        with Deadline(self._limits.seconds) as deadline:
            actor = self._visits(deadline)[1]
            seen = _look(change, actor)
            now = _facts(change, seen)
            names = [name for name in observed.keys() | now if observed.get(name) != now.get(name)]
            if names:
                raise PreconditionFailedError(
                    f"Secret {change.namespace}/{change.name} is not as it was seen. What "
                    f"differs: {', '.join(sorted(names))}."
                )
            before, after = _shown(change, seen)
            self._make(change, seen, actor, key=key, dry=False)
            return Outcome(
                data={"before": before, "after": after},
                text=f"the API server took it: the data of secret {change.name} is restored",
                duration=deadline.spent,
            )

    def probe(self, change: SecretChange, *, key: str) -> bool | None:
        """Say whether the Secret carries the mark of `key`; None when it is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            found = self._visits(deadline)[1].find(SECRETS, change.namespace, change.name)
            if found is None or uid_of(found) != change.uid:
                return None
            return annotations_of(found).get(MARK) == key

    def _make(
        self, change: SecretChange, seen: _Seen, actor: Visit, *, key: str, dry: bool
    ) -> None:
        target, data = _permitted(change, seen)
        if isinstance(change, RestoreSecret):
            _back_up(change, target, actor, key=key, dry=dry)
        version = target["metadata"]["resourceVersion"]
        body = [
            {"op": "test", "path": "/metadata/uid", "value": change.uid},
            {"op": "test", "path": "/metadata/resourceVersion", "value": version},
            {"op": "add", "path": "/data", "value": data},
            marked(target, MARK, key),
        ]
        place = (SECRETS, change.namespace, change.name)
        request = patch_request(place, body, actor, dry=dry)
        answer = actor.change(request)
        if answer.good:
            return
        if answer.status in {409, 422}:
            now = actor.find(SECRETS, change.namespace, change.name)
            if now is None or now["metadata"]["resourceVersion"] != version:
                raise PreconditionFailedError(
                    f"Secret {change.namespace}/{change.name} moved meanwhile: nothing was copied."
                )
        raise refused(answer, request, actor.door.who)


def _look(change: SecretChange, visit: Visit) -> _Seen:
    namespace = change.namespace
    target = visit.find(SECRETS, namespace, change.name)
    source = visit.find(SECRETS, namespace, change.from_name)
    if isinstance(change, RestoreSecret):
        return _Seen(target, source)
    return _Seen(target, source, visit.find(SECRETS, namespace, change.backup))


def _facts(change: SecretChange, seen: _Seen) -> dict[str, Any]:
    if seen.target is None:
        return {"missing": True}
    metadata = seen.target["metadata"]
    facts = {
        "uid": metadata["uid"],
        "deleting": metadata.get("deletionTimestamp") is not None,
        "as_restored": _is_source(change, seen.source) and _same_data(seen.target, seen.source),
    }
    if isinstance(change, RestoreSecret):
        return facts | {
            "resource_version": metadata["resourceVersion"],
            "source": {"missing": True} if seen.source is None else _version(seen.source),
        }
    kept = seen.backup is not None and is_backup_of(change.uid, seen.backup)
    return facts | {"backup": "there" if kept else "missing"}


def _version(secret: Mapping[str, Any]) -> dict[str, str]:
    metadata = secret["metadata"]
    return {"uid": metadata["uid"], "resource_version": metadata["resourceVersion"]}


def _is_source(change: SecretChange, source: dict[str, Any] | None) -> bool:
    wanted = {"uid": change.from_uid, "resource_version": change.from_resource_version}
    return source is not None and _version(source) == wanted


def _same_data(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    return one is not None and other is not None and data_of(one) == data_of(other)


def _permitted(change: SecretChange, seen: _Seen) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the Secret as it is and the data that it is to have.

    Raises:
        PreconditionFailedError: one of the Secrets is gone, another one, or another version.
        OperationRefusedError: the Secret can never be changed.
    """
    who, target = f"Secret {change.namespace}/{change.name}", seen.target
    if target is None or uid_of(target) != change.uid:
        raise PreconditionFailedError(f"{who} is gone, or was made anew: uid differs.")
    if target["metadata"].get("deletionTimestamp") is not None:
        raise PreconditionFailedError(f"{who} is being deleted: deleting differs.")
    if target.get("immutable"):
        raise OperationRefusedError(f"{who} is immutable; let its users refer to another one.")
    if not _is_source(change, seen.source) or seen.source is None:
        raise PreconditionFailedError(
            f"Secret {change.from_name} is gone or was changed: source differs."
        )
    if isinstance(change, RestoreSecret):
        if target["metadata"]["resourceVersion"] != change.resource_version:
            raise PreconditionFailedError(f"{who} was changed: resource_version differs.")
        if target.get("type") != seen.source.get("type"):
            raise OperationRefusedError(f"{who} and {change.from_name} are of different types.")
        return target, data_of(seen.source)
    if not _same_data(target, seen.source):
        raise PreconditionFailedError(f"{who} was changed since: as_restored differs.")
    if seen.backup is None or not is_backup_of(change.uid, seen.backup):
        raise PreconditionFailedError(f"The backup {change.backup} is gone: backup differs.")
    return target, data_of(seen.backup)


def _back_up(
    change: RestoreSecret, target: dict[str, Any], actor: Visit, *, key: str, dry: bool
) -> None:
    """Keep what the Secret holds, unless that has been done for this very change.

    Raises:
        TargetUnreachableError: whether the backup was made is not known; nothing else was sent.
        OperationRefusedError: it cannot be made.
    """
    query = {
        "fieldManager": FIELD_MANAGER,
        "timeout": f"{max(math.ceil(actor.deadline.left), 1)}s",
    }
    request = Request(
        verb="create",
        kind=SECRETS,
        namespace=change.namespace,
        query=query | ({"dryRun": "All"} if dry else {}),
        body=backup_of(change, target, key),
    )
    try:
        answer = actor.change(request)
    except OutcomeUnknownError as error:
        raise TargetUnreachableError(
            f"Whether the backup {change.backup} was made is not known, and secret "
            f"{change.name} was not changed."
        ) from error
    if answer.good:
        return
    if answer.status == 409:
        there = actor.find(SECRETS, change.namespace, change.backup)
        if there is not None and is_backup_of(change.uid, there) and _same_data(there, target):
            return
        raise OperationRefusedError(
            f"A secret {change.backup} is there already, and is no backup of {change.name}."
        )
    raise refused(answer, request, actor.door.who)


def _shown(change: SecretChange, seen: _Seen) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keys before and after, each with where its value comes from."""
    target, source, backup = seen.target or {}, seen.source or {}, seen.backup or {}
    old, new = data_of(target), data_of(source)
    whence = f"as in {change.from_name}"
    if isinstance(change, PutSecretBack):
        new, whence = data_of(backup), f"as in {change.backup}"
    before = dict.fromkeys(sorted(old), "as it is")
    after = {
        key: "as it is" if old.get(key) == value else whence for key, value in sorted(new.items())
    }
    head = {"metadata": {"name": change.name, "namespace": change.namespace}}
    return {**head, "data": before}, {**head, "data": after}

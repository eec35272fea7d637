"""The strategies that put configuration back: a ConfigMap's values, a Secret's unseen ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.owners import OWNER, of_object
from stanch.mitigation.patches import plan_of
from stanch.mitigation.patches_reading import field_change
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import FieldChange, ListObjects, Read
from stanch.tools.operations.config_restore import InspectConfigMap, RestoreConfigMap
from stanch.tools.operations.object_patch import MISSING, observed, pointer
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.secret_restore import (
    TYPES,
    InspectSecrets,
    RestoreFromSecret,
    RestoreSecret,
)


class ConfigMaps:
    """Puts the data of a ConfigMap back to an earlier version, field by field."""

    intents = (RestoreConfigMap,)

    def looks(self, intent: RestoreConfigMap) -> Mapping[str, Read]:
        """Return the looks at the ConfigMap, its versions, its owner and its users."""
        place = {"namespace": intent.namespace, "name": intent.name}
        return {
            "target": InspectConfigMap(**place, from_name=intent.from_name),
            OWNER: InspectOwner(resource="configmaps", **place),
            "deployments": ListObjects(resource="deployments", namespace=intent.namespace),
        }

    def plan(self, intent: RestoreConfigMap, seen: Seen, *, now: datetime) -> Plan:
        """Return the fields that differ from the version that was good.

        Raises:
            CannotPlanError: there is no such version, or it is what is there.
        """
        del now
        look = seen["target"]
        thing = look["object"]
        if thing.get("immutable"):
            raise CannotPlanError(f"config map {intent.name} is immutable; go back to a release")
        data, whence = _good(intent, look)
        before = dict(thing.get("data") or {})
        changes = _changes(thing, before, data)
        if not changes:
            raise CannotPlanError(f"config map {intent.name} is {whence} already")
        title = f"Put config map {intent.name} back to {whence} ({_counted(changes)})"
        return plan_of("configmaps", thing, changes, seen=seen, title=title)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity of the ConfigMap and its fields as they will be."""
        return observed(change, after)


def _good(intent: RestoreConfigMap, look: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Return the data to go back to, and what it is, for a sentence."""
    earlier, applied = look["earlier"], look.get("applied")
    if intent.from_name is None and applied is not None:
        return dict(applied), "what was applied last"
    made = look["object"]["metadata"].get("creationTimestamp", "")
    older = [one for one in earlier if one["metadata"].get("creationTimestamp", "") <= made]
    chosen = earlier if intent.from_name is not None else older
    if not chosen:
        raise CannotPlanError(
            f"nothing says what config map {intent.name} held before: kubectl kept nothing that "
            "was applied, and there is no earlier one beside it. Name one: --from configmap/NAME"
        )
    back = chosen[-1]
    if (back.get("binaryData") or {}) != (look["object"].get("binaryData") or {}):
        raise CannotPlanError(f"{back['metadata']['name']} differs in binary data; by hand")
    return dict(back.get("data") or {}), f"what {back['metadata']['name']} holds"


def _changes(
    thing: Mapping[str, Any], before: Mapping[str, str], after: Mapping[str, str]
) -> list[FieldChange]:
    if not thing.get("data"):
        return [FieldChange(path="/data", before=thing.get("data"), after=dict(after))] * bool(
            after
        )
    names = sorted(name for name in before.keys() | after if before.get(name) != after.get(name))
    return [field_change(thing, pointer("data", name), after.get(name, MISSING)) for name in names]


def _counted(changes: list[FieldChange]) -> str:
    names = [one.path.removeprefix("/data/") for one in changes]
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more keys"


class Secrets:
    """Puts the data of an earlier Secret in the place of a Secret's; no value is ever seen."""

    intents = (RestoreFromSecret,)

    def looks(self, intent: RestoreFromSecret) -> Mapping[str, Read]:
        """Return the look at both Secrets, which shows names of keys only."""
        place = {"namespace": intent.namespace, "name": intent.name}
        return {"target": InspectSecrets(**place, from_name=intent.from_name)}

    def plan(self, intent: RestoreFromSecret, seen: Seen, *, now: datetime) -> Plan:
        """Return the copy from one version of the earlier Secret onto one of the Secret.

        Raises:
            CannotPlanError: they are equal, not of one type, or written by a controller.
        """
        del now
        look = seen["target"]
        target, source, keys = look["target"], look["source"], look["keys"]
        head, origin = target["metadata"], source["metadata"]
        subject = f"secret {intent.name}"
        if intent.name == intent.from_name:
            raise CannotPlanError(f"{subject} is to be restored from itself")
        _check(subject, target, source)
        owned = of_object(target, subject, look[OWNER])
        moved = [*keys["added"], *keys["removed"], *keys["changed"]]
        if not moved:
            raise CannotPlanError(f"{subject} holds what {intent.from_name} holds already")
        change = RestoreSecret(
            namespace=intent.namespace,
            name=intent.name,
            uid=head["uid"],
            resource_version=head["resourceVersion"],
            from_name=intent.from_name,
            from_uid=origin["uid"],
            from_resource_version=origin["resourceVersion"],
        )
        return Plan(
            title=f"Restore secret {intent.name} from {intent.from_name} ({len(moved)} keys)",
            operation=change,
            observed={
                "uid": change.uid,
                "deleting": False,
                "as_restored": False,
                "resource_version": change.resource_version,
                "source": {
                    "uid": change.from_uid,
                    "resource_version": change.from_resource_version,
                },
            },
            inverse=change.inverse,
            inverse_note=f"puts back what the backup secret {change.backup} keeps",
            touches=(*_touches(change, keys), *owned),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts that tell that the Secret still holds what was restored."""
        del after
        return {"uid": change.uid, "deleting": False, "as_restored": True}


def _check(subject: str, target: Mapping[str, Any], source: Mapping[str, Any]) -> None:
    if target["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"{subject} is being deleted")
    if target["immutable"]:
        raise CannotPlanError(f"{subject} is immutable; have its users refer to the earlier one")
    if target["type"] != source["type"]:
        raise CannotPlanError(f"{subject} is of type {target['type']}, not {source['type']}")
    if target["type"] not in TYPES:
        raise CannotPlanError(f"{subject} of type {target['type']} is written by a controller")


def _touches(change: RestoreSecret, keys: Mapping[str, list[str]]) -> tuple[str, ...]:
    words = {"changed": "get another value", "added": "come", "removed": "go", "same": "stay"}
    said = [
        f"keys of secret {change.name} that {word}: {', '.join(keys[name])}"
        for name, word in words.items()
        if keys[name]
    ]
    return (
        *said,
        (
            "pods that mount it see the new values within about a minute; those that take their "
            "environment from it see nothing of it until they restart"
        ),
        f"a backup is made first: secret {change.backup}, which nobody can change",
        (
            "follow-up: whatever wrote the bad values (a pipeline, a vault, `kubectl apply`) "
            "writes them again; mend it there"
        ),
        (
            "follow-up: when it is over, delete the backup: "
            f"`kubectl delete secret {change.backup} -n {change.namespace}`"
        ),
        "no other object is changed",
    )

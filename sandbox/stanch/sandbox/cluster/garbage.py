"""What follows a deletion: dependents go with their owner, contents with their namespace."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import admission
from stanch.sandbox.cluster.admission import DeleteOptions
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.kinds import stored, stored_plurals

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_FOREGROUND = "foregroundDeletion"
_ORPHAN = "orphan"


class Garbage:
    """Deletes what has lost its owner.

    A key is (plural, uid, namespace and name), packed into the two fields of a key.
    """

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return what is going or gone, and the owners that wait for a dependent to go."""
        metadata = change.new["metadata"]
        found = []
        if change.action == "DELETED" or "deletionTimestamp" in metadata:
            found.append(_key(change.plural, metadata))
        if change.action == "DELETED":
            if space := metadata.get("namespace"):
                found.append(("namespaces", f"/{space}/"))
            for reference in metadata.get("ownerReferences", ()):
                plural = reference["kind"].lower() + "s"
                if admission.is_stored(plural):
                    owner = {**reference, "namespace": metadata.get("namespace", "")}
                    found.append(_key(plural, owner))
        return found

    def reconcile(self, plural: str, place: str) -> None:
        """Go on with one deletion."""
        namespace, name, uid = place.split("/")
        store = self._cluster.store
        obj = store.find(plural, namespace, name)
        if plural == "namespaces":
            if obj is None:
                obj = store.find(plural, "", namespace)
            if obj is not None and "deletionTimestamp" in obj["metadata"]:
                self._empty(obj)
            return
        if obj is None or (uid and obj["metadata"]["uid"] != uid):
            self._lose(uid)
        elif "deletionTimestamp" in obj["metadata"]:
            self._finish(plural, obj)

    def _lose(self, uid: str) -> None:
        for plural in stored_plurals():
            for dependent in self._cluster.store.owned(uid, plural) if uid else ():
                others = [
                    reference
                    for reference in dependent["metadata"]["ownerReferences"]
                    if reference["uid"] != uid
                ]
                if others:
                    self._set(plural, dependent, ownerReferences=others)
                elif "deletionTimestamp" not in dependent["metadata"]:
                    self._delete(plural, dependent, propagation="Background")

    def _finish(self, plural: str, obj: dict[str, Any]) -> None:
        metadata = obj["metadata"]
        finalizers = metadata.get("finalizers", [])
        dependents = [
            (kind, dependent)
            for kind in stored_plurals()
            for dependent in self._cluster.store.owned(metadata["uid"], kind)
        ]
        if _ORPHAN in finalizers:
            for kind, dependent in dependents:
                kept = [
                    reference
                    for reference in dependent["metadata"]["ownerReferences"]
                    if reference["uid"] != metadata["uid"]
                ]
                self._set(kind, dependent, ownerReferences=kept)
            self._release(plural, obj, word=_ORPHAN)
        elif _FOREGROUND in finalizers:
            for kind, dependent in dependents:
                if "deletionTimestamp" not in dependent["metadata"]:
                    self._delete(kind, dependent, propagation="Foreground")
            if not self._cluster.store.owned(metadata["uid"]):
                self._release(plural, obj, word=_FOREGROUND)

    def _release(self, plural: str, obj: dict[str, Any], *, word: str) -> None:
        metadata = obj["metadata"]
        current = self._cluster.store.find(plural, metadata.get("namespace", ""), metadata["name"])
        if current is not None:
            left = [item for item in current["metadata"]["finalizers"] if item != word]
            self._set(plural, current, finalizers=left)

    def _set(self, plural: str, obj: dict[str, Any], **fields: list[Any]) -> None:
        metadata = {**obj["metadata"], **fields}
        metadata = {key: value for key, value in metadata.items() if value or key not in fields}
        self._cluster.store.replace(plural, {**obj, "metadata": metadata})

    def _delete(self, plural: str, obj: dict[str, Any], *, propagation: str) -> None:
        metadata = obj["metadata"]
        admission.delete(
            self._cluster.store,
            stored(plural),
            metadata.get("namespace", ""),
            name=metadata["name"],
            options=DeleteOptions(propagation=propagation),
        )

    def _empty(self, namespace: dict[str, Any]) -> None:
        store, name = self._cluster.store, namespace["metadata"]["name"]
        left = 0
        for plural in stored_plurals():
            for obj in store.list(plural, name):
                if "deletionTimestamp" not in obj["metadata"]:
                    self._delete(plural, obj, propagation="Background")
                metadata = obj["metadata"]
                left += store.find(plural, name, metadata["name"]) is not None
        if not left:
            store.remove("namespaces", "", name)


def _key(plural: str, metadata: dict[str, Any]) -> "Key":
    return plural, f"{metadata.get('namespace', '')}/{metadata['name']}/{metadata['uid']}"

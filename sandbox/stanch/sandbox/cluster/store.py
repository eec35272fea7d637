"""The objects of the practice cluster, with the semantics of the API server's storage.

The store never changes an object that it has given out: a change makes a new object that
shares what stayed the same. `create`, `update` and `patch_merge` check and complete what
they are given; `replace` and `remove` are for the controllers, which know what they write.
"""

import json
import random
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from stanch.sandbox.cluster import admission, patch_json, quotas
from stanch.sandbox.cluster.journal import Action, Change, Journal
from stanch.sandbox.cluster.kinds import stored, stored_plurals
from stanch.sandbox.cluster.status import already_exists, conflict, not_found
from stanch.sandbox.cluster.times import stamp

Object: TypeAlias = dict[str, Any]
Objects: TypeAlias = list[Object]
Key: TypeAlias = tuple[str, str]
Claim: TypeAlias = Callable[[Object, Object | None], Object]
Owned: TypeAlias = tuple[str, str, str]

_WITH_GENERATION = {
    *("deployments", "replicasets", "statefulsets", "daemonsets"),
    "poddisruptionbudgets",
}
_OWN_ENDING = {"pods", "namespaces"}


class Store:
    """Keeps the objects of every kind and counts one resourceVersion through all of them."""

    def __init__(self, *, now: Callable[[], float], seed: int = 0) -> None:
        self._now = now
        self._random = random.Random(f"store {seed}")  # noqa: S311  # names, not secrets
        self._tables: dict[str, dict[Key, Object]] = {name: {} for name in stored_plurals()}
        self._owned: dict[str, dict[Owned, None]] = {}
        self._encoded: dict[tuple[str, str, str], tuple[Object, bytes]] = {}
        self.journal = Journal()

    def get(self, resource: str, namespace: str, name: str) -> Object:
        """Return one object; a cluster-wide one has the namespace "".

        Raises:
            ApiError: there is none (404).
        """
        found = self.find(resource, namespace, name)
        if found is None:
            raise not_found(stored(resource), name)
        return found

    def find(self, resource: str, namespace: str, name: str) -> Object | None:
        """Return one object, or None."""
        return self._tables[resource].get((namespace, name))

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: Mapping[str, str] | None = None,
    ) -> Objects:
        """Return the objects of a namespace (None: of all) with these labels, ordered by name."""
        wanted = (labels or {}).items()
        return [
            obj
            for (where, _), obj in sorted(self._tables[resource].items(), key=lambda item: item[0])
            if (namespace is None or where == namespace)
            and (not wanted or wanted <= obj["metadata"].get("labels", {}).items())
        ]

    def owned(self, uid: str, resource: str | None = None) -> Objects:
        """Return the objects that name the owner `uid`; "" gives those without a controller."""
        return [
            self._tables[plural][namespace, name]
            for plural, namespace, name in self._owned.get(uid, ())
            if resource in {None, plural}
        ]

    def encoded(self, resource: str, obj: Object) -> bytes:
        """Return the JSON of a stored object; kept until the object changes."""
        metadata = obj["metadata"]
        key = (resource, metadata.get("namespace", ""), metadata["name"])
        kept = self._encoded.get(key)
        if kept is None or kept[0] is not obj:
            kept = (obj, json.dumps(obj, separators=(",", ":")).encode())
            self._encoded[key] = kept
        return kept[1]

    def create(
        self,
        resource: str,
        namespace: str,
        obj: Object,
        *,
        claim: Claim | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Check, complete and keep a new object; return it as it is kept.

        `claim` notes who wrote which field.

        Raises:
            ApiError: it is not acceptable (400, 403, 404, 422) or its name is taken (409).
        """
        kind = stored(resource)
        new = admission.created(self, kind, obj, namespace=namespace)
        metadata = new["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + self.suffix()
        if self.find(resource, namespace, metadata.get("name", "")) is not None:
            raise already_exists(kind, metadata["name"])
        admission.check(kind, new)
        quotas.admit(self, kind, new)
        metadata["uid"] = self.new_uid()
        metadata["creationTimestamp"] = stamp(self._now())
        if resource in _WITH_GENERATION:
            metadata["generation"] = 1
        new = claim(new, None) if claim else new
        return new if dry_run else self._write("ADDED", resource, new=new, old=None)

    def update(
        self,
        resource: str,
        namespace: str,
        obj: Object,
        *,
        part: str = "",
        claim: Claim | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Put `obj` in the place of the object of its name; return it as it is kept.

        `part` is "" or "status": the other half of the object is left as it is.
        `claim` notes who wrote which field.

        Raises:
            ApiError: there is none (404), it is stale (409) or not acceptable (400, 422).
        """
        kind = stored(resource)
        name = obj.get("metadata", {}).get("name", "")
        old = self.get(resource, namespace, name)
        seen = obj["metadata"].get("resourceVersion")
        if seen and seen != old["metadata"]["resourceVersion"]:
            raise conflict(kind, name)
        uid = obj["metadata"].get("uid")
        if uid and uid != old["metadata"]["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
            raise conflict(kind, name, why=why + old["metadata"]["uid"])
        new = admission.updated(kind, obj, old=old, part=part)
        new = claim(new, old) if claim else new
        return _counted(resource, new, old=old) if dry_run else self.replace(resource, new)

    def patch_merge(self, resource: str, namespace: str, name: str, patch: Object) -> Object:
        """Apply a JSON merge patch to an object; return it as it is kept.

        A patch that holds a status changes the status too, which the API would ignore.

        Raises:
            ApiError: as `update`.
        """
        changed = patch_json.merge(self.get(resource, namespace, name), patch)
        new = self.update(resource, namespace, changed)
        if "status" in patch and stored(resource).has_status:
            changed = {**changed, "metadata": new["metadata"]}
            new = self.update(resource, namespace, changed, part="status")
        return new

    def replace(self, resource: str, obj: Object) -> Object:
        """Keep a changed object that needs no checks; one that is equal changes nothing."""
        metadata = obj["metadata"]
        old = self.get(resource, metadata.get("namespace", ""), metadata["name"])
        if obj == old:
            return old
        obj = _counted(resource, obj, old=old)
        ending = "deletionTimestamp" in metadata and not metadata.get("finalizers")
        if ending and resource not in _OWN_ENDING:
            self.remove(resource, metadata.get("namespace", ""), metadata["name"])
            return obj
        return self._write("MODIFIED", resource, new=obj, old=old)

    def delete(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object as a client without options would.

        Raises:
            ApiError: there is none (404).
        """
        admission.delete(self, stored(resource), namespace, name=name)

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Take an object out at once."""
        old = self._tables[resource][namespace, name]
        self._write("DELETED", resource, new=old, old=old)

    def now(self) -> float:
        """Return the simulated time, in Unix seconds."""
        return self._now()

    def new_uid(self) -> str:
        """Return a fresh uid; the same seed gives the same row of them."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def suffix(self, length: int = 5) -> str:
        """Return random letters for the end of a name, as the API server draws them."""
        return "".join(self._random.choices("bcdfghjklmnpqrstvwxz2456789", k=length))

    def _write(self, action: Action, resource: str, *, new: Object, old: Object | None) -> Object:
        revision = self.journal.revision + 1
        metadata = {**new["metadata"], "resourceVersion": str(revision)}
        new = {**new, "metadata": metadata}
        key = (metadata.get("namespace", ""), metadata["name"])
        if old is not None:
            self._index((resource, *key), old, here=False)
        if action == "DELETED":
            del self._tables[resource][key]
            self._encoded.pop((resource, *key), None)
        else:
            self._tables[resource][key] = new
            self._index((resource, *key), new, here=True)
        self.journal.add(Change(revision, action, resource, new, old))
        return new

    def _index(self, where: Owned, obj: Object, *, here: bool) -> None:
        references = obj["metadata"].get("ownerReferences", ())
        owners = [reference["uid"] for reference in references]
        if not any(reference.get("controller") for reference in references):
            owners.append("")
        for uid in owners:
            if here:
                self._owned.setdefault(uid, {})[where] = None
                continue
            self._owned[uid].pop(where, None)
            if not self._owned[uid]:
                del self._owned[uid]


def _counted(resource: str, obj: Object, *, old: Object) -> Object:
    """Return the object with the generation that its change gives it."""
    if resource not in _WITH_GENERATION or obj.get("spec") == old.get("spec"):
        return obj
    generation = old["metadata"]["generation"] + 1
    return {**obj, "metadata": {**obj["metadata"], "generation": generation}}

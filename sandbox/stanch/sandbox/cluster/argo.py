"""A small Argo CD: it syncs applications to a repository that the cluster itself holds.

An application whose source is `configmap://NAMESPACE/NAME` is synced to that ConfigMap: the
key `main` (or whatever is tracked) holds the newest revision, and each revision is a key
whose value is the manifests as a JSON list. Applications of other sources are left alone.

What is asked for in `operation` is done at once; automated sync follows a new revision, and
with self-heal also a change of what it keeps, some seconds later, as in a real one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import patch_strategic
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.kinds import KINDS
from stanch.sandbox.cluster.status import ApiError
from stanch.sandbox.cluster.store import Object
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_PLURAL = "applications"
_TRACKING = "argocd.argoproj.io/tracking-id"
_SCHEME = "configmap://"
_HEALS_AFTER = 5.0
_HISTORY = 10


class Argo:
    """Keeps what applications deploy as their repository says, when it is asked or told to."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._store = cluster.store
        self._due: dict[tuple[str, str], float] = {}
        """When automated sync is to come, by the application that is out of sync."""

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the applications that a change of theirs, or of what they keep, concerns."""
        metadata = change.new["metadata"]
        if change.plural == _PLURAL:
            return [(metadata["namespace"], metadata["name"])]
        tracked = (metadata.get("annotations") or {}).get(_TRACKING, "").partition(":")[0]
        named = tracked.rpartition("_")
        found = [(named[0], named[2])] if named[0] else []
        if change.plural == "configmaps":
            where = f"{_SCHEME}{metadata['namespace']}/{metadata['name']}"
            found += [
                (one["metadata"]["namespace"], one["metadata"]["name"])
                for one in self._store.list(_PLURAL)
                if _source(one).get("repoURL") == where
            ]
        return found

    def reconcile(self, namespace: str, name: str) -> None:
        """Do the sync that is asked for, or the one that the application's policy wants."""
        found = self._store.find(_PLURAL, namespace, name)
        repository = self._repository(found) if found is not None else None
        if found is None or repository is None or "deletionTimestamp" in found["metadata"]:
            return
        if asked := (found.get("operation") or {}).get("sync"):
            self._sync(found, asked, repository, found["operation"])
            return
        self._compare(found, repository)

    def _compare(self, app: Object, repository: Mapping[str, str]) -> None:
        """Note whether the application is in sync, and sync it where its policy says so."""
        wanted = _resolved(repository, str(_source(app).get("targetRevision", "main")))
        differs = any(self._differing(app, repository.get(wanted, "[]")))
        state = {"status": "OutOfSync" if differs else "Synced", "revision": wanted}
        app = self._put(app, {"sync": state})
        policy = ((app.get("spec") or {}).get("syncPolicy") or {}).get("automated")
        if policy is None or policy.get("enabled") is False or not differs:
            return
        history = (app.get("status") or {}).get("history") or [{}]
        if history[-1].get("revision") == wanted and not policy.get("selfHeal"):
            return
        metadata = app["metadata"]
        key = (metadata["namespace"], metadata["name"])
        due = self._due.setdefault(key, self._cluster.now + _HEALS_AFTER)
        if self._cluster.now < due:
            self._cluster.look_again(Argo, key, at=due)
            return
        operation = {"initiatedBy": {"automated": True}, "sync": {"revision": wanted}}
        self._sync(app, {"revision": wanted}, repository, operation)

    def _sync(
        self,
        app: Object,
        asked: Mapping[str, Any],
        repository: Mapping[str, str],
        operation: Mapping[str, Any],
    ) -> None:
        revision = _resolved(repository, str(asked.get("revision") or "main"))
        now = stamp(self._cluster.now)
        phase, message = "Failed", f"there is no revision {revision}"
        if revision in repository:
            phase, message = self._deploy(app, repository[revision])
        state = {
            "operation": dict(operation),
            "phase": phase,
            "message": message,
            "startedAt": now,
            "finishedAt": now,
        }
        history = list((app.get("status") or {}).get("history") or ())
        if phase == "Succeeded":
            number = max((one.get("id", 0) for one in history), default=-1) + 1
            source = asked.get("source") or _source(app)
            entry = {"id": number, "revision": revision, "source": source, "deployedAt": now}
            history = [*history, entry][-_HISTORY:]
        done = {key: value for key, value in app.items() if key != "operation"}
        self._due.pop((app["metadata"]["namespace"], app["metadata"]["name"]), None)
        self._put(done, {"history": history, "operationState": state})

    def _deploy(self, app: Object, text: str) -> tuple[str, str]:
        """Apply the manifests; return the phase that the sync ends in, and a message."""
        try:
            for manifest in list(self._differing(app, text)):
                self._apply(app, manifest)
        except (ValueError, ApiError) as error:
            return "Failed", f"the revision cannot be deployed: {error}"
        return "Succeeded", "successfully synced (all tasks run)"

    def _differing(self, app: Object, text: str) -> Iterator[Object]:
        """Yield the manifests that the cluster does not have as they are."""
        for manifest in json.loads(text):
            wanted = _tracked(app, manifest)
            there = self._found(app, wanted)
            if there is None or self._merged(there, wanted) != there:
                yield wanted

    def _apply(self, app: Object, manifest: Object) -> None:
        plural, namespace = _plural(manifest), _namespace(app)
        there = self._found(app, manifest)
        if there is None:
            self._store.create(plural, namespace, manifest)
        else:
            self._store.update(plural, namespace, self._merged(there, manifest))

    def _found(self, app: Object, manifest: Object) -> Object | None:
        return self._store.find(_plural(manifest), _namespace(app), manifest["metadata"]["name"])

    def _merged(self, there: Object, manifest: Object) -> Object:
        return patch_strategic.apply(str(manifest["kind"]), there, patch=manifest)

    def _repository(self, app: Object) -> Mapping[str, str] | None:
        """Return the ConfigMap that stands for the repository; None for any other source."""
        namespace, _, name = (
            str(_source(app).get("repoURL", "")).removeprefix(_SCHEME).partition("/")
        )
        if not str(_source(app).get("repoURL", "")).startswith(_SCHEME):
            return None
        found = self._store.find("configmaps", namespace, name)
        return None if found is None else found.get("data", {})

    def _put(self, app: Object, status: Mapping[str, Any]) -> Object:
        """Keep the application with these parts of its status."""
        return self._store.replace(
            _PLURAL, {**app, "status": {**(app.get("status") or {}), **status}}
        )


def _source(app: Object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (app.get("spec") or {}).get("source") or {}
    return found


def _namespace(app: Object) -> str:
    there = ((app.get("spec") or {}).get("destination") or {}).get("namespace")
    return str(there or app["metadata"]["namespace"])


def _resolved(repository: Mapping[str, str], revision: str) -> str:
    """Return the revision that a branch stands for, or the revision itself."""
    name = repository.get(revision, "")
    return name if name and not name.lstrip().startswith("[") else revision


def _plural(manifest: Object) -> str:
    return next(one.plural for one in KINDS if one.kind == manifest["kind"])


def _tracked(app: Object, manifest: Object) -> Object:
    """Return the manifest with the mark by which Argo CD knows what it keeps."""
    head, namespace = app["metadata"], _namespace(app)
    group = str(manifest.get("apiVersion", "")).rpartition("/")[0]
    name = manifest["metadata"]["name"]
    mark = f"{head['namespace']}_{head['name']}:{group}/{manifest['kind']}:{namespace}/{name}"
    annotations = {**(manifest["metadata"].get("annotations") or {}), _TRACKING: mark}
    metadata = {**manifest["metadata"], "namespace": namespace, "annotations": annotations}
    return {**manifest, "metadata": metadata}

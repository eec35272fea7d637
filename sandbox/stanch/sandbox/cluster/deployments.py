"""The Deployment controller: revisions, rolling updates, their deadline and their history."""

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import progress, rollout
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import controller_of, is_active, owner_reference
from stanch.sandbox.cluster.rollout import HASH_LABEL, wanted
from stanch.sandbox.cluster.selectors import object_selector

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_COMPONENT = "deployment-controller"
_NOT_COPIED = {
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
    "kubectl.kubernetes.io/last-applied-configuration",
}


class Deployments:
    """Moves the pods of a Deployment from its old templates to the new one."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the Deployment that a change is about."""
        metadata = change.new["metadata"]
        if change.plural == "deployments":
            return [(metadata["namespace"], metadata["name"])]
        owner = controller_of(change.new) if change.plural == "replicasets" else None
        if change.plural == "pods" and change.action == "DELETED":
            # A Recreate waits for the last old pod to be gone.
            above = controller_of(change.new)
            if above and above["kind"] == "ReplicaSet":
                found = self._cluster.store.find(
                    "replicasets", metadata["namespace"], above["name"]
                )
                owner = controller_of(found) if found else None
        if owner and owner["kind"] == "Deployment":
            return [(metadata["namespace"], owner["name"])]
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Take the next step of one Deployment."""
        deployment = self._cluster.store.find("deployments", namespace, name)
        if deployment is None:
            return
        if "deletionTimestamp" in deployment["metadata"]:
            progress.write(self._cluster, deployment, owned=self._owned(deployment), new=None)
            return
        self._adopt(deployment)
        deployment = progress.note_pause(self._cluster, deployment)
        paused = deployment["spec"].get("paused", False)
        new = self._find_new(deployment)
        if paused or self._was_scaled(deployment):
            self._rescale(deployment, new)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            new = self._recreate(deployment, new)
        else:
            new = self._roll(deployment, new)
        self._report(namespace, name)

    def _report(self, namespace: str, name: str) -> None:
        deployment = self._cluster.store.find("deployments", namespace, name)
        if deployment is None:
            return
        owned, new = self._owned(deployment), self._find_new(deployment)
        deployment = progress.write(self._cluster, deployment, owned=owned, new=new)
        due = progress.deadline(deployment)
        if due is not None:
            # Times in conditions are whole seconds: a second later it is late for certain.
            self._cluster.look_again(Deployments, (namespace, name), at=due + 1.0)
        if progress.is_complete(deployment) and not deployment["spec"].get("paused"):
            self._clean(deployment, [item for item in owned if not _same(item, new)])

    def _owned(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        owned = self._cluster.store.owned(deployment["metadata"]["uid"], "replicasets")
        return sorted(owned, key=_age)

    def _old(self, deployment: dict[str, Any], new: dict[str, Any] | None) -> list[dict[str, Any]]:
        return [item for item in self._owned(deployment) if not _same(item, new)]

    def _adopt(self, deployment: dict[str, Any]) -> None:
        fits = object_selector(deployment["spec"]["selector"])
        for item in self._cluster.store.owned("", "replicasets"):
            metadata = item["metadata"]
            same = metadata["namespace"] == deployment["metadata"]["namespace"]
            if same and fits(metadata.get("labels", {})):
                owners = [*metadata.get("ownerReferences", ()), owner_reference(deployment)]
                changed = {**item, "metadata": {**metadata, "ownerReferences": owners}}
                self._cluster.store.replace("replicasets", changed)

    def _find_new(self, deployment: dict[str, Any]) -> dict[str, Any] | None:
        template = rollout.bare_template(deployment["spec"]["template"])
        for item in self._owned(deployment):
            if rollout.bare_template(item["spec"]["template"]) == template:
                return item
        return None

    def _was_scaled(self, deployment: dict[str, Any]) -> bool:
        wanted_now = str(deployment["spec"]["replicas"])
        return any(
            wanted(item)
            and item["metadata"].get("annotations", {}).get(rollout.DESIRED, wanted_now)
            != wanted_now
            for item in self._owned(deployment)
        )

    def _renewed(self, deployment: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
        """Return the ReplicaSet of the present template, with the newest revision number."""
        old = self._old(deployment, new)
        number = max((rollout.revision(item) for item in old), default=0) + 1
        if new is None:
            new = self._create(deployment, number)
        else:
            new = self._annotate(deployment, new, number=max(number, rollout.revision(new)))
        self._set_revision(deployment, rollout.revision(new))
        return new

    def _create(self, deployment: dict[str, Any], number: int) -> dict[str, Any]:
        spec, metadata = deployment["spec"], deployment["metadata"]
        template = copy.deepcopy(spec["template"])
        mark = rollout.template_hash(rollout.bare_template(template))
        labels = {**template["metadata"].get("labels", {}), HASH_LABEL: mark}
        template["metadata"]["labels"] = labels
        chosen = spec["selector"]
        selector = {
            **chosen,
            "matchLabels": {**chosen.get("matchLabels", {}), HASH_LABEL: mark},
        }
        surge, _ = rollout.bounds(deployment)
        rolling = spec["strategy"]["type"] == "RollingUpdate"
        total = sum(wanted(item) for item in self._old(deployment, None))
        room = max(0, spec["replicas"] + surge - total) if rolling else spec["replicas"]
        size = min(spec["replicas"], room)
        body: dict[str, Any] = {
            "metadata": {
                "name": f"{metadata['name']}-{mark}",
                "labels": labels,
                "annotations": {
                    **self._annotations(deployment, number),
                    **self._sizes(deployment),
                },
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {"replicas": size, "selector": selector, "template": template},
        }
        if "minReadySeconds" in spec:
            body["spec"]["minReadySeconds"] = spec["minReadySeconds"]
        made = self._cluster.store.create("replicasets", metadata["namespace"], body)
        text = f'Created new replica set "{made["metadata"]["name"]}"'
        progress.note_new(self._cluster, deployment, reason="NewReplicaSetCreated", message=text)
        if size:
            self._tell(deployment, "up", made, before=0, after=size)
        return made

    def _annotations(self, deployment: dict[str, Any], number: int) -> dict[str, str]:
        own = deployment["metadata"].get("annotations", {})
        copied = {key: text for key, text in own.items() if key not in _NOT_COPIED}
        return {**copied, rollout.REVISION: str(number)}

    def _sizes(self, deployment: dict[str, Any]) -> dict[str, str]:
        replicas = deployment["spec"]["replicas"]
        most = replicas + rollout.bounds(deployment)[0]
        return {rollout.DESIRED: str(replicas), rollout.MAX_REPLICAS: str(most)}

    def _annotate(
        self, deployment: dict[str, Any], item: dict[str, Any], *, number: int
    ) -> dict[str, Any]:
        annotations = {
            **item["metadata"].get("annotations", {}),
            **self._annotations(deployment, number),
        }
        before = rollout.revision(item)
        if before and before != number:
            earlier = annotations.get(rollout.HISTORY, "")
            annotations[rollout.HISTORY] = f"{earlier},{before}" if earlier else str(before)
        metadata = {**item["metadata"], "annotations": annotations}
        changed = self._cluster.store.replace("replicasets", {**item, "metadata": metadata})
        if number == rollout.revision(item):
            return changed
        text = f'Found new replica set "{metadata["name"]}"'
        progress.note_new(self._cluster, deployment, reason="FoundNewReplicaSet", message=text)
        return changed

    def _set_revision(self, deployment: dict[str, Any], number: int) -> None:
        store, metadata = self._cluster.store, deployment["metadata"]
        current = store.get("deployments", metadata["namespace"], metadata["name"])
        if rollout.revision(current) != number:
            annotations = {
                **current["metadata"].get("annotations", {}),
                rollout.REVISION: str(number),
            }
            changed = {**current["metadata"], "annotations": annotations}
            store.replace("deployments", {**current, "metadata": changed})

    def _resize(self, deployment: dict[str, Any], item: dict[str, Any], *, size: int) -> None:
        before = wanted(item)
        annotations = {**item["metadata"].get("annotations", {}), **self._sizes(deployment)}
        metadata = {**item["metadata"], "annotations": annotations}
        spec = {**item["spec"], "replicas": size}
        self._cluster.store.replace("replicasets", {**item, "metadata": metadata, "spec": spec})
        if size != before:
            word = "up" if size > before else "down"
            self._tell(deployment, word, item, before=before, after=size)

    def _tell(
        self,
        deployment: dict[str, Any],
        word: str,
        item: dict[str, Any],
        *,
        before: int,
        after: int,
    ) -> None:
        name = item["metadata"]["name"]
        text = f"Scaled {word} replica set {name} from {before} to {after}"
        self._cluster.events.normal(deployment, "ScalingReplicaSet", text, component=_COMPONENT)

    def _roll(self, deployment: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
        new = self._renewed(deployment, new)
        old = self._old(deployment, new)
        replicas, total = deployment["spec"]["replicas"], sum(map(wanted, [*old, new]))
        size = replicas
        if wanted(new) < replicas:
            size = rollout.grown(deployment, new, total=total)
        if size != wanted(new):
            self._resize(deployment, new, size=size)
            return new
        sizes = rollout.shrunk(deployment, new, old=old)
        for item in old:
            if sizes[item["metadata"]["name"]] != wanted(item):
                self._resize(deployment, item, size=sizes[item["metadata"]["name"]])
        return new

    def _recreate(
        self, deployment: dict[str, Any], new: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        old = self._old(deployment, new)
        for item in old:
            if wanted(item):
                self._resize(deployment, item, size=0)
        alive = [
            pod
            for item in old
            for pod in self._cluster.store.owned(item["metadata"]["uid"], "pods")
            if is_active(pod) or "deletionTimestamp" in pod["metadata"]
        ]
        if alive:
            return new
        new = self._renewed(deployment, new)
        if wanted(new) != deployment["spec"]["replicas"]:
            self._resize(deployment, new, size=deployment["spec"]["replicas"])
        return new

    def _rescale(self, deployment: dict[str, Any], new: dict[str, Any] | None) -> None:
        """Follow a changed number of replicas, without moving the rollout on."""
        owned, replicas = self._owned(deployment), deployment["spec"]["replicas"]
        active = [item for item in owned if wanted(item)]
        if len(active) <= 1:
            latest = active[0] if active else new or max(owned, key=rollout.revision, default=None)
            if latest is not None and self._differs(deployment, latest, size=replicas):
                self._resize(deployment, latest, size=replicas)
            return
        if new is not None and wanted(new) == replicas and rollout.available(new) == replicas:
            for item in active:
                if not _same(item, new):
                    self._resize(deployment, item, size=0)
            return
        if deployment["spec"]["strategy"]["type"] != "RollingUpdate":
            return
        for name, size in rollout.spread(deployment, active=active).items():
            item = next(item for item in active if item["metadata"]["name"] == name)
            if self._differs(deployment, item, size=size):
                self._resize(deployment, item, size=size)

    def _differs(self, deployment: dict[str, Any], item: dict[str, Any], *, size: int) -> bool:
        annotations = item["metadata"].get("annotations", {})
        return wanted(item) != size or not (self._sizes(deployment).items() <= annotations.items())

    def _clean(self, deployment: dict[str, Any], old: list[dict[str, Any]]) -> None:
        limit = deployment["spec"]["revisionHistoryLimit"]
        empty = [
            item
            for item in old
            if not wanted(item) and not item.get("status", {}).get("replicas", 0)
        ]
        surplus = max(0, len(old) - limit)
        for item in sorted(empty, key=rollout.revision)[:surplus]:
            metadata = item["metadata"]
            self._cluster.store.delete("replicasets", metadata["namespace"], metadata["name"])


def _same(item: dict[str, Any], other: dict[str, Any] | None) -> bool:
    return other is not None and item["metadata"]["uid"] == other["metadata"]["uid"]


def _age(item: dict[str, Any]) -> tuple[str, str]:
    return item["metadata"]["creationTimestamp"], item["metadata"]["name"]

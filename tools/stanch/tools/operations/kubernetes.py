"""What can be asked of a Kubernetes cluster without changing it.

Objects in an outcome's data are the API's own JSON, less `managedFields`: only of what is
changed in place (ConfigMaps, Services, autoscalers, quotas) they say who wrote it last and
when. The values of Secrets are never read, because no operation names them.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, DnsLabel, DnsSubdomain, Effect, Seconds
from stanch.tools.operations.kubernetes_names import (
    CLUSTER_SCOPED,
    ObjectName,
    ObjectRef,
    ResourceName,
)
from stanch.tools.operations.selectors import Fields, Labels, as_text


class ClusterRead(BaseOperation):
    """A read of the cluster: it observes, whatever its fields say."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE


class _InNamespace(ClusterRead):
    namespace: DnsLabel

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}"


class _OneObject(ClusterRead):
    """A read of one object, in a namespace unless its resource has none."""

    resource: ResourceName
    namespace: DnsLabel | None = None
    name: ObjectName

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/{self.resource}/{self.name}"

    @property
    def _place(self) -> str:
        there = "" if self.namespace is None else where(self.namespace)
        return f"{self.resource}/{self.name}{there}"


class _OneDeployment(_InNamespace):
    """A read of one deployment."""

    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/deployments/{self.name}"


class ListObjects(ClusterRead):
    """List objects of one resource: data {"items": [object, ...]}.

    Without a namespace the objects of all namespaces are listed.
    """

    kind: Literal["kubernetes.list"] = "kubernetes.list"
    resource: ResourceName
    namespace: DnsLabel | None = None
    labels: Labels = ()
    fields: Fields = ()

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/{self.resource}"

    @override
    def as_text(self) -> str:
        there = "" if self.resource in CLUSTER_SCOPED else where(self.namespace)
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        fields = f" --field-selector {as_text(self.fields)}" if self.fields else ""
        return f"kubectl get {self.resource}{there}{labels}{fields}"


class ReadObject(_OneObject):
    """Read one object: data {"object": object}."""

    kind: Literal["kubernetes.read"] = "kubernetes.read"

    @override
    def as_text(self) -> str:
        return f"kubectl get {self._place}"


class DescribeObject(_OneObject):
    """Read one object with its events and what belongs to it.

    Data {"object": object, "events": [event, ...], "pods": [...], "replicasets": [...]};
    the last two are empty unless the object owns such.
    """

    kind: Literal["kubernetes.describe"] = "kubernetes.describe"

    @override
    def as_text(self) -> str:
        return f"kubectl describe {self._place}"


class ReadLogs(_InNamespace):
    """Read the last log lines of a pod, of a workload's pods, or of selected pods.

    Data {"streams": [{"pod", "container", "labels": {...}, "lines": [{"at", "text"}, ...]},
    ...], "not_read": [{"pod", "container", "reason"}, ...]}; `at` is RFC 3339. With
    several pods the newest `pods` of them are read. `owner` is another workload than a
    deployment, or the service whose pods are meant.
    """

    kind: Literal["kubernetes.logs"] = "kubernetes.logs"
    pod: DnsSubdomain | None = None
    deployment: DnsSubdomain | None = None
    owner: ObjectRef | None = None
    labels: Labels = ()
    container: DnsLabel | None = None
    all_containers: bool = False
    tail: Annotated[int, Field(ge=1, le=100_000)] = 200
    since_seconds: Annotated[Seconds, Field(ge=1, le=2_592_000)] | None = None
    since_time: (
        Annotated[
            str,
            Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$"),
        ]
        | None
    ) = None
    previous: bool = False
    pods: Annotated[int, Field(ge=1, le=20)] = 6

    @model_validator(mode="after")
    def _one_source(self) -> "ReadLogs":
        named = (self.pod, self.deployment, self.owner)
        if sum(one is not None for one in named) + bool(self.labels) != 1:
            raise ValueError("logs are read from exactly one of a pod, a workload or labels")
        if self.container and self.all_containers:
            raise ValueError("one container is read, or all of them")
        if self.since_seconds and self.since_time:
            raise ValueError("logs are read since one moment")
        return self

    @property
    def _source(self) -> str:
        if self.pod:
            return f" {self.pod}"
        if self.deployment:
            return f" deployment/{self.deployment}"
        return f" {self.owner.as_text()}" if self.owner else f" -l '{as_text(self.labels)}'"

    @override
    def as_text(self) -> str:
        container = f" -c {self.container}" if self.container else ""
        container += " --all-containers" if self.all_containers else ""
        since = f" --since={self.since_seconds}s" if self.since_seconds else ""
        since += f" --since-time={self.since_time}" if self.since_time else ""
        previous = " --previous" if self.previous else ""
        return (
            f"kubectl logs{self._source}{where(self.namespace)}{container}"
            f" --tail={self.tail}{since}{previous}"
        )


class ListEvents(_InNamespace):
    """List events, the newest last: data {"items": [event, ...]}."""

    kind: Literal["kubernetes.events"] = "kubernetes.events"
    about_kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}$")] | None = None
    about_name: ObjectName | None = None
    warnings_only: bool = False

    @override
    def as_text(self) -> str:
        if self.about_name and self.about_kind:
            kind = " --types=Warning" if self.warnings_only else ""
            about = f" --for {self.about_kind}/{self.about_name}"
            return f"kubectl events{where(self.namespace)}{about}{kind}"
        asked = {"involvedObject.kind": self.about_kind, "involvedObject.name": self.about_name}
        asked |= {"type": "Warning" if self.warnings_only else None}
        fields = ",".join(f"{path}={value}" for path, value in asked.items() if value)
        chosen = f" --field-selector {fields}" if fields else ""
        return f"kubectl get events{where(self.namespace)}{chosen}"


class RolloutHistory(_OneDeployment):
    """List the revisions of a deployment, the newest first.

    Data {"deployment": object, "revisions": [{"revision": int, "replica_set", "uid",
    "created", "template_hash", "images": [...], "replicas": int, "ready": int,
    "current": bool, "template": object, "change_cause"}, ...]}.
    """

    kind: Literal["kubernetes.rollout_history"] = "kubernetes.rollout_history"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout history deployment/{self.name}{where(self.namespace)}"


class RolloutStatus(_OneDeployment):
    """Say how far a rollout is, once, without waiting.

    Data {"deployment": object, "state": "complete" | "progressing" | "failed" | "paused",
    "message": str}.
    """

    kind: Literal["kubernetes.rollout_status"] = "kubernetes.rollout_status"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout status deployment/{self.name}{where(self.namespace)}"


class TopPods(ClusterRead):
    """Read what pods use now; without a namespace, those of all.

    Data {"items": [{"pod", "containers": [{"name", "cpu_cores", "memory_bytes"}]}, ...]};
    with `namespace` in each item when the pods of all are read.
    """

    kind: Literal["kubernetes.top_pods"] = "kubernetes.top_pods"
    namespace: DnsLabel | None
    name: DnsSubdomain | None = None
    labels: Labels = ()

    @model_validator(mode="after")
    def _one_choice(self) -> "TopPods":
        if self.name is not None and (self.labels or self.namespace is None):
            raise ValueError("one pod is named with its namespace, and without labels")
        return self

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}"

    @override
    def as_text(self) -> str:
        name = f" {self.name}" if self.name else ""
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        return f"kubectl top pods{name}{where(self.namespace)}{labels}"


class TopNodes(ClusterRead):
    """Read what nodes use now: data {"items": [{"node", "cpu_cores", "memory_bytes"}, ...]}."""

    kind: Literal["kubernetes.top_nodes"] = "kubernetes.top_nodes"
    name: ObjectName | None = None
    labels: Labels = ()

    @model_validator(mode="after")
    def _one_choice(self) -> "TopNodes":
        if self.name is not None and self.labels:
            raise ValueError("a node is named, or nodes are chosen by labels")
        return self

    @property
    @override
    def target(self) -> str:
        return "kubernetes/*/nodes"

    @override
    def as_text(self) -> str:
        name = f" {self.name}" if self.name else ""
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        return f"kubectl top nodes{name}{labels}"


class InspectWorkload(_OneDeployment):
    """Read a deployment with all that a change of it must know.

    Data {"deployment": object, "replica_sets": [object, ...] (owned by it, newest revision
    first), "pods": [object, ...], "autoscalers": [object, ...] (that scale it)}.
    """

    kind: Literal["kubernetes.workload"] = "kubernetes.workload"

    @override
    def as_text(self) -> str:
        return f"kubectl get deployment/{self.name},replicasets,pods,hpa{where(self.namespace)}"


def where(namespace: str | None) -> str:
    """Return the flag that names the namespace, or all of them, with a blank before it."""
    return " -A" if namespace is None else f" -n {namespace}"

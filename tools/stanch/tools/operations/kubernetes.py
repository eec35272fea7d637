"""What can be asked of a Kubernetes cluster without changing it.

Objects in an outcome's data are the API's own JSON, less `managedFields`; the values
of Secrets are never read, because no operation names them.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, DnsLabel, DnsSubdomain, Effect
from stanch.tools.operations.selectors import Fields, Labels, as_text

Resource = Literal[
    "pods",
    "deployments",
    "replicasets",
    "services",
    "endpoints",
    "configmaps",
    "events",
    "horizontalpodautoscalers",
    "nodes",
    "namespaces",
]
CLUSTER_SCOPED: frozenset[str] = frozenset({"nodes", "namespaces"})


class _Read(BaseOperation):
    """A read of the cluster: it observes, whatever its fields say."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE


class _InNamespace(_Read):
    namespace: DnsLabel

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}"


class _OneObject(_Read):
    """A read of one object, in a namespace unless its resource has none."""

    resource: Resource
    namespace: DnsLabel | None = None
    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/{self.resource}/{self.name}"

    @property
    def _place(self) -> str:
        where = "" if self.namespace is None else _where(self.namespace)
        return f"{self.resource}/{self.name}{where}"


class _OneDeployment(_InNamespace):
    """A read of one deployment."""

    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/deployments/{self.name}"


class ListObjects(_Read):
    """List objects of one resource: data {"items": [object, ...]}.

    Without a namespace the objects of all namespaces are listed.
    """

    kind: Literal["kubernetes.list"] = "kubernetes.list"
    resource: Resource
    namespace: DnsLabel | None = None
    labels: Labels = ()
    fields: Fields = ()

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/{self.resource}"

    @override
    def as_text(self) -> str:
        where = "" if self.resource in CLUSTER_SCOPED else _where(self.namespace)
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        fields = f" --field-selector {as_text(self.fields)}" if self.fields else ""
        return f"kubectl get {self.resource}{where}{labels}{fields}"


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
    """Read the last log lines of a pod, of a deployment's pods, or of selected pods.

    Data {"streams": [{"pod", "container", "labels": {...}, "lines": [{"at", "text"}, ...]},
    ...], "not_read": [{"pod", "container", "reason"}, ...]}; `at` is RFC 3339. With
    several pods the newest `pods` of them are read.
    """

    kind: Literal["kubernetes.logs"] = "kubernetes.logs"
    pod: DnsSubdomain | None = None
    deployment: DnsSubdomain | None = None
    labels: Labels = ()
    container: DnsLabel | None = None
    tail: Annotated[int, Field(ge=1, le=5000)] = 200
    since_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    previous: bool = False
    pods: Annotated[int, Field(ge=1, le=20)] = 6

    @model_validator(mode="after")
    def _one_source(self) -> "ReadLogs":
        if sum((self.pod is not None, self.deployment is not None, bool(self.labels))) != 1:
            raise ValueError("logs are read from exactly one of a pod, a deployment or labels")
        return self

    @override
    def as_text(self) -> str:
        source = (
            f" {self.pod}"
            if self.pod
            else f" deployment/{self.deployment}"
            if self.deployment
            else f" -l '{as_text(self.labels)}'"
        )
        container = f" -c {self.container}" if self.container else ""
        since = f" --since={self.since_seconds}s" if self.since_seconds else ""
        previous = " --previous" if self.previous else ""
        return (
            f"kubectl logs{source}{_where(self.namespace)}{container}"
            f" --tail={self.tail}{since}{previous}"
        )


class ListEvents(_InNamespace):
    """List events, the newest last: data {"items": [event, ...]}."""

    kind: Literal["kubernetes.events"] = "kubernetes.events"
    about_kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}$")] | None = None
    about_name: DnsSubdomain | None = None
    warnings_only: bool = False

    @override
    def as_text(self) -> str:
        about = f" --for {self.about_kind}/{self.about_name}" if self.about_name else ""
        kind = " --types=Warning" if self.warnings_only else ""
        return f"kubectl events{_where(self.namespace)}{about}{kind}"


class RolloutHistory(_OneDeployment):
    """List the revisions of a deployment, the newest first.

    Data {"deployment": object, "revisions": [{"revision": int, "replica_set", "uid",
    "created", "template_hash", "images": [...], "replicas": int, "ready": int,
    "current": bool, "template": object, "change_cause"}, ...]}.
    """

    kind: Literal["kubernetes.rollout_history"] = "kubernetes.rollout_history"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout history deployment/{self.name}{_where(self.namespace)}"


class RolloutStatus(_OneDeployment):
    """Say how far a rollout is, once, without waiting.

    Data {"deployment": object, "state": "complete" | "progressing" | "failed" | "paused",
    "message": str}.
    """

    kind: Literal["kubernetes.rollout_status"] = "kubernetes.rollout_status"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout status deployment/{self.name}{_where(self.namespace)}"


class TopPods(_InNamespace):
    """Read what pods use now.

    Data {"items": [{"pod", "containers": [{"name", "cpu_cores", "memory_bytes"}]}, ...]}.
    """

    kind: Literal["kubernetes.top_pods"] = "kubernetes.top_pods"
    labels: Labels = ()

    @override
    def as_text(self) -> str:
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        return f"kubectl top pods{_where(self.namespace)}{labels}"


class TopNodes(_Read):
    """Read what nodes use now: data {"items": [{"node", "cpu_cores", "memory_bytes"}, ...]}."""

    kind: Literal["kubernetes.top_nodes"] = "kubernetes.top_nodes"

    @property
    @override
    def target(self) -> str:
        return "kubernetes/*/nodes"

    @override
    def as_text(self) -> str:
        return "kubectl top nodes"


class InspectWorkload(_OneDeployment):
    """Read a deployment with all that a change of it must know.

    Data {"deployment": object, "replica_sets": [object, ...] (owned by it, newest revision
    first), "pods": [object, ...], "autoscalers": [object, ...] (that scale it)}.
    """

    kind: Literal["kubernetes.workload"] = "kubernetes.workload"

    @override
    def as_text(self) -> str:
        return f"kubectl get deployment/{self.name},replicasets,pods,hpa{_where(self.namespace)}"


def _where(namespace: str | None) -> str:
    return " -A" if namespace is None else f" -n {namespace}"

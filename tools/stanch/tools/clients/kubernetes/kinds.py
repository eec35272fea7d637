"""Where each resource lives in the API; pure."""

from dataclasses import dataclass
from urllib.parse import quote

from stanch.tools.operations.kubernetes import Resource


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource of the API, as its paths and its rights name it."""

    plural: str
    group: str = ""
    version: str = "v1"

    @property
    def right(self) -> str:
        """The name under which a role grants this resource."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Return the path of an object, or of the collection when no name is given."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{quote(namespace, safe='')}" if namespace is not None else ""
        what = f"/{quote(name, safe='')}" if name is not None else ""
        return f"{root}{where}/{self.plural}{what}"


DEPLOYMENTS = Kind("deployments", "apps")
REPLICA_SETS = Kind("replicasets", "apps")
PODS = Kind("pods")
EVENTS = Kind("events")
AUTOSCALERS = Kind("horizontalpodautoscalers", "autoscaling", "v2")
OLD_AUTOSCALERS = Kind("horizontalpodautoscalers", "autoscaling", "v1")
POD_USAGE = Kind("pods", "metrics.k8s.io", "v1beta1")
NODE_USAGE = Kind("nodes", "metrics.k8s.io", "v1beta1")

KINDS: dict[Resource, Kind] = {
    "pods": PODS,
    "deployments": DEPLOYMENTS,
    "replicasets": REPLICA_SETS,
    "services": Kind("services"),
    "endpoints": Kind("endpoints"),
    "configmaps": Kind("configmaps"),
    "events": EVENTS,
    "horizontalpodautoscalers": AUTOSCALERS,
    "nodes": Kind("nodes"),
    "namespaces": Kind("namespaces"),
}
"""Closed: Secrets are not among them."""

NAMES: dict[Resource, str] = {
    "pods": "Pod",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "services": "Service",
    "endpoints": "Endpoints",
    "configmaps": "ConfigMap",
    "events": "Event",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "nodes": "Node",
    "namespaces": "Namespace",
}
"""What events call each resource in `involvedObject.kind`."""

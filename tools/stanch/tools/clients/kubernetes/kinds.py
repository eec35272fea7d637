"""Where each resource lives in the API; pure."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource of the API, as its paths and its rights name it."""

    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    name: str = ""
    """What the API calls one of them, such as Pod; empty where nobody asks."""

    @property
    def api_version(self) -> str:
        """The value of the field apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

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


DEPLOYMENTS = Kind("deployments", "apps", name="Deployment")
REPLICA_SETS = Kind("replicasets", "apps", name="ReplicaSet")
STATEFUL_SETS = Kind("statefulsets", "apps", name="StatefulSet")
DAEMON_SETS = Kind("daemonsets", "apps", name="DaemonSet")
WORKLOADS = {one.plural: one for one in (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)}
"""What a change is made of that rolls out, so that it needs no discovery."""
BUDGETS = Kind("poddisruptionbudgets", "policy", name="PodDisruptionBudget")
REVISIONS = Kind("controllerrevisions", "apps", name="ControllerRevision")
PODS = Kind("pods", name="Pod")
EVENTS = Kind("events", name="Event")
AUTOSCALERS = Kind("horizontalpodautoscalers", "autoscaling", "v2", name="HorizontalPodAutoscaler")
OLD_AUTOSCALERS = Kind(
    "horizontalpodautoscalers", "autoscaling", "v1", name="HorizontalPodAutoscaler"
)
POD_USAGE = Kind("pods", "metrics.k8s.io", "v1beta1")
NODE_USAGE = Kind("nodes", "metrics.k8s.io", "v1beta1")

KINDS: dict[str, Kind] = {
    "pods": PODS,
    "deployments": DEPLOYMENTS,
    "replicasets": REPLICA_SETS,
    "services": Kind("services", name="Service"),
    "endpoints": Kind("endpoints", name="Endpoints"),
    "configmaps": Kind("configmaps", name="ConfigMap"),
    "events": EVENTS,
    "horizontalpodautoscalers": AUTOSCALERS,
    "nodes": Kind("nodes", namespaced=False, name="Node"),
    "namespaces": Kind("namespaces", namespaced=False, name="Namespace"),
}
"""The resources that stanch itself needs; all others are looked up. No Secrets."""

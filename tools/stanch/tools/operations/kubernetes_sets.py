"""A look at a stateful set or daemon set with all that a change of it must know."""

from typing import Literal

from typing_extensions import override

from stanch.tools.operations.base import DnsLabel, DnsSubdomain
from stanch.tools.operations.kubernetes import ClusterRead, where
from stanch.tools.operations.kubernetes_waits import Rolling


class InspectSet(ClusterRead):
    """Read a stateful set or daemon set with all that a change of it must know.

    Data {"workload": object, "revisions": [ControllerRevision, ...] (its own, newest first),
    "pods": [object, ...], "autoscalers": [object, ...] (that scale it)}.
    """

    kind: Literal["kubernetes.set"] = "kubernetes.set"
    resource: Rolling
    namespace: DnsLabel
    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/{self.resource}/{self.name}"

    @override
    def as_text(self) -> str:
        of = f"{self.resource}/{self.name}"
        return f"kubectl get {of},controllerrevisions,pods,hpa{where(self.namespace)}"

"""A look at the pods of a node, or at one pod, with all that their eviction must know."""

from typing import Literal

from pydantic import model_validator
from typing_extensions import override

from stanch.tools.operations.base import DnsLabel, DnsSubdomain
from stanch.tools.operations.kubernetes import ClusterRead, where


class InspectEvictions(ClusterRead):
    """Read the pods of `node`, or the one pod `name`, and the budgets that protect them.

    Data {"node": object or None, "pods": [pod, ...], "budgets": [budget, ...], "workloads":
    {pod uid: {"resource", "name"}}}. Of a pod it is kept what an eviction must know: names,
    labels, owners, its node, its volumes of type emptyDir, its phase and whether it is
    ready; of a budget its selector and its status. "workloads" has the pods that belong to
    a deployment, stateful set or daemon set.
    """

    kind: Literal["kubernetes.evictable"] = "kubernetes.evictable"
    node: DnsSubdomain | None = None
    namespace: DnsLabel | None = None
    name: DnsSubdomain | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> "InspectEvictions":
        if (self.name is None) != (self.namespace is None) or (self.name is None) == (
            self.node is None
        ):
            raise ValueError("a node is named, or a pod with its namespace")
        return self

    @property
    @override
    def target(self) -> str:
        if self.node is not None:
            return f"kubernetes/*/nodes/{self.node}"
        return f"kubernetes/{self.namespace}/pods/{self.name}"

    @override
    def as_text(self) -> str:
        if self.node is not None:
            return f"kubectl get pods,pdb -A --field-selector spec.nodeName={self.node}"
        return f"kubectl get pod/{self.name} pdb{where(self.namespace)}"

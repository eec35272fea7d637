"""A look at who keeps an object as it is: Helm, Argo CD, Flux, an operator, or nobody."""

from typing import Literal

from typing_extensions import override

from stanch.tools.operations.base import DnsLabel
from stanch.tools.operations.kubernetes import ClusterRead
from stanch.tools.operations.kubernetes_names import ObjectName, ResourceName


class InspectOwner(ClusterRead):
    """Read what an object says of its owner, and the object that the owner is run by.

    Data {"object": {"metadata": {name, namespace, uid, labels, annotations,
    ownerReferences, managers}}} with only those labels and annotations that name an owner.
    Where the owner is an Application of Argo CD, or a Kustomization or HelmRelease of Flux,
    "keeper" is what of it says whether a direct change is put back: {apiVersion, kind,
    metadata, spec}. "unread" is why it could not be read, where it could not.
    """

    kind: Literal["kubernetes.owner"] = "kubernetes.owner"
    resource: ResourceName
    namespace: DnsLabel | None = None
    name: ObjectName

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/{self.resource}/{self.name}"

    @override
    def as_text(self) -> str:
        there = f" -n {self.namespace}" if self.namespace else ""
        return f"kubectl get {self.resource}/{self.name}{there} --show-managed-fields -o yaml"

"""Reads of several objects of a cluster at once, of one resource or of more."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import DnsLabel
from stanch.tools.operations.kubernetes import ClusterRead, where
from stanch.tools.operations.kubernetes_names import CLUSTER_SCOPED, ObjectRef, ResourceName
from stanch.tools.operations.selectors import Fields, Labels, as_text

Objects = Annotated[tuple[ObjectRef, ...], Field(min_length=1, max_length=50)]


class ListSeveral(ClusterRead):
    """List objects of several resources: data {"items": [object, ...]}.

    Every object has its `kind` and `apiVersion`. Without a namespace the objects of all
    namespaces are listed; what is in none is listed whole.
    """

    kind: Literal["kubernetes.list_several"] = "kubernetes.list_several"
    resources: Annotated[tuple[ResourceName, ...], Field(min_length=1, max_length=20)]
    namespace: DnsLabel | None = None
    labels: Labels = ()
    fields: Fields = ()

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}"

    @override
    def as_text(self) -> str:
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        fields = f" --field-selector {as_text(self.fields)}" if self.fields else ""
        there = "" if CLUSTER_SCOPED.issuperset(self.resources) else where(self.namespace)
        return f"kubectl get {','.join(self.resources)}{there}{labels}{fields}"


class ReadSeveral(ClusterRead):
    """Read several named objects: data {"items": [object, ...]}, in the order of the names."""

    kind: Literal["kubernetes.read_several"] = "kubernetes.read_several"
    objects: Objects
    namespace: DnsLabel | None = None

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}"

    @override
    def as_text(self) -> str:
        there = "" if self.namespace is None else where(self.namespace)
        return f"kubectl get {' '.join(one.as_text() for one in self.objects)}{there}"


class DescribeSeveral(ClusterRead):
    """Read several objects, each as `kubernetes.describe` does.

    They are named, or they are those of the resources that the labels select; of these
    the first 20. Data {"items": [{"object", "events", "pods", "replicasets"}, ...]}.
    """

    kind: Literal["kubernetes.describe_several"] = "kubernetes.describe_several"
    objects: tuple[ObjectRef, ...] = ()
    resources: tuple[ResourceName, ...] = ()
    namespace: DnsLabel | None = None
    labels: Labels = ()

    @model_validator(mode="after")
    def _one_choice(self) -> "DescribeSeveral":
        if bool(self.objects) == bool(self.resources) or (self.objects and self.labels):
            raise ValueError("objects are described by name, or by resource and labels")
        return self

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}"

    @override
    def as_text(self) -> str:
        resources = {*self.resources, *(one.resource for one in self.objects)}
        bare = CLUSTER_SCOPED.issuperset(resources) or (self.objects and self.namespace is None)
        there = "" if bare else where(self.namespace)
        labels = f" -l '{as_text(self.labels)}'" if self.labels else ""
        what = " ".join(one.as_text() for one in self.objects) or ",".join(self.resources)
        return f"kubectl describe {what}{there}{labels}"

"""Putting a workload under an autoscaler, and taking it out from under that one again.

What makes an autoscaler does not know which UID it will get. So it writes its own digest on
what it makes, and the way back deletes only what carries exactly that digest.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Frozen,
    Uid,
    digest_of,
)
from stanch.tools.operations.changes import Replicas
from stanch.tools.operations.reach import Reach, Size

MADE_BY: Final = "stanch.dev/made-by"
"""The annotation with the digest of the operation that made the object."""
DEFAULT_CPU: Final = 80
"""The share of the request in per cent that an API server takes when none is named."""
KINDS: Final = {"deployments": "Deployment", "statefulsets": "StatefulSet"}

Scaled = Literal["deployments", "statefulsets"]
Bound = Annotated[int, Field(ge=1, le=10_000)]


class ScaledWorkload(Frozen):
    """The workload that an autoscaler scales."""

    resource: Scaled
    name: DnsSubdomain
    uid: Uid

    @property
    def shown(self) -> str:
        """The workload as kubectl names it."""
        return f"{self.resource.removesuffix('s')}/{self.name}"


class _OfAutoscaler(BaseOperation):
    namespace: DnsLabel
    name: DnsSubdomain
    """The name of the autoscaler."""
    workload: ScaledWorkload

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        # The workload, because whoever scales it at the same time would be undone.
        return f"kubernetes/{self.namespace}/{self.workload.resource}/{self.workload.name}"

    @property
    @override
    def subject(self) -> str:
        return f"the autoscaler of {self.workload.name}"


class CreateAutoscaler(_OfAutoscaler):
    """Put a workload under a new autoscaler that follows the CPU its pods use.

    `cpu` is the share of the request, in per cent, that it keeps on average.
    """

    kind: Literal["kubernetes.create_autoscaler"] = "kubernetes.create_autoscaler"
    least: Bound
    most: Bound
    cpu: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT_CPU
    from_replicas: Replicas

    @model_validator(mode="after")
    def _in_order(self) -> "CreateAutoscaler":
        if self.most < self.least:
            raise ValueError(f"the most ({self.most}) is less than the least ({self.least})")
        return self

    @property
    @override
    def reach(self) -> Reach:
        sizes = (
            Size(name="minReplicas", before=None, after=self.least),
            Size(name="maxReplicas", before=None, after=self.most),
        )
        return Reach(
            thing=f"horizontalpodautoscalers/{self.name}",
            behind=(f"{self.workload.resource}/{self.workload.name}",),
            namespace=self.namespace,
            sizes=sizes,
        )

    @override
    def as_text(self) -> str:
        return (
            f"kubectl autoscale {self.workload.shown}"
            f" -n {self.namespace} --name={self.name}"
            f" --min={self.least} --max={self.most} --cpu={self.cpu}%"
        )

    @property
    def body(self) -> dict[str, Any]:
        """The object of autoscaling/v2 that it makes, less the mark."""
        target = {"type": "Utilization", "averageUtilization": self.cpu}
        resource = {"name": "cpu", "target": target}
        reference = {
            "apiVersion": "apps/v1",
            "kind": KINDS[self.workload.resource],
            "name": self.workload.name,
        }
        return {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "annotations": {MADE_BY: self.digest},
            },
            "spec": {
                "scaleTargetRef": reference,
                "minReplicas": self.least,
                "maxReplicas": self.most,
                "metrics": [{"type": "Resource", "resource": resource}],
            },
        }

    @property
    def inverse(self) -> "DeleteAutoscaler":
        """The deletion of exactly what this makes, with the replicas of before."""
        return DeleteAutoscaler(
            namespace=self.namespace,
            name=self.name,
            workload=self.workload,
            made_by=self.digest,
            replicas=self.from_replicas,
        )


class DeleteAutoscaler(_OfAutoscaler):
    """Delete the autoscaler that one operation made, and set the replicas of before again.

    `made_by` is the digest of that operation.
    """

    kind: Literal["kubernetes.delete_autoscaler"] = "kubernetes.delete_autoscaler"
    made_by: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    replicas: Replicas

    @property
    @override
    def reach(self) -> Reach:
        return Reach(
            thing=f"horizontalpodautoscalers/{self.name}",
            behind=(f"{self.workload.resource}/{self.workload.name}",),
            namespace=self.namespace,
            sizes=(Size(name="replicas", before=None, after=self.replicas),),
        )

    @override
    def as_text(self) -> str:
        what = f"{self.workload.shown} -n {self.namespace}"
        return (
            f"kubectl delete hpa/{self.name} -n {self.namespace}"
            f" && kubectl scale {what} --replicas={self.replicas}"
        )


AutoscalerAct = CreateAutoscaler | DeleteAutoscaler


def scales(autoscaler: Mapping[str, Any], resource: str, name: str) -> bool:
    """Say whether the autoscaler sets the replicas of this workload."""
    target = (autoscaler.get("spec") or {}).get("scaleTargetRef") or {}
    return (target.get("kind"), target.get("name")) == (KINDS.get(resource), name)


def creation_facts(
    change: CreateAutoscaler,
    workload: Mapping[str, Any],
    autoscalers: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what must still hold when the autoscaler is made; no other must be in its way.

    `autoscalers` are all of the namespace.
    """
    metadata = workload["metadata"]
    meant = change.workload
    rivals = [one for one in autoscalers if scales(one, meant.resource, meant.name)]
    return {
        "uid": metadata["uid"],
        "deleting": metadata.get("deletionTimestamp") is not None,
        "replicas": workload["spec"].get("replicas", 1),
        "name_taken": any(one["metadata"]["name"] == change.name for one in autoscalers),
        "autoscalers": sorted(one["metadata"]["name"] for one in rivals),
    }


def deletion_facts(
    change: DeleteAutoscaler, workload: Mapping[str, Any] | None, autoscaler: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what must still hold when the autoscaler is deleted: it is the one that was made."""
    return {
        "autoscaler_uid": autoscaler["metadata"]["uid"],
        "workload_uid": workload["metadata"]["uid"] if workload is not None else None,
        **made_facts(autoscaler, change.made_by),
    }


def made_facts(autoscaler: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """Return what is known beforehand of an autoscaler that the operation `digest` makes."""
    metadata = autoscaler["metadata"]
    made_by = (metadata.get("annotations") or {}).get(MADE_BY)
    return {
        "deleting": metadata.get("deletionTimestamp") is not None,
        "made_here": made_by == digest,
        "spec_sha256": digest_of(autoscaler["spec"]),
    }

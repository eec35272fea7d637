"""The eviction of one pod, as far as its disruption budget allows; pure.

A pod is named by UID and node, and by the controller that makes another in its place. Pods
that nothing replaces are not evicted, and what ends with a pod's own volumes is named.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Frozen,
    Uid,
)
from stanch.tools.operations.reach import Reach

MIRROR: Final = "kubernetes.io/config.mirror"
"""The annotation of a pod that stands for one which a node runs by itself."""
SCALED: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets"}
"""The resources that an autoscaler scales, by their kind."""
ENDED: Final = frozenset({"Succeeded", "Failed"})


class Controller(Frozen):
    """What makes another pod in the place of one that goes."""

    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,60}$")]
    name: DnsSubdomain
    uid: Uid

    @property
    def shown(self) -> str:
        """The controller as kubectl names it."""
        return f"{self.kind}/{self.name}"


class WorkloadOf(Frozen):
    """The workload that a pod belongs to, by which one sees whether it is well."""

    resource: Literal["deployments", "statefulsets", "daemonsets"]
    name: DnsSubdomain


class EvictPod(BaseOperation):
    """Evict one pod through the Eviction API; its controller makes another one.

    `loses` names its volumes of its own (emptyDir, ephemeral, inline CSI), whose content ends
    with it.
    """

    kind: Literal["kubernetes.evict"] = "kubernetes.evict"
    namespace: DnsLabel
    name: DnsSubdomain
    uid: Uid
    node: DnsSubdomain
    controller: Controller
    workload: WorkloadOf | None = None
    loses: tuple[Annotated[str, Field(max_length=63)], ...] = ()

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE if self.loses else Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/pods/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return f"pod {self.name}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"pods/{self.name}", namespace=self.namespace, node=self.node)

    @override
    def as_text(self) -> str:
        return (
            f"kubectl create --raw /api/v1/namespaces/{self.namespace}/pods/{self.name}/eviction"
            f" (uid {self.uid}, on {self.node})"
        )


def evicted_facts(pod: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must still hold when a pod is evicted."""
    found = controller_of(pod)
    return {
        "uid": pod["metadata"]["uid"],
        "deleting": pod["metadata"].get("deletionTimestamp") is not None,
        "node": pod["spec"].get("nodeName", ""),
        "controller_uid": found["uid"] if found else "",
        "loses": local_volumes(pod),
        "ended": (pod.get("status") or {}).get("phase") in ENDED,
    }


def controller_of(thing: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the reference to what controls an object; None when nothing does."""
    owners = thing["metadata"].get("ownerReferences") or ()
    return next((one for one in owners if one.get("controller") is True), None)


def local_volumes(pod: Mapping[str, Any]) -> list[str]:
    """Return the names of the volumes whose content ends with the pod."""
    volumes = pod["spec"].get("volumes") or ()
    return sorted(str(one["name"]) for one in volumes if own_kind(one) is not None)


def own_kind(volume: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what makes a volume end with its pod, as its spec has it; None for what outlives it.

    The claim of a generic ephemeral volume is deleted with the pod. What is in an inline
    volume of CSI is data of the pod unless that can only read it, as with secrets.
    """
    for name in ("emptyDir", "ephemeral"):
        if volume.get(name) is not None:
            return {name: {}}
    inline = volume.get("csi")
    return {"csi": {}} if inline is not None and inline.get("readOnly") is not True else None

"""How far things are that take their time: rollouts of workloads, and conditions waited for."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import DnsLabel, DnsSubdomain
from stanch.tools.operations.kubernetes import ClusterRead, where
from stanch.tools.operations.kubernetes_names import ObjectRef, ResourceName
from stanch.tools.operations.selectors import Labels, as_text

Rolling = Literal["statefulsets", "daemonsets"]
"""The workloads beside deployments that roll out."""


class _OneWorkload(ClusterRead):
    resource: Rolling
    namespace: DnsLabel
    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/{self.resource}/{self.name}"


class WorkloadRolloutStatus(_OneWorkload):
    """Say how far a rollout of a stateful set or daemon set is, once, without waiting.

    Data {"workload": object, "state": "complete" | "progressing" | "failed" | "paused",
    "message": str}.
    """

    kind: Literal["kubernetes.workload_rollout_status"] = "kubernetes.workload_rollout_status"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout status {self.resource}/{self.name}{where(self.namespace)}"


class WorkloadRolloutHistory(_OneWorkload):
    """List the revisions of a stateful set or daemon set, the newest first.

    Data {"workload": object, "revisions": [{"revision": int, "controller_revision", "uid",
    "created", "images": [...], "current": bool, "template": object, "change_cause"}, ...]}.
    """

    kind: Literal["kubernetes.workload_rollout_history"] = "kubernetes.workload_rollout_history"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout history {self.resource}/{self.name}{where(self.namespace)}"


class WaitFor(ClusterRead):
    """Look until a condition holds for all the objects, or until the time is up.

    `condition` is "delete", "create", "condition=NAME[=VALUE]" or "jsonpath={.PATH}[=VALUE]".
    Objects are named, or are those of `resource` that the labels select. No longer than the
    step itself may take. Data {"met": bool, "waiting": ["TYPE/NAME: what is so", ...],
    "seconds": float}.
    """

    kind: Literal["kubernetes.wait"] = "kubernetes.wait"
    objects: tuple[ObjectRef, ...] = ()
    resource: ResourceName | None = None
    labels: Labels = ()
    namespace: DnsLabel | None = None
    condition: Annotated[
        str,
        Field(
            pattern=r"^(delete|create"
            r"|condition=[A-Za-z][-A-Za-z0-9_./]{0,120}(=[A-Za-z0-9][-A-Za-z0-9_.]{0,120})?"
            r"|jsonpath=\{(\.[A-Za-z][A-Za-z0-9_-]{0,60}|\[[0-9]{1,4}\]){1,12}\}"
            r"(=[A-Za-z0-9][-A-Za-z0-9_.:/]{0,120})?)$"
        ),
    ]
    seconds: Annotated[int, Field(ge=0, le=3600)] = 30

    @model_validator(mode="after")
    def _one_choice(self) -> "WaitFor":
        if bool(self.objects) == (self.resource is not None) or (self.objects and self.labels):
            raise ValueError("what is waited for is named, or is chosen by resource and labels")
        return self

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}"

    @override
    def as_text(self) -> str:
        what = " ".join(one.as_text() for one in self.objects) or str(self.resource)
        if not self.objects:
            what += f" -l '{as_text(self.labels)}'" if self.labels else " --all"
        bare = bool(self.objects) and self.namespace is None
        there = "" if bare else where(self.namespace)
        return f"kubectl wait {what}{there} --for='{self.condition}' --timeout={self.seconds}s"

"""What can be changed in a Kubernetes cluster.

A change names its target by UID and states the whole of what it will do, so that the
digest that a person approves stands for one deed on one object. What a runbook asks for
("undo the rollout") is an intent; looking at the target turns it into a change
("put back the template of this ReplicaSet").
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseIntent,
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Uid,
)
from stanch.tools.operations.reach import Reach, Size

Replicas = Annotated[int, Field(ge=0, le=10_000)]
Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", max_length=32)
]
"""A moment of UTC as it stands in an annotation."""


class _DeploymentChange(BaseOperation):
    namespace: DnsLabel
    name: DnsSubdomain
    uid: Uid

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/deployments/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return self.name

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"deployments/{self.name}", namespace=self.namespace)


class RollBackDeployment(_DeploymentChange):
    """Put back the pod template of one named ReplicaSet of the deployment.

    `template_digest` is the digest of that template without its hash label: a revision
    number can come to mean another template, a digest cannot.
    """

    kind: Literal["kubernetes.roll_back"] = "kubernetes.roll_back"
    replica_set: DnsSubdomain
    replica_set_uid: Uid
    revision: Annotated[int, Field(ge=0)]
    template_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    images: tuple[str, ...]

    @override
    def as_text(self) -> str:
        return (
            f"kubectl rollout undo deployment/{self.name} -n {self.namespace}"
            f" --to-revision={self.revision}"
        )


class RestartDeployment(_DeploymentChange):
    """Replace the pods of the deployment one after the other, with the same template."""

    kind: Literal["kubernetes.restart"] = "kubernetes.restart"
    restarted_at: Moment

    @override
    def as_text(self) -> str:
        return f"kubectl rollout restart deployment/{self.name} -n {self.namespace}"


class ScaleDeployment(_DeploymentChange):
    """Set the number of replicas. None at all ends the service; policy forbids that."""

    kind: Literal["kubernetes.scale"] = "kubernetes.scale"
    replicas: Replicas
    from_replicas: Replicas

    @property
    @override
    def reach(self) -> Reach:
        size = Size(name="replicas", before=self.from_replicas, after=self.replicas)
        return Reach(thing=f"deployments/{self.name}", namespace=self.namespace, sizes=(size,))

    @override
    def as_text(self) -> str:
        return (
            f"kubectl scale deployment/{self.name} -n {self.namespace}"
            f" --current-replicas={self.from_replicas} --replicas={self.replicas}"
        )


class PauseRollout(_DeploymentChange):
    """Hold the rollout of a deployment where it is, or let it go on."""

    kind: Literal["kubernetes.pause"] = "kubernetes.pause"
    paused: bool

    @override
    def as_text(self) -> str:
        verb = "pause" if self.paused else "resume"
        return f"kubectl rollout {verb} deployment/{self.name} -n {self.namespace}"


class _WorkloadIntent(BaseIntent):
    namespace: DnsLabel
    name: DnsSubdomain

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE


class UndoRollout(_WorkloadIntent):
    """Intent: go back to an earlier revision; the last one that was healthy unless named."""

    kind: Literal["intent.undo_rollout"] = "intent.undo_rollout"
    to_revision: Annotated[int, Field(ge=1)] | None = None

    @override
    def as_text(self) -> str:
        to = f" --to-revision={self.to_revision}" if self.to_revision else ""
        return f"kubectl rollout undo deployment/{self.name} -n {self.namespace}{to}"


class RestartWorkload(_WorkloadIntent):
    """Intent: restart the pods of a deployment."""

    kind: Literal["intent.restart"] = "intent.restart"

    @override
    def as_text(self) -> str:
        return f"kubectl rollout restart deployment/{self.name} -n {self.namespace}"


class ScaleWorkload(_WorkloadIntent):
    """Intent: run `replicas` pods, or `add` more than now."""

    kind: Literal["intent.scale"] = "intent.scale"
    replicas: Replicas | None = None
    add: Annotated[int, Field(ge=1, le=100)] | None = None
    current: Replicas | None = None
    """How many there are to be before; with another number nothing is done."""

    @override
    def as_text(self) -> str:
        to = f" --replicas={self.replicas}" if self.add is None else f" (+{self.add})"
        now = "" if self.current is None else f" --current-replicas={self.current}"
        return f"kubectl scale deployment/{self.name} -n {self.namespace}{now}{to}"

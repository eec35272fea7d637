"""What can be changed of stateful sets and daemon sets.

Like a change of a Deployment, each names its target by UID and states the whole of what it
will do. Going back is pinned to one ControllerRevision: `kubectl rollout undo` without one
means whatever was there before, and twice in a row it brings the bad version back (DF-15).
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, DnsLabel, DnsSubdomain, Effect, Uid
from stanch.tools.operations.changes import Moment, Replicas
from stanch.tools.operations.kubernetes_waits import Rolling
from stanch.tools.operations.reach import Reach, Size


class _SetChange(BaseOperation):
    resource: Rolling
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
        return f"kubernetes/{self.namespace}/{self.resource}/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return self.name

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"{self.resource}/{self.name}", namespace=self.namespace)

    @property
    def _named(self) -> str:
        return f"{self.resource.removesuffix('s')}/{self.name} -n {self.namespace}"


class RollBackSet(_SetChange):
    """Put back the pod template that one named ControllerRevision of the set holds.

    `data_digest` is the digest of the revision's data; `revision` is the number that it had
    when it was seen, for people: the number moves, and nothing is chosen by it.
    """

    kind: Literal["kubernetes.roll_back_set"] = "kubernetes.roll_back_set"
    controller_revision: DnsSubdomain
    controller_revision_uid: Uid
    revision: Annotated[int, Field(ge=0)]
    data_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    images: tuple[str, ...]

    @override
    def as_text(self) -> str:
        return f"kubectl rollout undo {self._named} --to-revision={self.revision}"


class RestartSet(_SetChange):
    """Replace the pods of the set one after the other, with the same template."""

    kind: Literal["kubernetes.restart_set"] = "kubernetes.restart_set"
    restarted_at: Moment

    @override
    def as_text(self) -> str:
        return f"kubectl rollout restart {self._named}"


class ScaleSet(_SetChange):
    """Set the number of replicas of a stateful set."""

    kind: Literal["kubernetes.scale_set"] = "kubernetes.scale_set"
    resource: Literal["statefulsets"] = "statefulsets"
    replicas: Replicas
    from_replicas: Replicas

    @property
    @override
    def reach(self) -> Reach:
        size = Size(name="replicas", before=self.from_replicas, after=self.replicas)
        return Reach(thing=f"{self.resource}/{self.name}", namespace=self.namespace, sizes=(size,))

    @override
    def as_text(self) -> str:
        return (
            f"kubectl scale {self._named}"
            f" --current-replicas={self.from_replicas} --replicas={self.replicas}"
        )


SetChange = RollBackSet | RestartSet | ScaleSet

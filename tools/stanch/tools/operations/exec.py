"""Commands inside a container: the program that runs there is an operation of its own.

What a command in a container does is what its inner operation does; the way in adds
nothing to it. stanch opens no session into a container yet: these are judged, not sent.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, DnsLabel, Effect, Frozen
from stanch.tools.operations.host import HostIntent, HostRead
from stanch.tools.operations.http import HttpIntent, HttpRead
from stanch.tools.operations.kubernetes import ClusterRead
from stanch.tools.operations.kubernetes_names import AnyName, ObjectName, ResourceName
from stanch.tools.operations.manual import ManualIntent, ManualRead
from stanch.tools.operations.sql import SqlIntent, SqlRead

InnerRead = HostRead | SqlRead | HttpRead | ManualRead
InnerChange = HostIntent | SqlIntent | HttpIntent | ManualIntent


class _Place(Frozen):
    resource: ResourceName = "pods"
    container: DnsLabel | None = None

    def _way(self, name: str, namespace: str, inner: str) -> str:
        what = name if self.resource == "pods" else f"{self.resource}/{name}"
        container = f" -c {self.container}" if self.container else ""
        return f"kubectl exec {what} -n {namespace}{container} -- {inner}"


class ExecRead(_Place, ClusterRead):
    """Run one reading program in a container: data as the inner operation has it."""

    kind: Literal["kubernetes.exec"] = "kubernetes.exec"
    namespace: DnsLabel
    name: ObjectName
    inner: Annotated[InnerRead, Field(discriminator="kind")]

    @property
    @override
    def effect(self) -> Effect:
        return self.inner.effect

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/{self.resource}/{self.name}"

    @override
    def as_text(self) -> str:
        return self._way(self.name, self.namespace, self.inner.as_text())


class ExecChange(_Place, BaseIntent):
    """Intent: run one changing program in a container."""

    kind: Literal["intent.exec"] = "intent.exec"
    namespace: AnyName
    name: AnyName
    inner: Annotated[InnerChange, Field(discriminator="kind")]

    @property
    @override
    def effect(self) -> Effect:
        return max(Effect.MUTATE, self.inner.effect)

    @property
    @override
    def unbounded(self) -> bool:
        return self.inner.unbounded

    @override
    def as_text(self) -> str:
        return self._way(self.name, self.namespace, self.inner.as_text())

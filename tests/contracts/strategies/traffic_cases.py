"""The changes of fields that have commands of their own: set, annotate, drain, some scales."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from stanch.tools.operations import ScaleWorkload
from stanch.tools.operations.kubernetes_intents import PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import DrainNodes
from tests.contracts.clients.client_targets import NAMESPACE
from tests.contracts.clients.object_samples import autoscaler, quota
from tests.contracts.clients.test_client_autoscalers import HPA
from tests.contracts.clients.test_client_traffic import INGRESSES, Web, weigh
from tests.contracts.strategies.cluster_cases import InCluster, OfDeployment
from tests.contracts.strategies.object_cases import OfNode
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene

_PATCH = "kubernetes.patch"


class Weighted(InCluster):
    """The Ingress of a canary that gets a fifth of the requests, and is to get more."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.web, name = Web(self.corner), self.corner.name
        self.web.ingress(f"{name}-main", self.web.live)
        self.web.ingress(name, self.web.live, **{"canary": "true", "canary-weight": "20"})
        self.intent = weigh(name, "60")
        self.things = {"ingress": f"{INGRESSES}/{name}"}


class Sized(OfDeployment):
    """A deployment whose containers are to have more memory."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        resources = {"requests": {"memory": "64Mi"}, "limits": {"memory": "128Mi"}}
        containers = [{"name": "web", "resources": resources}]
        self.corner.patch({"spec": {"template": {"spec": {"containers": containers}}}})
        self.corner.settled()
        self.intent = SetField(
            objects=(Subject(resource="deployment", name=self.corner.name),),
            namespace=NAMESPACE,
            part="resources",
            values=("--limits=memory=256Mi",),
        )


class Told(OfDeployment):
    """A deployment whose programs are to be told something else."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        containers = [{"name": "web", "env": [{"name": "MODE", "value": "fast"}]}]
        self.corner.patch({"spec": {"template": {"spec": {"containers": containers}}}})
        self.corner.settled()
        self.intent = SetField(
            objects=(Subject(resource="deployment", name=self.corner.name),),
            namespace=NAMESPACE,
            part="env",
            values=("MODE=safe",),
        )


class Driven(OfDeployment):
    """A deployment whose replicas an autoscaler sets: a scale moves its least number."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        autoscaler(self.corner)
        name = self.corner.name
        self.intent = ScaleWorkload(namespace=NAMESPACE, name=name, replicas=3)
        self.things = {
            "autoscaler": self.corner.path(HPA, name),
            "deployment": self.corner.path(name=name),
        }

    def capture(self) -> Json:
        """Return both, without the replicas: those are the autoscaler's, before and after."""
        found = super().capture()
        found["deployment"]["spec"].pop("replicas")
        return found


class Quota(InCluster):
    """A quota of the namespace that is to leave more room."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        quota(self.corner)
        name = self.corner.name
        self.intent = PatchObjects(
            objects=(Subject(resource="resourcequota", name=name),),
            namespace=NAMESPACE,
            patch='{"spec": {"hard": {"count/jobs.batch": "9"}}}',
        )
        self.things = {"quota": self.corner.path("resourcequotas", name)}


class Drained(OfNode):
    """A node that runs a pod and is to be drained: its cordon comes first."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.corner.deploy(replicas=2)
        self.name = self.corner.list("pods")[0]["spec"]["nodeName"]
        self.intent = DrainNodes(objects=(Subject(resource="node", name=self.name),))
        self.things = {"node": f"/api/v1/nodes/{self.name}"}


def _case(name: str, scene: type[InCluster], strategy: str, *more: str) -> Case:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del folder
        return scene(places, stack, cluster)

    return Case(
        name=name,
        kind=_PATCH,
        strategy=strategy,
        where="cluster",
        open=open_scene,
        checks=(*more, "change-holds"),
        back=_PATCH,
    )


_ROLLOUT = ("rollout-complete", "capacity-kept")
CASES = (
    _case("weigh a canary", Weighted, "Annotations"),
    _case("give more memory", Sized, "Settings", *_ROLLOUT),
    _case("set a variable", Told, "Settings", *_ROLLOUT),
    replace(_case("scale under an autoscaler", Driven, "Workloads"), why="lets them go"),
    _case("raise a quota", Quota, "Patches"),
    _case("begin a drain", Drained, "Drains"),
)

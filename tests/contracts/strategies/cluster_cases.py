"""The changes of workloads on a cluster: deployments, sets, autoscalers and single pods."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from stanch.tools.operations import Intent, RestartWorkload, ScaleWorkload, UndoRollout
from stanch.tools.operations.kubernetes_intents import Rollout
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.outcome import DryRun
from tests.contracts.clients.client_sets import Rolling
from tests.contracts.clients.client_targets import NAMESPACE, Corner
from tests.contracts.clients.test_client_autoscalers import HPA, intent, measured
from tests.contracts.clients.test_client_evictions import away, gone
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Open, Scene

BEFORE, AFTER, THIRD = (f"registry.local/web:v{number}" for number in (1, 2, 3))
_ROLLOUT = ("rollout-complete", "capacity-kept", "restarts-stopped", "change-holds")


class InCluster(Scene):
    """Objects of one corner of a cluster, by the names that the test gives them."""

    acts_as = "operator"

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        self.corner = Corner(places.cluster(cluster))
        stack.callback(self.corner.clean)
        self.stack = stack
        self.settings = {
            "kubeconfig": places.kubeconfig(cluster),
            "context": "reader",
            "act_context": self.acts_as,
        }
        self.things: dict[str, str] = {}

    def capture(self) -> Json:
        """Return each object of the scene; {} stands for one that is not there."""
        return {name: self.find(path) for name, path in self.things.items()}

    def find(self, path: str) -> Json:
        """Return an object as the admin sees it; {} when it is not there."""
        answer = self.corner.admin.get(path)
        if answer.status_code == 404:
            return {}
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found


class OfDeployment(InCluster):
    """A deployment of two revisions, the newer of them deployed."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.corner.deploy(BEFORE, replicas=2)
        self.corner.set_image(AFTER)
        self.corner.settled()
        self.things = {
            "deployment": self.corner.path(name=self.corner.name),
            "autoscaler": self.corner.path(HPA, self.corner.name),
        }

    def settle(self) -> None:
        """Wait for the controllers, unless the deployment waits itself or is no more."""
        found = self.find(self.things["deployment"])
        if found and not found["spec"].get("paused") and "deletionTimestamp" not in _of(found):
            self.corner.settled()


class OfSet(InCluster):
    """A stateful set or daemon set of two revisions, the newer of them in force."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str, resource: str) -> None:
        super().__init__(places, stack, cluster)
        self.rolling = Rolling(self.corner, resource)
        stack.callback(self.rolling.remove)
        self.rolling.make("v1")
        self.rolling.release("v2")
        self.rolling.settled()
        self.things = {
            "set": self.rolling.path,
            "autoscaler": self.corner.path(HPA, self.corner.name),
        }

    def settle(self) -> None:
        """Wait for the controllers, unless the set is no more."""
        found = self.find(self.things["set"])
        if found and "deletionTimestamp" not in _of(found):
            self.rolling.settled()


class Autoscaled(InCluster):
    """A deployment whose pods request CPU, and the autoscaler that is to come."""

    made = True

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        measured(self.corner)
        self.intent = intent(self.corner, least=2, cpu=70)
        scaler = self.corner.path(HPA, self.corner.name)
        stack.callback(self.corner.delete, scaler)
        self.things = {
            "autoscaler": scaler,
            "deployment": self.corner.path(name=self.corner.name),
        }

    def shown(self, tried: DryRun) -> Json:
        """Return the autoscaler in the version of the API that the dry run was answered in."""
        path = self.things["autoscaler"]
        version = tried.after.get("apiVersion", "autoscaling/v1")
        return self.find(path.replace("/autoscaling/v1/", f"/{version}/"))


class Evicted(InCluster):
    """One of two pods of a deployment, which is to go."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.corner.deploy(BEFORE, replicas=2)
        pod = self.corner.list("pods")[0]["metadata"]
        self.uid: str = pod["uid"]
        self.intent = away(pod["name"])
        self.things = {"pod": self.corner.path("pods", pod["name"])}

    def capture(self) -> Json:
        """Return the pod that is meant, and never one that has come in its place."""
        found = self.find(self.things["pod"])
        return {"pod": found if found and found["metadata"]["uid"] == self.uid else {}}

    def settle(self) -> None:
        """Wait until a pod that was told to go has gone, unless a finalizer keeps it."""
        found = self.capture()["pod"]
        if found and "deletionTimestamp" in _of(found) and not _of(found).get("finalizers"):
            gone(self.corner, self.uid)


def _of(found: Json) -> Json:
    metadata: Json = found["metadata"]
    return metadata


def _rollout(scene: OfDeployment, action: str) -> Intent:
    subject = Subject(resource="deployment", name=scene.corner.name)
    fields = {"objects": (subject,), "namespace": NAMESPACE, "action": action}
    return Rollout.model_validate(fields)


def _resumed(scene: OfDeployment, here: Json) -> Intent:
    """Pause the rollout first; what is asked for is that it goes on."""
    del here
    scene.corner.patch({"spec": {"paused": True}})
    return _rollout(scene, "resume")


def _deployment(asks: Callable[[OfDeployment, Json], Intent]) -> Open:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del folder
        scene = OfDeployment(places, stack, cluster)
        scene.intent = asks(scene, {"namespace": NAMESPACE, "name": scene.corner.name})
        return scene

    return open_scene


def _set(resource: str, asks: Callable[[Rolling], Intent]) -> Open:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del folder
        scene = OfSet(places, stack, cluster, resource)
        scene.intent = asks(scene.rolling)
        return scene

    return open_scene


def _plain(scene: Callable[..., Scene]) -> Open:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del folder
        return scene(places, stack, cluster)

    return open_scene


def _case(name: str, kind: str, opens: Open, strategy: str = "Rollouts", **more: Any) -> Case:
    kind = f"kubernetes.{kind}"
    return Case(name=name, kind=kind, strategy=strategy, where="cluster", open=opens, **more)


CASES = (
    _case(
        "roll back",
        "roll_back",
        _deployment(lambda _, here: UndoRollout(**here)),
        "Workloads",
        checks=_ROLLOUT,
        back="kubernetes.roll_back",
    ),
    _case(
        "restart",
        "restart",
        _deployment(lambda _, here: RestartWorkload(**here)),
        "Workloads",
        checks=_ROLLOUT,
        why="has no way back",
    ),
    _case(
        "scale",
        "scale",
        _deployment(lambda _, here: ScaleWorkload(**here, replicas=3)),
        "Workloads",
        checks=_ROLLOUT,
        back="kubernetes.scale",
    ),
    _case(
        "pause",
        "pause",
        _deployment(lambda scene, _: _rollout(scene, "pause")),
        back="kubernetes.pause",
    ),
    _case("resume", "pause", _deployment(_resumed), back="kubernetes.pause"),
    _case(
        "roll back a stateful set",
        "roll_back_set",
        _set("statefulsets", lambda one: one.asks("undo")),
        checks=_ROLLOUT,
        back="kubernetes.roll_back_set",
    ),
    _case(
        "roll back a daemon set",
        "roll_back_set",
        _set("daemonsets", lambda one: one.asks("undo")),
        checks=_ROLLOUT,
        back="kubernetes.roll_back_set",
    ),
    _case(
        "restart a daemon set",
        "restart_set",
        _set("daemonsets", lambda one: one.asks("restart")),
        checks=_ROLLOUT,
        why="has no way back",
    ),
    _case(
        "scale a stateful set",
        "scale_set",
        _set("statefulsets", lambda one: one.scales(3)),
        checks=_ROLLOUT,
        back="kubernetes.scale_set",
    ),
    _case(
        "create an autoscaler",
        "create_autoscaler",
        _plain(Autoscaled),
        "Autoscalers",
        back="kubernetes.delete_autoscaler",
    ),
    _case(
        "evict a pod",
        "evict",
        _plain(Evicted),
        "Drains",
        checks=("rollout-complete", "capacity-kept"),
        why="does not come back",
    ),
)

"""What others do to the objects of a cluster between the approval and the change."""

from typing import Any

from stanch.tools.operations.workload import revision
from tests.contracts.clients.argo_scene import REVISIONS, SOURCE
from tests.contracts.clients.client_targets import Json
from tests.contracts.clients.object_samples import autoscaler, config
from tests.contracts.clients.test_client_autoscalers import HPA, rival
from tests.contracts.strategies.cluster_cases import (
    AFTER,
    THIRD,
    Evicted,
    InCluster,
    OfDeployment,
    OfSet,
)
from tests.contracts.strategies.object_cases import Argo, Configured, Routed, Secret
from tests.contracts.strategies.strategy_runs import Drift

HELD = "stanch.dev/test-holds-it"


def gone(scene: InCluster, thing: str) -> None:
    """Delete one thing of a scene, and wait until it is not there any more."""
    path = scene.things[thing]
    scene.corner.delete(path)
    scene.corner.until(lambda: scene.find(path), lambda found: not found)


def held(scene: InCluster, thing: str) -> None:
    """Delete one thing that a finalizer keeps: it stays, and is being deleted."""
    path = scene.things[thing]
    merge(scene, thing, {"metadata": {"finalizers": [HELD]}})
    scene.stack.callback(merge, scene, thing, {"metadata": {"finalizers": None}})
    scene.corner.delete(path)
    found = scene.find(path)
    assert "deletionTimestamp" in found["metadata"]


def merge(scene: InCluster, thing: str, body: Json) -> None:
    """Change one thing of a scene as a person would."""
    answer = scene.corner.admin.patch(
        scene.things[thing],
        json=body,
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.is_success, answer.text


def anew(scene: OfDeployment) -> None:
    """Make another deployment under the same name."""
    gone(scene, "deployment")
    scene.corner.deploy(AFTER, replicas=2)


def released(scene: OfDeployment) -> None:
    scene.corner.set_image(THIRD)


def limited(scene: OfDeployment) -> None:
    """Have the pods use less, as `kubectl set resources` does."""
    resources = {"limits": {"memory": "64Mi"}}
    containers = [{"name": "web", "resources": resources}]
    scene.corner.patch({"spec": {"template": {"spec": {"containers": containers}}}})


def labelled(scene: OfDeployment) -> None:
    labels = {"template": {"metadata": {"labels": {"track": "canary"}}}}
    scene.corner.patch({"spec": labels})


def forgotten(scene: OfDeployment) -> None:
    """Delete the replica set that is to be gone back to."""
    [old] = [one for one in scene.corner.list("replicasets") if revision(one) == 1]
    scene.corner.delete(scene.corner.path("replicasets", old["metadata"]["name"]))
    scene.corner.until(lambda: scene.corner.list("replicasets"), lambda found: len(found) == 1)


def remade(scene: OfSet) -> None:
    """Make another set under the same name."""
    gone(scene, "set")
    scene.rolling.make("v2")


def replaced(scene: Evicted) -> None:
    """Delete the pod; its controller makes another one."""
    gone(scene, "pod")


def _deployment(name: str, case: str, says: str, meddle: Any) -> Drift:
    return Drift(name=f"deployment: {name}", case=case, says=says, meddle=meddle)


def _set(name: str, case: str, says: str, meddle: Any) -> Drift:
    return Drift(name=f"set: {name}", case=case, says=says, meddle=meddle)


def _object(name: str, case: str, says: str, meddle: Any) -> Drift:
    return Drift(name=name, case=case, says=says, meddle=meddle)


def _driven(scene: OfSet) -> None:
    """Have an autoscaler set the replicas from now on."""
    name = scene.corner.name
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 5}
    scene.corner.create(HPA, {"metadata": {"name": name}, "spec": spec})


def _scaled(replicas: int) -> Json:
    return {"spec": {"replicas": replicas}}


def _config_anew(scene: Configured) -> None:
    gone(scene, "config")
    config(scene.corner)


def _selector(scene: Routed) -> None:
    merge(scene, "service", {"spec": {"selector": {"track": "canary"}}})


def _stolen(scene: InCluster) -> None:
    """Have the autoscaler scale another workload."""
    merge(scene, "autoscaler", {"spec": {"scaleTargetRef": {"name": "another"}}})


def _synced(scene: Argo) -> None:
    """Roll the application to another revision, as somebody else would."""
    sync = {"revision": REVISIONS[0], "source": SOURCE}
    scene.application.merge({"operation": {"sync": sync}})
    scene.application.sync()


def _secret_anew(scene: Secret) -> None:
    gone(scene, "secret")
    scene.secret._secret(scene.corner.name, scene.secret.bad)


DEPLOYMENTS = (
    _deployment("another image", "roll back", "spec_sha256", released),
    _deployment("other resources", "restart", "spec_sha256", limited),
    _deployment("another label of its pods", "scale", "spec_sha256", labelled),
    _deployment("deleted", "roll back", "gone", lambda one: gone(one, "deployment")),
    _deployment("made anew", "scale", "uid", anew),
    _deployment("being deleted", "restart", "deleting", lambda one: held(one, "deployment")),
    _deployment(
        "its rollout was paused",
        "restart",
        "spec_sha256",
        lambda one: merge(one, "deployment", {"spec": {"paused": True}}),
    ),
    _deployment(
        "paused by others already",
        "pause",
        "spec_sha256",
        lambda one: merge(one, "deployment", {"spec": {"paused": True}}),
    ),
    _deployment(
        "other replicas", "scale", "replicas", lambda one: merge(one, "deployment", _scaled(4))
    ),
    _deployment(
        "scaled to zero",
        "roll back",
        "replicas",
        lambda one: merge(one, "deployment", _scaled(0)),
    ),
    _deployment("an autoscaler came", "scale", "autoscaler", lambda one: autoscaler(one.corner)),
    _deployment("its earlier revision went", "roll back", "target|revision", forgotten),
)
SETS = (
    _set("an autoscaler came", "scale a stateful set", "autoscalers", _driven),
    _set("another image", "roll back a stateful set", ".", lambda one: one.rolling.release("v3")),
    _set("deleted", "roll back a daemon set", "gone", lambda one: gone(one, "set")),
    _set("made anew", "restart a daemon set", "uid", remade),
    _set(
        "other replicas",
        "scale a stateful set",
        "replicas",
        lambda one: merge(one, "set", _scaled(1)),
    ),
)
OBJECTS = (
    _object("pod: replaced before it was evicted", "evict a pod", "gone", replaced),
    _object("pod: being deleted", "evict a pod", "deleting", lambda one: held(one, "pod")),
    _object(
        "config map: edited",
        "restore a config map",
        "MODE",
        lambda one: merge(one, "config", {"data": {"MODE": "slow"}}),
    ),
    _object("config map: made anew", "restore a config map", "uid", _config_anew),
    _object("service: selector flipped", "switch a service", "selector", _selector),
    _object("service: deleted", "switch a service", "gone", lambda one: gone(one, "service")),
    _object(
        "autoscaler: its most changed",
        "raise an autoscaler",
        "maxReplicas",
        lambda one: merge(one, "autoscaler", {"spec": {"maxReplicas": 4}}),
    ),
    _object(
        "autoscaler: made by others",
        "create an autoscaler",
        "name_taken",
        lambda one: rival(one.corner, one.corner.name),
    ),
    _object(
        "autoscaler: another one for the same",
        "create an autoscaler",
        "autoscalers",
        lambda one: rival(one.corner, f"{one.corner.name}-other"),
    ),
    _object(
        "node: uncordoned", "uncordon a node", "unschedulable", lambda one: one.cordon(off=None)
    ),
    _object("node: cordoned", "cordon a node", "unschedulable", lambda one: one.cordon(off=True)),
    _object("application: synced to another revision", "roll back an application", ".", _synced),
    _object(
        "application: healing turned off",
        "roll back an application",
        ".",
        lambda one: one.application.merge({"spec": {"syncPolicy": {"automated": None}}}),
    ),
    _object(
        "application: deleted",
        "roll back an application",
        "gone",
        lambda one: gone(one, "application"),
    ),
    _object(
        "secret: a value changed",
        "restore a secret",
        "resource_version",
        lambda one: one.secret.merge({"data": {"SAME": one.secret.good["URL"]}}),
    ),
    _object(
        "secret: the good one changed",
        "restore a secret",
        "source",
        lambda one: one.secret.merge({"data": {"SAME": one.secret.good["URL"]}}, one.secret.source),
    ),
    _object("secret: made anew", "restore a secret", "uid", _secret_anew),
)
DRIFTS = (*DEPLOYMENTS, *SETS, *OBJECTS)

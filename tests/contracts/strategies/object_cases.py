"""The changes of single objects on a cluster: fields, applications of Argo CD, Secrets."""

import hashlib
from contextlib import ExitStack
from pathlib import Path

from stanch.tools.operations import RestoreConfigMap, RestoreFromSecret, RollBackApplication
from stanch.tools.operations.kubernetes_intents import PatchObjects
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import CordonNodes
from stanch.tools.outcome import DryRun
from tests.contracts.clients import argo_scene, secret_scene
from tests.contracts.clients.client_targets import NAMESPACE
from tests.contracts.clients.object_samples import autoscaler, config, service
from tests.contracts.strategies.cluster_cases import InCluster
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene

_PATCH = "kubernetes.patch"


class Configured(InCluster):
    """A ConfigMap with three values, and an earlier version of it."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        config(self.corner)
        name = self.corner.name
        good = {"MODE": "safe", "SIZE": "10", "EXTRA": "yes", "app.properties": "odd=1"}
        self.corner.create("configmaps", {"metadata": {"name": f"{name}-good"}, "data": good})
        self.intent = RestoreConfigMap(namespace=NAMESPACE, name=name, from_name=f"{name}-good")
        self.things = {"config": self.corner.path("configmaps", name)}


class Routed(InCluster):
    """A Service whose selector is to lead to other pods."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        name = self.corner.name
        self.corner.deploy()
        service(self.corner)
        labels = {"app": name, "track": "stable"}
        body = {"spec": {"template": {"metadata": {"labels": labels}}}}
        self.corner.patch(body)
        self.corner.settled()
        self.intent = PatchObjects(
            objects=(Subject(resource="service", name=name),),
            namespace=NAMESPACE,
            patch='{"spec": {"selector": {"track": "stable"}}}',
        )
        self.things = {"service": self.corner.path("services", name)}


class Limited(InCluster):
    """An autoscaler whose most is to be raised."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.corner.deploy()
        autoscaler(self.corner)
        self.intent = PatchObjects(
            objects=(Subject(resource="hpa", name=self.corner.name),),
            namespace=NAMESPACE,
            patch='{"spec": {"maxReplicas": 6}}',
        )
        self.things = {"autoscaler": self.corner.path("horizontalpodautoscalers", self.corner.name)}


class OfNode(InCluster):
    """A node that is to take no more pods; it takes them again at the end."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        nodes = self.corner.admin.get("/api/v1/nodes").json()["items"]
        self.name: str = nodes[-1]["metadata"]["name"]
        self.intent = CordonNodes(objects=(Subject(resource="node", name=self.name),))
        self.things = {"node": f"/api/v1/nodes/{self.name}"}
        stack.callback(self.cordon, off=None)

    def cordon(self, *, off: bool | None) -> None:
        """Cordon the node, or let it take pods again, as a person would."""
        answer = self.corner.admin.patch(
            self.things["node"],
            json={"spec": {"unschedulable": off}},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        assert answer.is_success, answer.text


class Uncordoned(OfNode):
    """A node that was cordoned, and is to take pods again."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        self.cordon(off=True)
        subject = Subject(resource="node", name=self.name)
        self.intent = CordonNodes(objects=(subject,), lift=True)


class Argo(InCluster):
    """An application of Argo CD that heals itself, with three revisions in its history."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        super().__init__(places, stack, cluster)
        argo_scene.serve(places.cluster(cluster))
        self.application = argo_scene.Application(self.corner)
        self.application.create(argo_scene.AUTOMATED)
        stack.callback(self.application.delete)
        self.intent = RollBackApplication(namespace=NAMESPACE, name=self.application.name)
        self.things = {"application": self.application.path}

    def go_on(self) -> None:
        """Sync as the controller does."""
        if self.application.get().get("operation"):
            self.application.sync()


class Secret(InCluster):
    """A Secret that went bad beside one that is good; only digests of values are kept."""

    def __init__(self, places: Places, stack: ExitStack, cluster: str) -> None:
        # The practice cluster's operator may not read Secrets; a Role cannot be added there.
        self.acts_as = "admin" if cluster == "practice" else "operator"
        super().__init__(places, stack, cluster)
        self.secret = secret_scene.Scene(self.corner)
        name = self.corner.name
        self.intent = RestoreFromSecret(
            namespace=NAMESPACE, name=name, from_name=self.secret.source
        )
        self.things = {
            "secret": self.corner.path("secrets", name),
            "source": self.corner.path("secrets", self.secret.source),
        }
        stack.callback(self._forget)

    def capture(self) -> Json:
        """Return both Secrets, with digests in the place of their values."""
        return {name: _digested(thing) for name, thing in super().capture().items()}

    def shown(self, tried: DryRun) -> Json:
        """Return each key with where its value comes from."""
        del tried
        now = self.find(self.things["secret"])
        data: Json = now["data"]
        good, bad, whence = self.secret.good, self.secret.bad, f"as in {self.secret.source}"
        old = data == bad
        keys = {
            key: "as it is" if old or bad.get(key) == value else whence
            for key, value in sorted(data.items())
            if old or good.get(key) == value
        }
        head = {name: now["metadata"][name] for name in ("name", "namespace")}
        return {"metadata": head, "data": keys}

    def _forget(self) -> None:
        query = {"labelSelector": "stanch.dev/backup=secret"}
        every = self.corner.admin.get(self.corner.path("secrets"), params=query).json()["items"]
        for one in every:
            if one["metadata"]["annotations"].get("stanch.dev/backup-of") == self.corner.name:
                self.corner.delete(self.corner.path("secrets", one["metadata"]["name"]))


def _digested(thing: Json) -> Json:
    data = thing.get("data")
    if data is None:
        return thing
    digests = {key: hashlib.sha256(value.encode()).hexdigest() for key, value in data.items()}
    return {**thing, "data": digests}


def _case(name: str, kind: str, scene: type[InCluster], back: str, strategy: str) -> Case:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del folder
        return scene(places, stack, cluster)

    return Case(
        name=name,
        kind=kind,
        strategy=strategy,
        where="cluster",
        open=open_scene,
        back=back,
    )


CASES = (
    _case("restore a config map", _PATCH, Configured, _PATCH, "ConfigMaps"),
    _case("switch a service", _PATCH, Routed, _PATCH, "Patches"),
    _case("raise an autoscaler", _PATCH, Limited, _PATCH, "Patches"),
    _case("cordon a node", _PATCH, OfNode, _PATCH, "Nodes"),
    _case("uncordon a node", _PATCH, Uncordoned, _PATCH, "Nodes"),
    _case(
        "roll back an application",
        "kubernetes.argo_roll_back",
        Argo,
        "kubernetes.argo_roll_back",
        "Applications",
    ),
    _case(
        "restore a secret",
        "kubernetes.restore_secret",
        Secret,
        "kubernetes.put_secret_back",
        "Secrets",
    ),
)

"""The kubelets of all nodes: they play the containers of bound pods and report their status."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.containers import Container, digest
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import condition
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_BEHAVIOUR_NOTE = "fake-kubelet/behavior"
_HELD_SECONDS = 0.5


class Life:
    """What the kubelet knows of one pod on its node."""

    def __init__(self, pod: dict[str, Any], containers: dict[str, Container], *, ip: str) -> None:
        self.pod = pod
        self.containers = containers
        self.ip = ip
        self.began = ""
        self.ending = False
        self.next: float | None = None


class Kubelet:
    """Lets the containers of every bound pod live, and removes pods that are to go."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._lives: dict[str, Life] = {}
        self._images: set[tuple[str, str]] = set()
        self._addresses = 0

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the bound pod that a change is about; forget it when it is gone."""
        metadata = change.new["metadata"]
        if change.plural == "nodes":
            return self._of_node(metadata["name"])
        if change.plural != "pods":
            return []
        if change.action == "DELETED":
            self._lives.pop(metadata["uid"], None)
            self._cluster.logs.forget(metadata["uid"])
        elif change.new["spec"].get("nodeName"):
            return [(metadata["namespace"], metadata["name"])]
        return []

    def _of_node(self, name: str) -> "Iterable[Key]":
        return [
            (life.pod["metadata"]["namespace"], life.pod["metadata"]["name"])
            for life in self._lives.values()
            if life.pod["spec"]["nodeName"] == name
        ]

    def reconcile(self, namespace: str, name: str) -> None:
        """Begin, change or end the life of one pod."""
        pod = self._cluster.store.find("pods", namespace, name)
        if pod is None or self._cluster.nodes.is_silent(pod["spec"].get("nodeName", "")):
            return
        uid = pod["metadata"]["uid"]
        life = self._lives.get(uid)
        if "deletionTimestamp" in pod["metadata"]:
            self._end(pod, life)
            return
        if life is None:
            life = self._lives[uid] = self._begin(pod)
        elif life.pod is not pod:
            self._take(life, pod)
        self._run(uid)

    def forget_images(self, node: str) -> None:
        """Let a node be as it is when it was just set up: it has no image yet."""
        self._images = {(name, image) for name, image in self._images if name != node}

    def kill(self, uid: str, container: str, *, word: str, last_line: str = "") -> None:
        """End the run of a container, as `word` says (see stanch.sandbox.cluster.programs)."""
        life = self._lives.get(uid)
        if life is None or life.ending or container not in life.containers:
            return
        life.containers[container].fail(word, last_line)
        self._run(uid)

    def evict(self, uid: str, message: str) -> bool:
        """Give up a pod to get its memory back; tell whether it was there to be given up."""
        life = self._lives.get(uid)
        if life is None or life.ending:
            return False
        life.ending = True
        for container in life.containers.values():
            container.stop()
        pod, now = life.pod, stamp(self._cluster.now)
        words = {"reason": "TerminationByKubelet", "message": message}
        target = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": now, **words}
        status = {
            **pod["status"],
            "phase": "Failed",
            "reason": "Evicted",
            "message": message,
            "conditions": [*self._conditions(life), target],
            "containerStatuses": [item.given_up() for item in life.containers.values()],
        }
        host = {"component": "kubelet", "host": self._node(life)}
        self._cluster.events.warning(pod, "Evicted", message, **host)
        self._cluster.store.replace("pods", {**pod, "status": status})
        return True

    def _begin(self, pod: dict[str, Any]) -> Life:
        self._addresses += 1
        high, low = divmod(self._addresses, 250)
        containers = {
            spec["name"]: Container(self._cluster, pod, spec) for spec in pod["spec"]["containers"]
        }
        for container in containers.values():
            container.begin()
        life = Life(pod, containers, ip=f"10.244.{high % 250}.{low + 2}")
        life.began = stamp(self._cluster.now)
        return life

    def _take(self, life: Life, pod: dict[str, Any]) -> None:
        noted = _notes(life.pod) != _notes(pod)
        life.pod = pod
        for spec in pod["spec"]["containers"]:
            container = life.containers[spec["name"]]
            changed = container.spec["image"] != spec["image"]
            container.pod = pod
            if changed or noted:
                container.replace(pod, spec)

    def _run(self, uid: str) -> None:
        """Make every move that is due, report, and wait for the next one."""
        life = self._lives.get(uid)
        if life is None or life.ending or self._cluster.nodes.is_silent(self._node(life)):
            return
        for container in life.containers.values():
            image = (self._node(life), container.spec["image"])
            while container.due is not None and container.due <= self._cluster.now:
                container.step(pulled=image in self._images)
                if container.was_started:
                    self._images.add(image)
        self._report(life)
        dues = [item.due for item in life.containers.values() if item.due is not None]
        if dues and (life.next is None or min(dues) != life.next):
            life.next = min(dues)
            self._cluster.at(life.next, lambda: self._wake(uid))

    def _wake(self, uid: str) -> None:
        if life := self._lives.get(uid):
            life.next = None
            # The pod may have been changed in this very moment: what is known of it is old.
            self.reconcile(life.pod["metadata"]["namespace"], life.pod["metadata"]["name"])

    def _node(self, life: Life) -> str:
        return str(life.pod["spec"]["nodeName"])

    def _report(self, life: Life) -> None:
        node = self._cluster.store.find("nodes", "", self._node(life))
        addresses = node["status"]["addresses"] if node else [{"address": "127.0.0.1"}]
        status = {
            "phase": _phase(life),
            "conditions": self._conditions(life),
            "hostIP": addresses[0]["address"],
            "hostIPs": [{"ip": addresses[0]["address"]}],
            "podIP": life.ip,
            "podIPs": [{"ip": life.ip}],
            "startTime": life.began,
            "containerStatuses": [item.status() for item in life.containers.values()],
            "qosClass": life.pod.get("status", {}).get("qosClass", "BestEffort"),
        }
        if first := life.pod["spec"].get("initContainers"):
            status["initContainerStatuses"] = [_initialised(spec, life.began) for spec in first]
        life.pod = self._cluster.store.replace("pods", {**life.pod, "status": status})
        for container in life.containers.values():
            container.pod = life.pod

    def _conditions(self, life: Life) -> list[dict[str, Any]]:
        bad = [item.name for item in life.containers.values() if not item.ready]
        words: dict[str, str] = {}
        if bad and _phase(life) == "Succeeded":
            words = {"reason": "PodCompleted"}
        elif bad:
            listed = f"containers with unready status: [{' '.join(bad)}]"
            words = {"reason": "ContainersNotReady", "message": listed}
        scheduled = condition(life.pod, "PodScheduled")
        return [
            self._condition(life, "PodReadyToStartContainers", good=True, words={}),
            self._condition(life, "Initialized", good=True, words={}),
            self._condition(life, "Ready", good=not bad, words=words),
            self._condition(life, "ContainersReady", good=not bad, words=words),
            scheduled or self._condition(life, "PodScheduled", good=True, words={}),
        ]

    def _condition(
        self, life: Life, kind: str, *, good: bool, words: dict[str, str]
    ) -> dict[str, Any]:
        status = "True" if good else "False"
        old = condition(life.pod, kind)
        kept = old is not None and old["status"] == status
        since = old["lastTransitionTime"] if old and kept else stamp(self._cluster.now)
        return {"type": kind, "status": status, "lastTransitionTime": since, **words}

    def _end(self, pod: dict[str, Any], life: Life | None) -> None:
        metadata = pod["metadata"]
        uid, where = metadata["uid"], (metadata["namespace"], metadata["name"])
        if life is None:
            life = self._lives[uid] = self._begin(pod)
        if life.ending:
            return
        life.ending = True
        for container in life.containers.values():
            container.stop()
        asked = float(metadata.get("deletionGracePeriodSeconds", 0))
        grace = min(self._cluster.pace.goodbye, asked)
        self._cluster.at(self._cluster.now + grace, lambda: self._remove(uid, where))

    def _remove(self, uid: str, where: "Key") -> None:
        pod = self._cluster.store.find("pods", *where)
        if pod is None or pod["metadata"]["uid"] != uid:
            return
        if pod["metadata"].get("finalizers"):
            # Its containers have ended; the object stays until nobody holds it any more.
            again = self._cluster.now + _HELD_SECONDS
            self._cluster.at(again, lambda: self._remove(uid, where))
            return
        self._cluster.store.remove("pods", *where)


def _notes(pod: dict[str, Any]) -> dict[str, str]:
    annotations = pod["metadata"].get("annotations", {})
    return {key: text for key, text in annotations.items() if key.startswith(_BEHAVIOUR_NOTE)}


def _phase(life: Life) -> str:
    items = life.containers.values()
    if all(item.stage == "ended" for item in items):
        codes = [item.state.get("terminated", {}).get("exitCode", 0) for item in items]
        return "Failed" if any(codes) else "Succeeded"
    return "Running" if all(item.was_started for item in items) else "Pending"


def _initialised(spec: dict[str, Any], at: str) -> dict[str, Any]:
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at}
    return {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": f"sha256:{digest(spec['image'])}",
        "ready": True,
        "restartCount": 0,
        "state": {"terminated": ended},
        "lastState": {},
    }

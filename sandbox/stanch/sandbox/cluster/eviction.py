"""What the kubelets do when a node runs out of memory: pressure, a taint, and evictions.

A node's memory is taken by its pods and by what is no pod: programs beside the kubelet.
Below the hard threshold the node is under pressure, takes no new pods, and gives up one pod
at each look, first the one that is furthest above what it asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.pods import is_active
from stanch.sandbox.cluster.quantities import value
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

MIB = 2.0**20
THRESHOLD = 100 * MIB
"""Bytes that have to stay available on a node."""
SYSTEM = 300 * MIB
"""Bytes that the system of every node takes."""
_LEAST = 12 * MIB
_EVERY = 10.0
_TRANSITION = 60.0
"""Seconds that a node stays under pressure after the last shortage."""
_TAINT = "node.kubernetes.io/memory-pressure"
_SHORT = ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
_ENOUGH = ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")


@dataclass(slots=True)
class Occupant:
    """A program on a node that is no pod, and takes more and more of its memory."""

    taken: float
    growth: float
    """Bytes per second."""


class Eviction:
    """Watches the memory of the nodes, and plays the kubelets' part when it runs out."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._occupants: dict[str, Occupant] = {}
        self._short: dict[str, float] = {}
        self.evicted: dict[str, int] = {}
        """How many pods each node has given up."""
        self._watching = False

    def occupy(self, node: str, taken: float, *, growth: float = 0.0) -> None:
        """Let a program take `taken` bytes of a node, and `growth` more each second."""
        self._occupants[node] = Occupant(taken, growth)
        if not self._watching:
            self._watching = True
            self._cluster.at(self._cluster.now + _EVERY, self._look)

    def free(self, node: str) -> None:
        """End the program that takes the memory of a node."""
        self._occupants.pop(node, None)

    def taken(self, node: str) -> float:
        """Return the bytes that a program beside the pods takes of a node."""
        found = self._occupants.get(node)
        return found.taken if found else 0.0

    def is_short(self, node: str) -> bool:
        """Tell whether a program takes what the pods of a node need."""
        return node in self._occupants and self.available()[node] < THRESHOLD

    def available(self) -> dict[str, float]:
        """Return the bytes that each node has left."""
        left = {
            node["metadata"]["name"]: value(node["status"]["capacity"]["memory"]) - SYSTEM
            for node in self._cluster.store.list("nodes")
        }
        for name in left:
            left[name] -= self.taken(name)
        for pod in self._cluster.store.list("pods"):
            node = pod["spec"].get("nodeName")
            if node in left:
                left[node] -= self._used(pod)
        return {name: max(bytes_, _LEAST) for name, bytes_ in left.items()}

    def _used(self, pod: dict[str, Any]) -> float:
        return sum(usage.memory_bytes for _, usage in self._cluster.usage(pod))

    def _look(self) -> None:
        for name, occupant in self._occupants.items():
            room = value(self._cluster.store.get("nodes", "", name)["status"]["capacity"]["memory"])
            occupant.taken = min(occupant.taken + occupant.growth * _EVERY, room - SYSTEM)
        available, now = self.available(), self._cluster.now
        for name in dict.fromkeys((*self._occupants, *self._short)):
            if self._cluster.nodes.is_silent(name):
                continue
            if available[name] < THRESHOLD:
                self._press(name)
                self._short[name] = now
                self._evict(name, available[name])
            elif name in self._short and now - self._short[name] >= _TRANSITION:
                del self._short[name]
                self._relieve(name)
        self._watching = bool(self._occupants or self._short)
        if self._watching:
            self._cluster.at(now + _EVERY, self._look)

    def _press(self, name: str) -> None:
        if name in self._short:
            return
        node = self._set(name, "True", _SHORT)
        taints = [*node["spec"].get("taints", ()), {"key": _TAINT, "effect": "NoSchedule"}]
        taints[-1]["timeAdded"] = stamp(self._cluster.now)
        self._cluster.store.replace("nodes", {**node, "spec": {**node["spec"], "taints": taints}})
        self._say(node, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory")
        self._say(node, "Normal", *_status(name, "NodeHasInsufficientMemory"))

    def _relieve(self, name: str) -> None:
        node = self._set(name, "False", _ENOUGH)
        spec = {key: part for key, part in node["spec"].items() if key != "taints"}
        if others := [t for t in node["spec"].get("taints", ()) if t["key"] != _TAINT]:
            spec["taints"] = others
        self._cluster.store.replace("nodes", {**node, "spec": spec})
        self._say(node, "Normal", *_status(name, "NodeHasSufficientMemory"))

    def _set(self, name: str, status: str, words: tuple[str, str]) -> dict[str, Any]:
        node, now = self._cluster.store.get("nodes", "", name), stamp(self._cluster.now)
        new = {"status": status, "reason": words[0], "message": words[1]}
        new |= {"lastHeartbeatTime": now, "lastTransitionTime": now}
        conditions = [
            {**item, **new} if item["type"] == "MemoryPressure" else item
            for item in node["status"]["conditions"]
        ]
        changed = {**node, "status": {**node["status"], "conditions": conditions}}
        return self._cluster.store.replace("nodes", changed)

    def _say(self, node: dict[str, Any], level: str, reason: str, message: str) -> None:
        host = node["metadata"]["name"]
        tell = self._cluster.events.warning if level == "Warning" else self._cluster.events.normal
        tell(node, reason, message, component="kubelet", host=host)

    def _evict(self, node: str, available: float) -> None:
        """Give up one pod: the one that uses most beyond what it asked for."""
        ranked = sorted(
            (self._rank(pod), pod["metadata"]["name"], pod) for pod in self._candidates(node)
        )
        if not ranked:
            return
        pod = ranked[0][2]
        text = (
            "The node was low on resource: memory. Threshold quantity: "
            f"{_shown(THRESHOLD)}, available: {_shown(available)}. "
        )
        for container, usage in self._cluster.usage(pod):
            asked = _requested(pod, container)
            if usage.memory_bytes > asked:
                text += (
                    f"Container {container} was using {_shown(usage.memory_bytes)}, request is "
                    f"{_shown(asked)}, has larger consumption of memory. "
                )
        if self._cluster.kubelet.evict(pod["metadata"]["uid"], text):
            self.evicted[node] = self.evicted.get(node, 0) + 1

    def _candidates(self, node: str) -> Iterator[dict[str, Any]]:
        for pod in self._cluster.store.list("pods"):
            if pod["spec"].get("nodeName") == node and is_active(pod) and self._used(pod):
                yield pod

    def _rank(self, pod: dict[str, Any]) -> tuple[bool, float]:
        asked = sum(_requested(pod, one["name"]) for one in pod["spec"]["containers"])
        used = self._used(pod)
        return used <= asked, asked - used


def _status(node: str, reason: str) -> tuple[str, str]:
    return reason, f"Node {node} status is now: {reason}"


def _requested(pod: dict[str, Any], container: str) -> float:
    for one in pod["spec"]["containers"]:
        if one["name"] == container:
            return value(one.get("resources", {}).get("requests", {}).get("memory", "0"))
    return 0.0


def _shown(bytes_: float) -> str:
    whole = int(bytes_ // 1024)
    return f"{whole // 1024}Mi" if whole % 1024 == 0 else f"{whole}Ki"

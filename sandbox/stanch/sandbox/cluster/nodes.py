"""The nodes: their registration, their heartbeat, and what follows when it stops."""

from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import admission
from stanch.sandbox.cluster.admission import DeleteOptions
from stanch.sandbox.cluster.kinds import stored
from stanch.sandbox.cluster.pods import condition
from stanch.sandbox.cluster.times import micro_stamp, seconds, stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

NAMES = ("node-1", "node-2", "node-3")
_LEASE_SPACE = "kube-node-lease"
_BEAT = 10.0
_STATUS_EVERY = 300.0
_GRACE = 40.0
_ROOM = {"cpu": "8", "memory": "32Gi", "pods": "250", "ephemeral-storage": "100Gi"}
_UNREACHABLE = "node.kubernetes.io/unreachable"
_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "is posting ready status"),
)


class Nodes:
    """Keeps the nodes alive, and plays the controller that notices when one is not."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._stopped: dict[str, float] = {}

    def register(self) -> None:
        """Add the nodes to the cluster and start their heartbeats."""
        for index, name in enumerate(NAMES, start=1):
            self._cluster.store.create("nodes", "", _node(name, index, now=self._cluster.now))
            self._write_lease(name)
        self._cluster.at(self._cluster.now + _BEAT, self._beat)

    def stop(self, name: str) -> None:
        """Let the kubelet of a node fall silent, as when the machine or its network is gone.

        Raises:
            ApiError: there is no such node (404).
        """
        self._cluster.store.get("nodes", "", name)
        self._stopped.setdefault(name, self._cluster.now)
        self._cluster.at(self._cluster.now + _GRACE, lambda: self._notice(name))

    def start(self, name: str) -> None:
        """Let the kubelet of a node speak again.

        Raises:
            ApiError: there is no such node (404).
        """
        self._cluster.store.get("nodes", "", name)
        if self._stopped.pop(name, None) is None:
            return
        self._write_lease(name)
        self._set_healthy(name)

    def is_silent(self, name: str) -> bool:
        """Tell whether the kubelet of a node has stopped."""
        return name in self._stopped

    def _beat(self) -> None:
        store, now = self._cluster.store, self._cluster.now
        for node in store.list("nodes"):
            name = node["metadata"]["name"]
            if name in self._stopped:
                continue
            self._write_lease(name)
            ready = condition(node, "Ready")
            if ready and now - seconds(ready["lastHeartbeatTime"]) >= _STATUS_EVERY:
                fresh = [
                    {**item, "lastHeartbeatTime": stamp(now)}
                    for item in node["status"]["conditions"]
                ]
                store.replace("nodes", {**node, "status": {**node["status"], "conditions": fresh}})
        self._cluster.at(now + _BEAT, self._beat)

    def _write_lease(self, name: str) -> None:
        store, renewed = self._cluster.store, micro_stamp(self._cluster.now)
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": renewed}
        old = store.find("leases", _LEASE_SPACE, name)
        if old is None:
            store.create("leases", _LEASE_SPACE, {"metadata": {"name": name}, "spec": spec})
        else:
            store.replace("leases", {**old, "spec": spec})

    def _notice(self, name: str) -> None:
        node, now = self._cluster.store.find("nodes", "", name), self._cluster.now
        since = self._stopped.get(name)
        if node is None or since is None or now - since < _GRACE:
            return
        conditions = [
            {
                **item,
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
                "lastTransitionTime": stamp(now),
            }
            for item in node["status"]["conditions"]
        ]
        taints = [
            {"key": _UNREACHABLE, "effect": "NoSchedule", "timeAdded": stamp(now)},
            {"key": _UNREACHABLE, "effect": "NoExecute", "timeAdded": stamp(now)},
        ]
        others = [t for t in node["spec"].get("taints", ()) if t["key"] != _UNREACHABLE]
        spec = {**node["spec"], "taints": others + taints}
        status = {**node["status"], "conditions": conditions}
        self._cluster.store.replace("nodes", {**node, "spec": spec, "status": status})
        text = f"Node {name} status is now: NodeNotReady"
        self._cluster.events.normal(node, "NodeNotReady", text, component="node-controller")
        for pod in self._pods(name):
            self._doubt(pod)

    def _doubt(self, pod: dict[str, Any]) -> None:
        """Count the pod of a silent node as not ready, and evict it when its toleration ends."""
        now, status = self._cluster.now, pod.get("status", {})
        conditions = [
            {**item, "status": "False", "lastTransitionTime": stamp(now)}
            if item["type"] == "Ready" and item["status"] == "True"
            else item
            for item in status.get("conditions", ())
        ]
        changed = {**pod, "status": {**status, "conditions": conditions}}
        self._cluster.store.replace("pods", changed)
        uid, name = pod["metadata"]["uid"], pod["spec"]["nodeName"]
        for item in pod["spec"].get("tolerations", ()):
            if item.get("key") == _UNREACHABLE and "tolerationSeconds" in item:
                due = now + item["tolerationSeconds"]
                self._cluster.at(due, lambda: self._evict(uid, name, pod["metadata"]))

    def _evict(self, uid: str, node: str, metadata: dict[str, Any]) -> None:
        store = self._cluster.store
        pod = store.find("pods", metadata["namespace"], metadata["name"])
        if pod is None or pod["metadata"]["uid"] != uid or node not in self._stopped:
            return
        text = f"Marking for deletion Pod {metadata['namespace']}/{metadata['name']}"
        self._cluster.events.normal(pod, "TaintManagerEviction", text, component="taint-eviction")
        admission.delete(
            store,
            stored("pods"),
            metadata["namespace"],
            name=metadata["name"],
            options=DeleteOptions(),
        )

    def _set_healthy(self, name: str) -> None:
        node, now = self._cluster.store.get("nodes", "", name), self._cluster.now
        taints = [t for t in node["spec"].get("taints", ()) if t["key"] != _UNREACHABLE]
        spec = {key: value for key, value in node["spec"].items() if key != "taints"}
        if taints:
            spec["taints"] = taints
        status = {**node["status"], "conditions": _conditions(now)}
        self._cluster.store.replace("nodes", {**node, "spec": spec, "status": status})
        text = f"Node {name} status is now: NodeReady"
        self._cluster.events.normal(node, "NodeReady", text, component="kubelet", host=name)

    def _pods(self, node: str) -> list[dict[str, Any]]:
        pods = self._cluster.store.list("pods")
        return [pod for pod in pods if pod["spec"].get("nodeName") == node]


def _conditions(now: float) -> list[dict[str, Any]]:
    return [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": stamp(now),
            "lastTransitionTime": stamp(now),
            "reason": reason,
            "message": f"kubelet {words}",
        }
        for kind, status, reason, words in _HEALTHY
    ]


def _node(name: str, index: int, *, now: float) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
            },
        },
        "spec": {"podCIDR": f"10.244.{index}.0/24", "podCIDRs": [f"10.244.{index}.0/24"]},
        "status": {
            "capacity": dict(_ROOM),
            "allocatable": dict(_ROOM),
            "conditions": _conditions(now),
            "addresses": [
                {"type": "InternalIP", "address": f"10.0.0.{index + 10}"},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": f"practice-boot-{index}",
                "containerRuntimeVersion": "containerd://1.7.27",
                "kernelVersion": "6.1.0-35-amd64",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.32.4",
                "machineID": f"practice-machine-{index}",
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "systemUUID": f"practice-system-{index}",
            },
        },
    }

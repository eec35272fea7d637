"""Endpoints and EndpointSlices: which ready pods stand behind a Service."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import is_ready

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_SLICE_LABELS = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}


class Endpoints:
    """Follows the pods that the selectors of Services choose."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the Services that a change of a Service or of a pod concerns."""
        metadata = change.new["metadata"]
        if change.plural == "services":
            return [(metadata["namespace"], metadata["name"])]
        if change.plural != "pods" or not self._matters(change):
            return []
        labels = [metadata.get("labels", {}).items()]
        if change.old:
            labels.append(change.old["metadata"].get("labels", {}).items())
        return [
            (service["metadata"]["namespace"], service["metadata"]["name"])
            for service in self._cluster.store.list("services", metadata["namespace"])
            if (selector := service["spec"].get("selector"))
            and any(selector.items() <= have for have in labels)
        ]

    def _matters(self, change: Change) -> bool:
        if change.action != "MODIFIED" or change.old is None:
            return True
        return _view(change.old) != _view(change.new)

    def reconcile(self, namespace: str, name: str) -> None:
        """Write the Endpoints of a Service, or remove them with it."""
        store = self._cluster.store
        service = store.find("services", namespace, name)
        if service is None:
            for plural in ("endpoints", "endpointslices"):
                if store.find(plural, namespace, name):
                    store.remove(plural, namespace, name)
            return
        selector = service["spec"].get("selector")
        if not selector:
            return
        pods = [
            pod
            for pod in store.list("pods", namespace, labels=selector)
            if pod.get("status", {}).get("podIP")
            and pod["status"].get("phase") == "Running"
            and "deletionTimestamp" not in pod["metadata"]
        ]
        self._write("endpoints", service, {"subsets": _subsets(service, pods)})
        slice_ = {"addressType": "IPv4", **_slice(service, pods)}
        labels = {**_SLICE_LABELS, "kubernetes.io/service-name": name}
        self._write("endpointslices", service, slice_, labels=labels)

    def _write(
        self,
        plural: str,
        service: dict[str, Any],
        content: dict[str, Any],
        *,
        labels: dict[str, str] | None = None,
    ) -> None:
        store = self._cluster.store
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        content = {key: value for key, value in content.items() if value}
        old = store.find(plural, namespace, name)
        if old is None:
            labels = {**service["metadata"].get("labels", {}), **(labels or {})}
            metadata = {"name": name, "namespace": namespace, "labels": labels}
            store.create(plural, namespace, {"metadata": metadata, **content})
            return
        head = {key: old[key] for key in ("apiVersion", "kind", "metadata")}
        store.replace(plural, {**head, **content})


def _view(pod: dict[str, Any]) -> tuple[Any, ...]:
    status, metadata = pod.get("status", {}), pod["metadata"]
    going = "deletionTimestamp" in metadata
    return is_ready(pod), status.get("podIP"), status.get("phase"), metadata.get("labels"), going


def _ports(service: dict[str, Any], pod: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for port in service["spec"].get("ports", ()):
        target = port["targetPort"]
        if isinstance(target, str):
            named = [
                have["containerPort"]
                for container in pod["spec"]["containers"]
                for have in container.get("ports", ())
                if have.get("name") == target
            ]
            if not named:
                continue
            target = named[0]
        shown: dict[str, Any] = {"port": target, "protocol": port["protocol"]}
        found.append({"name": port["name"], **shown} if "name" in port else shown)
    return found


def _target(pod: dict[str, Any]) -> dict[str, Any]:
    metadata = pod["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "uid")}
    return {"kind": "Pod", **kept}


def _subsets(service: dict[str, Any], pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_ports: dict[str, dict[str, Any]] = {}
    for pod in pods:
        ports = _ports(service, pod)
        if not ports:
            # The name of a port that the pod does not declare leads to no address of it.
            continue
        subset = by_ports.setdefault(repr(ports), {"ports": ports})
        field = "addresses" if is_ready(pod) else "notReadyAddresses"
        address = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"]}
        subset.setdefault(field, []).append({**address, "targetRef": _target(pod)})
    return list(by_ports.values())


def _slice(service: dict[str, Any], pods: list[dict[str, Any]]) -> dict[str, Any]:
    endpoints = [
        {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": is_ready(pod), "serving": is_ready(pod), "terminating": False},
            "nodeName": pod["spec"]["nodeName"],
            "targetRef": _target(pod),
        }
        for pod in pods
    ]
    # A slice names every port, if only with an empty name: clients read it without asking.
    ports = [{"name": "", **port} for port in _ports(service, pods[0])] if pods else []
    return {"endpoints": endpoints, "ports": ports}

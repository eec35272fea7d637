"""The metrics about the cluster: what kube-state-metrics and the kubelets would export."""

from collections.abc import Iterator
from typing import Any

from stanch.sandbox.cluster.engine import Cluster, Programs
from stanch.sandbox.shop.pods import memory_limit, seconds
from stanch.sandbox.shop.series import Series, SeriesStore

_Row = tuple[str, dict[str, str], float]


class ClusterMetrics:
    """Reads the cluster at each scrape; the CPU counters are kept between scrapes."""

    def __init__(self, store: SeriesStore, programs: Programs) -> None:
        self._store = store
        self._programs = programs
        self._cpu: dict[tuple[str, str, int], tuple[float, float]] = {}
        self._known: dict[tuple[str, ...], Series] = {}
        self._found: dict[tuple[str, ...], Series] = {}

    def scrape(self, cluster: Cluster, at: float) -> Iterator[tuple[Series, float]]:
        """Yield the samples of all workloads and containers at the Unix time `at`."""
        self._known, self._found = self._found, {}
        for deployment in cluster.store.list("deployments"):
            yield from self._samples(_deployment(deployment))
        for replica_set in cluster.store.list("replicasets"):
            yield from self._samples(_replica_set(replica_set))
        cpu: dict[tuple[str, str, int], tuple[float, float]] = {}
        for pod in cluster.store.list("pods"):
            yield from self._samples(_statuses(pod))
            for container in pod["spec"]["containers"]:
                yield from self._samples(self._usage(cluster, pod, container, at=at, cpu=cpu))
        self._cpu = cpu

    def _samples(self, rows: Iterator[_Row]) -> Iterator[tuple[Series, float]]:
        for name, pairs, value in rows:
            key = (name, *pairs.values())
            series = self._known.get(key) or self._store.series(name, pairs)
            self._found[key] = series
            yield series, value

    def _usage(
        self,
        cluster: Cluster,
        pod: dict[str, Any],
        container: dict[str, Any],
        *,
        at: float,
        cpu: dict[tuple[str, str, int], tuple[float, float]],
    ) -> Iterator[_Row]:
        pairs = {**_pod_labels(pod), "container": container["name"]}
        limit = memory_limit(container)
        if limit != float("inf"):
            yield "container_spec_memory_limit_bytes", pairs, limit
        status = _status_of(pod, container["name"])
        if "running" not in (status.get("state") or {}):
            return
        usage = self._programs.usage(cluster, pod, container)
        yield "container_memory_working_set_bytes", pairs, usage.memory_bytes
        life = (pod["metadata"]["uid"], container["name"], status.get("restartCount", 0))
        before, total = self._cpu.get(life, (at, 0.0))
        total += usage.cpu_cores * (at - before)
        cpu[life] = (at, total)
        yield "container_cpu_usage_seconds_total", pairs, total


def _deployment(deployment: dict[str, Any]) -> Iterator[_Row]:
    meta, status = deployment["metadata"], deployment.get("status") or {}
    pairs = {"namespace": meta["namespace"], "deployment": meta["name"]}
    yield "kube_deployment_created", pairs, seconds(meta["creationTimestamp"])
    yield "kube_deployment_spec_replicas", pairs, float(deployment["spec"].get("replicas", 1))
    for field in ("available", "ready", "unavailable", "updated"):
        value = float(status.get(f"{field}Replicas", 0))
        yield f"kube_deployment_status_replicas_{field}", pairs, value
    yield (
        "kube_deployment_status_observed_generation",
        pairs,
        float(status.get("observedGeneration", 0)),
    )
    yield "kube_deployment_metadata_generation", pairs, float(meta.get("generation", 0))


def _replica_set(replica_set: dict[str, Any]) -> Iterator[_Row]:
    meta = replica_set["metadata"]
    pairs = {"namespace": meta["namespace"], "replicaset": meta["name"]}
    yield "kube_replicaset_created", pairs, seconds(meta["creationTimestamp"])
    yield "kube_replicaset_spec_replicas", pairs, float(replica_set["spec"].get("replicas", 0))


def _statuses(pod: dict[str, Any]) -> Iterator[_Row]:
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        pairs = {**_pod_labels(pod), "container": status["name"]}
        restarts = float(status.get("restartCount", 0))
        yield "kube_pod_container_status_restarts_total", pairs, restarts
        yield "kube_pod_container_status_ready", pairs, float(bool(status.get("ready")))
        waiting = ((status.get("state") or {}).get("waiting") or {}).get("reason")
        if waiting:
            yield "kube_pod_container_status_waiting_reason", {**pairs, "reason": waiting}, 1.0
        last = ((status.get("lastState") or {}).get("terminated") or {}).get("reason")
        if last:
            name = "kube_pod_container_status_last_terminated_reason"
            yield name, {**pairs, "reason": last}, 1.0


def _pod_labels(pod: dict[str, Any]) -> dict[str, str]:
    return {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}


def _status_of(pod: dict[str, Any], container: str) -> dict[str, Any]:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return next((status for status in statuses if status["name"] == container), {})

"""Room in the cluster as kube-state-metrics shows it: quotas, autoscalers, unplaced pods.

Of what is true or false (phases, conditions) only what is true has a sample. Nothing is
decided here: quotas refuse in cluster.quotas, autoscalers scale in
cluster.autoscalers, and the scheduler says what does not fit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.cluster.pods import condition
from stanch.sandbox.cluster.quantities import value
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.room_rules import RULES
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_Row = tuple[str, dict[str, str], float]
_UNITS = {"cpu": "core", "memory": "byte"}


class Room(Part):
    """Shows how much room there is, and who has none."""

    name = "room"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._known: dict[tuple[str, ...], Series] = {}
        self._found: dict[tuple[str, ...], Series] = {}

    @override
    def rules(self) -> tuple[Rule, ...]:
        return RULES

    @override
    def policy(self) -> Mapping[str, Any]:
        resources = ["horizontalpodautoscalers/*", "resourcequotas/*"]
        return {"changes": {"kinds": ["kubernetes.patch"], "resources": resources}}

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        self._known, self._found = self._found, {}
        for plural, rows in _ROWS.items():
            for one in self._shop.cluster.store.list(plural):
                for name, pairs, number in rows(one):
                    key = (name, *pairs.values())
                    series = self._known.get(key) or store.series(name, pairs)
                    self._found[key] = series
                    yield series, number


def _of_pod(pod: dict[str, Any]) -> Iterator[_Row]:
    pairs = {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
    phase = (pod.get("status") or {}).get("phase", "Pending")
    yield "kube_pod_status_phase", {**pairs, "phase": phase}, 1.0
    if reason := (pod.get("status") or {}).get("reason"):
        yield "kube_pod_status_reason", {**pairs, "reason": reason}, 1.0
    scheduled = condition(pod, "PodScheduled")
    if scheduled and scheduled["status"] == "False":
        yield "kube_pod_status_unschedulable", pairs, 1.0
    node = {**pairs, "node": pod["spec"].get("nodeName", "")}
    for container in pod["spec"]["containers"]:
        for side in ("requests", "limits"):
            amounts = (container.get("resources") or {}).get(side) or {}
            for resource in sorted(_UNITS.keys() & amounts):
                about = {"resource": resource, "unit": _UNITS[resource]}
                labels = {**node, "container": container["name"], **about}
                name = f"kube_pod_container_resource_{side}"
                yield name, labels, value(amounts[resource])


def _of_quota(quota: dict[str, Any]) -> Iterator[_Row]:
    metadata, status = quota["metadata"], quota.get("status") or {}
    pairs = {"namespace": metadata["namespace"], "resourcequota": metadata["name"]}
    for kind in ("hard", "used"):
        for resource, amount in (status.get(kind) or {}).items():
            labels = {**pairs, "resource": resource, "type": kind}
            yield "kube_resourcequota", labels, value(amount)


def _of_autoscaler(autoscaler: dict[str, Any]) -> Iterator[_Row]:
    metadata, spec = autoscaler["metadata"], autoscaler["spec"]
    status = autoscaler.get("status") or {}
    pairs = {
        "namespace": metadata["namespace"],
        "horizontalpodautoscaler": metadata["name"],
    }
    head, target = "kube_horizontalpodautoscaler", spec["scaleTargetRef"]
    about = {"scaletargetref_kind": target["kind"], "scaletargetref_name": target["name"]}
    yield f"{head}_info", {**pairs, **about}, 1.0
    yield f"{head}_spec_min_replicas", pairs, float(spec["minReplicas"])
    yield f"{head}_spec_max_replicas", pairs, float(spec["maxReplicas"])
    yield f"{head}_status_current_replicas", pairs, float(status.get("currentReplicas", 0))
    yield f"{head}_status_desired_replicas", pairs, float(status.get("desiredReplicas", 0))
    for item in status.get("conditions") or ():
        labels = {**pairs, "condition": item["type"], "status": item["status"].lower()}
        yield f"{head}_status_condition", labels, 1.0


def _of_deployment(deployment: dict[str, Any]) -> Iterator[_Row]:
    metadata = deployment["metadata"]
    pairs = {"namespace": metadata["namespace"], "deployment": metadata["name"]}
    for item in (deployment.get("status") or {}).get("conditions") or ():
        labels = {**pairs, "condition": item["type"], "status": item["status"].lower()}
        yield "kube_deployment_status_condition", labels, 1.0


_ROWS: Mapping[str, Callable[[dict[str, Any]], Iterator[_Row]]] = MappingProxyType(
    {
        "pods": _of_pod,
        "resourcequotas": _of_quota,
        "horizontalpodautoscalers": _of_autoscaler,
        "deployments": _of_deployment,
    }
)

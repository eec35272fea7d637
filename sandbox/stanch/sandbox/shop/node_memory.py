"""The memory of the nodes as node_exporter and the kubelets show it, and its alert.

Who takes it, and which pods a node gives up for it, is in cluster.eviction.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.cluster.quantities import value
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.rules import WARNING, Rule
from stanch.sandbox.shop.series import Series, SeriesStore

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


class NodeMemory(Part):
    """Shows the memory of each node, and whether it is short."""

    name = "node-memory"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        cluster = self._shop.cluster
        available = cluster.eviction.available()
        for node in cluster.store.list("nodes"):
            name = node["metadata"]["name"]
            pairs = {"node": name, "instance": f"{name}:9100"}
            total = value(node["status"]["capacity"]["memory"])
            yield store.series("node_memory_MemTotal_bytes", pairs), total
            yield store.series("node_memory_MemAvailable_bytes", pairs), available[name]
            if name in cluster.eviction.evicted:
                signal = {"node": name, "eviction_signal": "memory.available"}
                evicted = float(cluster.eviction.evicted[name])
                yield store.series("kubelet_evictions", signal), evicted

    @override
    def rules(self) -> tuple[Rule, ...]:
        return (
            Rule(
                "KubeNodePressure",
                'kube_node_status_condition{condition="MemoryPressure",status="true"} == 1',
                120,
                WARNING | {"namespace": "shop"},
                "The node {{ $labels.node }} is short of memory",
                "The node {{ $labels.node }} has been under memory pressure for 2 minutes.",
            ),
        )

    @override
    def reasons(self) -> list[str]:
        eviction = self._shop.cluster.eviction
        nodes = [node["metadata"]["name"] for node in self._shop.cluster.store.list("nodes")]
        return [f"{name} has no memory left for pods" for name in nodes if eviction.is_short(name)]

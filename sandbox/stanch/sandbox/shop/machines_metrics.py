"""What kube-state-metrics says of nodes, and what the probes between the nodes find.

Every node has a goldpinger that calls those of all nodes; it counts those that it reaches.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType

from stanch.sandbox.cluster.store import Store
from stanch.sandbox.shop.pods import quantity
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore

_CRITICAL = MappingProxyType({"severity": "critical"})
_WARNING = MappingProxyType({"severity": "warning"})
_UNREACHABLE = "node.kubernetes.io/unreachable"


def nodes(
    objects: Store, store: SeriesStore, *, silent: Callable[[str], bool]
) -> Iterator[tuple[Series, float]]:
    """Yield the samples of every node as the API shows it, and whether its kubelet answers."""
    for node in objects.list("nodes"):
        name, spec, status = node["metadata"]["name"], node.get("spec", {}), node["status"]
        info = {
            "node": name,
            "kubelet_version": status["nodeInfo"]["kubeletVersion"],
            "internal_ip": status["addresses"][0]["address"],
        }
        yield store.series("kube_node_info", info), 1.0
        closed = bool(spec.get("unschedulable"))
        yield store.series("kube_node_spec_unschedulable", {"node": name}), float(closed)
        for one in status.get("conditions", ()):
            for word in ("true", "false", "unknown"):
                pairs = {"node": name, "condition": one["type"], "status": word}
                holds = one["status"].lower() == word
                yield store.series("kube_node_status_condition", pairs), float(holds)
        for taint in spec.get("taints", ()):
            pairs = {"node": name, "key": taint["key"], "effect": taint["effect"]}
            yield store.series("kube_node_spec_taint", pairs), 1.0
        for resource, amount in status["allocatable"].items():
            if resource in {"cpu", "memory", "pods"}:
                pairs = {"node": name, "resource": resource}
                value = quantity(str(amount))
                yield store.series("kube_node_status_allocatable", pairs), value
        up = {"job": "kubelet", "node": name, "instance": f"{info['internal_ip']}:10250"}
        yield store.series("up", up), float(not silent(name))


def placed(objects: Store, store: SeriesStore) -> Iterator[tuple[Series, float]]:
    """Yield on which node every pod is."""
    for pod in objects.list("pods"):
        if node := pod["spec"].get("nodeName"):
            meta = pod["metadata"]
            pairs = {"namespace": meta["namespace"], "pod": meta["name"], "node": node}
            address = {"pod_ip": pod.get("status", {}).get("podIP", "")}
            yield store.series("kube_pod_info", pairs | address), 1.0


def peers(
    store: SeriesStore, node: str, *, healthy: int, unhealthy: int
) -> Iterator[tuple[Series, float]]:
    """Yield how many nodes one node reaches, itself among them, and how many it does not."""
    for word, count in (("healthy", healthy), ("unhealthy", unhealthy)):
        pairs = {"job": "goldpinger", "goldpinger_instance": node, "status": word}
        yield store.series("goldpinger_nodes_health_total", pairs), float(count)


def rules() -> tuple[Rule, ...]:
    """Return the alert rules about nodes."""
    seen = 'sum by (goldpinger_instance) (goldpinger_nodes_health_total{{status="{}"}})'
    more = f"{seen.format('unhealthy')} > {seen.format('healthy')}"
    return (
        Rule(
            "KubeNodeNotReady",
            'kube_node_status_condition{condition="Ready",status="true"} == 0',
            30,
            _CRITICAL,
            "Node {{ $labels.node }} is not ready",
            "{{ $labels.node }} has not been ready for half a minute.",
        ),
        Rule(
            "KubeNodeUnreachable",
            f'kube_node_spec_taint{{key="{_UNREACHABLE}",effect="NoSchedule"}} == 1',
            30,
            _CRITICAL,
            "Node {{ $labels.node }} is unreachable",
            "{{ $labels.node }} is unreachable; its pods may be started elsewhere.",
        ),
        Rule(
            "KubeNodeReadinessFlapping",
            'sum by (node) (changes(kube_node_status_condition{condition="Ready",'
            'status="true"}[15m])) > 2',
            30,
            _WARNING,
            "Node {{ $labels.node }} is ready and not ready by turns",
            "The readiness of {{ $labels.node }} changed {{ $value }} times in 15 minutes.",
        ),
        Rule(
            "GoldpingerNodesUnhealthy",
            f'label_replace({more}, "node", "$1", "goldpinger_instance", "(.+)")',
            60,
            _CRITICAL,
            "Node {{ $labels.node }} does not reach most other nodes",
            "From {{ $labels.node }}, {{ $value }} nodes could not be reached for a minute.",
        ),
    )

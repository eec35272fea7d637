"""What kube-state-metrics says of Services and their endpoints, and what probes find there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from stanch.sandbox.cluster.store import Store
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE

MONITORING = "blackbox"
"""The caller whose probes go through every Service."""
_LABELS = MappingProxyType({"severity": "critical", "deployment": "{{ $labels.service }}"})


def endpoints(objects: Store, store: SeriesStore) -> Iterator[tuple[Series, float]]:
    """Yield a sample for every Service of the shop and every address behind one."""
    for service in objects.list("services", NAMESPACE):
        name, spec = service["metadata"]["name"], service["spec"]
        pairs = {"namespace": NAMESPACE, "service": name, "cluster_ip": spec.get("clusterIP", "")}
        yield store.series("kube_service_info", pairs), 1.0
    for found in objects.list("endpoints", NAMESPACE):
        for subset in found.get("subsets", ()):
            for field_name, ready in (("addresses", "true"), ("notReadyAddresses", "false")):
                for address in subset.get(field_name, ()):
                    for port in subset.get("ports", ()):
                        pairs = {
                            "namespace": NAMESPACE,
                            "endpoint": found["metadata"]["name"],
                            "ip": address["ip"],
                            "port_name": port.get("name", ""),
                            "port_number": str(port["port"]),
                            "port_protocol": port["protocol"],
                            "ready": ready,
                        }
                        yield store.series("kube_endpoint_address", pairs), 1.0


@dataclass(slots=True)
class Probes:
    """Probes from another namespace; of those that fail, as many as calls do."""

    _owed: dict[str, float] = field(default_factory=dict)

    def samples(
        self, store: SeriesStore, service: str, lost: float
    ) -> Iterator[tuple[Series, float]]:
        """Yield the outcome of one probe, where the part `lost` of all connections fails."""
        owed = self._owed.get(service, 0.0) + lost
        failed = owed >= 1 - 1e-9
        self._owed[service] = max(0.0, owed - failed)
        pairs = {
            "job": "blackbox",
            "instance": f"http://{service}.{NAMESPACE}.svc.cluster.local:8080/ready",
            "namespace": NAMESPACE,
            "service": service,
        }
        yield store.series("probe_success", pairs), float(not failed)
        yield store.series("probe_http_status_code", pairs), 0.0 if failed else 200.0


def rules() -> tuple[Rule, ...]:
    """Return the alert rules about Services."""
    ready = (
        'label_replace(kube_endpoint_address{ready="true"}, "service", "$1", "endpoint", "(.+)")'
    )
    return (
        Rule(
            "KubeServiceNoEndpoints",
            f"kube_service_info unless on (namespace, service) {ready}",
            60,
            _LABELS,
            "Service {{ $labels.service }} has no endpoint",
            "No ready address stands behind {{ $labels.namespace }}/{{ $labels.service }}.",
        ),
        Rule(
            "BlackboxProbeFailed",
            'avg_over_time(probe_success{job="blackbox",service!=""}[1m]) < 0.9',
            60,
            _LABELS,
            "Probes of {{ $labels.instance }} fail",
            "Of the probes through {{ $labels.namespace }}/{{ $labels.service }} in the last"
            " minute, only {{ $value | humanizePercentage }} got an answer.",
        ),
    )

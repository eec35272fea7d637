"""Ports: whether a connection to a Service ends at a pod that listens there.

The address of a Service leads to the ready addresses that its Endpoints name, at the port
that they name; a program listens where its image says. Nobody listens: refused at once.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.shop.influence import Broken, Influence
from stanch.sandbox.shop.objects import PORT
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.ports_metrics import MONITORING, Probes, endpoints, rules
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stanch.sandbox.shop.series import Series, SeriesStore
    from stanch.sandbox.shop.shop import Shop

_AT_ONCE = 0.002
_TIMEOUT = 3.0


class Ports(Part, Influence):
    """The law of ports, with what is measured of Services."""

    name = "ports"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._broken: dict[str, Broken] = {}
        self._probes = Probes()

    @override
    def influences(self) -> tuple[Influence, ...]:
        """Return itself: it is the law."""
        return (self,)

    @override
    def begin(self, at: float) -> None:
        """Follow every Service to the pods that it leads to now."""
        pods = self._shop.pods()
        found = {
            name: self._follow(name, [pod for pod in pods if pod.service == name and pod.ready])
            for name in SERVICES
        }
        self._broken = {name: broken for name, broken in found.items() if broken is not None}

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        """Return how connections to `service` fail, whoever opens them."""
        return self._broken.get(service)

    def _follow(self, name: str, ready: Sequence[PodView]) -> Broken | None:
        """Return how connections fail though pods are ready; None when they do not."""
        service = self._shop.cluster.store.find("services", NAMESPACE, name)
        if service is None or not ready:
            return None
        address = f"{service['spec'].get('clusterIP', '')}:{PORT}"
        if not any(port["port"] == PORT for port in service["spec"].get("ports", ())):
            return Broken(1.0, _TIMEOUT, f"{name}: dial tcp {address}: i/o timeout", 504)
        behind = self._behind(name, service)
        if not behind and self._left_out(name):
            return None
        listens = {pod.uid: self._listens(pod) for pod in ready}
        good = [uid for uid, port in behind if listens.get(uid) == port]
        if behind and len(good) == len(behind):
            return None
        share = 1 - len(good) / len(behind) if behind else 1.0
        text = f"{name}: dial tcp {address}: connect: connection refused"
        return Broken(share, _AT_ONCE, text, 502)

    def _behind(self, name: str, service: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Return UID and port of the pods that the Endpoints name for the usual port."""
        called = {port.get("name") for port in service["spec"]["ports"] if port["port"] == PORT}
        found = self._shop.cluster.store.find("endpoints", NAMESPACE, name) or {}
        return [
            (address["targetRef"]["uid"], port["port"])
            for subset in found.get("subsets", ())
            for port in subset.get("ports", ())
            if port.get("name") in called
            for address in subset.get("addresses", ())
            if "targetRef" in address and not self._shop.machines.is_gone(address["nodeName"])
        ]

    def _left_out(self, name: str) -> bool:
        """Tell whether addresses were passed over, because their machines are gone."""
        found = self._shop.cluster.store.find("endpoints", NAMESPACE, name) or {}
        nodes = {a["nodeName"] for s in found.get("subsets", ()) for a in s.get("addresses", ())}
        return any(map(self._shop.machines.is_gone, nodes))

    def _listens(self, pod: PodView) -> int:
        image = self._shop.registry.find(pod.image)
        return PORT if image is None else image.port

    @override
    def scrape(self, store: "SeriesStore", at: float) -> "Iterable[tuple[Series, float]]":
        """Return what is known of the Services and what probes through them find."""
        yield from endpoints(self._shop.cluster.store, store)
        serving = {pod.service for pod in self._shop.pods() if pod.ready}
        for name in SERVICES:
            lost = self._shop.traffic.unreached(MONITORING, name)
            share = lost if name in serving else 1.0
            yield from self._probes.samples(store, name, share)

    @override
    def rules(self) -> tuple[Rule, ...]:
        """Return the alert rules about Services."""
        return rules()

    @override
    def policy(self) -> Mapping[str, Any]:
        """Return what may be patched: the Services and the ConfigMaps of the shop."""
        resources = ["services/*", "configmaps/*"]
        return {"changes": {"kinds": ["kubernetes.patch"], "resources": resources}}

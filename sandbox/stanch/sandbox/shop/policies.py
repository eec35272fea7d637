"""Network policies: whose connections are let through, as the cluster's network enforces them.

A pod that no policy selects takes everything; one that is selected takes what some rule
allows. What is not let through is dropped without a word, so that the caller waits.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.cluster.selectors import object_selector
from stanch.sandbox.shop.influence import OUTSIDE, Broken, Influence
from stanch.sandbox.shop.objects import PORT
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.ports_metrics import MONITORING
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_TIMEOUT = 3.0
_INGRESS_ADDRESS = "10.0.1.10"


@dataclass(frozen=True, slots=True)
class Peer:
    """One end of a connection, as policies see it."""

    labels: Mapping[str, str]
    space: Mapping[str, str] | None
    """The labels of its namespace; None outside the cluster."""
    address: str = ""
    """Its address, where it is no pod."""


class Policies(Part, Influence):
    """The law of network policies."""

    name = "policies"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._policies: Sequence[dict[str, Any]] = ()

    @override
    def influences(self) -> tuple[Influence, ...]:
        """Return itself: it is the law."""
        return (self,)

    @override
    def begin(self, at: float) -> None:
        """Read the policies that hold now."""
        self._policies = self._shop.cluster.store.list("networkpolicies", NAMESPACE)

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        """Return that connections are dropped, when a policy does not let them through."""
        if not self._policies:
            return None
        there = self._peer(service)
        source = self._peer(caller)
        port = self._target_port(service)
        if self._passes(there, source, "Ingress", port) and (
            caller not in SERVICES or self._passes(source, there, "Egress", port)
        ):
            return None
        found = self._shop.cluster.store.find("services", NAMESPACE, service) or {}
        address = f"{found.get('spec', {}).get('clusterIP', '')}:{PORT}"
        return Broken(1.0, _TIMEOUT, f"{service}: dial tcp {address}: i/o timeout", 504)

    def _peer(self, name: str) -> Peer:
        if name == OUTSIDE:
            return Peer({}, None, _INGRESS_ADDRESS)
        if name == MONITORING:
            return Peer({"app": name}, {"kubernetes.io/metadata.name": "monitoring"})
        store = self._shop.cluster.store
        deployment = store.find("deployments", NAMESPACE, name) or {}
        template = deployment.get("spec", {}).get("template", {})
        space = store.find("namespaces", "", NAMESPACE) or {}
        return Peer(
            template.get("metadata", {}).get("labels", {"app": name}),
            space.get("metadata", {}).get("labels", {}),
        )

    def _target_port(self, service: str) -> int | str:
        found = self._shop.cluster.store.find("services", NAMESPACE, service)
        ports = (found or {}).get("spec", {}).get("ports", ())
        return next((port["targetPort"] for port in ports if port["port"] == PORT), PORT)

    def _passes(self, pod: Peer, other: Peer, direction: str, port: int | str) -> bool:
        """Tell whether the policies that select `pod` let the connection with `other` through."""
        mine = [
            policy["spec"]
            for policy in self._policies
            if direction in policy["spec"].get("policyTypes", ("Ingress",))
            and object_selector(policy["spec"].get("podSelector") or {})(pod.labels)
        ]
        side = "from" if direction == "Ingress" else "to"
        return not mine or any(
            _fits_peers(rule.get(side), other) and _fits_ports(rule.get("ports"), port)
            for spec in mine
            for rule in spec.get(direction.lower(), ())
        )


def _fits_peers(peers: Sequence[Mapping[str, Any]] | None, other: Peer) -> bool:
    return not peers or any(_fits(peer, other) for peer in peers)


def _fits(peer: Mapping[str, Any], other: Peer) -> bool:
    if "ipBlock" in peer:
        if not other.address:
            return False
        address = ipaddress.ip_address(other.address)
        block = peer["ipBlock"]
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(
            address in ipaddress.ip_network(one) for one in block.get("except", ())
        )
    if other.space is None:
        return False
    if "namespaceSelector" in peer:
        in_space = object_selector(peer["namespaceSelector"])(other.space)
    else:
        in_space = other.space.get("kubernetes.io/metadata.name") == NAMESPACE
    return in_space and object_selector(peer.get("podSelector") or {})(other.labels)


def _fits_ports(ports: Sequence[Mapping[str, Any]] | None, port: int | str) -> bool:
    if not ports:
        return True
    for one in ports:
        wanted = one.get("port")
        if wanted is None or wanted == port:
            return True
        if isinstance(wanted, int) and isinstance(port, int):
            last: int = one.get("endPort", wanted)
            if wanted <= port <= last:
                return True
    return False

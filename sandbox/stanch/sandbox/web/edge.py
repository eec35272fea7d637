"""The edge: what is let through before the load balancer, by client and by network.

A limit per client ends a storm, because a program that repeats itself gets no more than its
part; a block keeps a network out altogether. Both are state of the edge, and whoever takes
them away has the traffic back.
"""

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

Network: TypeAlias = IPv4Network | IPv6Network
SCOPE = "clients"
"""The one limit that there is: of each client by its address."""
USUAL = 1000.0
"""Requests per second of one client that nobody reaches without meaning harm."""
MOST_BLOCKS = 1000


@dataclass(slots=True)
class Edge(Influence):
    """The limit and the blocks; the limit itself lives where the demand obeys it."""

    shop: "Shop"
    blocks: dict[str, str] = field(default_factory=dict)
    """The networks that are kept out, with why."""
    revisions: Counter[str] = field(default_factory=Counter)
    """Counts the changes of the limit, and of each network, also over its removal."""

    @property
    def rate(self) -> float:
        """Requests per second that each client may ask."""
        limit = self.shop.demand.limit
        return USUAL if limit is None else limit

    def limit(self, rate: float) -> None:
        """Let each client ask `rate` times a second."""
        self.shop.demand.limit = None if rate >= USUAL else rate
        self.revisions[SCOPE] += 1

    def block(self, network: Network, why: str) -> None:
        """Keep `network` out."""
        self.blocks[str(network)] = why
        self.revisions[str(network)] += 1

    def unblock(self, network: Network) -> bool:
        """Let `network` in again; say whether it was kept out."""
        self.revisions[str(network)] += 1
        return self.blocks.pop(str(network), None) is not None

    def kept_out(self, client: str) -> bool:
        """Say whether the address is in one of the networks that are kept out."""
        address = ip_address(client)
        return any(address in ip_network(one) for one in self.blocks)

    @override
    def demand(self, service: str, path: str) -> float:
        """Return the part that is left of the requests when blocked storms are kept out."""
        demand = self.shop.demand
        clients = [
            client
            for storm in demand.storms
            if (storm.service, storm.path) == (service, path)
            for client in storm.clients
        ]
        if not clients or not self.blocks:
            return 1.0
        whole, people = demand.demand(service, path), demand.crowd.get(service, 1.0)
        out = sum(map(self.kept_out, clients)) / len(clients)
        return 1.0 - (whole - people) * out / whole

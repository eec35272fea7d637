"""Machines: the nodes beneath the pods, and the network between them.

A machine can be gone, and its kubelet silent with it; it can be up and cut off from the
others; or the network loses packets between all of them. Of the first the API tells, of the
others only the calls that cross, and the probes that every node sends to every other.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.cluster.pods import is_ready
from stanch.sandbox.shop.influence import Broken, Influence, Outcome
from stanch.sandbox.shop.machines_metrics import nodes, peers, placed, rules
from stanch.sandbox.shop.objects import PORT
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stanch.sandbox.shop.series import Series, SeriesStore
    from stanch.sandbox.shop.shop import Shop

_TIMEOUT = 3.0
_HEARD = 0.1
"""Of a machine's probes, the part that may be lost before it counts another as unhealthy."""


class Machines(Part, Influence):
    """The law of machines and their network, and what is measured of them."""

    name = "machines"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._gone: set[str] = set()
        self.cut: set[str] = set()
        """The nodes whose pods reach no pod of another node."""
        self.loss = 0.0
        """The part of all connections between two nodes that fails."""
        self._places: dict[str, list[str]] = {}
        self._nodes: dict[str, str] = {}

    def crash(self, node: str) -> None:
        """Let a machine go down with all that runs on it."""
        self._gone.add(node)
        self._shop.cluster.nodes.stop(node)

    def boot(self, node: str) -> None:
        """Let a machine come up again; its containers go on."""
        self._gone.discard(node)
        self._shop.cluster.nodes.start(node)

    def is_gone(self, node: str) -> bool:
        """Tell whether a machine is down."""
        return node in self._gone

    def names(self) -> list[str]:
        """Return the names of all nodes."""
        return [node["metadata"]["name"] for node in self._shop.cluster.store.list("nodes")]

    @override
    def influences(self) -> tuple[Influence, ...]:
        """Return itself: it is the law."""
        return (self,)

    @override
    def begin(self, at: float) -> None:
        """See where the pods are to which the Services lead now."""
        self._places, self._nodes = {name: [] for name in SERVICES}, {}
        for pod in self._shop.cluster.store.list("pods", NAMESPACE):
            service = pod["metadata"].get("labels", {}).get("app", "")
            node = pod["spec"].get("nodeName", "")
            self._nodes[pod["metadata"]["uid"]] = node
            if service in SERVICES and is_ready(pod) and "deletionTimestamp" not in pod["metadata"]:
                self._places[service].append(node)

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        """Return how requests from outside fail that are sent to a node that is not reached."""
        if caller in SERVICES:
            return None
        there = self._places.get(service, [])
        lost = [node for node in there if node in self._gone or node in self.cut]
        if not lost:
            return None
        return Broken(len(lost) / len(there), _TIMEOUT, self._words(service), 504)

    @override
    def outcomes(self, pod: PodView, route: Route) -> Sequence[Outcome]:
        """Return the calls of a pod that do not come across."""
        if route.calls is None:
            return ()
        service = route.calls[0]
        there = self._places.get(service, [])
        here = self._nodes.get(pod.uid, "")
        lost = sum(self._lost(here, node) for node in there)
        if not lost:
            return ()
        return (Outcome(504, lost / len(there), _TIMEOUT, self._words(service)),)

    def _lost(self, here: str, there: str) -> float:
        """Return the part of the connections from node to node that fails."""
        if there in self._gone:
            return 1.0
        if here == there:
            return 0.0
        return 1.0 if {here, there} & self.cut else self.loss

    def _words(self, service: str) -> str:
        found = self._shop.cluster.store.find("services", NAMESPACE, service) or {}
        address = found.get("spec", {}).get("clusterIP", "")
        return f"{service}: dial tcp {address}:{PORT}: i/o timeout"

    @override
    def scrape(self, store: "SeriesStore", at: float) -> "Iterable[tuple[Series, float]]":
        """Return what is known of nodes and pods' places, and of the probes between nodes."""
        cluster = self._shop.cluster
        yield from nodes(cluster.store, store, silent=cluster.nodes.is_silent)
        yield from placed(cluster.store, store)
        names = self.names()
        for one in names:
            if one not in self._gone:
                bad = sum(self._lost(one, other) > _HEARD for other in names)
                yield from peers(store, one, healthy=len(names) - bad, unhealthy=bad)

    @override
    def rules(self) -> tuple[Rule, ...]:
        """Return the alert rules about nodes."""
        return rules()

    @override
    def policy(self) -> Mapping[str, Any]:
        """Return what may be patched: the nodes, to take them out of use."""
        return {"changes": {"resources": ["nodes/*"]}}

    @override
    def reasons(self) -> list[str]:
        """Return the nodes that are lost or cut off and still in use."""
        found = []
        for node in self._shop.cluster.store.list("nodes"):
            name = node["metadata"]["name"]
            closed = bool(node.get("spec", {}).get("unschedulable"))
            if self._shop.cluster.nodes.is_silent(name) and not closed:
                found.append(f"{name}: silent, and may be given pods when it comes back")
            if name in self.cut and not closed:
                found.append(f"{name}: cut off, and given pods")
        return found

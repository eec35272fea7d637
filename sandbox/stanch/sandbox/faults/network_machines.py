"""The faults of machines: a node that is lost, one that is cut off, a network that loses."""

import random
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

AWAY, BACK = 75.0, 60.0
"""Seconds for which a node that comes and goes is gone, and back."""


def _node(shop: "Shop", chance: random.Random, params: Params) -> str:
    """Return the node that was asked for, or any one."""
    if not params["node"]:
        return chance.choice(shop.machines.names())
    if params["node"] not in shop.machines.names():
        known = ", ".join(shop.machines.names())
        raise UnknownFaultError(f"there is no node {params['node']!r}; there are: {known}")
    return params["node"]


def _cures(shop: "Shop", node: str) -> frozenset[tuple[str, str]]:
    """Return what the cure of a lost node may change: the node, and whose pods it holds."""
    pods = shop.cluster.store.list("pods", NAMESPACE)
    held = {
        ("deployments", pod["metadata"]["labels"]["app"])
        for pod in pods
        if pod["spec"].get("nodeName") == node and pod["metadata"]["labels"]["app"] in SERVICES
    }
    return frozenset(held) | {("nodes", node)}


def _node_not_ready(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    node = _node(shop, chance, params)
    may_change = _cures(shop, node)
    if params["variant"] not in {"silent", "flapping"}:
        raise UnknownFaultError(
            f"the variant of node-not-ready is silent or flapping: {params['variant']!r}"
        )
    mended = False

    def mend() -> None:
        nonlocal mended
        mended = True
        shop.machines.boot(node)

    def away() -> None:
        if not mended:
            shop.machines.crash(node)
            shop.later(shop.now + AWAY, back)

    def back() -> None:
        if not mended:
            shop.machines.boot(node)
            shop.later(shop.now + BACK, away)

    if params["variant"] == "flapping":
        away()
        return Truth(
            says=f"the machine of {node} goes down and comes up by turns",
            may_change=may_change,
            mend=mend,
        )
    shop.machines.crash(node)
    return Truth(says=f"the machine of {node} is down", may_change=may_change, mend=mend)


def _network_partition(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    node = _node(shop, chance, params)
    shop.machines.cut.add(node)
    return Truth(
        says=f"the pods of {node} reach no pod of another node, and are not reached",
        may_change=_cures(shop, node),
        mend=lambda: shop.machines.cut.discard(node),
    )


def _node_network(shop: "Shop", chance: random.Random, _: Params) -> Truth:
    loss = round(chance.uniform(0.25, 0.4), 2)
    shop.machines.loss = loss

    def mend() -> None:
        shop.machines.loss = 0.0

    return Truth(says=f"the network between all nodes loses {loss:.0%}", mend=mend)


FAULTS = (
    Fault(
        name="node-not-ready",
        about="A node's machine is down, and its pods with it.",
        inject=_node_not_ready,
        params=MappingProxyType({"variant": "silent", "node": ""}),
        look_alike="node-network",
    ),
    Fault(
        name="network-partition",
        about="The pods of one node are cut off from those of the others.",
        inject=_network_partition,
        params=MappingProxyType({"node": ""}),
        look_alike="dns-failure",
    ),
    Fault(
        name="node-network",
        about="The network between all nodes loses a good part of the connections.",
        inject=_node_network,
        look_alike="node-not-ready",
    ),
)

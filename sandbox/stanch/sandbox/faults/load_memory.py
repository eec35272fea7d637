"""The faults of memory and processors: a leak, a hot loop, a node that runs out of memory."""

import random
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.faults.releases import next_version, own, release
from stanch.sandbox.shop.images import HotPath, Image
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

GIB = 2.0**30
LIFE = (110.0, 170.0)
"""Seconds that a leaking program of a pod lives under the usual load."""


def _oom_leak(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    service = SERVICES[params["service"] or CHECKOUT.name]
    version = next_version(shop, service, chance)
    pods = [pod for pod in shop.pods() if pod.service == service.name]
    load = sum(shop.programs.load.get(pod.uid, 0.0) for pod in pods) / max(1, len(pods))
    room = service.memory_limit_mib - service.memory_mib
    leak = round(room / (chance.uniform(*LIFE) * max(load, 0.1)), 3)
    shop.registry.publish(Image(service.name, version, service.memory_mib, leak_mib=leak))
    release(shop, service, version)
    return Truth(
        says=f"{service.name} {version} never gives back {leak} MiB of each request",
        may_change=own(service),
    )


def _node_pressure(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    store, eviction = shop.cluster.store, shop.cluster.eviction
    homes = {
        pod["spec"]["nodeName"]
        for pod in store.list("pods", NAMESPACE, labels={"app": CHECKOUT.name})
        if pod["spec"].get("nodeName")
    }
    node = params["node"] or chance.choice(sorted(homes))
    left = eviction.available()[node]
    eviction.occupy(node, left - 4 * GIB, growth=GIB / chance.choice((8, 10, 12)))

    def mend() -> None:
        eviction.free(node)
        for pod in store.list("pods", NAMESPACE):
            if pod.get("status", {}).get("reason") == "Evicted":
                store.delete("pods", NAMESPACE, pod["metadata"]["name"])

    return Truth(
        says=f"a program beside the pods takes all the memory of {node}",
        mend=mend,
    )


def _cpu_hot_loop(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    route = params["route"] or "/quote"
    version = next_version(shop, CHECKOUT, chance)
    share = round(chance.uniform(0.25, 0.5), 2)
    pods = [pod for pod in shop.pods() if pod.service == CHECKOUT.name]
    rates = [shop.programs.routes.get(pod.uid, {}).get(route, 0.0) for pod in pods]
    usual = max(sum(rates) / max(1, len(rates)), 0.1)
    # Of its limit of one processor, each pod wants somewhat more than there is.
    seconds = round(chance.uniform(1.15, 1.25) / (usual * share), 2)
    hot = HotPath(route, share, seconds)
    shop.registry.publish(Image(CHECKOUT.name, version, CHECKOUT.memory_mib, hot=hot))
    release(shop, CHECKOUT, version)
    return Truth(
        says=f"checkout {version} computes {seconds} s on {share:.0%} of the requests to {route}",
        may_change=own(CHECKOUT),
    )


FAULTS = (
    Fault(
        name="oom-leak",
        about="A release loses memory with every request until it is killed.",
        inject=_oom_leak,
        params=MappingProxyType({"service": ""}),
        look_alike="oom",
    ),
    Fault(
        name="node-pressure",
        about="A node runs out of memory, and its pods are evicted.",
        inject=_node_pressure,
        params=MappingProxyType({"node": ""}),
        look_alike="oom-leak",
    ),
    Fault(
        name="cpu-hot-loop",
        about="A release computes far too long on some requests of one route.",
        inject=_cpu_hot_loop,
        params=MappingProxyType({"route": ""}),
    ),
)

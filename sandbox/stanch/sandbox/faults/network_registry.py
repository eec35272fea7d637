"""The fault of the registry: nothing can be pulled, and pods had to move."""

import random
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.faults.releases import next_version, own, release
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.registry import OUTAGES
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


def _registry_outage(shop: "Shop", chance: random.Random, _: Params) -> Truth:
    """Let the registry fail while a node comes back from being set up anew.

    Its pods are made again, and it has none of their images. A release of checkout that is
    rolled out at the same time waits as well, though nothing is wrong with it.
    """
    store = shop.cluster.store
    node = chance.choice(shop.machines.names())
    shop.registry.outage = chance.choice(OUTAGES)
    version = next_version(shop, CHECKOUT, chance)
    shop.registry.publish(Image(CHECKOUT.name, version, CHECKOUT.memory_mib))
    shop.cluster.kubelet.forget_images(node)
    for pod in store.list("pods", NAMESPACE):
        if pod["spec"].get("nodeName") == node:
            store.delete("pods", NAMESPACE, pod["metadata"]["name"])
    release(shop, CHECKOUT, version)

    def mend() -> None:
        shop.registry.outage = ""

    return Truth(
        says=f"the registry does not answer; {node} lost its images, checkout {version} is good",
        may_change=own(CHECKOUT),
        mend=mend,
    )


FAULTS = (
    Fault(
        name="registry-outage",
        about="The image registry does not answer, and several deployments need it.",
        inject=_registry_outage,
        look_alike="bad-image",
    ),
)

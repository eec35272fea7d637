"""The faults of configurations: a wrong value in a new ConfigMap, or in the one in use."""

import random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.times import stamp
from stanch.sandbox.faults import edits, texts
from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.faults.releases import own, release, running
from stanch.sandbox.shop import objects
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


def _config_error(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    if params["variant"] == "in-place":
        return _config_in_place(shop, chance)
    if params["variant"] != "new":
        raise UnknownFaultError(
            f"the variant of config-error is new or in-place: {params['variant']!r}"
        )
    number = 2
    taken = {m["metadata"]["name"] for m in shop.cluster.store.list("configmaps", NAMESPACE)}
    while objects.config_name(CHECKOUT, number) in taken:
        number += 1
    name, value = chance.choice(texts.WRONG_VALUES)
    store = shop.cluster.store
    store.create("configmaps", NAMESPACE, objects.config_map(CHECKOUT, number, **{name: value}))
    source = {"configMapRef": {"name": objects.config_name(CHECKOUT, number)}}
    spec = running(shop, CHECKOUT)["spec"]["template"]["spec"]["containers"][0]
    release(
        shop,
        CHECKOUT,
        spec["image"].rpartition(":")[2],
        cause=f"deployer: checkout with {objects.config_name(CHECKOUT, number)}",
        container={"envFrom": [source]},
    )
    wrong = objects.config_name(CHECKOUT, number)
    return Truth(
        says=f"{wrong} has a wrong {name}: {value!r}",
        may_change=own(CHECKOUT) | {("configmaps", wrong)},
    )


def _config_in_place(shop: "Shop", chance: random.Random) -> Truth:
    """Change the ConfigMap that is in use, and restart, as people do who are in a hurry."""
    wrong = objects.config_name(CHECKOUT)
    name, value = chance.choice(texts.WRONG_VALUES)
    good = CHECKOUT.config[name]
    edits.edit(shop, "configmaps", wrong, lambda found: found["data"].update({name: value}))

    def restart(found: dict[str, Any]) -> None:
        annotations = found["spec"]["template"]["metadata"].setdefault("annotations", {})
        annotations["kubectl.kubernetes.io/restartedAt"] = stamp(shop.now)

    edits.edit(shop, "deployments", CHECKOUT.name, restart, manager="kubectl-rollout")
    return Truth(
        says=f"{name} in {wrong} was changed from {good!r} to {value!r}",
        may_change=own(CHECKOUT),
        mend=lambda: edits.edit(
            shop, "configmaps", wrong, lambda found: found["data"].update({name: good})
        ),
    )


FAULTS = (
    Fault(
        name="config-error",
        about="A wrong value stops the programs.",
        inject=_config_error,
        params=MappingProxyType({"variant": "new"}),
        look_alike="crashing-release",
    ),
    Fault(
        name="config-in-place",
        about="A value was changed in the ConfigMap that is in use, and the programs restarted.",
        inject=lambda shop, chance, _: _config_in_place(shop, chance),
        look_alike="config-error",
    ),
)

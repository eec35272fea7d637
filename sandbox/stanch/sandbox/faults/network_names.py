"""The faults of names: the resolver stopped, led astray, or asked for too much."""

import random
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stanch.sandbox.faults import edits
from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.faults.releases import own, release, running
from stanch.sandbox.shop import names_objects, objects
from stanch.sandbox.shop.names_objects import RESOLVER, SPACE, ZONE
from stanch.sandbox.shop.services import CATALOG, NAMESPACE, PAYMENTS, STOREFRONT

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_ZONES = ("cluster.locl", "clusters.local", "cluster.internal")
_STALE = ("10.0.9.21", "10.0.9.22")
_PLUGIN = f"    kubernetes {ZONE} "


def _dns_failure(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    kinds: dict[str, Callable[[Shop, random.Random], Truth]] = {
        "stopped": _stopped,
        "zone": _wrong_zone,
        "record": _wrong_record,
        "overload": _overload,
    }
    if params["variant"] not in kinds:
        raise UnknownFaultError(
            f"the variant of dns-failure is one of {', '.join(kinds)}: {params['variant']!r}"
        )
    return kinds[params["variant"]](shop, chance)


def _stopped(shop: "Shop", _: random.Random) -> Truth:
    def scale(replicas: int) -> Callable[[dict[str, Any]], object]:
        return lambda found: found["spec"].update(replicas=replicas)

    _resolver(shop, "deployments", scale(0))
    return Truth(
        says="the cluster's resolver was scaled to 0 pods",
        mend=lambda: _resolver(shop, "deployments", scale(names_objects.REPLICAS)),
    )


def _wrong_zone(shop: "Shop", chance: random.Random) -> Truth:
    zone = chance.choice(_ZONES)
    _configure(shop, names_objects.COREFILE.replace(f"kubernetes {ZONE}", f"kubernetes {zone}"))
    return Truth(
        says=f"the resolver's configuration serves the zone {zone} instead of {ZONE}",
        mend=lambda: _configure(shop, names_objects.COREFILE),
    )


def _wrong_record(shop: "Shop", chance: random.Random) -> Truth:
    name = f"{PAYMENTS.name}.{NAMESPACE}.svc.{ZONE}"
    rewrite = f"    rewrite name exact {name} payments-v2.{NAMESPACE}.svc.{ZONE}\n"
    address = chance.choice(_STALE)
    hosts = f"    hosts {{\n       {address} {name}\n       fallthrough\n    }}\n"
    line = chance.choice((rewrite, hosts))
    _configure(shop, names_objects.COREFILE.replace(_PLUGIN, line + _PLUGIN))
    return Truth(
        says=f"the resolver's configuration leads {name} nowhere",
        mend=lambda: _configure(shop, names_objects.COREFILE),
    )


def _overload(shop: "Shop", _: random.Random) -> Truth:
    """Let the busiest caller use full names, each of which now costs five tries."""
    number = objects.config_name(STOREFRONT, 2)
    url = f"http://{CATALOG.name}.{NAMESPACE}.svc.{ZONE}:{objects.PORT}"
    edits.create(shop, "configmaps", objects.config_map(STOREFRONT, 2, CATALOG_URL=url))
    spec = running(shop, STOREFRONT)["spec"]["template"]["spec"]["containers"][0]
    release(
        shop,
        STOREFRONT,
        spec["image"].rpartition(":")[2],
        cause=f"deployer: storefront with {number}",
        container={"envFrom": [{"configMapRef": {"name": number}}]},
    )
    return Truth(
        says=f"storefront asks for {CATALOG.name} by a name that costs the resolver five tries",
        may_change=own(STOREFRONT) | {("configmaps", number)},
        mend=lambda: edits.edit(
            shop,
            "configmaps",
            number,
            lambda found: found["data"].update(CATALOG_URL=STOREFRONT.config["CATALOG_URL"]),
        ),
    )


def _configure(shop: "Shop", corefile: str) -> None:
    _resolver(shop, "configmaps", lambda found: found["data"].update(Corefile=corefile))


def _resolver(shop: "Shop", resource: str, change: Callable[[dict[str, Any]], object]) -> None:
    edits.edit(shop, resource, RESOLVER, change, namespace=SPACE)


FAULTS = (
    Fault(
        name="dns-failure",
        about="The cluster's resolver does not run, so that no name is found.",
        inject=_dns_failure,
        params=MappingProxyType({"variant": "stopped"}),
        look_alike="network-partition",
    ),
    Fault(
        name="dns-record",
        about="The resolver leads the name of one service nowhere.",
        inject=lambda shop, chance, _: _wrong_record(shop, chance),
        look_alike="dns-failure",
    ),
    Fault(
        name="dns-overload",
        about="A configuration makes every name cost the resolver many questions.",
        inject=lambda shop, chance, _: _overload(shop, chance),
        look_alike="dns-failure",
    ),
)

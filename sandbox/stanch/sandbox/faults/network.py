"""The faults of the way between parts: ports, policies and names.

Each is a change of one object as a colleague or a pipeline makes it. Those of machines and
of the registry are in network_machines and network_registry.
"""

import copy
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stanch.sandbox.faults import edits, network_machines, network_names, network_registry
from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.faults.releases import next_version, own, release
from stanch.sandbox.shop import objects
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE, PAYMENTS, STOREFRONT, Service

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_PORTS = (80, 8081, 9090)
_NAMES = ("web", "http-alt", "api")


def _port_mismatch(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    kinds = {
        "service": _wrong_number,
        "name": _wrong_name,
        "release": _moved_program,
        "readiness": _wrong_probe,
    }
    if params["variant"] not in kinds:
        raise UnknownFaultError(
            f"the variant of port-mismatch is one of {', '.join(kinds)}: {params['variant']!r}"
        )
    return kinds[params["variant"]](shop, chance)


def _wrong_number(shop: "Shop", chance: random.Random) -> Truth:
    return _point(shop, PAYMENTS, chance.choice(_PORTS))


def _wrong_name(shop: "Shop", chance: random.Random) -> Truth:
    return _point(shop, PAYMENTS, chance.choice(_NAMES))


def _point(shop: "Shop", service: Service, target: int | str) -> Truth:
    before = copy.deepcopy(shop.cluster.store.get("services", NAMESPACE, service.name)["spec"])

    def edit(found: dict[str, Any]) -> None:
        found["spec"]["ports"][0]["targetPort"] = target

    edits.edit(shop, "services", service.name, edit, manager="helm")
    return Truth(
        says=f"the Service {service.name} sends to {target}, where no program listens",
        may_change=frozenset({("services", service.name)}),
        mend=lambda: edits.edit(
            shop, "services", service.name, lambda found: found["spec"].update(before)
        ),
    )


def _moved_program(shop: "Shop", chance: random.Random) -> Truth:
    port = chance.choice(_PORTS)
    version = next_version(shop, PAYMENTS, chance)
    shop.registry.publish(Image(PAYMENTS.name, version, PAYMENTS.memory_mib, port=port))
    release(shop, PAYMENTS, version, container=_ports(PAYMENTS, version, declared=port))
    return Truth(
        says=f"payments {version} listens on {port}, and its Service sends to {objects.PORT}",
        may_change=own(PAYMENTS) | {("services", PAYMENTS.name)},
    )


def _wrong_probe(shop: "Shop", chance: random.Random) -> Truth:
    port = chance.choice(_PORTS)
    version = next_version(shop, CHECKOUT, chance)
    shop.registry.publish(Image(CHECKOUT.name, version, CHECKOUT.memory_mib))
    wanted = _ports(CHECKOUT, version, declared=objects.PORT, probed=port)
    release(shop, CHECKOUT, version, container=wanted)
    return Truth(
        says=f"the readiness check of checkout {version} asks port {port}",
        may_change=own(CHECKOUT),
    )


def _ports(
    service: Service, version: str, *, declared: int, probed: int | None = None
) -> Mapping[str, Any]:
    usual = objects.container(service, version)
    probe = copy.deepcopy(usual["readinessProbe"])
    probe["httpGet"]["port"] = declared if probed is None else probed
    return {
        "ports": [{"name": "http", "containerPort": declared, "protocol": "TCP"}],
        "readinessProbe": probe,
    }


def _network_policy(shop: "Shop", chance: random.Random, _: Params) -> Truth:
    name, label = chance.choice(
        (
            ("payments-ingress", {"app": "checkout-api"}),
            ("payments-ingress", {"app": STOREFRONT.name}),
            ("restrict-payments", {"role": "frontend"}),
        )
    )
    policy = {
        "metadata": {"name": name, "labels": {"app": PAYMENTS.name}},
        "spec": {
            "podSelector": {"matchLabels": {"app": PAYMENTS.name}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": label}}],
                    "ports": [{"port": objects.PORT, "protocol": "TCP"}],
                }
            ],
        },
    }
    edits.create(shop, "networkpolicies", policy)
    allowed = ", ".join(f"{key}={value}" for key, value in label.items())
    return Truth(
        says=f"the NetworkPolicy {name} lets only pods with {allowed} reach payments",
        mend=lambda: shop.cluster.store.delete("networkpolicies", NAMESPACE, name),
    )


FAULTS = (
    Fault(
        name="port-mismatch",
        about="A Service sends to a port where nobody listens.",
        inject=_port_mismatch,
        params=MappingProxyType({"variant": "service"}),
        look_alike="network-policy",
    ),
    Fault(
        name="port-release",
        about="A release listens on another port than its Service sends to.",
        inject=lambda shop, chance, _: _moved_program(shop, chance),
        look_alike="port-mismatch",
    ),
    Fault(
        name="network-policy",
        about="A network policy keeps a caller from a service.",
        inject=_network_policy,
        look_alike="port-mismatch",
    ),
    *network_names.FAULTS,
    *network_machines.FAULTS,
    *network_registry.FAULTS,
)

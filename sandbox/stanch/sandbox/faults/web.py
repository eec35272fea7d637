"""The faults of what is reached by HTTP: certificates, the bank, the shop's own switches."""

import random
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.faults.releases import next_version, release
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.services import SERVICES
from stanch.sandbox.web.attack import Attack
from stanch.sandbox.web.balancer import GATEWAYS
from stanch.sandbox.web.flags import FALLBACK, LIVE, SEARCH
from stanch.sandbox.web.names import BACKENDS, BANK, BANK_CALLER, FRONTS
from stanch.sandbox.web.part import WebPart

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_SINCE = 2.0
"""Seconds since the certificate ended."""


def _web(shop: "Shop") -> WebPart:
    part = shop.parts.get(WebPart.name)
    if not isinstance(part, WebPart):
        raise UnknownFaultError("this practice world has no web part")
    return part


def _one_of(params: Params, name: str, known: tuple[str, ...], chance: random.Random) -> str:
    """Return a parameter that must be one of `known`; by the seed when it is empty."""
    chosen = params[name] or chance.choice(known)
    if chosen not in known:
        raise UnknownFaultError(f"{name} must be one of: {', '.join(known)}")
    return chosen


def _harmless_release(shop: "Shop", service: str, chance: random.Random) -> str:
    """Release a sound version, as happens on any day."""
    chosen = SERVICES[service]
    version = next_version(shop, chosen, chance)
    shop.registry.publish(Image(chosen.name, version, chosen.memory_mib))
    release(shop, chosen, version)
    return f"; {service} {version}, released at the same time, is harmless"


def _cert_expiry(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    web = _web(shop)
    service = _one_of(params, "service", tuple(FRONTS.values()), chance)
    web.certificates.end(service, at=web.certificates.passed() - _SINCE)
    return Truth(
        says=f"the pods of {service} serve the certificate that they started with, which has"
        " expired; a renewed one is in the Secret",
        may_change=frozenset({("deployments", service)}),
    )


def _dependency_down(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    web = _web(shop)
    how = _one_of(params, "how", ("errors", "timeouts"), chance)
    herring = _one_of(params, "release", ("no", "yes"), chance)
    web.bank.state = cast("Literal['errors', 'timeouts']", how)
    says = "answers with 503" if how == "errors" else "does not answer in time"
    more = _harmless_release(shop, BANK_CALLER, chance) if herring == "yes" else ""

    def mend() -> None:
        web.bank.state = "well"

    return Truth(says=f"{BANK} {says}{more}", may_change=frozenset({("flag", FALLBACK)}), mend=mend)


def _costly_flag(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    web = _web(shop)
    herring = _one_of(params, "release", ("no", "yes"), chance)
    more = _harmless_release(shop, "catalog", chance) if herring == "yes" else ""
    who = chance.choice(("release-train", "product-search", "experiments"))
    web.flags.switch(SEARCH, LIVE, enabled=True, by=who, at=shop.now)
    return Truth(
        says=f"the flag {SEARCH} was switched on, and its searches cost too much{more}",
        may_change=frozenset({("flag", SEARCH)}),
    )


def _bad_gateway(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    web = _web(shop)
    backend = _one_of(params, "backend", tuple(BACKENDS), chance)
    name = _one_of(params, "gateway", GATEWAYS, chance)
    gateway = web.balancer.backends[backend][name]
    gateway.loses = round(chance.uniform(0.4, 0.9), 2)

    def mend() -> None:
        gateway.loses = 0.0

    return Truth(
        says=f"the gateway {name} of {backend} loses {gateway.loses:.0%} of what it forwards",
        may_change=frozenset({("weight", f"{backend}/{name}")}),
        mend=mend,
    )


def _client_attack(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    web = _web(shop)
    client = params["client"] or f"192.0.2.{chance.randint(10, 250)}"
    rate = round(chance.uniform(4.0, 9.0), 1)
    web.attacks.under_way.append(Attack("checkout", "/pay", client, rate))

    def mend() -> None:
        web.attacks.under_way.clear()

    return Truth(
        says=f"{client} tries stolen cards at checkout, {rate:g} a second",
        may_change=frozenset({("block", "networks")}),
        mend=mend,
    )


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="cert-expiry",
        about="The certificate that a service serves has expired.",
        inject=_cert_expiry,
        params=MappingProxyType({"service": ""}),
        look_alike="clock-skew",
    ),
    Fault(
        name="dependency-down",
        about="The bank that payments calls fails or hangs.",
        inject=_dependency_down,
        params=MappingProxyType({"how": "", "release": "no"}),
        look_alike="bad-release",
    ),
    Fault(
        name="client-attack",
        about="One client tries stolen cards, one after the other.",
        inject=_client_attack,
        params=MappingProxyType({"client": ""}),
        look_alike="retry-storm",
    ),
    Fault(
        name="costly-flag",
        about="A flag sends searches through code that costs too much.",
        inject=_costly_flag,
        params=MappingProxyType({"release": "no"}),
        look_alike="bad-release",
    ),
    Fault(
        name="bad-gateway",
        about="One of the gateways before the shop loses requests.",
        inject=_bad_gateway,
        params=MappingProxyType({"backend": "", "gateway": ""}),
        look_alike="bad-release",
    ),
)

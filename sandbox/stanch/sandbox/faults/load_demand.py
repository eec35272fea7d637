"""The faults of demand: a crowd, a few programs that ask without a pause."""

import random
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.shop.demand import Storm
from stanch.sandbox.shop.services import CHECKOUT, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

CLIENT_LIMIT = 2.0
"""Requests per second that a client may ask once the gateway limits it."""
ELSEWHERE = 0.4
"""How much of the growth at the service where the crowd is the others see."""


def _traffic_spike(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    times = float(params["times"] or round(chance.uniform(2.0, 2.15), 2))
    shop.demand.crowd = {
        service.name: times if service is CHECKOUT else 1 + (times - 1) * ELSEWHERE
        for service in SERVICES.values()
    }
    return Truth(
        says=f"{times:g} times as many people as usual want to pay, and more than usual look",
        may_change=frozenset({("scales", CHECKOUT.name)}),
    )


def _retry_storm(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    number = int(params["clients"] or chance.choice((2, 3)))
    clients = tuple(
        f"198.51.100.{host}" for host in sorted(chance.sample(range(10, 250), k=number))
    )
    greed = round(chance.uniform(1.6, 2.0), 2)
    shop.demand.storms = [Storm(CHECKOUT.name, "/quote", clients, greed)]

    def mend() -> None:
        shop.demand.limit = CLIENT_LIMIT

    return Truth(
        says=f"{number} clients repeat their requests to /quote without a pause",
        mend=mend,
    )


FAULTS = (
    Fault(
        name="traffic-spike",
        about="Many more people than usual want something of the shop.",
        inject=_traffic_spike,
        params=MappingProxyType({"times": ""}),
    ),
    Fault(
        name="retry-storm",
        about="A few clients repeat their requests without a pause.",
        inject=_retry_storm,
        params=MappingProxyType({"clients": ""}),
        look_alike="traffic-spike",
    ),
)

"""The law of demand: who asks the shop from outside, and how much.

There are two ways to be asked for more. A crowd is many people, each of whom asks as ever:
what they ask for is a number of requests, and enough pods can answer it. A storm is a few
programs that ask again the moment they are answered: they take all the room there is and
more, so that more pods bring more requests. Only a limit per client ends it.

What the gateway counts by client is the metric `gateway_client_requests_total`, for the
clients that ask most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.rules import WARNING, Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Service

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_COUNTED = "gateway_client_requests_total"
TALKERS = 16
"""How many of the people who ask most the gateway counts one by one."""
LEAST_RATE = 20.0
"""Requests per second from outside from which on the gateway counts a service's clients."""
_ALL = (
    "sum by (namespace, service) (rate(http_requests_total"
    '{namespace="shop",service=~"storefront|checkout"}[1m]'
)


@dataclass(frozen=True, slots=True)
class Storm:
    """A few programs that repeat one request without a pause."""

    service: str
    path: str
    clients: tuple[str, ...]
    greed: float
    """What they ask for, as a multiple of what all ready pods can answer."""


class Demand(Part, Influence):
    """Multiplies what is asked of the shop."""

    name = "demand"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.crowd: dict[str, float] = {}
        """The factor on what people ask of each service; 1 where nothing is said."""
        self.storms: list[Storm] = []
        self.limit: float | None = None
        """Requests per second that the gateway lets each client ask; None: no limit."""
        self._capacity: dict[str, float] = {}
        self._counted: dict[tuple[str, str], float] = {}
        self._at = shop.now

    @override
    def influences(self) -> tuple[Influence, ...]:
        return (self,)

    @override
    def begin(self, at: float) -> None:
        self._capacity = dict.fromkeys((storm.service for storm in self.storms), 0.0)
        for pod in self._shop.pods() if self.storms else ():
            if pod.ready and pod.service in self._capacity:
                self._capacity[pod.service] += SERVICES[pod.service].pod_capacity

    @override
    def demand(self, service: str, path: str) -> float:
        usual = SERVICES[service].outside_rate * SERVICES[service].route(path).share
        factor = self.crowd.get(service, 1.0)
        if usual:
            storms = [one for one in self.storms if (one.service, one.path) == (service, path)]
            factor += sum(self._asked(storm) for storm in storms) / usual
        return factor

    def _asked(self, storm: Storm) -> float:
        """Return the requests per second of a storm."""
        greedy = storm.greed * self._capacity.get(storm.service, 0.0)
        return greedy if self.limit is None else min(greedy, self.limit * len(storm.clients))

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        seconds, self._at = at - self._at, at
        for service in SERVICES.values():
            if service.outside_rate < LEAST_RATE:
                continue
            for client, rate in self._rates(service).items():
                key = service.name, client
                self._counted[key] = self._counted.get(key, 0.0) + rate * seconds
                pairs = {"namespace": NAMESPACE, "service": service.name, "client": client}
                yield store.series(_COUNTED, pairs), self._counted[key]

    def _rates(self, service: Service) -> dict[str, float]:
        """Return the requests per second of each client that is counted by itself."""
        people = service.outside_rate * self.crowd.get(service.name, 1.0)
        rates = {
            f"203.0.113.{11 + 13 * number}": people * 0.05 / (1 + 0.35 * number)
            for number in range(TALKERS)
        }
        for storm in self.storms:
            if storm.service == service.name:
                asked = self._asked(storm) / len(storm.clients)
                rates |= dict.fromkeys(storm.clients, asked)
        return rates

    @override
    def rules(self) -> tuple[Rule, ...]:
        return (
            Rule(
                "HttpRequestRateHigh",
                f"{_ALL})) > 1.6 * {_ALL} offset 20m))",
                30,
                WARNING | {"deployment": "{{ $labels.service }}"},
                "Far more is asked of {{ $labels.service }} than usual",
                "{{ $labels.namespace }}/{{ $labels.service }} gets {{ $value | humanize }}"
                " requests per second, much more than twenty minutes ago.",
            ),
        )

    @override
    def reasons(self) -> list[str]:
        if self.limit is not None:
            return []
        return [
            f"{storm.service}: {len(storm.clients)} clients ask without a pause"
            for storm in self.storms
        ]

"""Attacks: a client that tries what no customer does, and is refused each time.

It costs the shop little and breaks nothing (a card that is declined is a good answer), so
that no other alert sees it. The gateway counts by client what came and what was refused.
Keeping the client out at the edge ends it; a limit only slows it down.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES
from stanch.sandbox.web.edge import Edge

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


@dataclass(frozen=True, slots=True)
class Attack:
    """One client that repeats one kind of try."""

    service: str
    path: str
    client: str
    rate: float
    """Tries per second."""


@dataclass(slots=True)
class Attacks(Influence):
    """The attacks that are under way, as far as the edge lets them through."""

    shop: "Shop"
    edge: Edge
    under_way: list[Attack] = field(default_factory=list)
    _counted: dict[Attack, float] = field(default_factory=dict)
    _at: float | None = None

    def arriving(self, attack: Attack) -> float:
        """Return the tries per second that get past the edge."""
        if self.edge.kept_out(attack.client):
            return 0.0
        return min(attack.rate, self.edge.rate)

    def _tries(self, service: str, path: str) -> float:
        mine = (one for one in self.under_way if (one.service, one.path) == (service, path))
        return sum(self.arriving(one) for one in mine)

    @override
    def demand(self, service: str, path: str) -> float:
        usual = _usual(service, path)
        return 1.0 + self._tries(service, path) / usual if usual else 1.0

    def scrape(self, store: SeriesStore, at: float) -> Iterator[tuple[Series, float]]:
        """Yield what the gateway has counted of each attacker."""
        passed = at - self._at if self._at is not None else 0.0
        self._at = at
        for one in self.under_way:
            self._counted[one] = self._counted.get(one, 0.0) + self.arriving(one) * passed
            labels = {"namespace": NAMESPACE, "service": one.service, "client": one.client}
            yield store.series("gateway_client_requests_total", labels), self._counted[one]
            yield store.series("gateway_client_refusals_total", labels), self._counted[one]

    def reasons(self) -> list[str]:
        """Say which attackers still get through."""
        return [
            f"{one.service}: {one.client} tries {one.path} again and again"
            for one in self.under_way
            if self.arriving(one)
        ]


def _usual(service: str, path: str) -> float:
    return SERVICES[service].outside_rate * SERVICES[service].route(path).share


def rules() -> tuple[Rule, ...]:
    """Return the alert rule on clients that are refused again and again."""
    refused = "sum by (namespace, service, client) (rate(gateway_client_refusals_total[1m]))"
    return (
        Rule(
            "ClientAttackDetected",
            f"{refused} > 1",
            30,
            MappingProxyType({"severity": "critical", "deployment": "{{ $labels.service }}"}),
            "{{ $labels.client }} is refused again and again by {{ $labels.service }}",
            "{{ $labels.service }} refuses {{ $value | humanize }} requests per second of"
            " {{ $labels.client }}.",
        ),
    )

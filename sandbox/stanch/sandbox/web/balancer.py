"""The load balancer: two gateways before each front door, and how much each of them gets.

Both lead to all pods. A gateway that loses what it forwards harms its part of the requests,
so that taking its weight away is the cure.
"""

from dataclasses import dataclass, field

from typing_extensions import override

from stanch.sandbox.shop.influence import OUTSIDE, Broken, Influence
from stanch.sandbox.web.names import BACKENDS, backend_of

GATEWAYS = ("gw-1", "gw-2")
WEIGHT = 100
MOST = 256
_UPSTREAM_PORT = 8443


@dataclass(slots=True)
class Gateway:
    """One server behind the load balancer."""

    name: str
    address: str
    weight: int = WEIGHT
    admin_state: str = "ready"
    loses: float = 0.0
    """The part of what it gets that it does not bring to the shop."""

    @property
    def port(self) -> int:
        """The port that the load balancer sends to."""
        return _UPSTREAM_PORT

    @property
    def takes(self) -> int:
        """The weight that counts."""
        return self.weight if self.admin_state == "ready" else 0


def _pair(number: int) -> dict[str, Gateway]:
    return {
        name: Gateway(name, f"10.20.{number}.{10 + place}") for place, name in enumerate(GATEWAYS)
    }


@dataclass(slots=True)
class Balancer(Influence):
    """The gateways before each front door, by the name of the backend."""

    backends: dict[str, dict[str, Gateway]] = field(
        default_factory=lambda: {
            backend: _pair(number) for number, backend in enumerate(BACKENDS, start=1)
        }
    )

    def shares(self, backend: str) -> dict[str, float]:
        """Return the part of the requests that each gateway gets; all zero when none takes any."""
        gateways = self.backends[backend]
        total = sum(one.takes for one in gateways.values())
        return {name: one.takes / total if total else 0.0 for name, one in gateways.items()}

    def lost(self, backend: str) -> float:
        """Return the part of the requests that do not reach the shop."""
        shares = self.shares(backend)
        if not any(shares.values()):
            return 1.0
        gateways = self.backends[backend]
        return sum(share * gateways[name].loses for name, share in shares.items())

    @property
    def weights(self) -> dict[str, tuple[int, str]]:
        """The weight and state of each gateway, by "backend/name"."""
        return {
            f"{backend}/{one.name}": (one.weight, one.admin_state)
            for backend, gateways in self.backends.items()
            for one in gateways.values()
        }

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        backend = backend_of(service)
        if caller != OUTSIDE or backend is None:
            return None
        share = self.lost(backend)
        return Broken(share, 0.5, "502 from the gateway", status=502) if share else None

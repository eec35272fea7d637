"""The laws by which the traffic suffers from the machines.

Requests from outside come in through the two load balancers, half and half. The machine of
the database holds what payments writes; that of the jobs feeds the catalogue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stanch.sandbox.hosts.certificates import Chain
from stanch.sandbox.hosts.fleet import DATABASE, EDGES, FEED, JOBS, NGINX, POSTGRES
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.shop.influence import OUTSIDE, Broken, Influence, Outcome
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import SERVICES, Route

STALE_AFTER = 45.0
"""Seconds without anything new after which the catalogue refuses to sell from what it has."""
BUSY = 1.25
"""From this many wanted processors for each one on, requests begin to wait too long."""


@dataclass(slots=True)
class HostLaws(Influence):
    """What the machines do to requests, derived from their state at each tick."""

    machines: Mapping[str, Machine]
    chain: Chain
    fed: float = 0.0
    """When the catalogue was last fed, in true time."""
    _now: float = 0.0
    _broken: dict[str, list[tuple[str, Broken]]] = field(default_factory=dict)

    def begin(self, at: float) -> None:
        """Look at the machines before the tick that ends at `at`."""
        self._now = at
        jobs = self.machines[JOBS]
        feeds = jobs.units[FEED].active == "active" and not self._full(jobs)
        if not self.fed or (feeds and jobs.pressure < 2 * BUSY):
            self.fed = at
        self._broken = {name: self._of_service(name) for name in SERVICES}

    def lost(self, edge: str, service: str) -> Broken | None:
        """Return how the requests to a service fail that come in through `edge`."""
        return next((one for name, one in self._broken.get(service, ()) if name == edge), None)

    def reach(self, caller: str, service: str) -> Broken | None:
        """Return how requests from outside fail at the load balancers, together."""
        found = self._broken.get(service, ())
        if caller != OUTSIDE or not found:
            return None
        parts = [one.share / len(EDGES) for _, one in found]
        worst = max((one for _, one in found), key=lambda one: one.share)
        return Broken(min(1.0, sum(parts)), worst.seconds, worst.message, worst.status)

    def outcomes(self, pod: PodView, route: Route) -> Sequence[Outcome]:
        """Return what payments and catalogue answer when their machines are not well."""
        if pod.service == "payments":
            return self._database(route)
        late = self._now - self.fed
        if pod.service == "catalog" and route.path == "/search" and late > STALE_AFTER:
            message = f"stock snapshot is {late:.0f}s old, refusing to sell from it"
            return (Outcome(503, 0.45, 0.004, message),)
        return ()

    def _database(self, route: Route) -> Sequence[Outcome]:
        machine = self.machines[DATABASE]
        if machine.units[POSTGRES].active != "active":
            message = f"connection to {machine.address}:5432 refused"
            return (Outcome(500, 0.97, 0.003, message),)
        if self._full(machine):
            message = f"{route.path}: could not extend file: No space left on device"
            return (Outcome(500, 0.94, 0.012, message),)
        if machine.pressure > BUSY:
            message = "canceling statement due to statement timeout"
            return (Outcome(500, _late(machine), 5.0, message),)
        return ()

    def _full(self, machine: Machine) -> bool:
        return machine.tree.is_full(machine.tree.disk_of("/var/lib"))

    def _of_service(self, name: str) -> list[tuple[str, Broken]]:
        found = ((edge, self._of_edge(self.machines[edge], name)) for edge in EDGES)
        return [(edge, one) for edge, one in found if one is not None]

    def _of_edge(self, machine: Machine, service: str) -> Broken | None:
        if machine.units[NGINX].active != "active":
            return Broken(1.0, 0.001, "connection refused", 0)
        if not self.chain.valid_at(machine.shown):
            return Broken(1.0, 0.02, "upstream SSL certificate verify error", 502)
        if self._full(machine):
            share = _posted(service)
            return Broken(share, 0.01, "pwrite() failed (28: No space left on device)", 500)
        if machine.pressure > BUSY:
            return Broken(_late(machine), 15.0, "upstream timed out", 504)
        return None


def _late(machine: Machine) -> float:
    """Return the part of the requests that wait too long on a busy machine."""
    return min(0.5, 0.12 * machine.pressure)


def _posted(service: str) -> float:
    """Return the part of the requests of a service whose bodies have to be kept in a file."""
    routes = SERVICES[service].routes
    return sum(one.share for one in routes if one.method == "POST") or 0.01

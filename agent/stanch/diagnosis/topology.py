"""Who calls whom, and so who is a victim: a service that fails because one it calls does.

Calls are read from the configuration of the workloads (see `calls`) and from what the
settings declare. Services are named as the metrics name them; a database or an endpoint
outside that is declared to be called is a name like any other, only nobody measures it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stanch.diagnosis import findings
from stanch.diagnosis.calls import calls
from stanch.diagnosis.view import View

_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The error ratio of one service now."""

    service: str
    ratio: float
    fails: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Which service calls which, and how those that were measured are."""

    calls: Mapping[str, frozenset[str]]
    """What each service calls itself; a service that is not in it was not looked at."""
    measured: Mapping[str, Measured]
    evidence: tuple[str, ...]

    def reached(self, service: str) -> frozenset[str]:
        """Return all that a service calls, itself or through others; never itself."""
        found: set[str] = set()
        edge = {service}
        for _ in range(_DEPTH):
            edge = {one for name in edge for one in self.calls.get(name, ())} - found
            if not edge:
                break
            found |= edge
        return frozenset(found - {service})

    def callers(self, service: str) -> frozenset[str]:
        """Return all that call a service, themselves or through others."""
        return frozenset(one for one in self.calls if service in self.reached(one))

    def failing(self) -> frozenset[str]:
        """Return the measured services that fail."""
        return frozenset(name for name, one in self.measured.items() if one.fails)

    def roots(self, service: str) -> frozenset[str]:
        """Return the failing services at the end of the failing calls of `service`.

        They are what fails and calls nothing that fails; `service` itself where that is so.
        """
        failing = self.failing()
        here = (self.reached(service) | {service}) & failing
        return frozenset(one for one in here if not self.reached(one) & failing - {one})

    def shared(self) -> frozenset[str]:
        """Return each called thing whose callers fail, all that were measured, and only they.

        What is measured and well is none of them; something that nobody measures, such as a
        database, is found by its callers alone. None stands out while all that was measured
        fails: then everything is common to it.
        """
        failing = self.failing()
        found = set()
        well = self.measured.keys() - failing
        for name in frozenset[str]().union(*self.calls.values()) - well:
            users = self.callers(name) & self.measured.keys()
            others = self.measured.keys() - users - {name}
            if users and others and users <= failing and failing <= users | {name}:
                found.add(name)
        return frozenset(found)


def topology(view: View) -> Topology:
    """Return who calls whom, by all that the evidence and the settings tell."""
    behind = view.services()
    services = {deployment: service for service, deployment in behind.items()}
    edges: dict[str, set[str]] = {}
    evidence: list[str] = []
    for deployment in view.deployments():
        called = calls(view, deployment)
        if called is None:
            continue
        name = services.get(deployment, deployment)
        edges.setdefault(name, set()).update(one.service for one in called.callees)
        evidence += [source for one in called.callees for source in one.evidence]
    for name, called_names in view.declared.items():
        edges.setdefault(name, set()).update(called_names)
    names = {*edges, *(one for some in edges.values() for one in some), view.service}
    measured = _measured(view, names)
    evidence += [one.evidence for one in measured.values()]
    return Topology(
        calls={name: frozenset(some - {name}) for name, some in edges.items()},
        measured=measured,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _measured(view: View, names: Iterable[str]) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    for name in sorted(filter(None, names)):
        ratio = findings.own_ratio(view, name)
        if ratio is not None:
            found[name] = Measured(
                service=name, ratio=ratio[0], fails=ratio[0] >= view.error_limit, evidence=ratio[1]
            )
    return found

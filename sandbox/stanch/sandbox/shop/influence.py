"""Influences: laws of the practice world that decide how requests fare beside the pods.

An influence looks at the world as it is at each tick (objects of the cluster, sessions of
the database, files of a host) and says what follows for the traffic. A fault only changes
that state, so that whoever puts the state right has cured it, in whatever way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import Route

OUTSIDE = ""
"""The caller of requests that come from customers."""
Noise: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kind of answer: its status, its part of the requests, and its usual duration."""

    status: int
    share: float
    median_seconds: float
    message: str = ""
    noise: Noise = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """What a caller sees of calls that get no answer: their part, and after how long."""

    share: float
    seconds: float
    message: str
    status: int = 504


class Influence:
    """An influence that changes nothing; each law overrides what it is about."""

    def begin(self, at: float) -> None:
        """Look at the world before the tick that ends at the Unix time `at`."""

    def demand(self, service: str, path: str) -> float:
        """Return the factor on the requests that come from outside on a route."""
        del service, path
        return 1.0

    def capacity(self, pod: PodView) -> float:
        """Return the factor on the requests per second that a pod can answer."""
        del pod
        return 1.0

    def slowness(self, pod: PodView, route: Route) -> float:
        """Return the factor on how long a pod usually takes for an answer."""
        del pod, route
        return 1.0

    def outcomes(self, pod: PodView, route: Route) -> Sequence[Outcome]:
        """Return the answers of a pod that are not the usual ones, the first one first.

        The share of each is a part of the requests that those before it left over.
        """
        del pod, route
        return ()

    def reach(self, caller: str, service: str) -> Broken | None:
        """Return how calls of `caller` fail before they reach `service`; None: they do not."""
        del caller, service
        return None

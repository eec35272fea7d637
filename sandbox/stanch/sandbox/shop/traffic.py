"""The traffic model: how many requests each pod answers, how well, and how fast.

The answers follow from what really runs: load is spread over the ready pods, a version's
defects hit its own pods, a service that fails makes its callers fail, and too few pods
mean queues and then shed requests. Nothing here is written to the API; metrics and logs
are made from the outcomes.
"""

import math
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stanch.sandbox.shop.images import ImageRegistry
from stanch.sandbox.shop.influence import OUTSIDE, Broken, Influence, Noise, Outcome
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import SERVICES, Route, Service

BASE_ERRORS = 0.001
"""The part of all requests that fails when all is well."""
CLIENT_ERRORS = 0.008
QUEUE_SECONDS = 5.0
"""A request that has waited this long is shed."""
WEDGED_SHARE = 0.72
"""The part of the requests to a wedged pod that find no free connection in time."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What one pod answers on one route in one tick."""

    pod: PodView
    route: Route
    requests: float
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The truth about one service in one tick."""

    at: float
    requests: float
    failures: float


@dataclass(frozen=True, slots=True)
class _Wedge:
    message: str
    lives: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Failing:
    """What the callers of a route see: the part that fails, and after how long."""

    share: float
    seconds: float


@dataclass(slots=True)
class Traffic:
    """The state of the traffic between ticks."""

    registry: ImageRegistry
    random: random.Random
    influences: list[Influence] = field(default_factory=list)
    """The laws of the world beside images and queues; parts of it add theirs."""
    truth: dict[str, deque[Health]] = field(
        default_factory=lambda: {name: deque(maxlen=720) for name in SERVICES}
    )
    _backlog: dict[str, float] = field(default_factory=dict)
    _wedges: dict[str, _Wedge] = field(default_factory=dict)
    _phase: float | None = None

    def wedge(self, service: str, pods: Sequence[PodView], *, message: str) -> None:
        """Let the programs that run now in `pods` run out of connections, until they end."""
        lives = frozenset(pod.life for pod in pods if pod.service == service)
        self._wedges[service] = _Wedge(message, lives)

    def is_wedged(self, pod: PodView) -> bool:
        """Tell whether the program in `pod` is out of connections."""
        wedge = self._wedges.get(pod.service)
        return wedge is not None and pod.life in wedge.lives

    def tick(self, pods: Sequence[PodView], at: float, *, seconds: float) -> list[Answers]:
        """Return what each ready pod answered in the `seconds` before `at`."""
        for influence in self.influences:
            influence.begin(at)
        serving = {
            name: [pod for pod in pods if pod.service == name and pod.ready] for name in SERVICES
        }
        demand, shed = self._loads(serving, at, seconds=seconds)
        failing: dict[tuple[str, str], _Failing] = {}
        answers: list[Answers] = []
        for service in reversed(tuple(SERVICES.values())):
            mine = self._service(
                service, serving[service.name], demand=demand, shed=shed, failing=failing
            )
            self._remember(service, demand=demand, failing=failing, at=at, seconds=seconds)
            answers += [
                Answers(one.pod, one.route, one.requests * seconds, one.outcomes) for one in mine
            ]
        return answers

    def _loads(
        self, serving: Mapping[str, Sequence[PodView]], at: float, *, seconds: float
    ) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
        """Return requests per second of each route, and the part each service sheds."""
        wave = self._wave(at)
        demand = {
            (service.name, route.path): service.outside_rate
            * route.share
            * wave
            * self._factor(service.name, route.path)
            * (1 - self._lost(service.name))
            for service in SERVICES.values()
            for route in service.routes
        }
        shed: dict[str, float] = {}
        for service in SERVICES.values():
            total = math.fsum(demand[service.name, route.path] for route in service.routes)
            capacity = math.fsum(self._capacity(service, pod) for pod in serving[service.name])
            shed[service.name] = self._queue(service.name, total, capacity, seconds=seconds)
            for route in service.routes:
                if route.calls is not None:
                    answered = demand[service.name, route.path] * (1 - shed[service.name])
                    for broken in self._broken(service.name, route.calls[0]):
                        answered *= 1 - min(broken.share, 1.0)
                    demand[route.calls] = demand.get(route.calls, 0.0) + answered
        return demand, shed

    def _factor(self, service: str, path: str) -> float:
        return math.prod(one.demand(service, path) for one in self.influences)

    def _capacity(self, service: Service, pod: PodView) -> float:
        return service.pod_capacity * math.prod(one.capacity(pod) for one in self.influences)

    def _broken(self, caller: str, service: str) -> list[Broken]:
        """Return how calls fail before they reach a service."""
        seen = (one.reach(caller, service) for one in self.influences)
        return [one for one in seen if one is not None and one.share > 0]

    def unreached(self, caller: str, service: str) -> float:
        """Return the part of the calls that never reach a service."""
        left = math.prod(1 - min(one.share, 1.0) for one in self._broken(caller, service))
        return 1 - left

    def _lost(self, service: str) -> float:
        """Return the part of the requests from outside that never reach a service."""
        return self.unreached(OUTSIDE, service)

    def _wave(self, at: float) -> float:
        if self._phase is None:
            self._phase = self.random.random() * 2 * math.pi
        slow = 0.07 * math.sin(self._phase + at * 2 * math.pi / 2700)
        return 1 + slow + self.random.gauss(0, 0.012)

    def _queue(self, name: str, arriving: float, capacity: float, *, seconds: float) -> float:
        """Let the queue of a service grow or drain; return the part of requests it sheds."""
        if capacity == 0:
            self._backlog[name] = 0.0
            return 1.0
        waiting = self._backlog.get(name, 0.0) + (arriving - capacity) * seconds
        room = capacity * QUEUE_SECONDS
        self._backlog[name] = min(max(waiting, 0.0), room)
        lost = max(0.0, waiting - room)
        return min(1.0, lost / (arriving * seconds)) if arriving else 0.0

    def _service(
        self,
        service: Service,
        pods: Sequence[PodView],
        *,
        demand: Mapping[tuple[str, str], float],
        shed: Mapping[str, float],
        failing: dict[tuple[str, str], _Failing],
    ) -> list[Answers]:
        """Return the answers per second of a service, and note what its callers see."""
        weights = [1 + self.random.gauss(0, 0.015) for _ in pods]
        room = math.fsum(self._capacity(service, pod) for pod in pods)
        wait = self._backlog.get(service.name, 0.0) / (room or 1)
        answers: list[Answers] = []
        for route in service.routes:
            rate = demand[service.name, route.path]
            failed, lasted = (0.0, 0.0) if pods else (1.0, 0.001)
            for pod, weight in zip(pods, weights, strict=True):
                share = weight / math.fsum(weights)
                outcomes = self._outcomes(
                    pod, route, shed=shed[service.name], wait=wait, failing=failing
                )
                bad = [outcome for outcome in outcomes if outcome.status >= 500]
                failed += share * math.fsum(outcome.share for outcome in bad)
                lasted += share * math.fsum(o.share * o.median_seconds for o in bad)
                answers.append(Answers(pod, route, rate * share, outcomes))
            failing[service.name, route.path] = _Failing(failed, lasted / (failed or 1))
        return answers

    def _outcomes(
        self,
        pod: PodView,
        route: Route,
        *,
        shed: float,
        wait: float,
        failing: Mapping[tuple[str, str], _Failing],
    ) -> tuple[Outcome, ...]:
        slow = math.prod(one.slowness(pod, route) for one in self.influences)
        usual = route.median_seconds * slow + wait
        left = 1.0
        outcomes: list[Outcome] = []

        def part(
            share: float, status: int, seconds: float, message: str = "", noise: Noise = ()
        ) -> None:
            nonlocal left
            if share > 0:
                taken = left * min(share, 1.0)
                outcomes.append(Outcome(status, taken, seconds, message, noise))
                left -= taken

        part(shed, 503, QUEUE_SECONDS, "queue full: request shed after 5000ms")
        part(BASE_ERRORS, 500, usual, "connection reset by peer")
        image = self.registry.find(pod.image)
        for defect in image.defects if image else ():
            if defect.route == route.path:
                fast = wait + route.median_seconds / 4
                part(defect.share, defect.status, fast, defect.message, defect.noise)
        if self.is_wedged(pod):
            part(WEDGED_SHARE, 503, 5.0, self._wedges[pod.service].message)
        for influence in self.influences:
            for one in influence.outcomes(pod, route):
                part(one.share, one.status, one.median_seconds, one.message, one.noise)
        if route.calls is not None:
            below = failing[route.calls]
            name, path = route.calls
            for broken in self._broken(pod.service, name):
                part(broken.share, broken.status, wait + broken.seconds, broken.message)
            message = f"{name}: {path} failed after {below.seconds * 1000:.0f}ms: answered 5xx"
            part(below.share, 502, wait + below.seconds, message)
        part(CLIENT_ERRORS, 400, usual / 3)
        outcomes.append(Outcome(200, left, usual))
        return tuple(outcomes)

    def _remember(
        self,
        service: Service,
        *,
        demand: Mapping[tuple[str, str], float],
        failing: Mapping[tuple[str, str], _Failing],
        at: float,
        seconds: float,
    ) -> None:
        """Note the truth of this tick."""
        rates = {route.path: demand[service.name, route.path] for route in service.routes}
        failed = math.fsum(rate * failing[service.name, path].share for path, rate in rates.items())
        total = math.fsum(rates.values())
        lost = self._lost(service.name)
        if lost and service.outside_rate:
            away = service.outside_rate * lost
            total, failed = total + away, failed + away
        self.truth[service.name].append(Health(at, total * seconds, failed * seconds))

    def error_ratio(self, service: str, *, since: float) -> float:
        """Return the true part of failed requests after the Unix time `since`."""
        recent = [health for health in self.truth[service] if health.at > since]
        requests = math.fsum(health.requests for health in recent)
        return math.fsum(health.failures for health in recent) / requests if requests else 0.0

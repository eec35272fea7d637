"""The metrics that the shop's programs count themselves, and Prometheus scrapes.

Counters live in the program: they begin at zero in every new pod and after every restart,
and they are gone from the scrape while the program does not run.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Route
from stanch.sandbox.shop.traffic import Answers

EDGES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper edges of the duration buckets in seconds; +Inf follows."""
STATUSES = (200, 400, 500, 502, 503, 504)
"""Every status is counted from zero on, so that a rate sees its first failure."""
_SPREAD = 0.45


@lru_cache(maxsize=4096)
def spread(median_milliseconds: int) -> tuple[float, ...]:
    """Return the part of requests in each bucket (+Inf last) for a usual duration."""
    if median_milliseconds >= 5000:
        return tuple(float(edge == 10.0) for edge in (*EDGES, math.inf))
    centre = math.log(max(median_milliseconds, 1) / 1000)
    below = [
        0.5 * (1 + math.erf((math.log(edge) - centre) / (_SPREAD * math.sqrt(2)))) for edge in EDGES
    ]
    parts = [high - low for low, high in zip([0.0, *below], [*below, 1.0], strict=True)]
    return tuple(parts)


@dataclass(slots=True)
class _RouteCounters:
    requests: dict[int, float]
    buckets: list[float]
    series: dict[int, Series]
    bucket_series: list[Series]
    sum_series: Series
    count_series: Series
    seconds: float = 0.0

    def samples(self) -> Iterator[tuple[Series, float]]:
        """Yield the sample of every series of this route."""
        for status, series in self.series.items():
            yield series, self.requests[status]
        total = 0.0
        for series, inside in zip(self.bucket_series, self.buckets, strict=True):
            total += inside
            yield series, total
        yield self.sum_series, self.seconds
        yield self.count_series, total


@dataclass(slots=True)
class Counters:
    """The counters of all running programs."""

    store: SeriesStore
    random: random.Random
    _lives: dict[tuple[str, int], dict[str, _RouteCounters]] = field(default_factory=dict)
    _left: dict[tuple[str, int, str], float] = field(default_factory=dict)

    def count(self, answers: Answers) -> list[int]:
        """Count what one pod answered; return how many requests had each of its outcomes."""
        life = self._lives.setdefault(answers.pod.life, {})
        path = answers.route.path
        if path not in life:
            life[path] = self._new(answers.pod, answers.route)
        counters = life[path]
        counted: list[int] = []
        for outcome in answers.outcomes:
            number = self._whole(
                (answers.pod.service, outcome.status, outcome.message),
                answers.requests * outcome.share,
            )
            counted.append(number)
            if not number:
                continue
            counters.requests[outcome.status] += number
            counters.seconds += number * outcome.median_seconds * 1.1
            self._fill(counters.buckets, number, round(outcome.median_seconds * 1000))
        return counted

    def _fill(self, buckets: list[float], number: int, median_milliseconds: int) -> None:
        """Put `number` requests into `buckets`, most by share and the rest by chance."""
        parts = spread(median_milliseconds)
        left = number
        if number > 4:
            for index, part in enumerate(parts):
                certain = int(number * part)
                buckets[index] += certain
                left -= certain
        for _ in range(left):
            buckets[self._chance(parts)] += 1

    def _chance(self, parts: tuple[float, ...]) -> int:
        drawn = self.random.random()
        for index, part in enumerate(parts):
            drawn -= part
            if drawn < 0:
                return index
        return bisect_left(EDGES, math.inf)

    def _whole(self, kind: tuple[str, int, str], expected: float) -> int:
        """Return a whole number of requests; what is left over counts for the next pod or tick.

        So the sum of a service stays near its expectation, with less noise than by chance.
        """
        whole, self._left[kind] = divmod(self._left.get(kind, 0.0) + expected, 1.0)
        return int(whole)

    def scrape(self, pods: list[PodView]) -> Iterator[tuple[Series, float]]:
        """Yield what a scrape of the running pods reads, `up` included."""
        running = {pod.life for pod in pods if pod.running_since is not None}
        self._lives = {life: kept for life, kept in self._lives.items() if life in running}
        for pod in pods:
            up = self.store.series("up", {**_target(pod), "job": NAMESPACE})
            yield up, float(pod.running_since is not None)
            if pod.running_since is None or pod.service not in SERVICES:
                continue
            life = self._lives.setdefault(pod.life, {})
            for route in SERVICES[pod.service].routes:
                if route.path not in life:
                    life[route.path] = self._new(pod, route)
                yield from life[route.path].samples()

    def _new(self, pod: PodView, route: Route) -> _RouteCounters:
        pairs = {**_target(pod), "version": pod.version, "route": route.path}
        duration = "http_request_duration_seconds"
        return _RouteCounters(
            requests=dict.fromkeys(STATUSES, 0.0),
            buckets=[0.0] * (len(EDGES) + 1),
            series={
                status: self.store.series(
                    "http_requests_total", {**pairs, "method": route.method, "code": str(status)}
                )
                for status in STATUSES
            },
            bucket_series=[
                self.store.series(f"{duration}_bucket", {**pairs, "le": edge})
                for edge in (*(f"{edge:g}" for edge in EDGES), "+Inf")
            ],
            sum_series=self.store.series(f"{duration}_sum", pairs),
            count_series=self.store.series(f"{duration}_count", pairs),
        )


def _target(pod: PodView) -> dict[str, str]:
    return {"namespace": NAMESPACE, "service": pod.service, "pod": pod.name}

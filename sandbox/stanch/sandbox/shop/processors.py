"""The law of processor time: what the programs want of it, and what follows when it is short.

The work of a pod follows from its requests and from its image. A container that wants more
than its limit is throttled: it answers fewer requests, and each of them later. The counters
are those of cAdvisor, beside the usage that shop.kube_metrics has.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.pods import PodView, cpu_limit
from stanch.sandbox.shop.rules import CRITICAL, Rule, by_deployment
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Route

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

PERIODS = 10.0
"""Periods of the scheduler per second, at the end of which a budget is given anew."""
EASE = 0.5
"""The part of its limit up to which a container is no slower than usual."""
_PERIODS = "container_cpu_cfs_periods_total"
_THROTTLED = "container_cpu_cfs_throttled_periods_total"
_SECONDS = "container_cpu_cfs_throttled_seconds_total"


class Processors(Part, Influence):
    """Slows what wants more processor time than it may have."""

    name = "processors"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._strain: dict[str, float] = {}
        self._counted: dict[tuple[str, int], tuple[float, float]] = {}
        self._at = shop.now

    @override
    def influences(self) -> tuple[Influence, ...]:
        return (self,)

    def strain(self, uid: str) -> float:
        """Return how much of its limit the container of a pod wants; above 1 is too much."""
        return self._strain.get(uid, 0.0)

    @override
    def begin(self, at: float) -> None:
        programs = self._shop.programs
        self._strain = {
            pod["metadata"]["uid"]: programs.wanted_cores(pod, container) / cpu_limit(container)
            for pod in self._shop.cluster.store.list("pods", NAMESPACE)
            for container in pod["spec"]["containers"][:1]
        }

    @override
    def capacity(self, pod: PodView) -> float:
        return min(1.0, 1.0 / (self.strain(pod.uid) or 1.0))

    @override
    def slowness(self, pod: PodView, route: Route) -> float:
        strain = self.strain(pod.uid)
        shared = 1.0 + 6.0 * max(0.0, strain - EASE)
        image = self._shop.registry.find(pod.image)
        hot = image.hot if image is not None else None
        if hot is None or hot.route != route.path:
            return shared
        own = hot.share * hot.cpu_seconds * max(1.0, strain)
        return shared + own / route.median_seconds

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        seconds, self._at = at - self._at, at
        counted: dict[tuple[str, int], tuple[float, float]] = {}
        for pod in self._shop.pods():
            if pod.running_since is None:
                continue
            periods, throttled = self._counted.get(pod.life, (0.0, 0.0))
            more = PERIODS * min(seconds, max(0.0, at - pod.running_since))
            part = min(0.97, max(0.0, (self.strain(pod.uid) - 0.7) / 0.5))
            periods, throttled = periods + more, throttled + more * part
            counted[pod.life] = periods, throttled
            pairs = {"namespace": NAMESPACE, "pod": pod.name, "container": pod.service}
            yield store.series(_PERIODS, pairs), periods
            yield store.series(_THROTTLED, pairs), throttled
            yield store.series(_SECONDS, pairs), throttled * 0.06
        self._counted = counted

    @override
    def rules(self) -> tuple[Rule, ...]:
        throttled = by_deployment(f'rate({_THROTTLED}{{namespace="shop"}}[1m])')
        periods = by_deployment(f'rate({_PERIODS}{{namespace="shop"}}[1m])')
        return (
            Rule(
                "CPUThrottlingHigh",
                f"({throttled}) / ({periods}) > 0.25",
                30,
                CRITICAL,
                "Containers of {{ $labels.deployment }} are throttled",
                "{{ $value | humanizePercentage }} of the periods of containers of"
                " {{ $labels.namespace }}/{{ $labels.deployment }} ended without processor time.",
            ),
        )

    @override
    def reasons(self) -> list[str]:
        short = [pod for pod in self._shop.pods() if pod.ready and self.strain(pod.uid) > 1]
        return [
            f"{name}: {count} pods want more processor time than they may have"
            for name in SERVICES
            if (count := sum(pod.service == name for pod in short))
        ]

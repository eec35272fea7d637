"""What CoreDNS counts of itself, under the names of its own exporter, and the alerts on it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from stanch.sandbox.shop.names_objects import RESOLVER, SPACE
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore

EDGES = (0.00025, 0.001, 0.004, 0.016, 0.064, 0.256, 1.024, 2.048, 4.096, 8.192)
_USUAL, _SLOW = 0.001, 4.096
_CODES = ("NOERROR", "NXDOMAIN", "SERVFAIL")
_LABELS = MappingProxyType({"namespace": SPACE, "deployment": RESOLVER})


@dataclass(slots=True)
class Questions:
    """The questions per second of one tick, by what becomes of them."""

    found: float = 0.0
    missing: float = 0.0
    """Names that do not exist."""
    lost: float = 0.0
    """The part of all that is not answered, because there are too many."""

    @property
    def all(self) -> float:
        """All questions per second."""
        return self.found + self.missing


@dataclass(slots=True)
class _Life:
    codes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_CODES, 0.0))
    quick: float = 0.0
    slow: float = 0.0


@dataclass(slots=True)
class Counted:
    """The counters of the running pods; a pod that is gone takes its own with it."""

    _lives: dict[tuple[str, str], _Life] = field(default_factory=dict)

    def add(self, pods: Sequence[tuple[str, str]], questions: Questions, *, seconds: float) -> None:
        """Count the questions of `seconds`, spread evenly over `pods` (name and UID)."""
        self._lives = {pod: self._lives.get(pod) or _Life() for pod in pods}
        for life in self._lives.values():
            each = seconds / len(self._lives)
            answered = 1 - questions.lost
            life.codes["NOERROR"] += questions.found * answered * each
            life.codes["NXDOMAIN"] += questions.missing * answered * each
            life.codes["SERVFAIL"] += questions.all * questions.lost * each
            life.quick += questions.all * answered * each
            life.slow += questions.all * questions.lost * each

    def samples(
        self, store: SeriesStore, present: Sequence[str], alive: Collection[str]
    ) -> Iterator[tuple[Series, float]]:
        """Yield what a scrape of the resolver's pods reads, `up` included."""
        for name in present:
            target = {"job": RESOLVER, "namespace": SPACE, "pod": name}
            yield store.series("up", target), float(name in alive)
        for (name, _), life in self._lives.items():
            target = {"job": RESOLVER, "namespace": SPACE, "pod": name, "server": "dns://:53"}
            for code, value in life.codes.items():
                pairs = {**target, "zone": ".", "rcode": code, "plugin": "kubernetes"}
                yield store.series("coredns_dns_responses_total", pairs), float(round(value))
            asked = {**target, "zone": ".", "proto": "udp", "type": "A"}
            total = float(round(sum(life.codes.values())))
            yield store.series("coredns_dns_requests_total", asked), total
            yield from _durations(store, {**target, "zone": "."}, life)


def _durations(
    store: SeriesStore, pairs: dict[str, str], life: _Life
) -> Iterator[tuple[Series, float]]:
    name = "coredns_dns_request_duration_seconds"
    for edge in EDGES:
        inside = life.quick * (edge >= _USUAL) + life.slow * (edge >= _SLOW)
        yield store.series(f"{name}_bucket", {**pairs, "le": f"{edge:g}"}), float(round(inside))
    total = float(round(life.quick + life.slow))
    yield store.series(f"{name}_bucket", {**pairs, "le": "+Inf"}), total
    yield store.series(f"{name}_count", pairs), total
    yield store.series(f"{name}_sum", pairs), life.quick * _USUAL / 2 + life.slow * _SLOW


def rules() -> tuple[Rule, ...]:
    """Return the alert rules about the resolver."""
    every, failed, missing, found = (
        f"sum(rate(coredns_dns_responses_total{chosen}[2m]))"
        for chosen in ("", '{rcode="SERVFAIL"}', '{rcode="NXDOMAIN"}', '{rcode="NOERROR"}')
    )
    critical = MappingProxyType({"severity": "critical", **_LABELS})
    warning = MappingProxyType({"severity": "warning", **_LABELS})
    return (
        Rule(
            "CoreDNSDown",
            f'absent(up{{job="{RESOLVER}"}} == 1)',
            60,
            critical,
            "The cluster's resolver has disappeared",
            "No pod of CoreDNS could be scraped for a minute.",
        ),
        Rule(
            "CoreDNSErrorsHigh",
            f"{failed} / {every} > 0.03",
            60,
            critical,
            "The cluster's resolver fails to answer",
            "CoreDNS answers {{ $value | humanizePercentage }} of all questions with SERVFAIL.",
        ),
        Rule(
            "CoreDNSNXDomainHigh",
            f"{missing} > ({found} or vector(0))",
            60,
            warning,
            "Most names that pods ask for do not exist",
            "{{ $value | humanize }} answers per second say that the name does not exist.",
        ),
        Rule(
            "CoreDNSLatencyHigh",
            "histogram_quantile(0.99, sum by (le)"
            " (rate(coredns_dns_request_duration_seconds_bucket[2m]))) > 1",
            60,
            warning,
            "The cluster's resolver is slow",
            "The slowest hundredth of the answers of CoreDNS take {{ $value | humanize }} s.",
        ),
    )

"""What is measured from outside: blackbox_exporter's probes, the flags and the gateways.

The series have the names of blackbox_exporter, cert-manager, Unleash and HAProxy; their
values follow from the same truth as the answers of the real sockets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES
from stanch.sandbox.web.balancer import Balancer
from stanch.sandbox.web.bank import Bank
from stanch.sandbox.web.certificates import Certificates, secret_name
from stanch.sandbox.web.flags import PROJECT, FlagBook
from stanch.sandbox.web.names import BACKENDS, BANK, BANK_CALLER, FRONTS, backend_of

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_WELL = 0.045
_HANDSHAKE = 0.012
_TIMEOUT = 10.0
"""Seconds after which blackbox_exporter gives up."""
_CRITICAL = MappingProxyType({"severity": "critical"})
_WARNING = MappingProxyType({"severity": "warning"})
_SOON = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Probe:
    """What one probe measured."""

    status: int
    seconds: float
    expires: float

    @property
    def success(self) -> bool:
        """Whether it was answered well."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class Exporters:
    """Scrapes all of it."""

    shop: "Shop"
    certificates: Certificates
    bank: Bank
    bank_expires: float
    flags: FlagBook
    balancer: Balancer
    _counted: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _at: float | None = None

    def scrape(self, store: SeriesStore, at: float) -> Iterator[tuple[Series, float]]:
        """Yield the samples of all exporters."""
        for name, service in FRONTS.items():
            yield from _probed(store, name, service, self._front(service, at))
        yield from _probed(store, BANK, BANK_CALLER, self._bank())
        yield from self._renewals(store)
        yield from self._switches(store)
        yield from self._gateways(store, at)
        self._at = at

    def _front(self, service: str, at: float) -> Probe:
        served = self.certificates.served(service)
        if not served:
            return Probe(503, _WELL, 0.0)
        first = min(one.not_after for one in served)
        if first <= at:
            return Probe(0, _HANDSHAKE, first)
        backend = backend_of(service)
        lost = self.balancer.lost(backend) if backend is not None else 0.0
        return Probe(502 if lost > 0.5 else 200, _WELL, first)

    def _bank(self) -> Probe:
        match self.bank.state:
            case "well":
                return Probe(200, _WELL, self.bank_expires)
            case "errors":
                return Probe(503, _WELL, self.bank_expires)
            case "timeouts":
                return Probe(0, _TIMEOUT, self.bank_expires)

    def _renewals(self, store: SeriesStore) -> Iterator[tuple[Series, float]]:
        for service in FRONTS.values():
            issued = self.certificates.stored(service)
            if issued is not None:
                labels = {"namespace": NAMESPACE, "name": secret_name(service)}
                series = store.series(
                    "certmanager_certificate_expiration_timestamp_seconds", labels
                )
                yield series, issued.not_after

    def _switches(self, store: SeriesStore) -> Iterator[tuple[Series, float]]:
        totals: dict[tuple[str, str, str], float] = {}
        for flag in self.flags.flags.values():
            for environment in flag.on:
                for action in ("enable", "disable"):
                    totals[flag.name, environment, action] = 0.0
        for one in self.flags.events:
            totals[one.flag, one.environment, "enable" if one.enabled else "disable"] += 1
        for (flag_name, environment, action), count in totals.items():
            labels = {
                "toggle": flag_name,
                "project": PROJECT,
                "environment": environment,
                "action": action,
                "job": "unleash",
            }
            yield store.series("feature_toggle_update_total", labels), count

    def _gateways(self, store: SeriesStore, at: float) -> Iterator[tuple[Series, float]]:
        passed = at - self._at if self._at is not None else 0.0
        for backend, gateways in self.balancer.backends.items():
            shares = self.balancer.shares(backend)
            for name, gateway in gateways.items():
                labels = {
                    "namespace": NAMESPACE,
                    "proxy": backend,
                    "server": name,
                    "job": "haproxy",
                }
                yield store.series("haproxy_server_weight", labels), float(gateway.weight)
                yield store.series("haproxy_server_status", {**labels, "state": "UP"}), 1.0
                sessions = SERVICES[BACKENDS[backend]].outside_rate * shares[name] * passed
                counted = {
                    "haproxy_server_sessions_total": sessions,
                    # What never came back from it; what the shop itself answers is no error of it.
                    "haproxy_server_response_errors_total": sessions * gateway.loses,
                }
                for metric, more in counted.items():
                    key = (metric, backend, name)
                    self._counted[key] = self._counted.get(key, 0.0) + more
                    yield store.series(metric, labels), self._counted[key]


def _probed(
    store: SeriesStore, name: str, service: str, probe: Probe
) -> Iterator[tuple[Series, float]]:
    labels = labels_of_probe(name, service)
    values = {
        "probe_success": float(probe.success),
        "probe_http_status_code": float(probe.status),
        "probe_duration_seconds": probe.seconds,
        "probe_http_ssl": 1.0,
    }
    if probe.expires:
        values["probe_ssl_earliest_cert_expiry"] = probe.expires
    for metric, value in values.items():
        yield store.series(metric, labels), value


def labels_of_probe(name: str, service: str) -> Mapping[str, str]:
    """Return the labels that the probe of a name has."""
    return {
        "job": "blackbox-https",
        "instance": f"https://{name}/healthz",
        "host": name,
        "namespace": NAMESPACE,
        "service": service,
        "deployment": service,
    }


def rules() -> tuple[Rule, ...]:
    """Return the alert rules on what is measured from outside."""
    return (*_of_probes(), *_of_gateways(), *_of_pages())


def _of_probes() -> tuple[Rule, ...]:
    left = "probe_ssl_earliest_cert_expiry - time()"
    return (
        Rule(
            "BlackboxProbeFailed",
            'probe_success{job="blackbox-https"} == 0',
            30,
            _CRITICAL,
            "The probe of {{ $labels.instance }} fails",
            "{{ $labels.instance }} has not been answered well for half a minute.",
        ),
        Rule(
            "BlackboxSslCertificateExpired",
            f"{left} <= 0",
            0,
            _CRITICAL,
            "The certificate of {{ $labels.host }} has expired",
            "The certificate that {{ $labels.instance }} serves ended {{ $value | humanize }} s"
            " from now.",
        ),
        Rule(
            "BlackboxSslCertificateWillExpireSoon",
            f"(0 < {left}) < {_SOON}",
            0,
            _WARNING,
            "The certificate of {{ $labels.host }} expires soon",
            "The certificate that {{ $labels.instance }} serves ends in {{ $value | humanize }} s.",
        ),
    )


def _of_gateways() -> tuple[Rule, ...]:
    by = "sum by (namespace, proxy, server)"
    total = f"{by} (rate(haproxy_server_sessions_total[1m]))"
    bad = f"{by} (rate(haproxy_server_response_errors_total[1m]))"
    return (
        Rule(
            "HaproxyServerResponseErrors",
            f"{bad} / {total} > 0.05",
            30,
            _CRITICAL,
            "The server {{ $labels.server }} of {{ $labels.proxy }} loses requests",
            "{{ $value | humanizePercentage }} of what HAProxy sent through"
            " {{ $labels.proxy }}/{{ $labels.server }} was not answered.",
        ),
    )


def _of_pages() -> tuple[Rule, ...]:
    quantile = (
        "histogram_quantile(0.9, sum by (namespace, service, route, le)"
        ' (rate(http_request_duration_seconds_bucket{service="catalog"}[1m])))'
    )
    return (
        Rule(
            "HttpRequestsSlow",
            f"{quantile} > 0.8",
            60,
            MappingProxyType({"severity": "warning", "deployment": "{{ $labels.service }}"}),
            "{{ $labels.service }} is slow on {{ $labels.route }}",
            "One request in ten to {{ $labels.service }}{{ $labels.route }} takes longer than"
            " {{ $value | humanize }} s.",
        ),
    )

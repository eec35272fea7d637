"""The way to the image registry: what a node is told that wants an image now.

What a node has already it starts without asking. So an outage shows where images are new:
in releases, and in pods that moved to a node which never ran them.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.shop.images import ImageRegistry
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.services import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stanch.sandbox.shop.series import Series, SeriesStore
    from stanch.sandbox.shop.shop import Shop

HOST = REGISTRY.partition("/")[0]
REFUSED = "dial tcp 10.0.0.50:443: connect: connection refused"
TIMED_OUT = "dial tcp 10.0.0.50:443: i/o timeout"
UNAVAILABLE = "unexpected status from HEAD request: 503 Service Unavailable"
OUTAGES = (REFUSED, TIMED_OUT, UNAVAILABLE)
"""What the container runtime hears of a registry that does not work."""


def pull_error(registry: ImageRegistry, image: str) -> str:
    """Return why `image` cannot be fetched now, as the container runtime words it, or ""."""
    if not registry.outage:
        return ""
    name, _, tag = image.rpartition(":")
    url = f"https://{HOST}/v2/{name.partition('/')[2]}/manifests/{tag}"
    return (
        f'rpc error: code = Unknown desc = failed to pull and unpack image "{image}": failed to '
        f'resolve reference "{image}": failed to do request: Head "{url}": {registry.outage}'
    )


class Registry(Part):
    """Measures from outside whether the registry answers."""

    name = "registry"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    @override
    def scrape(self, store: "SeriesStore", at: float) -> "Iterable[tuple[Series, float]]":
        """Return what a blackbox exporter finds at the registry's address."""
        pairs = {"job": "blackbox", "instance": f"https://{HOST}/v2/"}
        well = not self._shop.registry.outage
        yield store.series("probe_success", pairs), float(well)
        told = 503.0 if self._shop.registry.outage == UNAVAILABLE else 0.0
        yield store.series("probe_http_status_code", pairs), 200.0 if well else told

    @override
    def rules(self) -> tuple[Rule, ...]:
        """Return the alert rule about the registry."""
        return (
            Rule(
                "ImageRegistryDown",
                f'probe_success{{instance="https://{HOST}/v2/"}} == 0',
                60,
                MappingProxyType({"severity": "critical"}),
                "The image registry does not answer",
                "{{ $labels.instance }} has not answered for a minute.",
            ),
        )

    @override
    def reasons(self) -> list[str]:
        """Say that no image can be fetched."""
        return ["registry: no image can be fetched"] if self._shop.registry.outage else []

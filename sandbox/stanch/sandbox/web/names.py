"""The names that the practice world answers to, and who answers.

All of them lead to one port on loopback; the name in the TLS handshake and in the Host
header tells them apart.
"""

from collections.abc import Mapping
from types import MappingProxyType

BANK = "bank.example"
FLAGS = "flags.shop.example"
FLAGD = "flagd.shop.example"
BALANCER = "lb.shop.example"
LAUNCHDARKLY = "launchdarkly.shop.example"
EDGE = "edge.shop.example"
FRONTS: Mapping[str, str] = MappingProxyType(
    {"shop.example": "storefront", "api.shop.example": "checkout"}
)
"""The shop's own names, with the service whose pods serve their certificate."""
INFRASTRUCTURE = (BANK, FLAGS, FLAGD, BALANCER, LAUNCHDARKLY, EDGE)
BACKENDS: Mapping[str, str] = MappingProxyType({"shop": "storefront", "api": "checkout"})
"""What the load balancer calls its backends, with the service behind each."""
BANK_CALLER = "payments"
BANK_ROUTE = "/charge"


def backend_of(service: str) -> str | None:
    """Return what the load balancer calls the backend of `service`; None when it has none."""
    return next((name for name, one in BACKENDS.items() if one == service), None)


def front_of(service: str) -> str | None:
    """Return the name that customers reach `service` by; None when it has none."""
    return next((name for name, one in FRONTS.items() if one == service), None)

"""The services of the shop as data: their routes, who calls whom, traffic, sizes and history.

Everything else of the shop (objects, traffic, metrics, faults) is derived from these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NAMESPACE = "shop"
REGISTRY = "registry.local/shop"


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request that a service answers."""

    path: str
    method: str
    share: float
    """Part of the service's outside requests that take this route."""
    median_seconds: float
    calls: tuple[str, str] | None = None
    """The service and route that each request calls in turn."""


@dataclass(frozen=True, slots=True)
class Release:
    """An older version in the rollout history, and when it went out."""

    version: str
    hours_ago: float


@dataclass(frozen=True, slots=True)
class Service:
    """One service: one Deployment, one Service, one ConfigMap, and a Secret for its database."""

    name: str
    replicas: int
    outside_rate: float
    """Requests per second that come from outside the shop."""
    pod_capacity: float
    """Requests per second that one pod can answer."""
    routes: tuple[Route, ...]
    releases: tuple[Release, ...]
    memory_mib: int
    memory_limit_mib: int
    cpu_request: str
    config: Mapping[str, str]
    max_surge: int | str = 1
    max_unavailable: int | str = 0
    database: bool = False
    """Whether it logs in to the shop's database, with the password in its Secret."""

    @property
    def version(self) -> str:
        """The version that runs when all is well."""
        return self.releases[-1].version

    def image(self, version: str) -> str:
        """Return the image of `version`."""
        return f"{REGISTRY}/{self.name}:{version}"

    def route(self, path: str) -> Route:
        """Return the route called `path`."""
        return next(route for route in self.routes if route.path == path)


STOREFRONT = Service(
    name="storefront",
    replicas=3,
    outside_rate=120.0,
    pod_capacity=70.0,
    routes=(
        Route("/", "GET", 0.30, 0.045, ("catalog", "/items")),
        Route("/products", "GET", 0.36, 0.060, ("catalog", "/search")),
        Route("/cart", "GET", 0.30, 0.030),
        Route("/checkout", "POST", 0.04, 0.180, ("checkout", "/pay")),
    ),
    releases=(Release("4.11.0", 69.5), Release("4.11.1", 44.2), Release("4.12.0", 21.7)),
    memory_mib=140,
    memory_limit_mib=256,
    cpu_request="200m",
    config=MappingProxyType(
        {
            "CATALOG_URL": "http://catalog:8080",
            "CHECKOUT_URL": "http://checkout:8080",
            "REQUEST_TIMEOUT_MS": "6000",
            "WORKERS": "16",
        }
    ),
    max_unavailable=1,
)
CHECKOUT = Service(
    name="checkout",
    replicas=4,
    outside_rate=36.0,
    pod_capacity=16.0,
    routes=(
        Route("/pay", "POST", 0.55, 0.120, ("payments", "/charge")),
        Route("/quote", "GET", 0.45, 0.035),
    ),
    releases=(Release("1.8.0", 70.3), Release("1.8.1", 46.9), Release("1.8.2", 19.4)),
    memory_mib=185,
    memory_limit_mib=320,
    cpu_request="250m",
    config=MappingProxyType(
        {
            "PAYMENTS_URL": "http://payments:8080",
            "PAYMENTS_TIMEOUT_MS": "6000",
            "PRICE_CACHE_SECONDS": "30",
            "WORKERS": "8",
        }
    ),
    max_unavailable="50%",
)
CATALOG = Service(
    name="catalog",
    replicas=3,
    outside_rate=10.0,
    pod_capacity=50.0,
    routes=(
        Route("/items", "GET", 0.60, 0.018),
        Route("/search", "GET", 0.40, 0.040),
    ),
    releases=(Release("2.3.0", 68.1), Release("2.4.0", 51.6), Release("2.4.1", 27.3)),
    memory_mib=210,
    memory_limit_mib=384,
    cpu_request="150m",
    config=MappingProxyType(
        {
            "DATABASE_URL": "postgresql://shop-db:5432/shop",
            "PAGE_SIZE": "48",
            "WORKERS": "12",
        }
    ),
    database=True,
    max_unavailable=1,
)
PAYMENTS = Service(
    name="payments",
    replicas=2,
    outside_rate=1.0,
    pod_capacity=30.0,
    routes=(
        Route("/charge", "POST", 0.0, 0.070),
        Route("/refund", "POST", 1.0, 0.090),
    ),
    releases=(Release("3.1.2", 67.4), Release("3.1.3", 49.8), Release("3.2.0", 30.5)),
    memory_mib=160,
    memory_limit_mib=320,
    cpu_request="200m",
    config=MappingProxyType(
        {
            "DATABASE_URL": "postgresql://shop-db:5432/shop",
            "POOL_SIZE": "20",
            "POOL_WAIT_MS": "5000",
            "WORKERS": "8",
        }
    ),
    database=True,
)

SERVICES: Mapping[str, Service] = MappingProxyType(
    {one.name: one for one in (STOREFRONT, CHECKOUT, CATALOG, PAYMENTS)}
)
"""All services, each before those that it calls."""

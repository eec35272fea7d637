"""How often the shop's programs ask for names, and how many questions each name costs.

A pod's resolver tries its search list before a name that has fewer dots than `ndots`; each
try is two questions, for the old and the new kind of address.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stanch.sandbox.cluster.store import Store
from stanch.sandbox.shop.names_objects import ZONE
from stanch.sandbox.shop.ports_metrics import MONITORING
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Service

SEARCH = (f"{NAMESPACE}.svc.{ZONE}", f"svc.{ZONE}", ZONE, "internal")
KINDS = 2
NDOTS = 5
ASKING = 0.9
"""The part of the calls that open a connection, and so need the name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the pods of a service ask for when they call another one."""

    caller: str
    service: str
    host: str
    """The name as the configuration has it."""
    tries: tuple[str, ...]
    """The full names that are asked for, in this order, until one is found."""


def asked(store: Store) -> Iterator[Asked]:
    """Yield who asks for whom, by the configuration of the deployments as they are."""
    for caller in SERVICES.values():
        deployment = store.find("deployments", NAMESPACE, caller.name)
        if deployment is None:
            continue
        template = deployment["spec"]["template"]["spec"]
        hosts = dict(_hosts(_settings(store, template, caller)))
        for callee in sorted({route.calls[0] for route in caller.routes if route.calls}):
            host = hosts.get(callee, callee)
            yield Asked(caller.name, callee, host, tuple(_tries(host, _ndots(template))))


def probed() -> Iterator[Asked]:
    """Yield what the probes ask for: every service, by its full name at once."""
    for service in SERVICES:
        host = f"{service}.{NAMESPACE}.svc.{ZONE}"
        yield Asked(MONITORING, service, host, (host,))


def rates(load: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Return the calls per second from service to service, given each service's requests."""
    found: dict[tuple[str, str], float] = {}
    for service in SERVICES.values():
        for route in service.routes:
            if route.calls:
                key = (service.name, route.calls[0])
                found[key] = found.get(key, 0.0) + load.get(service.name, 0.0) * route.share
    return found


def _settings(store: Store, template: Mapping[str, Any], caller: Service) -> Iterator[str]:
    """Yield the values of the configuration, the program's own ones first."""
    yield from caller.config.values()
    for container in template["containers"]:
        for source in container.get("envFrom", ()):
            name = (source.get("configMapRef") or {}).get("name", "")
            found = store.find("configmaps", NAMESPACE, name)
            yield from (found or {}).get("data", {}).values()
        yield from (one.get("value", "") for one in container.get("env", ()))


def _hosts(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        if value.startswith("http"):
            host = urlsplit(value).hostname or ""
            yield host.partition(".")[0], host


def _ndots(template: Mapping[str, Any]) -> int:
    for option in (template.get("dnsConfig") or {}).get("options", ()):
        if option.get("name") == "ndots" and str(option.get("value", "")).isdigit():
            return int(option["value"])
    return NDOTS


def _tries(host: str, ndots: int) -> Iterator[str]:
    if host.endswith("."):
        yield host.rstrip(".")
        return
    if host.count(".") >= ndots:
        yield host
    yield from (f"{host}.{domain}" for domain in SEARCH)
    if host.count(".") < ndots:
        yield host

"""Targets: which hosts and which database an incident is about, where a step names none.

They come from the labels of the alert (a host by its name, a database by its own), and
else from what the settings say of the service that the alert names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from stanch.incident import Incident
from stanch.settings import Settings
from stanch.settings.targets import ServiceSettings, Targets
from stanch.tools.operations import (
    GuideStep,
    HostRead,
    Intent,
    Operation,
    RevertCommit,
    SqlRead,
)

_OF_HOST = ("host", "nodename", "instance", "node")
_OF_DATABASE = ("datname", "database")
_OF_SERVICE = ("service", "deployment", "app", "job")


@dataclass(frozen=True, slots=True)
class Place:
    """The hosts, the database and the repository of one incident, as the settings name them."""

    hosts: tuple[str, ...] = ()
    database: str | None = None
    repository: str | None = None


def place(settings: Settings, incident: Incident) -> Place:
    """Return where the steps of an incident look that name no host or database."""
    labels = dict(_labels(incident))
    targets = settings.targets
    service = next(
        (targets.services[labels[n]] for n in _OF_SERVICE if labels.get(n) in targets.services),
        None,
    )
    return Place(
        hosts=_hosts(targets, labels, service),
        database=_database(targets, labels, service),
        repository=service.repository if service is not None else None,
    )


def of_read(where: Place, operation: Operation) -> tuple[Operation, str]:
    """Return the operation with its target named, and why it cannot be run if it cannot."""
    if isinstance(operation, HostRead) and operation.host is None and not operation.hosts:
        if not where.hosts:
            return operation, "no host is known for this alert: name it under [services] or [hosts]"
        one = len(where.hosts) == 1
        named = {"host": where.hosts[0]} if one else {"hosts": where.hosts}
        return operation.model_copy(update=named), ""
    if isinstance(operation, SqlRead) and operation.database is None:
        if where.database is None:
            return operation, "no database is known for this alert: name it under [databases]"
        return operation.model_copy(update={"database": where.database}), ""
    return operation, ""


def of_intent(where: Place, intent: Intent) -> Intent:
    """Return the intent with its target named, where the incident has just one."""
    fields = type(intent).model_fields
    if isinstance(intent, RevertCommit):
        named = intent.repository or where.repository
        return intent.model_copy(update={"repository": named})
    if isinstance(intent, GuideStep):
        # It names what it is about, or nothing: a guess would stand in the approval.
        return intent
    if "database" in fields and getattr(intent, "database", None) is None and where.database:
        return intent.model_copy(update={"database": where.database})
    if "hosts" in fields and getattr(intent, "host", None) is None and len(where.hosts) == 1:
        return intent.model_copy(update={"host": where.hosts[0]})
    return intent


def _labels(incident: Incident) -> Iterator[tuple[str, str]]:
    """Yield the labels of all alerts, those of the incident's own last, so that they hold."""
    for alert in (*reversed(incident.related), incident.alert):
        yield from alert.labels.items()
    yield from incident.params.items()


def _hosts(
    targets: Targets, labels: dict[str, str], service: ServiceSettings | None
) -> tuple[str, ...]:
    known = set(targets.hosts) | {host for group in targets.groups.values() for host in group}
    for name in _OF_HOST:
        bare = labels.get(name, "").partition(":")[0]
        if bare in known:
            return (bare,)
    return targets.members(service.hosts) if service is not None and service.hosts else ()


def _database(
    targets: Targets, labels: dict[str, str], service: ServiceSettings | None
) -> str | None:
    for name in _OF_DATABASE:
        if labels.get(name) and (found := targets.database_of(labels[name])):
            return found
    if service is not None and service.database:
        return service.database
    return targets.database_of(None)

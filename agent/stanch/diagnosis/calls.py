"""Which services a workload calls, read from its own configuration.

A pod template names them in environment values, or in a ConfigMap that it takes its
environment from. Only hosts that were seen as a Service or a Deployment count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stanch.diagnosis.json_reading import Json, mapping, mappings, text
from stanch.diagnosis.view import View

_HOST = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*://)(?:[^@/\s]*@)?(?P<host>[a-z0-9][a-z0-9.-]*)"
    r"|^(?P<bare>[a-z0-9][a-z0-9.-]*):\d{1,5}$"
)
_NOTHING: tuple[Json, str] = ({}, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A service that a workload calls."""

    service: str
    deployment: str
    setting: str
    """The name of the setting that names it."""
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What a workload calls."""

    callees: tuple[Callee, ...]
    complete: bool
    """Whether all of its configuration was read."""


def calls(view: View, deployment: str) -> Calls | None:
    """Return what `deployment` calls, or None when the deployment was not read."""
    deployments = view.deployments()
    if deployment not in deployments:
        return None
    own = deployments[deployment]
    services = {**{name: name for name in deployments}, **view.services()}
    maps = view.config_maps()
    found: dict[str, Callee] = {}
    complete = True
    for container in mappings(own.template, "spec", "containers"):
        for source in mappings(container, "envFrom"):
            name = text(source, "configMapRef", "name")
            complete = complete and (name in maps)
        for setting, value, evidence in _settings(container, maps):
            service = _service(value, view.namespace)
            if service in services and services[service] != deployment:
                sources = tuple(dict.fromkeys((own.evidence, evidence or own.evidence)))
                found.setdefault(
                    service,
                    Callee(
                        service=service,
                        deployment=services[service],
                        setting=setting,
                        evidence=sources,
                    ),
                )
    return Calls(callees=tuple(found[name] for name in sorted(found)), complete=complete)


def sources(template: Json) -> Iterator[str]:
    """Yield the names of the ConfigMaps that a pod template takes values or files from."""
    for part in ("initContainers", "containers"):
        for container in mappings(template, "spec", part):
            for source in mappings(container, "envFrom"):
                yield text(source, "configMapRef", "name")
            for variable in mappings(container, "env"):
                yield text(variable, "valueFrom", "configMapKeyRef", "name")
    for volume in mappings(template, "spec", "volumes"):
        yield text(volume, "configMap", "name")
        for source in mappings(volume, "projected", "sources"):
            yield text(source, "configMap", "name")


def _settings(
    container: Json, maps: Mapping[str, tuple[Json, str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and evidence of each setting that can be known."""
    for variable in mappings(container, "env"):
        yield text(variable, "name"), text(variable, "value"), ""
        reference = mapping(variable, "valueFrom", "configMapKeyRef")
        data, evidence = maps.get(text(reference, "name"), _NOTHING)
        yield text(variable, "name"), text(data, text(reference, "key")), evidence
    for source in mappings(container, "envFrom"):
        data, evidence = maps.get(text(source, "configMapRef", "name"), _NOTHING)
        for key in data:
            yield key, text(data, key), evidence


def _service(value: str, namespace: str) -> str:
    """Return the service that a setting's value names in this namespace, or nothing."""
    found = _HOST.match(value)
    if found is None:
        return ""
    service, _, rest = (found["host"] or found["bare"]).partition(".")
    where = rest.partition(".")[0]
    return service if where in {"", namespace} else ""

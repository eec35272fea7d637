"""What a container's environment is read from, and what of it is missing in the cluster."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from stanch.sandbox.cluster.store import Store


class Reference(NamedTuple):
    """A place that a container reads; without a key it wants the whole object."""

    plural: str
    kind: str
    name: str
    key: str


def missing(store: Store, namespace: str, container: dict[str, Any]) -> str:
    """Return what keeps a container from being created, or "" when all is there."""
    for one in _references(container):
        found = store.find(one.plural, namespace, one.name)
        if found is None:
            return f'{one.kind.lower()} "{one.name}" not found'
        held = {**found.get("data", {}), **found.get("binaryData", {})}
        if one.key and one.key not in held:
            return f"couldn't find key {one.key} in {one.kind} {namespace}/{one.name}"
    return ""


def _references(container: dict[str, Any]) -> Iterator[Reference]:
    """Yield what must be there, in the order in which the kubelet looks."""
    for source in container.get("envFrom", ()):
        yield from _reference(source, "configMapRef", "secretRef")
    for variable in container.get("env", ()):
        yield from _reference(variable.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")


def _reference(source: dict[str, Any], config_map: str, secret: str) -> Iterator[Reference]:
    kinds = ((config_map, "configmaps", "ConfigMap"), (secret, "secrets", "Secret"))
    for field, plural, kind in kinds:
        found = source.get(field)
        if found and not found.get("optional"):
            yield Reference(plural, kind, found["name"], found.get("key", ""))

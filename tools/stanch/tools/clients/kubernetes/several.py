"""Several objects in one read: lists over resources, and objects by name."""

from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog, NotServedError
from stanch.tools.clients.kubernetes.describe import describe
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.clients.kubernetes.objects import cleaned
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.kubernetes_names import BUILT_IN, canonical
from stanch.tools.operations.kubernetes_several import DescribeSeveral, ListSeveral, ReadSeveral
from stanch.tools.operations.selectors import as_text

_MOST_DESCRIBED = 20


def list_several(operation: ListSeveral, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return the objects of several resources; a built-in one that is not served has none."""
    labels, fields = as_text(operation.labels), as_text(operation.fields)
    found: list[dict[str, Any]] = []
    for resource in operation.resources:
        try:
            kind = catalog.find(resource, visit)
            where = operation.namespace if kind.namespaced else None
            items = visit.items(kind, where, labels=labels, fields=fields, cap=cap)
            found += cap.first(items)
        except (NotServedError, NotFoundError):
            # Not every cluster has every resource that `all` means.
            if canonical(resource) not in BUILT_IN:
                raise
    names = ", ".join(operation.resources)
    return Found({"items": found}, f"{len(found)} objects of {names}", cap.truncated)


def read_several(operation: ReadSeveral, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return several named objects."""
    things: list[dict[str, Any]] = []
    for one in operation.objects:
        kind = catalog.find(one.resource, visit)
        where = operation.namespace if kind.namespaced else None
        things.append(cleaned(visit.get(kind, where, one.name), kind.plural))
    found = cap.first(things)
    return Found({"items": found}, f"{len(found)} objects", cap.truncated)


def describe_several(operation: DescribeSeveral, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return several objects, each with what belongs to it."""
    chosen: list[tuple[Kind, dict[str, Any]]] = []
    more = False
    for one in operation.objects:
        kind = catalog.find(one.resource, visit)
        where = operation.namespace if kind.namespaced else None
        chosen.append((kind, cleaned(visit.get(kind, where, one.name), kind.plural)))
    labels, room = as_text(operation.labels), Cap(64 * 1024 * 1024)
    for resource in operation.resources:
        kind = catalog.find(resource, visit)
        where = operation.namespace if kind.namespaced else None
        for thing in visit.items(kind, where, labels=labels, cap=room):
            if len(chosen) == _MOST_DESCRIBED:
                more = True
                break
            chosen.append((kind, thing))
    items: list[dict[str, Any]] = []
    for at, (kind, thing) in enumerate(chosen):
        share = Cap(max(cap.left // (len(chosen) - at), 1))
        described = describe(kind, thing, visit, share)
        items.append(described.data)
        cap.fits(described.data)
        more = more or described.truncated
    return Found({"items": items}, f"{len(items)} objects, each with its events", more)

"""A ConfigMap with the versions that it could be put back to."""

import json
from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import KINDS
from stanch.tools.clients.kubernetes.objects import LAST_APPLIED, annotations_of, cleaned, name_of
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.config_restore import InspectConfigMap, stem_of

_CONFIG_MAPS: Final = KINDS["configmaps"]
_ROOM: Final = 64 * 1024 * 1024


def inspect(operation: InspectConfigMap, visit: Visit, cap: Cap) -> Found:
    """Return the ConfigMap, what was applied last, and its earlier versions.

    Raises:
        OperationRefusedError: it, or the one that is named beside it, is not there.
    """
    thing = visit.get(_CONFIG_MAPS, operation.namespace, operation.name)
    shown = cap.shortened(cleaned(thing, _CONFIG_MAPS.plural))
    applied = _applied(thing)
    earlier = cap.first(_earlier(operation, visit))
    data = {"object": shown, "applied": applied, "earlier": earlier}
    text = f"config map {operation.name} with {len(earlier)} earlier versions beside it"
    return Found(data, text, cap.truncated)


def _applied(thing: dict[str, Any]) -> dict[str, str] | None:
    """Return the data that kubectl applied last; None where that was not kept or is no data."""
    try:
        kept = json.loads(annotations_of(thing).get(LAST_APPLIED, "null"))
    except ValueError:
        return None
    found = kept.get("data") if isinstance(kept, Mapping) else None
    if not isinstance(found, Mapping) or not all(isinstance(one, str) for one in found.values()):
        return None
    return dict(found)


def _earlier(operation: InspectConfigMap, visit: Visit) -> list[dict[str, Any]]:
    namespace = operation.namespace
    if operation.from_name is not None:
        found = visit.get(_CONFIG_MAPS, namespace, operation.from_name)
        return [cleaned(found, _CONFIG_MAPS.plural)]
    stem = stem_of(operation.name)
    if stem is None:
        return []
    room = Cap(_ROOM)
    siblings = [
        one
        for one in visit.items(_CONFIG_MAPS, namespace, cap=room)
        if stem_of(name_of(one)) == stem and name_of(one) != operation.name
    ]
    return sorted(siblings, key=lambda one: one["metadata"].get("creationTimestamp", ""))

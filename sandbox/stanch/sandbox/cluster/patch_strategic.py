"""Strategic merge patch: a merge patch that knows which lists are sets of named things.

The merge keys are those of the API's own types, found by walking the patch along the field
table of `schema.py`. The directives `$patch`, `$retainKeys`, `$setElementOrder/<list>` and
`$deleteFromPrimitiveList/<list>` are those that kubectl sends.
"""

from collections.abc import Callable
from typing import Any

from stanch.sandbox.cluster import schema
from stanch.sandbox.cluster.patch_json import PatchError

_MERGE_KEYS: dict[tuple[str, str], str] = {
    ("V1Container", "env"): "name",
    ("V1Container", "ports"): "containerPort",
    ("V1Container", "volumeDevices"): "devicePath",
    ("V1Container", "volumeMounts"): "mountPath",
    ("V1EphemeralContainer", "env"): "name",
    ("V1EphemeralContainer", "volumeDevices"): "devicePath",
    ("V1EphemeralContainer", "volumeMounts"): "mountPath",
    ("V1DeploymentStatus", "conditions"): "type",
    ("V1NamespaceStatus", "conditions"): "type",
    ("V1NodeStatus", "addresses"): "type",
    ("V1NodeStatus", "conditions"): "type",
    ("V1ObjectMeta", "ownerReferences"): "uid",
    ("V1PersistentVolumeClaimStatus", "conditions"): "type",
    ("V1PodSpec", "containers"): "name",
    ("V1PodSpec", "ephemeralContainers"): "name",
    ("V1PodSpec", "hostAliases"): "ip",
    ("V1PodSpec", "imagePullSecrets"): "name",
    ("V1PodSpec", "initContainers"): "name",
    ("V1PodSpec", "topologySpreadConstraints"): "topologyKey",
    ("V1PodSpec", "volumes"): "name",
    ("V1PodStatus", "conditions"): "type",
    ("V1PodStatus", "podIPs"): "ip",
    ("V1ReplicaSetStatus", "conditions"): "type",
    ("ServiceAccount", "secrets"): "name",
    ("V1ServiceSpec", "ports"): "port",
    ("V1ServiceStatus", "conditions"): "type",
}
_MERGED_PRIMITIVES = {("V1NodeSpec", "podCIDRs"), ("V1ObjectMeta", "finalizers")}
_DELETE_PRIMITIVES = "$deleteFromPrimitiveList/"
_SET_ORDER = "$setElementOrder/"


def merge_key(type_name: str, field: str) -> str | None:
    """Return the field by which the elements of a list are told apart, if it is such a list."""
    return _MERGE_KEYS.get((type_name, field))


def apply(kind: str, document: dict[str, Any], *, patch: Any) -> dict[str, Any]:
    """Return `document`, an object of the named kind, with `patch` applied.

    Raises:
        PatchError: the patch is malformed, or an element lacks its merge key.
    """
    if not isinstance(patch, dict):
        raise PatchError("a strategic merge patch is an object")
    return _merge_object(kind, document, patch=patch)


def _merge_object(
    type_name: str | None, document: dict[str, Any], *, patch: dict[str, Any]
) -> dict[str, Any]:
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    if directive not in {None, "merge"}:
        raise PatchError(f"Unknown patch type found: {directive}")
    fields = schema.types().get(type_name or "", {})
    result = _retained(document, patch)
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
            continue
        spec = fields.get(key, "any")
        result[key] = _merge_field((type_name or "", key), result.get(key), patch=value, spec=spec)
    _delete_primitives(result, patch)
    _set_orders(type_name or "", result, patch=patch)
    return result


def _retained(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    keep = patch.get("$retainKeys")
    if keep is None:
        return dict(document)
    if not isinstance(keep, list):
        raise PatchError("$retainKeys must be a list")
    return {key: value for key, value in document.items() if key in keep}


def _merge_field(where: tuple[str, str], old: Any, *, patch: Any, spec: str) -> Any:
    if isinstance(patch, dict):
        inner = spec if spec in schema.types() else None
        base = old if isinstance(old, dict) else {}
        return _merge_object(inner, base, patch=patch)
    if isinstance(patch, list):
        base_list = old if isinstance(old, list) else []
        if where in _MERGE_KEYS:
            return _merge_list(base_list, patch, key=_MERGE_KEYS[where], type_name=spec[1:-1])
        if where in _MERGED_PRIMITIVES:
            return [*base_list, *(item for item in patch if item not in base_list)]
    return patch


def _merge_list(old: list[Any], patch: list[Any], *, key: str, type_name: str) -> list[Any]:
    if any(isinstance(item, dict) and item == {"$patch": "replace"} for item in patch):
        return [item for item in patch if item != {"$patch": "replace"}]
    result = list(old)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            raise PatchError(f"map: {item} does not contain declared merge key: {key}")
        index = next((i for i, have in enumerate(result) if have.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            result = [have for have in result if have.get(key) != item[key]]
        elif index is None:
            result.append(_merge_object(type_name, {}, patch=item))
        else:
            result[index] = _merge_object(type_name, result[index], patch=item)
    return result


def _delete_primitives(result: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, gone in patch.items():
        if key.startswith(_DELETE_PRIMITIVES):
            if not isinstance(gone, list):
                raise PatchError(f"{key} must be a list")
            name = key.removeprefix(_DELETE_PRIMITIVES)
            result[name] = [item for item in result.get(name) or [] if item not in gone]


def _set_orders(type_name: str, result: dict[str, Any], *, patch: dict[str, Any]) -> None:
    for key, order in patch.items():
        if not key.startswith(_SET_ORDER):
            continue
        name = key.removeprefix(_SET_ORDER)
        if not isinstance(order, list):
            raise PatchError(f"{key} must be a list")
        if isinstance(result.get(name), list):
            by = merge_key(type_name, name)
            result[name] = _ordered(result[name], order, by=by)


def _ordered(items: list[Any], order: list[Any], *, by: str | None) -> list[Any]:
    """Put the named items in the wanted order; the others keep their place before a successor."""

    def name(item: Any) -> Any:
        return item.get(by) if by and isinstance(item, dict) else item

    wanted = [name(item) for item in order]
    place: Callable[[Any], int] = wanted.index
    named = sorted((item for item in items if name(item) in wanted), key=lambda i: place(name(i)))
    result, rest = [], list(named)
    for item in items:
        if name(item) not in wanted:
            result.append(item)
        elif rest:
            result.append(rest.pop(0))
    return result

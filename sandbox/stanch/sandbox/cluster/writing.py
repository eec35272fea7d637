"""Requests that write: create, update, patch and scale."""

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import Response

from stanch.sandbox.cluster import (
    bodies,
    ownership,
    patch_json,
    patch_strategic,
    schema,
    validation,
    views,
)
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.kinds import Kind, stored
from stanch.sandbox.cluster.status import (
    bad_request,
    conflict,
    invalid_patch,
    method_not_allowed,
    no_such_path,
    unprocessable,
    unsupported_media,
)
from stanch.sandbox.cluster.store import Claim, Object

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

Warnings: TypeAlias = list[str]

_SCALE = Kind(plural="scales", kind="Scale", group="autoscaling")
_JSON_PATCH = "application/json-patch+json"
_MERGE_PATCH = "application/merge-patch+json"
_STRATEGIC_PATCH = "application/strategic-merge-patch+json"
_PATCHES = (_JSON_PATCH, _MERGE_PATCH, _STRATEGIC_PATCH)


def answer(obj: Object, *, code: int = 200, warnings: Warnings | None = None) -> Response:
    """Answer with an object, and with warnings for the person at the keyboard."""
    response = Response(views.dump(obj), status_code=code, media_type="application/json")
    for text in warnings or ():
        response.headers.append("Warning", f"299 - {json.dumps(text)}")
    return response


def _unknown(kind: Kind, obj: Any) -> list[str]:
    if not isinstance(obj, dict):
        raise bad_request("the body is not an object")
    try:
        return [f'unknown field "{path}"' for path in schema.decode(kind.kind, obj).unknown]
    except schema.WrongTypeError as error:
        text = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
        raise bad_request(text + str(error)) from error


def _claim(cluster: "Cluster", call: Call) -> Claim:
    """Return what notes the caller as the manager of the fields that it changes."""
    manager = ownership.manager_name(call.query.get("fieldManager", ""), call.agent)
    kind, part = stored(call.kind.plural), call.address.part

    def claim(new: Object, old: Object | None) -> Object:
        return ownership.claimed(kind, new, old=old, manager=manager, part=part, now=cluster.now)

    return claim


def _strictness(call: Call) -> str:
    """Return Ignore, Warn or Strict.

    Raises:
        ApiError: it is another word (422).
    """
    word = call.query.get("fieldValidation", "") or "Warn"
    if word not in {"Ignore", "Warn", "Strict"}:
        why = 'supported values: "Ignore", "Warn", "Strict"'
        raise validation.refuse(call.kind, "", field="fieldValidation", value=word, why=why)
    return word


def _look_over(call: Call, obj: Object) -> Warnings:
    """Return warnings for unknown fields, or refuse them, as the caller wants it."""
    kind, strictness = stored(call.kind.plural), _strictness(call)
    unknown = _unknown(kind, obj)
    if unknown and strictness == "Strict":
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {', '.join(unknown)}"
        )
    return unknown if strictness == "Warn" else []


def _same_kind(call: Call, obj: Object, *, named: bool) -> None:
    kind, metadata = call.kind, bodies.section(obj, "metadata")
    given = (obj.get("apiVersion") or kind.api_version, obj.get("kind") or kind.kind)
    if given != (kind.api_version, kind.kind):
        raise bad_request(
            f'{given[1]} in version "{given[0]}" cannot be handled as a {kind.kind}: the API '
            f"version in the data ({given[0]}, Kind={given[1]}) does not match the expected API "
            f"version ({kind.api_version}, Kind={kind.kind})"
        )
    if named and metadata.get("name", call.address.name) != call.address.name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL "
            f"({call.address.name})"
        )
    if metadata.get("namespace", call.address.namespace) != call.address.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def create(cluster: "Cluster", call: Call, obj: Object) -> Response:
    """Keep a new object and answer with it (201).

    Raises:
        ApiError: it cannot be read or kept.
    """
    if call.address.name:
        raise method_not_allowed()
    _same_kind(call, obj, named=False)
    obj = views.from_served(call.kind, obj)
    warnings = _look_over(call, obj)
    plural, namespace = call.kind.plural, call.address.namespace
    new = cluster.store.create(
        plural, namespace, obj, claim=_claim(cluster, call), dry_run=call.dry_run
    )
    return answer(views.as_served(call.kind, new), code=201, warnings=warnings)


def update(cluster: "Cluster", call: Call, obj: Object) -> Response:
    """Put an object, its status or its scale in the place of the old one.

    Raises:
        ApiError: it cannot be read or kept, or the object is stale (409).
    """
    address = call.address
    old = cluster.store.get(call.kind.plural, address.namespace, address.name)
    if address.part == "scale":
        return _rescale(cluster, call, old, wanted=obj)
    if address.part not in {"", "status"}:
        raise no_such_path()
    _same_kind(call, obj, named=True)
    obj = views.from_served(call.kind, obj)
    warnings = _look_over(call, obj)
    head = {"name": address.name, "namespace": address.namespace}
    obj = {**obj, "metadata": {**head, **(obj.get("metadata") or {})}}
    return _kept(cluster, call, obj, warnings=warnings)


def _kept(cluster: "Cluster", call: Call, obj: Object, *, warnings: Warnings) -> Response:
    new = cluster.store.update(
        call.kind.plural,
        call.address.namespace,
        obj,
        part=call.address.part,
        claim=_claim(cluster, call),
        dry_run=call.dry_run,
    )
    return answer(views.as_served(call.kind, new), warnings=warnings)


def _rescale(cluster: "Cluster", call: Call, old: Object, *, wanted: Object) -> Response:
    kind = stored(call.kind.plural)
    name = call.address.name
    replicas = bodies.section(wanted, "spec").get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("json: cannot unmarshal into Go struct field spec.replicas of type int32")
    if replicas < 0:
        why = "must be greater than or equal to 0"
        raise validation.refuse(_SCALE, name, field="spec.replicas", value=replicas, why=why)
    seen = bodies.section(wanted, "metadata").get("resourceVersion")
    if seen and seen != old["metadata"]["resourceVersion"]:
        raise conflict(kind, name)
    new = {**old, "spec": {**old["spec"], "replicas": replicas}}
    where = call.address.namespace
    new = cluster.store.update(
        kind.plural, where, new, claim=_claim(cluster, call), dry_run=call.dry_run
    )
    return answer(views.scale(new))


def patch(cluster: "Cluster", call: Call, body: bytes, *, content_type: str) -> Response:
    """Patch an object, its status or its scale.

    Raises:
        ApiError: the patch cannot be read (400, 415), does not fit (422) or is stale (409).
    """
    media = content_type.partition(";")[0].strip()
    # Nobody knows the keys of the lists of a custom resource, so that none can be merged by key.
    known = _PATCHES[:2] if call.kind.kind in schema.CUSTOM else _PATCHES
    if media not in known:
        raise unsupported_media(known)
    try:
        change = json.loads(body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error
    address, kind = call.address, call.kind
    old = cluster.store.get(kind.plural, address.namespace, address.name)
    if address.part == "scale":
        wanted = _patched("Scale", views.scale(old), change, media=media)
        if not isinstance(wanted, dict):
            raise invalid_patch(json.dumps(change), "the result is not an object")
        return _rescale(cluster, call, old, wanted=wanted)
    if address.part not in {"", "status"}:
        raise no_such_path()
    shown = views.as_served(kind, old)
    new = _patched(kind.kind, shown, change, media=media)
    if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
        raise invalid_patch(json.dumps(change), "the result is not an object")
    if new["metadata"].get("name") != address.name:
        raise bad_request("the name of the object does not match the name on the URL")
    new = views.from_served(kind, new)
    warnings = _look_over_patch(call, new, change=change)
    return _kept(cluster, call, new, warnings=warnings)


def _patched(kind: str, old: Object, change: Any, *, media: str) -> Any:
    try:
        if media == _JSON_PATCH:
            return patch_json.apply(old, change)
        if not isinstance(change, dict):
            raise bad_request("the patch is not an object")
        if media == _MERGE_PATCH or kind == "Scale":
            return patch_json.merge(old, change)
        return patch_strategic.apply(kind, old, patch=change)
    except patch_json.PatchError as error:
        raise bad_request(str(error)) from error
    except patch_json.PatchConflictError as error:
        raise unprocessable() from error


def _look_over_patch(call: Call, new: Object, *, change: Any) -> Warnings:
    kind = stored(call.kind.plural)
    try:
        unknown = [f'unknown field "{path}"' for path in schema.decode(kind.kind, new).unknown]
    except schema.WrongTypeError as error:
        raise invalid_patch(json.dumps(change), str(error)) from error
    strictness = _strictness(call)
    if unknown and strictness == "Strict":
        why = f"strict decoding error: {', '.join(unknown)}"
        raise invalid_patch(json.dumps(change), why)
    return unknown if strictness == "Warn" else []

"""What the API server does to an object between the request and the storage.

`created` and `updated` turn what a client sent into what is kept: decoded, completed with
defaults, with the fields that clients may not set taken from the old object. `delete`
decides between going at once and going in stages.
"""

import base64
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import defaults, quantities, schema, validation
from stanch.sandbox.cluster.kinds import Kind, stored
from stanch.sandbox.cluster.status import ApiError, bad_request, conflict
from stanch.sandbox.cluster.times import seconds, stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.store import Store

_SERVICE_NETWORK = ipaddress.ip_network("10.96.0.0/16")
_SERVER_FIELDS = ("uid", "creationTimestamp", "generation", "resourceVersion")
_SERVER_ONLY = ("selfLink", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds")
_WITH_SPEC = {
    *("pods", "deployments", "replicasets", "statefulsets", "daemonsets"),
    *("horizontalpodautoscalers", "poddisruptionbudgets"),
}
_FOREGROUND = "foregroundDeletion"
_PRECONDITIONS = {"UID": "deleted and then recreated", "ResourceVersion": "modified"}


def check(kind: Kind, new: dict[str, Any], *, old: dict[str, Any] | None = None) -> None:
    """Raise the refusal of an object that breaks a rule."""
    validation.check(kind, new, old=old)


def _decoded(kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
    try:
        return schema.decode(kind.kind, obj).value
    except schema.WrongTypeError as error:
        text = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
        raise bad_request(text + str(error)) from error


def created(store: "Store", kind: Kind, obj: dict[str, Any], *, namespace: str) -> dict[str, Any]:
    """Return what is to be kept for a new object, still without a name if it is generated.

    Raises:
        ApiError: the object cannot be read, or its namespace cannot take it.
    """
    new = {**_decoded(kind, obj), "apiVersion": kind.api_version, "kind": kind.kind}
    metadata = new.setdefault("metadata", {})
    for field in _SERVER_FIELDS + _SERVER_ONLY:
        metadata.pop(field, None)
    if kind.namespaced:
        _place(store, kind, metadata, namespace=namespace)
    else:
        metadata.pop("namespace", None)
    if kind.has_status and kind.plural not in {"nodes", "persistentvolumeclaims"}:
        new.pop("status", None)
    if kind.plural in {*_WITH_SPEC, "services"}:
        new.setdefault("spec", {})
    if kind.plural in {"deployments", "services"}:
        new.setdefault("status", {"loadBalancer": {}} if kind.plural == "services" else {})
    _require_base64(kind, new)
    defaults.complete(kind.plural, new)
    if kind.plural == "services":
        _give_address(store, new["spec"])
    return _ordered(new)


def _require_base64(kind: Kind, obj: dict[str, Any]) -> None:
    encoded = {"secrets": "data", "configmaps": "binaryData"}.get(kind.plural, "")
    for key, text in obj.get(encoded, {}).items():
        try:
            base64.b64decode(text, validate=True)
        except ValueError as error:
            name = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
            raise bad_request(f"{name}: {encoded}.{key}: illegal base64 data: {error}") from error


def _ordered(obj: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its head first, as the server writes it."""
    first = {key: obj[key] for key in ("apiVersion", "kind", "metadata")}
    return {**first, **obj}


def _place(store: "Store", kind: Kind, metadata: dict[str, Any], *, namespace: str) -> None:
    given = metadata.setdefault("namespace", namespace)
    if given != namespace:
        raise bad_request(
            f"the namespace of the provided object does not match the namespace sent on the "
            f"request ({given} and {namespace})"
        )
    home = store.get("namespaces", "", namespace)
    if "deletionTimestamp" in home["metadata"]:
        name = metadata.get("name", "")
        text = (
            f'{kind.qualified} "{name}" is forbidden: unable to create new content in namespace '
            f"{namespace} because it is being terminated"
        )
        raise ApiError(403, "Forbidden", message=text, details={"name": name, "kind": kind.plural})


def _give_address(store: "Store", spec: dict[str, Any]) -> None:
    if spec["type"] == "ExternalName" or spec.get("clusterIP") == "None":
        if "clusterIP" in spec:
            spec["clusterIPs"] = [spec["clusterIP"]]
        return
    services = store.list("services")
    if not spec.get("clusterIP"):
        taken = {service["spec"].get("clusterIP") for service in services}
        hosts = (str(host) for host in _SERVICE_NETWORK.hosts())
        spec["clusterIP"] = next(host for host in hosts if host not in taken)
    spec["clusterIPs"] = [spec["clusterIP"]]
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        used = {port.get("nodePort") for item in services for port in item["spec"].get("ports", ())}
        free = (number for number in range(30000, 32768) if number not in used)
        for port in spec.get("ports", ()):
            port.setdefault("nodePort", next(free))


def updated(kind: Kind, obj: dict[str, Any], *, old: dict[str, Any], part: str) -> dict[str, Any]:
    """Return what is to be kept when `obj` takes the place of `old`.

    Raises:
        ApiError: the object cannot be read or breaks a rule.
    """
    new = {**_decoded(kind, obj), "apiVersion": kind.api_version, "kind": kind.kind}
    if part == "status":
        metadata = {
            **old["metadata"],
            **{
                field: new["metadata"][field]
                for field in ("annotations", "labels")
                if field in new["metadata"]
            },
        }
        return {**old, "metadata": metadata, "status": new.get("status", {})}
    new["metadata"] = _kept_metadata(new["metadata"], old["metadata"])
    if kind.has_status and "status" in old:
        new["status"] = old["status"]
    if kind.plural == "services" and not new.get("spec", {}).get("clusterIP"):
        addresses = {
            key: old["spec"][key] for key in ("clusterIP", "clusterIPs") if key in old["spec"]
        }
        new["spec"] = {**new.get("spec", {}), **addresses}
    if kind.plural in _WITH_SPEC:
        new.setdefault("spec", {})
    _require_base64(kind, new)
    defaults.complete(kind.plural, new)
    check(kind, new, old=old)
    if kind.plural in {"configmaps", "secrets"} and old.get("immutable") and _data_differ(new, old):
        name, why = new["metadata"]["name"], "field is immutable when `immutable` is set"
        raise validation.refuse(kind, name, field="data", value="", why=why)
    return _ordered(new)


def _kept_metadata(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in new.items() if key not in _SERVER_ONLY}
    for field in (*_SERVER_FIELDS, *_SERVER_ONLY, "namespace"):
        if field in old:
            kept[field] = old[field]
    return kept


def _data_differ(new: dict[str, Any], old: dict[str, Any]) -> bool:
    return any(new.get(field) != old.get(field) for field in ("data", "binaryData", "immutable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """How a client wants an object deleted."""

    grace_seconds: int | None = None
    uid: str | None = None
    resource_version: str | None = None
    propagation: str = "Background"
    dry_run: bool = False


def delete(
    store: "Store",
    kind: Kind,
    namespace: str,
    *,
    name: str,
    options: DeleteOptions | None = None,
) -> dict[str, Any]:
    """Delete an object, or mark it for its end; return it as it was then.

    Raises:
        ApiError: there is none (404), or a precondition fails (409).
    """
    options = options or DeleteOptions()
    old = store.get(kind.plural, namespace, name)
    _require(kind, old, options=options)
    marked = _marked(store, kind, old, options=options)
    if options.dry_run:
        return marked or old
    if marked is None:
        store.remove(kind.plural, namespace, name)
        return old
    return store.replace(kind.plural, marked)


def _require(kind: Kind, obj: dict[str, Any], *, options: DeleteOptions) -> None:
    metadata = obj["metadata"]
    wanted = {"UID": (options.uid, metadata["uid"])}
    wanted["ResourceVersion"] = (options.resource_version, metadata["resourceVersion"])
    for word, (want, have) in wanted.items():
        if want is not None and want != have:
            why = f"the {word} in the precondition ({want}) does not match the {word} in record "
            why += f"({have}). The object might have been {_PRECONDITIONS[word]}"
            raise conflict(kind, metadata["name"], why=why)


def _marked(
    store: "Store", kind: Kind, obj: dict[str, Any], *, options: DeleteOptions
) -> dict[str, Any] | None:
    """Return the object with its mark for deletion, or None if it can go at once."""
    if kind.plural == "pods":
        return _marked_pod(store, obj, options=options)
    now = stamp(store.now())
    metadata = {**obj["metadata"]}
    if kind.plural == "namespaces":
        metadata.setdefault("deletionTimestamp", now)
        return {**obj, "metadata": metadata, "status": {"phase": "Terminating"}}
    finalizers = list(metadata.get("finalizers", ()))
    word = {"Foreground": _FOREGROUND, "Orphan": "orphan"}.get(options.propagation)
    if word and word not in finalizers:
        finalizers.append(word)
    if not finalizers:
        return None
    metadata.setdefault("deletionTimestamp", now)
    metadata.setdefault("deletionGracePeriodSeconds", 0)
    return {**obj, "metadata": {**metadata, "finalizers": finalizers}}


def _marked_pod(
    store: "Store", pod: dict[str, Any], *, options: DeleteOptions
) -> dict[str, Any] | None:
    grace = options.grace_seconds
    if grace is None:
        grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
    ended = pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
    placed = bool(pod["spec"].get("nodeName"))
    held = placed and bool(pod["metadata"].get("finalizers"))
    if not held and (grace <= 0 or ended or not placed):
        return None
    metadata = pod["metadata"]
    due = stamp(store.now() + grace)
    if "deletionTimestamp" in metadata and seconds(metadata["deletionTimestamp"]) <= seconds(due):
        return pod
    marks = {"deletionTimestamp": due, "deletionGracePeriodSeconds": grace}
    return {**pod, "metadata": {**metadata, **marks}}


def requested(pod: dict[str, Any], resource: str) -> float:
    """Return how much of a resource the containers of a pod ask for together."""
    return sum(
        quantities.value(container.get("resources", {}).get("requests", {}).get(resource, "0"))
        for container in pod["spec"].get("containers", ())
    )


def is_stored(plural: str) -> bool:
    """Tell whether objects of this resource are kept in the store."""
    try:
        stored(plural)
    except KeyError:
        return False
    return True

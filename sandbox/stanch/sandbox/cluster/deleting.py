"""Requests that delete: one object, or all that the selectors choose."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from stanch.sandbox.cluster import admission, bodies, views
from stanch.sandbox.cluster.admission import DeleteOptions
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.kinds import stored
from stanch.sandbox.cluster.reading import selected
from stanch.sandbox.cluster.status import bad_request, method_not_allowed
from stanch.sandbox.cluster.writing import answer

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster


def _delete_options(call: Call, body: bytes, content_type: str) -> DeleteOptions:
    given = bodies.read(body, content_type)
    propagation = given.get("propagationPolicy") or call.query.get("propagationPolicy")
    if propagation is None:
        orphan = given.get("orphanDependents", call.flag("orphanDependents"))
        propagation = "Orphan" if orphan else "Background"
    if propagation not in {"Background", "Foreground", "Orphan"}:
        raise bad_request(f"invalid propagationPolicy {propagation!r}")
    required = bodies.section(given, "preconditions")
    grace = given.get("gracePeriodSeconds")
    return DeleteOptions(
        grace_seconds=grace if isinstance(grace, int) else call.number("gracePeriodSeconds"),
        uid=required.get("uid"),
        resource_version=required.get("resourceVersion"),
        propagation=propagation,
        dry_run=call.dry_run or given.get("dryRun") == ["All"],
    )


def delete(cluster: "Cluster", call: Call, body: bytes, *, content_type: str) -> Response:
    """Delete an object; answer with it if it goes in stages, else with a Status.

    Raises:
        ApiError: there is none (404), or a precondition fails (409).
    """
    if call.address.part:
        raise method_not_allowed()
    options = _delete_options(call, body, content_type)
    kind, address = stored(call.kind.plural), call.address
    old = admission.delete(
        cluster.store, kind, address.namespace, name=address.name, options=options
    )
    if "deletionTimestamp" in old["metadata"] or kind.plural == "pods":
        return answer(views.as_served(call.kind, old))
    details = {"name": address.name, "group": kind.group, "kind": kind.plural}
    details = {key: value for key, value in details.items() if value}
    details["uid"] = old["metadata"]["uid"]
    return answer(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": details,
        }
    )


def delete_all(cluster: "Cluster", call: Call, body: bytes, *, content_type: str) -> Response:
    """Delete the objects that the selectors choose; answer with a list of them.

    Raises:
        ApiError: a selector or the options cannot be read (400).
    """
    options = _delete_options(call, body, content_type)
    kind = stored(call.kind.plural)
    gone = [
        admission.delete(
            cluster.store,
            kind,
            obj["metadata"].get("namespace", ""),
            name=obj["metadata"]["name"],
            options=options,
        )
        for obj in selected(cluster, call)
    ]
    shown = [views.as_served(call.kind, obj) for obj in gone]
    head = {"kind": f"{call.kind.kind}List", "apiVersion": call.kind.api_version}
    metadata = {"resourceVersion": str(cluster.store.journal.revision)}
    return answer({**head, "metadata": metadata, "items": shown})

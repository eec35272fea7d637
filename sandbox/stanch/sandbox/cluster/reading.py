"""Requests that read: one object, a list in pages, or a watch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from stanch.sandbox.cluster import pages, selectors, tables, views
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.selectors import Test
from stanch.sandbox.cluster.status import bad_request, expired, no_such_path
from stanch.sandbox.cluster.store import Object
from stanch.sandbox.cluster.watch import Watch

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

_JSON = "application/json"
_DEFAULT_TIMEOUT = 1800.0


def get(cluster: "Cluster", call: Call) -> Response:
    """Answer with one object, in the form that was asked for.

    Raises:
        ApiError: there is none (404).
    """
    kind, address = call.kind, call.address
    obj = cluster.store.get(kind.plural, address.namespace, address.name)
    if address.part == "scale":
        return Response(views.dump(views.scale(obj)), media_type=_JSON)
    if address.part not in {"", "status"}:
        raise no_such_path()
    return Response(views.dump(_show(cluster, call)(obj)), media_type=_JSON)


def _show(cluster: "Cluster", call: Call) -> Callable[[Object], Object]:
    """Return how one object is shown to this caller."""
    kind = call.kind

    def show(obj: Object) -> Object:
        if kind.group == views.METRICS_GROUP:
            obj = views.usage(cluster, kind, obj)
        else:
            obj = views.as_served(kind, obj)
        if not call.as_table:
            return obj
        return tables.table(kind, [obj], now=cluster.now, include=_include(call))

    return show


def _test(call: Call) -> Test:
    kind, namespace = call.kind, call.address.namespace
    has_labels = selectors.label_test(call.query.get("labelSelector", ""))
    has_fields = selectors.field_test(kind.plural, call.query.get("fieldSelector", ""))

    def test(obj: Object) -> bool:
        metadata = obj["metadata"]
        return (
            (not namespace or metadata.get("namespace") == namespace)
            and has_labels(metadata.get("labels", {}))
            and has_fields(obj)
        )

    return test


def _include(call: Call) -> str:
    """Return how much of an object its row carries: None, Metadata or Object.

    Raises:
        ApiError: it is another word (400).
    """
    word = call.query.get("includeObject", "") or "Metadata"
    if word not in {"None", "Metadata", "Object"}:
        raise bad_request(f"unrecognized includeObject value: {word!r}")
    return word


def selected(cluster: "Cluster", call: Call) -> list[Object]:
    """Return the stored objects that the namespace and the selectors of the call choose.

    Raises:
        ApiError: a selector cannot be read (400).
    """
    return _chosen(call, cluster.store.list(call.kind.plural))


def list_all(cluster: "Cluster", call: Call) -> Response:
    """Answer with the objects that the selectors choose, a page at a time if asked.

    Raises:
        ApiError: a selector or the continue token cannot be read (400), or it is old (410).
    """
    kind = call.kind
    page, metadata = _page(cluster, call)
    if call.as_table:
        shown = [_shown_for_table(cluster, call, obj) for obj in page]
        rows = tables.table(kind, shown, now=cluster.now, include=_include(call))
        return Response(views.dump({**rows, "metadata": metadata}), media_type=_JSON)
    head = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata}
    items = b",".join(_item(cluster, call, obj) for obj in page)
    return Response(views.dump(head)[:-1] + b',"items":[' + items + b"]}", media_type=_JSON)


def _shown_for_table(cluster: "Cluster", call: Call, obj: Object) -> Object:
    if call.kind.group == views.METRICS_GROUP:
        return views.usage(cluster, call.kind, obj)
    return views.as_served(call.kind, obj)


def _item(cluster: "Cluster", call: Call, obj: Object) -> bytes:
    """Write an object as an item of a list, where the server leaves the head out."""
    kind = call.kind
    if kind.group == views.METRICS_GROUP:
        shown = views.usage(cluster, kind, obj)
    elif obj["apiVersion"] != kind.api_version:
        shown = views.as_served(kind, obj)
    else:
        head = views.dump({"apiVersion": kind.api_version, "kind": kind.kind})[:-1] + b","
        return b"{" + cluster.store.encoded(kind.plural, obj).removeprefix(head)
    return views.dump({key: shown[key] for key in shown if key not in {"apiVersion", "kind"}})


def _page(cluster: "Cluster", call: Call) -> tuple[list[Object], dict[str, Any]]:
    plural, limit = call.kind.plural, call.number("limit") or 0
    found, revision = cluster.store.list(plural), cluster.store.journal.revision
    if text := call.query.get("continue", ""):
        revision, found = cluster.pages.open(plural, text)
    found = _chosen(call, found)
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if 0 < limit < len(found):
        left = len(found) - limit
        found = found[:limit]
        if not text:
            cluster.pages.keep(plural)
        metadata["continue"] = pages.token(revision, found[-1])
        metadata["remainingItemCount"] = left
    return found, metadata


def _chosen(call: Call, objects: list[Object]) -> list[Object]:
    test = _test(call)
    found = [obj for obj in objects if test(obj)]
    if call.kind.group == views.METRICS_GROUP and call.kind.plural == "pods":
        found = [obj for obj in found if obj.get("status", {}).get("phase") == "Running"]
    return found


def watch(cluster: "Cluster", call: Call) -> Response:
    """Answer with a stream of changes.

    Raises:
        ApiError: the request cannot be read (400), or asks for changes that are gone (410).
    """
    journal = cluster.store.journal
    given = call.number("resourceVersion")
    wants_initial = call.flag("sendInitialEvents")
    if wants_initial and call.query.get("resourceVersionMatch") != "NotOlderThan":
        raise bad_request(
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
            'resourceVersionMatch to "NotOlderThan"'
        )
    since = None if wants_initial or not given else min(given, journal.revision)
    if since is not None and since < journal.oldest:
        raise expired(since, journal.oldest)
    bookmarks = call.flag("allowWatchBookmarks")
    stream = Watch(
        kind=call.kind,
        test=_test(call),
        show=_show(cluster, call),
        since=since,
        bookmarks=bookmarks,
        initial_end=wants_initial and bookmarks,
        timeout=float(call.number("timeoutSeconds") or _DEFAULT_TIMEOUT),
    )
    return StreamingResponse(stream.stream(cluster.store), media_type=_JSON)

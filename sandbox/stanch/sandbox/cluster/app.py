"""The HTTP face of the practice cluster: who asks, what for, and the answer or the refusal.

Requests are served one after the other with the controllers in one event loop, so nothing
here takes a lock.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stanch.sandbox.cluster import (
    access,
    bodies,
    call,
    deleting,
    discovery,
    evicting,
    openapi,
    podlog,
    reading,
    reviews,
    writing,
)
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.status import (
    ApiError,
    method_not_allowed,
    no_such_path,
    not_acceptable,
    unauthorized,
)

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_OFFERED = {"*/*", "application/*", "application/json", "text/plain", "text/*"}
_HEALTH = {"/healthz", "/livez", "/readyz"}


_READING = {"get": reading.get, "list": reading.list_all, "watch": reading.watch}
_WITH_BODY = {"create": writing.create, "update": writing.update}
_WITH_OPTIONS = {
    "patch": writing.patch,
    "delete": deleting.delete,
    "deletecollection": deleting.delete_all,
}


def build(cluster: "Cluster", *, tokens: Mapping[str, str]) -> Starlette:
    """Return the application that serves `cluster`; `tokens` maps a bearer token to its user."""
    api = _Api(cluster, tokens)
    return Starlette(routes=[Route("/{path:path}", api.answer, methods=_METHODS)])


class _Api:
    def __init__(self, cluster: "Cluster", tokens: Mapping[str, str]) -> None:
        self._cluster = cluster
        self._tokens = dict(tokens)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        try:
            return self._answer(request, body)
        except ApiError as error:
            return JSONResponse(error.body(), status_code=error.code)

    def _answer(self, request: Request, body: bytes) -> Response:
        user, path = self._user(request), request.url.path
        address = call.address(path)
        if address is None:
            if not access.may_path(user, path):
                raise access.forbidden_path(user, request.method.lower(), path=path)
            return _document(request, path)
        query = request.query_params
        watching = query.get("watch", "") in {"true", "1"}
        verb = call.verb(request.method, named=bool(address.name), watching=watching)
        accept = request.headers.get("accept", "")
        agent = request.headers.get("user-agent", "")
        asked = Call(address=address, verb=verb, query=query, accept=accept, agent=agent)
        if not access.may(user, asked.ask):
            raise access.forbidden(user, asked.ask)
        content_type = request.headers.get("content-type", "")
        _require_acceptable(accept)
        if reviews.is_review(address):
            return reviews.respond(user, address, bodies.read(body, content_type))
        return self._serve(asked, body, content_type=content_type)

    def _user(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return user

    def _serve(self, asked: Call, body: bytes, *, content_type: str) -> Response:
        kind, cluster = asked.kind, self._cluster
        _require_served(kind, asked)
        if asked.address.part == "log":
            return podlog.respond(cluster, asked)
        if asked.address.part == "eviction":
            return evicting.respond(cluster, asked, bodies.read(body, content_type))
        if asked.verb in _READING:
            return _READING[asked.verb](cluster, asked)
        if asked.verb in _WITH_BODY:
            return _WITH_BODY[asked.verb](cluster, asked, bodies.read(body, content_type))
        if asked.verb in _WITH_OPTIONS:
            return _WITH_OPTIONS[asked.verb](cluster, asked, body, content_type=content_type)
        raise method_not_allowed()


def _require_acceptable(accept: str) -> None:
    wanted = [part.partition(";")[0].strip() for part in accept.split(",") if part.strip()]
    if wanted and not _OFFERED.intersection(wanted):
        raise not_acceptable(("application/json",))


def _require_served(kind: Kind, asked: Call) -> None:
    address, part = asked.address, asked.address.part
    known = {"": True, "status": kind.has_status, "scale": kind.has_scale}
    known["log"] = known["eviction"] = kind.plural == "pods" and not kind.group
    if not known.get(part, False):
        raise no_such_path()
    if asked.verb != {"log": "get", "eviction": "create"}.get(part, asked.verb):
        raise method_not_allowed()
    if not part and asked.verb not in kind.verbs:
        raise method_not_allowed()
    if kind.namespaced:
        if not address.namespace and (address.name or asked.verb == "create"):
            raise no_such_path() if address.name else method_not_allowed()
    elif address.namespace:
        raise no_such_path()
    if asked.verb in {"update", "patch"} and not address.name:
        raise method_not_allowed()


def _document(request: Request, path: str) -> Response:
    if request.method not in {"GET", "HEAD"}:
        raise method_not_allowed()
    if path in _HEALTH or path.rpartition("/")[0] in _HEALTH:
        return PlainTextResponse("ok")
    if path == "/openapi/v2":
        accept = request.headers.get("accept", "")
        if openapi.V2_PROTOBUF in accept or openapi.V2_PROTOBUF_OLD in accept:
            return Response(openapi.v2_protobuf(), media_type=openapi.V2_PROTOBUF)
        return JSONResponse(openapi.v2_json())
    if path == "/openapi/v3":
        return JSONResponse(openapi.index())
    if path.startswith("/openapi/v3/"):
        found = openapi.v3(path.removeprefix("/openapi/v3/"))
    else:
        found = discovery.document(path)
    if found is None:
        raise no_such_path()
    return JSONResponse(found)

"""The load balancer's API, in the shape of HAProxy's Data Plane API, version 3.

https://www.haproxy.com/documentation/dataplaneapi/ : the servers of a backend at run time.
"""

import base64
import binascii
import hmac
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.web.balancer import MOST, Balancer, Gateway

_STATES = frozenset({"ready", "maint", "drain"})


def balancer_front(balancer: Balancer, *, login: str) -> Starlette:
    """Return the API; `login` is the USER:PASSWORD that may use it."""

    async def info(request: Request) -> Response:
        return _refused(request, login) or JSONResponse({"api": {"version": "v3.0.3"}})

    async def servers(request: Request) -> Response:
        if refused := _refused(request, login):
            return refused
        found = balancer.backends.get(request.path_params["backend"])
        if found is None:
            return _wrong(404, f"missing object: {request.path_params['backend']}")
        return JSONResponse([_shown(one) for one in found.values()])

    async def server(request: Request) -> Response:
        if refused := _refused(request, login):
            return refused
        name = request.path_params["server"]
        gateway = balancer.backends.get(request.path_params["backend"], {}).get(name)
        if gateway is None:
            return _wrong(404, f"missing object: {name}")
        if request.method != "PUT":
            return JSONResponse(_shown(gateway))
        return _replace(gateway, await _body(request))

    base = "/v3/services/haproxy/runtime/backends/{backend}/servers"
    return Starlette(
        routes=[
            Route("/v3/info", info),
            Route(base, servers),
            Route(base + "/{server}", server, methods=["GET", "PUT"]),
        ]
    )


def _refused(request: Request, login: str) -> Response | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        plain = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        plain = b""
    if hmac.compare_digest(plain, login.encode()):
        return None
    refusal = _wrong(401, "unauthorized")
    refusal.headers["www-authenticate"] = 'Basic realm="Data Plane API"'
    return refusal


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _replace(gateway: Gateway, body: Any) -> Response:
    if not isinstance(body, dict):
        return _wrong(400, "the body is no JSON object")
    weight = body.get("weight", gateway.weight)
    state = body.get("admin_state", gateway.admin_state)
    if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= MOST:
        return _wrong(422, f"weight in body should be between 0 and {MOST}")
    if state not in _STATES:
        return _wrong(422, "admin_state in body should be one of [ready maint drain]")
    gateway.weight, gateway.admin_state = weight, state
    return JSONResponse(_shown(gateway))


def _shown(gateway: Gateway) -> dict[str, Any]:
    return {
        "id": gateway.name.rpartition("-")[2],
        "name": gateway.name,
        "address": gateway.address,
        "port": gateway.port,
        "admin_state": gateway.admin_state,
        "operational_state": "up",
        "weight": gateway.weight,
    }


def _wrong(code: int, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, code)

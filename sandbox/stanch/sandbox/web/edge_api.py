"""The edge's API: one limit per client and a list of blocked networks, each with an ETag.

    GET, PUT         /v1/limits/clients      {"rate": 500}
    GET              /v1/blocks              {"blocks": [...]}
    GET, PUT, DELETE /v1/blocks/NETWORK      {"network": "198.51.100.7/32", "why": "..."}

A change of what is there needs If-Match with its ETag (RFC 9110), and what is not there
may only be made with If-None-Match: *. A repeated Idempotency-Key changes nothing again.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.web.edge import MOST_BLOCKS, SCOPE, USUAL, Edge, Network


class EdgeApi:
    """Answers for one edge; `token` may change it."""

    def __init__(self, edge: Edge, *, token: str) -> None:
        self._edge = edge
        self._token = token
        self._done: dict[str, int] = {}
        """The idempotency keys that came, with the status that they got."""

    def front(self) -> Starlette:
        """Return the API."""
        one = "/v1/blocks/{network:path}"
        return Starlette(
            routes=[
                Route("/health", _healthy),
                Route("/v1/limits/{scope}", self._guarded(self._limit), methods=["GET", "PUT"]),
                Route("/v1/blocks", self._guarded(self._blocks)),
                Route(one, self._guarded(self._block), methods=["GET", "PUT", "DELETE"]),
            ]
        )

    def _guarded(self, answer: Callable[[Request, Any], Response]) -> Callable[..., Any]:
        async def checked(request: Request) -> Response:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            right = hmac.compare_digest(given.encode(), self._token.encode())
            if scheme.lower() != "bearer" or not right:
                return _wrong(401, "a token is needed")
            body = await _body(request)
            if request.method == "GET":
                return answer(request, body)
            key = request.headers.get("idempotency-key", "")
            if key in self._done:
                return Response(status_code=self._done[key])
            answered = answer(request, body)
            if key and answered.status_code < 300:
                self._done[key] = answered.status_code
            return answered

        return checked

    def _limit(self, request: Request, body: Any) -> Response:
        if request.path_params["scope"] != SCOPE:
            return _wrong(404, "there is no such limit")
        if request.method == "GET":
            return self._shown(self._limits())
        if refused := self._stale(request, self._limits()):
            return refused
        rate = body.get("rate") if isinstance(body, dict) else None
        if isinstance(rate, bool) or not isinstance(rate, int) or not 1 <= rate <= USUAL:
            return _wrong(422, f"rate should be a number from 1 to {USUAL:g}")
        self._edge.limit(float(rate))
        return self._shown(self._limits())

    def _blocks(self, request: Request, body: Any) -> Response:
        del request, body
        return JSONResponse({"blocks": sorted(self._edge.blocks)})

    def _block(self, request: Request, body: Any) -> Response:
        network = _network(request.path_params["network"])
        if network is None:
            return _wrong(404, "there is no such network")
        found = self._found(network)
        if request.method == "GET":
            return self._shown(found) if found is not None else _wrong(404, "it is not blocked")
        if refused := self._stale(request, found):
            return refused
        if request.method == "DELETE":
            if not self._edge.unblock(network):
                return _wrong(404, "it is not blocked")
            return Response(status_code=204)
        if len(self._edge.blocks) >= MOST_BLOCKS:
            return _wrong(409, "the list is full")
        why = body.get("why") if isinstance(body, dict) else None
        self._edge.block(network, why if isinstance(why, str) else "")
        return self._shown(self._found(network), 200 if found is not None else 201)

    def _limits(self) -> dict[str, Any]:
        return {"scope": SCOPE, "rate": round(self._edge.rate)}

    def _found(self, network: Network) -> dict[str, Any] | None:
        why = self._edge.blocks.get(str(network))
        return None if why is None else {"network": str(network), "why": why}

    def _shown(self, thing: dict[str, Any] | None, status: int = 200) -> Response:
        return JSONResponse(thing, status, headers={"etag": self._etag(thing)})

    def _etag(self, thing: dict[str, Any] | None) -> str:
        name = SCOPE if thing is None or "scope" in thing else str(thing["network"])
        text = json.dumps([self._edge.revisions[name], thing], sort_keys=True)
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'

    def _stale(self, request: Request, thing: dict[str, Any] | None) -> Response | None:
        match, none = request.headers.get("if-match"), request.headers.get("if-none-match")
        if thing is None:
            return _wrong(412, "it is not there") if match is not None else None
        if none == "*" or (match is not None and match != self._etag(thing)):
            return _wrong(412, "it was changed since")
        return _wrong(428, "If-Match is needed") if match is None else None


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _wrong(code: int, message: str) -> Response:
    return JSONResponse({"error": message}, code)

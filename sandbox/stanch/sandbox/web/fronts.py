"""What answers behind the shop's own names and the bank's: health checks and pages.

A health check says how the service really is, by the truth of the traffic.
"""

import asyncio
import random
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stanch.sandbox.shop.services import SERVICES
from stanch.sandbox.web.bank import SLOW, Bank

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_WINDOW = 30.0
_DEGRADED = 0.2
"""The part of failed requests from which a service calls itself not ready."""
_METHODS = ["GET", "HEAD", "POST"]


def shop_front(shop: "Shop", service: str) -> Starlette:
    """Return what answers for `service`: /healthz, /readyz and its pages."""

    def failed() -> float:
        return shop.traffic.error_ratio(service, since=shop.now - _WINDOW)

    def pods() -> int:
        return sum(pod.service == service and pod.ready for pod in shop.pods())

    async def healthy(_: Request) -> Response:
        return _said("ok") if pods() else _said("no server is available", 503)

    async def ready(_: Request) -> Response:
        if not pods():
            return _said("no server is available", 503)
        return _said("degraded", 503) if failed() >= _DEGRADED else _said("ok")

    async def page(request: Request) -> Response:
        known = any(route.path == request.url.path for route in SERVICES[service].routes)
        if not known:
            return PlainTextResponse("404 page not found\n", 404)
        if not pods() or random.random() < failed():  # noqa: S311  # a rehearsal, not a secret
            return PlainTextResponse("502 Bad Gateway\n", 502)
        return JSONResponse({"service": service, "path": request.url.path})

    return Starlette(
        routes=[
            Route("/healthz", healthy),
            Route("/readyz", ready),
            Route("/{path:path}", page, methods=_METHODS),
        ]
    )


def bank_front(bank: Bank) -> Starlette:
    """Return what answers for the bank; in its bad hours it fails, or hangs and then fails."""

    async def answer(_: Request) -> Response:
        if bank.state == "errors":
            return _said("down", 503, **{"retry-after": "120"})
        if bank.state == "timeouts":
            await asyncio.sleep(SLOW)
            return PlainTextResponse("504 Gateway Timeout\n", 504)
        return _said("up")

    async def unknown(_: Request) -> Response:
        return JSONResponse({"error": "not found"}, 404)

    return Starlette(
        routes=[
            Route("/healthz", answer),
            Route("/status", answer),
            Route("/{path:path}", unknown, methods=_METHODS),
        ]
    )


def _said(status: str, code: int = 200, **headers: str) -> Response:
    body: dict[str, Any] = {"status": status}
    return JSONResponse(body, code, headers={"cache-control": "no-store", **headers})

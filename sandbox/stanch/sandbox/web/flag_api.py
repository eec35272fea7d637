"""The flag service: Unleash's admin API and OFREP, as far as an incident needs them.

https://docs.getunleash.io/reference/api/unleash and
https://openfeature.dev/docs/reference/other-technologies/ofrep
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.shop.alerts import stamp
from stanch.sandbox.web.flags import ENVIRONMENTS, LIVE, PROJECT, Flag, FlagBook, Switched

_WHO = "stanch"
_MOST_EVENTS = 100


class FlagService:
    """Answers for one book of flags; `now` tells the simulated time."""

    def __init__(self, book: FlagBook, *, token: str, now: Callable[[], float]) -> None:
        self._book = book
        self._token = token
        self._now = now

    def admin(self) -> Starlette:
        """Return Unleash's admin API."""
        features = "/api/admin/projects/{project}/features"
        one = features + "/{name}"
        return Starlette(
            routes=[
                Route("/health", self._health),
                Route(features, self._guarded(self._list)),
                Route(one, self._guarded(self._feature)),
                Route(
                    one + "/environments/{environment}/{to}",
                    self._guarded(self._switch),
                    methods=["POST"],
                ),
                Route("/api/admin/events", self._guarded(self._events)),
                Route("/api/admin/events/{name}", self._guarded(self._events)),
            ]
        )

    def evaluation(self) -> Starlette:
        """Return OFREP as flagd speaks it; whoever reaches it may ask."""
        return Starlette(
            routes=[
                Route("/ofrep/v1/evaluate/flags/{name}", self._evaluate, methods=["POST"]),
                Route("/ofrep/v1/evaluate/flags", self._evaluate_all, methods=["POST"]),
            ]
        )

    def _guarded(self, answer: Callable[[Request], Response]) -> Callable[..., Any]:
        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                return _wrong("AuthenticationRequired", "You must log in to use Unleash.", 401)
            return answer(request)

        return checked

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"health": "GOOD"})

    def _found(self, request: Request) -> Flag | None:
        if request.path_params["project"] != PROJECT:
            return None
        return self._book.flags.get(request.path_params["name"])

    def _list(self, request: Request) -> Response:
        if request.path_params["project"] != PROJECT:
            return _wrong("NotFoundError", "Could not find project", 404)
        listed = [self._shown(flag) for flag in self._book.flags.values()]
        return JSONResponse({"version": 2, "features": listed})

    def _feature(self, request: Request) -> Response:
        flag = self._found(request)
        if flag is None:
            name = request.path_params["name"]
            return _wrong("NotFoundError", f"Could not find feature flag with name {name}", 404)
        return JSONResponse(self._shown(flag))

    def _switch(self, request: Request) -> Response:
        flag, place = self._found(request), request.path_params["environment"]
        to = request.path_params["to"]
        if flag is None or place not in ENVIRONMENTS or to not in {"on", "off"}:
            return _wrong("NotFoundError", "Could not find feature environment", 404)
        self._book.switch(flag.name, place, enabled=to == "on", by=_WHO, at=self._now())
        return Response(status_code=200)

    def _events(self, request: Request) -> Response:
        name = request.path_params.get("name")
        chosen = [one for one in self._book.events if name in {None, one.flag}]
        newest = [_event(one) for one in reversed(chosen)][:_MOST_EVENTS]
        return JSONResponse({"version": 1, "events": newest, "totalEvents": len(chosen)})

    async def _evaluate(self, request: Request) -> Response:
        name = request.path_params["name"]
        if (wrong := await _wrong_context(request)) is not None:
            return JSONResponse({"key": name, **wrong}, 400)
        if name not in self._book.flags:
            body = {
                "key": name,
                "errorCode": "FLAG_NOT_FOUND",
                "errorDetails": f"flag `{name}` does not exist",
            }
            return JSONResponse(body, 404)
        return JSONResponse(self._evaluated(name))

    async def _evaluate_all(self, request: Request) -> Response:
        if (wrong := await _wrong_context(request)) is not None:
            return JSONResponse(wrong, 400)
        flags = {"flags": [self._evaluated(name) for name in self._book.flags]}
        digest = hashlib.sha256(json.dumps(flags).encode()).hexdigest()[:16]
        headers = {"etag": f'"{digest}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return JSONResponse(flags, headers=headers)

    def _evaluated(self, name: str) -> dict[str, Any]:
        on = self._book.is_on(name)
        return {
            "key": name,
            "value": on,
            "variant": "on" if on else "off",
            "reason": "STATIC",
            "metadata": {},
        }

    def _shown(self, flag: Flag) -> dict[str, Any]:
        seen = stamp(self._now())
        return {
            "name": flag.name,
            "description": flag.about,
            "type": flag.kind,
            "project": PROJECT,
            "stale": False,
            "archived": False,
            "impressionData": False,
            "favorite": False,
            "createdAt": stamp(flag.created),
            "lastSeenAt": seen,
            "variants": [],
            "environments": [
                {
                    "name": name,
                    "type": name,
                    "enabled": flag.on[name],
                    "sortOrder": order,
                    "lastSeenAt": seen if name == LIVE else None,
                    "strategies": [{"name": "default", "constraints": [], "parameters": {}}],
                }
                for order, name in enumerate(ENVIRONMENTS, start=1)
            ],
        }


def _event(one: Switched) -> dict[str, Any]:
    return {
        "id": one.number,
        "createdAt": stamp(one.at),
        "type": f"feature-environment-{'enabled' if one.enabled else 'disabled'}",
        "createdBy": one.by,
        "project": PROJECT,
        "environment": one.environment,
        "featureName": one.flag,
        "data": None,
        "preData": None,
        "tags": [],
    }


async def _wrong_context(request: Request) -> dict[str, str] | None:
    """Return what OFREP says of a body that is no evaluation context; None when it is one."""
    try:
        body = await request.json()
    except ValueError:
        return {"errorCode": "PARSE_ERROR", "errorDetails": "the body is no JSON"}
    if not isinstance(body, dict) or not isinstance(body.get("context", {}), dict):
        return {"errorCode": "INVALID_CONTEXT", "errorDetails": "the context is no object"}
    return None


def _wrong(name: str, message: str, status: int) -> Response:
    return JSONResponse({"name": name, "message": message}, status)

"""The same flags as LaunchDarkly's REST API shows them, as far as an incident needs it.

https://launchdarkly.com/docs/api/feature-flags : a flag with its environments, and semantic
patches that turn it on or off in one of them.
"""

import hmac
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.web.flags import ENVIRONMENTS, PROJECT, Flag, FlagBook

_SEMANTIC = "domain-model=launchdarkly.semanticpatch"
_TURNS = {"turnFlagOn": True, "turnFlagOff": False}
_WHO = "stanch"


class LaunchDarklyApi:
    """Answers for one book of flags; `now` tells the simulated time."""

    def __init__(self, book: FlagBook, *, token: str, now: Callable[[], float]) -> None:
        self._book = book
        self._token = token
        self._now = now
        self.comments: list[str] = []
        """What was said with each change, as the audit log keeps it."""

    def front(self) -> Starlette:
        """Return the API."""
        flags = "/api/v2/flags/{project}"
        return Starlette(
            routes=[
                Route("/health", _healthy),
                Route(flags, self._list),
                Route(flags + "/{name}", self._one, methods=["GET", "PATCH"]),
            ]
        )

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        shown = [self._shown(flag) for flag in self._book.flags.values()]
        return JSONResponse({"items": shown, "totalCount": len(shown)})

    async def _one(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        flag = self._book.flags.get(request.path_params["name"])
        if flag is None:
            return _wrong("not_found", "Unknown flag key", 404)
        if request.method == "GET":
            return JSONResponse(self._shown(flag, request.query_params.get("env")))
        if _SEMANTIC not in request.headers.get("content-type", ""):
            return _wrong("invalid_request", "only semantic patches are taken here", 400)
        try:
            body = await request.json()
        except ValueError:
            body = None
        return self._patched(flag, body)

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return _wrong("unauthorized", "Invalid account ID header", 401)
        if request.path_params["project"] != PROJECT:
            return _wrong("not_found", "Unknown project key", 404)
        return None

    def _patched(self, flag: Flag, body: Any) -> Response:
        if not isinstance(body, dict):
            return _wrong("invalid_request", "Invalid JSON", 400)
        environment, turns = str(body.get("environmentKey")), body.get("instructions")
        if environment not in ENVIRONMENTS:
            return _wrong("invalid_request", "environmentKey is invalid", 400)
        listed = turns if isinstance(turns, list) else []
        kinds = [str(one.get("kind")) for one in listed if isinstance(one, dict)]
        if not kinds or any(kind not in _TURNS for kind in kinds):
            return _wrong("invalid_request", "instructions are invalid", 400)
        for kind in kinds:
            self._book.switch(flag.name, environment, enabled=_TURNS[kind], by=_WHO, at=self._now())
        self.comments.append(str(body.get("comment", "")))
        return JSONResponse(self._shown(flag))

    def _shown(self, flag: Flag, only: str | None = None) -> dict[str, Any]:
        switched = [one for one in self._book.events if one.flag == flag.name]
        return {
            "name": flag.name,
            "kind": "boolean",
            "description": flag.about,
            "key": flag.name,
            "_version": 1 + len(switched),
            "creationDate": round(flag.created * 1000),
            "variations": [
                {"_id": f"{flag.name}-0", "value": True},
                {"_id": f"{flag.name}-1", "value": False},
            ],
            "temporary": flag.kind == "release",
            "tags": [],
            "archived": False,
            "deprecated": False,
            "defaults": {"onVariation": 0, "offVariation": 1},
            "environments": {
                name: self._environment(flag, name) for name in ENVIRONMENTS if only in {None, name}
            },
        }

    def _environment(self, flag: Flag, name: str) -> dict[str, Any]:
        mine = [
            one for one in self._book.events if (one.flag, one.environment) == (flag.name, name)
        ]
        at = mine[-1].at if mine else flag.created
        return {
            "on": flag.on[name],
            "archived": False,
            "lastModified": round(at * 1000),
            "version": 1 + len(mine),
            "targets": [],
            "contextTargets": [],
            "rules": [],
            "fallthrough": {"variation": 0},
            "offVariation": 1,
            "prerequisites": [],
            "_environmentName": name.capitalize(),
            "trackEvents": False,
            "trackEventsFallthrough": False,
        }


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _wrong(code: str, message: str, status: int) -> Response:
    return JSONResponse({"code": code, "message": message}, status)

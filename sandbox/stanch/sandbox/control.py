"""The control endpoint: how the sandbox command steers the serving process.

It listens on loopback, and every request must bring the token that only the owner of the
sandbox's home can read.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.errors import SandboxError
from stanch.sandbox.world import World, told

_LONGEST = 3600
_STRIDE = 5.0
"""Simulated seconds that pass at once when time is to hurry."""
_BREATH = 0.02
"""Wall seconds between two strides."""

Endpoint = Callable[[Request], Awaitable[Any]]


def build(world: World, *, token: str, stop: Callable[[], None]) -> Starlette:
    """Return the application; `stop` ends the process once the answer is out."""
    control = _Control(world, stop)

    def guarded(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                return JSONResponse({"error": "wrong token", "remedy": ""}, status_code=401)
            try:
                return JSONResponse(await endpoint(request))
            except SandboxError as error:
                body = {"error": str(error), "remedy": error.remedy}
                return JSONResponse(body, status_code=409)

        return answer

    return Starlette(
        routes=[
            Route("/status", guarded(control.status)),
            Route("/alerts", guarded(control.alerts)),
            Route("/referee", guarded(control.referee)),
            Route("/break", guarded(control.breaks), methods=["POST"]),
            Route("/hurry", guarded(control.hurry), methods=["POST"]),
            Route("/mend", guarded(control.mend), methods=["POST"]),
            Route("/speed", guarded(control.speed), methods=["POST"]),
            Route("/down", guarded(control.down), methods=["POST"]),
        ]
    )


class _Control:
    def __init__(self, world: World, stop: Callable[[], None]) -> None:
        self._world = world
        self._stop = stop

    async def status(self, _: Request) -> dict[str, Any]:
        return self._world.status()

    async def alerts(self, _: Request) -> dict[str, Any]:
        return self._world.alerts()

    async def referee(self, _: Request) -> dict[str, Any]:
        return self._world.verdict().as_json()

    async def breaks(self, request: Request) -> dict[str, Any]:
        body = await _body(request)
        name, seed, params = body.get("fault"), body.get("seed", 0), body.get("params", {})
        plain = isinstance(params, dict) and all(isinstance(one, str) for one in params.values())
        if not isinstance(name, str) or not isinstance(seed, int) or not plain:
            raise _unreadable("a fault's name, a whole number as seed and texts as params")
        return dict(told(self._world.breaks(name, seed=seed, params=params)))

    async def hurry(self, request: Request) -> dict[str, Any]:
        body = await _body(request)
        seconds, alert = body.get("seconds"), body.get("until_alert", False)
        if not isinstance(seconds, int | float) or not 0 < seconds <= _LONGEST:
            raise _unreadable(f"a number of seconds, at most {_LONGEST}")
        passed = 0.0
        while passed < seconds and not (alert and self._world.alerts()["alerts"]):
            passed += self._world.hurry(most=min(_STRIDE, seconds - passed))
            # Real parts live by the wall's time: give them some.
            await asyncio.sleep(_BREATH)
        return {"seconds": passed, "alerts": len(self._world.alerts()["alerts"])}

    async def mend(self, _: Request) -> dict[str, Any]:
        if not self._world.mend():
            raise SandboxError("the fault has no cure by hand", remedy="Look at its alert.")
        return {}

    async def speed(self, request: Request) -> dict[str, Any]:
        speed = (await _body(request)).get("speed")
        if not isinstance(speed, int | float):
            raise _unreadable("a number as speed")
        try:
            self._world.clock.set_speed(float(speed))
        except ValueError as error:
            raise SandboxError(str(error), remedy="Choose another speed.") from error
        return {"speed": self._world.clock.speed}

    async def down(self, _: Request) -> dict[str, Any]:
        self._stop()
        return {}


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _unreadable("a JSON object")
    return body


def _unreadable(wanted: str) -> SandboxError:
    return SandboxError(f"the request must hold {wanted}", remedy="Use the stanch-sandbox command.")

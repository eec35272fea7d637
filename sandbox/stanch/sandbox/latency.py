"""A network that is not the loopback: every answer of a server comes a little later."""

import asyncio

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send


class Delay:
    """Holds each request back for some time, side by side with the others."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, later."""
        if scope["type"] == "http":
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)


def delayed(app: Starlette, seconds: float) -> Starlette:
    """Return `app`, whose answers from now on take `seconds` longer."""
    if seconds > 0:
        app.add_middleware(Delay, seconds=seconds)
    return app

"""An HTTP server beside others in one event loop, which ends at once when it is told to.

The process, not the server, listens to signals; watches and followed logs, which would go on
for as long as their clients like, are cut off.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

HOST = "127.0.0.1"
_KEEP_ALIVE = 75
_TICK = 0.1
_GOODBYE = 0.05
_STARTING = 0.002


class Door(uvicorn.Server):
    """A server with its socket; `close` ends it."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self.listener = listener
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End the server without waiting for anybody."""
        self.should_exit = self.force_exit = True
        self._closing.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def main_loop(self) -> None:
        """Keep the Date header right until the server is to end."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and cut off those that are there."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in tuple(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        if tasks := tuple(self.server_state.tasks):
            # Who streams notices now that nobody listens, and ends by itself.
            _, left = await asyncio.wait(tasks, timeout=_GOODBYE)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def listen(port: int) -> socket.socket:
    """Return a socket on 127.0.0.1 that takes connections from now on; port 0 takes any.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.create_server((HOST, port), backlog=128)
    # Else small answers wait 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def door(
    application: Starlette,
    listener: socket.socket,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
) -> Door:
    """Return a server for `application`, with TLS if it has a certificate, whose files are read."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    config.load()
    return Door(config, listener)


@contextlib.asynccontextmanager
async def opened(doors: Sequence[Door]) -> AsyncIterator[None]:
    """Serve through `doors` while the block runs."""
    tasks = [asyncio.create_task(one.serve([one.listener])) for one in doors]
    try:
        while not all(one.started for one in doors):
            await asyncio.sleep(_STARTING)
            for task in tasks:
                if task.done():
                    task.result()
        yield
    finally:
        for one in doors:
            one.close()
        await asyncio.gather(*tasks)

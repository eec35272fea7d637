"""The serving process: one event loop with the cluster's API, Prometheus and control.

The requests and the passing of time take turns in one thread, so nothing needs a lock.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from stanch.sandbox import control
from stanch.sandbox.clock import Clock
from stanch.sandbox.cluster import app as cluster_api
from stanch.sandbox.cluster import kubeconfig, tls
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.home import Home, Running
from stanch.sandbox.shop import prometheus
from stanch.sandbox.shop.shop import open_shop
from stanch.sandbox.world import World

if TYPE_CHECKING:
    from starlette.applications import Starlette

STEP = 0.02
"""Wall seconds between two steps of the world."""
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a sandbox is to run."""

    home: Home
    speed: float = 1.0
    seed: int = 0
    api_port: int = 0
    prometheus_port: int = 0
    parent: int | None = None


def serve(options: Options, *, ready: Callable[[Running], None]) -> None:
    """Run a sandbox until it is told to end; call `ready` once it answers.

    Raises:
        SandboxError: one runs already, or a port is taken.
    """
    options.home.make()
    with _only_one(options.home):
        try:
            asyncio.run(_serve(options, ready))
        finally:
            options.home.clean()


@contextlib.contextmanager
def _only_one(home: Home) -> Iterator[None]:
    with home.lock.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SandboxError(
                f"another sandbox runs in {home.folder}",
                remedy="Use it, or end it with `stanch-sandbox down`.",
            ) from error
        yield


async def _serve(options: Options, ready: Callable[[Running], None]) -> None:
    home, stop = options.home, asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with contextlib.ExitStack() as stack:
        api, prom, steer = (
            stack.enter_context(_listen(port))
            for port in (options.api_port, options.prometheus_port, 0)
        )
        running = _running(home, prom=prom, steer=steer)
        shop = open_shop(now=time.time(), seed=options.seed)
        clock = Clock(start=shop.now, speed=options.speed, file=home.clock)
        world = World(shop, clock, prometheus_url=running.prometheus_url)
        token = secrets.token_urlsafe(24)
        home.private(home.token, token + "\n")
        servers = [
            _cluster_server(world, home, api),
            _server(prometheus.build(shop.series, shop.alerts, now=lambda: shop.now), prom),
            _server(control.build(world, token=token, stop=stop.set), steer),
        ]
        async with _serving(servers):
            home.announce(running)
            ready(running)
            await _live(world, stop, parent=options.parent)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"port {port} of {HOST} cannot be used: {error.strerror}",
            remedy="Choose another port, or leave the option out for a free one.",
        ) from error
    return listener


def _url(listener: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://{HOST}:{listener.getsockname()[1]}"


def _running(home: Home, *, prom: socket.socket, steer: socket.socket) -> Running:
    return Running(
        pid=os.getpid(),
        kubeconfig=str(home.kubeconfig),
        prometheus_url=_url(prom),
        clock=str(home.clock),
        control_url=_url(steer),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class _Server(uvicorn.Server):
    """A server among others: the process, not each server, listens to signals."""

    listener: socket.socket

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(
    app: "Starlette", listener: socket.socket, *, key: Path | None = None, cert: Path | None = None
) -> _Server:
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
        ssl_keyfile=key,
        ssl_certfile=cert,
    )
    config.load()
    server = _Server(config)
    server.listener = listener
    return server


def _cluster_server(world: World, home: Home, listener: socket.socket) -> _Server:
    identity = tls.make_identity()
    tokens = {user: secrets.token_urlsafe(24) for user in kubeconfig.USERS}
    kubeconfig.write_all(
        home.folder,
        server=_url(listener, "https"),
        ca_pem=identity.ca,
        tokens_by_user=tokens,
    )
    app = cluster_api.build(world.shop.cluster, tokens={t: user for user, t in tokens.items()})
    key, cert = home.folder / "server.key", home.folder / "server.crt"
    home.private(key, identity.key.decode())
    home.private(cert, identity.certificate.decode())
    try:
        return _server(app, listener, key=key, cert=cert)
    finally:
        key.unlink()
        cert.unlink()


@contextlib.asynccontextmanager
async def _serving(servers: list[_Server]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(server.serve([server.listener])) for server in servers]
    try:
        while not all(server.started for server in servers):
            await asyncio.sleep(0.005)
            for task in tasks:
                if task.done():
                    task.result()
        yield
    finally:
        for server in servers:
            server.should_exit = True
            server.force_exit = True
        await asyncio.gather(*tasks)


async def _live(world: World, stop: asyncio.Event, *, parent: int | None) -> None:
    """Let the world live until `stop` is set or the `parent` process is gone."""
    while not stop.is_set() and (parent is None or _alive(parent)):
        world.live()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STEP)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stanch.sandbox import control
from stanch.sandbox.clock import Clock
from stanch.sandbox.cluster import app as cluster_api
from stanch.sandbox.cluster import kubeconfig, tls
from stanch.sandbox.cluster.door import HOST, Door, door, listen, opened
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.home import Home, Running
from stanch.sandbox.shop import prometheus
from stanch.sandbox.shop.shop import open_shop
from stanch.sandbox.world import World

STEP = 0.02
"""Wall seconds between two steps of the world."""


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
        doors = [
            _cluster_door(world, home, api),
            door(prometheus.build(shop.series, shop.alerts, now=lambda: shop.now), prom),
            door(control.build(world, token=token, stop=stop.set), steer),
        ]
        async with opened(doors):
            home.announce(running)
            ready(running)
            await _live(world, stop, parent=options.parent)


def _listen(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError as error:
        raise SandboxError(
            f"port {port} of {HOST} cannot be used: {error.strerror}",
            remedy="Choose another port, or leave the option out for a free one.",
        ) from error


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


def _cluster_door(world: World, home: Home, listener: socket.socket) -> Door:
    identity = tls.make_identity()
    tokens = {user: secrets.token_urlsafe(24) for user in kubeconfig.USERS}
    kubeconfig.write_all(
        home.folder,
        server=_url(listener, "https"),
        ca_pem=identity.ca,
        tokens_by_user=tokens,
    )
    app = cluster_api.build(world.shop.cluster, tokens={t: user for user, t in tokens.items()})
    key, certificate = home.folder / "server.key", home.folder / "server.crt"
    home.private(key, identity.key.decode())
    home.private(certificate, identity.certificate.decode())
    try:
        return door(app, listener, certificate=certificate, key=key)
    finally:
        key.unlink()
        certificate.unlink()


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

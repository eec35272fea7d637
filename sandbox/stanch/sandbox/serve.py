"""The serving process: one event loop with the cluster's API, Prometheus and control.

The requests and the passing of time take turns in one thread, so nothing needs a lock.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stanch.sandbox import control
from stanch.sandbox.clock import Clock
from stanch.sandbox.cluster import app as cluster_api
from stanch.sandbox.cluster import kubeconfig, tls
from stanch.sandbox.cluster.door import HOST, Door, door, listen, opened
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.governor import Governor
from stanch.sandbox.home import Home, Running
from stanch.sandbox.latency import delayed
from stanch.sandbox.parts import build, merge
from stanch.sandbox.shop import prometheus
from stanch.sandbox.shop.part import Part, Place
from stanch.sandbox.shop.shop import Shop, open_shop
from stanch.sandbox.toml_text import toml
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
    latency: float = 0.0
    """Seconds by which the cluster's and Prometheus' answers come later."""


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
    async with contextlib.AsyncExitStack() as stack:
        api, prom, steer = (
            stack.enter_context(_listen(port))
            for port in (options.api_port, options.prometheus_port, 0)
        )
        shop = await stack.enter_async_context(_world(options))
        running = _running(home, shop, prom=prom, steer=steer)
        clock = Clock(start=shop.now, speed=options.speed, file=home.clock)
        world = World(shop, clock, prometheus_url=running.prometheus_url)
        token = secrets.token_urlsafe(24)
        home.private(home.token, token + "\n")
        doors = [
            _cluster_door(world, home, api, latency=options.latency),
            door(
                delayed(
                    prometheus.build(shop.series, shop.alerts, now=lambda: shop.now),
                    options.latency,
                ),
                prom,
            ),
            door(control.build(world, token=token, stop=stop.set), steer),
        ]
        async with opened(doors):
            home.private(home.settings, toml(_settings(running, shop)))
            home.announce(running)
            ready(running)
            await _live(world, stop, parent=options.parent)


@contextlib.asynccontextmanager
async def _world(options: Options) -> AsyncIterator[Shop]:
    """Open the shop and its parts; end the parts afterwards, whatever happens."""
    parts = build()
    places = {part.name: Place(options.home.folder / part.name) for part in parts}
    for place in places.values():
        shutil.rmtree(place.folder, ignore_errors=True)  # of a run that was killed
    begun: list[Part] = []
    try:
        begun += parts
        preparing = asyncio.gather(*(part.prepare(places[part.name]) for part in parts))
        shop = await asyncio.to_thread(open_shop, now=time.time(), seed=options.seed)
        await preparing
        for part in parts:
            await part.start(shop, places[part.name])
            shop.add(part)
        yield shop
    finally:
        for part in reversed(begun):
            await part.stop()
            # Keys, passwords and data are of this run alone.
            shutil.rmtree(places[part.name].folder, ignore_errors=True)


def _settings(running: Running, shop: Shop) -> dict[str, Any]:
    """Return what a stanch.toml says to lead to all of this."""
    tables: dict[str, Any] = {
        "kubeconfig": running.kubeconfig,
        "context": "reader",
        "act_context": "operator",
        "prometheus_url": running.prometheus_url,
        "clock": running.clock,
    }
    for part in shop.parts.values():
        merge(tables, part.settings())
    return tables


_PATCHED = ("horizontalpodautoscalers", "services", "configmaps", "resourcequotas", "nodes")


def _policy(shop: Shop) -> dict[str, Any]:
    """Return what a policy would list of the cluster and of all parts."""
    resources = [f"{resource}/*" for resource in _PATCHED]
    found: dict[str, Any] = {
        "changes": {"kinds": ["kubernetes.patch"], "resources": resources},
    }
    for part in shop.parts.values():
        merge(found, part.policy())
    return found


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


def _running(home: Home, shop: Shop, *, prom: socket.socket, steer: socket.socket) -> Running:
    return Running(
        pid=os.getpid(),
        kubeconfig=str(home.kubeconfig),
        prometheus_url=_url(prom),
        clock=str(home.clock),
        control_url=_url(steer),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=str(home.settings),
        policy=_policy(shop),
    )


def _cluster_door(world: World, home: Home, listener: socket.socket, *, latency: float) -> Door:
    identity = tls.make_identity()
    tokens = {user: secrets.token_urlsafe(24) for user in kubeconfig.USERS}
    kubeconfig.write_all(
        home.folder,
        server=_url(listener, "https"),
        ca_pem=identity.ca,
        tokens_by_user=tokens,
    )
    users = {token: user for user, token in tokens.items()}
    app = delayed(cluster_api.build(world.shop.cluster, tokens=users), latency)
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
    governor, clock = Governor(), world.clock
    while not stop.is_set() and (parent is None or _alive(parent)):
        began = time.monotonic()
        world.live()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STEP)
        # However busy the machine is, time passes as fast as on the wall.
        least = min(1.0, 1.0 / clock.speed)
        clock.ease(governor.turn(STEP, time.monotonic() - began, least=least))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

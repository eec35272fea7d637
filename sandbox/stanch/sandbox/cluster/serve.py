"""Run a bare practice cluster: `python -m stanch.sandbox.cluster.serve --dir DIR`.

The cluster is empty but for its nodes and the namespace `shop`. Its kubeconfig files go
into DIR; the line `ready https://127.0.0.1:PORT` on standard output says that it answers.
"""

import argparse
import asyncio
import contextlib
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from stanch.sandbox.clock import Clock
from stanch.sandbox.cluster import app, kubeconfig, tls
from stanch.sandbox.cluster.engine import Cluster

_TICK = 0.02


class Server(uvicorn.Server):
    """A server that leaves the signals to its caller, and stops without waiting for watches."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    def stop(self) -> None:
        """Stop at once."""
        self.should_exit = True
        self.force_exit = True


def server_for(application: Starlette, *, certificate: Path, key: Path) -> Server:
    """Return a TLS server for `application`; the caller gives it its socket."""
    config = uvicorn.Config(
        application,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=75,
    )
    return Server(config)


def listen(port: int) -> socket.socket:
    """Return a socket on 127.0.0.1 that takes connections from now on; port 0 takes any.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    # Else small answers wait 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(False)
    return listener


async def keep_time(cluster: Cluster, clock: Clock) -> None:
    """Carry the cluster along with the clock, until cancelled."""
    while True:
        cluster.advance(clock.now())
        await asyncio.sleep(_TICK)


def write_identity(folder: Path) -> tls.Identity:
    """Make the server's certificate and write it into `folder`; return it."""
    identity = tls.make_identity()
    key = folder / "server.key"
    key.touch(mode=0o600)
    key.write_bytes(identity.key)
    (folder / "server.crt").write_bytes(identity.certificate + identity.ca)
    (folder / "ca.crt").write_bytes(identity.ca)
    return identity


async def run(folder: Path, *, port: int, speed: float, seed: int) -> None:
    """Run a bare cluster until SIGTERM or SIGINT."""
    identity = write_identity(folder)
    clock = Clock(start=time.time(), speed=speed, file=folder / "clock.json")
    cluster = Cluster(now=clock.now(), seed=seed)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    users = {user: secrets.token_urlsafe(24) for user in kubeconfig.USERS}
    listener = listen(port)
    address = f"https://127.0.0.1:{listener.getsockname()[1]}"
    kubeconfig.write_all(folder, server=address, ca_pem=identity.ca, tokens_by_user=users)
    application = app.build(cluster, tokens={token: user for user, token in users.items()})
    server = server_for(application, certificate=folder / "server.crt", key=folder / "server.key")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    ticking = asyncio.create_task(keep_time(cluster, clock))
    ticking.add_done_callback(lambda _: server.stop())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    # The socket listens already: who connects now is served as soon as the loop turns.
    sys.stdout.write(f"ready {address}\n")
    sys.stdout.flush()
    await serving
    for task in asyncio.all_tasks() - {asyncio.current_task(), ticking}:
        # Watches and followed logs would wait for their clients.
        task.cancel()
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description="Run a bare practice cluster.")
    parser.add_argument("--dir", type=Path, required=True, help="where the kubeconfigs go")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: any")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same names")
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(options.dir, port=options.port, speed=options.speed, seed=options.seed))


if __name__ == "__main__":
    main()

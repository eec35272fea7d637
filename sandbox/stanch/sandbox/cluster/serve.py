"""Run a bare practice cluster: `python -m stanch.sandbox.cluster.serve --dir DIR`.

The cluster is empty but for its nodes and the namespace `shop`. Its kubeconfig files go
into DIR; the line `ready https://127.0.0.1:PORT` on standard output says that it answers.
"""

import argparse
import asyncio
import contextlib
import secrets
import signal
import sys
import time
from pathlib import Path

from stanch.sandbox.clock import Clock
from stanch.sandbox.cluster import app, kubeconfig, tls
from stanch.sandbox.cluster.door import HOST, door, listen, opened
from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.pace import QUICK

_TICK = 0.02


async def keep_time(cluster: Cluster, clock: Clock, stop: asyncio.Event) -> None:
    """Carry the cluster along with the clock, and at once after every change, until `stop`."""
    wake = asyncio.Event()
    cluster.store.journal.listen(lambda _: wake.set())
    while not stop.is_set():
        cluster.advance(clock.now())
        # What the controllers changed themselves is settled: only what comes now is news.
        wake.clear()
        pause = (cluster.next_due - clock.now()) / clock.speed
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), min(_TICK, max(0.0, pause)))


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
    cluster = Cluster(now=clock.now(), seed=seed, pace=QUICK)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    users = {user: secrets.token_urlsafe(24) for user in kubeconfig.USERS}
    with listen(port) as listener:
        address = f"https://{HOST}:{listener.getsockname()[1]}"
        kubeconfig.write_all(folder, server=address, ca_pem=identity.ca, tokens_by_user=users)
        application = app.build(cluster, tokens={token: user for user, token in users.items()})
        certificate, key = folder / "server.crt", folder / "server.key"
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with opened([door(application, listener, certificate=certificate, key=key)]):
            sys.stdout.write(f"ready {address}\n")
            sys.stdout.flush()
            await keep_time(cluster, clock, stop)


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

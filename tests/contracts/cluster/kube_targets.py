"""The servers held to the contract: always the practice cluster, and a real one on request.

The practice cluster is started from this checkout, once per test process. The real one is named
by STANCH_TEST_KUBECONFIG (an admin's kubeconfig; those of operator, reader and nobody beside it).
"""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.contracts.cluster.kube_api import Api

VARIABLE = "STANCH_TEST_KUBECONFIG"
USERS = ("admin", "operator", "reader", "nobody")


class Cluster:
    """One running server, and a door to it for each user."""

    def __init__(self, name: str, kubeconfigs: dict[str, Path]) -> None:
        """Take the `name` that test ids show, and each user's kubeconfig."""
        self.name = name
        self.kubeconfigs = kubeconfigs
        self._doors: dict[str, Api] = {}
        missing = [str(path) for path in kubeconfigs.values() if not path.is_file()]
        if missing:
            pytest.fail(
                f"{name} cluster: no kubeconfig at {', '.join(missing)}; "
                f"{VARIABLE} must name the admin's, with {', '.join(USERS[1:])} beside it"
            )

    def api(self, user: str = "admin") -> Api:
        """Return the door of `user`; `anonymous` sends no credentials."""
        if user not in self._doors:
            known = user in self.kubeconfigs
            path = self.kubeconfigs[user if known else "admin"]
            self._doors[user] = Api(path, credentials=known)
        return self._doors[user]

    @property
    def version(self) -> tuple[int, int]:
        """Return the server's major and minor version."""
        said = self.api().get("/version")
        return int(said["major"]), int(said["minor"].rstrip("+"))

    def close(self) -> None:
        """Close every door."""
        for door in self._doors.values():
            door.close()


Running: TypeAlias = dict[str, Cluster]
_KEY = pytest.StashKey[Running]()


def names() -> list[str]:
    """Return the names of the servers to test, in the order of the test ids."""
    return ["practice", "real"] if _real() else ["practice"]


def notice() -> str:
    """Return the line that says which servers are tested, and how to test a real one."""
    if path := _real():
        return f"cluster contract: practice cluster AND the real API server of {path}"
    return (
        "cluster contract: THE REAL API SERVER IS NOT TESTED, only the practice cluster. "
        f"Set {VARIABLE} to an admin's kubeconfig (operator, reader, nobody beside it)."
    )


def running(config: pytest.Config, name: str, folder: Path) -> Cluster:
    """Return the server called `name`, started on first use and stopped when pytest ends."""
    started = config.stash.setdefault(_KEY, {})
    if name not in started:
        started[name] = _connect() if name == "real" else _start(config, folder)
        config.add_cleanup(started[name].close)
    return started[name]


def _real() -> str:
    return os.environ.get(VARIABLE, "")  # noqa: TID251 - the one place of the tests that reads it


def _connect() -> Cluster:
    admin = Path(_real()).expanduser()
    rest = {user: admin.with_name(f"{user}.kubeconfig") for user in USERS[1:]}
    return Cluster("real", {"admin": admin, **rest})


def _start(config: pytest.Config, folder: Path) -> Cluster:
    log = folder / "serve.log"
    command = [sys.executable, "-m", "stanch.sandbox.cluster.serve", "--dir", str(folder)]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    config.add_cleanup(lambda: _stop(process))
    _await_ready(process, log)
    return Cluster("practice", {user: folder / f"{user}.kubeconfig" for user in USERS})


def _await_ready(process: subprocess.Popen[bytes], log: Path, *, seconds: float = 90) -> None:
    assert process.stdout is not None
    said, deadline = b"", time.monotonic() + seconds
    while not any(line.startswith(b"ready https://") for line in said.splitlines()):
        left = deadline - time.monotonic()
        readable, _, _ = select.select([process.stdout], [], [], max(left, 0))
        chunk = os.read(process.stdout.fileno(), 65536) if readable else b""
        if not chunk:
            pytest.fail(f"the practice cluster did not start: {said!r} {log.read_text()[-2000:]}")
        said += chunk


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise

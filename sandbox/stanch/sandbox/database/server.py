"""One running PostgreSQL server on a free port of loopback, which ends with this process."""

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from stanch.sandbox.database import keeper
from stanch.sandbox.database.binaries import Binaries
from stanch.sandbox.errors import SandboxError

HOST = "127.0.0.1"
ADMIN = "postgres"
MAX_CONNECTIONS = 44
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    "superuser_reserved_connections": "3",
    "reserved_connections": "8",
    "shared_buffers": "24MB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "500",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "autovacuum_max_workers": "1",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_lock_waits": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_PATIENCE = 60.0
_PAUSE = 0.02
_TRIES = 3


@dataclass(slots=True)
class Server:
    """A server that runs."""

    port: int
    data: Path
    log: Path
    _keeper: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """End the server and return when it is gone; do nothing when it is."""
        pipe: IO[bytes] | None = self._keeper.stdin
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            self._keeper.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            # The kernel ends the server with its keeper.
            self._keeper.kill()
            self._keeper.wait()

    @property
    def running(self) -> bool:
        """Whether the server has not ended."""
        return self._keeper.poll() is None

    @property
    def keeper_pid(self) -> int:
        """The process that watches over the server."""
        return self._keeper.pid


def start(
    binaries: Binaries, data: Path, password: str, *, log: Path, clean: bool = False
) -> Server:
    """Run a server over `data`, and return when it answers to the administrator.

    Its files are removed when it ends, unless it is to end `clean`ly.

    Raises:
        SandboxError: it ended, or took too long; says its last words.
    """
    pause = threading.Event()
    for _ in range(_TRIES):
        server = _launch(binaries, data, log=log, clean=clean)
        until = time.monotonic() + _PATIENCE
        while server.running and time.monotonic() < until:
            if _answers(server.port, password):
                return server
            pause.wait(_PAUSE)
        server.stop()
        if "Address already in use" not in _last_words(log):
            break
    raise SandboxError(
        f"PostgreSQL did not start: {_last_words(log)}", remedy=f"All it said is in {log}."
    )


def _launch(binaries: Binaries, data: Path, *, log: Path, clean: bool) -> Server:
    port = _free_port()
    settings = {**_SETTINGS, "port": str(port)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    job = {
        "command": binaries.command("postgres", "-D", str(data), *words),
        "uid": binaries.way.uid,
        "log": str(log),
        "signal": int(signal.SIGINT if clean else signal.SIGQUIT),
        "remove": None if clean else str(data),
    }
    with log.open("ab") as words_of_keeper:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-I", "-S", str(keeper.__file__), json.dumps(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words_of_keeper,
            cwd="/",
            start_new_session=True,
        )
    return Server(port, data, log, process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, password: str) -> bool:
    try:
        psycopg.connect(
            host=HOST,
            port=port,
            user=ADMIN,
            password=password,
            dbname="postgres",
            connect_timeout=2,
            sslmode="disable",
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it said nothing"
    telling = [one for one in lines if "FATAL" in one or "could not" in one] or lines
    return telling[-1].strip() if telling else "it said nothing"


def forget(folder: Path) -> None:
    """Remove the files of a server that is gone; nothing when there are none."""
    shutil.rmtree(folder, ignore_errors=True)

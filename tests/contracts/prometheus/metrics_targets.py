"""Two metrics servers with the same series: Debian's Prometheus, and the practice production's.

The history is written into Prometheus with promtool, with its own times; what is true now
it scrapes from a tiny exporter of the test.
"""

import asyncio
import contextlib
import math
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TypeAlias

import httpx2
import pytest
import uvicorn

from stanch.sandbox.shop import prometheus
from stanch.sandbox.shop.alerts import AlertBook
from stanch.sandbox.shop.promql import Engine
from stanch.sandbox.shop.series import SeriesStore
from tests.services.web_server import WebServer

NAMES = ("practice", "prometheus")
STEP = 15
LENGTH = 80
"""The samples of a whole series; the last is a minute before the server's start."""
MANY = 300
_PAUSE = threading.Event()
_LIVE = "# TYPE live gauge\nlive 42\nlive_nan NaN\nlive_high +Inf\nlive_low -Inf\n"


@dataclass(frozen=True, slots=True)
class Server:
    """A running metrics server; `began` is the time of the newest sample of its history."""

    name: str
    url: str
    began: float
    process: subprocess.Popen[bytes] | None = None


def history() -> dict[str, list[float | None]]:
    """Return the samples by series, the newest last; None is a gap."""
    steady = [float(at) for at in range(LENGTH)]
    broken = [math.nan if 40 <= at < 50 else 1.0 for at in range(LENGTH)]
    endless = [math.inf if at % 2 else -math.inf for at in range(LENGTH)]
    gap: list[float | None] = [None if 20 <= at < 60 else 0.25 for at in range(LENGTH)]
    many: dict[str, list[float | None]] = {
        f'many{{n="{number}"}}': [float(number)] * 4 for number in range(MANY)
    }
    return {
        'steady{i="a"}': [*steady],
        'broken{i="a"}': [*broken],
        'endless{i="a"}': [*endless],
        'gap{i="a"}': gap,
        **many,
    }


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[Server]:
    """Run the server called `name`; skip the test when its program is not here."""
    if name == "practice":
        with _practice() as server:
            yield server
        return
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        pytest.skip("Debian's prometheus is not installed")
    with _exporter() as port, _prometheus(folder, port) as server:
        yield server


@contextlib.contextmanager
def _practice() -> Iterator[Server]:
    began = float(int(time.time()) - 60)
    store = SeriesStore(retention=1e9)
    live = (
        ("live", 42.0),
        ("live_nan", math.nan),
        ("live_high", math.inf),
        ("live_low", -math.inf),
    )
    for at, samples in _scrapes(began):
        every = [*samples, *((name, {}, value) for name, value in live if at == began)]
        store.scrape(at, [(store.series(name, pairs), value) for name, pairs, value in every])
    app = prometheus.build(store, AlertBook(Engine(store), ()), now=time.time)
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Server("practice", f"http://127.0.0.1:{port}", began)
    finally:
        server.should_exit = True
        thread.join()


Sample: TypeAlias = tuple[str, dict[str, str], float]


def _scrapes(began: float) -> Iterator[tuple[float, list[Sample]]]:
    """Yield the samples of each moment of the history, the oldest first."""
    rows = {name: [*[None] * (LENGTH - len(some)), *some] for name, some in history().items()}
    for index in range(LENGTH):
        found = []
        for name, values in rows.items():
            value = values[index]
            if value is not None:
                bare, _, label = name.rstrip("}").partition("{")
                key, _, text = label.partition("=")
                found.append((bare, {key: text.strip('"')}, value))
        yield began - STEP * (LENGTH - 1 - index), found


@contextlib.contextmanager
def _prometheus(folder: Path, exporter: int) -> Iterator[Server]:
    began = float(int(time.time()) - 60)
    data = folder / "data"
    written = folder / "history.txt"
    written.write_text(_openmetrics(began), encoding="utf-8")
    promtool = shutil.which("promtool") or ""
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(written), str(data)]
    subprocess.run(command, check=True, capture_output=True)
    settings = folder / "prometheus.yml"
    settings.write_text(
        "scrape_configs:\n"
        f"- {{job_name: test, scrape_interval: 200ms, scrape_timeout: 200ms, "
        f"static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]}}\n"
        # Nothing listens there: what it holds is missing from every answer, with a warning.
        f"remote_read: [{{url: 'http://127.0.0.1:{_free_port()}/read', read_recent: true}}]\n",
        encoding="utf-8",
    )
    port = _free_port()
    program = [
        shutil.which("prometheus") or "",
        f"--config.file={settings}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=10d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(program, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process, folder / "prometheus.log")
        yield Server("prometheus", url, began, process)
    finally:
        process.kill()
        process.wait()


def _openmetrics(began: float) -> str:
    rows: dict[str, list[str]] = {}
    for at, samples in _scrapes(began):
        for name, pairs, value in samples:
            [(key, text)] = pairs.items()
            number = {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, str(value))
            line = f'{name}{{{key}="{text}"}} {number} {at:.0f}'
            rows.setdefault(name, [f"# TYPE {name} gauge"]).append(line)
    return "\n".join([*(line for lines in rows.values() for line in lines), "# EOF", ""])


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers and has scraped the exporter."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx2.TransportError, KeyError, ValueError):
            answer = httpx2.get(f"{url}/api/v1/query", params={"query": "live"}).json()
            if answer["data"]["result"]:
                return
        _PAUSE.wait(0.05)
    pytest.fail(f"Prometheus did not start: {log.read_text(encoding='utf-8')[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


@contextlib.contextmanager
def _exporter() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(_LIVE.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = WebServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

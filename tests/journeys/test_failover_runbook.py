"""The shipped runbook for a lost primary, from the alert to the end (MIT-13, MIT-20)."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.by_hand_scene import ByHand, Pair
from tests.journeys.command import ME, Stanch
from tests.services.web_server import WebServer

SPEED = 60.0
POLICY = """\
version: 1
environments:
  - name: databases
    where:
      databases: [orders]
    ceiling: destructive
    allow:
      - kinds: [manual.do]
        things: ["failover/*"]
    approval:
      approvers: [{people}]
      expires_minutes: 600
      destructive: {{quorum: 1}}
"""


@dataclass(slots=True)
class Metrics:
    """What the exporters of two instances say, asked by the metric in the query."""

    writable: float = 0.0
    primary_up: float = 0.0
    standby: float | None = 1.0
    lag: float | None = 4096.0
    url: str = ""

    def answer(self, query: str) -> float | None:
        # The order matters: a query names the metric of its last factor, too.
        if "pg_stat_replication_pg_wal_lsn_diff" in query:
            return self.lag
        if "max_over_time(pg_up" in query:
            return self.primary_up
        if "== bool 0" in query or "==bool 0" in query:
            return self.writable
        if "pg_replication_is_replica" in query:
            return self.standby
        return None


@contextmanager
def metrics() -> Iterator[Metrics]:
    """Serve the two until the end of the `with`, as Prometheus does."""
    here = Metrics()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = self.rfile.read(length).decode() or urlsplit(self.path).query
            (query,) = parse_qs(given).get("query", [""])
            value = here.answer(query)
            now = time.time()
            series: list[Any] = (
                [] if value is None else [{"metric": {}, "value": [now, str(value)]}]
            )
            data: dict[str, Any]
            if self.path.startswith("/api/v1/query_range"):
                data = {"resultType": "matrix", "result": []}
            else:
                data = {"resultType": "vector", "result": series}
            raw = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Stay silent."""

    server = WebServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def exporters() -> Iterator[Metrics]:
    with metrics() as here:
        yield here


@pytest.fixture
def lost(tmp_path: Path, exporters: Metrics) -> ByHand:
    (tmp_path / "policy.yaml").write_text(POLICY.format(people=ME), encoding="utf-8")
    clock = tmp_path / "clock.json"
    line = {"wall": time.time(), "simulated": time.time(), "speed": SPEED}
    clock.write_text(json.dumps(line), encoding="utf-8")
    settings = {"STANCH_PROMETHEUS_URL": exporters.url, "STANCH_CLOCK": str(clock)}
    return ByHand(Stanch(tmp_path, settings), Pair())


def opened(here: ByHand, *, code: int = 0) -> str:
    return here.stanch.said(
        *("open", "The primary of orders is down", "--label", "alertname=PostgresPrimaryDown"),
        *("--label", "datname=orders", "--label", "host=db-1", "--label", "standby=db-2"),
        "--no-wait",
        code=code,
    )


def test_the_standby_is_promoted_by_hand_and_writes_are_taken_again(
    lost: ByHand, exporters: Metrics
) -> None:
    said = opened(lost)
    assert "Fence the old primary db-1, and then promote the standby db-2" in " ".join(
        said.replace("│", " ").split()
    )
    assert "ssh db-2 sudo -u postgres psql -c 'SELECT pg_promote()'" in " ".join(
        said.replace("│", " ").split()
    )
    said = lost.stanch.said("approve", "A-1", "--yes")
    assert "ssh db-1 sudo systemctl disable --now postgresql" in said
    exporters.writable = 1.0
    assert "INC-1 is closed" in lost.stanch.said("done", "INC-1", "--ran")
    passed = next(one for one in lost.events() if one.type == "verification.passed")
    assert [one["name"] for one in passed.data["checks"]] == ["nobody-takes-writes"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("writable", 1.0), ("primary_up", 1.0), ("standby", 0.0), ("lag", 64e6), ("lag", None)],
)
def test_nobody_is_asked_to_promote_what_must_not_be_promoted(
    lost: ByHand, exporters: Metrics, name: str, value: float | None
) -> None:
    setattr(exporters, name, value)
    opened(lost, code=4)
    assert "proposal.made" not in lost.kinds()


@pytest.mark.parametrize("name", ["writable", "primary_up"])
def test_a_primary_that_comes_back_before_the_person_begins_voids_it(
    lost: ByHand, exporters: Metrics, name: str
) -> None:
    opened(lost)
    setattr(exporters, name, 1.0)
    lost.stanch.run("approve", "A-1", "--yes", code=1)
    assert "mitigation.started" not in lost.kinds()
    assert "approval.superseded" in lost.kinds()

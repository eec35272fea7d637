"""Targets that misbehave at the edges, beside some that do not, and incidents that meet them.

All of them are real servers on loopback: SSH, PostgreSQL, TLS, and an API of metrics with
gaps. The incident is moved in this process by the use cases that the command line calls.
"""

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import yaml

from stanch.clock import Clock
from stanch.incident import Alert, Event, Evidence, Incident
from stanch.report.check import check
from stanch.report.document import Postmortem
from stanch.runbook.folder import read_folder
from stanch.sandbox.web.authority import Authority
from stanch.service.opening import open_incident
from stanch.service.running import Stopped, prepare, run
from stanch.settings import Settings
from stanch.settings.targets import Targets
from stanch.store import Store, verify
from tests.contracts.clients.metrics_server import Asked, MetricsServer, Reply, success
from tests.contracts.http.http_servers import HELLO, tls_context, write_ca
from tests.contracts.http.http_servers import Server as WebServer
from tests.contracts.sql.sql_shop import ACT_PASSWORD, APP_PASSWORD, LOOK_PASSWORD, Shop
from tests.contracts.ssh import ssh_servers
from tests.contracts.ssh.ssh_servers import Server as SshServer
from tests.contracts.ssh.ssh_servers import line_of
from tests.services.postgres import PASSWORD

STEP_SECONDS = 3.0
CONNECT_SECONDS = 1.0
TOKEN = "T0ken-of-the-endpoint"
POLICY: Mapping[str, Any] = {
    "version": 1,
    "reads": {
        "hosts": ["*"],
        "databases": ["*"],
        "http": [{"host": "*", "paths": ["/**"], "methods": ["GET", "HEAD"]}],
    },
}


class Metrics(MetricsServer):
    """An API of metrics that knows what time it is."""

    def reply(self, asked: Asked) -> Reply:
        """Answer by the rule, and the question for the time by the clock."""
        if asked.form.get("query") == "time()":
            now = time.time()
            return success("scalar", [now, str(now)])
        return self.rule(asked)


def with_gaps(asked: Asked) -> Reply:
    """Answer as a server that was away for a while, and divides by nothing now and then."""
    query, now = asked.form["query"], time.time()
    if "ALERTS" in query or "gone" in query:
        return success("matrix" if asked.path.endswith("range") else "vector", [])
    if asked.path.endswith("range"):
        values = [
            [now - 15 * number, "NaN" if number % 2 else "0"]
            for number in range(119, 0, -1)
            if not 40 < number < 80
        ]
        return success("matrix", [{"metric": {}, "values": [*values, [now, "NaN"]]}])
    return success("vector", [{"metric": {}, "value": [now, "1" if query == "up" else "NaN"]}])


def calm(asked: Asked, *, away: range) -> Reply:
    """Answer that nothing fails; nothing is known of the seconds before now in `away`."""
    if "ALERTS" in asked.form["query"]:
        return success("matrix", [])
    now = time.time()
    ages = [age for age in range(1785, -1, -15) if age not in away]
    return success("matrix", [{"metric": {}, "values": [[now - age, "0"] for age in ages]}])


@dataclass(slots=True)
class Edges:
    """The servers, and the settings that name them."""

    folder: Path
    shop: Shop
    ssh: SshServer
    metrics: Metrics
    web: WebServer
    silent: socket.socket
    closed: int
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def targets(self, **database: Any) -> Targets:
        """Return the tables of the settings; `database` changes that of the shop."""
        shop = self.shop.targets(statement_seconds=1.0, **database).databases["shop"]
        known = self.folder / "known_hosts"
        other = asyncssh.generate_private_key("ssh-ed25519")
        key = line_of(self.ssh.keys.host)
        known.write_text(f"good,flood,binary {key}\nchanged {line_of(other)}\n", encoding="utf-8")
        (self.folder / "config").touch()
        hosts: dict[str, Any] = {
            name: {"address": "127.0.0.1", "port": self.ssh.port}
            for name in ("good", "flood", "binary", "changed")
        }
        hosts["down"] = {"address": "127.0.0.1", "port": self.closed}
        hosts["silent"] = {"address": "127.0.0.1", "port": self.silent.getsockname()[1]}
        secure = {"address": self.web.address, "ca": str(self.folder / "ca.crt")}
        lost = {"url": f"http://127.0.0.1:{self.silent.getsockname()[1]}"}
        return Targets.model_validate(
            {
                "ssh": {
                    "identities": [self.ssh.keys.user],
                    "known_hosts": [known],
                    "config": self.folder / "config",
                    "agent": False,
                    "connect_seconds": CONNECT_SECONDS,
                },
                "hosts": hosts,
                "databases": {"shop": shop},
                "endpoints": {
                    "expired": {"url": "https://app.example", "credential": "token", **secure},
                    "mute": lost,
                },
                "credentials": {"token": {"value": TOKEN, "endpoints": ["expired"]}},
            }
        )

    def secrets(self) -> tuple[bytes, ...]:
        """Return what must stand nowhere: the passwords, the token, and a line of the key."""
        words = (PASSWORD, LOOK_PASSWORD, ACT_PASSWORD, APP_PASSWORD, TOKEN)
        private = self.ssh.keys.user.read_bytes().splitlines()
        return (*(word.encode() for word in words), *private[2:4])

    def close(self) -> None:
        """End all servers but the database."""
        self.stack.close()


def edges(folder: Path, shop: Shop) -> Edges:
    """Start the servers; the database of `shop` runs already."""
    stack = contextlib.ExitStack()
    ssh = ssh_servers.start("asyncssh", folder)
    stack.callback(ssh.close)
    ssh.program("uptime", "echo up 3 days")
    ssh.program("dmesg", "yes | head -c 100000000")
    ssh.program("lsblk", f"printf 'sda \\000\\377\\376 disk\\n'; echo {LOOK_PASSWORD}")
    metrics = Metrics()
    metrics.rule = with_gaps
    stack.callback(metrics.close)
    authority = Authority()
    write_ca(authority, folder)
    ended = time.time() - 60
    issued = authority.issue(("app.example",), begin=ended - 86_400, end=ended)
    web = WebServer(lambda one: one.send(HELLO), tls_context(issued, folder))
    stack.callback(web.close)
    silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=16))
    return Edges(folder, shop, ssh, metrics, web, silent, ssh_servers.free_port(), stack)


@dataclass(slots=True)
class Play:
    """One home with one incident, and how long its run took."""

    settings: Settings
    store: Store
    seconds: float = 0.0

    @property
    def incident(self) -> Incident:
        return self.store.records.incident("INC-1")

    @property
    def events(self) -> list[Event]:
        return list(self.store.journal.events("INC-1"))

    def go(self) -> Stopped:
        """Move the incident on until it is final or asks."""
        begin = time.monotonic()
        stopped = run(self.settings, self.store, "INC-1", wait=False)
        self.seconds = time.monotonic() - begin
        return stopped

    def seen(self) -> dict[str, Evidence]:
        """Return the evidence by step; that of the last look."""
        return {one.step: one for one in self.store.records.evidence("INC-1").values()}

    def document(self) -> tuple[Postmortem, str]:
        """Return the post-mortem and its Markdown, when all of its own checks pass."""
        [written] = [event for event in self.events if event.type == "postmortem.written"]
        path = self.settings.home / written.data["path"]
        text = path.read_text(encoding="utf-8")
        found = Postmortem.model_validate_json(path.with_suffix(".json").read_bytes())
        evidence = self.store.records.evidence("INC-1")
        faults = check(found, self.events, evidence, markdown=text)
        assert [one for one in faults if one.level == "E"] == []
        return found, text

    def spent(self, first: str, last: str) -> float:
        """Return the seconds from the first event of one kind to the last of another."""
        begin = next(one.at for one in self.events if one.type == first)
        end = [one.at for one in self.events if one.type == last][-1]
        return (end - begin).total_seconds()

    def signs(self) -> dict[str, str]:
        """Return why each open sign is open, by its own name."""
        [event] = [one for one in self.events if one.type == "hypotheses.weighed"]
        return {
            sign["name"].partition("#")[2]: sign["because"]
            for one in event.data["hypotheses"]
            for sign in one["open"]
        }

    def holds_none_of(self, secrets: tuple[bytes, ...]) -> None:
        """Hold that no file of the home has one of these words in it."""
        files = [path for path in self.settings.home.rglob("*") if path.is_file()]
        assert files
        for path in files:
            stored = path.read_bytes()
            assert not [word for word in secrets if word in stored], path

    def sound(self) -> None:
        """Hold that the incident has come to its end, and its journal verifies."""
        assert self.incident.status.final
        assert verify(self.store.database).faults == ()


@contextlib.contextmanager
def play(
    place: Edges, home: Path, runbook: str, *, metrics: str = "", **database: Any
) -> Iterator[Play]:
    """Open an incident in a new home that knows one runbook beside those that ship."""
    home.mkdir()
    own = home / "runbooks"
    own.mkdir()
    (own / "edges.md").write_text(runbook, encoding="utf-8")
    assert read_folder(own).errors == {}
    (home / "policy.yaml").write_text(yaml.safe_dump(dict(POLICY)), encoding="utf-8")
    settings = Settings(
        home=home,
        user="ann",
        runbooks=own,
        prometheus_url=metrics or place.metrics.url,
        step_seconds=STEP_SECONDS,
        step_bytes=64 * 1024,
        targets=place.targets(**database),
    )
    prepare(settings)
    store, clock = Store(home), Clock(None)
    alert = Alert(
        fingerprint=uuid.uuid4().hex[:16],
        name="EdgesMet",
        source="alertmanager",
        labels={"alertname": "EdgesMet", "service": "shop", "severity": "warning"},
        annotations={"summary": "The shop is slow"},
        starts_at=clock.now(),
    )
    open_incident(store, clock, alert, by="ann", secrets=settings.secrets)
    try:
        yield Play(settings, store)
    finally:
        store.close()


def sessions(shop: Shop) -> list[str]:
    """Return the logins of stanch that are connected to the shop, in order."""
    said = "SELECT usename FROM pg_stat_activity WHERE application_name LIKE 'stanch%' ORDER BY 1"
    return [str(name) for (name,) in shop.run(said)]


def until(holds: Any, seconds: float = 30.0) -> None:
    """Wait until `holds()` is true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be in time"
        threading.Event().wait(0.02)

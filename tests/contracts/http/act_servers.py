"""Servers that keep flags and weights as the real ones do, with ways to go wrong on purpose."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.http.http_servers import Connection, answer

TOKEN = "*:production.practice-token"
FEATURE = "/api/admin/projects/default/features/new-search"
SERVERS = "/v3/services/haproxy/runtime/backends/storefront/servers"
SERVER = f"{SERVERS}/gw-1"


@dataclass(slots=True)
class Keeper:
    """One flag and one weight; `trouble` may answer in place of a change."""

    flag: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "new-search",
            "createdAt": "2026-11-01T10:00:00.000Z",
            "archived": False,
            "lastSeenAt": "2026-11-21T10:00:00.000Z",
            "environments": [
                {"name": "development", "enabled": True},
                {"name": "production", "enabled": True},
            ],
        }
    )
    server: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "1",
            "name": "gw-1",
            "address": "10.0.0.1",
            "port": 8443,
            "admin_state": "ready",
            "operational_state": "up",
            "weight": 100,
        }
    )
    other: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "gw-2",
            "admin_state": "ready",
            "operational_state": "up",
            "weight": 100,
        }
    )
    listed: bytes | None = None
    """What is answered in place of the list of servers."""
    headers: tuple[str, ...] = ()
    trouble: Callable[[Connection], None] | None = None
    before: Callable[[], None] | None = None
    down: bool = False
    """Whether no flag can be evaluated."""
    changes: list[Connection] = field(default_factory=list)
    looks: int = 0

    def __call__(self, connection: Connection) -> None:
        method, path, _ = connection.line.split()
        if method == "GET":
            self._shown(connection, path)
            return
        if path.startswith("/ofrep") and self.down:
            connection.send(answer(b"{}", "503 Away"))
            return
        if path.startswith("/ofrep"):
            on = self.flag["environments"][1]["enabled"]
            body = {"key": "new-search", "value": on, "variant": "on" if on else "off"}
            connection.send(answer(json.dumps(body).encode()))
            return
        self.changes.append(connection)
        if self.trouble is not None:
            self.trouble(connection)
            return
        self.change(connection)

    def change(self, connection: Connection) -> None:
        _, path, _ = connection.line.split()
        if path.startswith(FEATURE):
            self.flag["environments"][1]["enabled"] = path.endswith("/on")
            connection.send(answer(b""))
        else:
            self.server |= json.loads(connection.body)
            connection.send(answer(json.dumps(self.server).encode()))

    def _shown(self, connection: Connection, path: str) -> None:
        self.looks += 1
        if path == SERVERS and self.listed is not None:
            connection.send(answer(self.listed))
            return
        both = [self.server, self.other]
        found = {FEATURE: self.flag, SERVER: self.server, SERVERS: both}.get(path)
        if found:
            connection.send(answer(json.dumps(found).encode(), "200 OK", *self.headers))
        else:
            connection.send(answer(b"{}", "404 Not Found"))

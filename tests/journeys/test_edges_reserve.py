"""The connection that is opened with an incident (DF-10): to which databases, and how it ends."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.executor import Clients
from stanch.graph import opening
from stanch.policy import Policy, Reads
from stanch.settings import Settings
from stanch.settings.targets import Targets
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.sql import QuerySql
from tests.journeys.edges_scene import until
from tests.time_bounds import below


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield listener


def settings(home: Path, port: int = 1, **dbnames: str) -> Settings:
    tables: dict[str, Any] = {
        name: {"host": "127.0.0.1", "port": port, "dbname": dbname, "user": "look"}
        for name, dbname in dbnames.items()
    }
    return Settings(home=home, user="ann", targets=Targets.model_validate({"databases": tables}))


def test_only_databases_that_may_be_looked_at_are_opened(tmp_path: Path) -> None:
    given = settings(tmp_path, orders="shop", money="ledger", copy="ledger", spare="spare")

    def opened(*patterns: str) -> tuple[str, ...]:
        return opening._databases(given, Policy(reads=Reads(databases=patterns)))

    assert opened() == ()
    assert opened("orders") == ("orders",)
    assert opened("shop") == ("orders",), "a step may name it by what the server calls it"
    assert opened("ledger") == (), "two have that name, so that it stands for neither"
    assert opened("*") == ("orders", "money", "copy", "spare")


def test_closing_gives_up_what_is_being_opened(tmp_path: Path, silent: socket.socket) -> None:
    clients = Clients(settings(tmp_path, silent.getsockname()[1], orders="shop"))
    begin = time.monotonic()
    clients.reserve(("orders",))
    below(time.monotonic() - begin, 0.5, "nobody waits for it")
    line, _ = silent.accept()
    with line:
        begin = time.monotonic()
        clients.close()
        below(time.monotonic() - begin, 1.0, "long before the login would be given up")
        line.settimeout(2)
        until(lambda: line.recv(65536) == b"")
    assert not any(thread.is_alive() for thread in clients._reserving)


def test_nothing_is_opened_once_it_is_closed(tmp_path: Path, silent: socket.socket) -> None:
    clients = Clients(settings(tmp_path, silent.getsockname()[1], orders="shop"))
    clients.close()
    clients.reserve(("orders",))
    assert clients._reserving == []
    with pytest.raises(TargetUnreachableError, match="is stopping; nothing was asked"):
        clients.observe(QuerySql(database="orders", statement="SELECT 1"))
    silent.settimeout(0.2)
    with pytest.raises(TimeoutError):
        silent.accept()

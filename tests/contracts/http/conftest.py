"""Servers and clients of the HTTP contract, closed when the test is over."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.sandbox.web.authority import Authority
from stanch.settings.targets import Targets
from stanch.tools.clients.http import HttpClient
from stanch.tools.clients.http.addresses import Resolve, look_up
from stanch.tools.outcome import Limits
from tests.contracts.http.http_servers import Rule, Server, write_ca

Serve = Callable[..., Server]
Connect = Callable[..., HttpClient]


@pytest.fixture
def serve() -> Iterator[Serve]:
    opened: list[Server] = []

    def serve(rule: Rule, context: ssl.SSLContext | None = None) -> Server:
        opened.append(Server(rule, context))
        return opened[-1]

    yield serve
    for one in opened:
        one.close()


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[HttpClient] = []

    def connect(
        *,
        limits: Limits | None = None,
        resolve: Resolve = look_up,
        **tables: dict[str, Any],
    ) -> HttpClient:
        client = HttpClient(
            targets=Targets.model_validate(tables),
            limits=limits or Limits(seconds=5.0),
            resolve=resolve,
        )
        opened.append(client)
        return client

    yield connect
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def ca(authority: Authority, tmp_path: Path) -> Path:
    return write_ca(authority, tmp_path)

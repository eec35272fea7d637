"""Fixtures of the SQL contract: every test runs on each PostgreSQL that is installed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.tools.clients.sql import SqlClient
from tests.contracts.sql.sql_shop import Shop, furnish
from tests.services import postgres
from tests.services.postgres import Postgres


@pytest.fixture(scope="module", params=postgres.kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    # pytest's own folders are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="stanch-postgres-") as folder:
        try:
            with postgres.running(request.param, Path(folder)) as started:
                furnish(started)
                yield started
        except postgres.AbsentError as absent:
            pytest.skip(str(absent))


@pytest.fixture
def shop(server: Postgres) -> Iterator[Shop]:
    made = Shop(server)
    yield made
    made.close()


@pytest.fixture
def client(shop: Shop) -> SqlClient:
    return shop.client()

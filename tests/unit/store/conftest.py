"""Places for stores: tests that use `place` run on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.postgres import Postgres
from tests.unit.store.store_places import Place, new_database, one_server


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with one_server(max_connections="60") as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, home: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        made = Place(home)
    else:
        server = request.getfixturevalue("server")
        made = Place(home, server, new_database(server))
    yield made
    made.close()


@pytest.fixture
def lone(home: Path) -> Iterator[Place]:
    """A store of one machine, for what only SQLite can suffer."""
    made = Place(home)
    yield made
    made.close()


@pytest.fixture
def shared(server: Postgres, home: Path) -> Iterator[Place]:
    """A store of several machines, for what only PostgreSQL can suffer."""
    made = Place(home, server, new_database(server))
    yield made
    made.close()

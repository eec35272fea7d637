"""A cluster and a PostgreSQL for the module, and a database and a deployment for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.clients.client_targets import Corner
from tests.contracts.store_shared.shared_scene import SharedScene
from tests.journeys.kill_scene import Stage, fast_cluster, released
from tests.services.postgres import Postgres
from tests.unit.store.store_places import new_database, one_server, url_of


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with one_server(max_connections="60") as started:
        yield started


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("shared")
    target = fast_cluster(folder / "cluster")
    opened = Stage(target, folder / "stage", clock=folder / "cluster" / "clock.json")
    yield opened
    opened.close()


@pytest.fixture
def scene(stage: Stage, server: Postgres, tmp_path: Path) -> Iterator[SharedScene]:
    corner = Corner(stage.target)
    released(corner)
    made = SharedScene(stage, corner, tmp_path, url_of(server, new_database(server)))
    yield made
    made.close()

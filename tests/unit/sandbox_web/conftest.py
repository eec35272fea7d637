"""One world for each test that breaks it, and one that is only looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sandbox_web.web_world import WebWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WebWorld]:
    made = WebWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebWorld]:
    made = WebWorld(tmp_path_factory.mktemp("calm"))
    made.pass_time(60)
    yield made
    made.close()

"""A store in a home of its own, and a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = Store(home)
    yield store
    store.close()

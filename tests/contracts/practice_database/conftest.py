"""Fixtures of the practice database: tests share one as long as each of them cures it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.practice_database.practice_world import World


class Worlds:
    """The one world that is up, or none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.up: World | None = None

    def fresh(self) -> World:
        """Start another world in the place of the one that is up."""
        self.end()
        self._number += 1
        self.up = World(self._folder / str(self._number))
        self.up.start()
        return self.up

    def end(self) -> None:
        """End the world that is up, and make sure that nothing of it is left."""
        ended, self.up = self.up, None
        if ended is None:
            return
        port, data = ended.database.logins.port, ended.database.data_folder
        ended.stop()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
        assert not data.exists()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    made = Worlds(tmp_path_factory.mktemp("practice"))
    yield made
    made.end()


@pytest.fixture
def world(worlds: Worlds) -> World:
    found = worlds.up
    if found is None or not found.verdict().well:
        found = worlds.fresh()
    found.until(
        lambda: not found.shop.alerts.alerts(), "no alert of the fault before fires, or is about to"
    )
    return found


@pytest.fixture
def fresh_world(worlds: Worlds) -> Iterator[World]:
    """A world for a test that leaves something behind."""
    yield worlds.fresh()
    worlds.end()

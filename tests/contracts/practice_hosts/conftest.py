"""The practice hosts as a part of a world that lives: real SSH servers in a loop of their own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import pytest

from stanch.sandbox.hosts.part import Hosts
from stanch.sandbox.shop.part import Place
from stanch.sandbox.shop.shop import open_shop

_T = TypeVar("_T")
NOW = 1_790_000_000.0
Await: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


class Loop:
    """An event loop in a thread, as the serving process has one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class World:
    """A shop with hosts that can be reached."""

    def __init__(self, loop: Loop, folder: Path) -> None:
        self._loop = loop
        self.place = Place(folder / "hosts")
        self.shop = open_shop(now=NOW, history=30)
        self.hosts = Hosts()
        loop.run(self.hosts.prepare(self.place))
        loop.run(self.hosts.start(self.shop, self.place))
        self.shop.add(self.hosts)
        self.wait(30)

    def wait(self, seconds: float) -> None:
        async def advance() -> None:
            self.shop.advance(self.shop.now + seconds)

        self._loop.run(advance())

    def close(self) -> None:
        self._loop.run(self.hosts.stop())


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def world(loop: Loop, tmp_path: Path) -> Iterator[World]:
    world = World(loop, tmp_path)
    yield world
    world.close()


@pytest.fixture
def run_there(loop: Loop) -> Await:
    return loop.run

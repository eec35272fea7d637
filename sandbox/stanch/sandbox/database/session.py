"""The session of one running program: it works through what its service asks for.

A program holds one connection, renews it every second or so as pools do, and opens it with
the password that it read when it was started. What comes of its statements is remembered
for a short while: that is what its requests meet.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psycopg

from stanch.sandbox.database.wording import Failure, of_connection, of_statement
from stanch.sandbox.database.work import Client, Task

PAUSE = 0.25
"""Wall seconds between two statements of one program."""
REST = 0.5
"""Wall seconds between two tries of what fails."""
LIFETIME = (1.0, 1.8)
"""Wall seconds for which a connection is used."""
_KEPT = 6


@dataclass(slots=True)
class Recent:
    """What came of the last statements for one route."""

    results: tuple[tuple[Failure | None, float], ...] = ()
    """The oldest first; replaced as a whole, because another thread reads them."""

    def note(self, failure: Failure | None, seconds: float) -> None:
        """Remember one result."""
        # When one succeeds again, what stopped everything is over.
        before = () if failure is None and self.blocked else self.results[1 - _KEPT :]
        self.results = (*before, (failure, seconds))

    @property
    def blocked(self) -> bool:
        """Whether nothing succeeds."""
        last = [failure for failure, _ in self.results][-2:]
        if last and last[-1] is not None and last[-1].unconditional:
            return True
        return len(last) == 2 and all(one is not None and one.of_the_moment for one in last)

    @property
    def share(self) -> float:
        """The part of the requests that fails now.

        A timeout or a lost connection counts when the try after it fails as well; of the
        rows that are refused, the part of the last few statements.
        """
        if self.blocked:
            return 1.0
        rows = [
            one
            for one, _ in self.results
            if one is not None and not one.of_the_moment and not one.unconditional
        ]
        return len(rows) / len(self.results) if rows else 0.0

    @property
    def failure(self) -> Failure | None:
        """The newest failure."""
        return next((one for one, _ in reversed(self.results) if one is not None), None)

    @property
    def seconds(self) -> float:
        """How long what succeeds takes, without the odd slow one; 0 when nothing does."""
        good = [seconds for failure, seconds in self.results if failure is None]
        return median(sorted(good)[: len(good) // 2 + 1]) if good else 0.0


@dataclass(slots=True)
class Session:
    """One running program and its session."""

    client: Client
    keywords: Mapping[str, Any]
    chance: random.Random
    failed: Callable[[Failure], None]
    """Told of every failure."""
    arguments: Mapping[str, Callable[[random.Random], dict[str, Any]]] = field(default_factory=dict)
    """What it sends in place of the usual, by route."""
    faulty: float = 0.0
    """The part of its statements for which it does so."""
    recent: dict[str, Recent] = field(default_factory=dict)
    _connection: "psycopg.AsyncConnection[Any] | None" = None
    _renew_at: float = 0.0

    def has_done(self, task: Task) -> bool:
        """Whether there is a result of a statement."""
        recent = self.recent.get(task.path)
        return recent is not None and bool(recent.results)

    async def live(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                for task in self.client.tasks:
                    good = await self._do(task)
                    if time.monotonic() > self._renew_at:
                        await self._renew()
                    await asyncio.sleep(PAUSE if good else REST)
        finally:
            await self._close()

    async def _do(self, task: Task) -> bool:
        """Do one statement, and once more when it failed for the first time."""
        recent = self.recent.setdefault(task.path, Recent())
        before = recent.blocked
        good = await self._try(task, recent)
        if good or before or recent.blocked:
            return good
        return await self._try(task, recent)

    async def _try(self, task: Task, recent: Recent) -> bool:
        failure, began = None, time.monotonic()
        try:
            connection = await self._connected()
        except psycopg.Error as error:
            role, database = str(self.keywords["user"]), str(self.keywords["dbname"])
            failure = of_connection(error, role, database)
        else:
            began = time.monotonic()
            try:
                await connection.execute(task.statement, self._sends(task))
            except psycopg.Error as error:
                failure = of_statement(error)
        recent.note(failure, time.monotonic() - began)
        if failure is not None:
            self.failed(failure)
        return failure is None

    def _sends(self, task: Task) -> dict[str, Any]:
        other = self.arguments.get(task.path)
        wrong = other is not None and self.chance.random() < self.faulty
        return other(self.chance) if other is not None and wrong else task.arguments(self.chance)

    async def _connected(self) -> "psycopg.AsyncConnection[Any]":
        if self._connection is not None and self._connection.closed:
            await self._close()
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                **self.keywords, prepare_threshold=None
            )
            self._renew_at = time.monotonic() + self.chance.uniform(*LIFETIME)
        return self._connection

    async def _renew(self) -> None:
        """Give the connection back, and notice if somebody has ended it meanwhile."""
        if self._connection is not None and not self._connection.closed:
            try:
                await self._connection.execute("SELECT 1")
            except psycopg.Error as error:
                self.failed(of_statement(error))
        await self._close()

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()

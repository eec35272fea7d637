"""Those who use the database beside the shop's services, and may use it badly.

Each holds real sessions until it has done its work, or until somebody ends them.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg import sql

from stanch.sandbox.database.logins import Logins
from stanch.sandbox.database.wording import of_statement

Connection: TypeAlias = psycopg.AsyncConnection[Any]

_PAUSE = 0.08
_IN_FLIGHT = 1.0
"""Seconds of the wall within which a login may overlap with the end of the sessions before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A program that is no service of the shop: under which role and name it logs in."""

    logins: Logins
    ended: "Counter[str]"
    """How often somebody ended one of its sessions, by application."""
    role: str
    application: str

    async def idle_in_transaction(self, statement: LiteralString, holds: asyncio.Event) -> None:
        """Run a statement in a transaction that is never finished, until somebody ends it.

        `holds` is set when it has what it locks.
        """

        async def act(connection: Connection) -> None:
            await connection.execute("BEGIN")
            await connection.execute(statement)
            holds.set()
            await _wait(connection)

        await self._within(act)

    async def keep_trying(self, statement: sql.Composed) -> None:
        """Change the schema, however long it has to wait, and again when it is stopped."""

        async def act(connection: Connection) -> None:
            await connection.execute(statement)

        while not await self._within(act):  # noqa: ASYNC110  # the server tells of nothing
            await asyncio.sleep(_PAUSE)

    async def leak(self, *, seconds: float, in_transaction: bool) -> None:
        """Open session after session, and leave all of them open and idle.

        It stops when it has got none for `seconds`, or when the first of them is ended, as a
        program that crashes does. Sessions that it opened while they were being ended, and that
        nobody could know of, it closes.
        """
        first = self.ended[self.application]
        until = time.monotonic() + seconds
        latest: list[tuple[float, asyncio.Task[None]]] = []
        async with asyncio.TaskGroup() as group:
            while time.monotonic() < until and self.ended[self.application] == first:
                opened = asyncio.Event()
                one = group.create_task(self._leaked(opened, in_transaction=in_transaction))
                latest.append((time.monotonic(), one))
                settled = group.create_task(opened.wait())
                await asyncio.wait({one, settled}, return_when=asyncio.FIRST_COMPLETED)
                settled.cancel()
                if opened.is_set():
                    until = time.monotonic() + seconds
                else:
                    await asyncio.sleep(_PAUSE)
            if self.ended[self.application] != first:
                for began, one in latest:
                    if began > time.monotonic() - _IN_FLIGHT:
                        one.cancel()

    async def _leaked(self, opened: asyncio.Event, *, in_transaction: bool) -> None:
        async def act(connection: Connection) -> None:
            if in_transaction:
                await connection.execute("BEGIN")
            await connection.execute("SELECT count(*) FROM customers WHERE id < 100")
            opened.set()
            await _wait(connection)

        await self._within(act)

    async def _within(self, act: Callable[[Connection], Awaitable[None]]) -> bool:
        """Do `act` within a session of its own; tell whether it came to its end."""
        try:
            keywords = self.logins.of(self.role, self.application)
            connection = await psycopg.AsyncConnection.connect(**keywords)
        except psycopg.OperationalError:
            return False
        try:
            await act(connection)
        except psycopg.Error as error:
            self.ended[self.application] += of_statement(error).by_admin
            return False
        finally:
            with contextlib.suppress(psycopg.Error):
                await connection.close()
        return True


async def _wait(connection: Connection) -> None:
    """Do nothing until the connection is lost.

    Raises:
        psycopg.Error: it was; says why.
    """
    while True:
        said = asyncio.Event()
        loop, number = asyncio.get_running_loop(), connection.fileno()
        loop.add_reader(number, said.set)
        try:
            await said.wait()
        finally:
            loop.remove_reader(number)
        # The server said something; mostly it is why it ended the session.
        await connection.execute("SELECT 1")

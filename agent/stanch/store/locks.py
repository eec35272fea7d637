"""Locks with a fence: on an incident while a run moves it, on a target while it changes.

Each holder gets a token, one more than the holder before. What a holder writes carries it
and is written only while it is the newest, so that a process that was stopped, and whose
lock another took meanwhile, writes nothing and sends nothing when it goes on.

On one machine the lock is the operating system's and ends with its process. On a shared
database it is a session's: it ends with the connection, and can be taken over when its
lease ran out, which ends the session of the holder before.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from stanch.store import lock
from stanch.store.database import Database
from stanch.store.fence import Held, Lease, row_of, write

LEASE_SECONDS = 30.0


class Locks:
    """Takes the locks of one database."""

    def __init__(self, database: Database, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._mine: dict[str, Lease] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[Lease]:
        """Hold the lock `name`; what is written meanwhile about its matter carries its token.

        Raises:
            ConflictError: another process holds it; says which.
        """
        taken = self._of_machines(name) if self._database.shared else self._of_machine(name)
        with taken as lease:
            self._mine[name] = self._database.fences[name] = lease
            try:
                yield lease
            finally:
                del self._mine[name], self._database.fences[name]

    def mine(self, name: str) -> Lease | None:
        """Return the lock `name` while it is held through this store, and None otherwise."""
        return self._mine.get(name)

    def held(self, name: str) -> bool:
        """Say whether some process holds the lock `name` at this moment."""
        if not self._database.shared:
            return lock.held(self._database.home, name)
        from stanch.store.lease import is_held  # noqa: PLC0415 - only a shared store needs it

        return is_held(self._database, name)

    @contextmanager
    def _of_machine(self, name: str) -> Iterator[Lease]:
        with lock.hold(self._database.home, name):
            with self._database.write() as connection:
                row = row_of(connection, name)
                token = 1 if row is None else row.token + 1
                # A lock of the operating system ends with its holder: nobody is astray.
                write(connection, name, token=token, held=False, until=0.0, stray=0)
            yield Held(self._database, name, token)

    @contextmanager
    def _of_machines(self, name: str) -> Iterator[Lease]:
        from stanch.store.lease import leased  # noqa: PLC0415 - only a shared store needs it

        with leased(self._database, name, self._lease_seconds) as lease:
            yield lease

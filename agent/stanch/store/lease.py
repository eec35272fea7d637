"""A lock of a shared database: a session's lock, and a row with its holder and its lease.

The session's lock ends with the connection, however that ends. The row says who holds it
and until when it is certain; a thread renews that. Whose lease ran out may be dead, cut
off, or only stopped: who takes over first ends the session of the holder before, and notes
that nobody saw it stop.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import SQLAlchemyError

from stanch.store.database import Database
from stanch.store.errors import ConflictError, DatabaseError, LostLockError
from stanch.store.fence import Lease, lost, newest, row_of, write
from stanch.store.owner import me, parsed
from stanch.store.tables import locks

_ENDS_SECONDS = 5.0
# The tokens that this process holds, so that it knows of its own which it let go.
_HELD: set[tuple[str, str, int]] = set()


@contextmanager
def leased(database: Database, name: str, seconds: float) -> Iterator[Lease]:
    """Hold the lock `name` of the shared database, with a lease of `seconds` that is renewed.

    Raises:
        ConflictError: another process holds it; says which and on which machine.
        DatabaseError: the database does not answer.
    """
    session = _Session(database, name, seconds)
    try:
        token, stray = _take(database, session, seconds)
        lease = SharedLease(session, token=token, stray=stray, seconds=seconds)
        ends = threading.Event()
        renewer = threading.Thread(
            target=lease.renew, args=(ends,), name=f"lease-{name}", daemon=True
        )
        renewer.start()
        try:
            yield lease
        finally:
            ends.set()
            renewer.join()
            lease.release()
            _HELD.discard((database.backend.place, name, token))
    finally:
        session.close()


def is_held(database: Database, name: str) -> bool:
    """Say whether some process of any machine holds the lock `name`."""
    with database.read() as connection:
        row: Any = row_of(connection, name)
        return row is not None and _astray(database, row) and _runs(connection, row)


class _Session:
    """A connection of its own, whose end frees its lock."""

    def __init__(self, database: Database, name: str, seconds: float) -> None:
        self.name = name
        self._backend = database.backend
        self._mutex = threading.Lock()
        key = hashlib.sha256(f"stanch:{name}".encode()).digest()[:8]
        # The lock is known by one number; the view of the locks shows it in two halves.
        self.key = int.from_bytes(key, signed=True)
        self.halves = {"high": int.from_bytes(key[:4]), "low": int.from_bytes(key[4:])}
        try:
            self._connection: Connection = self._backend.sessions().connect()
        except SqlDatabaseError as error:
            raise self._backend.mended(error) or error from error
        # A holder that is stopped renews nothing, and the server ends its session.
        self.run(text(f"SET idle_session_timeout = {int(seconds * 1000)}"))

    def run(self, query: Any, values: dict[str, Any] | None = None) -> Any:
        """Run one statement and return its first row, or how many rows it changed.

        Raises:
            DatabaseError: the session has ended.
        """
        try:
            with self._mutex:
                found = self._connection.execute(query, values or {})
                return found.one_or_none() if found.returns_rows else found.rowcount
        except SqlDatabaseError as error:
            raise self._backend.mended(error) or DatabaseError(str(error.orig)) from error
        except SQLAlchemyError as error:
            raise DatabaseError(f"the session has ended: {error}") from error

    def try_lock(self) -> bool:
        """Take the session's lock if nobody has it."""
        row = self.run(text("SELECT pg_try_advisory_lock(:key) AS got"), {"key": self.key})
        return bool(row.got)

    def close(self) -> None:
        """End the session, and with it its lock."""
        with suppress(SQLAlchemyError):
            self._connection.close()


class SharedLease:
    """The lock while it is held, and the thread's work that keeps it."""

    def __init__(self, session: _Session, *, token: int, stray: int, seconds: float) -> None:
        self.name = session.name
        self.token = token
        self.stray = stray
        self._session = session
        self._seconds = seconds

    def require(self, connection: Connection) -> int:
        """Return the token, in a transaction that is to be void when it is not the newest."""
        return newest(connection, self.name, self.token)

    def confirm(self) -> None:
        """Renew the lease now, as the holder that this session still is."""
        values = {
            **self._session.halves,
            "name": self.name,
            "token": self.token,
            "owner": me().model_dump_json(),
            "seconds": self._seconds,
        }
        try:
            renewed = self._session.run(text(_RENEW), values)
        except DatabaseError as error:
            raise lost(self.name, f"its session has ended ({error})") from error
        if renewed != 1:
            raise lost(self.name)

    def renew(self, ends: threading.Event) -> None:
        """Renew the lease until `ends`, or until it is lost: then the next write finds out."""
        while not ends.wait(self._seconds / 3):
            try:
                self.confirm()
            except LostLockError:
                return

    def release(self) -> None:
        """Say that this holder has stopped; when that cannot be said, the lease runs out."""
        change = locks.update().where(
            locks.c.name == self.name,
            locks.c.token == self.token,
            locks.c.owner == me().model_dump_json(),
        )
        with suppress(DatabaseError):
            self._session.run(change.values(held=False, until=0.0))


def _take(database: Database, session: _Session, seconds: float) -> tuple[int, int]:
    """Become the holder; return the token, and the newest token that may be astray."""
    if not session.try_lock():
        _silence(database, session)
        pause = threading.Event()
        for _ in range(int(_ENDS_SECONDS / 0.05)):
            if session.try_lock():
                break
            pause.wait(0.05)
        else:
            raise ConflictError(f"{session.name} is held, and its holder's session does not end")
    with database.write() as connection:
        row: Any = row_of(connection, session.name)
        astray = row is not None and _astray(database, row)
        if astray and _runs(connection, row):
            raise ConflictError(
                f"{session.name} is held by {parsed(row.owner)}, whose connection to the database "
                f"broke; it can be taken over in {_left(connection, row):.0f} s"
            )
        token = 1 if row is None else row.token + 1
        stray = 0 if row is None else row.token if astray else row.stray
        until = _now(connection) + seconds
        # Before anybody can read the row: another thread must not take it for let go.
        _HELD.add((database.backend.place, session.name, token))
        write(connection, session.name, token=token, held=True, until=until, stray=stray)
    return token, stray


def _silence(database: Database, session: _Session) -> None:
    """End the session of a holder whose lease ran out."""
    with database.write() as connection:
        # Its own renewal waits for this row, and finds its session ended.
        query = select(locks).where(locks.c.name == session.name).with_for_update()
        row: Any = connection.execute(query).one_or_none()
        if row is None or not row.held:
            raise ConflictError(f"{session.name} is being taken by another process")
        if _astray(database, row) and _runs(connection, row):
            raise ConflictError(f"{session.name} is held by {parsed(row.owner)}")
        connection.execute(text(_END), session.halves)


def _astray(database: Database, row: Any) -> bool:
    """Say whether the holder in the row may still act: it neither let go nor ended for certain."""
    owner = parsed(row.owner)
    if not row.held or owner.gone:
        return False
    return owner != me() or (database.backend.place, row.name, row.token) in _HELD


def _now(connection: Connection) -> float:
    return float(connection.execute(text(_NOW)).scalar_one())


def _left(connection: Connection, row: Any) -> float:
    return max(0.0, float(row.until) - _now(connection))


def _runs(connection: Connection, row: Any) -> bool:
    return _left(connection, row) > 0


_NOW = "SELECT extract(epoch FROM clock_timestamp())"
_HOLDERS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
    "AND classid::bigint = :high AND objid::bigint = :low "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_END = f"SELECT pg_terminate_backend(pid) FROM ({_HOLDERS}) AS holders"  # noqa: S608 - fixed text
# Behind a pooler that lends a session for a transaction only, the lock is not in this one.
_RENEW = (
    "UPDATE locks SET until = extract(epoch FROM clock_timestamp()) + :seconds "  # noqa: S608
    "WHERE name = :name AND token = :token AND owner = :owner "
    f"AND pg_backend_pid() IN ({_HOLDERS})"
)

"""The database: opened once, with short transactions, whichever it is.

It is SQLite in the home, or the PostgreSQL that STANCH_STORE names and several machines
share. A writer is alone from the start of its transaction, so that what it read cannot
have changed when it writes; a reader sees one consistent state.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from stanch.store import keys
from stanch.store.errors import DatabaseError, JournalKeyError
from stanch.store.sqlite import Sqlite
from stanch.store.tables import COLUMNS, VERSION, about, guards, metadata

_SKEW_SECONDS = 60.0


class Backend(Protocol):
    """What differs between the databases."""

    shared: bool
    place: str
    reading: Engine
    writing: Engine

    def sessions(self) -> Engine:
        """Return an engine whose connections are sessions of their own, in autocommit."""

    def begin_write(self, connection: Connection) -> None:
        """Make this the only transaction that writes."""

    def has(self, connection: Connection, table: str) -> bool:
        """Say whether the database has a table of this name."""

    def mended(self, error: SqlDatabaseError) -> DatabaseError | None:
        """Return the driver's error as one sentence; None when it is for the caller to judge."""

    def close(self) -> None:
        """Close every connection."""


class Fence(Protocol):
    """A lock that is held, as a transaction sees it."""

    def require(self, connection: Connection) -> int:
        """Return the token of the lock; raise LostLockError when it is not the newest."""


class Database:
    """The open database, and the key of its journal."""

    def __init__(self, home: Path, *, audit_key: str | None = None, url: str | None = None) -> None:
        """Open the database of `home`, or the shared one at `url`; made on first use."""
        self.home = home
        self.file = home / "stanch.db"
        new = url is None and not self.file.exists()
        _make(home)
        if url is None:
            self.backend: Backend = Sqlite(self.file)
        else:
            from stanch.store.postgres import Postgres  # noqa: PLC0415 - only a shared store needs it

            self.backend = Postgres(url)
            _require_home(self.file)
            _require_key(home, audit_key)
        self.fences: dict[str, Fence] = {}
        """The locks that are held through this database, by name."""
        self.secret = keys.key(home, audit_key, may_make=new)
        self.head = keys.Head(home, self.secret)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def shared(self) -> bool:
        """Whether other machines may use this database too."""
        return self.backend.shared

    def _prepare(self) -> None:
        # To look takes no lock: who only reads must not wait for another machine's writer.
        if not self.shared or not self._is_ready():
            self._make_tables()
        if self.shared:
            self._compare_clocks()

    def _is_ready(self) -> bool:
        with self.read() as connection:
            if not self.backend.has(connection, "about"):
                return False
            return bool(connection.execute(select(about.c.version)).scalar_one() == VERSION)

    def _make_tables(self) -> None:
        with self.write() as connection:
            if not self.backend.has(connection, "about"):
                metadata.create_all(connection)
                connection.execute(about.insert().values(version=VERSION))
                self._guard(connection)
            found = connection.execute(select(about.c.version)).scalar_one()
            if found < VERSION:
                self._lift(connection, found)
                found = VERSION
        if found != VERSION:
            raise DatabaseError(
                f"{self.backend.place} has tables of version {found}; this release knows "
                f"{VERSION}. Use the release that wrote it, or a newer one"
            )

    def _lift(self, connection: Connection, version: int) -> None:
        """Bring the tables of an older release up to this one; nothing in them is lost."""
        metadata.create_all(connection)
        for step in range(version + 1, VERSION + 1):
            for statement in COLUMNS.get(step, ()):
                connection.execute(text(statement))
        connection.execute(about.update().values(version=VERSION))
        self._guard(connection)

    def _guard(self, connection: Connection) -> None:
        for guard in guards(connection.dialect.name):
            connection.execute(text(guard))

    def _compare_clocks(self) -> None:
        """Refuse a machine whose clock is wrong: approvals run out by it."""
        with self.read() as connection:
            theirs = float(connection.execute(text(_NOW)).scalar_one())
        if abs(ahead := time.time() - theirs) > _SKEW_SECONDS:
            way = "ahead of" if ahead > 0 else "behind"
            raise DatabaseError(
                f"the clock of this machine is {abs(ahead):.0f} s {way} that of the database "
                f"{self.backend.place}: set both by NTP; approvals run out by them"
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with self._mended(), self.backend.reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; committed at the end, or not at all.

        Raises:
            DatabaseError: the database cannot be written.
        """
        with self._mended(), self.backend.writing.begin() as connection:
            self.backend.begin_write(connection)
            yield connection

    def fence(self, connection: Connection, name: str) -> int | None:
        """Return the token of the lock `name` that this database holds; None when it holds none.

        In a transaction that writes, so that nobody can become the holder before its commit.

        Raises:
            LostLockError: somebody else has become the holder since; nothing may be written.
        """
        fence = self.fences.get(name)
        return None if fence is None else fence.require(connection)

    def close(self) -> None:
        """Close every connection."""
        self.backend.close()

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Turn the driver's errors into one sentence of ours."""
        try:
            yield
        except SqlDatabaseError as error:
            mended = self.backend.mended(error)
            if mended is None:
                raise
            raise mended from error


_NOW = "SELECT extract(epoch FROM clock_timestamp())"


def _make(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home.stat().st_uid != os.getuid():
            raise DatabaseError(
                f"the home {home} belongs to another user; run as that user, or set "
                "STANCH_HOME to a folder of your own"
            )
        # What was seen in production is for the owner of the home alone.
        home.chmod(0o700)
    except OSError as error:
        raise DatabaseError(
            f"the home {home} cannot be used: {error.strerror}. Set STANCH_HOME to a folder "
            "that you can write to"
        ) from error


def _require_home(file: Path) -> None:
    """Keep apart what is told of two journals: a home has one mark of the end of one."""
    if file.exists():
        raise DatabaseError(
            f"STANCH_STORE names a shared store, and this home has a database of its own: {file}. "
            "Nothing is moved from one to the other: set STANCH_HOME to a folder for the shared "
            "store, or unset STANCH_STORE to go on with this one"
        )


def _require_key(home: Path, given: str | None) -> None:
    """Make sure that a machine does not make a key of its own for a journal that is shared."""
    file = home / "keys" / "journal.key"
    if given is None and not file.exists():
        raise JournalKeyError(
            "the store is shared, and every machine needs the same key of its journal: make one "
            "(`openssl rand -hex 32`), keep it away from the database, and give it to each "
            f"machine as STANCH_AUDIT_KEY or as the file {file} (mode 0600)"
        )

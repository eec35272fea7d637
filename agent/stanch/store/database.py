"""The database: SQLite in the home, opened once, with short transactions.

Readers never wait; a writer takes the write lock at the start of its transaction, so
that what it read cannot have changed when it writes.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import OperationalError

from stanch.store import keys
from stanch.store.errors import DatabaseError
from stanch.store.tables import GUARDS, VERSION, about, metadata

_BUSY_SECONDS = 15.0


class Database:
    """The open database of one home, and the key of its journal."""

    def __init__(self, home: Path, *, audit_key: str | None = None) -> None:
        self.home = home
        self.file = home / "stanch.db"
        try:
            new = not self.file.exists()
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
        self.secret = keys.key(home, audit_key, may_make=new)
        self.head = keys.Head(home, self.secret)
        self._engine = _engine(self.file)
        with self._mended():
            self._prepare()

    def _prepare(self) -> None:
        with self.write() as connection:
            if "about" not in {row[0] for row in connection.execute(text(_TABLES))}:
                metadata.create_all(connection)
                connection.execute(about.insert().values(version=VERSION))
                for guard in GUARDS:
                    connection.execute(text(guard))
            found = connection.execute(select(about.c.version)).scalar_one()
        if found != VERSION:
            raise DatabaseError(
                f"{self.file} has tables of version {found}; this release knows {VERSION}. "
                "Use the release that wrote it, or a newer one"
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with self._mended(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; committed at the end, or not at all.

        Raises:
            DatabaseError: the database cannot be written.
        """
        engine = self._engine.execution_options(write=True)
        with self._mended(), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Turn the driver's errors into one sentence of ours."""
        try:
            yield
        except OperationalError as error:
            raise DatabaseError(
                f"the database {self.file} cannot be used: {error.orig}. Check that the disk is "
                "not full, that the file is yours, and that no backup holds it"
            ) from error
        except SqlDatabaseError as error:
            if not isinstance(error.orig, sqlite3.DatabaseError) or isinstance(
                error.orig, sqlite3.IntegrityError
            ):
                raise
            raise DatabaseError(
                f"the database {self.file} is damaged or is none: {error.orig}. Put back a copy, "
                "or move it away to start anew; `stanch audit verify` checks a copy"
            ) from error


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def _engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late (at the first write); ours begin at once.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine

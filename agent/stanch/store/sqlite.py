"""SQLite in the home: the database of one machine.

Readers never wait; a writer takes the write lock at the start of its transaction, so that
what it read cannot have changed when it writes.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import IntegrityError, OperationalError

from stanch.store.errors import DatabaseError

BUSY_SECONDS = 15.0


class Sqlite:
    """The database of one machine, in a file."""

    shared = False

    def __init__(self, file: Path) -> None:
        self.file = file
        self.place = str(file)
        self.reading: Engine = _engine(file)
        self.writing: Engine = self.reading.execution_options(write=True)

    def sessions(self) -> Engine:
        """Return the one engine: SQLite has no sessions that hold locks."""
        return self.reading

    def begin_write(self, connection: Connection) -> None:
        """Do nothing: BEGIN IMMEDIATE has the write lock already."""

    def has(self, connection: Connection, table: str) -> bool:
        """Say whether the database has a table of this name."""
        query = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
        return connection.execute(query, {"name": table}).first() is not None

    def mended(self, error: SqlDatabaseError) -> DatabaseError | None:
        """Return the driver's error as one sentence; None when it is for the caller to judge."""
        if isinstance(error, OperationalError):
            return DatabaseError(
                f"the database {self.file} cannot be used: {error.orig}. Check that the disk is "
                "not full, that the file is yours, and that no backup holds it"
            )
        if isinstance(error, IntegrityError) or not isinstance(error.orig, sqlite3.DatabaseError):
            return None
        return DatabaseError(
            f"the database {self.file} is damaged or is none: {error.orig}. Put back a copy, "
            "or move it away to start anew; `stanch audit verify` checks a copy"
        )

    def close(self) -> None:
        """Close every connection."""
        self.reading.dispose()


def _engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS})

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

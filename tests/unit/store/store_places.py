"""Where a store lies for a test: SQLite in the home, or a real PostgreSQL that is shared."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from stanch.store import Store
from tests.services import postgres
from tests.services.postgres import Postgres

KEY = "5a" * 32
_GUARDED = ("journal", "votes")
_DEEDS = ("update", "delete", "truncate")


@dataclass
class Place:
    """One database, and the home of one machine that uses it."""

    home: Path
    server: Postgres | None = None
    name: str = ""
    opened: list[Store] = field(default_factory=list)

    @property
    def shared(self) -> bool:
        return self.server is not None

    @property
    def url(self) -> str | None:
        return None if self.server is None else url_of(self.server, self.name)

    def store(self, home: Path | None = None, **more: Any) -> Store:
        """Open the store, on this machine or as another whose home is `home`."""
        more.setdefault("audit_key", KEY if self.shared else None)
        made = Store(home or self.home, url=self.url, **more)
        self.opened.append(made)
        return made

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Write into the database as its owner who has no key; return the rows of the last."""
        if self.server is not None:
            return self.server.run(*statements, dbname=self.name)
        connection = sqlite3.connect(self.home / "stanch.db", isolation_level=None)
        try:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            return rows
        finally:
            connection.close()

    def unguarded(self, *statements: str) -> None:
        """Write into what is append-only, as who has taken its guards away."""
        on = " ON {table}" if self.shared else ""
        drops = [
            f"DROP TRIGGER IF EXISTS {table}_no_{deed}{on.format(table=table)}"
            for table in _GUARDED
            for deed in _DEEDS
        ]
        self.run(*drops, *statements)

    @property
    def refusal(self) -> type[Exception]:
        """What the driver raises when the database itself refuses."""
        return psycopg.IntegrityError if self.shared else sqlite3.IntegrityError

    def close(self) -> None:
        for store in self.opened:
            store.close()


def url_of(server: Postgres, name: str = "postgres") -> str:
    """Return the URL of a database of the server, with the password of its owner."""
    return f"postgresql://{postgres.OWNER}:{postgres.PASSWORD}@127.0.0.1:{server.port}/{name}"


@contextmanager
def one_server(**settings: str) -> Iterator[Postgres]:
    """Have a PostgreSQL running, the first that is installed."""
    absent = []
    for kind in postgres.kinds():
        try:
            postgres.programs(kind)
        except postgres.AbsentError as error:
            absent.append(str(error))
            continue
        # pytest's own folders are closed to the user that the server runs as.
        with (
            tempfile.TemporaryDirectory(prefix="stanch-postgres-") as folder,
            postgres.running(kind, Path(folder), settings) as started,
        ):
            yield started
        return
    pytest.skip("; ".join(absent))


def numbered() -> Callable[[Postgres], str]:
    """Return what makes a new, empty database on a server and returns its name."""
    count = iter(range(1_000_000))

    def made(server: Postgres) -> str:
        name = f"store_{next(count)}"
        server.run(f"CREATE DATABASE {name}")
        return name

    return made


new_database = numbered()

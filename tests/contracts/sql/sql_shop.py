"""The database that the SQL client is tried on: its roles, its tables, its sessions."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import psycopg

from stanch.settings.targets import Targets
from stanch.tools.clients.sql import SqlClient
from stanch.tools.operations.sql import QuerySql
from stanch.tools.outcome import Limits, Outcome
from tests.services.postgres import Postgres

LOOK_PASSWORD = "L00k-s3cret"
ACT_PASSWORD = "Act-s3cret"
APP_PASSWORD = "App-s3cret"
_SETUP = (
    f"CREATE ROLE app LOGIN PASSWORD '{APP_PASSWORD}'",
    f"CREATE ROLE stanch_diagnose LOGIN PASSWORD '{LOOK_PASSWORD}' IN ROLE pg_monitor",
    (
        f"CREATE ROLE stanch_act LOGIN CREATEROLE PASSWORD '{ACT_PASSWORD}'"
        " IN ROLE pg_read_all_stats, pg_signal_backend, app"
    ),
    "CREATE DATABASE shop OWNER app",
)
_SCHEMA = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE, CREATE ON SCHEMA public TO app",
    (
        "CREATE TABLE orders AS SELECT g AS id, g % 100 AS customer, 'order ' || g AS note,"
        " md5(g::text) AS token FROM generate_series(1, 20000) AS g"
    ),
    "CREATE TABLE other (id int)",
    "ALTER TABLE orders OWNER TO app",
    "ALTER TABLE other OWNER TO app",
    # What takes long without taking the processor.
    "CREATE VIEW slow AS SELECT pg_sleep(60)::text AS slept",
    "GRANT SELECT ON orders, slow TO stanch_diagnose",
    "ANALYZE orders",
    # The tests' servers commit to memory, and some tests end one without a warning.
    "CHECKPOINT",
)


def furnish(server: Postgres) -> None:
    """Make the roles, the database and its tables."""
    server.run(*_SETUP)
    if server.run("SELECT current_setting('server_version_num')::int")[0][0] >= 160_000:
        server.run("GRANT app TO stanch_act WITH ADMIN OPTION")
    server.run(*_SCHEMA, dbname="shop")


class Shop:
    """One furnished server, with clients of it and sessions of its application."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self._open: list[Any] = []

    def targets(self, **changes: Any) -> Targets:
        """Return settings that name this database as `shop`."""
        given = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "dbname": "shop",
            "user": "stanch_diagnose",
            "password": LOOK_PASSWORD,
            "act_user": "stanch_act",
            "act_password": ACT_PASSWORD,
            "sslmode": "disable",
        }
        table = {name: value for name, value in (given | changes).items() if value is not None}
        return Targets.model_validate({"databases": {"shop": table}})

    def client(self, *, seconds: float = 10.0, most: int = 512 * 1024, **changes: Any) -> SqlClient:
        """Return a client of this database; closed at the end of the test."""
        made = SqlClient(
            targets=self.targets(**changes), limits=Limits(seconds=seconds, bytes=most)
        )
        self._open.append(made)
        return made

    def app(self, name: str = "payments", **options: Any) -> psycopg.Connection[Any]:
        """Return a session of the application; ended at the end of the test."""
        session = self.server.connect(
            "app", APP_PASSWORD, dbname="shop", application_name=name, **options
        )
        self._open.append(session)
        return session

    def fill(self) -> Iterator[psycopg.Connection[Any]]:
        """Take every slot that an ordinary login may have; yield the sessions.

        A session that is still ending leaves its slot a moment later: three tries in a row
        must have found none.
        """
        misses = 0
        for _ in range(100):
            try:
                session = self.app("leak")
            except psycopg.OperationalError:
                misses += 1
                if misses == 3:
                    return
                threading.Event().wait(0.1)
            else:
                misses = 0
                yield session
        raise AssertionError("the server has no limit")

    def holder(self) -> psycopg.Connection[Any]:
        """Return a session that has changed an order and does nothing more."""
        session = self.app()
        session.execute("BEGIN")
        session.execute("UPDATE orders SET note = 'held' WHERE id = 1")
        return session

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in the shop as the owner of everything."""
        return self.server.run(*statements, dbname="shop")

    def close(self) -> None:
        """End all clients and sessions."""
        for one in self._open:
            with contextlib.suppress(psycopg.Error):
                one.close()


def read(client: SqlClient, statement: str, *values: int | str) -> Outcome:
    """Read one statement in the shop."""
    return client.observe(QuerySql(database="shop", statement=statement, values=values))


def rows(client: SqlClient, statement: str, *values: int | str) -> list[dict[str, Any]]:
    """Return the rows of one statement in the shop."""
    found: list[dict[str, Any]] = read(client, statement, *values).data["rows"]
    return found


@contextlib.contextmanager
def at_work(session: psycopg.Connection[Any], statement: str) -> Iterator[list[Exception]]:
    """Have a session run a statement beside the test; gives the error that it ended with."""
    ended: list[Exception] = []

    def run() -> None:
        try:
            session.execute(statement.encode())
        except psycopg.Error as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_for(lambda: session.info.transaction_status.name == "ACTIVE")
    threading.Event().wait(0.1)
    yield ended
    with contextlib.suppress(psycopg.Error):
        session.cancel_safe(timeout=2)
    thread.join(5)


def wait_for(holds: Any, seconds: float = 30.0) -> None:
    """Wait until `holds()` is true."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not come to be in time")

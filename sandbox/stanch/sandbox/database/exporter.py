"""The exporter of the database's metrics, under the names that postgres_exporter uses.

It asks over a session of its own, on a reserved connection, and keeps the last answers for
the next scrape. When the server does not answer, nothing but `pg_up 0` is left.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from stanch.sandbox.database.logins import EXPORTER, Logins
from stanch.sandbox.database.template import DATABASE
from stanch.sandbox.shop.series import Series, SeriesStore

INTERVAL = 0.45
"""Wall seconds between two looks."""
PATIENCE = 3.0
TARGET = {"job": "postgres", "instance": "shop-db:9187"}
_STATES = (
    "active",
    "idle",
    "idle in transaction",
    "idle in transaction (aborted)",
    "fastpath function call",
    "disabled",
)
_QUERIES: Mapping[str, LiteralString] = {
    "activity": """
        SELECT datname, coalesce(state, 'disabled') AS state, usename, application_name,
               count(*) AS count,
               coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float
                   AS max_tx_duration
        FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND datname IS NOT NULL AND usename IS NOT NULL
        GROUP BY 1, 2, 3, 4
    """,
    "blocked": """
        SELECT count(*) AS sessions FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0
    """,
    "locks": """
        SELECT mode, count(*) AS count
        FROM pg_locks JOIN pg_database AS d ON d.oid = database AND d.datname = current_database()
        GROUP BY 1
    """,
    "database": """
        SELECT numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned,
               tup_fetched, tup_inserted, tup_updated, deadlocks, temp_bytes
        FROM pg_stat_database WHERE datname = current_database()
    """,
    "tables": """
        SELECT schemaname, relname, seq_scan, seq_tup_read, coalesce(idx_scan, 0) AS idx_scan,
               n_tup_ins, n_live_tup, n_dead_tup
        FROM pg_stat_user_tables
    """,
    "sequences": """
        SELECT schemaname, sequencename, coalesce(last_value, 0) AS last_value, max_value
        FROM pg_sequences
    """,
    "roles": """
        SELECT rolname, rolconnlimit AS connection_limit FROM pg_roles
        WHERE rolcanlogin AND rolname NOT LIKE 'pg\\_%'
    """,
    "settings": """
        SELECT name, setting::float AS setting FROM pg_settings
        WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
    """,
}


@dataclass(slots=True)
class Exporter:
    """Looks at the server again and again."""

    logins: Logins
    answers: dict[str, list[dict[str, Any]]] | None = None
    """Replaced as a whole, because another thread reads them; None: the server is silent."""

    async def live(self) -> None:
        """Look until cancelled."""
        connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        try:
            while True:
                try:
                    async with asyncio.timeout(PATIENCE):
                        if connection is None or connection.closed:
                            connection = await self._connect()
                        self.answers = await _look(connection)
                except (psycopg.Error, TimeoutError):
                    self.answers = None
                    if connection is not None:
                        await _close(connection)
                    connection = None
                await asyncio.sleep(INTERVAL)
        finally:
            if connection is not None:
                await _close(connection)

    async def _connect(self) -> "psycopg.AsyncConnection[dict[str, Any]]":
        keywords = self.logins.of(EXPORTER, "postgres_exporter", statement_timeout="2000")
        return await psycopg.AsyncConnection.connect(**keywords, row_factory=dict_row)

    def samples(self, store: SeriesStore) -> Iterator[tuple[Series, float]]:
        """Yield the samples of one scrape."""

        def one(name: str, value: float, **labels: str) -> tuple[Series, float]:
            return store.series(name, {**TARGET, **labels}), float(value)

        answers = self.answers
        yield one("up", 1.0)
        yield one("pg_up", float(answers is not None))
        if answers is None:
            return
        here = {"datname": DATABASE}
        yield from _activity(store, answers["activity"])
        yield one("pg_blocked_sessions", answers["blocked"][0]["sessions"], **here)
        for row in answers["locks"]:
            yield one("pg_locks_count", row["count"], mode=row["mode"].lower(), **here)
        for name, value in answers["database"][0].items():
            yield one(f"pg_stat_database_{name}", value, **here)
        for row in answers["tables"]:
            place = {**here, "schemaname": row["schemaname"], "relname": row["relname"]}
            for name in row.keys() - place.keys():
                yield one(f"pg_stat_user_tables_{name}", row[name], **place)
        for row in answers["sequences"]:
            place = {**here, "schemaname": row["schemaname"], "sequencename": row["sequencename"]}
            yield one("pg_sequences_last_value", row["last_value"], **place)
            yield one("pg_sequences_max_value", row["max_value"], **place)
        for row in answers["roles"]:
            yield one("pg_roles_connection_limit", row["connection_limit"], rolname=row["rolname"])
        for row in answers["settings"]:
            yield one(f"pg_settings_{row['name']}", row["setting"])


def _activity(
    store: SeriesStore, rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Series, float]]:
    longest = dict.fromkeys(_STATES, 0.0)
    for row in rows:
        names = ("datname", "state", "usename", "application_name")
        labels = {**TARGET, **{name: row[name] for name in names}}
        yield store.series("pg_stat_activity_count", labels), float(row["count"])
        if row["datname"] == DATABASE:
            longest[row["state"]] = max(longest.get(row["state"], 0.0), row["max_tx_duration"])
    for state, seconds in longest.items():
        labels = {**TARGET, "datname": DATABASE, "state": state}
        yield store.series("pg_stat_activity_max_tx_duration", labels), seconds


async def _look(
    connection: "psycopg.AsyncConnection[dict[str, Any]]",
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, statement in _QUERIES.items():
        found[name] = await (await connection.execute(statement)).fetchall()
    return found


async def _close(connection: "psycopg.AsyncConnection[Any]") -> None:
    with contextlib.suppress(psycopg.Error):
        await connection.close()

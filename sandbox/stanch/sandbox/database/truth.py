"""The truth about the database: what it consists of, and what is not well with it.

Only the referee and the faults look here. The administrator's connection is a slot that
nobody else can take.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from stanch.sandbox.database.logins import Logins
from stanch.sandbox.errors import SandboxError

NEEDED_INDEXES = (
    ("products", "parent_id"),
    ("products", "category_id"),
    ("charges", "order_id"),
    ("refunds", "charge_id"),
    ("order_items", "product_id"),
    ("orders", "customer_id"),
)
"""Tables and the first column of an index that they need."""
NEARLY_FULL = 0.9
_WAITED: LiteralString = """
    SELECT application_name, usename FROM pg_stat_activity
    WHERE cardinality(pg_blocking_pids(pid)) > 0
      AND clock_timestamp() - query_start > interval '0.4 seconds'
"""
# Functions that print a definition wait for the locks that a fault may hold.
_INDEXES: LiteralString = """
    SELECT c.relname AS name, t.relname AS kin, i.indisvalid AS valid, a.attname AS first,
           i.indkey::text AS columns, i.indisunique AS "unique", i.indpred IS NULL AS whole
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
    WHERE n.nspname = 'public'
"""
_ROLES: LiteralString = """
    SELECT a.rolname AS name, a.rolname AS kin, a.rolcanlogin, a.rolsuper, a.rolcreaterole,
           a.rolconnlimit, a.rolvaliduntil::text, md5(a.rolpassword) AS password,
           (SELECT array_agg(s.setconfig::text ORDER BY 1) FROM pg_db_role_setting AS s
            WHERE s.setrole = a.oid) AS settings,
           (SELECT array_agg(g.rolname::text ORDER BY 1) FROM pg_auth_members AS m
            JOIN pg_roles AS g ON g.oid = m.roleid WHERE m.member = a.oid) AS member_of
    FROM pg_authid AS a WHERE a.rolname NOT LIKE 'pg\\_%'
"""
_TRIGGERS: LiteralString = """
    SELECT t.relname || '.' || g.tgname AS name, t.relname AS kin, g.tgenabled
    FROM pg_trigger AS g JOIN pg_class AS t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal
"""
_SEQUENCES: LiteralString = """
    SELECT sequencename AS name, sequencename AS kin, data_type::text, max_value, cycle
    FROM pg_sequences
"""
_TABLES: LiteralString = """
    SELECT relname AS name, relname AS kin FROM pg_class
    WHERE relkind IN ('r', 'v', 'm') AND relnamespace = 'public'::regnamespace
"""
_SETTINGS: LiteralString = """
    SELECT name, name AS kin, setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'
    UNION ALL
    SELECT datname, datname, datconnlimit::text || datallowconn::text FROM pg_database
"""
_KINDS: Mapping[str, LiteralString] = {
    "indexes": _INDEXES,
    "roles": _ROLES,
    "triggers": _TRIGGERS,
    "sequences": _SEQUENCES,
    "tables": _TABLES,
    "settings": _SETTINGS,
}


@dataclass(frozen=True, slots=True)
class State:
    """What the database consists of at one moment."""

    objects: Mapping[tuple[str, str], dict[str, Any]]
    ended: Mapping[str, int]
    """How many sessions of each application were ended by somebody until now."""


class Truth:
    """The administrator's own view."""

    def __init__(self, logins: Logins) -> None:
        """Open nothing yet."""
        self._logins = logins
        self._connection: psycopg.Connection[dict[str, Any]] | None = None

    def rows(self, statement: LiteralString | sql.Composed) -> list[dict[str, Any]]:
        """Return the rows of a statement, or of none when it has no result.

        Raises:
            psycopg.Error: the server refused it, or is gone.
        """
        for last in (False, True):
            try:
                cursor = self._open().execute(statement)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError as error:
                lost = self._connection is None or self._connection.closed
                self.close() if lost else None
                if last or not lost or isinstance(error, psycopg.errors.QueryCanceled):
                    raise
        return []

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def state(self, ended: "Counter[str]") -> State:
        """Return what the database consists of now.

        Raises:
            SandboxError: the server does not answer.
        """
        try:
            found = {
                (kind, row["name"]): row
                for kind, statement in _KINDS.items()
                for row in self.rows(statement)
            }
        except psycopg.Error as error:
            raise SandboxError(
                f"the practice database does not answer: {error}",
                remedy="Start anew with `stanch-sandbox down` and `up`.",
            ) from error
        return State(found, dict(ended))

    def reasons(self) -> Iterator[str]:
        """Yield what is not well."""
        try:
            waiting = self.rows(_WAITED)
            indexes = self.rows(_INDEXES)
            used, usable = self._slots()
        except psycopg.Error:
            yield "database: it does not answer"
            return
        for name in sorted({row["application_name"] for row in waiting}):
            yield f"database: {name} waits for a lock"
        have = {(row["kin"], row["first"]) for row in indexes if row["valid"]}
        for table, column in NEEDED_INDEXES:
            if (table, column) not in have:
                yield f"database: {table} has no index on {column}"
        if used >= usable * NEARLY_FULL:
            yield f"database: {used} of {usable} connections are taken"

    def _slots(self) -> tuple[int, int]:
        row = self.rows(
            """
            SELECT count(*) AS used,
                   current_setting('max_connections')::int
                     - current_setting('superuser_reserved_connections')::int
                     - current_setting('reserved_connections')::int AS usable
            FROM pg_stat_activity WHERE backend_type = 'client backend'
            """
        )[0]
        return row["used"], row["usable"]

    def _open(self) -> "psycopg.Connection[dict[str, Any]]":
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._logins.admin(), row_factory=dict_row)
            self._connection.execute("SET statement_timeout = '3s'; SET lock_timeout = '2s'")
        return self._connection


def differences(
    before: State, after: State, may_change: frozenset[tuple[str, str]]
) -> Sequence[str]:
    """Return what was changed in the database, without what may change."""
    found: list[str] = []
    for kind, name in sorted(before.objects.keys() | after.objects.keys()):
        old, new = before.objects.get((kind, name)), after.objects.get((kind, name))
        kin = str((old or new or {}).get("kin"))
        if old == new or (kind, kin) in may_change or (kind, name) in may_change:
            continue
        how = "created" if old is None else "deleted" if new is None else "changed"
        found.append(f"database: {how}: {kind}/{name}")
    for application, count in sorted(after.ended.items()):
        more = count - before.ended.get(application, 0)
        if more > 0 and ("sessions", application) not in may_change:
            found.append(f"database: {more} sessions ended: {application}")
    return found

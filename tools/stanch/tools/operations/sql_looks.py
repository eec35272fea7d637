"""Looks at a database before and after a change: the reads by which its target is known.

A strategy plans on what they bring, and the client compares the same rows again, so that both
speak of the same facts. Each is a query like those of a runbook, and is read by the same rules.
"""

from typing import Final

from stanch.tools.operations.sql import QuerySql

_SESSION: Final = (
    "{0}.pid, {0}.backend_start, {0}.xact_start, {0}.query_start, {0}.state_change, {0}.state,"
    " {0}.datname, {0}.datname = current_database() AS here, {0}.backend_type,"
    " {0}.wait_event_type, {0}.application_name, {0}.usename,"
    " {0}.client_addr::text AS client_addr, left({0}.query, 300) AS query,"
    " extract(epoch FROM now() - {0}.xact_start)::int AS transaction_seconds,"
    " extract(epoch FROM now() - {0}.state_change)::int AS state_seconds,"
    " extract(epoch FROM now() - {0}.query_start)::int AS statement_seconds,"
    " coalesce((SELECT r.rolsuper OR r.rolreplication FROM pg_roles AS r"
    " WHERE r.oid = {0}.usesysid), false) AS special"
)
_QUEUE: Final = """
SELECT waiting.pid, pg_blocking_pids(waiting.pid) AS blocked_by
FROM pg_stat_activity AS waiting
WHERE waiting.wait_event_type = 'Lock'
LIMIT 2000"""
_LOCKS: Final = """
SELECT held.pid, held.mode, coalesce(c.relname, held.locktype)::text AS what
FROM pg_locks AS held
LEFT JOIN pg_class AS c ON c.oid = held.relation
  AND held.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
WHERE held.granted AND held.locktype <> 'virtualxid' AND held.pid = $1
ORDER BY held.mode, what
LIMIT 50"""
_INDEXED: Final = """
SELECT t.oid AS table_oid, n.nspname AS schema_name, t.relname AS table_name,
       t.relkind::text AS kind, pg_table_size(t.oid) AS bytes, t.reltuples::bigint AS table_rows,
       i.relname AS index_name, i.oid AS index_oid, x.indisvalid AS index_valid,
       x.indrelid AS index_table, pg_get_indexdef(i.oid) AS definition,
       x.indisunique OR x.indisprimary OR x.indisexclusion AS constrains,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT array_agg(pg_get_indexdef(o.indexrelid)) FROM pg_index AS o
         WHERE o.indrelid = t.oid AND o.indisvalid) AS others
"""
_TABLE: Final = (
    _INDEXED
    + """
FROM pg_class AS t
JOIN pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_class AS i
  ON i.relname = $2 AND i.relnamespace = t.relnamespace AND i.relkind IN ('i', 'I')
LEFT JOIN pg_index AS x ON x.indexrelid = i.oid
WHERE t.relname = $1 AND t.relkind IN ('r', 'p', 'm', 'f', 'v') AND {}
LIMIT 2"""
)
_INDEX: Final = (
    _INDEXED
    + """
FROM pg_class AS i
JOIN pg_index AS x ON x.indexrelid = i.oid
JOIN pg_class AS t ON t.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE i.relname = $1 AND {}
LIMIT 2"""
)
_OLDEST: Final = """
SELECT a.pid, a.application_name, a.usename, a.state,
       extract(epoch FROM now() - a.xact_start)::int AS transaction_seconds
FROM pg_stat_activity AS a
WHERE a.xact_start IS NOT NULL AND a.pid <> pg_backend_pid() AND a.datname = current_database()
  AND a.backend_type = 'client backend'
ORDER BY a.xact_start
LIMIT 5"""
_BUILDS: Final = """
SELECT a.pid FROM pg_stat_activity AS a
WHERE a.state = 'active' AND a.application_name = $1 AND a.pid <> pg_backend_pid()"""
_LIMITS: Final = {
    "role": "SELECT r.oid, r.rolconnlimit AS connection_limit, r.rolsuper AS special,"
    " (SELECT count(*) FROM pg_stat_activity AS a WHERE a.usename = r.rolname) AS sessions"
    " FROM pg_roles AS r WHERE r.rolname = $1",
    "database": "SELECT d.oid, d.datconnlimit AS connection_limit, d.datistemplate AS special,"
    " (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = d.datname) AS sessions"
    " FROM pg_database AS d WHERE d.datname = $1 AND d.datname = current_database()",
}


def session_look(database: str, pid: int) -> QuerySql:
    """Return the read of one session: its row of pg_stat_activity, if it is there."""
    columns = _SESSION.format("a")
    statement = f"SELECT {columns} FROM pg_stat_activity AS a WHERE a.pid = $1"  # noqa: S608 - no value in it
    return QuerySql(database=database, statement=statement, values=(pid,))


def sessions_look(
    database: str | None, source: str, alias: str, values: tuple[int | str, ...]
) -> QuerySql:
    """Return the read of the sessions that `source` finds, the FROM clause of a statement.

    `alias` is what pg_stat_activity is called in it.
    """
    columns = _SESSION.format(alias)
    return QuerySql(database=database, statement=f"SELECT {columns} FROM {source}", values=values)  # noqa: S608 - it is parsed


def pids_look(database: str, pids: tuple[int, ...]) -> QuerySql:
    """Return the read of the sessions with these process ids."""
    listed = ", ".join(str(int(pid)) for pid in pids)
    return sessions_look(database, f"pg_stat_activity AS a WHERE a.pid IN ({listed})", "a", ())


def queue_look(database: str | None) -> QuerySql:
    """Return the read of all sessions that wait for a lock, with those that they wait for."""
    return QuerySql(database=database, statement=_QUEUE)


def locks_look(database: str | None, pid: int) -> QuerySql:
    """Return the read of the locks that one session holds."""
    return QuerySql(database=database, statement=_LOCKS, values=(pid,))


def table_look(database: str | None, schema: str | None, table: str, index: str) -> QuerySql:
    """Return the read of a table, and of the index of one name beside it, if there is one."""
    where = "pg_table_is_visible(t.oid)" if schema is None else "n.nspname = $3"
    values = (table, index) if schema is None else (table, index, schema)
    return QuerySql(database=database, statement=_TABLE.format(where), values=values)


def index_look(database: str | None, schema: str | None, index: str) -> QuerySql:
    """Return the read of an index, and of the table that it belongs to."""
    where = "pg_table_is_visible(i.oid)" if schema is None else "n.nspname = $2"
    values = (index,) if schema is None else (index, schema)
    return QuerySql(database=database, statement=_INDEX.format(where), values=values)


def oldest_look(database: str | None) -> QuerySql:
    """Return the read of the oldest open transactions, for which the build of an index waits."""
    return QuerySql(database=database, statement=_OLDEST)


def builds_look(database: str, application: str) -> QuerySql:
    """Return the read of the sessions that still work under an application's name."""
    return QuerySql(database=database, statement=_BUILDS, values=(application,))


def limit_look(database: str | None, of: str, name: str) -> QuerySql:
    """Return the read of the connection limit of a role or a database."""
    return QuerySql(database=database, statement=_LIMITS[of], values=(name,))

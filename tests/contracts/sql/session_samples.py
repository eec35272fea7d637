"""Sessions as they are seen, and the acts on them."""

from typing import Any

import psycopg

from stanch.tools.clients.sql import SqlClient
from stanch.tools.operations import CancelBackend, EndIdleSessions, TerminateBackend
from stanch.tools.operations.sql_looks import session_look
from stanch.tools.operations.sql_session_acts import IdleSession
from tests.contracts.sql.sql_shop import Shop

KEY = "inc-1:1"


def seen(client: SqlClient, session: psycopg.Connection[Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.observe(session_look("shop", session.info.backend_pid)).data
    row: dict[str, Any] = found["rows"][0]
    return row


def named(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "database": "shop",
        "pid": row["pid"],
        "backend_start": row["backend_start"],
        "xact_start": row["xact_start"],
        "application": row["application_name"],
        "login": row["usename"],
    }


def terminate(shop: Shop, client: SqlClient, session: psycopg.Connection[Any]) -> TerminateBackend:
    del shop
    row = seen(client, session)
    idle = row["state"] != "active"
    since = row["state_change"] if idle and row["xact_start"] is None else None
    return TerminateBackend(**named(row), idle=idle, idle_since=since)


def cancel(client: SqlClient, session: psycopg.Connection[Any]) -> CancelBackend:
    row = seen(client, session)
    return CancelBackend(**named(row), query_start=row["query_start"])


def ended(session: psycopg.Connection[Any]) -> bool:
    try:
        session.execute("SELECT 1")
    except psycopg.Error:
        return session.closed
    return False


def idle(client: SqlClient, sessions: list[psycopg.Connection[Any]]) -> EndIdleSessions:
    listed = []
    for session in sessions:
        row = seen(client, session)
        names = ("pid", "backend_start", "xact_start", "state_change")
        listed.append(IdleSession(**{name: row[name] for name in names}, application="leak"))
    return EndIdleSessions(database="shop", sessions=tuple(listed))

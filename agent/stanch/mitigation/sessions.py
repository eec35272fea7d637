"""The strategies of database sessions: cancel a statement, end a session, end many idle ones.

The looks show the sessions as the intent finds them, and who waits for whom. A session that
waits for another is a victim, not the cause; a backup, a replica and PostgreSQL's own workers
are never touched; cancelling what idles in a transaction frees nothing (MIT-11, MIT-22, DF-07).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import (
    CancelBackend,
    EndIdleSessions,
    Read,
    TerminateBackend,
)
from stanch.tools.operations.postgres.tree import Node, name, parse, strings, unwrapped
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import CancelQuery, TerminateSession, TerminateSessions
from stanch.tools.operations.sql_looks import locks_look, queue_look, session_look, sessions_look
from stanch.tools.operations.sql_session_acts import (
    IdleSession,
    idle_facts,
    session_facts,
    statement_facts,
)

SessionIntent: TypeAlias = CancelQuery | TerminateSession | TerminateSessions

_BACKUPS: Final = ("pg_dump", "pg_dumpall", "pg_basebackup", "pg_restore", "pg_receivewal")
_BACKUP_TOOLS: Final = ("barman", "pgbackrest", "wal-g", "pg_probackup")
_MOST: Final = 500
_NOTHING: Final = ("group_clause", "window_clause", "distinct_clause", "values_lists")
_NOTHING_ONE: Final = ("having_clause", "with_clause", "into_clause", "larg", "rarg")


class Sessions:
    """Cancels the statement of a session, or ends sessions."""

    intents = (CancelQuery, TerminateSession, TerminateSessions)

    def looks(self, intent: SessionIntent) -> Mapping[str, Read]:
        """Return the looks at the sessions, at who waits for whom, and at what one holds.

        Raises:
            CannotPlanError: no database is known, or the statement is of another shape.
        """
        database = _database(intent)
        if isinstance(intent, TerminateSessions):
            source, alias = _source(intent.statement)
            found = sessions_look(database, source, alias, intent.values)
            return {"target": _there(intent, found), "queue": queue_look(database)}
        return {
            "target": _there(intent, session_look(database, intent.pid)),
            "queue": queue_look(database),
            "locks": locks_look(database, intent.pid),
        }

    def plan(self, intent: SessionIntent, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - the server's clock counts
        """Return the exact change of the session, or of the list of sessions.

        Raises:
            CannotPlanError: there is none, or ending it would help nobody, or harm.
        """
        database, rows, queue = _database(intent), seen["target"]["rows"], seen["queue"]["rows"]
        if not rows:
            raise CannotPlanError("no such session is there any more")
        for row in rows:
            _require_fit(row, queue)
        if isinstance(intent, CancelQuery):
            return _cancel(database, rows[0], queue, seen["locks"]["rows"])
        if isinstance(intent, TerminateSession):
            asked = intent.backend_start
            if asked is not None and not _same_moment(asked, rows[0]["backend_start"]):
                raise CannotPlanError("the session that was meant has ended by itself")
            return _end(database, rows[0], queue, seen["locks"]["rows"])
        return _end(database, rows[0], queue, ()) if len(rows) == 1 else _end_many(database, rows)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - a protocol
        """Return nothing: what is ended has no way back."""
        return {}


def _database(intent: SessionIntent) -> str:
    if intent.database is None:
        raise CannotPlanError("no database is known for this alert: name it under [databases]")
    return intent.database


def _there(intent: SessionIntent, look: QuerySql) -> QuerySql:
    """Return the look with the server that the intent names, so that no other is taken for it."""
    return look.model_copy(update={"host": intent.host, "port": intent.port})


def _source(statement: str) -> tuple[str, str]:
    """Return what follows FROM in a statement that ends sessions, and what they are called.

    Raises:
        CannotPlanError: it is not SELECT pg_terminate_backend(pid) FROM pg_stat_activity ...
    """
    tree = parse(statement)
    place = _place(tree) if name(tree) == "SelectStmt" else None
    if place is None:
        raise CannotPlanError(
            "which sessions it would end cannot be shown; write it as "
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ..."
        )
    alias = place.alias.aliasname if place.HasField("alias") else "pg_stat_activity"
    return statement.encode()[place.location :].decode(), alias


def _place(select: Node) -> Node | None:
    """Return the one table of a plain SELECT of one call, if it is pg_stat_activity."""
    if any(len(getattr(select, part)) for part in _NOTHING):
        return None
    if any(select.HasField(part) for part in _NOTHING_ONE):
        return None
    if len(select.target_list) != 1 or len(select.from_clause) != 1:
        return None
    call, place = unwrapped(select.target_list[0].res_target.val), unwrapped(select.from_clause[0])
    if name(call) != "FuncCall" or strings(call.funcname)[-1] != "pg_terminate_backend":
        return None
    if name(place) != "RangeVar" or place.relname != "pg_stat_activity":
        return None
    first = unwrapped(call.args[0])
    own = name(first) == "ColumnRef" and strings(first.fields)[-1:] == ("pid",)
    plain = not (place.HasField("alias") and len(place.alias.colnames))
    return place if own and plain and place.schemaname in {"", "pg_catalog"} else None


def _require_fit(row: Mapping[str, Any], queue: Sequence[Mapping[str, Any]]) -> None:
    """Make sure that a session may be ended, and that ending it could help.

    Raises:
        CannotPlanError: it may not, or it could not.
    """
    who, application = f"the session {row['pid']}", str(row["application_name"] or "")
    if row["backend_start"] is None:
        raise CannotPlanError(f"{who} cannot be seen: grant pg_monitor to the login that looks")
    if row["backend_type"] != "client backend":
        raise CannotPlanError(f"{who} is the server's own: {row['backend_type']}")
    if row["here"] is not True:
        raise CannotPlanError(
            f"{who} is in the database {row['datname']}: name the one of [databases] that leads "
            "there"
        )
    if application == "stanch" or application.startswith("stanch "):
        raise CannotPlanError(f"{who} is one of stanch's own")
    if row["special"]:
        raise CannotPlanError(f"{who} is a superuser's or a replica's; a person has to end it")
    if application in _BACKUPS or application.lower().startswith(_BACKUP_TOOLS):
        raise CannotPlanError(f"{who} is a backup ({application}); a person has to end it")
    ahead = next((one["blocked_by"] for one in queue if one["pid"] == row["pid"]), None)
    if ahead:
        listed = ", ".join(str(pid) for pid in sorted(set(ahead)))
        raise CannotPlanError(
            f"{who} is a victim: it waits for {listed}; ending it would free nobody"
        )


def _cancel(
    database: str,
    row: Mapping[str, Any],
    queue: Sequence[Mapping[str, Any]],
    locks: Sequence[Mapping[str, Any]],
) -> Plan:
    if row["state"] != "active":
        raise CannotPlanError(
            f"the session {row['pid']} is {row['state']}: it runs no statement, and cancelling "
            "would be answered with 't' and free nothing; end the session instead"
        )
    lost = (
        "its statement ends with an error, and its transaction is rolled back: "
        f"{_age(row, 'transaction')} of work"
    )
    return Plan(
        title=f"Cancel the statement of {_who(row)}, running for {_age(row, 'statement')}",
        operation=CancelBackend(
            **_named(database, row), xact_start=row["xact_start"], query_start=row["query_start"]
        ),
        observed=statement_facts(row),
        inverse=None,
        inverse_note="a cancelled statement has no way back: its transaction has to be done again",
        touches=(
            lost,
            *_effects(row, queue, locks),
            "the session itself stays",
        ),
    )


def _end(
    database: str,
    row: Mapping[str, Any],
    queue: Sequence[Mapping[str, Any]],
    locks: Sequence[Mapping[str, Any]],
) -> Plan:
    observed = session_facts(row)
    idle = observed["idle"]
    works = () if idle else ("it runs a statement: cancelling that would be milder",)
    lost = "no transaction is open in it: nothing is lost"
    if row["xact_start"] is not None:
        lost = f"what it has not committed in {_age(row, 'transaction')} is rolled back"
    return Plan(
        title=f"End {_who(row)}, {row['state']} for {_age(row, 'state')}",
        operation=TerminateBackend(
            **_named(database, row),
            xact_start=row["xact_start"],
            idle=idle,
            idle_since=observed.get("idle_since"),
        ),
        observed=observed,
        inverse=None,
        inverse_note="an ended session has no way back: its application has to connect again",
        touches=(lost, *works, *_effects(row, queue, locks)),
    )


def _end_many(database: str, rows: Sequence[Mapping[str, Any]]) -> Plan:
    busy = [row["pid"] for row in rows if not str(row["state"] or "").startswith("idle")]
    if busy:
        raise CannotPlanError(
            f"{len(busy)} of the {len(rows)} sessions work; only idle ones are ended together"
        )
    if len(rows) > _MOST:
        raise CannotPlanError(f"{len(rows)} sessions are too many to be ended together")
    listed = tuple(
        IdleSession(
            pid=row["pid"],
            backend_start=row["backend_start"],
            xact_start=row["xact_start"],
            state_change=row["state_change"],
            application=str(row["application_name"] or "")[:64],
            login=str(row["usename"] or ""),
        )
        for row in sorted(rows, key=lambda row: row["pid"])
    )
    open_ = sum(one.xact_start is not None for one in listed)
    owners = sorted({f"{one.application or 'no name'} of {one.login}" for one in listed})
    return Plan(
        title=f"End {len(listed)} idle sessions of {', '.join(owners[:3])}",
        operation=EndIdleSessions(database=database, sessions=listed),
        observed=idle_facts(listed, rows),
        inverse=None,
        inverse_note="ended sessions have no way back: their application has to connect again",
        touches=(
            f"{len(listed)} sessions end, each only if it still does nothing",
            f"{open_} of them have a transaction open, which is rolled back",
            f"they belong to {', '.join(owners)}",
            f"the shortest has done nothing for {min(_seconds(r, 'state') for r in rows)} s",
        ),
    )


def _named(database: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "database": database,
        "pid": row["pid"],
        "backend_start": row["backend_start"],
        "application": str(row["application_name"] or "")[:64],
        "login": str(row["usename"] or ""),
    }


def _effects(
    row: Mapping[str, Any],
    queue: Sequence[Mapping[str, Any]],
    locks: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    waiting = _behind(row["pid"], queue)
    strong = [f"{one['mode']} on {one['what']}" for one in locks if "Exclusive" in one["mode"]]
    freed = f"sessions that wait behind it: {len(waiting) or 'none'}"
    return (f"it holds {', '.join(strong[:5])}", freed) if strong else (freed,)


def _behind(pid: int, queue: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the sessions that wait for `pid`, or for one that does."""
    found: set[int] = set()
    reached = {pid}
    while reached:
        ahead = reached | found
        reached = {row["pid"] for row in queue if ahead & set(row["blocked_by"] or ())} - found
        found |= reached
    return found


def _who(row: Mapping[str, Any]) -> str:
    application = row["application_name"] or "an application without a name"
    return f"session {row['pid']} of {row['usename']} ({application})"


def _age(row: Mapping[str, Any], what: str) -> str:
    return f"{_seconds(row, what)} s"


def _seconds(row: Mapping[str, Any], what: str) -> int:
    return int(row[f"{what}_seconds"] or 0)


def _same_moment(asked: str, seen: str) -> bool:
    """Whether two texts are the same moment; what a runbook writes may have another form."""
    try:
        return datetime.fromisoformat(asked) == datetime.fromisoformat(seen)
    except (ValueError, TypeError):
        return False

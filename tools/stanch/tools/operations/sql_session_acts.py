"""What can be done to sessions of a PostgreSQL database, each named exactly.

A process id is used again, and a session goes on to its next transaction; so a session is
named by its id, the moment it began and the moment its transaction began (MIT-11, MIT-22).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect, Frozen
from stanch.tools.operations.reach import Reach
from stanch.tools.operations.sql_statement import DatabaseName

Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", max_length=32)
]
"""A moment of the database's clock to the microsecond, in UTC."""


class _OfSession(BaseOperation):
    database: DatabaseName
    """The name of the database in the settings."""
    pid: Annotated[int, Field(ge=2)]
    backend_start: Moment
    xact_start: Moment | None
    """When its transaction began; None: it has none open."""
    application: Annotated[str, Field(max_length=64)] = ""
    login: Annotated[str, Field(max_length=63)] = ""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"database/{self.database}/session/{self.pid}"

    @property
    @override
    def subject(self) -> str:
        return f"session {self.pid} of {self.database}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"sessions/{self.login or self.pid}", database=self.database)

    def _text(self, function: str, more: str) -> str:
        return (
            f"SELECT {function}(pid) FROM pg_stat_activity WHERE pid = {self.pid}"  # noqa: S608 - numbers and moments only
            f" AND backend_start = '{self.backend_start}'"
            f" AND {_is('xact_start', self.xact_start)}{more}"
        )


class CancelBackend(_OfSession):
    """Cancel the statement that one session runs; its transaction ends with an error."""

    kind: Literal["sql.cancel"] = "sql.cancel"
    query_start: Moment | None = None
    """When that statement began; the next one of the same transaction is another."""

    @override
    def as_text(self) -> str:
        since = f" AND query_start = '{self.query_start}'" if self.query_start else ""
        return self._text("pg_cancel_backend", f" AND state = 'active'{since}")


class TerminateBackend(_OfSession):
    """End one session; what it has not committed is rolled back."""

    kind: Literal["sql.terminate"] = "sql.terminate"
    idle: bool = True
    """Whether it ran no statement when it was seen; one that has woken up since is left."""
    idle_since: Moment | None = None
    """When it last stopped working, if no transaction was open; one that worked since is left."""

    @override
    def as_text(self) -> str:
        state = "LIKE 'idle%'" if self.idle else "= 'active'"
        since = f" AND state_change = '{self.idle_since}'" if self.idle_since else ""
        return self._text("pg_terminate_backend", f" AND state {state}{since}")


class IdleSession(Frozen):
    """One session that does nothing, as it was seen."""

    pid: Annotated[int, Field(ge=2)]
    backend_start: Moment
    xact_start: Moment | None
    state_change: Moment
    """When it last stopped working; one that has worked since is left alone."""
    application: Annotated[str, Field(max_length=64)] = ""
    login: Annotated[str, Field(max_length=63)] = ""


class EndIdleSessions(BaseOperation):
    """End sessions that do nothing, each only while it is as it was seen (MIT-11, MIT-17)."""

    kind: Literal["sql.end_idle"] = "sql.end_idle"
    database: DatabaseName
    sessions: Annotated[tuple[IdleSession, ...], Field(min_length=1, max_length=500)]

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"database/{self.database}/sessions"

    @property
    @override
    def subject(self) -> str:
        return f"{len(self.sessions)} sessions of {self.database}"

    @property
    @override
    def reach(self) -> Reach:
        named = dict.fromkeys(f"sessions/{one.login or one.pid}" for one in self.sessions)
        return Reach(
            thing=f"sessions/{self.database}",
            also=tuple(named),
            database=self.database,
            count=len(self.sessions),
        )

    @override
    def as_text(self) -> str:
        each = " OR ".join(
            f"(pid = {one.pid} AND backend_start = '{one.backend_start}'"
            f" AND state_change = '{one.state_change}')"
            for one in self.sessions
        )
        return (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - numbers and moments only
            f" WHERE state LIKE 'idle%' AND ({each})"
        )


def session_facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about a session that must still hold when it is ended.

    `row` is its row of pg_stat_activity with the moments as `Moment`; None: it is gone. With
    no transaction open, the moment since which it idles is what tells whether it was used.
    """
    if row is None:
        return {"missing": True}
    facts = {name: row.get(name) for name in ("pid", "backend_start", "xact_start")}
    facts["idle"] = str(row.get("state") or "").startswith("idle")
    if facts["idle"] and facts["xact_start"] is None:
        facts["idle_since"] = row.get("state_change")
    return facts


def statement_facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about a session that must still hold when its statement is cancelled."""
    facts = session_facts(row)
    return facts if row is None else {**facts, "query_start": row.get("query_start")}


def idle_facts(
    sessions: Sequence[IdleSession], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return whether any of the sessions is still as it was seen.

    One that has moved on must not hold the others: each is compared again when it is ended.
    """
    return {"idle": True} if still_idle(sessions, rows) else {"missing": True}


def still_idle(
    sessions: Sequence[IdleSession], rows: Sequence[Mapping[str, Any]]
) -> tuple[IdleSession, ...]:
    """Return those of the sessions that are in `rows` as they were seen."""
    names = ("pid", "backend_start", "xact_start", "state_change")
    now = {
        tuple(row.get(name) for name in names)
        for row in rows
        if str(row.get("state") or "").startswith("idle")
    }
    return tuple(one for one in sessions if tuple(getattr(one, name) for name in names) in now)


def _is(column: str, moment: str | None) -> str:
    return f"{column} IS NULL" if moment is None else f"{column} = '{moment}'"

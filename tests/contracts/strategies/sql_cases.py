"""The changes of a PostgreSQL database: its sessions, its indexes, its limits."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from stanch.tools.operations.sql_intents import (
    CancelQuery,
    ChangeSql,
    CreateIndexConcurrently,
    DropIndexConcurrently,
    TerminateSession,
    TerminateSessions,
)
from stanch.tools.outcome import DryRun
from tests.contracts.sql.sql_shop import Shop, at_work
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene

_SESSIONS = (
    "SELECT pid, backend_start::text, coalesce(xact_start::text, ''), state, query,"
    " coalesce(query_start::text, '') FROM pg_stat_activity WHERE usename = 'app' ORDER BY pid"
)
_INDEXES = (
    "SELECT c.relname, pg_get_indexdef(c.oid), x.indisvalid FROM pg_index x"
    " JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
    " WHERE t.relname = 'orders' ORDER BY 1"
)
SLOW = "UPDATE orders SET note = note WHERE id = 3 AND pg_sleep(60) IS NOT NULL"


class InDatabase(Scene):
    """The shop's database, with sessions, indexes and a role of this scene."""

    def __init__(self, places: Places, stack: ExitStack) -> None:
        self.stack = stack
        self.shop = Shop(places.server())
        stack.callback(self.shop.close)
        stack.callback(self._mend)
        self.settings = {"targets": self.shop.targets()}

    def capture(self) -> Json:
        """Return sessions, indexes and limits, as the server's owner sees them."""
        sessions = {str(row[0]): list(row[1:]) for row in self.shop.run(_SESSIONS)}
        indexes = {row[0]: [row[1], row[2]] for row in self.shop.run(_INDEXES)}
        limits = dict(self.shop.run("SELECT rolname, rolconnlimit FROM pg_roles"))
        tables = dict(self.shop.run("SELECT relname, oid::int FROM pg_class WHERE relkind = 'r'"))
        own = {name: tables[name] for name in ("orders", "other") if name in tables}
        return {"sessions": sessions, "indexes": indexes, "limits": limits, "tables": own}

    def _mend(self) -> None:
        self.shop.run("DROP INDEX IF EXISTS tmp_idx", "ALTER ROLE app CONNECTION LIMIT -1")


class OfSession(InDatabase):
    """One session of the application; another waits beside it, and is no part of it."""

    lost = "ended, its transaction rolled back"

    def __init__(self, places: Places, stack: ExitStack) -> None:
        super().__init__(places, stack)
        self.other = self.shop.app("bystander")
        self.session = self.shop.holder()
        self.pid = self.session.info.backend_pid
        self.before: Json = {}

    def shown(self, tried: DryRun) -> Json:
        """Return the session by the preview's names, after a look by the server's owner."""
        row = self.capture()["sessions"].get(str(self.pid))
        if not tried.accepted:
            return {}
        session: Json = tried.before["session"]
        if row is None:
            return {"session": {"state": self.lost}}
        assert (session["pid"], session["query"]) == (self.pid, row[3])
        return {"session": {**session, "state": row[2]}}


class Held(OfSession):
    """A session that idles in a transaction and holds a row."""

    def __init__(self, places: Places, stack: ExitStack) -> None:
        super().__init__(places, stack)
        self.intent = TerminateSession(database="shop", pid=self.pid)


class Busy(OfSession):
    """A session whose statement takes long."""

    def __init__(self, places: Places, stack: ExitStack) -> None:
        super().__init__(places, stack)
        self.errors: list[Exception] = stack.enter_context(at_work(self.session, SLOW))
        self.intent = CancelQuery(database="shop", pid=self.pid)

    def shown(self, tried: DryRun) -> Json:
        """Return the session; its statement has ended when its own client was told so."""
        row = self.capture()["sessions"][str(self.pid)]
        session: Json = tried.before["session"]
        state = row[2]
        if state != "active":
            assert [type(one) for one in self.errors] == [psycopg.errors.QueryCanceled]
            assert state == "idle in transaction (aborted)"
            state = "its statement ended with an error"
        return {"session": {**session, "state": state}}


class Idle(InDatabase):
    """Three idle sessions of one leaking application, beside one that is none of them."""

    def __init__(self, places: Places, stack: ExitStack) -> None:
        super().__init__(places, stack)
        self.other = self.shop.app("bystander")
        self.leaks = [self.shop.app("leak") for _ in range(3)]
        statement = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'leak' AND state = 'idle'"
        )
        self.intent = TerminateSessions(database="shop", statement=statement)

    def shown(self, tried: DryRun) -> Json:
        """Return the sessions that were meant, each as it is or as ended."""
        alive = self.capture()["sessions"]
        were: Json = tried.before["sessions"]
        assert {str(one.info.backend_pid) for one in self.leaks} == were.keys()
        return {"sessions": {pid: text if pid in alive else "ended" for pid, text in were.items()}}


class Indexed(InDatabase):
    """The table of orders, with an index or without."""

    def __init__(self, places: Places, stack: ExitStack, *, there: bool) -> None:
        super().__init__(places, stack)
        if there:
            self.shop.run("CREATE INDEX tmp_idx ON orders (note)")
            self.intent = DropIndexConcurrently(database="shop", index="tmp_idx")
        else:
            self.intent = CreateIndexConcurrently(
                database="shop", index="tmp_idx", table="orders", definition="(note)"
            )

    def shown(self, tried: DryRun) -> Json:
        """Return the index as the server describes it."""
        del tried
        found = self.capture()["indexes"].get("tmp_idx")
        if found is None:
            return {"index": "absent", "definition": None}
        return {"index": "valid" if found[1] else "invalid", "definition": found[0]}


class Limit(InDatabase):
    """A role that has no limit of sessions."""

    def __init__(self, places: Places, stack: ExitStack) -> None:
        super().__init__(places, stack)
        self.intent = ChangeSql(database="shop", statement="ALTER ROLE app CONNECTION LIMIT 9")

    def shown(self, tried: DryRun) -> Json:
        """Return the limit of the role."""
        del tried
        return {"connection_limit": self.capture()["limits"]["app"]}


def _case(
    name: str, kind: str, scene: Callable[..., Scene], strategy: str = "Sessions", **more: Any
) -> Case:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del cluster, folder
        return scene(places, stack)

    kind = f"sql.{kind}"
    return Case(name=name, kind=kind, strategy=strategy, where="database", open=open_scene, **more)


CASES = (
    _case("cancel a statement", "cancel", Busy, checks=(), why="has no way back"),
    _case("end a session", "terminate", Held, checks=(), why="has no way back"),
    _case("end idle sessions", "end_idle", Idle, checks=(), why="have no way back"),
    _case(
        "build an index",
        "create_index",
        lambda places, stack: Indexed(places, stack, there=False),
        "BuildsIndexes",
        back="sql.drop_index",
    ),
    _case(
        "drop an index",
        "drop_index",
        lambda places, stack: Indexed(places, stack, there=True),
        "DropsIndexes",
        back="sql.create_index",
    ),
    _case(
        "limit a role", "connection_limit", Limit, "ConnectionLimits", back="sql.connection_limit"
    ),
)

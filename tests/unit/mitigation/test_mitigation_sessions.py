"""Which session is ended, and which never, from rows as the database returns them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation.sessions import Sessions, _behind
from stanch.mitigation.strategies import strategy_for
from stanch.mitigation.strategy import CannotPlanError, Plan
from stanch.tools.operations import CancelBackend, EndIdleSessions, TerminateBackend
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import CancelQuery, TerminateSession, TerminateSessions

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGAN = "2026-11-01T11:00:00.000001+00:00"
ASKED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 41"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "pid": 41,
        "backend_start": BEGAN,
        "xact_start": "2026-11-01T11:50:00.000002+00:00",
        "query_start": "2026-11-01T11:51:00.000003+00:00",
        "state_change": "2026-11-01T11:51:00.000004+00:00",
        "state": "idle in transaction",
        "datname": "shop",
        "here": True,
        "backend_type": "client backend",
        "wait_event_type": "Client",
        "application_name": "payments",
        "usename": "app",
        "client_addr": "10.0.0.7/32",
        "query": "UPDATE orders SET note = 'x'",
        "transaction_seconds": 600,
        "state_seconds": 540,
        "statement_seconds": 540,
        "special": False,
        **changes,
    }


def seen(*rows: dict[str, Any], queue: Any = (), locks: Any = ()) -> dict[str, Any]:
    return {
        "target": {"rows": list(rows)},
        "queue": {"rows": list(queue)},
        "locks": {"rows": list(locks)},
    }


def ask(statement: str = ASKED, **changes: Any) -> TerminateSessions:
    return TerminateSessions.model_validate({"database": "shop", "statement": statement, **changes})


def plan(intent: Any, *rows: dict[str, Any], **more: Any) -> Plan:
    return Sessions().plan(intent, seen(*rows, **more), now=NOW)


def test_an_idle_holder_is_ended_with_what_that_costs() -> None:
    queue = [{"pid": 42, "blocked_by": [41]}, {"pid": 43, "blocked_by": [42]}]
    locks = [{"pid": 41, "mode": "RowExclusiveLock", "what": "orders"}]

    made = plan(TerminateSession(database="shop", pid=41), row(), queue=queue, locks=locks)

    assert made.operation == TerminateBackend(
        database="shop",
        pid=41,
        backend_start=BEGAN,
        xact_start="2026-11-01T11:50:00.000002+00:00",
        application="payments",
        login="app",
        idle=True,
    )
    assert made.observed == {
        "pid": 41,
        "backend_start": BEGAN,
        "xact_start": "2026-11-01T11:50:00.000002+00:00",
        "idle": True,
    }
    assert made.title == "End session 41 of app (payments), idle in transaction for 540 s"
    assert made.touches == (
        "what it has not committed in 600 s is rolled back",
        "it holds RowExclusiveLock on orders",
        "sessions that wait behind it: 2",
    )
    assert made.inverse is None
    assert Sessions().foretold(made.operation, {}) == {}
    assert "AND state LIKE 'idle%'" in made.operation.as_text()


def test_an_idle_session_without_a_transaction_is_bound_to_when_it_was_last_used() -> None:
    made = plan(TerminateSession(database="shop", pid=41), row(state="idle", xact_start=None))

    assert isinstance(made.operation, TerminateBackend)
    assert made.operation.idle_since == made.observed["idle_since"] == row()["state_change"]
    assert f"AND state_change = '{row()['state_change']}'" in made.operation.as_text()


def test_a_busy_session_is_cancelled_and_bound_to_its_statement() -> None:
    busy = row(state="active", wait_event_type=None)

    made = plan(CancelQuery(database="shop", pid=41), busy)

    assert isinstance(made.operation, CancelBackend)
    assert made.operation.query_start == "2026-11-01T11:51:00.000003+00:00"
    assert made.observed["query_start"] == made.operation.query_start
    assert "state = 'active' AND query_start = " in made.operation.as_text()
    assert made.touches[-1] == "the session itself stays"


@pytest.mark.parametrize("state", ["idle in transaction", "idle in transaction (aborted)", "idle"])
def test_cancelling_what_idles_is_refused_because_it_frees_nothing(state: str) -> None:
    with pytest.raises(CannotPlanError, match="answered with 't' and free nothing"):
        plan(CancelQuery(database="shop", pid=41), row(state=state))


def test_ending_a_session_that_works_says_that_cancelling_is_milder() -> None:
    made = plan(TerminateSession(database="shop", pid=41), row(state="active"))

    assert isinstance(made.operation, TerminateBackend)
    assert made.operation.idle is False
    assert any("cancelling that would be milder" in one for one in made.touches)
    assert "AND state = 'active'" in made.operation.as_text()


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "PostgreSQL's own": ({"backend_type": "autovacuum worker"}, "server's own: autovacuum worker"),
    "a replica": ({"backend_type": "walsender"}, "server's own: walsender"),
    "a superuser": ({"special": True}, "superuser's or a replica's"),
    "stanch itself": ({"application_name": "stanch inc-1:1"}, "one of stanch's own"),
    "a dump": ({"application_name": "pg_dump"}, "is a backup"),
    "a backup tool": ({"application_name": "pgBackRest [backup]"}, "is a backup"),
    "what cannot be seen": ({"backend_start": None}, "grant pg_monitor"),
}


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize(
    "intent",
    [TerminateSession(database="shop", pid=41), CancelQuery(database="shop", pid=41), ask()],
)
def test_some_sessions_are_never_touched(name: str, intent: Any) -> None:
    changes, why = UNFIT[name]

    with pytest.raises(CannotPlanError, match=why):
        plan(intent, row(**changes))


@pytest.mark.parametrize("intent", [TerminateSession(database="shop", pid=41), ask()])
def test_a_victim_is_not_ended_in_place_of_the_cause(intent: Any) -> None:
    queue = [{"pid": 41, "blocked_by": [7, 7, 9]}]

    with pytest.raises(CannotPlanError, match="is a victim: it waits for 7, 9"):
        plan(intent, row(), queue=queue)


def test_a_session_that_is_gone_is_nothing_to_end() -> None:
    with pytest.raises(CannotPlanError, match="no such session"):
        plan(ask())


def test_the_session_that_was_named_by_its_start_is_the_one() -> None:
    same = TerminateSession(database="shop", pid=41, backend_start="2026-11-01 11:00:00.000001+00")
    other = TerminateSession(database="shop", pid=41, backend_start="2026-11-01 10:00:00+00")
    odd = TerminateSession(database="shop", pid=41, backend_start="2026-13-01 10:00:00+00")

    assert plan(same, row()).operation.kind == "sql.terminate"
    for one in (other, odd):
        with pytest.raises(CannotPlanError, match="ended by itself"):
            plan(one, row())


def test_several_idle_sessions_become_an_exact_list() -> None:
    rows = [
        row(
            pid=50 + n, state="idle", xact_start=None, application_name="leak", state_seconds=90 + n
        )
        for n in (2, 0, 1)
    ]
    rows[0] |= {"state": "idle in transaction", "xact_start": BEGAN}

    made = plan(ask(), *rows)

    assert isinstance(made.operation, EndIdleSessions)
    assert [one.pid for one in made.operation.sessions] == [50, 51, 52]
    assert made.observed == {"idle": True}
    assert made.title == "End 3 idle sessions of leak of app"
    assert made.touches == (
        "3 sessions end, each only if it still does nothing",
        "1 of them have a transaction open, which is rolled back",
        "they belong to leak of app",
        "the shortest has done nothing for 90 s",
    )
    assert "pid = 50 AND backend_start" in made.operation.as_text()
    assert (made.operation.target, made.operation.subject) == (
        "database/shop/sessions",
        "3 sessions of shop",
    )


def test_sessions_that_work_are_not_ended_together() -> None:
    with pytest.raises(CannotPlanError, match="1 of the 2 sessions work"):
        plan(ask(), row(), row(pid=42, state="active"))


def test_too_many_sessions_are_not_ended_together() -> None:
    rows = [row(pid=100 + n, state="idle") for n in range(501)]

    with pytest.raises(CannotPlanError, match="501 sessions are too many"):
        plan(ask(), *rows)


FOUND: dict[str, str] = {
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 41 AND "
    "state LIKE 'idle in transaction%'": "FROM pg_stat_activity WHERE pid = 41 AND state LIKE",
    "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a WHERE a.state = 'idle' "
    "ORDER BY a.state_change LIMIT 5": "FROM pg_stat_activity AS a WHERE a.state = 'idle' ORDER BY",
    "SELECT pg_terminate_backend(pid, 5000) AS done FROM pg_catalog.pg_stat_activity": (
        "FROM pg_catalog.pg_stat_activity"
    ),
}


@pytest.mark.parametrize("statement", FOUND)
def test_the_look_finds_what_the_statement_would(statement: str) -> None:
    looks = Sessions().looks(ask(statement, host="db.example", port=5432))

    target = looks["target"]
    assert isinstance(target, QuerySql)
    assert FOUND[statement] in target.statement
    assert target.effect.word == "observe"
    assert (target.host, target.port) == ("db.example", 5432)
    assert list(looks) == ["target", "queue"]


def test_values_of_the_statement_go_with_the_look() -> None:
    asked = ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1", values=(41,)
    )

    target = Sessions().looks(asked)["target"]

    assert isinstance(target, QuerySql)
    assert target.values == (41,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity",
        "SELECT pg_terminate_backend(pid), pid FROM pg_stat_activity",
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)",
        "SELECT pg_terminate_backend(pid) FROM pg_locks",
        "SELECT pg_terminate_backend(pid + 1) FROM pg_stat_activity",
        "SELECT pg_terminate_backend(max(pid)) FROM pg_stat_activity GROUP BY usename",
        "WITH s AS (SELECT 1) SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT DISTINCT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity AS a (x, pid)",
        "SELECT pg_terminate_backend(pid) FROM other.pg_stat_activity",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity UNION SELECT true",
    ],
)
def test_a_statement_of_another_shape_is_left_to_people(statement: str) -> None:
    with pytest.raises(CannotPlanError, match="write it as SELECT"):
        Sessions().looks(ask(statement))


@pytest.mark.parametrize(
    "intent", [TerminateSession(pid=41), CancelQuery(pid=41), ask(database=None)]
)
def test_without_a_database_there_is_no_look(intent: Any) -> None:
    with pytest.raises(CannotPlanError, match="no database is known"):
        Sessions().looks(intent)


def test_the_looks_of_one_session_are_of_that_session() -> None:
    looks = Sessions().looks(TerminateSession(database="shop", pid=41))

    assert list(looks) == ["target", "queue", "locks"]
    assert all(isinstance(one, QuerySql) and one.database == "shop" for one in looks.values())


def test_the_strategy_is_known_for_its_intents() -> None:
    for intent in (ask(), CancelQuery(pid=2), TerminateSession(pid=2)):
        assert isinstance(strategy_for(intent), Sessions)


queues = st.lists(
    st.builds(
        lambda pid, ahead: {"pid": pid, "blocked_by": ahead},
        st.integers(1, 8),
        st.lists(st.integers(1, 8), max_size=3),
    ),
    max_size=12,
)


@given(queue=queues, pid=st.integers(1, 8))
def test_whoever_waits_behind_waits_for_it_or_for_one_who_does(
    queue: list[dict[str, Any]], pid: int
) -> None:
    found = _behind(pid, queue)

    for one in queue:
        if {pid, *found} & set(one["blocked_by"]):
            assert one["pid"] in found
    for waiting in found:
        assert any(
            one["pid"] == waiting and {pid, *found} & set(one["blocked_by"]) for one in queue
        )

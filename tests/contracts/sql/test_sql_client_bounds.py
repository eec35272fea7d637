"""A change reaches the sessions of its own database, and is not sent when its time is up."""

import threading
from typing import Any

import psycopg
import pytest

from stanch.mitigation import CannotPlanError
from stanch.mitigation.sessions import Sessions
from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql import SqlClient
from stanch.tools.clients.sql.act import Act
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import TerminateBackend
from stanch.tools.operations.sql_intents import TerminateSessions
from stanch.tools.operations.sql_looks import queue_look, session_look
from stanch.tools.operations.sql_session_acts import session_facts
from tests.contracts.sql.sql_shop import APP_PASSWORD, Shop


def _elsewhere(shop: Shop) -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] = shop.server.connect(
        "app", APP_PASSWORD, dbname="postgres", application_name="billing"
    )
    return found


def test_a_session_of_another_database_is_neither_planned_for_nor_ended(
    shop: Shop, client: SqlClient
) -> None:
    with _elsewhere(shop) as other:
        pid = other.info.backend_pid
        other.execute("SELECT 1")
        other.rollback()
        row = client.observe(session_look("shop", pid)).data["rows"][0]
        asked = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = {pid}"  # noqa: S608 - a number
        intent = TerminateSessions(database="shop", statement=asked)
        seen = {
            name: client.observe(look).data  # type: ignore[arg-type]  # they are queries
            for name, look in {**Sessions().looks(intent), "queue": queue_look("shop")}.items()
        }
        with pytest.raises(CannotPlanError, match="is in the database postgres"):
            Sessions().plan(intent, seen, now=None)  # type: ignore[arg-type]
        change = TerminateBackend(
            database="shop",
            pid=pid,
            backend_start=row["backend_start"],
            xact_start=row["xact_start"],
        )
        with pytest.raises(OperationRefusedError, match="of other databases"):
            client.apply(change, key="inc-1:1", observed=session_facts(row))
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_a_statement_whose_time_is_up_is_not_sent(shop: Shop, client: SqlClient) -> None:
    shop.run("DROP TABLE IF EXISTS late")
    pool = client._pool("shop", shop.targets().databases["shop"], "act")
    with Deadline(5) as opening, pool.lend(opening) as link:
        link.bind(Deadline(0.001), 1 << 20)
        threading.Event().wait(0.05)
        with pytest.raises(TargetUnreachableError, match="Nothing was sent"):
            Act(link, pool).send("CREATE TEMPORARY TABLE late (id int)")
        link.unbind()
        with pytest.raises(psycopg.errors.UndefinedTable):
            link.execute("SELECT * FROM late")


def test_a_host_that_is_no_name_is_told_as_such(shop: Shop) -> None:
    client = shop.client(host=f"{'a' * 70}.example")
    with pytest.raises(TargetUnreachableError, match="no name of a host"):
        client.observe(session_look("shop", 4))
    client.close()

"""What is shown of a change at a real PostgreSQL before it, and told of a part that failed."""

from typing import Any

import psycopg
import pytest

from stanch.tools.clients.sql import SqlClient
from stanch.tools.operations import BuildIndex, CancelBackend, TerminateBackend
from stanch.tools.operations.sql_looks import session_look
from tests.contracts.sql.sql_shop import Shop, at_work, wait_for

KEY = "inc-1:4"
WHEN = "ddl_command_start WHEN TAG IN ('COMMENT')"
SAYS_NO = "BEGIN RAISE EXCEPTION 'no remarks here'; END"
REFUSES_REMARKS = (
    f"CREATE FUNCTION no_remarks() RETURNS event_trigger LANGUAGE plpgsql AS $${SAYS_NO}$$",
    f"CREATE EVENT TRIGGER no_remarks ON {WHEN} EXECUTE FUNCTION no_remarks()",
)


def named(client: SqlClient, session: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return a session as a change names it, and its moments."""
    found = client.observe(session_look("shop", session.info.backend_pid)).data
    row: dict[str, Any] = found["rows"][0]
    same = {name: row[name] for name in ("pid", "backend_start", "xact_start")}
    return {"database": "shop", **same, "application": row["application_name"], "login": "app"}


def test_a_cancelled_statement_is_shown_to_cost_no_more_than_itself(
    shop: Shop, client: SqlClient
) -> None:
    busy = shop.app("report")
    with at_work(busy, "SELECT pg_sleep(30)") as failed:
        change = CancelBackend(**named(client, busy))
        shown = client.preview(change, key=KEY)
        before, after = shown.before["session"], shown.after["session"]
        assert (shown.accepted, shown.tried) == (True, False)
        assert (before["state"], before["query"]) == ("active", "SELECT pg_sleep(30)")
        assert after == {**before, "state": "its statement ended with an error"}
        assert failed == [], "a preview cancels nothing"
        client.apply(change, key=KEY, observed=client.look(change))
        wait_for(lambda: len(failed) == 1)


@pytest.mark.parametrize("kind", [CancelBackend, TerminateBackend])
def test_a_session_that_ended_by_itself_is_shown_as_nothing_to_do(
    shop: Shop, client: SqlClient, kind: type[CancelBackend | TerminateBackend]
) -> None:
    session = shop.app("short")
    fields = named(client, session)
    change = kind.model_validate({**fields, "idle": True} if kind is TerminateBackend else fields)
    session.close()
    wait_for(lambda: client.look(change) == {"missing": True})
    shown = client.preview(change, key=KEY)
    assert (shown.accepted, shown.note) == (False, "the session has ended by itself")
    assert client.probe(change, key=KEY) is True


def test_an_index_that_cannot_be_marked_is_built_and_that_is_said(
    shop: Shop, client: SqlClient
) -> None:
    table = int(shop.run("SELECT 'orders'::regclass::oid")[0][0])
    change = BuildIndex(
        database="shop",
        schema_name="public",
        table="orders",
        index="unmarked_idx",
        table_oid=table,
        columns=("note",),
    )
    shop.run(*REFUSES_REMARKS)
    try:
        outcome = client.apply(change, key=KEY, observed=client.look(change))
        assert outcome.text == "built unmarked_idx; it could not be marked as temporary"
        assert client.probe(change, key=KEY) is True
        assert shop.run("SELECT obj_description('unmarked_idx'::regclass)") == [(None,)]
    finally:
        shop.run("DROP EVENT TRIGGER no_remarks", "DROP FUNCTION no_remarks()")
        shop.run("DROP INDEX IF EXISTS unmarked_idx")

"""Building and dropping indexes on a real PostgreSQL, and what is left when that fails."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from stanch.mitigation.indexes import BuildsIndexes
from stanch.tools.clients.sql import SqlClient
from stanch.tools.clients.sql.client import _Site
from stanch.tools.clients.sql.indexes import Indexes
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    ToolError,
)
from stanch.tools.operations import BuildIndex, DropIndex, SetConnectionLimit
from tests.contracts.sql.sql_shop import Shop, wait_for

KEY = "inc-1:2"


@pytest.fixture(autouse=True)
def _clean(shop: Shop) -> Iterator[None]:
    yield
    shop.run("DROP INDEX IF EXISTS tmp_idx")


def oid(shop: Shop, table: str = "orders") -> int:
    return int(shop.run(f"SELECT '{table}'::regclass::oid")[0][0])


def build(shop: Shop, **changes: Any) -> BuildIndex:
    given = {"database": "shop", "schema_name": "public", "table": "orders", "index": "tmp_idx"}
    return BuildIndex.model_validate(
        {**given, "table_oid": oid(shop), "columns": ("note",), **changes}
    )


def drop(shop: Shop) -> DropIndex:
    made = build(shop).model_dump(exclude={"columns", "kind"})
    return DropIndex.model_validate(made)


def state(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.run(
        "SELECT x.indisvalid FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid"
        " WHERE c.relname = 'tmp_idx'"
    )


def hurried(client: SqlClient, **limits: float) -> Indexes:
    name, settings = client._database("shop")
    return Indexes(_Site(client, name, settings), **limits)


def test_an_index_is_built_while_the_table_is_written_to(shop: Shop, client: SqlClient) -> None:
    change = build(shop)
    before = client.look(change)
    shown = client.preview(change, key=KEY)
    assert (client.probe(change, key=KEY), state(shop)) == (False, [])
    stop, written = threading.Event(), []

    def write() -> None:
        with shop.app("writer") as session:
            while not stop.is_set():
                session.execute("UPDATE orders SET note = note WHERE id = 7")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    outcome = client.apply(change, key=KEY, observed=before)
    stop.set()
    writer.join(30)

    assert (before["index"], shown.accepted, shown.tried) == ("absent", True, False)
    assert "valid, and marked as temporary" in outcome.text
    assert state(shop) == [(True,)]
    assert client.probe(change, key=KEY) is True
    assert client.look(change) == BuildsIndexes().foretold(change, {})
    assert KEY in shop.run("SELECT obj_description('tmp_idx'::regclass)")[0][0]
    assert written


def test_the_way_back_drops_what_was_built(shop: Shop, client: SqlClient) -> None:
    change, back = build(shop), drop(shop)
    client.apply(change, key=KEY, observed=client.look(change))
    before = client.look(back)
    assert client.preview(back, key=KEY).accepted
    assert client.probe(back, key=KEY) is False

    outcome = client.apply(back, key=f"{KEY}:inverse", observed=before)

    assert (outcome.text, state(shop)) == ("dropped tmp_idx", [])
    assert client.probe(back, key=KEY) is True


def test_another_index_of_the_same_name_is_not_dropped(shop: Shop, client: SqlClient) -> None:
    change, back = build(shop), drop(shop)
    client.apply(change, key=KEY, observed=client.look(change))
    foretold = BuildsIndexes().foretold(change, {})
    shop.run("DROP INDEX tmp_idx", "CREATE INDEX tmp_idx ON orders (id, note)")

    with pytest.raises(PreconditionFailedError, match="definition changed"):
        client.apply(back, key=f"{KEY}:inverse", observed=foretold)

    assert state(shop) == [(True,)]


def test_an_index_of_that_name_is_never_taken_for_ours(shop: Shop, client: SqlClient) -> None:
    change = build(shop)
    before = client.look(change)
    shop.run("CREATE INDEX tmp_idx ON orders (customer)")

    with pytest.raises(PreconditionFailedError, match="index changed"):
        client.apply(change, key=KEY, observed=before)

    assert not client.preview(change, key=KEY).accepted


def test_the_unfinished_index_of_somebody_else_is_not_cleaned_up(
    shop: Shop, client: SqlClient
) -> None:
    """MIT-12."""
    shop.run(
        "CREATE INDEX tmp_idx ON orders (customer)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tmp_idx'::regclass",
    )
    change = build(shop)

    with pytest.raises(OperationRefusedError, match="already exists"):
        client.apply(change, key=KEY, observed=client.look(change))

    assert state(shop) == [(False,)]


def test_another_table_of_that_name_is_not_taken_for_it(shop: Shop, client: SqlClient) -> None:
    change = build(shop, table_oid=1)

    assert not client.preview(change, key=KEY).accepted
    assert client.probe(change, key=KEY) is None
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key=KEY, observed={"table_oid": 1, "index": "absent"})


def test_an_unknown_column_is_refused_before_and_by_the_server(
    shop: Shop, client: SqlClient
) -> None:
    change = build(shop, columns=("nowhere",))

    assert client.preview(change, key=KEY).note == "the table has no such column"
    with pytest.raises(OperationRefusedError, match="Nothing is left of the build"):
        client.apply(change, key=KEY, observed=client.look(change))
    assert state(shop) == []


def test_what_a_failed_build_leaves_is_dropped_and_said(shop: Shop, client: SqlClient) -> None:
    older = shop.app("report")
    older.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    older.execute("SELECT count(*) FROM other")
    change = build(shop)

    with pytest.raises(OperationRefusedError, match="it left was dropped"):
        hurried(client, older_seconds=0.3).apply(change, key=KEY, observed=client.look(change))

    assert state(shop) == []
    assert "transactions that are older" in client.preview(change, key=KEY).note


def test_a_build_that_takes_too_long_is_ended_and_cleaned_up(shop: Shop, client: SqlClient) -> None:
    older = shop.app("report")
    older.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    older.execute("SELECT count(*) FROM other")
    change = build(shop)

    with pytest.raises(OperationRefusedError, match="it left was dropped"):
        hurried(client, build_seconds=0.4).apply(change, key=KEY, observed=client.look(change))

    assert state(shop) == []


def test_a_leftover_that_cannot_be_dropped_is_said_to_be_unknown(
    shop: Shop, client: SqlClient
) -> None:
    older = shop.app("report")
    older.execute("BEGIN")
    older.execute("UPDATE orders SET note = note WHERE id = 9")
    change = build(shop)

    with pytest.raises(OutcomeUnknownError, match="invalid index may be left"):
        hurried(client, older_seconds=0.3).apply(change, key=KEY, observed=client.look(change))

    assert state(shop) == [(False,)]
    assert client.probe(change, key=KEY) is None
    assert client.preview(change, key=KEY).note == "the index tmp_idx is invalid"
    assert client.preview(drop(shop), key=KEY).accepted
    older.rollback()


def test_a_build_does_not_queue_for_a_table_that_somebody_holds(shop: Shop) -> None:
    client = shop.client(lock_seconds=0.2)
    holder = shop.app("migration")
    holder.execute("BEGIN")
    holder.execute("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")
    change = build(shop)

    with pytest.raises(OperationRefusedError, match="lock timeout"):
        client.apply(change, key=KEY, observed=client.look(change))

    assert state(shop) == []


def test_a_build_that_still_runs_is_neither_there_nor_absent(shop: Shop, client: SqlClient) -> None:
    older = shop.app("report")
    older.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    older.execute("SELECT count(*) FROM other")
    change = build(shop)
    before = client.look(change)
    ended: list[object] = []

    def run() -> None:
        try:
            ended.append(client.apply(change, key=KEY, observed=before).text)
        except ToolError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: state(shop) != [])
    assert client.probe(change, key=KEY) is None
    older.rollback()
    thread.join(10)

    assert ended == ["built tmp_idx, valid, and marked as temporary"]
    assert client.probe(change, key=KEY) is True


def test_a_connection_that_breaks_in_the_middle_leaves_an_unknown_outcome(
    shop: Shop, client: SqlClient
) -> None:
    older = shop.app("report")
    older.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    older.execute("SELECT count(*) FROM other")
    change = build(shop)
    before = client.look(change)
    ended: list[ToolError] = []

    def run() -> None:
        try:
            client.apply(change, key=KEY, observed=before)
        except ToolError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: state(shop) != [])
    own = f"application_name = 'stanch {KEY}'"
    shop.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")  # noqa: S608 - a constant
    thread.join(10)
    older.rollback()

    assert isinstance(ended[0], OutcomeUnknownError)
    assert ended[0].may_have_run
    assert client.probe(change, key=KEY) is None


def limit(shop: Shop, client: SqlClient, **changes: Any) -> SetConnectionLimit:
    del client
    role = shop.run("SELECT oid::int FROM pg_roles WHERE rolname = 'app'")[0][0]
    given = {"database": "shop", "of": "role", "name": "app", "oid": role, "limit": 8}
    return SetConnectionLimit.model_validate({**given, "from_limit": -1, **changes})


def test_a_connection_limit_is_set_and_put_back(shop: Shop, client: SqlClient) -> None:
    change = limit(shop, client)
    back = limit(shop, client, limit=-1, from_limit=8)
    now = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app'"
    before = client.look(change)
    shown = client.preview(change, key=KEY)
    assert client.probe(change, key=KEY) is False

    outcome = client.apply(change, key=KEY, observed=before)

    assert (before["limit"], shown.after) == (-1, {"connection_limit": 8})
    assert (outcome.text, shop.run(now)) == ("the role app may have 8 sessions, before -1", [(8,)])
    assert client.probe(change, key=KEY) is True
    with pytest.raises(PreconditionFailedError, match="limit changed"):
        client.apply(change, key=KEY, observed=before)
    assert not client.preview(change, key=KEY).accepted
    client.apply(back, key=KEY, observed=client.look(back))
    assert shop.run(now) == [(-1,)]


def test_a_limit_that_somebody_changed_since_is_left(shop: Shop, client: SqlClient) -> None:
    change = limit(shop, client, from_limit=5)

    with pytest.raises(PreconditionFailedError, match="somebody else"):
        client.apply(change, key=KEY, observed=client.look(change))
    assert client.probe(limit(shop, client, from_limit=3), key=KEY) is None
    assert client.look(limit(shop, client, name="nobody_here")) == {"missing": True}
    assert client.probe(limit(shop, client, name="nobody_here"), key=KEY) is None


def test_a_limit_of_a_database_needs_its_owner(shop: Shop, client: SqlClient) -> None:
    database = shop.run("SELECT oid::int FROM pg_database WHERE datname = 'shop'")[0][0]
    change = limit(shop, client, of="database", name="shop", oid=database)
    client.apply(change, key=KEY, observed=client.look(change))
    assert shop.run("SELECT datconnlimit FROM pg_database WHERE datname = 'shop'") == [(8,)]
    shop.run("ALTER DATABASE shop CONNECTION LIMIT -1")

    owner = shop.run("SELECT datdba::regrole::text FROM pg_database WHERE datname = 'shop'")[0][0]
    shop.run("ALTER DATABASE shop OWNER TO CURRENT_USER")
    try:
        with pytest.raises(OperationRefusedError, match="must be owner"):
            client.apply(change, key=KEY, observed=client.look(change))
    finally:
        shop.run(f"ALTER DATABASE shop OWNER TO {owner}")


def test_the_limit_of_another_database_is_not_touched(shop: Shop, client: SqlClient) -> None:
    other = shop.run("SELECT oid::int FROM pg_database WHERE datname = 'postgres'")[0][0]
    change = limit(shop, client, of="database", name="postgres", oid=other)

    assert client.look(change) == {"missing": True}
    assert not client.preview(change, key=KEY).accepted
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key=KEY, observed={"oid": other, "limit": -1})
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key=KEY, observed={"missing": True})

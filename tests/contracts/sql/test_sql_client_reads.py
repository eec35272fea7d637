"""Reading from a real PostgreSQL: what comes back, and how much of it."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.clients.sql import SqlClient
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.sql import QuerySql
from tests.contracts.sql.sql_shop import Shop, read, rows, wait_for
from tests.time_bounds import TooSlowError, below

VALUES: dict[str, tuple[str, Any]] = {
    "a whole number": ("7::int8", 7),
    "an exact decimal": ("1.25::numeric", 1.25),
    "a decimal without a fraction": ("12::numeric", 12),
    "a decimal that no float holds": ("12345678901234567.125", "12345678901234567.125"),
    "a number beyond 64 bits": ("98765432109876543210", "98765432109876543210"),
    "no number": ("'NaN'::numeric", "NaN"),
    "no float": ("'-Infinity'::float8", "-Infinity"),
    "a float": ("0.1::float8", 0.1),
    "nothing": ("NULL", None),
    "a truth": ("true", True),
    "a text": ("chr(9731) || chr(228)", "\u2603\xe4"),
    "a day": ("'2026-11-01'::date", "2026-11-01"),
    "the end of days": ("'infinity'::timestamptz", "infinity"),
    "a moment": ("'2026-11-01 12:00+02'::timestamptz", "2026-11-01T10:00:00.000000+00:00"),
    "a span": ("interval '1 day 02:03'", "1 day 02:03:00"),
    "bytes": ("decode('00ff', 'hex')", "\\x00ff"),
    "an address": ("'10.0.0.1/24'::inet", "10.0.0.1/24"),
    "an array": ("ARRAY[1, NULL, 3]", [1, None, 3]),
    "an array of texts": ("ARRAY['a,b', '{', NULL]", ["a,b", "{", None]),
    "JSON": ("""'{"a": [1, 2.5, null]}'::jsonb""", {"a": [1, 2.5, None]}),
    "a row": ("ROW(1, 'x')", "(1,x)"),
    "a range": ("int4range(1, 5)", "[1,5)"),
    "a name of a table": ("'orders'::regclass", "orders"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_as_json_keeps_it(client: SqlClient, name: str) -> None:
    expression, expected = VALUES[name]

    found = rows(client, f"SELECT {expression} AS value")[0]["value"]

    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_columns_keep_their_order_and_none_hides_another(client: SqlClient) -> None:
    data = read(client, "SELECT 1 AS b, 2 AS a, 3 AS b, 4 AS b").data

    assert data["columns"] == ["b", "a", "b_2", "b_3"]
    assert data["rows"] == [{"b": 1, "a": 2, "b_2": 3, "b_3": 4}]


def test_values_fill_their_places_and_stay_values(client: SqlClient) -> None:
    found = rows(client, "SELECT note FROM orders WHERE id = $1 AND note = $2", 5, "order 5")
    nothing = rows(client, "SELECT note FROM orders WHERE note = $1", "order 5 OR 1=1")

    assert (found, nothing) == ([{"note": "order 5"}], [])


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN SELECT * FROM orders",
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM orders",
        "SHOW max_connections",
        "VALUES (1), (2)",
        "TABLE orders",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "WITH few AS (SELECT 1 AS one) SELECT * FROM few",
    ],
)
def test_every_shape_of_a_reading_statement_brings_rows(client: SqlClient, statement: str) -> None:
    assert rows(client, statement)


def test_an_empty_answer_still_says_its_columns(client: SqlClient) -> None:
    outcome = read(client, "SELECT id FROM orders WHERE false")

    assert (outcome.data, outcome.text) == ({"columns": ["id"], "rows": []}, "0 rows")


def test_rows_are_cut_at_their_number_and_it_is_said(client: SqlClient) -> None:
    outcome = read(client, "SELECT id FROM orders")

    assert len(outcome.data["rows"]) == 10_000
    assert outcome.truncated
    assert outcome.text == "10000 rows, and more that were left out"


def test_bytes_are_cut_at_the_cap_and_it_is_said(shop: Shop) -> None:
    outcome = read(shop.client(most=4000), "SELECT * FROM orders")

    assert outcome.truncated
    assert 0 < len(json.dumps(outcome.data["rows"], separators=(",", ":"))) <= 4200


def test_one_row_larger_than_the_cap_is_shortened(shop: Shop) -> None:
    outcome = read(shop.client(most=2000), "SELECT 1 AS id, repeat('x', 100000) AS note")

    assert outcome.truncated
    assert outcome.data["rows"][0]["id"] == 1
    assert "characters cut" in outcome.data["rows"][0]["note"]


def test_rows_that_would_fill_the_memory_are_refused(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE IF NOT EXISTS huge AS SELECT repeat('x', 60000000) AS body",
        "GRANT SELECT ON huge TO stanch_diagnose",
    )
    client = shop.client(most=10_000)

    with pytest.raises(OperationRefusedError, match="too large to be taken"):
        read(client, "SELECT body FROM huge")

    assert rows(client, "SELECT 1 AS still") == [{"still": 1}]


def test_a_slow_statement_is_ended_by_the_server_in_time(shop: Shop) -> None:
    client = shop.client(seconds=3.0)
    began = time.monotonic()

    with pytest.raises((OperationRefusedError, NoAnswerError)) as caught:
        read(client, "SELECT slept FROM slow")

    if isinstance(caught.value, NoAnswerError):
        raise TooSlowError("The server took the tenth that it has less than the client.")
    assert "statement timeout" in str(caught.value)
    below(time.monotonic() - began, 4.5)
    assert rows(client, "SELECT 1 AS still") == [{"still": 1}]


def test_the_timeout_of_the_settings_holds_below_the_deadline(shop: Shop) -> None:
    began = time.monotonic()

    with pytest.raises(OperationRefusedError, match="statement_seconds"):
        read(shop.client(statement_seconds=0.2), "SELECT slept FROM slow")

    below(time.monotonic() - began, 2.2)


def test_a_look_does_not_queue_for_a_lock(shop: Shop) -> None:
    holder = shop.app()
    holder.execute("BEGIN")
    holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")

    with pytest.raises(OperationRefusedError, match="lock timeout"):
        read(shop.client(lock_seconds=0.2), "SELECT count(*) FROM orders")


def test_closing_the_client_ends_what_is_at_work_on_the_server(shop: Shop) -> None:
    client = shop.client(statement_seconds=30, seconds=30)
    ended: list[Exception] = []

    def look() -> None:
        try:
            read(client, "SELECT slept FROM slow")
        except TargetUnreachableError as error:
            ended.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    active = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'stanch_diagnose'"
    wait_for(lambda: shop.run(f"{active} AND state = 'active'")[0][0] == 1)
    began = time.monotonic()
    client.close()
    thread.join(20)

    assert not thread.is_alive()
    below(time.monotonic() - began, 3)
    assert "not awaited" in str(ended[0])
    wait_for(lambda: shop.run(active)[0][0] == 0)


def test_many_threads_share_one_client(shop: Shop) -> None:
    client = shop.client()

    def one(number: int) -> int:
        return int(rows(client, "SELECT id FROM orders WHERE id = $1", number)[0]["id"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(1, 200))) == list(range(1, 200))

    here = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'stanch_diagnose'"
    assert shop.run(here)[0][0] <= 4


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "elsewhere.example"), ("port", 5999), ("login", "postgres")],
)
def test_a_statement_for_another_server_or_login_is_refused(
    client: SqlClient, field: str, value: object
) -> None:
    with pytest.raises(OperationRefusedError, match="configured with"):
        client.observe(
            QuerySql.model_validate({"database": "shop", "statement": "SELECT 1", field: value})
        )


def test_a_statement_that_names_the_configured_server_runs(shop: Shop) -> None:
    named = QuerySql(
        database="shop",
        statement="SELECT 1 AS one",
        host="127.0.0.1",
        port=shop.server.port,
        login="stanch_diagnose",
    )

    assert shop.client().observe(named).data["rows"] == [{"one": 1}]


def test_a_database_is_found_by_its_own_name_too(shop: Shop) -> None:
    operation = QuerySql(database="shop", statement="SELECT current_database() AS name")
    only = QuerySql(statement="SELECT current_database() AS name")
    client = shop.client()

    assert client.observe(operation).data == client.observe(only).data


def test_a_database_that_is_not_configured_is_said_how_to_add(client: SqlClient) -> None:
    with pytest.raises(TargetUnreachableError, match=r"add \[databases.stock\]"):
        client.observe(QuerySql(database="stock", statement="SELECT 1"))


def test_no_table_of_somebody_elses_stands_before_a_catalog(shop: Shop) -> None:
    shop.run(
        "CREATE SCHEMA IF NOT EXISTS trap",
        "GRANT USAGE ON SCHEMA trap TO PUBLIC",
        "CREATE OR REPLACE VIEW trap.pg_database AS SELECT 'trap'::text AS datname",
        "GRANT SELECT ON trap.pg_database TO PUBLIC",
        "ALTER ROLE stanch_diagnose IN DATABASE shop SET search_path = trap, pg_catalog, public",
    )
    try:
        client = shop.client()

        found = {row["datname"] for row in rows(client, "SELECT datname FROM pg_database")}
        orders = rows(client, "SELECT count(*) AS n FROM orders")
    finally:
        shop.run("ALTER ROLE stanch_diagnose IN DATABASE shop RESET search_path")

    assert found >= {"shop", "postgres"}
    assert orders == [{"n": 20000}]


def test_what_a_function_says_of_a_lock_does_not_outlive_the_look(shop: Shop) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    client = shop.client()
    rows(client, "SELECT 1 AS one")
    sneaky = QuerySql.model_construct(
        database="shop", statement="SELECT pg_advisory_lock(42)", values=()
    )

    client.observe(sneaky)

    assert shop.run(held)[0][0] == 0

"""Statements that look more harmless than they are, as a table: what each comes to.

`refused` stands for those that are never taken; a longer list than the other tests', of
single statements rather than of places.
"""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from stanch.tools.operations import Effect
from stanch.tools.operations.postgres.masks import masked
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.postgres.tree import StatementError
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import (
    ChangeSql,
    DropIndexConcurrently,
    RefreshMaterializedView,
    ResetSetting,
    SetSetting,
    TerminateSessions,
)

SETTINGS = "SELECT setting FROM pg_settings"
STATEMENTS = {
    # `value.f` calls f(value) where the value has no column f: seen on PostgreSQL 15.
    "SELECT ('s'::regclass).nextval": "mutate",
    "SELECT (12345).pg_terminate_backend": "mutate",
    "SELECT g.pg_cancel_backend FROM generate_series(1, 30000) g": "mutate",
    "SELECT q.c.nextval FROM q": "mutate",
    "SELECT (t.x[1]).nextval FROM t": "mutate",
    "SELECT s.pg_drop_replication_slot FROM unnest(ARRAY['a'::name]) s": "destructive",
    "SELECT n.lo_unlink FROM generate_series(1, 9) n": "destructive",
    "EXPLAIN ANALYZE SELECT (1).pg_cancel_backend": "mutate",
    "SELECT f.pg_read_file FROM unnest(ARRAY['/etc/passwd']) f": "refused",
    "SELECT f.pg_ls_dir FROM unnest(ARRAY['/etc']) f": "refused",
    "SELECT ('dbname=x'::text).dblink_connect": "refused",
    "SELECT ('primary_conninfo'::text).current_setting": "refused",
    "SELECT (1000).pg_sleep": "refused",
    "SELECT (o).purge FROM orders o": "refused",
    "SELECT (SELECT o FROM orders o).purge": "refused",
    "SELECT (now()).purge": "refused",
    "SELECT ((t).x).nextval FROM t": "refused",
    "SELECT (pg_control_checkpoint()).redo_lsn": "observe",
    "SELECT (json_each('{}')).key, (ARRAY[1])[1], (ROW(1, 2)).f1": "observe",
    "SELECT j.repeat, j.sleep, j.version, j.count FROM jobs j": "observe",
    # Rows with a secret in them.
    "COPY pg_subscription TO STDOUT": "refused",
    "COPY pg_subscription (subconninfo) TO STDOUT": "refused",
    "COPY pg_subscription (subname) TO STDOUT": "observe",
    "SELECT s.row_to_json FROM pg_subscription s": "refused",
    "SELECT s.oid, s.subname FROM pg_subscription s": "observe",
    "SELECT * FROM pg_dist_authinfo": "refused",
    "SELECT * FROM pgsodium.key": "refused",
    "SELECT * FROM pg_show_all_settings() s WHERE s.name = 'primary_conninfo'": "refused",
    # Code of somebody else's, reached by a name that looks like PostgreSQL's.
    "SELECT * FROM t TABLESAMPLE evil.bernoulli(1)": "destructive",
    "SELECT * FROM t TABLESAMPLE bernoulli(1)": "observe",
    "SELECT pg_input_is_valid('x', 'some_domain')": "destructive",
    "SELECT app.pg_size_pretty(1)": "destructive",
    'SELECT "PG_TERMINATE_BACKEND"(1)': "destructive",
    # Work without end.
    "SELECT pg_sleep(0.5) FROM orders": "refused",
    "SELECT pg_sleep(0.5) FROM generate_series(1, 100000)": "refused",
    "SELECT pg_sleep(1), pg_sleep(1)": "refused",
    "WITH a AS (SELECT pg_sleep(1)) SELECT 1": "refused",
    "SELECT pg_sleep('1e3')": "refused",
    "SELECT pg_sleep(1)": "observe",
    "SELECT count(*) FROM generate_series(1, 9999999) a": "refused",
    "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b": "refused",
    "SELECT count(*) FROM generate_series(1, 1000000 * 1000000)": "refused",
    "SELECT count(*) FROM generate_series(1, 10 ^ 12)": "refused",
    "SELECT count(*) FROM generate_series(1, power(10, 12)::int)": "refused",
    "SELECT count(*) FROM generate_series(1, '1e12'::numeric)": "refused",
    "SELECT count(*) FROM generate_series(1, 0x7fffffff)": "refused",
    "SELECT repeat(repeat('x', 1000000), 1000000)": "refused",
    "SELECT crypt('x', gen_salt('bf', 31))": "refused",
    "SELECT generate_series(1, 24 * 60), repeat('-', 40)": "observe",
    # What cannot be put back.
    "ALTER SYSTEM RESET ALL": "destructive",
    "ALTER SYSTEM RESET work_mem": "mutate",
    "SELECT pg_is_in_backup()": "observe",
}


@pytest.mark.parametrize(("statement", "outcome"), STATEMENTS.items())
def test_each_statement_is_what_it_does_and_not_what_it_looks_like(
    statement: str, outcome: str
) -> None:
    if outcome == "refused":
        with pytest.raises(StatementError):
            read(statement)
        with pytest.raises(ValueError, match="statement"):
            QuerySql(statement=statement)
        return
    assert read(statement).effect.word == outcome
    if outcome == "observe":
        assert QuerySql(statement=statement).effect is Effect.OBSERVE
    else:
        with pytest.raises(ValueError, match="does not only read"):
            QuerySql(statement=statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t SELECT pg_terminate_backend(1)",
        "WITH i AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT pg_terminate_backend(1)",
        "CREATE TABLE x AS SELECT pg_terminate_backend(1)",
        "SELECT pg_terminate_backend(1) INTO x",
        "SELECT pg_terminate_backend(pid) FROM jobs FOR UPDATE",
    ],
)
def test_to_end_sessions_covers_no_other_change(statement: str) -> None:
    with pytest.raises(ValueError, match="more than that"):
        TerminateSessions(statement=statement)
    assert ChangeSql(statement=statement).effect is Effect.MUTATE


@pytest.mark.parametrize("value", [10**12, "1e12", "2000000000000", " 99999999 ", "Infinity"])
def test_a_value_asks_for_no_more_than_the_statement_might(value: int | str) -> None:
    statement = "SELECT count(*) FROM generate_series(1, $1)"
    assert QuerySql(statement=statement, values=(1000,)).effect is Effect.OBSERVE
    with pytest.raises(ValueError, match="is more than 1000000"):
        QuerySql(statement=statement, values=(value,))
    assert QuerySql(statement="SELECT a FROM t WHERE b = $1", values=(value,)).values == (value,)


def test_a_text_that_is_refused_does_not_come_back_as_a_number() -> None:
    with pytest.raises(ValueError, match="values"):
        QuerySql(statement="SELECT $1", values=("7\r",))


def test_all_settings_at_once_cannot_be_put_back() -> None:
    assert ResetSetting(setting=None).effect is Effect.DESTRUCTIVE


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (ResetSetting, {"setting": "all"}),
        (ResetSetting, {"setting": "select"}),
        (RefreshMaterializedView, {"view": "concurrently"}),
        (DropIndexConcurrently, {"index": "select"}),
        (SetSetting, {"setting": "select", "value": "1"}),
        (SetSetting, {"setting": "app.api_key", "value": "hunter2"}),
        (SetSetting, {"setting": "app.db_password", "value": "hunter2"}),
        (QuerySql, {"statement": f"{SETTINGS} WHERE name = $1", "values": ("primary_conninfo",)}),
        (QuerySql, {"statement": "SELECT ($1::regclass).nextval", "values": ("s",)}),
        (QuerySql, {"statement": "SELECT current_setting($1)", "values": ("work_mem",)}),
    ],
)
def test_no_model_made_by_hand_does_more_than_it_says(
    model: type[BaseModel], fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


@pytest.mark.parametrize(
    "statement", ["SHOW password_encryption", f"{SETTINGS} WHERE name LIKE 'autovacuum%'"]
)
def test_settings_that_hold_no_password_are_read(statement: str) -> None:
    assert QuerySql(statement=statement).effect is Effect.OBSERVE


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''hunter2'''; END $$",
        "INSERT INTO users (name, password) VALUES ('a', 'hunter2'), ('b', 'hunter2')",
        "INSERT INTO hooks (url) VALUES ('https://a:hunter2@example.com/')",
        "UPDATE users SET api_key = 'hunter2', name = 'a' WHERE id = 1",
        "COMMENT ON ROLE a IS 'password=hunter2'",
    ],
)
def test_no_password_in_a_change_goes_further(statement: str) -> None:
    hidden = masked(statement)
    assert "hunter2" not in hidden
    assert masked(hidden) == hidden
    assert ChangeSql(statement=hidden).effect > Effect.OBSERVE
    with pytest.raises(ValueError, match="password"):
        ChangeSql(statement=statement)

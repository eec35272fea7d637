import pytest
from pydantic import ValidationError

from stanch.tools.operations import Effect
from stanch.tools.operations.base import BaseIntent
from stanch.tools.operations.postgres.masks import masked
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import (
    CancelQuery,
    ChangeSql,
    CreateIndexConcurrently,
    DropIndexConcurrently,
    RefreshMaterializedView,
    ReloadConfiguration,
    ResetSetting,
    SetSetting,
    TerminateSession,
    TerminateSessions,
)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM t",
        "SELECT pg_reload_conf()",
        "SELECT cleanup()",
        "SELECT * FROM pg_authid",
        "SELECT 1; SELECT 2",
        "SELECT unix_timestamp()",
        "SELECT 1 FROM t FOR UPDATE",
    ],
)
def test_a_query_that_does_more_than_read_cannot_be_built(statement: str) -> None:
    with pytest.raises(ValidationError):
        QuerySql(statement=statement)


def test_a_query_reads_and_shows_its_values_in_their_places() -> None:
    query = QuerySql(
        statement="SELECT * FROM t WHERE a = $1 AND b = $2 LIMIT 5;",
        values=("x y", 7),
        database="orders",
    )
    assert (query.effect, query.target) == (Effect.OBSERVE, "database/orders")
    assert query.as_text() == "SELECT * FROM t WHERE a = 'x y' AND b = 7 LIMIT 5"


def test_what_looks_like_a_place_inside_a_text_is_text() -> None:
    query = QuerySql(statement="SELECT '$1', $1", values=("x",))
    assert query.as_text() == "SELECT '$1', 'x'"


@pytest.mark.parametrize("values", [(), ("a",), ("a", "b", "c")])
def test_a_statement_has_as_many_values_as_places(values: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="places"):
        QuerySql(statement="SELECT $1, $2", values=values)


@pytest.mark.parametrize("value", ["x'; DELETE", "x\u02bc OR 1=1", "a\\", 'a"b', "a\nb", "a\u200b"])
def test_a_value_holds_nothing_that_could_be_taken_for_a_quote(value: str) -> None:
    with pytest.raises(ValidationError):
        QuerySql(statement="SELECT $1", values=(value,))


def test_the_effect_of_a_change_is_that_of_its_statement() -> None:
    assert ChangeSql(statement="ALTER TABLE t ADD COLUMN a int").effect is Effect.MUTATE
    assert ChangeSql(statement="ALTER TABLE t DROP COLUMN a").effect is Effect.DESTRUCTIVE
    assert ChangeSql(statement="DO $$ BEGIN END $$").unbounded
    with pytest.raises(ValidationError):
        ChangeSql(statement="SELECT 1")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE USER u PASSWORD 'hunter2'",
        "ALTER ROLE u WITH ENCRYPTED PASSWORD 'hunter2' VALID UNTIL 'infinity'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2 user=b' PUBLICATION p",
        "CREATE SUBSCRIPTION s CONNECTION 'postgres://b:hunter2@a/c' PUBLICATION p",
        "ALTER SUBSCRIPTION s CONNECTION 'password = ''hunter2'''",
        "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'a', password 'hunter2')",
        "ALTER SYSTEM SET primary_conninfo = 'password=hunter2'",
        "DO $$ BEGIN CREATE USER u PASSWORD 'hunter2'; END $$",
    ],
)
def test_a_change_never_carries_a_password(statement: str) -> None:
    with pytest.raises(ValidationError):
        ChangeSql(statement=statement)
    hidden = masked(statement)
    assert "hunter2" not in hidden
    assert "***" in hidden
    assert ChangeSql(statement=hidden).effect > Effect.OBSERVE


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        (TerminateSession(pid=4), "SELECT pg_terminate_backend(4)"),
        (CancelQuery(pid=4), "SELECT pg_cancel_backend(4)"),
        (ReloadConfiguration(), "SELECT pg_reload_conf()"),
        (SetSetting(setting="work_mem", value="4MB"), "ALTER SYSTEM SET work_mem = '4MB'"),
        (ResetSetting(setting="work_mem"), "ALTER SYSTEM RESET work_mem"),
        (ResetSetting(setting=None), "ALTER SYSTEM RESET ALL"),
        (
            RefreshMaterializedView(view="Daily", schema_name="s", concurrently=True),
            'REFRESH MATERIALIZED VIEW CONCURRENTLY s."Daily"',
        ),
        (
            CreateIndexConcurrently(index="i", table="t", definition="USING btree (a)"),
            "CREATE INDEX CONCURRENTLY i ON t USING btree (a)",
        ),
        (
            DropIndexConcurrently(index="i", schema_name="s", if_exists=True),
            "DROP INDEX CONCURRENTLY IF EXISTS s.i",
        ),
    ],
)
def test_an_intent_is_the_statement_that_a_person_would_write(
    intent: BaseIntent, text: str
) -> None:
    assert intent.as_text() == text
    assert intent.effect is read(text).effect


def test_a_session_can_be_named_by_when_it_began() -> None:
    text = TerminateSession(pid=4, backend_start="2026-01-02 03:04:05+00").as_text()
    assert text.endswith("WHERE pid = 4 AND backend_start = '2026-01-02 03:04:05+00'")
    assert read(text).effect is Effect.MUTATE


@pytest.mark.parametrize(
    "definition",
    [
        "USING btree (a); DROP TABLE t",
        "USING btree (cleanup(a))",
        "is nothing",
        "USING btree (pg_stat_reset())",
    ],
)
def test_the_definition_of_an_index_is_no_more_than_that(definition: str) -> None:
    with pytest.raises(ValidationError):
        CreateIndexConcurrently(index="i", table="t", definition=definition)


def test_settings_that_hold_passwords_are_not_set() -> None:
    with pytest.raises(ValidationError, match="password"):
        SetSetting(setting="primary_conninfo", value="a")


def test_sessions_are_ended_by_a_statement_that_does_nothing_else() -> None:
    many = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'"
    assert TerminateSessions(statement=many).effect is Effect.MUTATE
    for other in (
        "SELECT 1",
        "SELECT pg_terminate_backend(1), pg_reload_conf()",
        "SELECT pg_terminate_backend(1), cleanup()",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT pg_terminate_backend(a) FROM x",
    ):
        with pytest.raises(ValidationError):
            TerminateSessions(statement=other)

"""A call counts wherever it stands: each place of a query that PostgreSQL evaluates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.operations import Effect
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.postgres.tree import StatementError

POSITIONS = (
    "SELECT {}",
    "SELECT DISTINCT ON ({}) a FROM t",
    "SELECT a FROM t WHERE {} IS NOT NULL",
    "SELECT a FROM t GROUP BY a HAVING ({})::text = 'x'",
    "SELECT a FROM t GROUP BY ROLLUP (a, {})",
    "SELECT a FROM t ORDER BY {} DESC NULLS LAST",
    "SELECT a FROM t LIMIT {}",
    "SELECT a FROM t OFFSET {}",
    "SELECT sum(a) OVER (PARTITION BY {}) FROM t",
    "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a ROWS {} PRECEDING)",
    "SELECT sum(a) FILTER (WHERE {} IS NULL) FROM t",
    "SELECT string_agg(a, ',' ORDER BY {}) FROM t",
    "SELECT percentile_cont({}) WITHIN GROUP (ORDER BY a) FROM t",
    "SELECT lower(VARIADIC {})",
    "SELECT make_interval(days => {})",
    "SELECT a FROM t JOIN u ON {} IS NULL",
    "SELECT a FROM (SELECT {}) x(a)",
    "SELECT a FROM t, LATERAL (VALUES ({})) x(a)",
    "SELECT a FROM ROWS FROM ({}, generate_series(1, 2)) x",
    "SELECT a FROM unnest(ARRAY[{}]) WITH ORDINALITY x",
    "SELECT a FROM t TABLESAMPLE system ({})",
    "SELECT a FROM xmltable('/a' PASSING {} COLUMNS a int DEFAULT 1) x",
    "SELECT a FROM json_table({}, '$' COLUMNS (a int PATH '$.a')) x",
    "SELECT json_object('a': {})",
    "SELECT json_array(1, {})",
    "SELECT json_value('{{}}', '$' DEFAULT {} ON EMPTY)",
    "SELECT xmlforest({} AS a)",
    "SELECT CASE {} WHEN 1 THEN 2 END",
    "SELECT CASE WHEN true THEN {} ELSE 1 END",
    "SELECT coalesce(NULL, {})",
    "SELECT greatest(1, {})",
    "SELECT nullif(1, {})",
    "SELECT ROW({}, 1)",
    "SELECT ARRAY[1, {}]",
    "SELECT (ARRAY[1, 2])[{}]",
    "SELECT (json_each({})).key",
    "SELECT CAST({} AS text)",
    'SELECT {} COLLATE "C"',
    "SELECT {} AT TIME ZONE 'UTC'",
    "SELECT 1 IN (2, {})",
    "SELECT 1 BETWEEN 0 AND {}",
    "SELECT 'a' LIKE ({})::text ESCAPE 'x'",
    "SELECT 1 = ANY (SELECT {})",
    "SELECT EXISTS (SELECT 1 WHERE {} IS NULL)",
    "SELECT ARRAY(SELECT {})",
    "SELECT (SELECT {})",
    "SELECT NOT ({} IS DISTINCT FROM 1)",
    "SELECT ({}) IS TRUE",
    "WITH x AS (SELECT {}) SELECT 1",
    "WITH RECURSIVE x(a) AS (SELECT 1 UNION ALL SELECT a + {} FROM x) SELECT 1",
    "SELECT 1 UNION ALL (SELECT {} EXCEPT SELECT 2)",
    "VALUES (1), ({})",
    "COPY (SELECT {}) TO STDOUT",
    "EXPLAIN ANALYZE SELECT {}",
    "CREATE TABLE x AS SELECT {}",
    "INSERT INTO t SELECT {}",
    "INSERT INTO t VALUES (1) RETURNING {}",
    "CREATE INDEX ON t (({}))",
)
CALLS = {
    "pg_reload_conf()": Effect.MUTATE,
    "pg_catalog.nextval('s')": Effect.MUTATE,
    "pg_stat_reset()": Effect.DESTRUCTIVE,
    "cleanup(1)": Effect.DESTRUCTIVE,
    "mine.lower('x')": Effect.DESTRUCTIVE,
}


@pytest.mark.parametrize("position", POSITIONS)
def test_a_call_counts_in_every_position(position: str) -> None:
    harmless = read(position.format("lower('x')")).effect
    for call, worst in CALLS.items():
        assert read(position.format(call)).effect == max(harmless, worst), call


@pytest.mark.parametrize("position", POSITIONS)
def test_a_secret_is_found_in_every_position(position: str) -> None:
    with pytest.raises(StatementError):
        read(position.format("(SELECT count(*) FROM pg_authid)"))


@given(st.lists(st.sampled_from(POSITIONS[:1] + POSITIONS[26:47]), max_size=4))
def test_a_call_counts_at_any_depth(positions: list[str]) -> None:
    expression = "nextval('s')"
    for position in positions:
        expression = f"({position.format(expression)})"
    assert read(f"SELECT {expression}").effect is Effect.MUTATE

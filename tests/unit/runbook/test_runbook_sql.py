import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook.fill import fill, names
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import sql
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.kinds import models
from stanch.runbook.model import Joined, Param, ParamRef
from stanch.tools.operations import Effect
from stanch.tools.operations.postgres.tree import name, nodes, parse

PARAMS = {
    "table": Param(type="sql-identifier"),
    "customer": Param(type="sql-value"),
    "pid": Param(type="integer"),
    "app": Param(type="dns-label"),
    "folder": Param(type="path", under="/x"),
}
TABLE, CUSTOMER = ParamRef(param="table"), ParamRef(param="customer")


def made(found: Typed, **values: str) -> Any:
    """Build the operation of a template, with a label for each value that is not given."""
    held = dict.fromkeys(names(found.fields), "a0") | values
    return models()[found.kind].model_validate(fill(found.fields, held))


def test_a_parameter_in_a_comparison_is_a_value_beside_the_statement() -> None:
    found = sql.typed("SELECT a FROM t WHERE b = <customer> AND c = '$CUSTOMER'", PARAMS)
    assert found.kind == "sql.query"
    assert found.fields["statement"] == "SELECT a FROM t WHERE b = $1 AND c = $2"
    assert found.fields["values"] == [CUSTOMER, CUSTOMER]


def test_a_parameter_inside_a_longer_text_is_a_part_of_the_value() -> None:
    found = sql.typed("SELECT a FROM t WHERE b LIKE '%<app>-it''s%'", PARAMS)
    assert found.fields["values"] == [
        Joined(parts=("%", ParamRef(param="app"), "-it's%")),
    ]


def test_a_parameter_that_names_a_table_is_a_quoted_name() -> None:
    found = sql.typed("SELECT a FROM s.<table>", PARAMS)
    assert found.fields["statement"] == Joined(parts=('SELECT a FROM s."', TABLE, '"'))
    assert made(found, table="Users").statement == 'SELECT a FROM s."Users"'
    with pytest.raises(ValueError, match="secrets"):
        made(found, table="pg_authid")


def test_a_name_with_a_parameter_in_it_keeps_its_meaning() -> None:
    found = sql.typed("DROP DATABASE IF EXISTS Bench_s${app}_x", PARAMS)
    assert made(found, app="a-1").statement == 'DROP DATABASE IF EXISTS "bench_sa-1_x"'


def test_an_undeclared_placeholder_is_what_the_place_asks_for() -> None:
    found = sql.typed(
        "SELECT <columns> FROM <some_table> WHERE id = <id> ORDER BY <col> LIMIT <n>", {}
    )
    assert made(found, columns="a", some_table="t", id="5", col="b", n="3").as_text() == (
        'SELECT "a" FROM "t" WHERE id = \'5\' ORDER BY "b" LIMIT \'3\''
    )


def test_an_interval_with_a_parameter_takes_it_as_a_value() -> None:
    found = sql.typed("SELECT now() - interval '<app> minutes', 1", PARAMS)
    assert found.fields["statement"] == "SELECT now() - CAST($1 AS interval), 1"


def test_a_statement_that_takes_no_values_keeps_narrow_ones_in_its_text() -> None:
    found = sql.typed("SET statement_timeout = '<pid>s'", PARAMS)
    assert made(found, pid="5").statement == "SET statement_timeout = '5s'"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('SELECT "<app>"(1)', "RB027"),
        ("SELECT a::<app> FROM t", "RB027"),
        ("SELECT a FROM <customer>", "RB027"),
        ("SELECT a FROM <folder>", "RB027"),
        ('SELECT "<customer>" FROM t', "RB027"),
        ("SELECT E'<customer>'", "RB027"),
        ("SELECT $1", "RB027"),
        ("SELECT interval '<app>' minute", "RB027"),
        ("RESET <app>", "RB027"),
        ("CREATE EXTENSION <app>", "RB027"),
        ("SELECT current_setting('<app>')", "RB034"),
        ("SELECT set_config(<app>, 'x', true)", "RB034"),
        ("SELECT pg_sleep(<pid>)", "RB034"),
        ("SELECT :name", "RB033"),
        ("SELECT 1 \\g |sh", "RB033"),
        ("\\! id", "RB034"),
        ("\\copy t to 'x'", "RB034"),
        ("db=# SELECT 1", "RB033"),
        (" -- nothing", "RB014"),
        ("SELECT \ue0000\ue001", "RB034"),
    ],
)
def test_a_parameter_never_decides_what_a_statement_does(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        sql.typed(text, PARAMS)
    assert refused.value.code == code


def test_what_databases_write_in_angle_brackets_is_no_placeholder() -> None:
    found = sql.typed("SELECT 1 FROM a WHERE q <> '<IDLE>' AND r = $$<app>$$", {})
    assert names(found.fields) == ()


@pytest.mark.parametrize(
    ("text", "kind", "effect"),
    [
        ("SELECT pg_terminate_backend(42)", "intent.terminate_session", Effect.MUTATE),
        ("SELECT pg_terminate_backend(<pid>);", "intent.terminate_session", Effect.MUTATE),
        ("SELECT pg_cancel_backend(42)", "intent.cancel_query", Effect.MUTATE),
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '<app>'",
            "intent.sql_terminate_sessions",
            Effect.MUTATE,
        ),
        ("SELECT pg_terminate_backend(-1)", "intent.sql_terminate_sessions", Effect.MUTATE),
        ("SELECT pg_reload_conf()", "intent.reload_configuration", Effect.MUTATE),
        ("ALTER SYSTEM SET work_mem = '<pid>MB'", "intent.set_setting", Effect.MUTATE),
        ("ALTER SYSTEM RESET ALL", "intent.reset_setting", Effect.DESTRUCTIVE),
        ("REFRESH MATERIALIZED VIEW s.<table>", "intent.refresh_view", Effect.MUTATE),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY i ON s.<table> (<app>, lower(b)) WHERE b > 'x'",
            "intent.create_index",
            Effect.MUTATE,
        ),
        ("DROP INDEX CONCURRENTLY IF EXISTS s.i", "intent.drop_index", Effect.DESTRUCTIVE),
        ("DROP INDEX i", "intent.sql", Effect.DESTRUCTIVE),
        ("CREATE INDEX i ON t (a)", "intent.sql", Effect.MUTATE),
        ("DELETE FROM <table> WHERE a = '<customer>'", "intent.sql", Effect.DESTRUCTIVE),
        ("SHOW SLAVE STATUS\\G", "manual.read", Effect.OBSERVE),
        ("SHOW TABLES LIKE 'a%'", "manual.read", Effect.OBSERVE),
        ("SELECT * FROM `a`.`b` LIMIT 5, 10", "manual.read", Effect.OBSERVE),
        ("SELECT date_format(a, '%Y') FROM t", "manual.read", Effect.OBSERVE),
        ("\\dt+", "manual.read", Effect.OBSERVE),
        ("KILL 42", "intent.manual", Effect.MUTATE),
        ("SET @@global.read_only = 1", "intent.manual", Effect.MUTATE),
        ("DROP USER 'a'@'%'", "intent.manual", Effect.DESTRUCTIVE),
        ("UPDATE a JOIN b ON a.x = b.x SET a.y = 1", "intent.manual", Effect.DESTRUCTIVE),
        ("CREATE EXTERNAL TABLE t (a string)", "intent.manual", Effect.MUTATE),
        ("CREATE TABLE t ENGINE=x SELECT f()", "intent.manual", Effect.DESTRUCTIVE),
    ],
)
def test_each_statement_has_its_kind_and_effect(text: str, kind: str, effect: Effect) -> None:
    found = sql.typed(text, PARAMS)
    assert found.kind == kind
    assert made(found, pid="7").effect is effect


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM `a` INTO OUTFILE 'x'",
        "SELECT * FROM `mysql`.`user`",
        "SELECT `a\\` FROM t",
        "SHOW TABLES WHERE cleanup()",
        "SHOW TABLES; DROP TABLE t",
        "SHOW TABLES # x\n DROP",
        "LOAD DATA INFILE 'x' INTO TABLE t",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
        "CREATE DEFINER=`a`@`b` TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET @x = 1",
        "GRANT ALL ON *.* TO 'x'; DROP TABLE t",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT BENCHMARK(10, SHA2('a', 512))",
    ],
)
def test_other_databases_are_refused_outside_their_closed_lists(text: str) -> None:
    with pytest.raises(RefusedError):
        sql.typed(text, {})


@pytest.mark.parametrize(
    "text",
    [
        "CREATE USER <app> WITH PASSWORD 'hunter2'",
        "CREATE USER 'a'@'%' IDENTIFIED BY 'hunter2'",
        "ALTER USER 'a' IDENTIFIED WITH caching_sha2_password BY 'hunter2'",
        "SET PASSWORD FOR 'a' = PASSWORD('hunter2')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION p",
    ],
)
def test_no_password_goes_into_a_template(text: str) -> None:
    found = sql.typed(text, PARAMS)
    assert "hunter2" not in repr(found)
    assert "***" in repr(found)


SHAPES = (
    "SELECT a FROM <table> WHERE b = '<customer>' OR c = <customer> LIMIT 5",
    "SELECT a FROM t WHERE b LIKE '<app>%' AND c IN ('<customer>', 'x')",
    "DELETE FROM <table> WHERE a = '<customer>'",
)
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "x'; DELETE FROM orders; --",
            "x\u02bc OR 1=1",
            'a" FROM pg_authid; --',
            "pg_terminate_backend(42)",
            "$1",
            "\\'; x",
        ]
    ),
)


CONSTANTS = {"A_Const", "Integer", "ParamRef", "String"}


def shape(statement: str) -> list[str]:
    return [name(node) for node in nodes(parse(statement)) if name(node) not in CONSTANTS]


@given(st.sampled_from(SHAPES), HOSTILE)
def test_no_value_changes_the_structure(text: str, value: str) -> None:
    found = sql.typed(text, PARAMS)
    expected = shape(made(found).statement)
    try:
        bound = made(found, customer=value)
    except ValueError:
        return
    assert shape(bound.statement) == expected
    assert value in bound.values
    assert shape(bound.as_text()) == expected


def corpora() -> Path | None:
    named = os.environ.get("STANCH_CORPORA")  # noqa: TID251 - the tests are told here
    folder = Path(named) if named else Path(__file__).parents[4] / "shared" / "corpora"
    return folder if (folder / "commands.jsonl").is_file() else None


CORPORA = corpora()


@pytest.mark.skipif(CORPORA is None, reason="no corpora: set STANCH_CORPORA to their folder")
def test_no_statement_of_the_corpus_is_called_more_harmless_than_it_is() -> None:
    assert CORPORA is not None
    text = (CORPORA / "commands.jsonl").read_text(encoding="utf-8")
    rows = [row for row in map(json.loads, text.strip().split("\n")) if row["kind"] == "sql"]
    assert len(rows) > 50
    for row in rows:
        try:
            found = made(sql.typed(row["text"], {}))
        except RefusedError:
            continue
        assert found.effect >= Effect[row["effect"].upper()], row["text"]

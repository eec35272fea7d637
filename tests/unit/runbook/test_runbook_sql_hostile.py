"""Command lines and blocks that are more than they look like, or carry what is secret."""

import pytest

from stanch.runbook.command import output_template, sql_template
from stanch.runbook.fill import fill
from stanch.runbook.findings import RefusedError
from stanch.runbook.import_guess import guess
from stanch.runbook.kinds import effect, models
from stanch.runbook.model import Param, Template
from stanch.tools.operations import Effect

PARAMS = {"name": Param(type="sql-value"), "table": Param(type="sql-identifier")}


def worst(template: Template) -> str:
    return effect(template, guess(template, {})).word


@pytest.mark.parametrize(
    ("text", "kind", "outcome"),
    [
        ("SELECT app.pg_terminate_backend(1)", "intent.sql", "destructive"),
        ("SELECT app.pg_reload_conf()", "intent.sql", "destructive"),
        ("SELECT pg_catalog.pg_reload_conf()", "intent.reload_configuration", "mutate"),
        ("INSERT INTO t SELECT pg_terminate_backend(1)", "intent.sql", "mutate"),
        ("INSERT IGNORE INTO t VALUES (purge())", "intent.manual", "destructive"),
        ("INSERT IGNORE INTO t VALUES (1, now())", "intent.manual", "mutate"),
        ("SET GLOBAL max_connections = purge()", "intent.manual", "destructive"),
        ("SET GLOBAL max_connections = 500", "intent.manual", "mutate"),
        ("FLUSH STATUS", "intent.manual", "destructive"),
        ("FLUSH TABLES", "intent.manual", "mutate"),
        ("ALTER SYSTEM RESET ALL", "intent.reset_setting", "destructive"),
    ],
)
def test_each_statement_is_no_less_than_it_does(text: str, kind: str, outcome: str) -> None:
    found = sql_template(text, {})
    assert (found.kind, worst(found)) == (kind, outcome)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT $$<name>$$",
        "SELECT E'<name>'",
        "SELECT 1 -- <name>",
        "SELECT /* <name> */ 1",
        "INSERT INTO t SELECT o.<table> FROM o",
        "SHOW VARIABLES LIKE 'a'--1; DROP TABLE t",
        "SHOW TABLES --1; DROP TABLE t",
    ],
)
def test_what_can_be_taken_for_two_things_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        sql_template(text, PARAMS)


def test_a_column_of_a_query_may_be_a_parameter_but_not_a_call() -> None:
    found = sql_template("SELECT g.<table> FROM generate_series(1, 9) g", PARAMS)
    model = models()[found.kind]
    assert model.model_validate(fill(found.fields, {"table": "g"})).effect is Effect.OBSERVE
    with pytest.raises(ValueError, match="does not only read"):
        model.model_validate(fill(found.fields, {"table": "pg_cancel_backend"}))


def test_a_comment_may_name_a_parameter_that_the_statement_uses() -> None:
    found = sql_template("-- of <name>\nSELECT a FROM t WHERE b = '<name>'", PARAMS)
    assert found.fields["statement"] == "SELECT a FROM t WHERE b = $1"


@pytest.mark.parametrize(
    "text",
    ["psql -l -c 'DROP TABLE t'", "psql --version -f fix.sql", "psql -c 'DROP TABLE t' --help"],
)
def test_a_flag_that_only_looks_hides_no_statement(text: str) -> None:
    with pytest.raises(RefusedError, match="by itself"):
        output_template(text, {})


@pytest.mark.parametrize(
    "text",
    [
        "mongosh -u root -p hunter2 --eval 'rs.status()'",
        "mongosh --password hunter2 --eval 'rs.status()'",
        'mongosh --eval \'db.createUser({user: "a", pwd: "hunter2", roles: []})\'',
        'mongosh --eval \'db.auth("a", "hunter2")\'',
        "mysql -u root -Bphunter2 -e 'SHOW TABLES'",
        "mysql -Nse 'SHOW TABLES' -phunter2",
        "mysqladmin -u root password hunter2",
        "mysqladmin -u root -phunter2 password 'hunter2'",
        "mysql -e \"CREATE USER a IDENTIFIED BY 'it''s hunter2'\"",
        "psql -c \"INSERT INTO users (name, password) VALUES ('a', 'hunter2')\"",
        "psql -c \"UPDATE users SET password = 'hunter2' WHERE id = 1\"",
    ],
)
def test_no_password_comes_into_a_template(text: str) -> None:
    found = output_template(text, {})[0]
    assert "hunter2" not in repr(found)
    assert "***" in repr(found)

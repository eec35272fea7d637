import pytest

from stanch.runbook.fill import fill, names
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import registry, slots
from stanch.runbook.grammar.psql import GRAMMAR
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.kinds import models
from stanch.runbook.model import Param, ParamRef
from stanch.runbook.words import scan

PARAMS = {"customer": Param(type="sql-value"), "db": Param(type="dns-label")}


def read(text: str) -> Typed:
    words = scan(text, params=PARAMS)
    around = Surroundings(read=registry.read, params=PARAMS)
    return GRAMMAR.read(slots.literal(words[0], "The program"), words[1:], around)


def effect(found: Typed) -> str:
    values = dict.fromkeys(names(found.fields), "a0")
    return models()[found.kind].model_validate(fill(found.fields, values)).effect.word


def test_a_statement_keeps_where_it_is_meant_to_run() -> None:
    found = read("psql -h db-1 -p 5433 -U app -d orders -XtAc \"SELECT '<customer>'\"")
    assert (found.kind, found.fields["statement"]) == ("sql.query", "SELECT $1")
    assert found.fields["values"] == [ParamRef(param="customer")]
    where = {key: found.fields[key] for key in ("database", "host", "port", "login")}
    assert where == {"database": "orders", "host": "db-1", "port": 5433, "login": "app"}


@pytest.mark.parametrize(
    ("text", "database"),
    [
        ("psql orders -c 'SELECT 1'", "orders"),
        ("psql --dbname=orders --command='SELECT 1'", "orders"),
        ("psql $DB -c 'SELECT 1'", ParamRef(param="db")),
        ("gitlab-psql -d orders -c 'SELECT 1'", "orders"),
        ('psql "postgresql://app@db-1:5432/orders" -c "SELECT 1"', "orders"),
        ("psql -c 'SELECT 1'", None),
    ],
)
def test_the_database_is_found_wherever_it_is_named(
    text: str, database: str | ParamRef | None
) -> None:
    found = read(text)
    assert (found.kind, found.fields["database"]) == ("sql.query", database)


@pytest.mark.parametrize(
    ("text", "worst"),
    [
        ("psql", "destructive"),
        ("psql -d orders", "destructive"),
        ("psql -f fix.sql", "destructive"),
        ("psql -c 'SELECT 1' -f fix.sql", "destructive"),
        ("psql -l", "observe"),
        ("psql --version", "observe"),
        ("psql -c '\\dt+'", "observe"),
        ("psql -qX -P pager=off -v ON_ERROR_STOP=1 -c 'SELECT * FROM pg_locks;'", "observe"),
        ("psql -c 'SELECT pg_reload_conf()'", "mutate"),
        ("psql -c 'DROP TABLE t'", "destructive"),
        ("psql -p 6432 pgbouncer -c 'SHOW POOLS'", "observe"),
        ("psql -p 6432 pgbouncer -c 'PAUSE orders'", "mutate"),
        ("psql -p 6432 pgbouncer -c 'SHUTDOWN'", "destructive"),
        ("mysql -u app -p orders", "destructive"),
        ("mysql -e 'SHOW FULL PROCESSLIST'", "observe"),
        ("mysql -NBe 'SELECT 1 -- one'", "observe"),
        ("mysql -e 'STOP SLAVE'", "mutate"),
        ("mysql -e 'DROP TABLE t'", "destructive"),
        ("mysqladmin processlist", "observe"),
        ("mysqladmin kill 5", "destructive"),
        ("mysqladmin flush-hosts", "mutate"),
        ("mysqladmin ping shutdown", "destructive"),
        ("mongosh --quiet --eval 'db.serverStatus().connections'", "observe"),
        ("mongosh --eval 'rs.status().members[0].name'", "observe"),
        ("mongosh --eval 'db.adminCommand({replSetGetStatus: 1})'", "observe"),
        ("mongosh --eval 'printjson(rs.status())'", "observe"),
        ("mongosh --eval 'db.adminCommand({shutdown: 1})'", "destructive"),
        ("mongosh --eval 'rs.stepDown()'", "destructive"),
        ("mongosh --eval 'rs.status();db.dropDatabase()'", "destructive"),
        ("mongosh --eval 'rs.status().x.constructor'", "destructive"),
        ("mongosh --eval 'rs.status()' --eval 'db.t.drop()'", "destructive"),
        ("mongosh --eval 'rs.status()' fix.js", "destructive"),
        ("mongosh", "destructive"),
    ],
)
def test_a_client_is_as_bad_as_what_it_is_given(text: str, worst: str) -> None:
    assert effect(read(text)) == worst


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("psql -c 'SELECT 1' -c 'DROP TABLE t'", "RB023"),
        ("psql -c 'SELECT 1' -o out.txt", "RB023"),
        ("psql -L log.txt -c 'SELECT 1'", "RB023"),
        ("psql --unheard-of -c 'SELECT 1'", "RB023"),
        ("psql -c", "RB023"),
        ("psql orders app more -c 'SELECT 1'", "RB026"),
        ("psql 'host=x password=y' -c 'SELECT 1'", "RB026"),
        ("psql 'postgresql://app:pw@db/orders' -c 'SELECT 1'", "RB026"),
        ("psql 'postgresql://db/orders?sslkey=x' -c 'SELECT 1'", "RB026"),
        ('psql -c "SELECT \\$x"', "RB027"),
        ("psql -c '\\! id'", "RB034"),
        ("psql -c 'SELECT 1; SELECT 2'", "RB034"),
        ("mysql -e 'SELECT $$ ; DROP TABLE t $$'", "RB034"),
        ("mysql -e 'SELECT 1 --1 INTO OUTFILE 1'", "RB034"),
        ("mysql -e 'SELECT 1 # x'", "RB034"),
        ("mysql -e 'SELECT /* /* */ 1 */ 2'", "RB034"),
        ("mysqladmin -u root", "RB026"),
        ("sqlite3 x.db 'SELECT 1'", "RB038"),
    ],
)
def test_what_a_client_is_not_given_is_refused(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "mysql -h db -u root -phunter2",
        "mysql --password=hunter2 -e 'SHOW STATUS'",
        "mysql -e \"ALTER USER 'a' IDENTIFIED BY 'hunter2'\"",
        "mongosh 'mongodb://app:hunter2@db/orders' --eval 'rs.status()'",
        "mongosh -u app --password hunter2 --eval 'rs.status()'",
    ],
)
def test_no_password_is_kept(text: str) -> None:
    assert "hunter2" not in repr(read(text))

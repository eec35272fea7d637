"""Which index is built or dropped, and which is left to people; and the limits of connections."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation.connection_limits import ConnectionLimits
from stanch.mitigation.indexes import BuildsIndexes, DropsIndexes, columns_of
from stanch.mitigation.strategies import strategy_for
from stanch.mitigation.strategy import CannotPlanError, Plan
from stanch.tools.operations import BuildIndex, DropIndex, SetConnectionLimit
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import (
    ChangeSql,
    CreateIndexConcurrently,
    DropIndexConcurrently,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAMED = {
    "database": "shop",
    "schema_name": "public",
    "table": "products",
    "table_oid": 16400,
    "index": "tmp_idx",
}


def row(**changes: Any) -> dict[str, Any]:
    return {
        "table_oid": 16400,
        "schema_name": "public",
        "table_name": "products",
        "kind": "r",
        "bytes": 12_000_000,
        "table_rows": 80_000,
        "index_oid": None,
        "index_valid": None,
        "index_table": None,
        "definition": None,
        "constrains": None,
        "columns": ["id", "name", "category"],
        "others": ["CREATE UNIQUE INDEX products_pkey ON public.products USING btree (id)"],
        **changes,
    }


def create(definition: str = "(category)", **changes: Any) -> CreateIndexConcurrently:
    return CreateIndexConcurrently.model_validate(
        {
            "database": "shop",
            "index": "tmp_idx",
            "table": "products",
            "definition": definition,
            **changes,
        }
    )


def build(intent: CreateIndexConcurrently, *rows: Any, oldest: Any = ()) -> Plan:
    seen = {"target": {"rows": list(rows)}, "oldest": {"rows": list(oldest)}}
    return BuildsIndexes().plan(intent, seen, now=NOW)


def test_a_missing_index_is_built_and_can_be_dropped_again() -> None:
    oldest = [{"pid": 9, "application_name": "report", "transaction_seconds": 12}]

    made = build(create("USING btree (category, name)"), row(), oldest=oldest)

    assert made.operation == BuildIndex(**NAMED, columns=("category", "name"))
    assert made.inverse == DropIndex(**NAMED)
    assert made.observed == {"table_oid": 16400, "index": "absent"}
    assert BuildsIndexes().foretold(made.operation, {}) == {
        "table_oid": 16400,
        "index": "valid",
        "definition": "CREATE INDEX tmp_idx ON public.products USING btree (category, name)",
    }
    assert "12.0 MB, about 80000 rows" in made.touches[0]
    assert "waits for 1 transactions" in made.touches[2]
    assert "temporary" in made.touches[3]


CANNOT_BUILD: dict[str, tuple[str, dict[str, Any], str]] = {
    "an invalid leftover": ("(name)", {"index_oid": 5, "index_valid": False}, "never finished"),
    "the name is taken": (
        "(name)",
        {"index_oid": 5, "index_valid": True, "definition": "CREATE INDEX ..."},
        "already",
    ),
    "no such column": ("(colour)", {}, "no column colour"),
    "the columns have one": ("(id)", {"others": ["CREATE INDEX x ON t (id, name)"]}, "already"),
    "a partitioned table": ("(name)", {"kind": "p"}, "only a table by itself"),
    "a schema to be quoted": ("(name)", {"schema_name": "My Shop"}, "needs quotes"),
}


@pytest.mark.parametrize("name", CANNOT_BUILD)
def test_an_index_that_would_not_help_is_not_built(name: str) -> None:
    definition, changes, why = CANNOT_BUILD[name]

    with pytest.raises(CannotPlanError, match=why):
        build(create(definition), row(**changes))


def test_a_build_behind_an_old_transaction_is_not_begun() -> None:
    oldest = [{"pid": 9, "application_name": "report", "transaction_seconds": 301}]

    with pytest.raises(CannotPlanError, match=r"session 9 \(report\), 301 s old"):
        build(create(), row(), oldest=oldest)


@pytest.mark.parametrize(("rows", "why"), [((), "not there"), ((row(), row()), "more than once")])
def test_the_table_has_to_be_one(rows: tuple[Any, ...], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        build(create(), *rows)


@pytest.mark.parametrize(
    "intent",
    [
        create(unique=True),
        create("(lower(name))"),
        create("(name) WHERE id > 5"),
        create("USING gin (name)"),
        create("(name DESC)"),
        create("(name) INCLUDE (id)"),
        create('("Name")'),
        create("(name text_pattern_ops)"),
        create("(name) WITH (fillfactor = 70)"),
        create("(name) TABLESPACE fast"),
        create(index="Tmp"),
        create(table="My products"),
        create(database=None),
    ],
)
def test_an_index_of_more_than_plain_columns_is_left_to_people(
    intent: CreateIndexConcurrently,
) -> None:
    with pytest.raises(CannotPlanError):
        BuildsIndexes().looks(intent)


def test_the_looks_at_a_table_read_only_and_name_its_server() -> None:
    looks = BuildsIndexes().looks(create(schema_name="public", host="db.example"))

    target = looks["target"]
    assert isinstance(target, QuerySql)
    assert (target.host, target.values) == ("db.example", ("products", "tmp_idx", "public"))
    assert list(looks) == ["target", "oldest"]


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("CREATE INDEX i ON t (a, b)", ("a", "b")),
        ("CREATE INDEX i ON public.t USING btree (a)", ("a",)),
        ("CREATE INDEX i ON t USING hash (a)", ()),
        ("CREATE INDEX i ON t (a NULLS FIRST)", ()),
        ("SELECT 1", ()),
        ("nonsense", ()),
    ],
)
def test_columns_are_read_only_from_plain_indexes(statement: str, columns: tuple[str, ...]) -> None:
    assert columns_of(statement) == columns


def drop(*rows: Any, **changes: Any) -> Plan:
    intent = DropIndexConcurrently.model_validate(
        {"database": "shop", "index": "tmp_idx", **changes}
    )
    return DropsIndexes().plan(intent, {"target": {"rows": list(rows)}}, now=NOW)


VALID = {
    "index_oid": 5,
    "index_valid": True,
    "constrains": False,
    "definition": "CREATE INDEX tmp_idx ON public.products USING btree (category)",
}


def test_a_plain_index_is_dropped_and_can_be_built_again() -> None:
    made = drop(row(**VALID))

    assert made.operation == DropIndex(**NAMED)
    assert made.inverse == BuildIndex(**NAMED, columns=("category",))
    assert made.observed == {
        "table_oid": 16400,
        "index": "valid",
        "definition": VALID["definition"],
    }
    assert DropsIndexes().foretold(made.operation, {}) == {"table_oid": 16400, "index": "absent"}


def test_what_a_build_left_behind_is_dropped_for_good() -> None:
    made = drop(row(**{**VALID, "index_valid": False}))

    assert (made.inverse, made.inverse_note) == (
        None,
        "it was never finished, and helps nobody",
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"constrains": True}, "holds a constraint"),
        ({"definition": "CREATE INDEX tmp_idx ON t (lower(name))"}, "could not be put back"),
        ({"table_name": "My products"}, "needs quotes"),
    ],
)
def test_an_index_that_is_more_is_not_dropped(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        drop(row(**{**VALID, **changes}))


def test_the_look_at_an_index_is_by_its_name() -> None:
    asked = DropIndexConcurrently(database="shop", index="tmp_idx", schema_name="public")

    look = DropsIndexes().looks(asked)["target"]

    assert isinstance(look, QuerySql)
    assert look.values == ("tmp_idx", "public")
    assert isinstance(strategy_for(asked), DropsIndexes)
    assert isinstance(strategy_for(create()), BuildsIndexes)


def limit(statement: str, **changes: Any) -> ChangeSql:
    return ChangeSql.model_validate({"database": "shop", "statement": statement, **changes})


def limited(intent: ChangeSql, **changes: Any) -> Plan:
    found = {"oid": 77, "connection_limit": 3, "special": False, "sessions": 2, **changes}
    return ConnectionLimits().plan(intent, {"target": {"rows": [found]}}, now=NOW)


@pytest.mark.parametrize(
    ("statement", "of", "name"),
    [
        ("ALTER ROLE payments CONNECTION LIMIT 20", "role", "payments"),
        ("ALTER USER payments CONNECTION LIMIT 20", "role", "payments"),
        ("ALTER DATABASE shop CONNECTION LIMIT 20", "database", "shop"),
    ],
)
def test_a_connection_limit_has_the_one_of_before_as_its_way_back(
    statement: str, of: str, name: str
) -> None:
    intent = limit(statement)
    made = limited(intent)

    assert isinstance(made.operation, SetConnectionLimit)
    assert (made.operation.of, made.operation.name, made.operation.limit) == (of, name, 20)
    assert isinstance(made.inverse, SetConnectionLimit)
    assert (made.inverse.limit, made.inverse.from_limit) == (3, 20)
    assert made.observed == {"oid": 77, "limit": 3}
    assert ConnectionLimits().foretold(made.operation, {}) == {"oid": 77, "limit": 20}
    assert made.operation.as_text() == f'ALTER {of.upper()} "{name}" CONNECTION LIMIT 20'
    assert made.operation.target == f"database/shop/{of}/{name}"
    look = ConnectionLimits().looks(intent)["target"]
    assert isinstance(look, QuerySql)
    assert look.values == (name,)


@pytest.mark.parametrize(
    ("statement", "changes", "why"),
    [
        ("ALTER ROLE payments CONNECTION LIMIT 3", {}, "already"),
        ("ALTER ROLE payments CONNECTION LIMIT 0", {}, "lock the role payments out"),
        ("ALTER ROLE payments CONNECTION LIMIT 20", {"special": True}, "no limit binds"),
    ],
)
def test_a_limit_that_would_not_help_is_not_set(
    statement: str, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        limited(limit(statement), **changes)


def test_a_limit_of_nobody_is_not_set() -> None:
    intent = limit("ALTER ROLE payments CONNECTION LIMIT -1")

    with pytest.raises(CannotPlanError, match="not there"):
        ConnectionLimits().plan(intent, {"target": {"rows": []}}, now=NOW)
    assert "no limit" in limited(intent).title


@pytest.mark.parametrize(
    "statement",
    [
        "ANALYZE products",
        "ALTER ROLE payments NOLOGIN",
        "ALTER ROLE payments CONNECTION LIMIT 5 NOLOGIN",
        "ALTER ROLE current_user CONNECTION LIMIT 5",
        "ALTER DATABASE shop ALLOW_CONNECTIONS false",
        "ALTER DATABASE shop SET work_mem = '4MB'",
    ],
)
def test_every_other_statement_is_left_to_people(statement: str) -> None:
    with pytest.raises(CannotPlanError, match="a person can run"):
        ConnectionLimits().looks(limit(statement))


def test_without_a_database_no_limit_is_looked_at() -> None:
    with pytest.raises(CannotPlanError, match="no database is known"):
        ConnectionLimits().looks(limit("ALTER ROLE a CONNECTION LIMIT 5", database=None))

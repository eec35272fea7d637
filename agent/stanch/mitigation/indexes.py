"""The strategies of indexes: build one that is missing, drop one again (MIT-12, DF-11).

Only an index of plain columns is made an exact change, because only that can be put back
and be compared; anything else is left to people.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import BuildIndex, DropIndex, Read
from stanch.tools.operations.postgres.tree import StatementError, name, parse, unwrapped
from stanch.tools.operations.sql_index_acts import index_facts, plain_definition
from stanch.tools.operations.sql_intents import CreateIndexConcurrently, DropIndexConcurrently
from stanch.tools.operations.sql_looks import index_look, oldest_look, table_look

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_OLDEST_SECONDS: Final = 300
"""A build waits for every older transaction; behind one of this age it would not end soon."""


class BuildsIndexes:
    """Builds an index while the table is written to."""

    intents = (CreateIndexConcurrently,)

    def looks(self, intent: CreateIndexConcurrently) -> Mapping[str, Read]:
        """Return the looks at the table and at the oldest transactions.

        Raises:
            CannotPlanError: no database is known, or the index is more than plain columns.
        """
        database = _database(intent.database)
        if intent.unique:
            raise CannotPlanError("a unique index changes what may be written: left to a person")
        _require_plain(intent.index, intent.table, intent.schema_name)
        if not columns_of(intent.as_text()):
            raise CannotPlanError("the index is more than plain columns: left to a person")
        there = {"host": intent.host, "port": intent.port}
        look = table_look(database, intent.schema_name, intent.table, intent.index)
        return {"target": look.model_copy(update=there), "oldest": oldest_look(database)}

    def plan(self, intent: CreateIndexConcurrently, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - the server's clock counts
        """Return the exact change that builds the index, with the drop as the way back.

        Raises:
            CannotPlanError: there is one already, or it cannot be built now.
        """
        row = _one(seen["target"]["rows"], f"the table {intent.table}")
        columns = columns_of(intent.as_text())
        _require_missing(intent.index, columns, row)
        oldest = seen["oldest"]["rows"]
        old = [one for one in oldest if int(one["transaction_seconds"] or 0) > _OLDEST_SECONDS]
        if old:
            raise CannotPlanError(
                f"a build would wait for the transaction of session {old[0]['pid']} "
                f"({old[0]['application_name']}), {old[0]['transaction_seconds']} s old; "
                "that has to end first"
            )
        named = _named(_database(intent.database), row, intent.index)
        return Plan(
            title=f"Build the index {intent.index} on {intent.table} ({', '.join(columns)})",
            operation=BuildIndex(**named, columns=columns),
            observed=index_facts(row),
            inverse=DropIndex(**named),
            inverse_note=f"drops {intent.index} again",
            touches=(
                f"the table {intent.table} is read twice: {_size(row)}; it can be written to",
                "each write to it becomes a little dearer for as long as the index is there",
                f"it waits for {len(oldest)} transactions that are open now, a minute each at most",
                "the index is marked as temporary: it belongs into the schema's own migrations",
            ),
        )

    def foretold(self, change: BuildIndex, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the same whatever is shown
        """Return the facts about a table whose new index nobody has touched."""
        return {
            "table_oid": change.table_oid,
            "index": "valid",
            "definition": plain_definition(change),
        }


class DropsIndexes:
    """Drops an index while the table is read and written."""

    intents = (DropIndexConcurrently,)

    def looks(self, intent: DropIndexConcurrently) -> Mapping[str, Read]:
        """Return the look at the index and its table.

        Raises:
            CannotPlanError: no database is known, or the name needs quotes.
        """
        _require_plain(intent.index, intent.schema_name)
        look = index_look(_database(intent.database), intent.schema_name, intent.index)
        there = {"host": intent.host, "port": intent.port}
        return {"target": look.model_copy(update=there)}

    def plan(self, intent: DropIndexConcurrently, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - as above
        """Return the exact change that drops the index, with its build as the way back.

        Raises:
            CannotPlanError: it is gone, holds a constraint, or could not be put back.
        """
        row = _one(seen["target"]["rows"], f"the index {intent.index}")
        if row["constrains"]:
            raise CannotPlanError(f"{intent.index} holds a constraint: left to a person")
        _require_plain(row["table_name"], row["schema_name"])
        named = _named(_database(intent.database), row, intent.index)
        columns = columns_of(row["definition"]) if row["index_valid"] else ()
        if row["index_valid"] and not columns:
            raise CannotPlanError(
                f"{intent.index} is more than plain columns, and could not be put back as it "
                "is: left to a person"
            )
        return Plan(
            title=f"Drop the index {intent.index} of {row['table_name']}",
            operation=DropIndex(**named),
            observed=index_facts(row),
            inverse=BuildIndex(**named, columns=columns) if columns else None,
            inverse_note="builds it again"
            if columns
            else "it was never finished, and helps nobody",
            touches=(
                f"statements on {row['table_name']} that use it become slow"
                if columns
                else "no statement can use it; each write to the table becomes a little cheaper",
                "the table can be read and written meanwhile",
            ),
        )

    def foretold(self, change: DropIndex, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return the facts about a table whose index is gone."""
        return {"table_oid": change.table_oid, "index": "absent"}


def columns_of(statement: str) -> tuple[str, ...]:
    """Return the columns of a statement that builds a plain B-tree; none if it is more."""
    try:
        tree = parse(statement)
    except StatementError:
        return ()
    if name(tree) != "IndexStmt" or tree.access_method not in {"", "btree"}:
        return ()
    more = (tree.index_including_params, tree.options, tree.exclude_op_names)
    if tree.unique or tree.HasField("where_clause") or tree.nulls_not_distinct or any(more):
        return ()
    columns = [unwrapped(one) for one in tree.index_params]
    if any(_is_more(one) for one in columns) or tree.table_space:
        return ()
    return tuple(one.name for one in columns if _PLAIN.fullmatch(one.name))


def _is_more(column: Any) -> bool:
    ordered = column.ordering > 1 or column.nulls_ordering > 1
    more = column.collation or column.opclass or column.opclassopts
    return bool(ordered or more or not _PLAIN.fullmatch(column.name))


def _require_missing(index: str, columns: tuple[str, ...], row: Mapping[str, Any]) -> None:
    if row["kind"] not in {"r", "m"}:
        raise CannotPlanError("only a table by itself can get an index while it is written to")
    _require_plain(row["table_name"], row["schema_name"])
    state = index_facts(row)["index"]
    if state == "invalid":
        raise CannotPlanError(
            f"{index} is there and was never finished: drop it (DROP INDEX CONCURRENTLY) first"
        )
    if state == "valid":
        raise CannotPlanError(f"there is an index {index} already: {row['definition']}")
    if missing := [one for one in columns if one not in (row["columns"] or ())]:
        raise CannotPlanError(f"the table has no column {missing[0]}")
    for other in row["others"] or ():
        if columns_of(other)[: len(columns)] == columns:
            raise CannotPlanError(f"an index on these columns is there already: {other}")


def _require_plain(*names: str | None) -> None:
    for one in names:
        if one is not None and not _PLAIN.fullmatch(one):
            raise CannotPlanError(f"the name {one!r} needs quotes: left to a person")


def _database(named: str | None) -> str:
    if named is None:
        raise CannotPlanError("no database is known for this alert: name it under [databases]")
    return named


def _one(rows: Sequence[Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    if not rows:
        raise CannotPlanError(f"{what} is not there, or not in the login's search_path")
    if len(rows) > 1:
        raise CannotPlanError(f"{what} is there more than once; name its schema")
    return rows[0]


def _named(database: str, row: Mapping[str, Any], index: str) -> dict[str, Any]:
    return {
        "database": database,
        "schema_name": row["schema_name"],
        "table": row["table_name"],
        "table_oid": row["table_oid"],
        "index": index,
    }


def _size(row: Mapping[str, Any]) -> str:
    rows = int(row["table_rows"] or 0)
    size = f"{int(row['bytes'] or 0) / 1_000_000:.1f} MB"
    return f"{size}, about {rows} rows" if rows >= 0 else size

"""An index that is built, and dropped again, while its table is written to (MIT-12)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.reach import Reach
from stanch.tools.operations.sql_statement import DatabaseName

Identifier = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class _OfIndex(BaseOperation):
    database: DatabaseName
    schema_name: Identifier
    table: Identifier
    table_oid: Annotated[int, Field(ge=1)]
    index: Identifier

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"database/{self.database}/table/{self.schema_name}.{self.table}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.schema_name}.{self.table}"


class BuildIndex(_OfIndex):
    """Build one index while the table is written to (MIT-12); the way back drops it."""

    kind: Literal["sql.create_index"] = "sql.create_index"
    columns: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=32)]

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"tables/{self.schema_name}.{self.table}", database=self.database)

    @override
    def as_text(self) -> str:
        columns = ", ".join(self.columns)
        place = f"{self.schema_name}.{self.table}"
        return f"CREATE INDEX CONCURRENTLY {self.index} ON {place} ({columns})"


class DropIndex(_OfIndex):
    """Take away the index that `BuildIndex` made, while the table is written to."""

    kind: Literal["sql.drop_index"] = "sql.drop_index"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"indexes/{self.schema_name}.{self.index}", database=self.database)

    @override
    def as_text(self) -> str:
        return f"DROP INDEX CONCURRENTLY {self.schema_name}.{self.index}"


def index_facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about a table and one name of an index on it.

    `row` has the table's oid, and of the index its oid and whether it is valid, if there is
    one of that name; None: the table is gone. Of an index that is there the definition
    counts too: one of the same name on other columns is another index.
    """
    if row is None:
        return {"missing": True}
    state = "absent"
    if row.get("index_oid") is not None:
        state = "valid" if row.get("index_valid") else "invalid"
    facts = {"table_oid": row.get("table_oid"), "index": state}
    if state == "absent":
        return facts
    return {**facts, "definition": str(row.get("definition") or "").replace('"', "")}


def plain_definition(change: BuildIndex) -> str:
    """Return how the server describes the index when it is built, without its quotes."""
    place, columns = f"{change.schema_name}.{change.table}", ", ".join(change.columns)
    return f"CREATE INDEX {change.index} ON {place} USING btree ({columns})"

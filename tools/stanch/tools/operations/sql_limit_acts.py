"""How many sessions a role or a database may have, as a change (MIT-17)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.reach import Reach, Size
from stanch.tools.operations.sql_statement import DatabaseName


class SetConnectionLimit(BaseOperation):
    """Set how many sessions a role, or a database, may have; those that exist stay."""

    kind: Literal["sql.connection_limit"] = "sql.connection_limit"
    database: DatabaseName
    of: Literal["role", "database"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.$-]{0,62}$")]
    oid: Annotated[int, Field(ge=1)]
    limit: Annotated[int, Field(ge=-1, le=262_143)]
    """-1: as many as the server has slots."""
    from_limit: Annotated[int, Field(ge=-1, le=262_143)]

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"database/{self.database}/{self.of}/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return f"the {self.of} {self.name}"

    @property
    @override
    def reach(self) -> Reach:
        # -1 is no limit at all: no multiple of the one before, and larger than any that a
        # policy may name as the most.
        lifted = self.limit < 0
        before = None if lifted else max(self.from_limit, 0) or None
        size = Size(name="connections", before=before, after=262_143 if lifted else self.limit)
        return Reach(thing=f"{self.of}s/{self.name}", database=self.database, sizes=(size,))

    @override
    def as_text(self) -> str:
        return f'ALTER {self.of.upper()} "{self.name}" CONNECTION LIMIT {self.limit}'


def limit_facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about the connection limit of a role or a database; None: it is gone."""
    if row is None:
        return {"missing": True}
    return {"oid": row.get("oid"), "limit": row.get("connection_limit")}

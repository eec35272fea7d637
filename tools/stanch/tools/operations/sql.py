"""What can be asked of a PostgreSQL database: one statement, read by PostgreSQL's grammar.

What a statement does is found by `postgres.reading` each time that a model is made, so a
query that changes something cannot be built, by hand as little as from a runbook.
"""

from typing import Literal, Self

from pydantic import model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.postgres.reading import read
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
from stanch.tools.operations.sql_statement import SqlStatement


class QuerySql(SqlStatement, BaseOperation):
    """Run one reading statement.

    Data {"columns": [name, ...], "rows": [{column: value}, ...]}; `values` fill $1, $2 ...
    """

    kind: Literal["sql.query"] = "sql.query"

    @model_validator(mode="after")
    def _check_reads(self) -> Self:
        reading = read(self.statement)
        if reading.effect is not Effect.OBSERVE:
            raise ValueError(f"it does not only read: its effect is {reading.effect.word}")
        if reading.elsewhere:
            raise ValueError("it is not PostgreSQL's SQL")
        return self

    @property
    @override
    def effect(self) -> Effect:
        return self.reading.effect

    @property
    @override
    def target(self) -> str:
        return f"database/{self.database or '*'}"


SqlRead = QuerySql
SqlIntent = (
    ChangeSql
    | TerminateSession
    | TerminateSessions
    | CancelQuery
    | ReloadConfiguration
    | SetSetting
    | ResetSetting
    | RefreshMaterializedView
    | CreateIndexConcurrently
    | DropIndexConcurrently
)

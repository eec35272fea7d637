"""What a runbook may ask to have changed in a database, where it has a form of its own."""

import re
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, Effect
from stanch.tools.operations.postgres.masks import masked
from stanch.tools.operations.postgres.reading import Reading, read
from stanch.tools.operations.postgres.relations import is_secret_setting
from stanch.tools.operations.postgres.tree import name, parse
from stanch.tools.operations.sql_statement import OnDatabase, SqlStatement

SqlName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_$. -]{0,62}$")]
SettingName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_.]{0,62}$")]
_SETTING_VALUE: Final = r"^[A-Za-z0-9 _.,:%/*+$-]{0,200}$"
_END_EXACTLY: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = {} AND backend_start = '{}'"
)
_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(*parts: str | None) -> str:
    """Return a name with its schema before it, in double quotes where that is needed."""
    return ".".join(
        part if _PLAIN_NAME.fullmatch(part) else f'"{part}"' for part in parts if part is not None
    )


def ends_sessions(reading: Reading) -> bool:
    """Return whether a statement ends the sessions that it finds, and does nothing else."""
    return (
        reading.changing == {"pg_terminate_backend"}
        and reading.calls_only
        and not reading.unbounded
        and reading.effect is Effect.MUTATE
    )


class ChangeSql(SqlStatement, BaseIntent):
    """Intent: run one changing statement that has no operation of its own."""

    kind: Literal["intent.sql"] = "intent.sql"

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        if read(self.statement).effect is Effect.OBSERVE:
            raise ValueError("it changes nothing: it is a query")
        if masked(self.statement) != self.statement:
            raise ValueError("it holds a password: write '***' in its place")
        return self

    @property
    @override
    def effect(self) -> Effect:
        return self.reading.effect

    @property
    @override
    def unbounded(self) -> bool:
        return self.reading.unbounded


class SqlIntentBase(OnDatabase, BaseIntent):
    """What the intents on a database have in common."""

    @model_validator(mode="after")
    def _check_text(self) -> Self:
        # A name may be a word of the grammar, which makes another statement of it.
        if read(self.as_text()).effect is not self.effect:
            raise ValueError("the statement that it makes does something else")
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE


class TerminateSession(SqlIntentBase):
    """Intent: end one session; its transaction is rolled back."""

    kind: Literal["intent.terminate_session"] = "intent.terminate_session"
    pid: Annotated[int, Field(ge=1)]
    backend_start: Annotated[str | None, Field(pattern=r"^[0-9TZ:. +-]{10,40}$")] = None
    """When the session began: the number of a process is used again, this is not."""

    @override
    def as_text(self) -> str:
        if self.backend_start is None:
            return f"SELECT pg_terminate_backend({self.pid})"
        return _END_EXACTLY.format(self.pid, self.backend_start)


class CancelQuery(SqlIntentBase):
    """Intent: cancel the query that one session runs; a session that idles is not moved by it."""

    kind: Literal["intent.cancel_query"] = "intent.cancel_query"
    pid: Annotated[int, Field(ge=1)]

    @override
    def as_text(self) -> str:
        return f"SELECT pg_cancel_backend({self.pid})"


class TerminateSessions(SqlStatement, BaseIntent):
    """Intent: end all sessions that a query finds."""

    kind: Literal["intent.sql_terminate_sessions"] = "intent.sql_terminate_sessions"

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        if not ends_sessions(self.reading):
            raise ValueError("it does not end sessions, or does more than that")
        return self

    @property
    @override
    def effect(self) -> Effect:
        return self.reading.effect


class ReloadConfiguration(SqlIntentBase):
    """Intent: have the server read its configuration files again."""

    kind: Literal["intent.reload_configuration"] = "intent.reload_configuration"

    @override
    def as_text(self) -> str:
        return "SELECT pg_reload_conf()"


class SetSetting(SqlIntentBase):
    """Intent: set one setting of the whole server; it counts after a reload or a restart."""

    kind: Literal["intent.set_setting"] = "intent.set_setting"
    setting: SettingName
    value: Annotated[str, Field(pattern=_SETTING_VALUE)]

    @model_validator(mode="after")
    def _check_no_secret(self) -> Self:
        if is_secret_setting(self.setting):
            raise ValueError(f"'{self.setting}' can hold a password")
        return self

    @override
    def as_text(self) -> str:
        return f"ALTER SYSTEM SET {quoted_setting(self.setting)} = '{self.value}'"


class ResetSetting(SqlIntentBase):
    """Intent: give one setting of the whole server its default again; None: all of them."""

    kind: Literal["intent.reset_setting"] = "intent.reset_setting"
    setting: SettingName | None

    @property
    @override
    def effect(self) -> Effect:
        # What all of them were is known to nobody afterwards.
        return Effect.DESTRUCTIVE if self.setting is None else Effect.MUTATE

    @override
    def as_text(self) -> str:
        name_ = "ALL" if self.setting is None else quoted_setting(self.setting)
        return f"ALTER SYSTEM RESET {name_}"


def quoted_setting(setting: str) -> str:
    """Return the name of a setting as it is written in a statement."""
    return quoted(*setting.split("."))


class RefreshMaterializedView(SqlIntentBase):
    """Intent: compute a materialized view again; readers wait unless it is concurrent."""

    kind: Literal["intent.refresh_view"] = "intent.refresh_view"
    view: SqlName
    schema_name: SqlName | None = None
    concurrently: bool = False

    @override
    def as_text(self) -> str:
        how = "CONCURRENTLY " if self.concurrently else ""
        return f"REFRESH MATERIALIZED VIEW {how}{quoted(self.schema_name, self.view)}"


class CreateIndexConcurrently(SqlIntentBase):
    """Intent: build an index while writers go on; a build that fails leaves an invalid index."""

    kind: Literal["intent.create_index"] = "intent.create_index"
    index: SqlName
    table: SqlName
    schema_name: SqlName | None = None
    unique: bool = False
    if_not_exists: bool = False
    definition: Annotated[str, Field(min_length=3, max_length=4000)]
    """What follows the table: USING btree (email)."""

    @model_validator(mode="after")
    def _check_statement(self) -> Self:
        # The definition is text; it may be nothing but the end of this one statement.
        tree = parse(self.as_text())
        same = name(tree) == "IndexStmt" and (
            (tree.idxname, tree.relation.relname, tree.relation.schemaname, tree.concurrent)
            == (self.index, self.table, self.schema_name or "", True)
        )
        if not same or read(self.as_text()).effect is not Effect.MUTATE:
            raise ValueError("the definition is more than that of an index")
        return self

    @override
    def as_text(self) -> str:
        return f"{self.before_definition()}{self.definition}"

    def before_definition(self) -> str:
        """Return the statement up to the definition."""
        return index_start(
            quoted(self.index),
            quoted(self.schema_name, self.table),
            unique=self.unique,
            if_not_exists=self.if_not_exists,
        )


def index_start(index: str, table: str, *, unique: bool, if_not_exists: bool) -> str:
    """Return how the statement that builds an index begins, up to the table and a blank."""
    kind = "UNIQUE INDEX" if unique else "INDEX"
    once = "IF NOT EXISTS " if if_not_exists else ""
    return f"CREATE {kind} CONCURRENTLY {once}{index} ON {table} "


class DropIndexConcurrently(SqlIntentBase):
    """Intent: drop an index while readers and writers go on."""

    kind: Literal["intent.drop_index"] = "intent.drop_index"
    index: SqlName
    schema_name: SqlName | None = None
    if_exists: bool = False

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @override
    def as_text(self) -> str:
        once = "IF EXISTS " if self.if_exists else ""
        return f"DROP INDEX CONCURRENTLY {once}{quoted(self.schema_name, self.index)}"

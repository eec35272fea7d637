"""Indexes: building one and dropping one while the table is read and written (MIT-12, DF-11).

A build cannot be in a transaction, waits for every older transaction, and leaves an invalid
index when it fails. So it never waits long for its table, gives up on old transactions after
a minute, is looked at afterwards, and what a failed build left is dropped again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import sql

from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql.act import Act, Site, acting, application, compare
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, ToolError
from stanch.tools.operations.sql_index_acts import (
    BuildIndex,
    DropIndex,
    index_facts,
    plain_definition,
)
from stanch.tools.operations.sql_looks import builds_look, oldest_look, table_look
from stanch.tools.outcome import DryRun, Outcome

IndexAct: TypeAlias = BuildIndex | DropIndex

_BUILD_SECONDS: Final = 1800.0
"""How long a build may take in all; the server ends it then."""
_OLDER_SECONDS: Final = 60.0
"""How long it waits for one older transaction."""
_NAME_TAKEN: Final = "42P07"
_REMARK: Final = "temporary, made by stanch: "
_LEFTOVER: Final = """
SELECT i.oid AS index_oid, x.indisvalid AS index_valid
FROM pg_catalog.pg_class AS i
JOIN pg_catalog.pg_index AS x ON x.indexrelid = i.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace
WHERE i.relname = $1 AND n.nspname = $2 AND x.indrelid = $3::oid
"""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Makes the changes of indexes at one database."""

    site: Site
    build_seconds: float = _BUILD_SECONDS
    older_seconds: float = _OLDER_SECONDS

    def look(self, change: IndexAct) -> dict[str, Any]:
        """Return the facts about the table and the name of the index."""
        return index_facts(self._row(change))

    def preview(self, change: IndexAct) -> DryRun:
        """Show what is there; the server cannot try it."""
        row = self._row(change)
        facts = index_facts(row)
        wanted = "absent" if isinstance(change, BuildIndex) else ("valid", "invalid")
        if row is None or facts["table_oid"] != change.table_oid:
            return _refused("the table is not the one that was seen")
        if facts["index"] not in wanted:
            return _refused(f"the index {change.index} is {facts['index']}")
        if isinstance(change, BuildIndex) and set(change.columns) - set(row["columns"] or ()):
            return _refused("the table has no such column")
        oldest = self.site.rows(oldest_look(change.database))
        waits = [f"{one['transaction_seconds']} s: {one['application_name']}" for one in oldest[:3]]
        after = "valid" if isinstance(change, BuildIndex) else "absent"
        note = "PostgreSQL cannot try this: what is there now is shown"
        if waits:
            note += f". It waits for the transactions that are older, now {'; '.join(waits)}"
        return DryRun(
            accepted=True,
            note=note,
            before={"index": facts["index"], "definition": row["definition"]},
            after={
                "index": after,
                "definition": plain_definition(change) if isinstance(change, BuildIndex) else None,
            },
            tried=False,
        )

    def apply(self, change: IndexAct, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Build or drop the index if the table is as observed.

        Raises:
            PreconditionFailedError: it is not; nothing was changed.
            OperationRefusedError: the server refused; nothing is left of it.
            OutcomeUnknownError: the answer was lost, or something may be left.
        """
        settings = {
            "lock_timeout": f"{int(self.site.hands().login.settings.lock_seconds * 1000)}",
            "statement_timeout": f"{int(self.build_seconds * 1000)}",
        }
        with Deadline(self.build_seconds + 30) as deadline:
            with acting(self.site, key, deadline, settings) as act:
                compare(self.look(change), observed)
                self._take_turn(act, change)
                patience = int(self.older_seconds * 1000)
                act.send(f"SET lock_timeout = {patience}", changes=False)
                if isinstance(change, BuildIndex):
                    text = self._build(act, change, key)
                else:
                    text = self._drop(act, change)
            return Outcome(data={"index": change.index}, text=text, duration=deadline.spent)

    def probe(self, change: IndexAct, *, key: str) -> bool | None:
        """Say whether the index is there and whole, or gone; None while it is being made."""
        row = self._row(change)
        facts = index_facts(row)
        if row is None or facts["table_oid"] != change.table_oid:
            return None
        if self.site.rows(builds_look(change.database, application(key))):
            return None
        if isinstance(change, DropIndex):
            return bool(facts["index"] == "absent")
        # An invalid one is neither the index that was wanted nor nothing.
        known: dict[str, bool] = {"valid": True, "absent": False}
        state: str = facts["index"]
        return known.get(state)

    def _take_turn(self, act: Act, change: IndexAct) -> None:
        """Make sure that the table is free for it, without others queueing behind a long wait.

        Raises:
            OperationRefusedError: somebody holds it; nothing was begun.
        """
        mode = "SHARE UPDATE EXCLUSIVE" if isinstance(change, BuildIndex) else "ROW EXCLUSIVE"
        table = _quoted(act, change.schema_name, change.table)
        act.send("BEGIN", changes=False)
        try:
            act.send(f"LOCK TABLE {table} IN {mode} MODE", changes=False)
        finally:
            act.send("ROLLBACK", changes=False)

    def _build(self, act: Act, change: BuildIndex, key: str) -> str:
        table = _quoted(act, change.schema_name, change.table)
        columns = ", ".join(_quoted(act, column) for column in change.columns)
        name = _quoted(act, change.index)
        try:
            act.send(f"CREATE INDEX CONCURRENTLY {name} ON {table} ({columns})")
        except OutcomeUnknownError as error:
            if act.link.closed or act.pool.login.stop.is_set() or not _answers(act):
                raise
            raise OperationRefusedError(f"{error} {self._clean_up(act, change)}") from error
        except OperationRefusedError as error:
            if getattr(error.__cause__, "sqlstate", None) == _NAME_TAKEN:
                # What has the name is another's, who may be building it at this moment.
                raise
            raise OperationRefusedError(f"{error} {self._clean_up(act, change)}") from error
        left = self._left(act, change)
        if not left or not left[0]["index_valid"]:
            raise OperationRefusedError(
                f"The index {change.index} was built and is not valid. "
                f"{self._clean_up(act, change)}"
            )
        remark = _literal(act, f"{_REMARK}{key}")
        marked = _quoted(act, change.schema_name, change.index)
        try:
            act.send(f"COMMENT ON INDEX {marked} IS {remark}", changes=False)
        except ToolError:
            return f"built {change.index}; it could not be marked as temporary"
        return f"built {change.index}, valid, and marked as temporary"

    def _drop(self, act: Act, change: DropIndex) -> str:
        act.send(f"DROP INDEX CONCURRENTLY {_quoted(act, change.schema_name, change.index)}")
        if self._left(act, change):
            raise OutcomeUnknownError(f"The index {change.index} was dropped, and is still there.")
        return f"dropped {change.index}"

    def _clean_up(self, act: Act, change: BuildIndex) -> str:
        """Drop what a failed build left, and say what became of it.

        Raises:
            OutcomeUnknownError: something is left, or nobody knows.
        """
        try:
            left = self._left(act, change)
            if not left:
                return "Nothing is left of the build."
            if left[0]["index_valid"]:
                raise OutcomeUnknownError(f"The index {change.index} is there nevertheless.")
            place = _quoted(act, change.schema_name, change.index)
            act.send(f"DROP INDEX CONCURRENTLY {place}")
        except ToolError as error:
            raise OutcomeUnknownError(
                f"The build of {change.index} failed, and an invalid index may be left: {error} "
                "Drop it with DROP INDEX CONCURRENTLY before the next try."
            ) from error
        return f"The invalid index {change.index} that it left was dropped."

    def _left(self, act: Act, change: IndexAct) -> list[dict[str, Any]]:
        values = [change.index, change.schema_name, change.table_oid]
        return act.send(_LEFTOVER, values, changes=False)

    def _row(self, change: IndexAct) -> dict[str, Any] | None:
        rows = self.site.rows(
            table_look(change.database, change.schema_name, change.table, change.index)
        )
        return rows[0] if rows else None


def _answers(act: Act) -> bool:
    """Whether the session is there still: the statement was ended, not the session."""
    try:
        act.send("SELECT 1", changes=False)
    except ToolError:
        return False
    return True


def _quoted(act: Act, *parts: str) -> str:
    return sql.Identifier(*parts).as_string(act.link)


def _literal(act: Act, text: str) -> str:
    return sql.Literal(text).as_string(act.link)


def _refused(note: str) -> DryRun:
    return DryRun(accepted=False, note=note, before={}, after={}, tried=False)

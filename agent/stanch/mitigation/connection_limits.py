"""The strategy of connection limits, the one statement of its own kind with an exact change.

ALTER ROLE ... CONNECTION LIMIT and ALTER DATABASE ... CONNECTION LIMIT are put back by the
limit that was there before (MIT-17). Every other statement is left to people.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import Read, SetConnectionLimit
from stanch.tools.operations.postgres.tree import name, parse, unwrapped
from stanch.tools.operations.sql_intents import ChangeSql
from stanch.tools.operations.sql_limit_acts import limit_facts
from stanch.tools.operations.sql_looks import limit_look


class _Wanted(NamedTuple):
    of: Literal["role", "database"]
    name: str
    limit: int


class ConnectionLimits:
    """Sets how many sessions a role or a database may have."""

    intents = (ChangeSql,)

    def looks(self, intent: ChangeSql) -> Mapping[str, Read]:
        """Return the look at the role or the database.

        Raises:
            CannotPlanError: the statement does something else, or no database is known.
        """
        wanted = _wanted(intent)
        if intent.database is None:
            raise CannotPlanError("no database is known for this alert: name it under [databases]")
        look = limit_look(intent.database, wanted.of, wanted.name)
        return {"target": look.model_copy(update={"host": intent.host, "port": intent.port})}

    def plan(self, intent: ChangeSql, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - a protocol
        """Return the exact change of the limit, with the limit of before as the way back.

        Raises:
            CannotPlanError: it is there already, would lock everybody out, or has no subject.
        """
        wanted, rows = _wanted(intent), seen["target"]["rows"]
        who = f"the {wanted.of} {wanted.name}"
        if not rows:
            there = " in the database that the settings name" if wanted.of == "database" else ""
            raise CannotPlanError(f"{who} is not there, or not to be seen{there}")
        row = rows[0]
        before, sessions = int(row["connection_limit"]), int(row["sessions"])
        if row["special"]:
            raise CannotPlanError(f"{who} is a superuser or a template, which no limit binds")
        if wanted.limit == 0:
            raise CannotPlanError(f"a limit of 0 would lock {who} out")
        if wanted.limit == before:
            raise CannotPlanError(f"{who} has the limit {before} already")
        named = {"database": intent.database, "of": wanted.of, "name": wanted.name}
        change = {**named, "oid": row["oid"], "limit": wanted.limit, "from_limit": before}
        back = {**named, "oid": row["oid"], "limit": before, "from_limit": wanted.limit}
        return Plan(
            title=f"Let {who} have {_many(wanted.limit)}, before {_many(before)}",
            operation=SetConnectionLimit.model_validate(change),
            observed=limit_facts(row),
            inverse=SetConnectionLimit.model_validate(back),
            inverse_note=f"sets the limit back to {before}",
            touches=(
                f"new sessions of {who}; the {sessions} that are open now stay",
                "nothing else is changed",
            ),
        )

    def foretold(self, change: SetConnectionLimit, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the same whatever is shown
        """Return the facts about a limit that nobody has touched since."""
        return {"oid": change.oid, "limit": change.limit}


def _wanted(intent: ChangeSql) -> _Wanted:
    tree = parse(intent.statement)
    found: _Wanted | None = None
    if name(tree) == "AlterRoleStmt":
        limit = _limit(tree, "connectionlimit")
        found = None if limit is None else _Wanted("role", tree.role.rolename, limit)
    elif name(tree) == "AlterDatabaseStmt":
        limit = _limit(tree, "connection_limit")
        found = None if limit is None else _Wanted("database", tree.dbname, limit)
    if found is None or not found.name:
        raise CannotPlanError(
            f"stanch has no way yet to preview, check and undo this; a person can run "
            f"`{intent.as_text()}`"
        )
    return found


def _limit(tree: Any, option: str) -> int | None:
    """Return the limit that a statement sets, if it sets that and nothing else."""
    if len(tree.options) != 1:
        return None
    one = unwrapped(tree.options[0])
    value = unwrapped(one.arg)
    if one.defname != option or name(value) != "Integer":
        return None
    return int(value.ival)


def _many(limit: int) -> str:
    return "no limit" if limit < 0 else f"{limit} sessions"

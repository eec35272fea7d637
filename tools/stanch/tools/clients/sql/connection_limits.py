"""Connection limits: how many sessions a role or a database may have (MIT-17)."""

from collections.abc import Mapping
from typing import Any

from psycopg import sql

from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql.act import Act, Site, acting, compare
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations.sql_limit_acts import SetConnectionLimit, limit_facts
from stanch.tools.operations.sql_looks import limit_look
from stanch.tools.outcome import DryRun, Outcome


class ConnectionLimits:
    """Makes the changes of connection limits at one database."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def look(self, change: SetConnectionLimit) -> dict[str, Any]:
        """Return the facts about the role or the database."""
        row = self._row(change)
        return limit_facts(row)

    def preview(self, change: SetConnectionLimit) -> DryRun:
        """Show the limit as it is and as it will be."""
        row = self._row(change)
        if row is None or limit_facts(row) != {"oid": change.oid, "limit": change.from_limit}:
            note = f"the {change.of} {change.name} is not as it was seen"
            return DryRun(accepted=False, note=note, before={}, after={}, tried=False)
        return DryRun(
            accepted=True,
            note=f"PostgreSQL cannot try this. {row['sessions']} sessions are open now, and stay",
            before={"connection_limit": change.from_limit},
            after={"connection_limit": change.limit},
            tried=False,
        )

    def apply(
        self, change: SetConnectionLimit, *, key: str, observed: Mapping[str, Any]
    ) -> Outcome:
        """Set the limit if it is as observed.

        Raises:
            PreconditionFailedError: it is not; nothing was changed.
            ToolError: it was not sent, was refused, or nobody knows.
        """
        with Deadline(self._site.limits.seconds) as deadline:
            limits = {"statement_timeout": f"{int(deadline.left * 1000)}"}
            with acting(self._site, key, deadline, limits) as act:
                compare(self.look(change), observed)
                _set(act, change)
            text = f"{change.subject} may have {_many(change.limit)}, before {change.from_limit}"
            return Outcome(
                data={"connection_limit": change.limit}, text=text, duration=deadline.spent
            )

    def probe(self, change: SetConnectionLimit) -> bool | None:
        """Say whether the limit is the one that was wanted; None when it is neither."""
        facts = self.look(change)
        if facts.get("oid") != change.oid:
            return None
        known = {change.limit: True, change.from_limit: False}
        return known.get(facts["limit"])

    def _row(self, change: SetConnectionLimit) -> dict[str, Any] | None:
        rows = self._site.rows(limit_look(change.database, change.of, change.name))
        return rows[0] if rows else None


def _set(act: Act, change: SetConnectionLimit) -> None:
    """Change the limit in one transaction with a last look at it."""
    name = sql.Identifier(change.name).as_string(act.link)
    look = limit_look(change.database, change.of, change.name)
    act.send("BEGIN", changes=False)
    try:
        rows = act.send(look.statement, look.values, changes=False)
        facts = limit_facts(rows[0] if rows else None)
        if facts != {"oid": change.oid, "limit": change.from_limit}:
            raise PreconditionFailedError(  # noqa: TRY301 - it ends the transaction too
                f"{change.subject} was changed by somebody else."
            )
        act.send(f"ALTER {change.of.upper()} {name} CONNECTION LIMIT {change.limit}")
    except BaseException:
        if not act.link.closed:
            act.send("ROLLBACK", changes=False)
        raise
    act.send("COMMIT")


def _many(limit: int) -> str:
    return "as many sessions as there are slots" if limit < 0 else f"{limit} sessions"

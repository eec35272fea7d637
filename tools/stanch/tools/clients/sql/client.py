"""The client of PostgreSQL: reads under one login, changes under another.

What a read may do is bounded four times: by its parser, by the login's rights, by a read-only
transaction, and by time, rows and bytes. A change is one statement with its conditions in it.
"""

import threading
from collections.abc import Mapping
from typing import Any, assert_never

from stanch.settings.targets import DatabaseSettings, Targets
from stanch.tools.clients.cap import Cap
from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql import query
from stanch.tools.clients.sql.connection_limits import ConnectionLimits
from stanch.tools.clients.sql.indexes import Indexes
from stanch.tools.clients.sql.login import Login, Role
from stanch.tools.clients.sql.pool import Pool
from stanch.tools.clients.sql.sessions import Sessions
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError, ToolError
from stanch.tools.operations import (
    BuildIndex,
    CancelBackend,
    DropIndex,
    EndIdleSessions,
    SetConnectionLimit,
    SqlAct,
    SqlRead,
    TerminateBackend,
)
from stanch.tools.outcome import DryRun, Limits, Outcome


class SqlClient:
    """Asks the databases of the settings; shared by many threads, opens nothing before use."""

    def __init__(self, *, targets: Targets, limits: Limits) -> None:
        self._targets = targets
        self._limits = limits
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, Role], Pool] = {}

    def observe(self, operation: SqlRead) -> Outcome:
        """Return the rows of a reading statement.

        Raises:
            TargetUnreachableError: the database could not be reached, or gave no answer.
            OperationRefusedError: it said no, or the operation names another than configured.
        """
        with Deadline(self._limits.seconds) as deadline:
            name, settings = self._database(operation.database)
            _require_same(name, settings, operation)
            cap = Cap(self._limits.bytes)
            table = query.ask(
                self._pool(name, settings, "look"),
                operation.statement,
                operation.values,
                deadline=deadline,
                cap=cap,
            )
            rows = len(table.rows)
            text = f"{rows} row{'' if rows == 1 else 's'}"
            return Outcome(
                data={"columns": list(table.columns), "rows": table.rows},
                text=f"{text}, and more that were left out" if cap.truncated else text,
                duration=deadline.spent,
                truncated=cap.truncated,
            )

    def look(self, change: SqlAct) -> dict[str, Any]:
        """Return the facts about the target that a precondition compares.

        Raises:
            ToolError: it could not be looked at.
        """
        facts: dict[str, Any] = self._hands(change).look(change)
        return facts

    def preview(self, change: SqlAct, *, key: str) -> DryRun:  # noqa: ARG002 - others leave it
        """Show the target as it is, and as the change will leave it.

        Raises:
            ToolError: it could not be looked at, or nobody may act there.
        """
        hands = self._hands(change)
        self._site(change).hands()
        shown: DryRun = hands.preview(change)
        return shown

    def apply(self, change: SqlAct, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the change if the target is as observed.

        Raises:
            PreconditionFailedError: it is not; nothing was changed.
            TargetUnreachableError: nothing was sent.
            OperationRefusedError: the server said no.
            OutcomeUnknownError: it was sent, and no answer came.
        """
        outcome: Outcome = self._hands(change).apply(change, key=key, observed=observed)
        return outcome

    def probe(self, change: SqlAct, *, key: str) -> bool | None:
        """Say whether the change has arrived; None when it cannot be known.

        Raises:
            ToolError: the target could not be looked at.
        """
        if isinstance(change, BuildIndex | DropIndex):
            return Indexes(self._site(change)).probe(change, key=key)
        found: bool | None = self._hands(change).probe(change)
        return found

    def reserve(self, databases: tuple[str, ...]) -> None:
        """Open one connection of each login to each database, and keep them (DF-10).

        What cannot be opened now is tried again when it is needed.
        """
        asked = [(name, role) for name in databases for role in ("look", "act")]
        threads = [threading.Thread(target=self._reserve, args=one, daemon=True) for one in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self._limits.seconds)

    def close(self) -> None:
        """End what is at work, in the server too, and close the connections."""
        self._stop.set()
        with self._lock:
            pools = tuple(self._pools.values())
        for pool in pools:
            pool.close()

    def _hands(self, change: SqlAct) -> Any:
        site = self._site(change)
        match change:
            case CancelBackend() | TerminateBackend() | EndIdleSessions():
                return Sessions(site)
            case BuildIndex() | DropIndex():
                return Indexes(site)
            case SetConnectionLimit():
                return ConnectionLimits(site)
            case _:
                assert_never(change)

    def _site(self, change: SqlAct) -> "_Site":
        name, settings = self._database(change.database)
        return _Site(self, name, settings)

    def _reserve(self, database: str, role: Role) -> None:
        try:
            name, settings = self._database(database)
            if role == "look" or settings.act_user is not None:
                with Deadline(self._limits.seconds) as deadline:
                    self._pool(name, settings, role).reserve(deadline)
        except ToolError:
            return

    def _database(self, name: str | None) -> tuple[str, DatabaseSettings]:
        found = self._targets.database_of(name)
        if found is None:
            wanted = f"The database {name}" if name else "The database that is meant"
            raise TargetUnreachableError(
                f"{wanted} is not configured: add [databases.{name or 'NAME'}] with host, dbname "
                "and user to stanch.toml."
            )
        return found, self._targets.databases[found]

    def _pool(self, name: str, settings: DatabaseSettings, role: Role) -> Pool:
        if role == "act" and settings.act_user is None:
            raise TargetUnreachableError(
                f"No login may change anything in database {name}: set act_user under "
                f"[databases.{name}]."
            )
        with self._lock:
            if (name, role) not in self._pools:
                login = Login(name=name, settings=settings, role=role, stop=self._stop)
                self._pools[name, role] = Pool(login)
            return self._pools[name, role]


class _Site:
    """One database of the client, as the changes need it."""

    def __init__(self, client: SqlClient, name: str, settings: DatabaseSettings) -> None:
        self._client = client
        self._name = name
        self._settings = settings

    @property
    def limits(self) -> Limits:
        """The limits of the client."""
        return self._client._limits  # noqa: SLF001 - it is a part of the client

    def rows(self, operation: SqlRead) -> list[dict[str, Any]]:
        """Return the rows of a look, all of them.

        Raises:
            ToolError: they could not be read, or are too many to be sure of.
        """
        outcome = self._client.observe(operation)
        if outcome.truncated:
            raise OperationRefusedError("The look at the target brought more than can be taken.")
        rows: list[dict[str, Any]] = outcome.data["rows"]
        return rows

    def hands(self) -> Pool:
        """Return the connections of the login that acts.

        Raises:
            TargetUnreachableError: the settings name none.
        """
        return self._client._pool(self._name, self._settings, "act")  # noqa: SLF001 - as above


def _require_same(name: str, settings: DatabaseSettings, operation: SqlRead) -> None:
    """Refuse a statement that a runbook wrote for another server or login."""
    pairs = (
        ("host", operation.host, settings.host),
        ("port", operation.port, settings.port),
        ("login", operation.login, settings.user),
    )
    for what, asked, configured in pairs:
        if asked is not None and asked != configured:
            raise OperationRefusedError(
                f"The step asks for the {what} {asked}, and database {name} is configured with "
                f"{configured}; it was not sent."
            )

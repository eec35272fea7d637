"""The ledger: every change is written down before it is sent, and runs at most once.

An entry that says `started` after a crash is in doubt: the deed may have been done or
not. It is never sent again before the target has been looked at.

Each entry carries the token of the lock on its target that its last writer held. Who holds
an older one than the entry has may not move it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from stanch.store.database import Database
from stanch.store.errors import ConflictError
from stanch.store.tables import ledger

LedgerState = Literal["started", "done", "refused", "not sent", "superseded", "unknown"]
_OPEN: tuple[LedgerState, ...] = ("started", "unknown")
_ASKED: tuple[LedgerState, ...] = ("unknown",)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One change: its key, and what is known of it."""

    key: str
    incident: str
    proposal: str
    digest: str
    state: LedgerState
    result: str | None
    token: int = 0
    """Which holder of the target's lock wrote it last; 0 when nobody held it."""


class Ledger:
    """Reads and writes the ledger of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> LedgerEntry | None:
        """Return the entry of `key`, if the change was ever begun."""
        with self._database.read() as connection:
            row = connection.execute(select(ledger).where(ledger.c.key == key)).one_or_none()
        return None if row is None else _entry(row)

    def start(
        self,
        connection: Connection,
        key: str,
        *,
        incident: str,
        proposal: str,
        digest: str,
        now: datetime,
        token: int = 0,
    ) -> None:
        """Write down that the change is about to be sent, by the holder with `token`.

        Raises:
            ConflictError: it was begun before.
        """
        try:
            connection.execute(
                ledger.insert().values(
                    key=key,
                    incident=incident,
                    proposal=proposal,
                    digest=digest,
                    state="started",
                    started_at=now.isoformat(),
                    token=token,
                )
            )
        except IntegrityError as error:
            raise ConflictError(
                f"the change {key} was begun before; it is not sent again"
            ) from error

    def finish(
        self,
        connection: Connection,
        key: str,
        *,
        state: LedgerState,
        result: str,
        now: datetime,
        token: int | None = None,
        doubted: bool = False,
    ) -> None:
        """Write down how the change ended; only once.

        When `doubted`, only while a person is asked about it: one that is being sent again
        ends by what the target says.

        Raises:
            ConflictError: it is not under way, or not under the holder with `token`.
        """
        values = {
            "state": state,
            # PostgreSQL keeps no such character, and what a target says may hold one.
            "result": result.replace("\x00", "\ufffd"),
            "finished_at": now.isoformat(),
        }
        if not _moved(connection, key, token, values, of=_ASKED if doubted else _OPEN):
            way = "in doubt" if doubted else "under way"
            raise ConflictError(f"the change {key} is not {way}")

    def doubt(self, connection: Connection, key: str, *, token: int | None = None) -> None:
        """Write down that nobody knows whether the change ran, so that a person is asked.

        Raises:
            ConflictError: it is not under way.
        """
        if not _moved(connection, key, token, {"state": "unknown"}):
            raise ConflictError(f"the change {key} is not under way")

    def again(
        self, connection: Connection, key: str, *, now: datetime, token: int | None = None
    ) -> None:
        """Take up a change that the target proves not to have received.

        Raises:
            ConflictError: it is not in doubt.
        """
        values = {"state": "started", "started_at": now.isoformat()}
        if not _moved(connection, key, token, values):
            raise ConflictError(f"the change {key} is not in doubt")


def _moved(
    connection: Connection,
    key: str,
    token: int | None,
    values: Mapping[str, str | int],
    *,
    of: tuple[LedgerState, ...] = _OPEN,
) -> bool:
    """Move a change that has not ended; a holder's token must not be older than the entry's."""
    change = ledger.update().where(ledger.c.key == key, ledger.c.state.in_(of))
    if token is not None:
        change = change.where(ledger.c.token <= token)
        values = {**values, "token": token}
    return connection.execute(change.values(**values)).rowcount == 1


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        key=row.key,
        incident=row.incident,
        proposal=row.proposal,
        digest=row.digest,
        state=row.state,
        result=row.result,
        token=row.token,
    )


def unsettled(database: Database, incident: str) -> tuple[LedgerEntry, ...]:
    """Return the changes of an incident on which a person has to say whether they ran."""
    query = select(ledger).where(ledger.c.incident == incident, ledger.c.state == "unknown")
    with database.read() as connection:
        return tuple(_entry(row) for row in connection.execute(query))

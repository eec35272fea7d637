"""The journal: append-only, each entry sealed together with the one before it.

The seal of an entry is HMAC-SHA256 over its canonical JSON and the seal of the entry
before, under a key that is not in the database. `verify` finds an edit, a deletion, a
reordering and a cut end.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stanch.incident import Actor, Event
from stanch.incident.event import EventType
from stanch.store.database import Database
from stanch.store.errors import JournalKeyError
from stanch.store.tables import journal

_START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be journaled; the journal adds number and seal."""

    at: datetime
    incident: str
    actor: Actor
    phase: str
    type: EventType
    data: dict[str, Any]
    once: str | None = None
    """When the incident has an entry of this name already, nothing is written."""


class Journal:
    """Appends to the journal of a database and reads from it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key_fits = False

    def append(self, *entries: Entry) -> None:
        """Append the entries in one transaction.

        Raises:
            JournalKeyError: the key is not the one that the journal was written with.
        """
        with self._database.write() as connection:
            last = self.add(connection, entries)
        self.mark(last)

    def add(self, connection: Connection, entries: Iterable[Entry]) -> tuple[int, str] | None:
        """Append within a transaction of the caller, who calls `mark` after its commit."""
        seq, mac = self._end(connection)
        rows: list[dict[str, Any]] = []
        named: set[tuple[str, str]] = set()
        for entry in entries:
            if entry.once is not None:
                name = (entry.incident, entry.once)
                if name in named or _has(connection, *name):
                    continue
                named.add(name)
            seq += 1
            row = _row(seq, entry)
            mac = row["mac"] = seal(self._database.secret, row, mac)
            rows.append(row)
        if not rows:
            return None
        connection.execute(journal.insert(), rows)
        return seq, mac

    def mark(self, last: tuple[int, str] | None) -> None:
        """Note outside the database how far the journal reaches."""
        if last is not None:
            self._database.head.advance(*last)

    def events(self, incident: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return the entries of an incident, oldest first, numbered above `after`."""
        query = select(journal).where(journal.c.incident == incident, journal.c.seq > after)
        with self._database.read() as connection:
            return tuple(event(row) for row in connection.execute(query.order_by(journal.c.seq)))

    def _end(self, connection: Connection) -> tuple[int, str]:
        query = select(journal).order_by(journal.c.seq.desc()).limit(2)
        rows = connection.execute(query).all()
        if not rows:
            return 0, _START
        if not self._key_fits:
            before = rows[1].mac if len(rows) > 1 else _START
            if not hmac.compare_digest(
                rows[0].mac, seal(self._database.secret, _raw(rows[0]), before)
            ):
                raise JournalKeyError(
                    "the last entry of the journal does not fit the key: either the key is not "
                    "the one it was written with, or the journal was altered. Nothing was "
                    "appended; run `stanch audit verify`"
                )
            self._key_fits = True
        return rows[0].seq, rows[0].mac


def seal(secret: bytes, row: dict[str, Any], before: str) -> str:
    """Return the seal of a raw row that follows the entry sealed with `before`."""
    fields = {name: value for name, value in row.items() if name != "mac"}
    text = json.dumps([before, fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def event(row: Row[Any]) -> Event:
    """Return a raw row as an event."""
    return Event(
        seq=row.seq,
        id=f"J-{row.seq:06d}",
        at=datetime.fromisoformat(row.at),
        incident=row.incident,
        actor=Actor.model_validate_json(row.actor),
        phase=row.phase,
        type=row.type,
        data=json.loads(row.data),
        mac=row.mac,
    )


def _row(seq: int, entry: Entry) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": entry.at.isoformat(),
        "incident": entry.incident,
        "actor": entry.actor.model_dump_json(),
        "phase": entry.phase,
        "type": entry.type,
        "data": json.dumps(entry.data, ensure_ascii=False, sort_keys=True),
        "once": entry.once,
    }


def _raw(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def _has(connection: Connection, incident: str, once: str) -> bool:
    query = select(journal.c.seq).where(journal.c.incident == incident, journal.c.once == once)
    return connection.execute(query).first() is not None

"""The journal: append-only, each entry sealed together with the one before it.

The seal of an entry is HMAC-SHA256 over its canonical JSON and the seal of the entry
before, under a key that is not in the database. `verify` finds an edit, a deletion, a
reordering and a cut end.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stanch.incident import Actor, Event
from stanch.incident.event import EventType
from stanch.store.chain import START, fits, seal
from stanch.store.database import Database
from stanch.store.errors import JournalKeyError
from stanch.store.tables import journal


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
        """Append within a transaction of the caller, who calls `mark` after its commit.

        Raises:
            LostLockError: this process held the lock of an incident and holds it no more.
        """
        entries = tuple(entries)
        for incident in {entry.incident for entry in entries}:
            self._database.fence(connection, incident)
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

    def join(self) -> None:
        """Begin to keep the mark of a journal that other machines wrote.

        Raises:
            JournalKeyError: the key is not the one that the journal was written with.
        """
        with self._database.read() as connection:
            last = self._end(connection)
        if self._database.head.read() is None:
            self._database.head.advance(*last)

    def events(
        self, incident: str, *, after: int = 0, of: Collection[EventType] | None = None
    ) -> tuple[Event, ...]:
        """Return the entries of an incident, oldest first, numbered above `after`.

        `of` names the types that are wanted; all, when it is not given.
        """
        query = select(journal).where(journal.c.incident == incident, journal.c.seq > after)
        if of is not None:
            query = query.where(journal.c.type.in_(sorted(of)))
        with self._database.read() as connection:
            return tuple(event(row) for row in connection.execute(query.order_by(journal.c.seq)))

    def started(self, since: datetime) -> tuple[Event, ...]:
        """Return the changes of all incidents that were begun since `since`, oldest first."""
        query = select(journal).where(journal.c.type == "mitigation.started")
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(journal.c.seq)).all()
        events = (event(row) for row in rows)
        return tuple(one for one in events if one.at >= since)

    def _end(self, connection: Connection) -> tuple[int, str]:
        query = select(journal).order_by(journal.c.seq.desc()).limit(2)
        rows = connection.execute(query).all()
        if not rows:
            return 0, START
        if not self._key_fits:
            before = rows[1].mac if len(rows) > 1 else START
            if not fits(self._database.secret, raw(rows[0]), before):
                raise JournalKeyError(
                    "the last entry of the journal does not fit the key: either the key is not "
                    "the one it was written with, or the journal was altered. Nothing was "
                    "appended; run `stanch audit verify`"
                )
            self._key_fits = True
        return rows[0].seq, rows[0].mac


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


def raw(row: Row[Any]) -> dict[str, Any]:
    """Return a row as what is sealed, and its seal."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def _has(connection: Connection, incident: str, once: str) -> bool:
    query = select(journal.c.seq).where(journal.c.incident == incident, journal.c.once == once)
    return connection.execute(query).first() is not None

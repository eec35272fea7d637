"""Tokens: how a person is known where the operating system cannot say who it is.

Only a seal over the token is kept, made with the journal's key, over the person and the
expiry too: who can write into the database can make no token that counts.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from stanch.incident import Actor
from stanch.incident.event import EventType
from stanch.store.database import Database
from stanch.store.errors import NotFoundError
from stanch.store.journal import Entry, Journal
from stanch.store.tables import tokens

_TOKEN = re.compile(r"stanch-([1-9][0-9]{0,8})-([A-Za-z0-9_-]{43})")
_SECRET_BYTES = 32
NO_INCIDENT = "-"
"""Stands for the incident of what belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """What is known of one token; its secret is not."""

    number: int
    person: str
    issued_by: str
    issued_at: str
    expires_at: float
    """Seconds since 1970."""
    revoked_at: str | None


class Tokens:
    """Issues, checks and revokes the tokens of one database."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def issue(self, person: str, *, by: str, now: datetime, expires: datetime) -> str:
        """Make a token for `person` and return it; it is shown this once only."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self._database.write() as connection:
            highest = connection.execute(select(func.coalesce(func.max(tokens.c.number), 0)))
            number = int(highest.scalar_one()) + 1
            connection.execute(
                tokens.insert().values(
                    number=number,
                    person=person,
                    seal=self._seal(number, person, secret, expires.timestamp()),
                    issued_by=by,
                    issued_at=now.isoformat(),
                    expires_at=expires.timestamp(),
                )
            )
            facts = {
                "token": number,
                "person": person,
                "by": by,
                "expires_at": expires.isoformat(),
            }
            last = self._journal.add(connection, [_entry_of("token.issued", facts, by, now)])
        self._journal.mark(last)
        return f"stanch-{number}-{secret}"

    def person(self, token: str, *, now: datetime) -> TokenEntry | None:
        """Return whose token it is; None when it is unknown, ran out or was revoked."""
        found = _TOKEN.fullmatch(token.strip())
        if found is None:
            return None
        row = self._row(int(found[1]))
        if row is None or row.revoked_at is not None or self._revoked(row.number):
            return None
        seal = self._seal(row.number, row.person, found[2], row.expires_at)
        if not hmac.compare_digest(seal, row.seal) or not now.timestamp() < row.expires_at:
            return None
        return _entry(row)

    def all(self) -> tuple[TokenEntry, ...]:
        """Return what is known of every token, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.number)).all()
        return tuple(_entry(row) for row in rows)

    def revoke(self, number: int, *, by: str, now: datetime) -> None:
        """Make a token count no more.

        Raises:
            NotFoundError: there is none of this number.
        """
        change = tokens.update().where(tokens.c.number == number, tokens.c.revoked_at.is_(None))
        with self._database.write() as connection:
            if connection.execute(change.values(revoked_at=now.isoformat())).rowcount != 1:
                raise NotFoundError(
                    f"there is no token {number} that counts; `stanch token list` shows them"
                )
            facts = {"token": number, "by": by}
            last = self._journal.add(connection, [_entry_of("token.revoked", facts, by, now)])
        self._journal.mark(last)

    def _revoked(self, number: int) -> bool:
        """Say whether the journal, which is sealed as the row is not, knows it as revoked."""
        kinds: tuple[EventType, ...] = ("token.revoked",)
        events = self._journal.events(NO_INCIDENT, of=kinds)
        return any(event.data["token"] == number for event in events)

    def _row(self, number: int) -> Row[Any] | None:
        with self._database.read() as connection:
            query = select(tokens).where(tokens.c.number == number)
            return connection.execute(query).one_or_none()

    def _seal(self, number: int, person: str, secret: str, expires_at: float) -> str:
        text = f"token:{number}:{person}:{expires_at!r}:{secret}"
        return hmac.new(self._database.secret, text.encode(), hashlib.sha256).hexdigest()


def _entry_of(kind: EventType, facts: dict[str, Any], by: str, now: datetime) -> Entry:
    return Entry(
        at=now,
        incident=NO_INCIDENT,
        actor=Actor(kind="human", id=by),
        phase="",
        type=kind,
        data=facts,
    )


def _entry(row: Row[Any]) -> TokenEntry:
    return TokenEntry(
        number=row.number,
        person=row.person,
        issued_by=row.issued_by,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )

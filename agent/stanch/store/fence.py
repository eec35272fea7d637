"""What a lock that is held means for what is written: its token must be the newest.

The row of a lock says which token is the newest. It is written in a transaction like all
else, so that whoever writes under a token knows that nobody has a newer one yet.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Row, select

from stanch.store.database import Database
from stanch.store.errors import LostLockError
from stanch.store.owner import me, parsed
from stanch.store.tables import locks


class Lease(Protocol):
    """A lock while it is held."""

    @property
    def token(self) -> int:
        """One more than that of the holder before."""

    @property
    def stray(self) -> int:
        """What a holder of this token or an older one began, it may still be sending."""

    def require(self, connection: Connection) -> int:
        """Return the token, in a transaction that is to be void when it is not the newest.

        Raises:
            LostLockError: another process holds the lock by now.
        """

    def confirm(self) -> None:
        """Make sure, immediately before something is sent, that the lock is still held.

        Raises:
            LostLockError: it is not, or the database does not answer.
        """


@dataclass(frozen=True, slots=True)
class Held:
    """The lock of one machine: it cannot be lost while its process lives."""

    database: Database
    name: str
    token: int
    stray: int = 0

    def require(self, connection: Connection) -> int:
        """Return the token; it is compared all the same, for a home that was put back."""
        return newest(connection, self.name, self.token)

    def confirm(self) -> None:
        """Make sure that the database still answers, and with what was written."""
        with self.database.read() as connection:
            self.require(connection)


def row_of(connection: Connection, name: str) -> Row[tuple[object, ...]] | None:
    """Return what is known of the lock `name`."""
    return connection.execute(select(locks).where(locks.c.name == name)).one_or_none()


def write(
    connection: Connection, name: str, *, token: int, held: bool, until: float, stray: int
) -> None:
    """Write down that this process is the holder with `token`."""
    values = {
        "token": token,
        "owner": me().model_dump_json(),
        "held": held,
        "until": until,
        "stray": stray,
    }
    change = locks.update().where(locks.c.name == name).values(**values)
    if connection.execute(change).rowcount != 1:
        connection.execute(locks.insert().values(name=name, **values))


def newest(connection: Connection, name: str, token: int) -> int:
    """Return `token` when this process holds the lock `name` with it, and nobody since.

    The holder is compared too: a server that lost its last commits counts a token again.

    Raises:
        LostLockError: another process holds the lock by now.
    """
    query = select(locks.c.token, locks.c.owner).where(locks.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None or row.token != token or parsed(row.owner) != me():
        raise lost(name)
    return token


def lost(name: str, why: str = "another process holds it by now") -> LostLockError:
    """Return the error of a lock that is no longer held."""
    return LostLockError(
        f"{name} is not held any more: {why}. Nothing was written or sent since; the process "
        "that holds it goes on, or resume the incident"
    )

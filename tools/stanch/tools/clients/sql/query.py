"""Query: one statement in a read-only transaction that the server bounds, and its rows.

A query is read through a cursor of the server, so that no more rows come than are taken, and
nothing but a query can stand there. EXPLAIN and SHOW cannot; they go as prepared statements,
of which there is one at a time as well.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import pq, sql
from psycopg.raw_cursor import RawCursor, RawServerCursor

from stanch.settings.targets import DatabaseSettings
from stanch.tools.clients.cap import Cap
from stanch.tools.clients.patience import Deadline, PassingError, persist
from stanch.tools.clients.sql.faults import lost
from stanch.tools.clients.sql.link import CutOffError, Link, TooLargeError
from stanch.tools.clients.sql.pool import Pool
from stanch.tools.errors import OperationRefusedError

MOST_ROWS: Final = 10_000
_FIRST: Final = 20
_PAGE: Final = 500
_DIRECT: Final = frozenset({"explain", "show"})
_ON_THE_WIRE: Final = 4
"""How many times the bytes of its cap an answer may have on the wire, beside a megabyte."""
_AFTER: Final = b"ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()"
_PATIENT: Final = 0.15
"""The part of the time by which the server's timeout comes before ours, so that it is heard."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one answer; each maps the columns, in their order, to JSON values."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def ask(
    pool: Pool,
    statement: str,
    values: Sequence[int | str],
    *,
    deadline: Deadline,
    cap: Cap,
) -> Table:
    """Return what a statement reads, within the deadline and the cap.

    A session that turns out to have ended before the statement was sent is replaced once.

    Raises:
        ToolError: there was no usable answer.
    """

    def attempt() -> Table:
        with pool.lend(deadline) as link:
            link.bind(deadline, cap.left * _ON_THE_WIRE + (1 << 20))
            try:
                _begin(link, pool.login.settings, deadline)
            except psycopg.Error as error:
                fault = pool.login.faults.of_read(error, deadline.seconds)
                raise (PassingError(fault, 0.0) if lost(error) else fault) from None
            with _ending(link):
                return _read(link, statement, values, cap)

    try:
        return persist(attempt, deadline, stop=pool.login.stop)
    except (psycopg.Error, CutOffError) as error:
        raise pool.login.faults.of_read(error, deadline.seconds) from None


def _begin(link: Link, settings: DatabaseSettings, deadline: Deadline) -> None:
    """Begin a transaction that reads, and that the server ends when it lasts too long."""
    statement = min(settings.statement_seconds, deadline.left * (1 - _PATIENT))
    limits = {
        "statement_timeout": statement,
        "lock_timeout": min(settings.lock_seconds, statement),
        "idle_in_transaction_session_timeout": settings.idle_seconds,
    }
    if link.version >= 170_000:
        limits["transaction_timeout"] = deadline.left + settings.idle_seconds
    texts = [f"SET LOCAL {name} = {max(int(value * 1000), 1)}" for name, value in limits.items()]
    path = sql.Literal(link.search_path).as_string(link)
    texts.append(f"SELECT pg_catalog.set_config('search_path', {path}, true)")
    link.execute("; ".join(["BEGIN READ ONLY", *texts]).encode())


@contextlib.contextmanager
def _ending(link: Link) -> Iterator[None]:
    """End the transaction, and let go of what a session can hold beyond one.

    A session whose transaction was ended by the statement itself is not used again.
    """
    try:
        yield
    except CutOffError:
        raise
    except BaseException:
        with contextlib.suppress(psycopg.Error):
            link.execute(_AFTER)
        raise
    if link.pgconn.transaction_status not in {
        pq.TransactionStatus.INTRANS,
        pq.TransactionStatus.INERROR,
    }:
        link.close()
        raise OperationRefusedError("The statement ended the transaction that it was to read in.")
    link.execute(_AFTER)


def _read(link: Link, statement: str, values: Sequence[int | str], cap: Cap) -> Table:
    first = statement.lstrip("( \t\n").partition(" ")[0].split("\n")[0].lower()
    if first == "copy":
        raise OperationRefusedError("COPY is not run for its lines: write the query by itself.")
    if first in _DIRECT:
        with RawCursor(link) as direct:
            direct.execute(statement.encode(), values, prepare=True)
            return _kept(direct, iter(direct.fetchall()), cap)
    cursor = RawServerCursor(link, "stanch")
    try:
        cursor.execute(statement.encode(), values)
        return _kept(cursor, _pages(cursor), cap)
    finally:
        # The end of the transaction, or of the session, closes it at the server. Its own
        # close() would ask for that first, and stay open when the session is cut off.
        psycopg.Cursor.close(cursor)


def _pages(cursor: RawServerCursor[Any]) -> Iterator[tuple[Any, ...]]:
    size = _FIRST
    while rows := cursor.fetchmany(size):
        yield from rows
        if len(rows) < size:
            return
        size = _PAGE


def _kept(cursor: psycopg.Cursor[Any], rows: Iterator[tuple[Any, ...]], cap: Cap) -> Table:
    if cursor.description is None:
        raise OperationRefusedError("The statement brings no rows.")
    columns = _names([column.name for column in cursor.description])
    kept: list[dict[str, Any]] = []
    try:
        for row in rows:
            if len(kept) == MOST_ROWS:
                cap.truncated = True
                break
            value = dict(zip(columns, row, strict=True))
            if not cap.fits(value):
                if not kept:
                    cap.truncated = False
                    kept.append(cap.shortened(value))
                    cap.truncated = True
                break
            kept.append(value)
    except TooLargeError:
        if not kept:
            raise
        cap.truncated = True
    return Table(columns, kept)


def _names(names: list[str]) -> tuple[str, ...]:
    """Return the names of the columns, each made its own: count, count_2."""
    found: list[str] = []
    for name in names:
        own, at = name, 1
        while own in found:
            at += 1
            own = f"{name}_{at}"
        found.append(own)
    return tuple(found)

"""Act: the session of the login that acts, for the time of one change.

Its application_name carries the key of the change, so that the server's views and logs say
whose it is. What fails before the change itself is sent was never sent; what breaks off
after that may have run, and is never sent again.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import psycopg
from psycopg.raw_cursor import RawCursor

from stanch.tools.clients.patience import Deadline, PassingError, persist
from stanch.tools.clients.sql.faults import lost
from stanch.tools.clients.sql.link import CutOffError, Link
from stanch.tools.clients.sql.login import APPLICATION
from stanch.tools.clients.sql.pool import Pool
from stanch.tools.errors import (
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations.sql import QuerySql
from stanch.tools.outcome import Limits

_ANSWER_BYTES: Final = 1 << 20
_LONGEST_NAME: Final = 63
_STOPPED: Final = frozenset({"57014"})
"""The server stopped a statement in its middle: what it had done by then may stand."""


class Site(Protocol):
    """The database of one change, as the acts need it."""

    @property
    def limits(self) -> Limits:
        """How long an act may take, where it does not say so itself."""

    def rows(self, operation: QuerySql) -> list[dict[str, Any]]:
        """Return the rows of a look, read by the login that looks.

        Raises:
            ToolError: they could not be read.
        """

    def hands(self) -> Pool:
        """Return the connections of the login that acts.

        Raises:
            TargetUnreachableError: the settings name none.
        """


@dataclass(frozen=True, slots=True)
class Act:
    """The session in which one change is made."""

    link: Link
    pool: Pool

    def send(
        self, statement: str, values: Sequence[Any] = (), *, changes: bool = True
    ) -> list[dict[str, Any]]:
        """Send one statement and return its rows.

        Raises:
            OperationRefusedError: the server said no; nothing was changed.
            OutcomeUnknownError: it `changes` something, was sent, and no answer came.
            TargetUnreachableError: it changes nothing, and no answer came.
        """
        try:
            self.link.look_around()
        except CutOffError as error:
            fault = self._fault(error, changes=False)
            raise TargetUnreachableError(f"Nothing was sent. {fault}") from error
        try:
            with RawCursor(self.link) as cursor:
                cursor.execute(statement.encode(), values, prepare=True)
                if cursor.description is None:
                    return []
                names = [column.name for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except (psycopg.Error, CutOffError) as error:
            raise self._fault(error, changes=changes) from error

    def _fault(self, error: Exception, *, changes: bool) -> ToolError:
        fault = self.pool.login.faults.of_read(error, self.pool.login.settings.statement_seconds)
        stopped = getattr(error, "sqlstate", None) in _STOPPED
        if changes and (lost(error) or stopped):
            return OutcomeUnknownError(f"The change was sent. {fault}")
        return fault


@contextlib.contextmanager
def acting(site: Site, key: str, deadline: Deadline, settings: Mapping[str, str]) -> Iterator[Act]:
    """Have a session of the login that acts, with settings of its own for the time.

    Raises:
        TargetUnreachableError: there is none; nothing was sent.
    """
    pool = site.hands()
    with contextlib.ExitStack() as stack:

        def attempt() -> Link:
            with contextlib.ExitStack() as inner:
                link = inner.enter_context(pool.lend(deadline))
                link.bind(deadline, _ANSWER_BYTES)
                _prepare(pool, link, key, settings)
                stack.push(inner.pop_all())
                return link

        link = persist(attempt, deadline, stop=pool.login.stop)
        try:
            yield Act(link, pool)
        finally:
            with contextlib.suppress(psycopg.Error, CutOffError):
                if not link.closed:
                    link.execute("RESET ALL")


def _prepare(pool: Pool, link: Link, key: str, settings: Mapping[str, str]) -> None:
    """Name the session and set its limits; nothing of the change is sent by that."""
    wanted = {
        "application_name": application(key),
        "search_path": "pg_catalog, pg_temp",
        **settings,
    }
    sets = ", ".join(
        f"pg_catalog.set_config(${n * 2 + 1}, ${n * 2 + 2}, false)" for n in range(len(wanted))
    )
    values = [part for pair in wanted.items() for part in pair]
    try:
        with RawCursor(link) as cursor:
            cursor.execute(f"SELECT {sets}".encode(), values, prepare=True)
    except (psycopg.Error, CutOffError) as error:
        fault = pool.login.faults.of_read(error, 0.0)
        if not lost(error):
            raise fault from error
        unsent = TargetUnreachableError(f"Nothing was sent: {fault}")
        raise (unsent if isinstance(error, CutOffError) else PassingError(unsent, 0.0)) from error


def application(key: str) -> str:
    """Return the application_name of the session that makes the change `key`."""
    return f"{APPLICATION} {key}"[:_LONGEST_NAME]


def compare(now: Mapping[str, Any], observed: Mapping[str, Any]) -> None:
    """Make sure that the target is as it was observed.

    Raises:
        PreconditionFailedError: it is not; says what differs.
    """
    if now == observed:
        return
    if now.get("missing"):
        raise PreconditionFailedError("It is gone.")
    names = sorted(n for n in now.keys() | observed.keys() if now.get(n) != observed.get(n))
    raise PreconditionFailedError(f"It is not as it was seen: {', '.join(names)} changed.")

"""Pool: the connections of one login, lent to one operation at a time.

Few at once, so that looking does not take the slots that the application needs. A connection
that is reserved stays open when it is idle; when the server has no slot left, it goes around
among those who want to look (DF-10).
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import pq

from stanch.tools.clients.patience import Deadline, PassingError, persist
from stanch.tools.clients.sql.link import Link
from stanch.tools.clients.sql.login import Login
from stanch.tools.errors import TargetUnreachableError

MOST = 4
"""Connections of one login at once."""
_IDLE_SECONDS = 20.0
_TURN = 0.05


class Pool:
    """The connections of one login; may be shared by many threads."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self._free = threading.Condition()
        self._idle: list[Link] = []
        self._lent: set[Link] = set()
        self._opening = 0
        self._kept = 0
        """How many connections stay open when they are idle."""

    def reserve(self, deadline: Deadline) -> None:
        """Open one connection if none is open, and keep it from now on.

        Raises:
            ToolError: it cannot be opened; the next operation tries again.
        """
        with self._free:
            self._kept = 1
        with self.lend(deadline):
            pass

    @contextmanager
    def lend(self, deadline: Deadline) -> Iterator[Link]:
        """Lend a connection for one operation; what breaks off or is cut off is put away.

        Raises:
            ToolError: there is none, and none can be opened in time; nothing was sent.
        """
        link = self._taken_in_time(deadline)
        try:
            yield link
        finally:
            self._give_back(link)

    def close(self) -> None:
        """Close all connections; what is at work stops by the login's `stop`."""
        with self._free:
            idle, self._idle = self._idle, []
            self._free.notify_all()
        for link in idle:
            link.close()

    def _taken_in_time(self, deadline: Deadline) -> Link:
        """Try again while it fails in passing; when time runs out, tell what was said before."""
        told: list[Exception] = []

        def take() -> Link:
            try:
                return self._take(deadline)
            except PassingError as passing:
                told.append(passing.error)
                raise

        try:
            return persist(take, deadline, stop=self.login.stop)
        except TargetUnreachableError as last:
            # The last try may have had too little time left to find out why.
            if not told or told[-1] is last:
                raise
            raise TargetUnreachableError(f"{told[-1]} The last try: {last}") from None

    def _take(self, deadline: Deadline) -> Link:
        while True:
            with self._free:
                link = self._idle.pop() if self._idle else None
                if link is None and len(self._lent) + self._opening >= MOST:
                    self._wait(deadline)
                    continue
                if link is None:
                    self._opening += 1
                else:
                    self._lent.add(link)
            if link is None:
                try:
                    return self._opened(deadline)
                except PassingError:
                    if not self._comes_free(deadline):
                        raise
                    continue
            if link.alive:
                return link
            self._put_away(link)

    def _opened(self, deadline: Deadline) -> Link:
        link = None
        try:
            link = self.login.open(deadline)
        finally:
            with self._free:
                self._opening -= 1
                if link is not None:
                    self._lent.add(link)
                self._free.notify_all()
        return link

    def _comes_free(self, deadline: Deadline) -> bool:
        """Wait for a connection that is open already, where the server has no slot for another."""
        with self._free:
            while self._lent and not self._idle:
                self._wait(deadline)
            return bool(self._idle)

    def _wait(self, deadline: Deadline) -> None:
        """Wait, with the lock, until a connection may have come free."""
        if self.login.stop.is_set():
            raise TargetUnreachableError("stanch is stopping; nothing was asked.")
        if deadline.passed:
            raise TargetUnreachableError(
                f"All {MOST} connections of {self.login.user} to database {self.login.name} were "
                f"at work for {deadline.seconds:g} s; nothing was asked."
            )
        self._free.wait(min(_TURN, deadline.left))

    def _give_back(self, link: Link) -> None:
        link.unbind()
        state = link.pgconn.transaction_status
        stopping = self.login.stop.is_set()
        if state == pq.TransactionStatus.IDLE and link.alive and not stopping:
            self._keep(link)
        elif state != pq.TransactionStatus.ACTIVE:
            self._put_away(link)
        elif stopping:
            link.calm_down()
            self._put_away(link)
        else:
            # What it still does must end, and a slot that is given up may be lost.
            threading.Thread(target=self._calm_down, args=(link,), daemon=True).start()

    def _calm_down(self, link: Link) -> None:
        if link.calm_down():
            self._keep(link)
        else:
            self._put_away(link)

    def _keep(self, link: Link) -> None:
        link.idle_since = time.monotonic()
        with self._free:
            self._lent.discard(link)
            self._idle.append(link)
            # Whoever closed the pool meanwhile has not seen this one.
            old = self._idle if self.login.stop.is_set() else self._grown_old()
            self._idle = [one for one in self._idle if one not in old]
            self._free.notify()
        for one in old:
            one.close()

    def _grown_old(self) -> list[Link]:
        now = time.monotonic()
        spare = self._idle[: max(len(self._idle) - max(self._kept, 1), 0)]
        return [link for link in spare if now - link.idle_since > _IDLE_SECONDS]

    def _put_away(self, link: Link) -> None:
        link.close()
        with self._free:
            self._lent.discard(link)
            self._free.notify()

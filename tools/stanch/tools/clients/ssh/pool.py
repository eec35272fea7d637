"""Warm connections: a second command on a host costs a sixth of the first one.

One connection serves several commands side by side. Several that want the same host at
once wait for one login. A peer that gives no sign of life is cut off.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

from stanch.tools.clients.patience import Deadline, PassingError, persist
from stanch.tools.clients.ssh.connection import Connection, Opener
from stanch.tools.clients.ssh.dial import WayEndedError
from stanch.tools.clients.ssh.route import Route
from stanch.tools.errors import TargetUnreachableError

_SIDE_BY_SIDE = 8
"""Commands on one connection; sshd allows ten unless it is told otherwise."""
_IDLE_SECONDS = 300.0
_PAUSE = 0.1


class Pool:
    """Lends connections; may be shared by many threads, and opens nothing before use."""

    def __init__(self, *, connect_seconds: float, keepalive_seconds: float, most: int) -> None:
        self._opener = Opener(connect_seconds)
        self._keepalive = keepalive_seconds
        self._most = most
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._held: dict[Route, list[Connection]] = {}
        self._coming: dict[Route, Future[None]] = {}
        self._pulse: threading.Thread | None = None

    @property
    def size(self) -> int:
        """How many connections are open."""
        with self._lock:
            return sum(map(len, self._held.values()))

    @contextlib.contextmanager
    def lend(
        self, route: Route, deadline: Deadline, *, fresh: bool = False, most: int = _SIDE_BY_SIDE
    ) -> Iterator[tuple[Connection, bool]]:
        """Lend a connection, and say whether it is a new one; `fresh`: it has to be.

        One that `most` others use already is not lent.

        Raises:
            TargetUnreachableError: there is none to be had.
        """
        connection = None if fresh else self._take(route, most)
        new = connection is None
        if connection is None:
            connection = self._new(route, deadline, most)
        try:
            yield connection, new
        finally:
            self._give_back(connection)

    def drop(self, connection: Connection, *, spare: bool = False) -> None:
        """Lend a connection to nobody any more, and end it.

        `spare` it while others than the caller use it: they may be luckier.
        """
        with self._lock:
            held = self._held.get(connection.route, [])
            if connection in held:
                held.remove(connection)
                if connection.through is not None:
                    connection.through.carries -= 1
            connection.retired = True
            if spare and connection.users > 1:
                return
        connection.close()

    def close(self) -> None:
        """End all connections, also those that are being opened or used."""
        self._stop.set()
        self._opener.close()
        with self._lock:
            every = [one for held in self._held.values() for one in held]
            self._held.clear()
        for one in every:
            one.close()

    def _take(self, route: Route, most: int) -> Connection | None:
        """Return the least used connection that is alive and has room."""
        with self._lock:
            held = [one for one in self._held.get(route, ()) if one.alive]
            held = [one for one in held if one.users < most]
            if not held:
                return None
            found = min(held, key=lambda one: one.users)
            found.users += 1
            found.used = time.monotonic()
            return found

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            connection.users -= 1
            connection.used = time.monotonic()
            over = connection.retired and connection.users == 0
        if over or not connection.alive:
            self.drop(connection)

    def _new(self, route: Route, deadline: Deadline, most: int) -> Connection:
        """Return a connection that one of those who wait for the same host opens."""
        while not self._stop.is_set():
            with self._lock:
                coming = self._coming.get(route)
                if coming is None:
                    mine = self._coming[route] = Future()
            if coming is None:
                return self._open_for_all(route, deadline, mine)
            try:
                coming.result(timeout=deadline.left)
            except FutureTimeout:
                raise TargetUnreachableError(
                    f"{route.name} has not let anyone in within {deadline.seconds:.3g} s."
                ) from None
            except TargetUnreachableError as error:
                raise type(error)(str(error)) from error
            if (found := self._take(route, most)) is not None:
                return found
        raise TargetUnreachableError("The client of the hosts was closed.")

    def _open_for_all(self, route: Route, deadline: Deadline, mine: "Future[None]") -> Connection:
        try:
            connection = self._open(route, deadline)
        except BaseException as error:
            self._arrived(route)
            shared = error if isinstance(error, TargetUnreachableError) else None
            mine.set_exception(shared or TargetUnreachableError(f"{route.name}: {error}"))
            raise
        self._arrived(route)
        mine.set_result(None)
        return connection

    def _arrived(self, route: Route) -> None:
        with self._lock:
            self._coming.pop(route, None)

    def _open(self, route: Route, deadline: Deadline) -> Connection:
        self._make_room()
        if route.jump is None:
            return self._keep(self._opened(route, deadline, None))
        try:
            return self._open_behind(route, route.jump, deadline)
        except WayEndedError:
            return self._open_behind(route, route.jump, deadline, fresh=True)

    def _open_behind(
        self, route: Route, way: Route, deadline: Deadline, *, fresh: bool = False
    ) -> Connection:
        """Return a connection through another host, over a new one to that if it is to be `fresh`.

        Raises:
            WayEndedError: the connection to the host on the way turned out to have ended.
            TargetUnreachableError: the host is not reached for another reason.
        """
        with self.lend(way, deadline, fresh=fresh, most=self._most) as (through, _):
            try:
                connection = self._opened(route, deadline, through)
            except TargetUnreachableError as error:
                if through.alive and not isinstance(error, WayEndedError):
                    raise
                self.drop(through)
                raise WayEndedError(str(error)) from error
            with self._lock:
                through.carries += 1
            return self._keep(connection)

    def _opened(self, route: Route, deadline: Deadline, through: Connection | None) -> Connection:
        """Return an open connection; what tries again is imported only when it has to."""
        try:
            return self._opener.open(route, deadline, through)
        except PassingError:
            self._stop.wait(min(_PAUSE, deadline.left))
        return persist(
            lambda: self._opener.open(route, deadline, through), deadline, stop=self._stop
        )

    def _keep(self, connection: Connection) -> Connection:
        connection.users = 1
        with self._lock:
            self._held.setdefault(connection.route, []).append(connection)
            closed = self._stop.is_set()
            if self._pulse is None and not closed:
                self._pulse = threading.Thread(
                    target=self._beat, name="stanch-ssh-pulse", daemon=True
                )
                self._pulse.start()
        if closed:
            self.drop(connection)
            raise TargetUnreachableError("The client of the hosts was closed.")
        return connection

    def _make_room(self) -> None:
        """End the connection that has been idle for the longest, if there are too many."""
        with self._lock:
            every = [one for held in self._held.values() for one in held]
            if len(every) < self._most:
                return
            idle = sorted((one for one in every if one.idle), key=lambda one: one.used)
        if not idle:
            raise TargetUnreachableError(
                f"{len(every)} SSH connections are in use, which is the most that may be. Raise "
                "most_connections under [ssh], or ask fewer hosts at once."
            )
        self.drop(idle[0])

    def _beat(self) -> None:
        """Ask every peer for a sign of life, and end those that gave none since the last."""
        while not self._stop.wait(self._keepalive):
            with self._lock:
                every = [one for held in self._held.values() for one in held]
            for one in every:
                self._ask(one)

    def _ask(self, one: Connection) -> None:
        silent = one.asked and not one.transport.answered.is_set()
        with self._lock:
            forgotten = one.idle and time.monotonic() - one.used > _IDLE_SECONDS
        if silent or forgotten or not one.alive:
            self.drop(one)
            return
        with contextlib.suppress(Exception):
            one.transport.ask_alive()
            one.asked = True

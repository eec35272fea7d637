"""A link: one connection to a database, of which each wait has an end.

psycopg waits for the server in one place, and a link looks there at the operation's
deadline, at a stop from outside, and at how many bytes have come. The server's own timeouts
end what is slow; these end what does not answer, or answers without end.
"""

import contextlib
import os
import select
import socket
import sys
import threading
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from typing_extensions import override

from stanch.tools.clients.patience import Deadline

Result = TypeVar("Result")

_GLANCE = 0.05
"""Seconds after which a wait looks whether it has to end."""
_BYTES_RECEIVED = slice(128, 136)
"""Where Linux's tcp_info keeps the bytes that were received."""
_LET_GO = 2.0
"""Seconds that a server has to take notice of a cancellation."""


class CutOffError(Exception):
    """A wait was ended from this side; the link is good for nothing until it has calmed down."""


class OutOfTimeError(CutOffError):
    """The operation's time was up."""


class StoppedError(CutOffError):
    """The client was closed in the middle."""


class TooLargeError(CutOffError):
    """More bytes came than an answer may have."""


class Link(psycopg.Connection[tuple[Any, ...]]):
    """One connection; at work for one operation at a time, from `bind` to `unbind`."""

    def __init__(self, pgconn: Any, row_factory: Any = psycopg.rows.tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self.stop = threading.Event()
        self.idle_since = 0.0
        self.version = 0
        """The server's version as a number: 180006."""
        self.search_path = ""
        """Where names without a schema are looked for, as the login has it."""
        self._deadline: Deadline | None = None
        self._most: int | None = None

    def bind(self, deadline: Deadline, most: int) -> None:
        """Work until `deadline` from now on, and take at most `most` more bytes, if counted."""
        self._deadline = deadline
        received = self._received()
        self._most = None if received is None else received + most

    def unbind(self) -> None:
        """Work for no operation from now on."""
        self._deadline = self._most = None

    def look_around(self) -> None:
        """Return if there is time left for something to be sent.

        Raises:
            CutOffError: there is none, or the client was closed.
        """
        self._check()

    @override
    def wait(self, gen: Any, interval: float = _GLANCE, timeout: float | None = None) -> Any:
        return super().wait(self._watched(gen), _GLANCE, timeout)

    @property
    def alive(self) -> bool:
        """Whether the server seems to be there still; asks nothing of it."""
        if self.closed or self.pgconn.status != pq.ConnStatus.OK:
            return False
        try:
            # Between two operations only the end of the session, or a notice, can arrive.
            readable, _, _ = select.select([self.pgconn.socket], [], [], 0)
            if readable:
                self.pgconn.consume_input()
        except (psycopg.Error, OSError, ValueError):
            return False
        return self.pgconn.status == pq.ConnStatus.OK

    def calm_down(self) -> bool:
        """Have the server leave what it does, and say whether the link is of use again."""
        self.unbind()
        if self.closed:
            return False
        with contextlib.suppress(psycopg.Error):
            self.cancel_safe(timeout=_LET_GO)
        end = Deadline(_LET_GO)
        while not end.passed and self.pgconn.status == pq.ConnStatus.OK:
            try:
                if self._drained():
                    if self.pgconn.transaction_status == pq.TransactionStatus.IDLE:
                        return True
                    self.pgconn.send_query(b"ROLLBACK")
                    self.pgconn.flush()
                select.select([self.pgconn.socket], [], [], min(_GLANCE, end.left))
            except (psycopg.Error, OSError, ValueError):
                break
        return False

    def _drained(self) -> bool:
        self.pgconn.consume_input()
        while not self.pgconn.is_busy():
            if self.pgconn.get_result() is None:
                return True
        return False

    def _watched(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        """Pass `gen` through, looking before each step whether the wait has to end."""
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                self._check()
                wanted = gen.send(ready)
        except StopIteration as done:
            result: Result = done.value
            return result

    def _check(self) -> None:
        if self.stop.is_set():
            raise StoppedError
        if self._deadline is not None and self._deadline.passed:
            raise OutOfTimeError
        if self._most is not None:
            received = self._received()
            if received is not None and received > self._most:
                raise TooLargeError

    def _received(self) -> int | None:
        """Return the bytes that came since the connection was made; None where nobody counts."""
        if sys.platform != "linux":
            return None
        try:
            with socket.socket(fileno=os.dup(self.pgconn.socket)) as same:
                told = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        except (OSError, psycopg.Error):
            return None
        count = told[_BYTES_RECEIVED]
        return int.from_bytes(count, sys.byteorder) if len(count) == 8 else None


def handshake(conninfo: str, deadline: Deadline, stop: threading.Event) -> Link:
    """Return a link to the server that `conninfo` names, by one address.

    Raises:
        psycopg.OperationalError: the server, or the network, said no.
        CutOffError: there was no answer in time, or the client was closed.
    """
    pgconn = pq.PGconn.connect_start(conninfo.encode())
    try:
        while (status := _carried_on(pgconn)) != pq.PollingStatus.OK:
            _await(pgconn.socket, status, deadline)
            if stop.is_set():
                raise StoppedError  # noqa: TRY301 - the connection is ended for every reason
            if deadline.passed:
                raise OutOfTimeError  # noqa: TRY301 - as above
    except BaseException:
        pgconn.finish()
        raise
    pgconn.nonblocking = 1
    link = Link(pgconn)
    link.stop = stop
    return link


def _carried_on(pgconn: Any) -> int:
    """Carry a login on by one step, and return what it waits for.

    Raises:
        psycopg.OperationalError: the server, or the network, said no.
    """
    status: int = pgconn.connect_poll()
    if status == pq.PollingStatus.FAILED or pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message("UTF-8"))
    return status


def _await(fileno: int, status: int, deadline: Deadline) -> None:
    """Wait until the connection can be carried on, or it is time to look around."""
    poll = select.poll()
    poll.register(fileno, select.POLLIN if status == pq.PollingStatus.READING else select.POLLOUT)
    poll.poll(min(_GLANCE, deadline.left) * 1000)

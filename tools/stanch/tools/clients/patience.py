"""How long a client waits in all, and what it asks for a second time.

A deadline covers a whole operation, however many requests, threads and trickling bytes
it is made of. Whether something may be asked again is the caller's knowledge: only a
`PassingError` is.
"""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from stanch.tools.errors import TargetUnreachableError, ToolError

Result = TypeVar("Result")

_ATTEMPTS = 5


class NoAnswerError(TargetUnreachableError):
    """A request that changes nothing was sent, and no whole answer came."""


class PassingError(Exception):
    """An attempt failed in a way that may pass, and it may safely be made again.

    `error` is what to raise when there is no time for another attempt; `pause` the
    seconds that the target asked for, None when it asked for nothing.
    """

    def __init__(self, error: ToolError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class Deadline:
    """The end of one operation: sockets that are still in use then are cut off.

    Socket timeouts bound only the wait for the next byte, and a target that sends one
    byte in a while would hold an operation forever.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._timer: threading.Timer | None = None

    @property
    def spent(self) -> float:
        """Seconds since the operation began."""
        return time.monotonic() - self._begin

    @property
    def left(self) -> float:
        """Seconds until the end; never below a millisecond, so that it can be a timeout."""
        return max(self.seconds - self.spent, 0.001)

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        # A socket's own timeout may fire a moment before the end that it was set to.
        return self.spent >= self.seconds - 0.01

    def watch(self, connection: socket.socket) -> None:
        """Cut `connection` off at the end, unless it is let go before."""
        with self._lock:
            self._sockets.add(connection)
            if self._timer is None:
                self._timer = threading.Timer(self.left, self._cut)
                self._timer.daemon = True
                self._timer.start()

    def let_go(self, connection: socket.socket) -> None:
        """Leave `connection` alone from now on: it may serve another operation."""
        with self._lock:
            self._sockets.discard(connection)

    def _cut(self) -> None:
        with self._lock:
            for connection in self._sockets:
                # The base class's shutdown: that of an SSL socket would drop the TLS
                # state under the feet of the thread that is reading.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
            self._sockets.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()


def persist(attempt: Callable[[], Result], deadline: Deadline, *, stop: threading.Event) -> Result:
    """Return what `attempt` returns, making it again while it fails in passing.

    Between attempts it waits as long as the target asked, or a little longer each time.
    It gives up when the wait would outlast the deadline, after a few attempts, and at
    once when `stop` is set.

    Raises:
        ToolError: the `error` of the last `PassingError`.
    """
    import tenacity  # noqa: PLC0415 - the package costs start-up time, and most commands ask nothing

    back_off = tenacity.wait_random_exponential(multiplier=0.1, max=2.0)

    def pause(state: tenacity.RetryCallState) -> float:
        error = _failure(state)
        return back_off(state) if error.pause is None else error.pause

    def hopeless(state: tenacity.RetryCallState) -> bool:
        wait = max(state.upcoming_sleep, _failure(state).pause or 0.0)
        return state.attempt_number >= _ATTEMPTS or wait >= deadline.left or stop.is_set()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(PassingError),
        wait=pause,
        stop=hopeless,
        sleep=tenacity.sleep_using_event(stop),
        reraise=True,
    )
    try:
        return retrying(attempt)
    except PassingError as passing:
        raise passing.error from passing.__cause__


def seconds_asked(header: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for; None when it names none.

    The form with a date is not read: it needs clocks that agree.
    """
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _failure(state: Any) -> PassingError:
    error: PassingError = state.outcome.exception()
    return error

"""One command on one connection: sent, read to its end or to the cap, and its status."""

import contextlib
import signal
import time
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.clients.ssh.connection import Connection
from stanch.tools.clients.ssh.dial import reason
from stanch.tools.clients.ssh.pool import Pool
from stanch.tools.clients.ssh.route import Route
from stanch.tools.clients.ssh.wire import Bell, library, request_exec
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError

_CHUNK = 64 * 1024
_WINDOW = 512 * 1024
_PROBE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left: its output, and how it ended."""

    stdout: bytes
    stderr: bytes
    status: int | None
    """The exit status, 128 and the number for a signal; None: it was cut off at the cap."""
    signal: str | None
    truncated: bool


def run(pool: Pool, route: Route, command: str, deadline: Deadline, *, size: int) -> Ran:
    """Run `command` on a host, and keep at most `size` bytes of what it prints.

    A connection that turns out dead before the command is sent is replaced by a new one.

    Raises:
        TargetUnreachableError: nothing was sent.
        NoAnswerError: it was sent, and no whole answer came in time.
        OperationRefusedError: the host does not run commands for this login.
    """
    for fresh in (False, True):
        with pool.lend(route, deadline, fresh=fresh) as (connection, new):
            channel = _channel(connection, deadline, new=new)
            if channel is None:
                pool.drop(connection, spare=True)
                continue
            try:
                return _exchange(channel, connection, command, deadline, size)
            finally:
                with contextlib.suppress(EOFError, OSError, library().SSHException):
                    channel.close()
    raise TargetUnreachableError(f"{route.name} lets in, and then opens no session.")


def _channel(connection: Connection, deadline: Deadline, *, new: bool) -> Any:
    """Return a session; None when the connection is dead or full and another may do."""
    paramiko = library()
    seconds = deadline.left if new else min(deadline.left, _PROBE_SECONDS)
    try:
        return connection.transport.open_session(window_size=_WINDOW, timeout=seconds)
    except (paramiko.SSHException, EOFError, OSError) as error:
        if new:
            raise TargetUnreachableError(
                f"{connection.route.words} opens no session: {error or type(error).__name__}."
            ) from error
        return None


def _exchange(
    channel: Any, connection: Connection, command: str, deadline: Deadline, size: int
) -> Ran:
    bell = Bell()
    channel.in_buffer.set_event(bell)
    channel.in_stderr_buffer.set_event(bell)
    name = connection.route.name
    try:
        accepted = request_exec(channel, command.encode("utf-8", "surrogateescape"), deadline.left)
    except (library().SSHException, EOFError, OSError) as error:
        # Some of it may have left.
        raise NoAnswerError(f"{name} broke off while it was asked: {reason(error)}.") from error
    if accepted is None:
        raise _late(name, deadline)
    if not accepted:
        if connection.alive and getattr(channel, "refused", False):
            raise OperationRefusedError(f"{connection.route.words} may run no commands.")
        raise NoAnswerError(f"{name} broke off before it answered.")
    streams = (bytearray(), bytearray())
    whole = _read(channel, streams, bell, deadline, size)
    if whole is None:
        raise _late(name, deadline)
    if not whole:
        return _ran(streams, None, None, truncated=True)
    if not channel.status_event.wait(deadline.left):
        raise _late(name, deadline)
    ended_by = getattr(channel, "exit_signal", None)
    if channel.exit_status < 0 and ended_by is None:
        why = "" if connection.alive else ": the connection ended"
        raise NoAnswerError(f"{name} broke off without an exit status{why}.")
    status = channel.exit_status if ended_by is None else 128 + _number(ended_by)
    return _ran(streams, status, ended_by, truncated=False)


def _read(
    channel: Any,
    streams: tuple[bytearray, bytearray],
    bell: Bell,
    deadline: Deadline,
    size: int,
) -> bool | None:
    """Fill the streams. True: to the end; False: to the cap; None: the time was up."""
    out, err = streams
    end = time.monotonic() + deadline.left
    while True:
        # Whether it has ended is asked first: what came before the end is in the buffers.
        ended = channel.eof_received or channel.closed
        while channel.recv_ready() and len(out) + len(err) <= size:
            out += channel.recv(_CHUNK)
        while channel.recv_stderr_ready() and len(out) + len(err) <= size:
            err += channel.recv_stderr(_CHUNK)
        over = len(out) + len(err) - size
        if over > 0:
            longer = out if len(out) >= over else err
            del longer[len(longer) - over :]
            return False
        if ended:
            return True
        left = end - time.monotonic()
        if left <= 0:
            return None
        bell.wait(left)


def _ran(
    streams: tuple[bytearray, bytearray],
    status: int | None,
    ended_by: str | None,
    *,
    truncated: bool,
) -> Ran:
    return Ran(
        stdout=bytes(streams[0]),
        stderr=bytes(streams[1]),
        status=status,
        signal=ended_by,
        truncated=truncated,
    )


def _late(name: str, deadline: Deadline) -> NoAnswerError:
    return NoAnswerError(f"{name} gave no whole answer within {deadline.seconds:.3g} s.")


def _number(name: str) -> int:
    found = signal.Signals.__members__.get(f"SIG{name}")
    return 0 if found is None else int(found)

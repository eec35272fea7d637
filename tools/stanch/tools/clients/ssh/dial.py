"""The line to a host: a socket that sends each small message at once, or another host's channel."""

import contextlib
import ipaddress
import socket
import threading
import time
from typing import Any

from stanch.tools.clients.ssh.route import Route
from stanch.tools.clients.ssh.wire import library
from stanch.tools.errors import TargetUnreachableError


def dial(route: Route, seconds: float) -> socket.socket:
    """Return a socket to a host.

    Raises:
        TargetUnreachableError: there is none, or nobody listens there.
    """
    where = f"{route.name} ({route.address}:{route.port})"
    end = time.monotonic() + seconds
    last: OSError | None = None
    for family, kind, protocol, _, address in _resolved(route, seconds):
        left = end - time.monotonic()
        if left <= 0:
            break
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(left)
            line.connect(address)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            line.close()
            last = error
        else:
            return line
    if last is None or isinstance(last, TimeoutError):
        raise TargetUnreachableError(
            f"{where} cannot be reached: no connection within {seconds:.3g} s."
        ) from last
    raise TargetUnreachableError(f"{where} cannot be reached: {reason(last)}.") from last


def _resolved(route: Route, seconds: float) -> list[Any]:
    """Return the addresses of a host; the system's search for a name has no end of its own."""
    try:
        ipaddress.ip_address(route.address)
    except ValueError:
        pass
    else:
        return list(
            socket.getaddrinfo(
                route.address, route.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        )
    found: list[Any] = []
    failed: list[OSError | UnicodeError] = []
    done = threading.Event()

    def search() -> None:
        try:
            found.extend(socket.getaddrinfo(route.address, route.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)
        done.set()

    threading.Thread(target=search, name="stanch-ssh-name", daemon=True).start()
    if not done.wait(seconds):
        raise TargetUnreachableError(
            f"The name {route.address} was not found within {seconds:.3g} s: no answer from DNS."
        )
    if failed:
        raise TargetUnreachableError(
            f"{route.name} cannot be found: {reason(failed[0])} ({route.address}). Give its "
            f"address under [hosts.{route.name}]."
        ) from failed[0]
    return found


class WayEndedError(TargetUnreachableError):
    """The connection that another one was to go through has ended, which nobody had noticed."""


def tunnel(route: Route, transport: Any, through: str, seconds: float) -> "Tunnel":
    """Return a line to a host through another one, whose connection is `transport`.

    Raises:
        WayEndedError: the connection to the host on the way has ended.
        TargetUnreachableError: the host on the way does not reach it.
    """
    try:
        channel = transport.open_channel(
            "direct-tcpip", (route.address, route.port), ("127.0.0.1", 0), timeout=seconds
        )
    except (library().SSHException, EOFError, OSError) as error:
        # What cannot even be sent is told so before the transport itself notices.
        ended = not isinstance(error, library().SSHException) or not transport.is_active()
        raise (WayEndedError if ended else TargetUnreachableError)(
            f"{route.name} cannot be reached through {through}: {reason(error)}."
        ) from error
    return Tunnel(channel)


class Tunnel:
    """A channel as the library wants a socket; one whose way has ended closes in silence."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self.settimeout = channel.settimeout
        self.recv = channel.recv
        self.send = channel.send

    @property
    def _closed(self) -> bool:
        return bool(self._channel.closed)

    def shutdown(self, how: int) -> None:
        """End both directions, and wake up whoever reads."""
        del how
        self.close()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(EOFError, OSError, library().SSHException):
            self._channel.close()


def cut(line: Any) -> None:
    """Shut a socket or a channel, so that a thread that reads from it wakes up."""
    with contextlib.suppress(Exception):
        line.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(Exception):
        line.close()


def reason(error: BaseException) -> str:
    """Return what an error says, without a full stop at its end."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (said or type(error).__name__).strip().rstrip(".")

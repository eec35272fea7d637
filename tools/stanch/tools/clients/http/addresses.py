"""Addresses: what a name stands for, asked once, and never one that gives out credentials.

The connection goes to the very address that was looked at, so that a name cannot stand for
one address when it is judged and for another when it is used.
"""

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TypeAlias

from stanch.tools.clients.patience import Deadline, PassingError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http_effects import unsafe_host

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a name, the best one first; OSError when there are none."""


def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host` as this machine finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(host: str, port: int, *, resolve: Resolve, deadline: Deadline) -> Sequence[str]:
    """Return the addresses to connect to, all of them harmless.

    Raises:
        PassingError: the name was not found, or not within the deadline.
        OperationRefusedError: it stands for an address that is never asked.
    """
    if reason := unsafe_host(f"[{host}]" if ":" in host else host):
        raise OperationRefusedError(f"No request is sent: {reason}.")
    found = _literal(host) or _resolved(host, port, resolve=resolve, deadline=deadline)
    for one in found:
        if reason := unsafe_host(f"[{one}]" if ":" in one else one):
            raise OperationRefusedError(f"No request is sent to {host}: {reason}.")
    return found


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()


def _resolved(host: str, port: int, *, resolve: Resolve, deadline: Deadline) -> Sequence[str]:
    answers: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's resolver knows no deadline, so somebody else waits for it.
    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left)
    except queue.Empty:
        why = f"no answer within {deadline.seconds:g} s"
        raise PassingError(_not_found(host, why)) from None
    if isinstance(found, UnicodeError):
        raise _not_found(host, "it is no name of a host")
    if isinstance(found, OSError):
        raise PassingError(_not_found(host, found.strerror or str(found))) from found
    if not found:
        raise PassingError(_not_found(host, "it has no address"))
    return found


def _not_found(host: str, why: str) -> TargetUnreachableError:
    return TargetUnreachableError(f"The name {host} is not found: {why}.")

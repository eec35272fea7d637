"""Connections of the official client that know whether a request was sent.

Whether a change may have run hangs on one fact that no exception of the HTTP library
tells for sure: did the first byte of the request leave? Imported at first use, because
it imports the HTTP library.
"""

import socket
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from stanch.tools.clients.patience import Deadline


@dataclass(slots=True)
class Sending:
    """One request on its way."""

    deadline: Deadline
    sent: bool = False
    connection: socket.socket | None = None

    def begin(self, connection: Any) -> None:
        """Note that from now on the request may have reached the target."""
        self.sent = True
        # A TLS tunnel inside TLS is no socket itself.
        self.connection = getattr(connection, "socket", connection)
        if self.connection is not None:
            self.deadline.watch(self.connection)

    def end(self) -> None:
        """Note that the answer is read, or given up."""
        if self.connection is not None:
            self.deadline.let_go(self.connection)


SENDING: ContextVar[Sending] = ContextVar("sending")


class _Connection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _begin(self)
        super().request(*args, **kwargs)


class _SecureConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _begin(self)
        super().request(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def listen(pools: urllib3.PoolManager) -> None:
    """Make `pools` open connections that note in `SENDING` when a request is sent."""
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _begin(connection: HTTPConnection) -> None:
    if connection.sock is None:
        connection.connect()
    SENDING.get().begin(connection.sock)

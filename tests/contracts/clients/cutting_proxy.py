"""A TCP proxy that cuts a connection when the first request passes through its TLS.

It sees only bytes: the request is what the client sends, beyond the few bytes that end
the handshake, after the server has first spoken.
"""

import contextlib
import socket
import threading
from typing import Literal

Cut = Literal["during", "after"]

_HANDSHAKE = 300
"""The client's last message of the handshake is below this size, a patch above it."""

_TICKETS = 1000
"""Session tickets, which a server may send at any time, are below this size; an object above."""


class CuttingProxy:
    """Passes the handshake; cuts in the middle of the request, or when the answer comes."""

    def __init__(self, behind: tuple[str, int], cut: Cut) -> None:
        self.requests = 0
        self._behind = behind
        self._cut = cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        # Wakes the thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            _Pair(self, client, socket.create_connection(self._behind), self._cut).start()


class _Pair:
    def __init__(
        self, proxy: CuttingProxy, client: socket.socket, server: socket.socket, cut: Cut
    ) -> None:
        self.proxy, self.client, self.server, self.cut = proxy, client, server, cut
        self.server_spoke = False
        self.requested = False
        self.since = 0
        self.answered = 0

    def start(self) -> None:
        for work in (self._up, self._down):
            thread = threading.Thread(target=work)
            self.proxy._threads.append(thread)
            thread.start()

    def _up(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.client.recv(65536):
                self.since += len(data) if self.server_spoke else 0
                if self.since > _HANDSHAKE and not self.requested:
                    self.requested = True
                    self.proxy.requests += 1
                    if self.cut == "during":
                        self.server.sendall(data[: len(data) // 2])
                        break
                self.server.sendall(data)
        if self.cut == "during" or not self.requested:
            self._end()

    def _down(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.server.recv(65536):
                self.server_spoke = True
                if not self.requested:
                    self.client.sendall(data)
                    continue
                self.answered += len(data)
                if self.answered > _TICKETS:
                    break
        self._end()

    def _end(self) -> None:
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

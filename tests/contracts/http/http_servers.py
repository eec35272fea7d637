"""Real servers on loopback for the HTTP client's contract: they answer in bytes, or misbehave."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from stanch.sandbox.web.authority import Authority, Issued

Rule = Callable[["Connection"], None]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def answer(
    body: bytes, status: str = "200 OK", *headers: str, kind: str = "application/json"
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection with the request that came over it."""

    def __init__(self, plain: socket.socket, stop: threading.Event) -> None:
        self._socket = plain
        self.stop = stop
        self.request = self._read()

    def _read(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            more = self._socket.recv(65536)
            if not more:
                return received
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            while name.lower() == b"content-length" and len(body) < int(value):
                body += self._socket.recv(65536)
        return head + b"\r\n\r\n" + body

    @property
    def line(self) -> str:
        return self.request.split(b"\r\n", 1)[0].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = self.request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def body(self) -> bytes:
        return self.request.partition(b"\r\n\r\n")[2]

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendall(data)

    def trickle(self, data: bytes, pause: float) -> None:
        for byte in data:
            self.send(bytes([byte]))
            if self.stop.wait(pause):
                return

    def reset(self) -> None:
        """End the connection the hard way."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def wait(self) -> None:
        """Say nothing until the test is over, or the client has gone."""
        self._socket.settimeout(0.02)
        while not self.stop.is_set():
            try:
                if not self._socket.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


class Server:
    """Answers each connection by `rule`, with TLS if it has a context."""

    def __init__(self, rule: Rule, context: ssl.SSLContext | None = None) -> None:
        self.rule = rule
        self.context = context
        self.seen: list[Connection] = []
        self.connections = 0
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(0.05)
        self._threads: list[threading.Thread] = [threading.Thread(target=self._run)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        return [one.line for one in self.seen]

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                plain, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            plain.settimeout(5)
            thread = threading.Thread(target=self._serve, args=(plain,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(plain)
            if self.context is not None:
                plain = stack.enter_context(self.context.wrap_socket(plain, server_side=True))
            connection = Connection(plain, self._stop)
            if connection.request:
                self.seen.append(connection)
                self.rule(connection)


def tls_context(issued: Issued, folder: Path) -> ssl.SSLContext:
    """Return the context of a server that shows `issued`."""
    certificate, key = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(issued.certificate)
    key.write_bytes(issued.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def write_ca(authority: Authority, folder: Path) -> Path:
    path = folder / "ca.crt"
    path.write_bytes(authority.pem)
    return path

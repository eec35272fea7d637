"""Sending: one HTTP request to one address, read as far as the cap, within the deadline.

The request goes to an address that was looked at before, and TLS checks the name that the
URL has. What was sent and what came back is known at every moment, because whether a
request may be made again depends on it.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stanch.tools.clients.http.certificates import chain_of
from stanch.tools.clients.http.servers import Server
from stanch.tools.clients.patience import Deadline

_CHUNK = 16 * 1024
_WATCHED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: `target` is the path with its query as the first line has it."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    """Whether the body had more bytes than are kept."""
    seconds: float
    """From the first try to connect to the last byte that is kept."""
    version: str
    chain: tuple[bytes, ...] = ()
    """The certificates that the server sent, its own first, in DER."""

    def header(self, name: str) -> str | None:
        """Return the value of a header; None when it was not sent."""
        return next((value for key, value in self.headers if key == name), None)


class NotSentError(Exception):
    """No connection: the request was not sent."""


class NotTrustedError(Exception):
    """The server's certificate was not accepted, so the request was not sent."""


class BrokenOffError(Exception):
    """The request was sent, at least in part, and no whole answer came.

    `silent` tells that not one byte of an answer had come, as far as anybody can tell.
    """

    def __init__(self, why: str, *, silent: bool) -> None:
        super().__init__(why)
        self.silent = silent


class Sockets:
    """The sockets in use, so that all of them can be cut off at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Any] = set()
        self.ended = False

    def add(self, connection: Any) -> None:
        """Take part in what `cut` ends; what comes after that is ended at once."""
        with self._lock:
            if not self.ended:
                self._open.add(connection)
                return
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def discard(self, connection: Any) -> None:
        """Leave `connection` alone from now on."""
        with self._lock:
            self._open.discard(connection)

    def cut(self) -> None:
        """End all of them under the hands of whoever reads."""
        with self._lock:
            self.ended = True
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
            self._open.clear()


@dataclass(slots=True)
class _Watch:
    """Follows one request on its way."""

    deadline: Deadline
    sockets: Sockets
    sent: bool = False
    answered: bool = False
    chain: tuple[bytes, ...] = ()
    _socket: Any = None
    """The socket in use now."""

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event in _WATCHED:
            # TLS replaces the socket, so the one that is watched is replaced too.
            self.end()
            self._socket = info["return_value"].get_extra_info("socket")
            self.deadline.watch(self._socket)
            self.sockets.add(self._socket)
            if isinstance(self._socket, ssl.SSLSocket):
                self.chain = chain_of(self._socket)
        elif event == "http11.send_request_headers.started":
            # From here on nobody knows what has left, so it is looked at the clock before.
            if self.deadline.passed or self.sockets.ended:
                raise NotSentError(self.late)
            self.sent = True
        elif event == "http11.receive_response_headers.complete":
            self.answered = True

    @property
    def late(self) -> str:
        """Why nothing is sent any more."""
        if self.sockets.ended:
            return "the client was closed"
        return f"no connection within {self.deadline.seconds:g} s"

    def end(self) -> None:
        if self._socket is not None:
            self.deadline.let_go(self._socket)
            self.sockets.discard(self._socket)
            self._socket = None


def exchange(
    message: Message,
    server: Server,
    address: str,
    *,
    trust: ssl.SSLContext | None,
    deadline: Deadline,
    sockets: Sockets,
    most: int,
) -> Answer:
    """Send `message` to `server` at `address`, and return its answer.

    At most `most` bytes of its body are kept, and hardly more are read.

    Raises:
        NotSentError, NotTrustedError, BrokenOffError: there is no whole answer.
    """
    import httpx2  # noqa: PLC0415 - the package costs start-up time

    begin = deadline.spent
    watch = _Watch(deadline, sockets)
    at = f"[{address}]" if ":" in address else address
    url = httpx2.URL(f"{server.scheme}://{at}:{server.connect_port}")
    try:
        with (
            _client(trust) as client,
            client.stream(
                message.method,
                url.copy_with(raw_path=message.target.encode("ascii")),
                headers={"host": server.authority, **message.headers},
                content=message.body,
                timeout=deadline.left,
                extensions={"trace": watch, "sni_hostname": server.host},
            ) as response,
        ):
            body, truncated = _read(response.iter_bytes(_CHUNK), most)
            return Answer(
                status=response.status_code,
                headers=tuple(
                    (name.lower(), text) for name, text in response.headers.multi_items()
                ),
                body=body,
                truncated=truncated,
                seconds=deadline.spent - begin,
                version=response.http_version,
                chain=watch.chain,
            )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _told(error, watch, deadline) from error
    finally:
        watch.end()


def _client(trust: ssl.SSLContext | None) -> Any:
    import httpx2  # noqa: PLC0415 - as above

    # Neither proxies nor certificates of the environment: the settings say where to go. No
    # connection is kept: one that died idle would look like a lost answer.
    transport = httpx2.HTTPTransport(
        verify=trust if trust is not None else False,
        trust_env=False,
        limits=httpx2.Limits(max_connections=1, max_keepalive_connections=0),
    )
    return httpx2.Client(transport=transport, trust_env=False, follow_redirects=False)


def _read(chunks: Iterator[bytes], most: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            return bytes(body[:most]), True
    return bytes(body), False


def _told(error: Exception, watch: _Watch, deadline: Deadline) -> Exception:
    """Return what an error of the library means for whoever may send the request again."""
    import httpx2  # noqa: PLC0415 - as above

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotTrustedError(cause.verify_message or "it is not accepted")
        cause = cause.__cause__ or cause.__context__
    if deadline.passed:
        wanted = "whole answer" if watch.sent else "connection"
        why = f"no {wanted} within {deadline.seconds:g} s"
    elif isinstance(error, httpx2.DecodingError):
        why = "what it sent is not compressed as it says"
    else:
        why = str(error) or type(error).__name__
    if watch.sent:
        return BrokenOffError(why, silent=not watch.answered)
    return NotSentError(why)

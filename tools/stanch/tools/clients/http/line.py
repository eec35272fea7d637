"""The line to servers: every request of the client goes through here, with its deadline.

What only reads is sent again while nothing of an answer has come; what changes something is
sent at most once.
"""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from stanch.settings.targets import Targets
from stanch.tools.clients.http.addresses import Resolve, addresses
from stanch.tools.clients.http.certificates import Trust, peek
from stanch.tools.clients.http.sending import (
    Answer,
    BrokenOffError,
    Message,
    NotSentError,
    NotTrustedError,
    Sockets,
    exchange,
)
from stanch.tools.clients.http.servers import Server, credential_header
from stanch.tools.clients.patience import Deadline, NoAnswerError, PassingError, persist
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.outcome import Limits

_REPEATABLE = frozenset({"GET", "HEAD"})
_HEADERS: Mapping[str, str] = {
    "accept": "*/*",
    "user-agent": "stanch",
    # Only what is taken apart in small pieces, so that a bomb is noticed before it is large.
    "accept-encoding": "gzip, deflate",
    "connection": "close",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A server whose certificate was not accepted: why, and what it showed (DER)."""

    why: str
    chain: tuple[bytes, ...]
    seconds: float


class Line:
    """Sends requests to servers; may be shared by many threads."""

    def __init__(self, *, targets: Targets, limits: Limits, resolve: Resolve) -> None:
        self._targets = targets
        self._limits = limits
        self._resolve = resolve
        self._trust = Trust()
        self._sockets = Sockets()
        self._stop = threading.Event()

    def close(self) -> None:
        """Cut off what is under way, and send nothing any more."""
        self._stop.set()
        self._sockets.cut()

    def read(
        self, message: Message, server: Server, *, named: str | None, deadline: Deadline
    ) -> Answer | Refused:
        """Send a request that only reads, and return what came back.

        Raises:
            TargetUnreachableError: there is no whole answer.
            OperationRefusedError: it is not sent to this server.
        """

        def attempt() -> Answer | Refused:
            try:
                return self._once(message, server, named=named, deadline=deadline)
            except BrokenOffError as broken:
                error = NoAnswerError(f"{server.title} broke off: {broken}.")
                again = message.method in _REPEATABLE and broken.silent and not deadline.passed
                raise PassingError(error) if again else error from broken

        return persist(attempt, deadline, stop=self._stop)

    def change(self, message: Message, server: Server, *, deadline: Deadline) -> Answer:
        """Send a request that changes something, once.

        Raises:
            TargetUnreachableError: it was not sent.
            OutcomeUnknownError: it was sent, and no whole answer came.
        """
        try:
            answer = self._once(message, server, named=None, deadline=deadline)
        except PassingError as passing:
            raise passing.error from passing.__cause__
        except BrokenOffError as broken:
            raise OutcomeUnknownError(
                f"{server.title} was sent {message.method} {message.target}, and {broken}."
            ) from broken
        if isinstance(answer, Refused):
            raise untrusted(server, answer)
        return answer

    def _once(
        self, message: Message, server: Server, *, named: str | None, deadline: Deadline
    ) -> Answer | Refused:
        """Send the request to the first address of the server that can be connected to."""
        if self._stop.is_set():
            raise TargetUnreachableError("The client was closed; nothing was sent.")
        credential, _ = credential_header(self._targets, server, named)
        found = addresses(
            server.connect_host, server.connect_port, resolve=self._resolve, deadline=deadline
        )
        trust = self._trust.context(server.ca) if server.scheme == "https" else None
        headers = merged(_HEADERS, message.headers, credential)
        if credential and headers.get("host", server.authority).lower() != server.authority:
            raise OperationRefusedError(
                f"No credential is sent to {server.title} under the name {headers['host']}: behind "
                "that name may be another server. Leave out the Host header."
            )
        whole = Message(
            method=message.method, target=message.target, headers=headers, body=message.body
        )
        why = "it has no address"
        for address in found:
            try:
                return self._at(whole, server, address, trust=trust, deadline=deadline)
            except NotSentError as error:
                why = str(error)
        raise PassingError(TargetUnreachableError(f"{server.title} cannot be reached: {why}."))

    def _at(
        self,
        message: Message,
        server: Server,
        address: str,
        *,
        trust: ssl.SSLContext | None,
        deadline: Deadline,
    ) -> Answer | Refused:
        begin = deadline.spent
        try:
            return exchange(
                message,
                server,
                address,
                trust=trust,
                deadline=deadline,
                sockets=self._sockets,
                most=self._limits.bytes,
            )
        except NotTrustedError as error:
            # The time of the refusal, not of the second look.
            seconds = deadline.spent - begin
            shown = peek(address, server.connect_port, name=server.host, deadline=deadline)
            return Refused(str(error), shown, seconds)


def untrusted(server: Server, refused: Refused) -> ToolError:
    """Return the error for a request that was not sent because of a certificate."""
    return TargetUnreachableError(
        f"The certificate of {server.title} is not accepted: {refused.why}. Nothing was sent."
    )


def merged(*all_headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers under their names in lower case, the later ones before the earlier."""
    return {name.lower(): value for headers in all_headers for name, value in headers.items()}

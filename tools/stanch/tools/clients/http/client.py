"""The client of HTTP servers: typed probes, flags and weights.

A probe's answer is whatever the server said, in its own status: 429 and 503 are findings,
and so is a certificate that is not accepted. Only what could not be asked is an error.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import ValidationError

from stanch.settings.targets import Targets
from stanch.tools.clients.cap import Cap
from stanch.tools.clients.http import acts, call_state
from stanch.tools.clients.http.addresses import Resolve, look_up
from stanch.tools.clients.http.line import Line, Refused
from stanch.tools.clients.http.reading import data_of, refused_data, said
from stanch.tools.clients.http.sending import Answer, Message
from stanch.tools.clients.http.servers import Server, credential_header, server_of
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.http import HttpRead
from stanch.tools.operations.http_acts import HttpAct
from stanch.tools.operations.http_calls import LookAtCall, MakeCall
from stanch.tools.operations.http_text import path_and_query
from stanch.tools.outcome import DryRun, Limits, Outcome

_CHANGED = frozenset({"unleash", "launchdarkly", "load-balancer"})
_MOST_REDIRECTS = 5
_NO_SUCH_METHOD = frozenset({405, 501})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_Change = HttpAct | MakeCall


class HttpClient:
    """Asks and changes HTTP servers; may be shared by many threads, and opens nothing early.

    `resolve` returns the addresses of a name, by the system's resolver unless told otherwise.
    """

    def __init__(
        self,
        *,
        targets: Targets,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
        resolve: Resolve = look_up,
    ) -> None:
        self._targets = targets
        self._limits = limits
        self._line = Line(targets=targets, limits=limits, resolve=resolve)

    def observe(self, operation: HttpRead) -> Outcome:
        """Return what the server answers, or why its certificate is not accepted.

        `insecure` has no say here: a certificate that is not accepted is read and told, and
        nothing is sent past it. A server that does not know HEAD is asked by GET, and what
        it has to say is left out (DF-17).

        Raises:
            TargetUnreachableError: it could not be reached, or gave no whole answer.
            OperationRefusedError: it is not asked, or points to another server.
        """
        if isinstance(operation, LookAtCall):
            with Deadline(self._limits.seconds) as deadline:
                return call_state.look(operation, self._line, self._targets, deadline)
        server = server_of(self._targets, operation)
        _, secrets = credential_header(self._targets, server, operation.credential)
        with Deadline(self._limits.seconds) as deadline:
            answer = self._ask(operation, server, deadline)
            instead = _instead_of_head(operation, answer)
            if instead is not None:
                answer = _without_body(self._ask(instead, server, deadline))
            cap = Cap(self._limits.bytes)
            if isinstance(answer, Refused):
                data = refused_data(answer)
            else:
                data = data_of(answer, secrets=secrets, cap=cap)
            data |= _of_settings(self._targets, server)
            text = said(data) + (" (asked by GET: HEAD is not known there)" if instead else "")
            return Outcome(data=data, text=text, duration=deadline.spent, truncated=cap.truncated)

    def look(self, change: _Change) -> dict[str, Any]:
        """Return the facts that a precondition compares; {"missing": True} when it is gone.

        Raises:
            ToolError: it could not be looked at.
        """
        with Deadline(self._limits.seconds) as deadline:
            return acts.look(change, self._line, self._targets, deadline)

    def preview(self, change: _Change, *, key: str) -> DryRun:
        """Return what the change would do; no server of this kind can try it."""
        del key
        with Deadline(self._limits.seconds) as deadline:
            return acts.preview(change, self._line, self._targets, deadline)

    def apply(self, change: _Change, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the change if the target is as observed.

        Raises:
            PreconditionFailedError: the target is not as observed; nothing was changed.
            TargetUnreachableError: nothing was sent.
            OutcomeUnknownError: it was sent, and no answer came; it is never sent again.
        """
        with Deadline(self._limits.seconds) as deadline:
            return acts.apply(
                change, self._line, self._targets, deadline, key=key, observed=observed
            )

    def probe(self, change: _Change, *, key: str) -> bool | None:
        """Say whether the target is as the change leaves it; None when it is gone.

        These servers keep no mark of who changed something, so that the state has to speak.
        """
        del key
        with Deadline(self._limits.seconds) as deadline:
            return acts.probe(change, self._line, self._targets, deadline)

    def close(self) -> None:
        """Cut off what is under way."""
        self._line.close()

    def _ask(self, operation: HttpRead, server: Server, deadline: Deadline) -> Answer | Refused:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._line.read(
                _message(operation, server), server, named=operation.credential, deadline=deadline
            )
            if (
                isinstance(answer, Refused)
                or not operation.follow
                or answer.status not in _REDIRECTS
                or not answer.header("location")
            ):
                return answer
            operation = self._next(operation, server, answer)
        raise OperationRefusedError(
            f"{server.title} points from one address to the next more than {_MOST_REDIRECTS} times."
        )

    def _next(self, operation: HttpRead, server: Server, answer: Answer) -> HttpRead:
        """Return the request to the place that an answer points to, if it may be asked."""
        here = f"{server.scheme}://{server.authority}{_path(operation, server)}"
        where = answer.header("location") or ""
        try:
            parts = urlsplit(urljoin(here, where))
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError as error:
            raise OperationRefusedError(f"{server.title} points to no address.") from error
        there = (parts.scheme, (parts.hostname or "").rstrip("."), port)
        if there != server.origin or not f"{parts.path}/".startswith(f"{server.base}/"):
            raise OperationRefusedError(
                f"{server.title} points to {parts.scheme}://{parts.netloc.rpartition('@')[2]}, "
                "which is not the same endpoint; it is not followed."
            )
        whole = parts.path or "/"
        path = whole.removeprefix(server.base) if operation.endpoint is not None else whole
        # What the answer asks for is judged anew: it could be an order, or hold a credential.
        fields = {
            **operation.model_dump(),
            "method": "HEAD" if operation.method == "HEAD" else "GET",
            "path": path,
            "query": tuple(parse_qsl(parts.query, keep_blank_values=True)),
            "body": None,
        }
        try:
            return HttpRead.model_validate(fields)
        except ValidationError as error:
            why = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise OperationRefusedError(
                f"{server.title} points to a place that is not asked: {why}."
            ) from error


def _instead_of_head(operation: HttpRead, answer: Answer | Refused) -> HttpRead | None:
    """Return the GET for a HEAD that the server does not know; None where there is no need."""
    if operation.method != "HEAD" or isinstance(answer, Refused):
        return None
    if answer.status not in _NO_SUCH_METHOD:
        return None
    try:
        return HttpRead.model_validate({**operation.model_dump(), "method": "GET"})
    except ValidationError:
        # By GET it would be no read; then the refusal of the HEAD is the answer.
        return None


def _without_body(answer: Answer | Refused) -> Answer | Refused:
    """Return the answer as one to HEAD: status, headers and time."""
    return answer if isinstance(answer, Refused) else replace(answer, body=b"", truncated=False)


def _of_settings(targets: Targets, server: Server) -> dict[str, Any]:
    """Return {"endpoint": {...}}: what the settings say of a server that may be changed."""
    settings = targets.endpoints.get(server.endpoint or "")
    if settings is None or settings.kind not in _CHANGED:
        return {}
    switches = {name: one.model_dump() for name, one in settings.kill_switches.items()}
    return {
        "endpoint": {
            "name": server.endpoint,
            "kind": settings.kind,
            "evaluated_by": settings.evaluated_by,
            "kill_switches": switches,
        }
    }


def _path(operation: HttpRead, server: Server) -> str:
    # The path of a URL is whole; that of an endpoint stands behind the endpoint's own.
    return server.base + operation.path if operation.endpoint is not None else operation.path


def _message(operation: HttpRead, server: Server) -> Message:
    return Message(
        method=operation.method,
        target=path_and_query(_path(operation, server), operation.query),
        headers=dict(operation.headers),
        body=operation.body.encode() if operation.body is not None else None,
    )

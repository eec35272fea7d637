"""The way into one cluster as one identity, through the official client.

Only its plain requests are used: raw JSON is what operations promise, and its modelled
APIs take twice as long to import.
"""

import ssl
import threading
from collections import deque
from pathlib import Path
from typing import Any

from stanch.tools.clients.kubernetes.identity import configuration
from stanch.tools.clients.kubernetes.requests import Answer, Request
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import TargetUnreachableError

_CHUNK = 64 * 1024


class NotSentError(Exception):
    """The request never left."""


class LostError(Exception):
    """The request may have arrived, and no whole answer came."""


class TooLargeError(Exception):
    """The answer is larger than anybody wants to read."""


class Door:
    """Sends requests as one identity; opened by the first of them, and used by many threads."""

    def __init__(self, kubeconfig: Path | None, context: str | None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._lock = threading.Lock()
        self._api: Any = None

    @property
    def who(self) -> str:
        """The identity, for a sentence."""
        return f"context '{self._context}'" if self._context else "the current context"

    def send(self, request: Request, deadline: Deadline) -> Answer:
        """Send `request` once and return the answer, whatever its status.

        Raises:
            TargetUnreachableError: the kubeconfig cannot be used.
            NotSentError: the server could not be reached.
            LostError: the connection broke, or the time was up, after the request was sent.
            TooLargeError: the answer is over the request's limit.
        """
        api, url, headers = self._prepared(request)
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - imported by now
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

        from stanch.tools.clients.kubernetes.wire import SENDING, Sending  # noqa: PLC0415 - as above

        sending = Sending(deadline)
        token = SENDING.set(sending)
        try:
            response = api.call_api(
                request.method,
                url,
                header_params=headers,
                body=request.body,
                _request_timeout=deadline.left,
            ).response
            body, cut = _read(response, request)
        except (ApiException, HTTPError, OSError) as error:
            words = _words(error, deadline)
            if sending.sent:
                raise LostError(words) from error
            raise NotSentError(f"{api.configuration.host}: {words}") from error
        finally:
            sending.end()
            SENDING.reset(token)
        return Answer(status=response.status, headers=response.headers, body=body, cut=cut)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._api is not None:
                self._api.close()
                self._api = None

    def _prepared(self, request: Request) -> tuple[Any, str, dict[str, str]]:
        # Under the lock also because a credential plugin may run here to renew a token,
        # and it should run once, not in every thread.
        with self._lock:
            if self._api is None:
                self._api = self._open()
            from kubernetes.config import ConfigException  # noqa: PLC0415 - imported by now

            try:
                _, url, headers, *_ = self._api.param_serialize(
                    request.method,
                    request.path,
                    query_params=dict(request.query),
                    header_params=request.headers,
                    auth_settings=["BearerToken"],
                )
            except ConfigException as error:
                raise TargetUnreachableError(
                    f"The credential of {self.who} cannot be renewed: {error}. Log in again."
                ) from None
            return self._api, url, headers

    def _open(self) -> Any:
        settings = configuration(self._kubeconfig, self._context)
        from kubernetes.client import ApiClient  # noqa: PLC0415 - importing it takes most of a second

        from stanch.tools.clients.kubernetes.wire import listen  # noqa: PLC0415 - as above

        api = ApiClient(settings)
        api.user_agent = "stanch"
        listen(api.rest_client.pool_manager)
        return api


def _read(response: Any, request: Request) -> tuple[bytes, bool]:
    """Return the body, or the end of it; a connection is reused only after a whole body."""
    kept: deque[bytes] = deque()
    size, cut = 0, False
    while chunk := response.read1(_CHUNK):
        kept.append(chunk)
        size += len(chunk)
        if size <= request.most:
            continue
        if request.keep == "all":
            response.close()
            raise TooLargeError
        cut = True
        while size - len(kept[0]) > request.most:
            size -= len(kept.popleft())
    response.release_conn()
    return b"".join(kept)[-request.most :], cut


def _words(error: BaseException, deadline: Deadline) -> str:
    """Return the innermost reason: the library wraps it several times."""
    if deadline.passed:
        return f"no answer within {deadline.seconds:g} s"
    words, inner = str(error), error.__cause__ or error.__context__
    for cause in error.args:
        if isinstance(cause, BaseException):
            inner = inner or cause
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({inner.verify_message})"
        if isinstance(inner, OSError) and inner.strerror:
            words = inner.strerror
        inner = inner.__cause__ or inner.__context__
    return words

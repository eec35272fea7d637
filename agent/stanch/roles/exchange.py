"""One question and one answer over HTTP: the only code that imports the `openai` package.

The package's own retries, redirects and environment variables for key and address are not
used: attempts are counted in stanch.roles.model, and a prompt goes to no other address.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from stanch.roles.deadline import within
from stanch.roles.dialect import Dialect
from stanch.roles.endpoint import Endpoint
from stanch.roles.errors import (
    ModelAccessError,
    ModelAnswerError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from stanch.roles.plain import clipped, shown

MAX_BODY = 1_000_000
"""Bytes of an answer; a longer one is refused unread."""

_NO_KEY = "none"
"""What is sent to a server that wants no key; the SDK insists on one."""

_BUSY = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sent: the messages, the shape of the answer, and its longest size."""

    messages: list[dict[str, str]]
    schema: dict[str, Any]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """The way to one endpoint and back."""

    endpoint: Endpoint

    def send(self, question: Question, dialect: Dialect, *, seconds: float) -> str:
        """Send `question` once and return the body of the answer, without the key.

        Raises:
            ModelError: no whole answer came; its class says whether to ask again.
        """
        ends = time.monotonic() + seconds
        try:
            body = within(seconds, lambda: self._post(question, dialect, ends))
        except TimeoutError as error:
            raise ModelTimeoutError(f"no whole answer came within {seconds:.1f} s") from error
        return self.endpoint.redact(body.decode(errors="replace"))

    def _post(self, question: Question, dialect: Dialect, ends: float) -> bytes:
        left = max(ends - time.monotonic(), 0.001)
        http = httpx2.Client(timeout=left, follow_redirects=False)
        key = self.endpoint.api_key or _NO_KEY
        with openai.OpenAI(
            api_key=key, base_url=self.endpoint.base_url, max_retries=0, http_client=http
        ) as client:
            ask = client.chat.completions.with_streaming_response.create
            # The SDK's own types for a request are wider than what is sent here.
            messages: Any = question.messages
            fields: dict[str, Any] = dialect.fields(question.schema, question.max_tokens)
            try:
                with ask(model=self.endpoint.model, messages=messages, **fields) as response:
                    return _joined(response.iter_bytes(), ends)
            except (openai.APITimeoutError, httpx2.TimeoutException) as error:
                raise TimeoutError from error
            except openai.APIStatusError as error:
                raise self._meaning(error) from error
            except (openai.APIConnectionError, httpx2.HTTPError) as error:
                cause = error.__cause__ or error
                raise ModelUnavailableError(
                    f"the server cannot be reached or hung up ({type(cause).__name__})"
                ) from error
            except openai.OpenAIError as error:
                raise ModelRequestError(f"the question was not sent: {error}") from error

    def _meaning(self, error: openai.APIStatusError) -> ModelError:
        """Return the error that says what an HTTP status means for the next attempt."""
        status = error.status_code
        said = f"HTTP {status}: {clipped(shown(self.endpoint.redact(str(error.message))), 200)}"
        busy = status in _BUSY and error.code != "insufficient_quota"
        if busy or status >= 500:
            return ModelUnavailableError(said, retry_after=_retry_after(error.response.headers))
        if status in {400, 413, 422}:
            return ModelRequestError(said, param=str(error.param or ""))
        return ModelAccessError(said)


def _joined(chunks: Iterable[bytes], ends: float) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise ModelAnswerError(f"the answer is longer than {MAX_BODY} bytes")
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(body)


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or as a date."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            then = parsedate_to_datetime(value)
        except ValueError:
            return None
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        seconds = (then - datetime.now(UTC)).total_seconds()
    # Not a number compares false with everything, and so becomes no wish at all.
    return max(seconds, 0.0) if seconds == seconds else None  # noqa: PLR0124

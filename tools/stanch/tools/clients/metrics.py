"""The client of a metrics server that speaks the Prometheus HTTP API.

Samples stay the strings that the server sent ("NaN", "+Inf", and numbers to the last
digit). What time it is, the server says: the clocks of two machines differ, and a
rehearsal has a clock of its own.
"""

import math
import threading
from collections.abc import Mapping
from typing import Any, assert_never

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.patience import (
    Deadline,
    NoAnswerError,
    PassingError,
    persist,
    seconds_asked,
)
from stanch.tools.clients.prometheus import Result, refusal_of, result_of
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import MetricsRead, QueryMetrics, QueryMetricsRange
from stanch.tools.outcome import Limits, Outcome

_CHUNK = 64 * 1024
_MOST = 16 * 1024 * 1024
_CONNECTIONS = 64
_POINTS = 240
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds; each but the first two is a multiple of what servers are usually scraped at."""


def step_for(window: int) -> int:
    """Return the step in seconds in which `window` seconds have about 120 to 240 samples.

    Finer than five seconds none is worth its cost, and an hour is the coarsest.
    """
    return next((step for step in _STEPS if window / step <= _POINTS), _STEPS[-1])


class MetricsClient:
    """Asks one metrics server; may be shared by many threads, and opens nothing before use.

    `url` is the server's address with the path before `/api/v1`, if it has one.
    """

    def __init__(self, *, url: str, token: str | None = None, limits: Limits = Limits()) -> None:  # noqa: B008 - it is frozen
        self._url = url.rstrip("/")
        self._token = token
        self._limits = limits
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._http: Any = None

    def observe(self, operation: MetricsRead) -> Outcome:
        """Return what the server answers.

        Raises:
            TargetUnreachableError: the server could not be reached, or gave no answer.
            OperationRefusedError: the server said no, in its own words.
        """
        with Deadline(self._limits.seconds) as deadline:
            cap = Cap(self._limits.bytes)
            match operation:
                case QueryMetrics():
                    data = self._query(operation, deadline, cap)
                case QueryMetricsRange():
                    data = self._range(operation, deadline, cap)
                case _:
                    assert_never(operation)
            text = _summary(data["result"])
            if data["warnings"]:
                text += f" (the server warns: {'; '.join(data['warnings'])})"
            return Outcome(data=data, text=text, duration=deadline.spent, truncated=cap.truncated)

    def close(self) -> None:
        """Close the connections, and give up waiting for another attempt."""
        self._stop.set()
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None

    def _query(self, operation: QueryMetrics, deadline: Deadline, cap: Cap) -> dict[str, Any]:
        answer = self._ask("query", {"query": operation.expression}, deadline)
        time = answer.time
        return {
            "expression": operation.expression,
            "time": self._now(deadline) if time is None else time,
            "result_type": answer.result_type,
            "result": cap.first(answer.series),
            "warnings": answer.warnings,
            "infos": answer.infos,
        }

    def _range(self, operation: QueryMetricsRange, deadline: Deadline, cap: Cap) -> dict[str, Any]:
        step = operation.step if operation.step is not None else step_for(operation.window)
        end = self._now(deadline)
        start = end - operation.window
        form = {
            "query": operation.expression,
            "start": f"{start:.3f}",
            "end": f"{end:.3f}",
            "step": str(step),
        }
        answer = self._ask("query_range", form, deadline)
        return {
            "expression": operation.expression,
            "start": start,
            "end": end,
            "step": step,
            "result": cap.first(answer.series),
            "warnings": answer.warnings,
            "infos": answer.infos,
        }

    def _now(self, deadline: Deadline) -> float:
        """Return the server's time, in Unix seconds to the millisecond."""
        time = self._ask("query", {"query": "time()"}, deadline).time
        if time is None:
            raise NoAnswerError(f"The metrics server at {self._url} does not say what time it is.")
        return round(time, 3)

    def _ask(self, endpoint: str, form: Mapping[str, str], deadline: Deadline) -> Result:
        def attempt() -> bytes:
            return self._send(endpoint, {**form, "timeout": f"{deadline.left:.3f}"}, deadline)

        body = persist(attempt, deadline, stop=self._stop)
        if said := refusal_of(body):
            raise OperationRefusedError(f"The metrics server refused the query: {said}.")
        try:
            return result_of(body)
        except ValueError as error:
            raise NoAnswerError(
                f"What {self._url} answered is not in the form of the Prometheus API. "
                "Is that the metrics server's address, with the path before /api/v1?"
            ) from error

    def _send(self, endpoint: str, form: Mapping[str, str], deadline: Deadline) -> bytes:
        import httpx2  # noqa: PLC0415 - the package costs start-up time, and most commands ask nothing

        watched: list[Any] = []

        def trace(event: str, info: Mapping[str, Any]) -> None:
            # TLS replaces the socket, so the one that is watched is replaced too.
            if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
                while watched:
                    deadline.let_go(watched.pop())
                watched.append(info["return_value"].get_extra_info("socket"))
                deadline.watch(watched[0])

        try:
            with self._client().stream(
                "POST",
                f"{self._url}/api/v1/{endpoint}",
                data=dict(form),
                timeout=deadline.left,
                extensions={"trace": trace},
            ) as response:
                body = self._body(response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise PassingError(self._unreachable(error, deadline)) from error
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise TargetUnreachableError(
                f"'{self._url}' is no address of a metrics server: {error}."
            ) from error
        except httpx2.HTTPError as error:
            why = f"no whole answer within {deadline.seconds:g} s" if deadline.passed else error
            raise NoAnswerError(f"The metrics server at {self._url} broke off: {why}.") from error
        finally:
            for socket in watched:
                deadline.let_go(socket)
        if response.status_code == 200:
            return body
        raise self._refusal(response.status_code, response.headers, body)

    def _body(self, response: Any) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes(_CHUNK):
            body += chunk
            if len(body) > _MOST:
                raise OperationRefusedError(
                    f"The answer is over {_MOST} bytes. Pick fewer series, or a larger step."
                )
        return bytes(body)

    def _client(self) -> Any:
        import httpx2  # noqa: PLC0415 - as above

        with self._lock:
            if self._http is None:
                headers = {"User-Agent": "stanch", "Accept": "application/json"}
                if self._token is not None:
                    headers["Authorization"] = f"Bearer {self._token}"
                self._http = httpx2.Client(
                    headers=headers,
                    # Another host must not be sent the token, nor be believed.
                    follow_redirects=False,
                    # No connection is kept: one that died idle would look like a lost answer.
                    limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=0),
                )
            return self._http

    def _unreachable(self, error: Exception, deadline: Deadline) -> TargetUnreachableError:
        why = f"no connection within {deadline.seconds:g} s" if deadline.passed else error
        return TargetUnreachableError(
            f"The metrics server at {self._url} cannot be reached: {why}."
        )

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Exception:
        """Return the error for an answer that says no; a passing one if the load is to blame."""
        said = refusal_of(body)
        message = (
            f"The metrics server at {self._url} refused the query "
            f"({status}): {said or _plain(body)}."
        )
        if status in {401, 403}:
            message += " Give it a token that may read."
        if 300 <= status <= 399:
            where = headers.get("location", "another address")
            message = f"The metrics server at {self._url} points to {where}, which is not followed."
        error = OperationRefusedError(message)
        if status == 429 or (status in {502, 503, 504} and said is None):
            return PassingError(error, seconds_asked(headers.get("retry-after")))
        return error


def _plain(body: bytes) -> str:
    """Return the first line of a plain text; a page of a gateway says nothing worth quoting."""
    text = body.decode(errors="replace").strip()
    return "no reason given" if not text or text.startswith("<") else text.splitlines()[0][:200]


def _summary(result: list[dict[str, Any]]) -> str:
    """Say in a few words what came back: the value where there is one, else how many series."""
    if len(result) != 1:
        return f"{len(result)} series"
    one = result[0]
    if "values" not in one:
        return f"value {_short(one['value'][1])}"
    values = one["values"]
    if not values:
        return "1 empty series"
    return f"1 series of {len(values)} samples, last {_short(values[-1][1])}"


def _short(value: str) -> str:
    """Return a sample's value with the digits that a person reads; the data keep them all."""
    try:
        number = float(value)
    except ValueError:
        return value
    return f"{number:.6g}" if math.isfinite(number) and abs(number) < 1e6 else value

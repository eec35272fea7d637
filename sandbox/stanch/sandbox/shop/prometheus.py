"""The HTTP API of the practice Prometheus, over the series store and the alert rules.

Queries run to their end in the event loop: they take milliseconds, and nothing else may
change the store meanwhile.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import promql_parser as parser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stanch.sandbox.shop import formats
from stanch.sandbox.shop.promql import Engine, QueryError
from stanch.sandbox.shop.promql.engine import parse
from stanch.sandbox.shop.promql.matching import matchers_of
from stanch.sandbox.shop.series import Series, SeriesStore

_STATUS = {"bad_data": 400, "execution": 422, "not_found": 404}


class RuleView(Protocol):
    """What the API shows of the alert rules."""

    def alerts(self) -> list[dict[str, Any]]:
        """Return the pending and firing alerts as the API writes them."""
        ...

    def groups(self) -> list[dict[str, Any]]:
        """Return the rule groups as the API writes them."""
        ...


def build(store: SeriesStore, rules: RuleView, *, now: Callable[[], float]) -> Starlette:
    """Return the application; `now` gives the time of queries that name none."""
    api = _Api(store, rules, now)
    both = ["GET", "POST"]
    return Starlette(
        routes=[
            Route("/api/v1/query", _answer(api.query), methods=both),
            Route("/api/v1/query_range", _answer(api.query_range), methods=both),
            Route("/api/v1/series", _answer(api.series), methods=both),
            Route("/api/v1/labels", _answer(api.labels), methods=both),
            Route("/api/v1/label/{name}/values", _answer(api.label_values)),
            Route("/api/v1/alerts", _answer(api.alerts)),
            Route("/api/v1/rules", _answer(api.rule_groups)),
            Route("/api/v1/status/buildinfo", _answer(api.build_info)),
            Route("/-/ready", _ready),
            Route("/-/healthy", _healthy),
        ]
    )


class _Parameters:
    """The parameters of one request, from its query string and its form."""

    def __init__(self, pairs: list[tuple[str, str]], path: Mapping[str, str]) -> None:
        self._pairs = pairs
        self.path = path

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def time(self, name: str) -> float:
        return formats.read_time(name, self.get(name))

    def check_timeout(self) -> None:
        """Refuse a time limit that Prometheus cannot read, such as 20.000s."""
        if self.get("timeout"):
            formats.read_duration("timeout", self.get("timeout"))


async def _parameters(request: Request) -> _Parameters:
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        body = (await request.body()).decode("utf-8", "replace")
        form = Request({"type": "http", "query_string": body.encode(), "headers": []})
        pairs = list(form.query_params.multi_items()) + pairs
    return _Parameters(pairs, request.path_params)


def _answer(method: Callable[[_Parameters], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            data = method(await _parameters(request))
        except QueryError as error:
            body = {"status": "error", "errorType": error.kind, "error": str(error)}
            return JSONResponse(body, status_code=_STATUS[error.kind])
        return JSONResponse({"status": "success", "data": data})

    return endpoint


async def _ready(_: Request) -> Response:
    return PlainTextResponse("Prometheus Server is Ready.\n")


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("Prometheus Server is Healthy.\n")


class _Api:
    def __init__(self, store: SeriesStore, rules: RuleView, now: Callable[[], float]) -> None:
        self._store = store
        self._engine = Engine(store)
        self._rules = rules
        self._now = now

    def query(self, given: _Parameters) -> dict[str, Any]:
        at = given.time("time") if given.get("time") else self._now()
        given.check_timeout()
        expression = _parsed("query", given.get("query"))
        value = self._engine.instant(expression, at)
        data = formats.instant_data(value, at)
        if isinstance(expression, parser.MatrixSelector | parser.SubqueryExpr):
            data["resultType"] = "matrix"
        return data

    def query_range(self, given: _Parameters) -> dict[str, Any]:
        start, end = given.time("start"), given.time("end")
        if end < start:
            raise QueryError('invalid parameter "end": end timestamp must not be before start time')
        step = formats.read_duration("step", given.get("step"))
        if step <= 0:
            raise QueryError(
                'invalid parameter "step": zero or negative query resolution step widths are not'
                " accepted. Try a positive integer"
            )
        given.check_timeout()
        _parsed("query", given.get("query"))
        return formats.range_data(self._engine.over(given.get("query"), start, end, step=step))

    def series(self, given: _Parameters) -> list[dict[str, str]]:
        if not given.all("match[]"):
            raise QueryError("no match[] parameter provided")
        return [dict(series.pairs) for series in self._matching(given)]

    def labels(self, given: _Parameters) -> list[str]:
        return sorted({name for series in self._matching(given) for name, _ in series.labels})

    def label_values(self, given: _Parameters) -> list[str]:
        name = given.path["name"]
        found = {series.pairs.get(name, "") for series in self._matching(given)}
        return sorted(found - {""})

    def alerts(self, _given: _Parameters) -> dict[str, Any]:
        return {"alerts": self._rules.alerts()}

    def rule_groups(self, given: _Parameters) -> dict[str, Any]:
        kind = given.get("type")
        if kind not in {"", "alert", "record"}:
            raise QueryError(f'invalid parameter "type": not supported value "{kind}"')
        return {"groups": [] if kind == "record" else self._rules.groups()}

    def build_info(self, _given: _Parameters) -> dict[str, str]:
        return {"version": "3.0.0-stanch-sandbox", "revision": "", "branch": "", "goVersion": ""}

    def _matching(self, given: _Parameters) -> list[Series]:
        """Return the series that the request's selectors name and that live in its time."""
        chosen = given.all("match[]")
        start = given.time("start") if given.get("start") else 0.0
        end = given.time("end") if given.get("end") else self._now()
        found: dict[int, Series] = {}
        for matchers in [_selector(text) for text in chosen] if chosen else [[]]:
            found.update({id(series): series for series in self._store.select(matchers)})
        alive = [
            s for s in found.values() if s.times and s.times[0] <= end and s.times[-1] >= start
        ]
        return sorted(alive, key=lambda series: series.labels)


def _parsed(name: str, text: str) -> parser.Expr:
    try:
        return parse(text)
    except QueryError as error:
        raise QueryError(f'invalid parameter "{name}": {error}') from error


def _selector(text: str) -> list[Any]:
    expression = _parsed("match[]", text)
    if not isinstance(expression, parser.VectorSelector):
        raise QueryError('invalid parameter "match[]": expected a series selector')
    return list(matchers_of(expression))

"""The Prometheus HTTP API, asked over HTTP as any client would."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import uvicorn

from stanch.sandbox.shop import formats, prometheus
from stanch.sandbox.shop.alerts import AlertBook
from stanch.sandbox.shop.promql import Engine
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import SeriesStore

HIGH = Rule("High", 'g{i="b"} > 1', 0, {"severity": "page"}, "g of {{ $labels.i }}", "{{ $value }}")


@pytest.fixture
def api(store_of: Callable[..., SeriesStore]) -> Iterator[httpx2.Client]:
    store = store_of({'g{i="a"}': [1, 2, 3], 'g{i="b"}': [1.5, 2.5, 3.5], "up": [1, 1, 1]})
    book = AlertBook(Engine(store), (HIGH,))
    book.tick(20.0)
    app = prometheus.build(store, book, now=lambda: 20.0)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        yield client
    server.should_exit = True
    thread.join()


def data_of(response: httpx2.Response) -> Any:
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["status"] == "success"
    return body["data"]


def test_an_instant_query_answers_a_vector_of_strings(api: httpx2.Client) -> None:
    data = data_of(api.get("/api/v1/query", params={"query": "g", "time": "10.5"}))
    assert data == {
        "resultType": "vector",
        "result": [
            {"metric": {"__name__": "g", "i": "a"}, "value": [10.5, "2"]},
            {"metric": {"__name__": "g", "i": "b"}, "value": [10.5, "2.5"]},
        ],
    }


def test_a_query_may_come_as_a_form(api: httpx2.Client) -> None:
    form = {"query": 'g{i="a"} + 1', "time": "1970-01-01T00:00:10Z"}
    data = data_of(api.post("/api/v1/query", data=form))
    assert data["result"] == [{"metric": {"i": "a"}, "value": [10, "3"]}]


def test_a_query_without_a_time_is_of_now(api: httpx2.Client) -> None:
    assert data_of(api.get("/api/v1/query", params={"query": "time()"})) == {
        "resultType": "scalar",
        "result": [20, "20"],
    }


def test_strings_and_range_vectors_have_their_types(api: httpx2.Client) -> None:
    assert data_of(api.get("/api/v1/query", params={"query": '"x"'})) == {
        "resultType": "string",
        "result": [20, "x"],
    }
    data = data_of(api.get("/api/v1/query", params={"query": "up[15s]"}))
    assert data["resultType"] == "matrix"
    assert data["result"] == [{"metric": {"__name__": "up"}, "values": [[10, "1"], [20, "1"]]}]
    empty = data_of(api.get("/api/v1/query", params={"query": "none[15s]"}))
    assert empty == {"resultType": "matrix", "result": []}


def test_a_range_query_answers_a_matrix(api: httpx2.Client) -> None:
    form = {"query": "sum(g)", "start": "0", "end": "20", "step": "10s"}
    for response in (
        api.get("/api/v1/query_range", params=form),
        api.post("/api/v1/query_range", data=form),
    ):
        assert data_of(response) == {
            "resultType": "matrix",
            "result": [{"metric": {}, "values": [[0, "2.5"], [10, "4.5"], [20, "6.5"]]}],
        }


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("query", {"query": "sum("}, 400, 'invalid parameter "query"'),
        ("query", {}, 400, "no expression"),
        ("query", {"query": "up", "time": "noon"}, 400, 'cannot parse "noon"'),
        ("query", {"query": "g + on () g"}, 422, "many-to-many"),
        ("query", {"query": "up", "timeout": "20.000s"}, 400, 'cannot parse "20.000s"'),
        (
            "query_range",
            {"query": "up", "start": "0", "end": "9", "step": "1", "timeout": "soon"},
            400,
            'invalid parameter "timeout"',
        ),
        ("query_range", {"query": "up", "start": "0", "end": "9"}, 400, '"step"'),
        (
            "query_range",
            {"query": "up", "start": "9", "end": "0", "step": "1"},
            400,
            "end timestamp must not be before start",
        ),
        (
            "query_range",
            {"query": "up", "start": "0", "end": "9", "step": "0"},
            400,
            "zero or negative query resolution",
        ),
        (
            "query_range",
            {"query": "up", "start": "0", "end": "99999", "step": "1"},
            400,
            "11,000 points",
        ),
        (
            "query_range",
            {"query": "up[1m]", "start": "0", "end": "9", "step": "1"},
            400,
            "invalid expression type",
        ),
        ("series", {}, 400, "no match"),
        ("rules", {"type": "odd"}, 400, "not supported value"),
    ],
)
def test_a_wrong_request_gets_the_error_body_of_prometheus(
    api: httpx2.Client, path: str, params: dict[str, str], status: int, words: str
) -> None:
    response = api.get(f"/api/v1/{path}", params=params)
    assert response.status_code == status
    body = response.json()
    assert body["status"] == "error"
    assert body["errorType"] == ("bad_data" if status == 400 else "execution")
    assert words in body["error"]


@pytest.mark.parametrize("timeout", ["20.000", "20", "1m30s", ""])
def test_a_time_limit_may_be_seconds_or_a_duration(api: httpx2.Client, timeout: str) -> None:
    form = {"query": "g", "timeout": timeout}
    assert len(data_of(api.post("/api/v1/query", data=form))["result"]) == 2
    more = {**form, "start": "0", "end": "20", "step": "10"}
    assert len(data_of(api.post("/api/v1/query_range", data=more))["result"]) == 2


def test_labels_values_and_series_are_listed(api: httpx2.Client) -> None:
    assert data_of(api.get("/api/v1/labels")) == ["__name__", "i"]
    assert data_of(api.get("/api/v1/label/__name__/values")) == ["g", "up"]
    only = {"match[]": "up"}
    assert data_of(api.get("/api/v1/label/i/values", params=only)) == []
    assert data_of(api.post("/api/v1/series", data={"match[]": 'g{i="a"}'})) == [
        {"__name__": "g", "i": "a"}
    ]


def test_alerts_and_rules_are_shown(api: httpx2.Client) -> None:
    [alert] = data_of(api.get("/api/v1/alerts"))["alerts"]
    assert alert["labels"] == {"alertname": "High", "i": "b", "severity": "page"}
    assert alert["annotations"]["summary"] == "g of b"
    assert alert["state"] == "firing"
    [group] = data_of(api.get("/api/v1/rules", params={"type": "alert"}))["groups"]
    assert [rule["state"] for rule in group["rules"]] == ["firing"]
    assert data_of(api.get("/api/v1/rules", params={"type": "record"})) == {"groups": []}


def test_it_says_that_it_is_ready_and_knows_no_other_path(api: httpx2.Client) -> None:
    assert api.get("/-/ready").text == "Prometheus Server is Ready.\n"
    assert api.get("/api/v1/nothing").status_code == 404
    assert api.post("/api/v1/alerts").status_code == 405


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (-2.50, "-2.5"),
        (float("nan"), "NaN"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_without_exponent(value: float, text: str) -> None:
    assert formats.number(value) == text
    assert json.loads(json.dumps(formats.point(1.2345, value))) == [1.234, text]

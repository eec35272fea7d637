"""The metrics client against a real HTTP server that answers as the Prometheus API does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from stanch.tools.clients.metrics import MetricsClient
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import QueryMetrics, QueryMetricsRange
from stanch.tools.outcome import Limits
from tests.contracts.clients.metrics_server import (
    NOW,
    Asked,
    MetricsServer,
    Reply,
    failure,
    success,
)
from tests.time_bounds import below

UP = QueryMetrics(expression='up{job="a b"}')
RANGE = QueryMetricsRange(expression="up", window=600, step=30)

Open = Callable[..., MetricsClient]


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    running = MetricsServer()
    yield running
    running.close()


@pytest.fixture
def opened(server: MetricsServer) -> Iterator[Open]:
    clients: list[MetricsClient] = []

    def opened(
        *, url: str | None = None, token: str | None = None, limits: Limits | None = None
    ) -> MetricsClient:
        client = MetricsClient(url=url or server.url, token=token, limits=limits or Limits())
        clients.append(client)
        return client

    yield opened
    for client in clients:
        client.close()


def test_samples_stay_the_strings_that_the_server_sent(server: MetricsServer, opened: Open) -> None:
    values = ["NaN", "+Inf", "-Inf", "0.1000000000000000055511151231257827", "1e-9"]
    series = [{"metric": {"i": str(i)}, "value": [NOW, v]} for i, v in enumerate(values)]
    server.rule = lambda _: success("vector", series)
    outcome = opened().observe(UP)
    assert outcome.data == {
        "expression": UP.expression,
        "time": NOW,
        "result_type": "vector",
        "result": series,
        "warnings": [],
        "infos": [],
    }
    assert not outcome.truncated
    [asked] = server.asked
    assert asked.path == "/api/v1/query"
    assert asked.form["query"] == UP.expression
    assert 0 < float(asked.form["timeout"].removesuffix("s")) <= 20


def test_warnings_and_infos_are_kept(server: MetricsServer, opened: Open) -> None:
    server.rule = lambda _: success(
        "vector", [], warnings=["one store is down"], infos=["metric might not be a counter"]
    )
    outcome = opened().observe(UP)
    assert outcome.data["warnings"] == ["one store is down"]
    assert outcome.data["infos"] == ["metric might not be a counter"]
    assert "one store is down" in outcome.text


def test_a_scalar_is_one_series_without_labels(server: MetricsServer, opened: Open) -> None:
    server.rule = lambda _: success("scalar", [NOW, "42"])
    data = opened().observe(QueryMetrics(expression="scalar(x)")).data
    assert (data["result_type"], data["result"]) == (
        "scalar",
        [{"metric": {}, "value": [NOW, "42"]}],
    )


def test_an_empty_answer_still_has_the_servers_time(server: MetricsServer, opened: Open) -> None:
    data = opened().observe(UP).data
    assert (data["result"], data["time"]) == ([], NOW)
    assert [asked.form["query"] for asked in server.asked] == [UP.expression, "time()"]


def test_a_range_ends_at_the_servers_now(server: MetricsServer, opened: Open) -> None:
    series = [{"metric": {"pod": "a"}, "values": [[NOW - 30, "1"], [NOW, "NaN"]]}]
    server.rule = lambda _: success("matrix", series)
    data = opened().observe(RANGE).data
    assert data == {
        "expression": "up",
        "start": NOW - 600,
        "end": NOW,
        "step": 30,
        "result": series,
        "warnings": [],
        "infos": [],
    }
    asked = server.asked[-1]
    assert asked.path == "/api/v1/query_range"
    assert (asked.form["end"], asked.form["step"]) == (str(NOW), "30")
    assert float(asked.form["start"]) == pytest.approx(NOW - 600)


def test_the_path_of_the_address_and_the_token_are_used(
    server: MetricsServer, opened: Open
) -> None:
    opened(url=f"{server.url}/prometheus/", token="t0ken").observe(UP)
    assert server.asked[0].path == "/prometheus/api/v1/query"
    assert server.asked[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, "bad_data", 'parse error: unexpected identifier "x"'),
        (422, "execution", "query processing would load too many samples"),
        (503, "timeout", "query timed out in expression evaluation"),
        (200, "execution", "an error under a good status"),
    ],
)
def test_an_error_is_told_in_the_servers_words_and_not_asked_again(
    server: MetricsServer, opened: Open, status: int, kind: str, words: str
) -> None:
    server.rule = lambda _: failure(status, kind, words)
    with pytest.raises(OperationRefusedError) as caught:
        opened().observe(UP)
    assert f"{kind}: {words}" in str(caught.value)
    assert len(server.asked) == 1


def test_a_missing_right_asks_for_a_token(server: MetricsServer, opened: Open) -> None:
    server.rule = lambda _: Reply(b"Unauthorized\n", 401)
    with pytest.raises(OperationRefusedError, match=r"Unauthorized\. Give it a token"):
        opened().observe(UP)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_under_load_is_asked_again_when_it_wants(
    server: MetricsServer, opened: Open, status: int
) -> None:
    begin = time.monotonic()

    def rule(_: Asked) -> Reply:
        if len(server.asked) == 1:
            return Reply(b"<html>", status, {"Retry-After": "1"})
        return success("scalar", [NOW, "1"])

    server.rule = rule
    assert opened().observe(UP).data["result"]
    assert time.monotonic() - begin >= 1


def test_a_redirect_to_another_host_gets_neither_query_nor_token(
    server: MetricsServer, opened: Open
) -> None:
    other = MetricsServer()
    try:
        location = f"{other.url}/api/v1/query"
        server.rule = lambda _: Reply(b"", 307, {"Location": location})
        with pytest.raises(OperationRefusedError, match="not followed"):
            opened(token="t0ken").observe(UP)
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>please sign in</html>"),
        Reply(b'{"status":"success"}'),
        Reply(b'{"status":"success","data":{"resultType":"vector","result":[1]}}'),
        Reply(b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}'),
        Reply(b"[]"),
        Reply(b"\xff\xfe"),
    ],
)
def test_what_is_not_the_api_is_said_to_be_another_address(
    server: MetricsServer, opened: Open, reply: Reply
) -> None:
    server.rule = lambda _: reply
    with pytest.raises(NoAnswerError, match="metrics server's address"):
        opened().observe(UP)


def test_a_body_that_ends_too_soon_is_no_answer(server: MetricsServer, opened: Open) -> None:
    whole = success("vector", [{"metric": {}, "value": [NOW, "1"]}])
    server.rule = lambda _: Reply(whole.body, length=len(whole.body) + 10)
    with pytest.raises(NoAnswerError, match="broke off") as caught:
        opened().observe(UP)
    assert not caught.value.may_have_run


def test_a_slow_body_is_cut_off_at_the_deadline(server: MetricsServer, opened: Open) -> None:
    server.rule = lambda _: Reply(success("vector", []).body, pause=0.05)
    begin = time.monotonic()
    with pytest.raises(NoAnswerError, match="no whole answer within 1 s"):
        opened(limits=Limits(seconds=1)).observe(UP)
    below(time.monotonic() - begin, 1.8)


def test_series_over_the_cap_are_left_out_and_counted_as_such(
    server: MetricsServer, opened: Open
) -> None:
    series = [{"metric": {"i": "x" * 100}, "value": [NOW, "1"]} for _ in range(20)]
    server.rule = lambda _: success("vector", series)
    outcome = opened(limits=Limits(bytes=1000)).observe(UP)
    assert 0 < len(outcome.data["result"]) < 10
    assert outcome.truncated


def test_a_flood_is_not_read_to_its_end(server: MetricsServer, opened: Open) -> None:
    server.rule = lambda _: Reply(b"[" * (17 * 1024 * 1024))
    with pytest.raises(OperationRefusedError, match="larger step"):
        opened().observe(UP)


def test_a_server_that_is_not_there_is_unreachable(opened: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(TargetUnreachableError, match=f"127.0.0.1:{port} cannot be reached"):
        opened(url=f"http://127.0.0.1:{port}").observe(UP)
    with pytest.raises(TargetUnreachableError, match="no address of a metrics server"):
        opened(url="ftp://metrics").observe(UP)


def test_twenty_queries_run_side_by_side(server: MetricsServer, opened: Open) -> None:
    together = threading.Barrier(20)

    def rule(_: Asked) -> Reply:
        together.wait(10)
        return success("scalar", [NOW, "1"])

    server.rule = rule
    client = opened()
    good: list[bool] = []
    threads = [
        threading.Thread(target=lambda: good.append(bool(client.observe(UP).data["result"])))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [True] * 20

"""The metrics client on a real Prometheus and on the practice production's, alike."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from stanch.tools.clients.metrics import MetricsClient, step_for
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import QueryMetrics, QueryMetricsRange
from stanch.tools.outcome import Limits, Outcome
from tests.contracts.prometheus.metrics_targets import LENGTH, MANY, NAMES, STEP, Server, running
from tests.time_bounds import below

Open = Callable[..., MetricsClient]


@pytest.fixture(scope="module", params=NAMES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with running(request.param, tmp_path_factory.mktemp("metrics")) as found:
        yield found


@pytest.fixture
def opened(server: Server) -> Iterator[Open]:
    clients: list[MetricsClient] = []

    def opened(limits: Limits | None = None) -> MetricsClient:
        clients.append(MetricsClient(url=server.url, limits=limits or Limits()))
        return clients[-1]

    yield opened
    for client in clients:
        client.close()


def now(client: MetricsClient, expression: str) -> Outcome:
    return client.observe(QueryMetrics(expression=expression))


def over(
    client: MetricsClient, expression: str, *, window: int = 1800, step: int | None = STEP
) -> Outcome:
    return client.observe(QueryMetricsRange(expression=expression, window=window, step=step))


def numbers(outcome: Outcome) -> list[tuple[float, float]]:
    [series] = outcome.data["result"]
    return [(float(when), float(value)) for when, value in series["values"]]


@pytest.mark.parametrize(
    ("expression", "value"),
    [("live", "42"), ("live_nan", "NaN"), ("live_high", "+Inf"), ("live_low", "-Inf")],
)
def test_a_moment_is_answered_with_the_servers_own_strings(
    opened: Open, expression: str, value: str
) -> None:
    found = now(opened(), expression)
    [series] = found.data["result"]
    assert series["metric"]["__name__"] == expression
    assert series["value"][1] == value
    assert found.data["result_type"] == "vector"
    assert found.text.startswith(f"value {value}")
    assert abs(found.data["time"] - time.time()) < 5


def test_a_scalar_is_one_series_without_labels(opened: Open) -> None:
    [series] = now(opened(), "1 / 0").data["result"]
    assert (series["metric"], series["value"][1]) == ({}, "+Inf")


def test_a_range_is_the_history_in_order(opened: Open, server: Server) -> None:
    points = numbers(over(opened(), "steady"))
    assert [value for _, value in points] == sorted(value for _, value in points)
    assert points[-1][1] == LENGTH - 1
    assert {later[0] - earlier[0] for earlier, later in pairwise(points)} == {STEP}
    assert points[0][0] >= server.began - STEP * LENGTH


def test_samples_that_are_no_numbers_stay_what_they_are(opened: Open) -> None:
    client = opened()
    values = [value for _, value in numbers(over(client, "broken"))]
    assert 8 <= sum(map(math.isnan, values)) <= 11
    assert {value for value in values if not math.isnan(value)} == {1.0}
    assert {value for _, value in numbers(over(client, "endless"))} == {math.inf, -math.inf}
    ratio = over(client, "broken / 0 * 0")
    assert all(math.isnan(value) for _, value in numbers(ratio))


def test_a_gap_has_no_samples_and_is_not_a_zero(opened: Open) -> None:
    points = numbers(over(opened(), "gap"))
    assert {value for _, value in points} == {0.25}
    steps = [later[0] - earlier[0] for earlier, later in pairwise(points)]
    assert [step for step in steps if step > STEP] != []
    assert 280 <= max(steps) <= 620


def test_nothing_measured_is_no_series_and_no_error(opened: Open) -> None:
    found = now(opened(), 'steady{i="nobody"}')
    assert (found.data["result"], found.text.split(" (")[0]) == ([], "0 series")
    assert over(opened(), 'steady{i="nobody"}').data["result"] == []


def test_many_series_are_cut_at_the_cap_and_said_to_be(opened: Open) -> None:
    whole = now(opened(), "many")
    assert len(whole.data["result"]) == MANY
    assert not whole.truncated
    cut = now(opened(Limits(bytes=4000)), "many")
    assert cut.truncated
    assert 0 < len(cut.data["result"]) < MANY


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("steady{", "parse error|bad_data"),
        ("steady + on(nothing) many * on(nothing) many", "many-to-many|execution|duplicate"),
    ],
)
def test_an_error_is_told_in_the_servers_words(opened: Open, expression: str, words: str) -> None:
    with pytest.raises(OperationRefusedError, match=words):
        now(opened(), expression)
    with pytest.raises(OperationRefusedError, match=words):
        over(opened(), expression)


def test_the_deadline_is_total(opened: Open) -> None:
    began = time.monotonic()
    with pytest.raises((TargetUnreachableError, OperationRefusedError)):
        over(opened(Limits(seconds=0.002)), "many", window=86400, step=15)
    below(time.monotonic() - began, 1)


@pytest.mark.parametrize("window", [60, 1800, 86400, 7 * 86400])
def test_without_a_step_one_is_chosen_for_the_window(opened: Open, window: int) -> None:
    found = over(opened(), "vector(1)", window=window, step=None)
    points = numbers(found)
    assert found.data["step"] == step_for(window)
    assert 12 <= len(points) <= 241
    assert points[-1][0] - points[0][0] <= window


def test_more_points_than_the_server_gives_are_refused_in_words(opened: Open) -> None:
    with pytest.raises(OperationRefusedError, match=r"11,?000"):
        over(opened(), "vector(1)", window=7 * 86400, step=15)


def test_what_a_real_server_warns_of_is_kept(opened: Open, server: Server) -> None:
    if server.process is None:
        pytest.skip("the practice server has nothing to warn of")
    for found in (now(opened(), "live"), over(opened(), "steady")):
        assert any("remote_read" in one for one in found.data["warnings"])
        assert "the server warns" in found.text


def test_a_server_that_stands_still_is_given_up_at_the_deadline(
    opened: Open, server: Server
) -> None:
    if server.process is None:
        pytest.skip("the practice server runs in this process and cannot be stopped alone")
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(TargetUnreachableError, match=r"0\.5 s"):
            now(opened(Limits(seconds=0.5)), "live")
        below(time.monotonic() - began, 1.5)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)

"""How often and how long a server is asked that is busy, slow, gone or set up wrongly."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from stanch.roles import Budget, ChatModel, Endpoint
from stanch.roles.errors import (
    ModelAccessError,
    ModelError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from tests.services.scripted_model import ScriptedModel, Turn, fails, says
from tests.time_bounds import below
from tests.unit.roles.role_samples import menu, model

GOOD = {"chosen": ["dependency"], "why": "The onset speaks for it.", "cites": ["C:onset"]}


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """Ask once beforehand: what the first question imports is no part of anybody's patience."""
    with ScriptedModel([says(GOOD)]) as server:
        model(server).choose(menu())


@pytest.mark.parametrize(
    "turn",
    [
        fails(429, headers={"Retry-After": "0"}),
        fails(500, headers={"Retry-After": "0"}),
        fails(503, headers={"Retry-After": "0"}),
        says(GOOD, cut_after=20),
    ],
)
def test_a_passing_failure_is_tried_again(turn: Turn) -> None:
    with ScriptedModel([turn, says(GOOD)]) as server:
        assert model(server).choose(menu()).chosen == ("dependency",)
    assert len(server.asked) == 2


def test_a_failure_that_lasts_is_given_up_after_the_attempts() -> None:
    busy = fails(503, headers={"Retry-After": "0"})
    with ScriptedModel(otherwise=busy) as server, pytest.raises(ModelUnavailableError, match="503"):
        model(server, attempts=4).choose(menu())
    assert len(server.asked) == 4


def seconds_later(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("form", ["number", "date"])
def test_the_pause_that_the_server_asks_for_is_kept(form: str) -> None:
    wish = "1" if form == "number" else seconds_later(2)
    script = [fails(429, headers={"Retry-After": wish}), says(GOOD)]
    with ScriptedModel(script) as server:
        began = time.monotonic()
        model(server).choose(menu())
        taken = time.monotonic() - began
        assert taken >= 0.9
        below(taken, 5)


@pytest.mark.parametrize("wish", ["3600", "1e300", "inf", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_asks_for_a_long_pause_is_left_alone(wish: str) -> None:
    with ScriptedModel([fails(429, headers={"Retry-After": wish})]) as server:
        began = time.monotonic()
        with pytest.raises(ModelUnavailableError, match="429"):
            model(server).choose(menu())
        below(time.monotonic() - began, 5)
    assert len(server.asked) == 1


def test_the_longest_pause_is_a_limit_of_its_own() -> None:
    with ScriptedModel([fails(429, headers={"Retry-After": "1"})]) as server:
        with pytest.raises(ModelUnavailableError):
            model(server, pause_seconds=0.5).choose(menu())
        assert len(server.asked) == 1


def test_no_pause_is_begun_that_would_outlast_the_budget() -> None:
    with ScriptedModel([fails(429, headers={"Retry-After": "10"})]) as server:
        began = time.monotonic()
        with pytest.raises(ModelUnavailableError):
            model(server, Budget(seconds=4)).choose(menu())
        below(time.monotonic() - began, 3)
        assert len(server.asked) == 1


@pytest.mark.parametrize("wish", ["nan", "soon", "-5"])
def test_a_pause_that_makes_no_sense_is_not_waited_for_long(wish: str) -> None:
    script = [fails(429, headers={"Retry-After": wish}), says(GOOD)]
    with ScriptedModel(script) as server:
        assert model(server).choose(menu()).chosen == ("dependency",)


@pytest.mark.parametrize("turn", [Turn(delay=30), Turn(drip=0.2)])
def test_one_attempt_ends_at_its_deadline_even_when_bytes_keep_dripping(turn: Turn) -> None:
    with ScriptedModel([turn]) as server:
        began = time.monotonic()
        with pytest.raises(ModelTimeoutError, match=r"within 0\.5 s"):
            model(server, call_seconds=0.5).choose(menu())
        below(time.monotonic() - began, 3)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_a_wrong_key_name_or_address_is_final(status: int) -> None:
    turn = fails(status, headers={"Location": "http://127.0.0.1:1/"})
    with ScriptedModel([turn]) as server, pytest.raises(ModelAccessError) as caught:
        model(server).choose(menu())
    assert caught.value.final
    assert len(server.asked) == 1


def test_an_exhausted_account_is_final_although_it_comes_as_429() -> None:
    body = b'{"error": {"message": "no credit", "code": "insufficient_quota"}}'
    with ScriptedModel([Turn(status=429, body=body)]) as server:
        with pytest.raises(ModelAccessError, match="no credit"):
            model(server).choose(menu())
        assert len(server.asked) == 1


def test_a_server_that_nobody_runs_is_unreachable() -> None:
    with ScriptedModel() as server:
        gone = model(server, attempts=1)
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        gone.choose(menu())


def test_the_time_budget_bounds_all_attempts_together() -> None:
    busy = fails(503, headers={"Retry-After": "0.3"})
    with ScriptedModel(otherwise=busy) as server:
        began = time.monotonic()
        with pytest.raises(ModelError):
            model(server, Budget(seconds=1.0), attempts=100).choose(menu())
        below(time.monotonic() - began, 3)
    assert 1 <= len(server.asked) < 10


def test_a_stop_ends_the_wait_between_two_attempts() -> None:
    stop = threading.Event()
    busy = fails(429, headers={"Retry-After": "14"})
    with ScriptedModel(otherwise=busy) as server:
        chat = ChatModel(Endpoint(model="m", base_url=server.url), Budget(), stop=stop)

        def stop_once_asked() -> None:
            while not server.asked:
                server.over.wait(0.01)
            server.over.wait(0.2)
            stop.set()

        stopper = threading.Thread(target=stop_once_asked)
        stopper.start()
        began = time.monotonic()
        with pytest.raises(ModelTimeoutError, match="told to stop"):
            chat.choose(menu())
        below(time.monotonic() - began, 5)
        stopper.join()
    assert len(server.asked) == 1

"""The two bounds of every client: bytes that are kept, and time that is spent."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.clients.cap import Cap, shorten, size_of
from stanch.tools.clients.patience import Deadline, PassingError, persist, seconds_asked
from stanch.tools.errors import TargetUnreachableError
from tests.time_bounds import below

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=30,
)
objects = st.dictionaries(st.text(max_size=4), json_values, max_size=6)


@given(values=st.lists(objects, max_size=8), size=st.integers(0, 2000))
def test_what_is_kept_is_the_front_of_the_list_and_under_the_cap(
    values: list[dict[str, Any]], size: int
) -> None:
    cap = Cap(size)
    kept = cap.first(values)
    assert kept == values[: len(kept)]
    assert cap.truncated is (len(kept) < len(values))
    assert size_of(kept) <= size + 2


@given(value=objects, size=st.integers(500, 2000))
def test_an_object_is_left_whole_or_cut_to_size(value: dict[str, Any], size: int) -> None:
    cap = Cap(size)
    small = cap.shortened(value)
    if cap.truncated:
        assert size_of(small) <= size or size_of(small) < size_of(value)
    else:
        assert small == value


def test_the_longest_text_is_cut_and_says_by_how_much() -> None:
    small = shorten({"short": "kept", "long": "x" * 5000}, 2000)
    assert small["short"] == "kept"
    assert small["long"].endswith("characters cut)")
    assert size_of(small) <= 2000


def test_no_more_is_taken_than_fits() -> None:
    taken: list[int] = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(100):
            taken.append(number)
            yield {"number": number}

    Cap(40).first(source())
    assert len(taken) < 5


def test_a_socket_in_use_is_cut_off_at_the_end_and_not_before() -> None:
    here, there = socket.socketpair()
    with here, there, Deadline(0.2) as deadline:
        deadline.watch(here)
        begin = time.monotonic()
        assert here.recv(1) == b""
        taken = time.monotonic() - begin
        assert taken > 0.15
        below(taken, 1)
        assert deadline.passed


def test_a_socket_that_was_let_go_is_left_alone() -> None:
    here, there = socket.socketpair()
    with here, there, Deadline(0.1) as deadline:
        deadline.watch(here)
        deadline.let_go(here)
        threading.Event().wait(0.2)
        there.send(b"x")
        assert here.recv(1) == b"x"


class Attempts:
    """Fails in passing a number of times, then returns how often it was asked."""

    def __init__(self, failures: int, pause: float | None = None) -> None:
        self.failures = failures
        self.pause = pause
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        if self.made <= self.failures:
            raise PassingError(TargetUnreachableError(f"failure {self.made}"), self.pause)
        return self.made


def test_an_attempt_is_made_again_while_it_fails_in_passing() -> None:
    assert persist(Attempts(3), Deadline(10), stop=threading.Event()) == 4


def test_the_last_failure_is_told_when_attempts_run_out() -> None:
    attempts = Attempts(100)
    with pytest.raises(TargetUnreachableError, match="failure 5"):
        persist(attempts, Deadline(10), stop=threading.Event())
    assert attempts.made == 5


def test_no_wait_is_begun_that_outlasts_the_deadline() -> None:
    attempts = Attempts(100, pause=5)
    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError, match="failure 1"):
        persist(attempts, Deadline(2), stop=threading.Event())
    below(time.monotonic() - begin, 1)


def test_a_wait_ends_when_the_client_is_closed() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError):
        persist(Attempts(100, pause=8), Deadline(20), stop=stop)
    below(time.monotonic() - begin, 2)


def test_another_error_is_not_held_back() -> None:
    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        persist(broken, Deadline(10), stop=threading.Event())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        (None, None),
        ("", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_retry_after_is_read_when_it_is_seconds(
    header: str | None, seconds: float | None
) -> None:
    assert seconds_asked(header) == seconds

"""The practice clock, and how it gives way when the machine cannot keep up."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.clock import Clock as Reader
from stanch.sandbox import serve
from stanch.sandbox.clock import Clock
from stanch.sandbox.governor import LEAST_REST, WINDOW, Governor
from stanch.sandbox.shop.shop import open_shop
from stanch.sandbox.world import World

NOW = 1_790_000_000.0
REST = 0.02
LEAST = 1 / 30


def turns(governor: Governor, spent: float, seconds: float) -> float:
    """Take turns of `spent` wall seconds for so many wall seconds; return the share then."""
    share = 1.0
    for _ in range(round(seconds / spent)):
        share = governor.turn(REST, spent, least=LEAST)
    return share


def test_a_machine_that_keeps_up_gets_the_whole_speed() -> None:
    assert turns(Governor(), REST * 1.2, 10) == 1.0
    assert turns(Governor(), REST / LEAST_REST * 0.99, 10) == 1.0


def test_a_machine_that_falls_behind_is_given_less_and_less_but_never_less_than_the_wall() -> None:
    governor = Governor()
    after_one = turns(governor, REST * 10, WINDOW * 1.4)
    assert 0.2 < after_one < 0.6
    assert turns(governor, REST * 10, 10) == LEAST


def test_the_speed_is_given_back_within_seconds() -> None:
    governor = Governor()
    turns(governor, REST * 10, 10)
    assert turns(governor, REST * 1.1, WINDOW * 3) < 1.0
    assert turns(governor, REST * 1.1, 3) == 1.0


def test_a_single_late_turn_costs_one_half() -> None:
    governor = Governor()
    assert governor.turn(REST, 60.0, least=LEAST) == 0.5


@given(st.lists(st.floats(0.0, 100.0)), st.floats(0.001, 1.0))
def test_no_turn_leads_out_of_the_bounds(spent: list[float], least: float) -> None:
    governor = Governor()
    for one in spent:
        assert least <= governor.turn(REST, one, least=least) <= 1.0


def drawn(file: Path) -> float:
    line: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return line["speed"]


def test_an_eased_clock_keeps_what_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    clock = Clock(start=1000.0, speed=30.0, file=file)
    clock.ease(0.5)
    assert (clock.speed, drawn(file)) == (30.0, 15.0)
    clock.ease(1.0)
    assert (clock.speed, drawn(file)) == (30.0, 30.0)
    clock.ease(0.5)
    clock.set_speed(10.0)
    assert (clock.speed, drawn(file)) == (10.0, 10.0)


def test_a_line_that_is_nearly_the_same_is_not_drawn_anew(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    clock = Clock(start=1000.0, speed=30.0, file=file)
    clock.ease(0.95)
    assert drawn(file) == 30.0
    clock.ease(0.8)
    assert drawn(file) == 24.0
    clock.ease(0.85)
    assert drawn(file) == 24.0
    clock.ease(0.95)
    assert drawn(file) == 28.5
    clock.ease(1.0)  # but the whole speed is given back whole
    assert drawn(file) == 30.0


def test_a_sandbox_that_cannot_keep_up_slows_its_clock_and_goes_on_as_asked_after(
    tmp_path: Path,
) -> None:
    file = tmp_path / "clock.json"
    clock = Clock(start=NOW, speed=60.0, file=file)
    world = World(open_shop(now=NOW, history=90), clock)

    async def until(holds: Callable[[], bool], *, busy: float) -> None:
        """Keep the loop from resting for `busy` wall seconds at a time, until it holds."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            threading.Event().wait(busy)
            await asyncio.sleep(0.001 if busy else 0.02)

    async def live() -> None:
        stop = asyncio.Event()
        living = asyncio.create_task(serve._live(world, stop, parent=None))
        await until(lambda: drawn(file) < 1.2, busy=0.2)
        assert drawn(file) >= 1.0
        assert clock.speed == 60.0
        # Whatever the machine does besides, some of the speed comes back.
        await until(lambda: drawn(file) > 2.0, busy=0.0)
        stop.set()
        await living

    asyncio.run(live())


def test_an_eased_clock_never_jumps() -> None:
    clock = Clock(start=1000.0, speed=100.0)
    last = clock.now()
    for share in (0.5, 0.01, 1.0, 0.3):
        clock.ease(share)
        now = clock.now()
        assert last <= now < last + 100.0
        last = now


@pytest.mark.parametrize(("behind", "held"), [(20.0, True), (600.0, False)])
def test_a_reader_waits_for_a_clock_that_was_slowed_and_follows_one_that_began_anew(
    tmp_path: Path, behind: float, held: bool
) -> None:
    file = tmp_path / "clock.json"
    line = {"wall": time.time(), "simulated": 5000.0, "speed": 0.001}
    file.write_text(json.dumps(line), encoding="utf-8")
    reader = Reader(file)
    before = reader.now()
    file.write_text(json.dumps(line | {"simulated": 5000.0 - behind}), encoding="utf-8")
    threading.Event().wait(0.25)  # it reads the file five times a second
    now = reader.now()
    assert (now == before) is held
    assert held or (before - now).total_seconds() > behind - 1

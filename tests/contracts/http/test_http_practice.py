"""The client and the practice world's own servers understand each other."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import SetWeight, SwitchFlag
from tests.unit.sandbox_web.web_world import WebWorld

OFF = SwitchFlag(
    endpoint="flags.shop.example", environment="production", flag="dark-mode", enabled=False
)
DRAIN = SetWeight(endpoint="balancer", backend="api", server="gw-2", weight=0, from_weight=100)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WebWorld]:
    made = WebWorld(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("change", [OFF, DRAIN])
def test_a_change_and_its_inverse_leave_no_trace_but_their_events(
    world: WebWorld, change: Any
) -> None:
    before = world.do(world.part.baseline)
    facts = world.client.look(change)
    done = world.client.apply(change, key="k", observed=facts)
    assert world.do(world.part.baseline) != before
    if isinstance(change, SwitchFlag):
        back: Any = change.model_copy(update={"enabled": True})
    else:
        back = change.model_copy(update={"weight": 100, "from_weight": 0})
    world.client.apply(back, key="k2", observed=done.data["after"])
    assert world.do(world.part.baseline) == before
    assert world.client.probe(change, key="k") is False


def test_flagd_evaluates_the_same_flags(world: WebWorld) -> None:
    change = OFF.model_copy(update={"endpoint": "flagd"})
    assert world.client.look(change) == {"flag": "dark-mode", "enabled": True, "variant": "on"}


def test_an_expired_certificate_of_the_flag_service_stops_a_change(world: WebWorld) -> None:
    ended = time.time() - 5
    world.part._own = world.part._authority.issue(
        ("flags.shop.example",), begin=ended - 60, end=ended
    )
    with pytest.raises(TargetUnreachableError, match=r"certificate has expired\. Nothing was sent"):
        world.client.look(OFF)

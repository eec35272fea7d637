"""The restart of a unit is pinned to the invocation that was seen (MIT-22)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.mitigation.strategy import Strategy
from stanch.tools.operations import HostRead, RestartUnit
from stanch.tools.operations.host import ChangeHost, Enclosure, HostPart
from stanch.tools.operations.host_acts import unit_facts

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
INVOCATION = "0123456789abcdef0123456789abcdef"


def restart(*words: str, program: str = "systemctl", **more: Any) -> ChangeHost:
    parts = tuple(
        HostPart(role="verb" if word in {"restart", "stop"} else "operand", text=word)
        for word in words
    )
    return ChangeHost(program=program, args=parts, **({"host": "edge-1"} | more))


def strategy() -> Strategy:
    found = strategy_for(restart("restart", "nginx"))
    assert found is not None
    return found


def shown(active: str = "active", load: str = "loaded", sub: str = "running") -> dict[str, Any]:
    text = f"LoadState={load}\nActiveState={active}\nSubState={sub}\nInvocationID={INVOCATION}\n"
    return {"target": {"stdout": text, "stderr": "", "exit_status": 0}}


@pytest.mark.parametrize(
    "intent",
    [
        restart("restart", "nginx"),
        restart("restart", "nginx.service"),
        restart("restart", "nginx.service", sudo="root"),
        restart("nginx", "restart", program="service"),
    ],
)
def test_every_way_to_write_it_is_one_exact_restart(intent: ChangeHost) -> None:
    looks = strategy().looks(intent)
    assert list(looks) == ["target"]
    look = looks["target"]
    assert isinstance(look, HostRead)
    assert look.host == "edge-1"
    assert look.argv == (
        "systemctl", "show", "nginx.service", "-p", "LoadState,ActiveState,SubState,InvocationID",
    )  # fmt: skip
    plan = strategy().plan(intent, shown(), now=NOW)
    assert plan.operation == RestartUnit(host="edge-1", unit="nginx.service", invocation=INVOCATION)
    assert plan.observed == {
        "active_state": "active", "sub_state": "running", "invocation_id": INVOCATION,
    }  # fmt: skip
    assert plan.inverse is None
    assert "no way back" in plan.inverse_note
    assert plan.title == "Restart nginx.service on edge-1, which is active (running)"


def test_a_unit_that_has_failed_is_restarted_too() -> None:
    plan = strategy().plan(restart("restart", "nginx"), shown("failed", sub="failed"), now=NOW)
    assert plan.observed["active_state"] == "failed"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (shown(load="not-found"), "edge-1 has no unit nginx.service"),
        (shown("activating"), "is activating just now"),
        (
            {"target": {"stdout": "", "stderr": "Failed to connect to bus", "exit_status": 1}},
            "does not say how nginx.service is: Failed to connect to bus",
        ),
        ({"target": {"stdout": "", "stderr": "", "exit_status": None}}, "systemctl failed"),
        ({"target": {"stdout": "", "stderr": "", "exit_status": 0}}, "has no unit"),
    ],
)
def test_a_unit_that_is_not_there_or_not_at_rest_is_not_restarted(
    seen: dict[str, Any], said: str
) -> None:
    with pytest.raises(CannotPlanError, match=said):
        strategy().plan(restart("restart", "nginx"), seen, now=NOW)


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (restart("stop", "nginx"), "a person can run `ssh edge-1"),
        (restart("restart", "nginx.timer"), "a person can run"),
        (restart("restart", "nginx", "php-fpm"), "a person can run"),
        (
            restart("restart", "nginx", inside=Enclosure(by="docker", name="web")),
            "a person can run",
        ),
        (restart("restart", "nginx", host=None), "names no host"),
        (restart("restart", "nginx", host=None, hosts=("a", "b")), "names 2 hosts"),
        (restart("restart", "nginx", sudo="postgres"), "not as postgres"),
        (restart("restart", "nginx", port=2222), "name it under"),
    ],
)
def test_anything_else_is_left_to_people(intent: ChangeHost, said: str) -> None:
    with pytest.raises(CannotPlanError, match=said):
        strategy().looks(intent)


def test_a_restart_has_nothing_to_be_foretold_for_an_inverse() -> None:
    change = RestartUnit(host="edge-1", unit="nginx.service", invocation="")
    assert strategy().foretold(change, {}) == {}


def test_facts_survive_values_with_equals_signs_and_empty_ones() -> None:
    text = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nInvocationID=\nX=a=b\nodd\n"
    assert unit_facts(text) == {
        "active_state": "inactive", "sub_state": "dead", "invocation_id": "",
    }  # fmt: skip

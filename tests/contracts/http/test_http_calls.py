"""Calls that the settings define, from a runbook's line to the practice edge and back.

MIT-14 (rate limit), MIT-15 (block), MIT-20, DF-18.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, differences, strategy_for
from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.sandbox.web.names import EDGE
from stanch.settings.targets import EndpointSettings
from stanch.tools.errors import (
    OperationRefusedError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations import Effect, HttpIntent, LookAtCall, MakeCall
from tests.unit.sandbox_web.web_world import WebWorld

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LIMIT = (
    f"curl -sS -X PUT -H 'Authorization: Bearer $EDGE_TOKEN' "
    f"https://{EDGE}/v1/limits/clients -d '{{\"rate\": 5}}'"
)
BLOCK = (
    f'curl -sS -X PUT https://{EDGE}/v1/blocks/198.51.100.7 -d \'{{"network": "198.51.100.7"}}\''
)
NETWORK = ip_network("198.51.100.7")
LINES = [pytest.param(LIMIT, id="limit"), pytest.param(BLOCK, id="block")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WebWorld]:
    made = WebWorld(tmp_path)
    yield made
    made.close()


def planned(world: WebWorld, line: str) -> Plan:
    template = command_template(line, {})
    intent = HttpIntent.model_validate(fill(template.fields, {}))
    strategy = strategy_for(intent)
    assert strategy is not None
    look = strategy.looks(intent)["target"]
    assert isinstance(look, LookAtCall)
    seen = {"target": world.client.observe(look).data}
    return strategy.plan(intent, seen, now=NOW)


def call_of(plan: Plan) -> MakeCall:
    assert isinstance(plan.operation, MakeCall)
    return plan.operation


def state(world: WebWorld) -> tuple[float | None, list[str]]:
    return world.do(lambda: (world.shop.demand.limit, sorted(world.part.edge.blocks)))


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_runbook_is_planned_shown_made_and_taken_back(
    world: WebWorld, line: str
) -> None:
    plan = planned(world, line)
    change = call_of(plan)
    assert change.effect is Effect.MUTATE
    assert world.client.look(change) == plan.observed
    tried = world.client.preview(change, key="k")
    assert (tried.accepted, tried.tried) == (True, False)
    assert differences(tried.before, tried.after)
    assert state(world) == (None, [])
    assert world.client.probe(change, key="k") is False

    done = world.client.apply(change, key="INC-1:P-1", observed=plan.observed)
    assert state(world) != (None, [])
    after = {name: one for name, one in done.data["after"].items() if name != "version"}
    assert after == tried.after
    assert "does not show it yet" not in done.text
    assert world.client.probe(change, key="k") is True

    inverse = plan.inverse
    assert isinstance(inverse, MakeCall)
    strategy = strategy_for(HttpIntent(method="PUT", host=EDGE))
    assert strategy is not None
    expected = strategy.foretold(change, tried.after)
    now = world.client.look(inverse)
    assert {name: now.get(name) for name in expected} == expected
    world.client.apply(inverse, key="INC-1:P-1:inverse", observed=now)
    assert state(world) == (None, [])
    assert world.client.probe(inverse, key="k") is True


def test_what_a_person_approves_says_what_is_sent_and_what_it_costs(world: WebWorld) -> None:
    plan = planned(world, LIMIT)
    change = call_of(plan)
    assert plan.title == "Lets each client ask at most 5 times a second"
    assert plan.inverse_note == (
        "sets what was there before: lets each client ask at most 1000 times a second"
    )
    assert 'what is sent is PUT /v1/limits/clients with {"rate": 5}, and nothing else' in (
        plan.touches
    )
    assert any("gets 429" in one for one in plan.touches)
    assert (change.endpoint, change.target) == ("edge", "http/edge/v1/limits/clients")
    assert [(one.name, one.after) for one in change.reach.sizes] == [("rate", 5)]
    assert "{edge}/v1/limits/clients" in change.as_text()
    block = planned(world, BLOCK)
    assert block.title == "Keeps 198.51.100.7/32 out"
    assert call_of(block).reach.sizes[0].after == 1
    # A block and its end exclude each other.
    assert block.inverse is not None
    assert block.inverse.target == block.operation.target


def limited_and_freed(world: WebWorld) -> None:
    world.part.edge.limit(77)
    world.part.edge.limit(1000)


DRIFTS: list[tuple[str, Callable[[WebWorld], Any], str]] = [
    (LIMIT, lambda w: w.part.edge.limit(77), "rate was 1000 and is 77"),
    (LIMIT, limited_and_freed, "version was"),
    (BLOCK, lambda w: w.part.edge.block(NETWORK, "else"), "present was False and is True"),
]


@pytest.mark.parametrize(("line", "drift", "why"), DRIFTS)
def test_what_somebody_else_changed_meanwhile_is_left_alone(
    world: WebWorld, line: str, drift: Callable[[WebWorld], Any], why: str
) -> None:
    plan = planned(world, line)
    world.do(lambda: drift(world))
    there = state(world)
    with pytest.raises(PreconditionFailedError, match=why):
        world.client.apply(call_of(plan), key="k", observed=plan.observed)
    assert state(world) == there


def test_a_block_that_was_removed_and_made_again_is_another_one(world: WebWorld) -> None:
    world.do(lambda: world.part.edge.block(NETWORK, ""))
    line = f"curl -sS -X DELETE https://{EDGE}/v1/blocks/198.51.100.7"
    plan = planned(world, line)
    world.do(lambda: world.part.edge.unblock(NETWORK))
    world.do(lambda: world.part.edge.block(NETWORK, ""))
    with pytest.raises(PreconditionFailedError, match="version was"):
        world.client.apply(call_of(plan), key="k", observed=plan.observed)
    assert state(world) == (None, ["198.51.100.7/32"])


def test_letting_a_network_in_is_a_call_of_its_own_with_a_way_back(world: WebWorld) -> None:
    world.do(lambda: world.part.edge.block(NETWORK, ""))
    plan = planned(world, f"curl -sS -X DELETE https://{EDGE}/v1/blocks/198.51.100.7")
    assert plan.inverse is not None
    assert call_of(plan).effect is Effect.MUTATE
    world.client.apply(call_of(plan), key="k", observed=plan.observed)
    assert state(world) == (None, [])
    back = plan.inverse
    assert isinstance(back, MakeCall)
    world.client.apply(back, key="k2", observed=world.client.look(back))
    assert state(world) == (None, ["198.51.100.7/32"])


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ("0.0.0.0/0", "wider than /28"),
        ("198.51.0.0/16", "wider than /28"),
        ("10.1.2.3", "never named"),
        ("192.168.1.0/28", "never named"),
        ("127.0.0.1", "never named"),
        ("169.254.169.254", "never named"),
        ("::1", "never named"),
        ("::/0", "wider than /56"),
        ("198.51.100.7/24", "has host bits set"),
        ("everybody", "neither an address nor a network"),
    ],
)
def test_a_network_that_is_no_single_attacker_is_never_blocked(
    world: WebWorld, network: str, why: str
) -> None:
    place = network.replace("/", "%2F")
    line = f'curl -X PUT https://{EDGE}/v1/blocks/{place} -d \'{{"network": "{network}"}}\''
    with pytest.raises(CannotPlanError, match=why):
        planned(world, line)
    assert state(world) == (None, [])


@pytest.mark.parametrize(
    "line",
    [
        LIMIT.replace("clients", "others"),
        LIMIT.replace('"rate": 5', '"rate": 5, "burst": 9'),
        LIMIT.replace('"rate": 5', '"rate": 1'),
        LIMIT.replace('"rate": 5', '"rate": 5.5'),
        LIMIT.replace('"rate": 5', '"rate": true'),
        LIMIT.replace("-X PUT", "-X POST"),
        LIMIT.replace("/clients", "/clients?force=1"),
        BLOCK.replace('"198.51.100.7"', '"198.51.100.8"'),
        "curl -X PUT https://shop.example/v1/limits/clients -d '{\"rate\": 5}'",
    ],
)
def test_a_request_that_is_no_configured_call_is_left_to_people(world: WebWorld, line: str) -> None:
    with pytest.raises(CannotPlanError, match="a person can run"):
        planned(world, line)
    assert state(world) == (None, [])


def test_what_is_so_already_is_not_proposed(world: WebWorld) -> None:
    world.do(lambda: world.part.edge.limit(5))
    with pytest.raises(CannotPlanError, match="it is so already"):
        planned(world, LIMIT)


def test_a_value_that_the_call_may_not_set_is_not_promised_back(world: WebWorld) -> None:
    world.do(lambda: world.part.edge.limit(1))
    plan = planned(world, LIMIT)
    assert plan.inverse is None
    assert "1 is not between 2 and 1000" in plan.inverse_note
    assert plan.operation.effect is Effect.DESTRUCTIVE


def test_a_call_that_the_settings_changed_meanwhile_is_not_sent(world: WebWorld) -> None:
    plan = planned(world, LIMIT)
    edge = world.targets.endpoints["edge"]
    calls = dict(edge.calls)
    calls["limit-clients"] = calls["limit-clients"].model_copy(update={"does": "else <rate>"})
    changed: EndpointSettings = edge.model_copy(update={"calls": calls})
    world.targets.endpoints["edge"] = changed
    for act in (world.client.look, lambda one: world.client.preview(one, key="k")):
        with pytest.raises(OperationRefusedError, match="not in the settings what it was"):
            act(call_of(plan))
    with pytest.raises(OperationRefusedError, match="not in the settings what it was"):
        world.client.apply(call_of(plan), key="k", observed=plan.observed)
    world.targets.endpoints["edge"] = edge.model_copy(update={"calls": {}})
    with pytest.raises(TargetUnreachableError, match=r"add \[endpoints.edge.calls.limit-clients\]"):
        world.client.look(call_of(plan))
    assert state(world) == (None, [])


@pytest.mark.parametrize(
    "forged",
    [
        {"path": "/v1/limits/others"},
        {"body": '{"rate": 900}'},
        {"method": "DELETE"},
        {"arguments": (("rate", 900),)},
        {"arguments": (("rate", 5), ("more", 1))},
        {"arguments": ()},
        {"place": "/v1/blocks"},
        {"after": {"present": True, "rate": 900}},
    ],
)
def test_a_request_that_does_not_follow_from_the_settings_is_not_sent(
    world: WebWorld, forged: dict[str, Any]
) -> None:
    plan = planned(world, LIMIT)
    change = call_of(plan).model_copy(update=forged)
    with pytest.raises(OperationRefusedError):
        world.client.apply(change, key="k", observed=plan.observed)
    assert state(world) == (None, [])

"""The shipped runbooks against floods and attacks, from their lines to the edge and back.

MIT-14 (rate limit), MIT-15 (block), MIT-20 (flood -> rate limit, malicious -> block).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from stanch.executor.clients import Clients
from stanch.mitigation import Plan, differences, strategy_for
from stanch.policy import Policy, Rule, Where, judge
from stanch.runbook.bind import bind
from stanch.runbook.read import read
from stanch.settings import Settings
from stanch.tools.operations import Change, HttpIntent, HttpRead, LookAtCall, MakeCall, Operation
from tests.unit.diagnosis.diagnosis_samples import RUNBOOKS
from tests.unit.policy_samples import environment, policy, situation
from tests.unit.sandbox_web.web_world import WebWorld

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
VALUES = {"namespace": "shop", "service": "checkout", "edge": "edge.shop.example"}
FLOOD = ("http/flood", "limit-clients", {"rate": "20"})
ATTACK = ("http/malicious-traffic", "block-client", {"client": "198.51.100.7"})
BOTH = [pytest.param(*FLOOD, id="flood"), pytest.param(*ATTACK, id="attack")]
EDGE = Where(endpoints=("edge",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WebWorld]:
    made = WebWorld(tmp_path)
    yield made
    made.close()


def bound(name: str, step: str, values: dict[str, str]) -> Any:
    book = read(RUNBOOKS / f"{name}.md", root=RUNBOOKS)
    return bind(book.step(step), {**VALUES, **values}, params=book.params)


def planned(world: WebWorld, name: str, step: str, values: dict[str, str]) -> Plan:
    intent = bound(name, step, values)
    assert isinstance(intent, HttpIntent)
    strategy = strategy_for(intent)
    assert strategy is not None
    look = strategy.looks(intent)["target"]
    assert isinstance(look, LookAtCall)
    return strategy.plan(intent, {"target": world.client.observe(look).data}, now=NOW)


@pytest.mark.parametrize(("name", "step", "values"), BOTH)
def test_the_mitigation_is_previewed_made_and_taken_back(
    world: WebWorld, name: str, step: str, values: dict[str, str]
) -> None:
    before = world.do(lambda: (world.shop.demand.limit, dict(world.part.edge.blocks)))
    plan = planned(world, name, step, values)
    assert isinstance(plan.operation, MakeCall)
    assert isinstance(plan.inverse, MakeCall)
    tried = world.client.preview(plan.operation, key="k")
    assert tried.accepted
    assert differences(tried.before, tried.after)
    done = world.client.apply(plan.operation, key="k", observed=plan.observed)
    assert {**done.data["after"], "version": None} == {**tried.after, "version": None}
    now = world.client.look(plan.inverse)
    world.client.apply(plan.inverse, key="k:inverse", observed=now)
    assert world.do(lambda: (world.shop.demand.limit, dict(world.part.edge.blocks))) == before


@pytest.mark.parametrize(("name", "step", "values"), BOTH)
def test_the_state_of_the_edge_is_read_by_a_step_of_the_runbook(
    world: WebWorld, name: str, step: str, values: dict[str, str]
) -> None:
    look = bound(name, {"limit-clients": "limit", "block-client": "blocked"}[step], values)
    assert isinstance(look, HttpRead)
    read_before = world.client.observe(look).data
    plan = planned(world, name, step, values)
    assert isinstance(plan.operation, MakeCall)
    world.client.apply(plan.operation, key="k", observed=plan.observed)
    read_after = world.client.observe(look).data
    told = [(one["status_code"], one["json"].get("rate")) for one in (read_before, read_after)]
    assert (
        told
        == {"limit": [(200, 1000), (200, 20)], "block": [(404, None), (200, None)]}[
            step.partition("-")[0]
        ]
    )


@pytest.mark.parametrize(("name", "step", "values"), BOTH)
def test_the_executor_has_hands_for_it_and_the_journal_keeps_it_whole(
    world: WebWorld, tmp_path: Path, name: str, step: str, values: dict[str, str]
) -> None:
    clients = Clients(Settings(home=tmp_path, user="ann", targets=world.targets))
    strategy = strategy_for(bound(name, step, values))
    assert strategy is not None
    [look] = strategy.looks(bound(name, step, values)).values()
    kept_look = TypeAdapter(Operation).validate_json(look.model_dump_json())
    assert kept_look == look
    data = clients.observe(kept_look).data
    plan = strategy.plan(bound(name, step, values), {"target": data}, now=NOW)
    kept: Any = TypeAdapter(Change).validate_json(plan.operation.model_dump_json())
    assert (kept, kept.digest) == (plan.operation, plan.operation.digest)
    hands = clients.hands(kept)
    hands.apply(kept, key="k", observed=hands.look(kept))
    assert hands.probe(kept, key="k") is True
    clients.close()


def judged(rules: Policy, plan: Plan, *, approved: bool = False) -> str:
    digests = {plan.operation.digest} if approved else frozenset[str]()
    return judge(rules, plan.operation, approved=digests, situation=situation()).answer


@pytest.mark.parametrize(("name", "step", "values"), BOTH)
def test_a_policy_grants_a_call_by_its_name_at_its_endpoint(
    world: WebWorld, name: str, step: str, values: dict[str, str]
) -> None:
    plan = planned(world, name, step, values)
    assert isinstance(plan.operation, MakeCall)
    thing = f"calls/{plan.operation.call}"
    granting = policy(environment(where=EDGE, allow=(Rule(kinds=("http.call",), things=(thing,)),)))
    assert judged(granting, plan) == "ask"
    assert judged(granting, plan, approved=True) == "allow"
    other = policy(
        environment(where=EDGE, allow=(Rule(kinds=("http.call",), things=("calls/else",)),))
    )
    assert judged(other, plan, approved=True) == "deny"
    elsewhere = Where(endpoints=("lb",))
    away = policy(environment(where=elsewhere, allow=(Rule(kinds=("http.call",)),)))
    assert judged(away, plan, approved=True) == "deny"


def test_a_policy_may_bound_how_many_addresses_are_shut_out(world: WebWorld) -> None:
    name, step, values = ATTACK
    plan = planned(world, name, step, values)
    for when, answer in (
        ("change.sizes['addresses'] <= 1", "ask"),
        ("change.sizes['addresses'] > 1", "deny"),
    ):
        rules = policy(environment(where=EDGE, allow=(Rule(kinds=("http.call",), when=when),)))
        assert judged(rules, plan) == answer

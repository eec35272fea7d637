"""The executor makes and takes back changes of sets and autoscalers, and evicts pods."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stanch.approvals import Identity, approve
from stanch.incident import Approval, Proposal
from stanch.mitigation import strategy_for
from stanch.policy import Rule, Where
from stanch.tools.operations import Intent
from stanch.tools.operations.kubernetes_intents import Autoscale, DeleteObjects
from stanch.tools.operations.kubernetes_names import Subject
from tests.contracts.clients.client_sets import Rolling
from tests.contracts.clients.client_targets import Target
from tests.contracts.clients.test_client_autoscalers import HPA
from tests.contracts.executor.conftest import World
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import environment, policy

# An eviction touches the node too, and a policy has to list it.
PLACES = Where(namespaces=("shop",), nodes=("*",))
POLICY = policy(environment(where=PLACES, allow=(Rule(kinds=("kubernetes.*",)),)))


@dataclass
class Workplace:
    """A world in which any intent of a cluster can be proposed."""

    world: World

    def approved(self, intent: Intent) -> tuple[Proposal, Approval]:
        strategy, world = strategy_for(intent), self.world
        assert strategy is not None
        seen = {name: world.clients.observe(read).data for name, read in _looks(strategy, intent)}
        made = strategy.plan(intent, seen, now=world.clock.now())
        tried = world.clients.hands(made.operation).preview(made.operation, key="k")
        assert tried.accepted, tried.note
        proposal = samples.proposal(
            operation=made.operation,
            observed=made.observed,
            inverse=made.inverse,
            inverse_note=made.inverse_note,
            expected=strategy.foretold(made.operation, tried.after),
            policy_sha256=POLICY.sha256,
        )
        approval = world.ask(proposal)
        who = Identity("ann", "test")
        return proposal, approve(world.store, POLICY, world.clock, approval, who=who)


def _looks(strategy: Any, intent: Intent) -> Any:
    return strategy.looks(intent).items()


@pytest.fixture
def place(world: World, target: Target) -> Workplace:
    if target.name != "practice":
        pytest.skip("what the operator may do there is for the owner of that cluster to say")
    world.rules.append(POLICY)
    return Workplace(world)


@pytest.fixture
def stateful(world: World) -> Iterator[Rolling]:
    found = Rolling(world.corner, "statefulsets")
    world.corner.delete(world.corner.path(name=world.corner.name))
    world.corner.until(lambda: world.corner.list("pods"), lambda pods: not pods)
    yield found
    found.remove()


def test_a_stateful_set_is_rolled_back_and_put_back_when_the_checks_fail(
    place: Workplace, stateful: Rolling
) -> None:
    stateful.make()
    stateful.release("v2")
    stateful.settled()
    proposal, approval = place.approved(stateful.asks("undo"))
    result = place.world.executor.execute(proposal, approval)
    assert result.state == "done", result.text
    stateful.settled()
    assert stateful.images() == ["v1", "v1"]
    undone = place.world.executor.undo(place.world.failed(proposal), approval)
    assert undone.state == "done", undone.text
    stateful.settled()
    assert stateful.images() == ["v2", "v2"]


def test_a_set_that_somebody_changed_after_the_roll_back_is_not_put_back(
    place: Workplace, stateful: Rolling
) -> None:
    stateful.make()
    stateful.release("v2")
    stateful.settled()
    proposal, approval = place.approved(stateful.asks("undo"))
    assert place.world.executor.execute(proposal, approval).state == "done"
    stateful.release("v3")
    undone = place.world.executor.undo(place.world.failed(proposal), approval)
    assert undone.state == "not sent"
    assert "others changed the target" in undone.text


def test_an_autoscaler_is_made_and_exactly_that_one_goes_again(place: Workplace) -> None:
    corner = place.world.corner
    resources = {"requests": {"cpu": "100m"}}
    containers = [{"name": "web", "resources": resources}]
    corner.patch({"spec": {"template": {"spec": {"containers": containers}}}})
    corner.settled()
    corner.until(lambda: corner.list("pods"), lambda pods: len(pods) == 1)
    subject = Subject(resource="deployments", name=corner.name)
    intent = Autoscale(objects=(subject,), namespace="shop", least=1, most=3, cpu=70)
    proposal, approval = place.approved(intent)
    try:
        result = place.world.executor.execute(proposal, approval)
        assert result.state == "done", result.text
        assert corner.get(HPA)["spec"]["targetCPUUtilizationPercentage"] == 70
        undone = place.world.executor.undo(place.world.failed(proposal), approval)
        assert undone.state == "done", undone.text
        assert corner.admin.get(corner.path(HPA, corner.name)).status_code == 404
        assert corner.get()["spec"]["replicas"] == 1
    finally:
        corner.delete(corner.path(HPA, corner.name))


def test_a_pod_is_evicted_once_and_there_is_no_way_back(place: Workplace) -> None:
    corner = place.world.corner
    [pod] = corner.until(
        lambda: [one["metadata"] for one in corner.list("pods")],
        lambda found: len(found) == 1 and "deletionTimestamp" not in found[0],
    )
    intent = DeleteObjects(objects=(Subject(resource="pods", name=pod["name"]),), namespace="shop")
    proposal, approval = place.approved(intent)
    result = place.world.executor.execute(proposal, approval)
    assert result.state == "done", result.text
    corner.until(
        lambda: [one["metadata"]["uid"] for one in corner.list("pods")],
        lambda uids: bool(uids) and pod["uid"] not in uids,
    )
    undone = place.world.executor.undo(place.world.failed(proposal), approval)
    assert undone.state == "not sent"

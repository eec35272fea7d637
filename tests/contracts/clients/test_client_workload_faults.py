"""A change of a set, an autoscaler or a pod whose answer is lost is never sent again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, TargetUnreachableError
from stanch.tools.operations import (
    CreateAutoscaler,
    DeleteAutoscaler,
    EvictPod,
    RollBackSet,
)
from tests.contracts.clients.client_front import Canned, Front, Misdeed, Rule, Seen
from tests.contracts.clients.client_sets import Rolling, planned
from tests.contracts.clients.client_targets import Corner, Target
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.test_client_autoscalers import HPA, intent, measured
from tests.contracts.clients.test_client_evictions import away


@pytest.fixture
def fronted_client(connect: Connect, target: Target, fronted: Path) -> KubernetesClient:
    """Return a client that looks past the front and acts through it, with the operator's rights."""
    if target.name != "practice":
        pytest.skip("what the operator may do there is for the owner of that cluster to say")
    return connect(kubeconfig=fronted, context="direct", act_context="front")


@pytest.fixture
def stateful(corner: Corner) -> Iterator[Rolling]:
    found = Rolling(corner, "statefulsets")
    yield found
    found.remove()


def sent(front: Front, method: str) -> list[Seen]:
    return [one for one in front.seen if one.method == method and "dryRun" not in one.path]


def misdeed(method: str, kind: Misdeed | Canned) -> Rule:
    return lambda seen: kind if seen.method == method and "dryRun" not in seen.path else None


@pytest.mark.parametrize(("cut", "ran"), [("cut before", False), ("cut after", True)])
def test_an_eviction_without_an_answer_is_sent_once_and_probing_tells(
    fronted_client: KubernetesClient, front: Front, corner: Corner, *, cut: Misdeed, ran: bool
) -> None:
    corner.deploy(replicas=1)
    made = planned(fronted_client, away(corner.list("pods")[0]["metadata"]["name"]))
    change = made.operation
    assert isinstance(change, EvictPod)
    front.rule = misdeed("POST", cut)
    with pytest.raises(OutcomeUnknownError, match="whether it ran is not known"):
        fronted_client.evictions.apply(change, key="k", observed=made.observed)
    assert len(sent(front, "POST")) == 1
    assert fronted_client.evictions.probe(change, key="k") is ran


@pytest.mark.parametrize(("cut", "ran"), [("cut before", False), ("cut after", True)])
def test_an_autoscaler_without_an_answer_is_made_at_most_once(
    fronted_client: KubernetesClient, front: Front, corner: Corner, *, cut: Misdeed, ran: bool
) -> None:
    measured(corner)
    made = planned(fronted_client, intent(corner))
    change = made.operation
    assert isinstance(change, CreateAutoscaler)
    front.rule = misdeed("POST", cut)
    try:
        with pytest.raises(OutcomeUnknownError):
            fronted_client.autoscalers.apply(change, key="k", observed=made.observed)
        assert len(sent(front, "POST")) == 1
        assert fronted_client.autoscalers.probe(change, key="k") is ran
    finally:
        corner.delete(corner.path(HPA, corner.name))


@pytest.mark.parametrize("fault", ["cut before", Canned(403)], ids=["cut", "refused"])
def test_replicas_that_could_not_be_set_again_are_no_success(
    fronted_client: KubernetesClient, front: Front, corner: Corner, fault: Any
) -> None:
    measured(corner)
    made = planned(fronted_client, intent(corner))
    change, inverse = made.operation, made.inverse
    assert isinstance(change, CreateAutoscaler)
    assert isinstance(inverse, DeleteAutoscaler)
    hands = fronted_client.autoscalers
    hands.apply(change, key="k", observed=made.observed)
    corner.patch({"spec": {"replicas": 4}})
    seen = hands.look(inverse)
    front.rule = misdeed("PATCH", fault)
    with pytest.raises(OutcomeUnknownError):
        hands.apply(inverse, key="k:inverse", observed=seen)
    assert len(sent(front, "DELETE")) == len(sent(front, "PATCH")) == 1
    assert hands.look(inverse) == {"missing": True}
    assert hands.probe(inverse, key="k:inverse") is None


@pytest.mark.parametrize(("cut", "ran"), [("cut before", False), ("cut after", True)])
def test_a_roll_back_of_a_set_without_an_answer_is_sent_once(
    fronted_client: KubernetesClient,
    front: Front,
    corner: Corner,
    stateful: Rolling,
    *,
    cut: Misdeed,
    ran: bool,
) -> None:
    stateful.make()
    stateful.release("v2")
    corner.until(stateful.revisions, lambda found: len(found) == 2)
    # A controller that still writes to it would have the request refused, not lost.
    stateful.settled()
    made = planned(fronted_client, stateful.asks("undo"))
    assert isinstance(made.operation, RollBackSet)
    front.rule = misdeed("PATCH", cut)
    with pytest.raises(OutcomeUnknownError):
        fronted_client.apply(made.operation, key="k", observed=made.observed)
    assert len(sent(front, "PATCH")) == 1
    assert fronted_client.probe(made.operation, key="k") is ran


def test_a_dry_run_without_an_answer_says_that_nothing_was_sent(
    fronted_client: KubernetesClient, front: Front, corner: Corner
) -> None:
    corner.deploy(replicas=1)
    made = planned(fronted_client, away(corner.list("pods")[0]["metadata"]["name"]))
    assert isinstance(made.operation, EvictPod)
    front.rule = lambda seen: "cut after" if seen.method == "POST" else None
    with pytest.raises(TargetUnreachableError, match="dry run"):
        fronted_client.evictions.preview(made.operation, key="k")
    assert fronted_client.evictions.look(made.operation) == made.observed


def test_a_server_that_is_merely_busy_is_not_taken_for_a_budget(
    fronted_client: KubernetesClient, front: Front, corner: Corner
) -> None:
    corner.deploy(replicas=1)
    made = planned(fronted_client, away(corner.list("pods")[0]["metadata"]["name"]))
    assert isinstance(made.operation, EvictPod)
    front.rule = misdeed("POST", Canned(429, b'{"kind":"Status","message":"slow down"}'))
    with pytest.raises(OperationRefusedError, match="too busy"):
        fronted_client.evictions.apply(made.operation, key="k", observed=made.observed)

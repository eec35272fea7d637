"""One pod is evicted at a time, by UID and node, and never against its disruption budget."""

from collections.abc import Iterator
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.evictions import EvictionHands
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import EvictPod, InspectEvictions, Intent, PatchObject
from stanch.tools.operations.kubernetes_intents import DeleteObjects
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import DrainNodes
from tests.contracts.clients.client_sets import planned
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target


@pytest.fixture
def hands(client: KubernetesClient) -> EvictionHands:
    return client.evictions


@pytest.fixture
def budget(corner: Corner, target: Target) -> Iterator[Any]:
    """Protect the pods of the corner: so many must be left."""
    version = "v1" if target.name == "practice" else budget_version(corner)
    root = f"/apis/policy/{version}/namespaces/{NAMESPACE}/poddisruptionbudgets"
    made: list[str] = []

    def protect(least: int) -> None:
        name = f"{corner.name}-{len(made)}"
        spec = {"minAvailable": least, "selector": {"matchLabels": {"app": corner.name}}}
        body = {"metadata": {"name": name}, "spec": spec}
        answer = corner.admin.post(root, json=body)
        assert answer.is_success, answer.text
        made.append(f"{root}/{name}")
        corner.until(
            lambda: corner.admin.get(made[-1]).json(),
            lambda found: found.get("status", {}).get("expectedPods", 0) > 0,
        )

    yield protect
    for path in made:
        corner.delete(path)


def budget_version(corner: Corner) -> str:
    versions = corner.admin.get("/apis/policy").json()["versions"]
    return "v1" if any(one["version"] == "v1" for one in versions) else "v1beta1"


def away(pod: str) -> Intent:
    return DeleteObjects(objects=(Subject(resource="pod", name=pod),), namespace=NAMESPACE)


def plan_of_first(client: KubernetesClient, corner: Corner) -> tuple[Plan, EvictPod]:
    made = planned(client, away(corner.list("pods")[0]["metadata"]["name"]))
    assert isinstance(made.operation, EvictPod)
    return made, made.operation


def gone(corner: Corner, uid: str) -> None:
    corner.until(
        lambda: [pod["metadata"]["uid"] for pod in corner.list("pods")],
        lambda found: uid not in found,
    )


def test_a_pod_is_evicted_and_its_controller_makes_another(
    client: KubernetesClient, hands: EvictionHands, corner: Corner
) -> None:
    corner.deploy(replicas=2)
    made, change = plan_of_first(client, corner)
    assert change.workload is not None
    assert (change.workload.resource, change.workload.name) == ("deployments", corner.name)
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    assert tried.before["metadata"]["uid"] == change.uid
    assert tried.after == {}
    assert hands.look(change) == made.observed
    assert hands.probe(change, key="k") is False
    hands.apply(change, key="k", observed=made.observed)
    assert hands.probe(change, key="k") is True
    gone(corner, change.uid)
    corner.settled()
    assert len(corner.list("pods")) == 2
    assert hands.probe(change, key="k") is True


def test_a_budget_that_allows_nothing_is_a_clear_refusal(
    client: KubernetesClient, hands: EvictionHands, corner: Corner, budget: Any
) -> None:
    corner.deploy(replicas=2)
    budget(2)
    made, change = plan_of_first(client, corner)
    assert any("lets 0 pods go now" in text for text in made.touches)
    tried = hands.preview(change, key="k")
    assert not tried.accepted
    assert f"the budget {corner.name}-0 allows no disruption now" in tried.note
    with pytest.raises(OperationRefusedError, match="allows no disruption now"):
        hands.apply(change, key="k", observed=made.observed)
    assert hands.look(change) == made.observed
    assert hands.probe(change, key="k") is False


def test_a_budget_with_room_lets_the_pod_go(
    client: KubernetesClient, hands: EvictionHands, corner: Corner, budget: Any
) -> None:
    corner.deploy(replicas=2)
    budget(1)
    made, change = plan_of_first(client, corner)
    assert hands.preview(change, key="k").accepted
    hands.apply(change, key="k", observed=made.observed)
    gone(corner, change.uid)


def test_two_budgets_over_one_pod_are_refused_before_the_server_breaks_on_them(
    client: KubernetesClient, corner: Corner, budget: Any
) -> None:
    corner.deploy(replicas=2)
    budget(1)
    budget(1)
    with pytest.raises(CannotPlanError, match="several disruption budgets"):
        plan_of_first(client, corner)


def test_a_pod_that_went_meanwhile_and_a_namesake_are_left_alone(
    client: KubernetesClient, hands: EvictionHands, corner: Corner
) -> None:
    corner.deploy(replicas=1)
    made, change = plan_of_first(client, corner)
    corner.delete(corner.path("pods", change.name))
    gone(corner, change.uid)
    with pytest.raises(PreconditionFailedError, match="missing"):
        hands.apply(change, key="k", observed=made.observed)
    assert not hands.preview(change, key="k").accepted
    assert hands.look(change) == {"missing": True}


def test_another_pod_of_that_name_is_not_the_one_that_is_meant(
    client: KubernetesClient, hands: EvictionHands, corner: Corner
) -> None:
    corner.deploy(replicas=1)
    made, change = plan_of_first(client, corner)
    other = change.model_copy(update={"uid": "another"})
    with pytest.raises(PreconditionFailedError, match="uid"):
        hands.apply(other, key="k", observed=made.observed)
    elsewhere = change.model_copy(update={"node": "elsewhere"})
    with pytest.raises(PreconditionFailedError, match="node"):
        hands.apply(elsewhere, key="k", observed=made.observed)
    assert hands.look(change) == made.observed


def test_a_pod_that_nothing_replaces_and_one_with_local_data_are_left_to_people(
    client: KubernetesClient, corner: Corner
) -> None:
    container = {"name": "web", "image": "registry.local/web:v1"}
    corner.create("pods", {"metadata": {"name": corner.name}, "spec": {"containers": [container]}})
    with pytest.raises(CannotPlanError, match="nothing would make another one"):
        planned(client, away(corner.name))
    corner.deploy()
    volumes = [{"name": "scratch", "emptyDir": {}}]
    corner.patch({"spec": {"template": {"spec": {"volumes": volumes}}}})
    corner.settled()
    pods = corner.until(
        lambda: [pod for pod in corner.list("pods") if "deletionTimestamp" not in pod["metadata"]],
        lambda found: len(found) == 1 and has_scratch(found[0]),
    )
    with pytest.raises(CannotPlanError, match="scratch would be lost"):
        planned(client, away(pods[0]["metadata"]["name"]))


def has_scratch(pod: Json) -> bool:
    return any(one["name"] == "scratch" for one in pod["spec"].get("volumes") or ())


def test_a_drain_is_a_cordon_and_then_one_eviction_after_the_other(
    client: KubernetesClient, hands: EvictionHands, corner: Corner, target: Target
) -> None:
    corner.deploy(replicas=2)
    pods = corner.until(
        lambda: corner.list("pods"), lambda found: all(pod["spec"].get("nodeName") for pod in found)
    )
    node = pods[0]["spec"]["nodeName"]
    drain = DrainNodes(objects=(Subject(resource="nodes", name=node),))
    cordon = planned(client, drain)
    assert isinstance(cordon.operation, PatchObject)
    assert any("each by a proposal of its own" in text for text in cordon.touches)
    client.objects.apply(cordon.operation, key="k", observed=cordon.observed)
    try:
        look = client.observe(InspectEvictions(node=node)).data
        mine = [one for one in look["pods"] if one["metadata"]["name"].startswith(corner.name)]
        assert mine
        if target.name == "real" and len(mine) == 2:
            # That cluster has one node: what is evicted finds no other.
            assert look["node"]["spec"]["unschedulable"] is True
        step = planned(client, drain)
        assert isinstance(step.operation, EvictPod)
        assert step.operation.node == node
        assert step.inverse is None
        change = step.operation
        hands.apply(change, key="k1", observed=step.observed)
        corner.until(lambda: hands.probe(change, key="k1"), lambda found: found is True)
    finally:
        assert isinstance(cordon.inverse, PatchObject)
        client.objects.apply(
            cordon.inverse, key="back", observed=client.objects.look(cordon.inverse)
        )

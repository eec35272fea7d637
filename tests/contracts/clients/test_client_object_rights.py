"""A patch that may not be made or not be stored as it stands is refused in clear words."""

from pathlib import Path

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.objects_patch import ObjectHands
from stanch.tools.errors import (
    OperationRefusedError,
)
from stanch.tools.operations import ListObjects, ReadObject
from tests.contracts.clients.client_targets import Corner, Json, Target
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.object_samples import change_of, config, quota


def test_without_the_right_the_refusal_names_it_and_nothing_happens(
    connect: Connect, corner: Corner, target_contexts: Path
) -> None:
    change = change_of(config(corner), "configmaps", ("/data/MODE", "fast", "slow"))
    client = connect(kubeconfig=target_contexts, context="reader", act_context="reader")
    tried = client.objects.preview(change, key="k")
    assert not tried.accepted
    assert "Grant 'patch' on configmaps in namespace shop" in tried.note
    with pytest.raises(OperationRefusedError, match="Grant 'patch'"):
        client.objects.apply(change, key="k", observed=client.objects.look(change))
    nobody = connect(kubeconfig=target_contexts, context="nobody", act_context="reader")
    with pytest.raises(OperationRefusedError, match="Grant 'get' on configmaps"):
        nobody.objects.look(change)
    assert "Grant 'get'" in nobody.objects.preview(change, key="k").note
    assert corner.get("configmaps")["data"]["MODE"] == "fast"


_OPERATED = {
    "services": "",
    "configmaps": "",
    "resourcequotas": "",
    "horizontalpodautoscalers": "autoscaling",
    "nodes": "",
}


@pytest.mark.parametrize("resource", _OPERATED)
def test_the_operator_may_patch_what_the_strategies_patch(target: Target, resource: str) -> None:
    if target.name != "practice":
        pytest.skip("what its operator may do is for the owner of that cluster to say")
    asked = {"verb": "patch", "group": _OPERATED[resource], "resource": resource, "name": "x"}
    here = {} if resource == "nodes" else {"namespace": "shop"}
    assert _may(target, "operator", {**asked, **here})
    elsewhere = {**asked, "namespace": "kube-system"}
    # A right that is bound in the whole cluster holds in each of its namespaces.
    assert _may(target, "operator", elsewhere) is (resource == "nodes")
    # Autoscalers are made and deleted, and never replaced as a whole.
    never = "update" if resource == "horizontalpodautoscalers" else "delete"
    assert not _may(target, "operator", {**asked, **here, "verb": never})
    assert not _may(target, "reader", {**asked, **here})


def _may(target: Target, user: str, attributes: Json) -> bool:
    answer = target.door(user).post(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        json={"spec": {"resourceAttributes": attributes}},
    )
    return bool(answer.json()["status"]["allowed"])


def test_a_field_without_a_place_is_refused_with_what_to_do(
    hands: ObjectHands, corner: Corner
) -> None:
    made = corner.create("configmaps", {"metadata": {"name": corner.name}})
    change = change_of(made, "configmaps", ("/data/MODE", None, "slow"))
    assert "Name the part above it" in hands.preview(change, key="k").note
    whole = change_of(made, "configmaps", ("/data", None, {"MODE": "slow"}))
    hands.apply(whole, key="k", observed=hands.look(whole))
    assert corner.get("configmaps")["data"] == {"MODE": "slow"}


def test_what_the_server_would_store_otherwise_is_not_accepted(
    hands: ObjectHands, corner: Corner
) -> None:
    change = change_of(quota(corner), "resourcequotas", ("/spec/hard/requests.cpu", "64", "1000m"))
    tried = hands.preview(change, key="k")
    assert not tried.accepted
    assert "/spec/hard/requests.cpu" in tried.note
    assert tried.before == tried.after


def test_what_the_server_minds_is_told_in_its_words(hands: ObjectHands, corner: Corner) -> None:
    change = change_of(config(corner), "configmaps", ("/data/no key", None, "x"))
    tried = hands.preview(change, key="k")
    assert not tried.accepted
    assert "a valid config key" in tried.note
    with pytest.raises(OperationRefusedError, match="a valid config key"):
        hands.apply(change, key="k", observed=hands.look(change))
    assert hands.probe(change, key="k") is False


def test_a_node_is_cordoned_and_let_on_again(hands: ObjectHands, corner: Corner) -> None:
    nodes = corner.admin.get("/api/v1/nodes").json()["items"]
    change = change_of(nodes[-1], "nodes", ("/spec/unschedulable", None, True))
    assert hands.preview(change, key="k").accepted
    hands.apply(change, key="k", observed=hands.look(change))
    path = f"/api/v1/nodes/{change.name}"
    assert corner.admin.get(path).json()["spec"]["unschedulable"] is True
    hands.apply(change.inverse, key="back", observed=hands.look(change.inverse))
    assert "unschedulable" not in corner.admin.get(path).json()["spec"]


def test_a_read_says_who_wrote_a_config_map_last_and_when(
    client: KubernetesClient, corner: Corner
) -> None:
    change = change_of(config(corner), "configmaps", ("/data/MODE", "fast", "slow"))
    client.objects.apply(change, key="k", observed=client.objects.look(change))
    read = ReadObject(resource="configmaps", namespace="shop", name=corner.name)
    listed = ListObjects(resource="configmaps", namespace="shop")
    one = client.observe(read).data["object"]
    [same] = [
        item
        for item in client.observe(listed).data["items"]
        if item["metadata"]["name"] == corner.name
    ]
    wrote = {entry["manager"]: entry for entry in one["metadata"]["managedFields"]}
    assert set(wrote["stanch"]) == {"manager", "operation", "time"}, "not which fields"
    assert wrote["stanch"]["time"] >= one["metadata"]["creationTimestamp"]
    assert same["metadata"]["managedFields"] == one["metadata"]["managedFields"]

"""Deleting: preconditions, and what happens to the objects that are owned."""

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, Json, pause
from tests.contracts.cluster.kube_objects import apps, config_map, core
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster

OTHER = "00000000-0000-4000-8000-000000000000"


def test_the_answer_to_a_delete_is_a_success_that_names_the_object(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    status = shop.api.delete(core("configmaps", shop.name))
    assert (status["kind"], status["status"]) == ("Status", "Success")
    assert status["details"] == {
        "name": shop.name,
        "kind": "configmaps",
        "uid": made["metadata"]["uid"],
    }
    shop.api.refused("GET", core("configmaps", shop.name), 404)


def test_a_delete_with_another_uid_is_409_and_deletes_nothing(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    status = shop.api.refused("DELETE", path, 409, body={"preconditions": {"uid": OTHER}})
    assert status["reason"] == "Conflict"
    assert "the UID in the precondition" in status["message"]
    assert shop.api.get(path) == made


def test_a_delete_with_a_stale_resource_version_is_409(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    changed = shop.api.patch(path, {"data": {"a": "1"}}, MERGE_PATCH)
    stale = {"preconditions": {"resourceVersion": made["metadata"]["resourceVersion"]}}
    status = shop.api.refused("DELETE", path, 409, body=stale)
    assert status["reason"] == "Conflict"
    assert "ResourceVersion in the precondition" in status["message"]
    meta = changed["metadata"]
    fresh = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
    assert shop.api.delete(path, {"preconditions": fresh})["status"] == "Success"


def test_a_pod_that_was_replaced_is_not_deleted_by_the_uid_of_the_first(shop: Shop) -> None:
    first = shop.run()
    shop.api.delete(shop.pod, {"gracePeriodSeconds": 0})
    shop.api.wait_gone(shop.pod)
    second = shop.run()
    body = {"preconditions": {"uid": first["metadata"]["uid"]}}
    shop.api.refused("DELETE", shop.pod, 409, body=body)
    assert shop.api.get(shop.pod)["metadata"]["uid"] == second["metadata"]["uid"]


def test_a_deleted_pod_answers_with_the_pod_and_is_soon_gone(shop: Shop) -> None:
    made = shop.run()
    answer = shop.api.delete(shop.pod)
    assert answer["kind"] == "Pod"
    assert answer["metadata"]["uid"] == made["metadata"]["uid"]
    assert answer["metadata"]["deletionTimestamp"]
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 30
    shop.api.wait_gone(shop.pod)


def test_a_replica_set_replaces_a_deleted_pod(shop: Shop) -> None:
    shop.deploy()
    [old] = shop.pods()
    shop.api.delete(core("pods", old["metadata"]["name"]))
    shop.api.wait_gone(core("pods", old["metadata"]["name"]))
    [new] = shop.wait_pods(1)
    assert new["metadata"]["uid"] != old["metadata"]["uid"]


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_a_deployment_takes_its_replica_sets_and_pods_along(shop: Shop, policy: str) -> None:
    shop.deploy(replicas=2)
    owned = _owned(shop)
    answer = shop.api.delete(shop.deployment, {"propagationPolicy": policy})
    if policy == "Foreground":
        assert answer["metadata"]["finalizers"] == ["foregroundDeletion"]
        assert answer["metadata"]["deletionTimestamp"]
    else:
        assert (answer["kind"], answer["status"]) == ("Status", "Success")
    for path in [shop.deployment, *owned]:
        shop.api.wait_gone(path)


def test_a_deployment_takes_its_pods_along_when_nothing_else_is_asked(shop: Shop) -> None:
    shop.deploy()
    owned = _owned(shop)
    shop.api.delete(shop.deployment)
    for path in [shop.deployment, *owned]:
        shop.api.wait_gone(path)


def test_orphans_stay_and_lose_their_owner(shop: Shop) -> None:
    shop.deploy()
    [found] = shop.replica_sets()
    path = apps("replicasets", found["metadata"]["name"])
    shop.forget_later(path)
    shop.api.delete(shop.deployment, {"propagationPolicy": "Orphan"})
    shop.api.wait_gone(shop.deployment)
    left = shop.api.wait(path, _has_no_owner)
    assert left["metadata"]["uid"] == found["metadata"]["uid"]
    pause(0.5)
    assert len(shop.pods()) == 1


def test_a_finalizer_holds_the_object_until_it_is_removed(shop: Shop) -> None:
    body = config_map(shop.name)
    body["metadata"]["finalizers"] = ["example.com/hold"]
    shop.create(core("configmaps"), body)
    path = core("configmaps", shop.name)
    shop.api.delete(path)
    held = shop.api.get(path)
    assert held["metadata"]["deletionTimestamp"]
    shop.api.patch(path, {"metadata": {"finalizers": None}}, MERGE_PATCH)
    shop.api.wait_gone(path)


def test_a_collection_is_deleted_by_label(shop: Shop) -> None:
    for suffix in ("a", "b"):
        body = config_map(f"{shop.name}-{suffix}")
        body["metadata"]["labels"] = {"box": shop.name}
        shop.create(core("configmaps"), body)
    shop.api.delete(core("configmaps"), labelSelector=f"box={shop.name}")
    assert shop.api.get(core("configmaps"), labelSelector=f"box={shop.name}")["items"] == []


def _owned(shop: Shop) -> list[str]:
    sets = [apps("replicasets", item["metadata"]["name"]) for item in shop.replica_sets()]
    pods = [core("pods", item["metadata"]["name"]) for item in shop.pods()]
    assert sets
    assert pods
    return sets + pods


def _has_no_owner(found: Json) -> bool:
    return not found["metadata"].get("ownerReferences")

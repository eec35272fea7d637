"""How objects go: at once, in stages, with their dependents or without them."""

from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster
from tests.unit.sandbox_cluster.kube_http import APPS, CORE, Answer, Json, kube, named, pod, refusal
from tests.unit.sandbox_cluster.practice import deploy, new_cluster, pods, run


@pytest.fixture
def cluster() -> Cluster:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 60)
    return cluster


def delete(cluster: Cluster, path: str, query: str = "", **options: Any) -> Answer:
    return kube(cluster).request("DELETE", f"{path}{query}", json=options)


def left(cluster: Cluster) -> tuple[int, int, int]:
    """Return how many Deployments, ReplicaSets and pods there are."""
    store = cluster.store
    return (
        len(store.list("deployments", "shop")),
        len(store.list("replicasets", "shop")),
        len(pods(cluster)),
    )


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_dependents_go_with_their_owner(cluster: Cluster, policy: str) -> None:
    answer = delete(cluster, f"{APPS}/deployments/web", propagationPolicy=policy).json()
    if policy == "Background":
        assert (answer["kind"], answer["status"]) == ("Status", "Success")
        assert left(cluster)[0] == 0
    else:
        assert answer["metadata"]["finalizers"] == ["foregroundDeletion"]
        assert "deletionTimestamp" in answer["metadata"]
        assert left(cluster)[0] == 1
    run(cluster, 120)
    assert left(cluster) == (0, 0, 0)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {"propagationPolicy": "Orphan"}),
        ("?propagationPolicy=Orphan", {}),
        ("", {"orphanDependents": True}),
        ("?orphanDependents=true", {}),
    ],
)
def test_dependents_stay_without_their_owner_when_that_is_asked_for(
    cluster: Cluster, query: str, options: Json
) -> None:
    delete(cluster, f"{APPS}/deployments/web", query, **options)
    run(cluster, 120)
    assert left(cluster) == (0, 1, 2)
    [replica_set] = cluster.store.list("replicasets", "shop")
    assert "ownerReferences" not in replica_set["metadata"]


def test_an_orphan_is_adopted_by_an_owner_that_comes_back(cluster: Cluster) -> None:
    [before] = cluster.store.list("replicasets", "shop")
    delete(cluster, f"{APPS}/deployments/web", propagationPolicy="Orphan")
    run(cluster, 60)
    owner = deploy(cluster, replicas=2)
    run(cluster, 60)
    [after] = cluster.store.list("replicasets", "shop")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    [reference] = after["metadata"]["ownerReferences"]
    assert (reference["uid"], reference["controller"]) == (owner["metadata"]["uid"], True)
    assert left(cluster) == (1, 1, 2)


@pytest.mark.parametrize(
    ("precondition", "said"),
    [
        ({"uid": "other"}, "the UID in the precondition (other) does not match the UID in record"),
        ({"resourceVersion": "1"}, "the ResourceVersion in the precondition (1) does not match"),
    ],
)
def test_only_the_object_that_was_meant_is_deleted(
    cluster: Cluster, precondition: Json, said: str
) -> None:
    answer = delete(cluster, f"{APPS}/deployments/web", preconditions=precondition)
    code, reason, message = refusal(answer)
    assert (code, reason) == (409, "Conflict")
    assert said in message
    uid = cluster.store.get("deployments", "shop", "web")["metadata"]["uid"]
    meant = delete(cluster, f"{APPS}/deployments/web", preconditions={"uid": uid})
    assert meant.json()["details"]["uid"] == uid


@pytest.mark.parametrize(("query", "options"), [("?dryRun=All", {}), ("", {"dryRun": ["All"]})])
def test_a_dry_run_deletes_nothing(cluster: Cluster, query: str, options: Json) -> None:
    before = cluster.store.journal.revision
    name = pods(cluster)[0]["metadata"]["name"]
    assert delete(cluster, f"{APPS}/deployments/web", query, **options).status_code == 200
    gone = delete(cluster, f"{CORE}/pods/{name}", query, **options).json()
    assert "deletionTimestamp" in gone["metadata"]
    assert cluster.store.journal.revision == before


@pytest.mark.parametrize(
    ("query", "options", "grace"),
    [
        ("", {}, 30),
        ("", {"gracePeriodSeconds": 7}, 7),
        ("?gracePeriodSeconds=9", {}, 9),
    ],
)
def test_a_pod_has_its_time_to_end(cluster: Cluster, query: str, options: Json, grace: int) -> None:
    name = pods(cluster)[0]["metadata"]["name"]
    answer = delete(cluster, f"{CORE}/pods/{name}", query, **options).json()
    assert answer["metadata"]["deletionGracePeriodSeconds"] == grace


def test_a_second_deletion_may_only_shorten_the_time_of_a_pod(cluster: Cluster) -> None:
    path = f"{CORE}/pods/{pods(cluster)[0]['metadata']['name']}"
    first = delete(cluster, path, gracePeriodSeconds=20).json()["metadata"]
    longer = delete(cluster, path, gracePeriodSeconds=60).json()["metadata"]
    shorter = delete(cluster, path, gracePeriodSeconds=5).json()["metadata"]
    assert longer["deletionTimestamp"] == first["deletionTimestamp"]
    assert shorter["deletionTimestamp"] < first["deletionTimestamp"]


def test_a_pod_that_is_nowhere_or_has_no_time_goes_at_once(cluster: Cluster) -> None:
    client = kube(cluster)
    client.post(f"{CORE}/pods", json=pod(name="lost", nodeSelector={"disk": "none"}))
    run(cluster, 5)
    delete(cluster, f"{CORE}/pods/lost")
    assert client.get(f"{CORE}/pods/lost").status_code == 404
    path = f"{CORE}/pods/{pods(cluster)[0]['metadata']['name']}"
    delete(cluster, path, gracePeriodSeconds=0)
    assert client.get(path).status_code == 404


def test_an_object_with_a_finalizer_stays_until_that_is_gone(cluster: Cluster) -> None:
    client, path = kube(cluster), f"{CORE}/configmaps/x"
    body = {"metadata": {"name": "x", "finalizers": ["example.com/hold"]}}
    client.post(f"{CORE}/configmaps", json=body)
    held = delete(cluster, path).json()
    assert held["metadata"]["deletionTimestamp"]
    run(cluster, 60)
    assert client.get(path).status_code == 200
    headers = {"content-type": "application/merge-patch+json"}
    client.patch(path, json={"metadata": {"finalizers": None}}, headers=headers)
    run(cluster, 1)
    assert client.get(path).status_code == 404


def test_a_dependent_goes_only_when_its_last_owner_is_gone(cluster: Cluster) -> None:
    store, client = cluster.store, kube(cluster)
    owners = []
    for name in ("one", "two"):
        made = client.post(f"{CORE}/configmaps", json=named(name)).json()
        uid = made["metadata"]["uid"]
        owners.append({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid})
    body = {"metadata": {"name": "child", "ownerReferences": owners}}
    client.post(f"{CORE}/secrets", json=body)
    delete(cluster, f"{CORE}/configmaps/one")
    run(cluster, 5)
    child = store.get("secrets", "shop", "child")
    assert [one["name"] for one in child["metadata"]["ownerReferences"]] == ["two"]
    delete(cluster, f"{CORE}/configmaps/two")
    run(cluster, 5)
    assert store.find("secrets", "shop", "child") is None


def test_a_namespace_is_emptied_before_it_goes_and_takes_nothing_new(cluster: Cluster) -> None:
    client = kube(cluster)
    marked = delete(cluster, "/api/v1/namespaces/shop").json()
    assert marked["status"] == {"phase": "Terminating"}
    code, reason, said = refusal(client.post(f"{CORE}/configmaps", json=named("late")))
    assert (code, reason) == (403, "Forbidden")
    assert said == (
        'configmaps "late" is forbidden: unable to create new content in namespace shop '
        "because it is being terminated"
    )
    run(cluster, 120)
    assert client.get("/api/v1/namespaces/shop").status_code == 404
    assert left(cluster) == (0, 0, 0)


def test_many_objects_are_deleted_by_their_labels(cluster: Cluster) -> None:
    client = kube(cluster)
    for name, tier in (("a", "front"), ("b", "back"), ("c", "front")):
        body = {"metadata": {"name": name, "labels": {"tier": tier}}}
        client.post(f"{CORE}/configmaps", json=body)
    gone = delete(cluster, f"{CORE}/configmaps", "?labelSelector=tier%3Dfront").json()
    assert gone["kind"] == "ConfigMapList"
    assert [item["metadata"]["name"] for item in gone["items"]] == ["a", "c"]
    names = [item["metadata"]["name"] for item in client.get(f"{CORE}/configmaps").json()["items"]]
    assert names == ["b"]

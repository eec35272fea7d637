"""The Eviction API: budgets are asked, preconditions hold, a dry run leaves all as it is."""

import pytest

from tests.contracts.cluster.kube_api import Json
from tests.contracts.cluster.kube_objects import core
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def version(cluster: Cluster) -> str:
    """Return the version of Evictions and budgets: `v1` came with 1.21."""
    listed = cluster.api().get("/api/v1")["resources"]
    [found] = [one for one in listed if one["name"] == "pods/eviction"]
    assert (found["kind"], found["group"], found["verbs"]) == ("Eviction", "policy", ["create"])
    version: str = found["version"]
    return version


def protect(shop: Shop, version: str, name: str, least: int) -> str:
    root = f"/apis/policy/{version}/namespaces/shop/poddisruptionbudgets"
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": shop.name}}}
    shop.create(root, {"metadata": {"name": name}, "spec": spec})
    shop.api.wait(
        f"{root}/{name}", lambda found: found.get("status", {}).get("expectedPods", 0) > 0
    )
    return f"{root}/{name}"


def eviction(version: str, pod: Json, **options: object) -> Json:
    return {
        "apiVersion": f"policy/{version}",
        "kind": "Eviction",
        "metadata": {"name": pod["metadata"]["name"], "namespace": "shop"},
        "deleteOptions": options,
    }


def path(pod: Json) -> str:
    return f"{core('pods', pod['metadata']['name'])}/eviction"


def test_a_pod_is_evicted_and_replaced(shop: Shop, version: str) -> None:
    shop.deploy(replicas=2)
    pod = shop.pods()[0]
    said = shop.api.create(path(pod), eviction(version, pod))
    assert (said["kind"], said["status"], said["code"]) == ("Status", "Success", 201)
    shop.api.wait_gone(core("pods", pod["metadata"]["name"]))
    assert len(shop.wait_pods(2)) == 2


def test_a_budget_without_room_answers_too_many_requests(shop: Shop, version: str) -> None:
    shop.deploy(replicas=2)
    protect(shop, version, shop.name, 2)
    pod = shop.pods()[0]
    for options in ({}, {"dryRun": ["All"]}):
        status = shop.api.refused("POST", path(pod), 429, body=eviction(version, pod, **options))
        assert status["reason"] == "TooManyRequests"
        assert "disruption budget" in status["message"]
        [cause] = status["details"]["causes"]
        assert cause == {
            "reason": "DisruptionBudget",
            "message": f"The disruption budget {shop.name} needs 2 healthy pods "
            "and has 2 currently",
        }
    assert len(shop.pods()) == 2


def test_a_budget_counts_its_pods(shop: Shop, version: str) -> None:
    shop.deploy(replicas=2)
    found = shop.api.wait(
        protect(shop, version, shop.name, 1),
        lambda one: one["status"].get("currentHealthy", 0) == 2,
    )["status"]
    names = ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")
    assert tuple(found[name] for name in names) == (2, 2, 1, 1)
    assert found["observedGeneration"] == 1


def test_a_dry_run_evicts_nothing(shop: Shop, version: str) -> None:
    shop.deploy(replicas=2)
    budget = protect(shop, version, shop.name, 1)
    shop.api.wait(budget, lambda one: one["status"].get("disruptionsAllowed", 0) == 1)
    pod = shop.pods()[0]
    shop.api.create(path(pod), eviction(version, pod, dryRun=["All"]))
    found = shop.api.get(core("pods", pod["metadata"]["name"]))
    assert "deletionTimestamp" not in found["metadata"]
    assert shop.api.get(budget)["status"]["disruptionsAllowed"] == 1


def test_a_pod_of_another_uid_is_not_evicted(shop: Shop, version: str) -> None:
    shop.deploy(replicas=1)
    [pod] = shop.pods()
    body = eviction(version, pod, preconditions={"uid": "another"})
    status = shop.api.refused("POST", path(pod), 409, body=body)
    assert status["reason"] == "Conflict"
    [found] = shop.pods()
    assert found["metadata"]["uid"] == pod["metadata"]["uid"]


def test_what_is_not_there_cannot_be_evicted(shop: Shop, version: str) -> None:
    absent: Json = {"metadata": {"name": "t-absent"}}
    status = shop.api.refused("POST", path(absent), 404, body=eviction(version, absent))
    assert status["reason"] == "NotFound"


def test_two_budgets_over_one_pod_are_an_error_of_the_server(shop: Shop, version: str) -> None:
    shop.deploy(replicas=2)
    protect(shop, version, shop.name, 1)
    protect(shop, version, f"{shop.name}-more", 1)
    pod = shop.pods()[0]
    status = shop.api.refused("POST", path(pod), 500, body=eviction(version, pod))
    assert "more than one PodDisruptionBudget" in status["message"]
    assert len(shop.pods()) == 2

"""A budget lets go only as many pods as it can spare, and counts what goes."""

from typing import Any

import pytest

from stanch.sandbox.cluster import call, evicting
from stanch.sandbox.cluster.access import Ask, may
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.status import ApiError
from tests.unit.sandbox_cluster.practice import deploy, new_cluster, pods, run, set_image


def budget(cluster: Cluster, name: str = "web", **spec: Any) -> None:
    body = {"selector": {"matchLabels": {"app": "web"}}, **spec}
    cluster.store.create("poddisruptionbudgets", "shop", {"metadata": {"name": name}, "spec": body})
    run(cluster, 1)


def counted(cluster: Cluster) -> tuple[int, int, int, int]:
    status = cluster.store.get("poddisruptionbudgets", "shop", "web")["status"]
    names = ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")
    one, two, three, four = (status[name] for name in names)
    return one, two, three, four


def evict(cluster: Cluster, pod: dict[str, Any], **options: Any) -> int:
    name = pod["metadata"]["name"]
    address = call.address(f"/api/v1/namespaces/shop/pods/{name}/eviction")
    assert address is not None
    asked = Call(address=address, verb="create", query={})
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name},
        "deleteOptions": options,
    }
    return evicting.respond(cluster, asked, body).status_code


def refused(cluster: Cluster, pod: dict[str, Any], **options: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        evict(cluster, pod, **options)
    return caught.value


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 2}, (3, 3, 2, 1)),
        ({"minAvailable": "100%"}, (3, 3, 3, 0)),
        ({"maxUnavailable": 1}, (3, 3, 2, 1)),
        ({"maxUnavailable": "50%"}, (3, 3, 1, 2)),
    ],
)
def test_a_budget_counts_what_it_can_spare(
    spec: dict[str, Any], expected: tuple[int, int, int, int]
) -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=3)
    run(cluster, 60)
    budget(cluster, **spec)
    assert counted(cluster) == expected


def test_an_eviction_is_charged_and_the_next_one_waits_for_the_replacement() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=3)
    run(cluster, 60)
    budget(cluster, minAvailable=2)
    first, second, _ = pods(cluster)
    assert evict(cluster, first) == 201
    status = cluster.store.get("pods", "shop", first["metadata"]["name"])["status"]
    reasons = {one["type"]: one.get("reason") for one in status["conditions"]}
    assert reasons["DisruptionTarget"] == "EvictionByEvictionAPI"
    error = refused(cluster, second)
    assert (error.code, error.reason) == (429, "TooManyRequests")
    assert error.details["causes"][0]["message"] == (
        "The disruption budget web needs 2 healthy pods and has 3 currently"
    )
    run(cluster, 60)
    assert evict(cluster, second) == 201


def test_a_dry_run_evicts_nothing_and_charges_nothing() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 60)
    budget(cluster, minAvailable=1)
    before = counted(cluster)
    assert evict(cluster, pods(cluster)[0], dryRun=["All"]) == 201
    run(cluster, 1)
    assert counted(cluster) == before
    assert not any("deletionTimestamp" in pod["metadata"] for pod in pods(cluster))


def test_a_pod_of_another_uid_is_left_alone_and_costs_nothing() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 60)
    budget(cluster, minAvailable=1)
    error = refused(cluster, pods(cluster)[0], preconditions={"uid": "another"})
    assert error.code == 409
    assert counted(cluster)[3] == 1


def test_two_budgets_over_one_pod_are_more_than_the_server_knows_to_do() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 60)
    budget(cluster, minAvailable=1)
    budget(cluster, "other", minAvailable=1)
    assert refused(cluster, pods(cluster)[0]).code == 500


def test_a_pod_that_is_not_ready_goes_while_the_healthy_ones_suffice() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 60)
    budget(cluster, minAvailable=2)
    set_image(cluster, "v2-notready")
    run(cluster, 60)
    sick = [pod for pod in pods(cluster) if "notready" in pod["spec"]["containers"][0]["image"]]
    well = [pod for pod in pods(cluster) if pod not in sick]
    assert evict(cluster, sick[0]) == 201
    assert refused(cluster, well[0]).code == 429


@pytest.mark.parametrize(
    ("group", "resource", "verb"),
    [
        ("", "pods/eviction", "create"),
        ("apps", "statefulsets", "patch"),
        ("apps", "statefulsets/scale", "patch"),
        ("apps", "daemonsets", "patch"),
        ("autoscaling", "horizontalpodautoscalers", "create"),
        ("autoscaling", "horizontalpodautoscalers", "delete"),
    ],
)
def test_the_operator_may_do_in_the_shop_what_the_reader_may_not(
    group: str, resource: str, verb: str
) -> None:
    ask = Ask(verb=verb, group=group, resource=resource, namespace="shop", name="x")
    elsewhere = Ask(verb=verb, group=group, resource=resource, namespace="default", name="x")
    assert may("operator", ask)
    assert not may("operator", elsewhere)
    assert not may("reader", ask)
    assert may("reader", Ask(verb="list", group="policy", resource="poddisruptionbudgets"))

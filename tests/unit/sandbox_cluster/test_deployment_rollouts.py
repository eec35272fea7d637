from typing import Any

import pytest

from stanch.sandbox.cluster import rollout
from stanch.sandbox.cluster.pods import is_active, is_ready
from tests.unit.sandbox_cluster.practice import (
    START,
    condition,
    deploy,
    new_cluster,
    pods,
    reasons,
    run,
    set_image,
    web,
)


def by_image(found: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in found:
        image = item["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        counts[image] = item["spec"]["replicas"]
    return counts


def test_a_new_deployment_comes_up_within_a_few_seconds() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=3)
    run(cluster, 5)
    status = web(cluster)["status"]
    assert (status["readyReplicas"], status["observedGeneration"]) == (3, 1)
    assert condition(web(cluster), "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert condition(web(cluster), "Available")["status"] == "True"
    assert {"ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Started"} <= reasons(cluster)


@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (0, 1), ("50%", "50%"), ("100%", 0)])
def test_a_rollout_stays_within_its_bounds_at_every_moment(
    surge: int | str, unavailable: int | str
) -> None:
    cluster = new_cluster()
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    deploy(cluster, replicas=4, strategy={"rollingUpdate": rolling})
    run(cluster, 5)
    most, fewest = rollout.bounds(web(cluster))
    set_image(cluster, "v2")
    seen = set()
    while condition(web(cluster), "Progressing")["reason"] != "NewReplicaSetAvailable" or (
        web(cluster)["status"].get("observedGeneration") != web(cluster)["metadata"]["generation"]
    ):
        run(cluster, 0.05)
        active = [pod for pod in pods(cluster) if is_active(pod)]
        ready = [pod for pod in active if is_ready(pod)]
        seen.add((len(active), len(ready)))
        assert cluster.now < START + 120, "the rollout does not end"
    assert max(count for count, _ in seen) <= 4 + most
    assert min(count for _, count in seen) >= 4 - fewest
    assert len(seen) > 1
    assert by_image(cluster.store.list("replicasets", "shop")) == {"v1": 0, "v2": 4}


def test_a_crashing_release_stops_with_most_old_pods_in_service() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=4)
    run(cluster, 5)
    set_image(cluster, "v2-crash")
    run(cluster, 60)
    assert web(cluster)["status"]["availableReplicas"] >= 3
    [state] = {
        pod["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason", "")
        for pod in pods(cluster)
        if "v2" in pod["spec"]["containers"][0]["image"]
    } - {""}
    assert state == "CrashLoopBackOff"
    assert "BackOff" in reasons(cluster)


def test_the_deadline_fails_a_rollout_that_does_not_move() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2, progressDeadlineSeconds=30)
    run(cluster, 5)
    set_image(cluster, "v2-badimage")
    run(cluster, 25)
    assert condition(web(cluster), "Progressing")["status"] == "True"
    run(cluster, 10)
    late = condition(web(cluster), "Progressing")
    assert (late["status"], late["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert "ImagePullBackOff" in {
        pod["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason")
        for pod in pods(cluster)
    }


def test_an_undo_takes_the_old_replica_set_again_under_a_new_number() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 5)
    [first] = cluster.store.list("replicasets", "shop")
    set_image(cluster, "v2-notready")
    run(cluster, 10)
    set_image(cluster, "v1")
    run(cluster, 10)
    back = cluster.store.get("replicasets", "shop", first["metadata"]["name"])
    assert back["metadata"]["uid"] == first["metadata"]["uid"]
    assert rollout.revision(back) == rollout.revision(web(cluster)) == 3
    assert back["metadata"]["annotations"][rollout.HISTORY] == "1"
    assert web(cluster)["status"]["readyReplicas"] == web(cluster)["status"]["replicas"] == 2


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=1)
    run(cluster, 5)
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"paused": True}})
    set_image(cluster, "v2")
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"replicas": 3}})
    run(cluster, 10)
    assert by_image(cluster.store.list("replicasets", "shop")) == {"v1": 3}
    assert condition(web(cluster), "Progressing")["reason"] == "DeploymentPaused"
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"paused": False}})
    run(cluster, 20)
    assert by_image(cluster.store.list("replicasets", "shop")) == {"v1": 0, "v2": 3}


def test_recreate_starts_no_new_pod_before_the_last_old_one_is_gone() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2, strategy={"type": "Recreate"})
    run(cluster, 5)
    set_image(cluster, "v2")
    for _ in range(100):
        run(cluster, 0.1)
        assert len({pod["spec"]["containers"][0]["image"] for pod in pods(cluster)}) <= 1
    assert by_image(cluster.store.list("replicasets", "shop")) == {"v1": 0, "v2": 2}


def test_only_so_many_old_replica_sets_are_kept() -> None:
    cluster = new_cluster()
    deploy(cluster, revisionHistoryLimit=2)
    run(cluster, 5)
    for number in range(2, 7):
        set_image(cluster, f"v{number}")
        run(cluster, 8)
    kept = by_image(cluster.store.list("replicasets", "shop"))
    assert kept == {"v4": 0, "v5": 0, "v6": 1}


def test_scaling_down_takes_the_pods_that_are_not_ready_first() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=3)
    run(cluster, 5)
    healthy = {pod["metadata"]["name"] for pod in pods(cluster)}
    sick = sorted(healthy)[1]
    note = {"metadata": {"annotations": {"fake-kubelet/behavior": "notready"}}}
    cluster.store.patch_merge("pods", "shop", sick, note)
    run(cluster, 5)
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"replicas": 2}})
    run(cluster, 5)
    assert {pod["metadata"]["name"] for pod in pods(cluster)} == healthy - {sick}


def test_deleting_a_deployment_takes_everything_below_it() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=2)
    run(cluster, 5)
    cluster.store.delete("deployments", "shop", "web")
    run(cluster, 3)
    assert cluster.store.list("replicasets", "shop") == pods(cluster) == []


def test_the_same_seed_gives_the_same_history() -> None:
    def history(seed: int) -> list[Any]:
        cluster = new_cluster(seed)
        deploy(cluster, replicas=3)
        run(cluster, 5)
        set_image(cluster, "v2-flaky")
        run(cluster, 30)
        return [(c.revision, c.action, c.plural, c.new) for c in cluster.store.journal.since(0)]

    assert history(7) == history(7)
    assert history(7) != history(8)

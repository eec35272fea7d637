import itertools
import time
from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Behaviour, Cluster, Usage
from stanch.sandbox.cluster.pods import is_ready
from stanch.sandbox.cluster.times import seconds
from tests.time_bounds import below, uncovered
from tests.unit.sandbox_cluster.practice import (
    START,
    condition,
    deploy,
    new_cluster,
    pods,
    reasons,
    run,
    web,
)


def start(cluster: Cluster, image: str, **spec: Any) -> None:
    container = {"name": "web", "image": f"registry.local/web:{image}", **spec.pop("c", {})}
    body = {"metadata": {"name": "web"}, "spec": {"containers": [container], **spec}}
    cluster.store.create("pods", "shop", body)


def pod(cluster: Cluster) -> dict[str, Any]:
    return cluster.store.get("pods", "shop", "web")


def container(cluster: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = pod(cluster)["status"]["containerStatuses"][0]
    return found


@pytest.mark.parametrize(
    ("image", "phase", "word"),
    [
        ("v1", "Running", ""),
        ("v1-notready", "Running", ""),
        ("v1-crash", "Running", "CrashLoopBackOff"),
        ("v1-badimage", "Pending", "ImagePullBackOff"),
        ("v1-badconfig", "Pending", "CreateContainerConfigError"),
        ("v1-pending", "Pending", "ContainerCreating"),
    ],
)
def test_the_word_in_the_tag_decides_what_the_container_does(
    image: str, phase: str, word: str
) -> None:
    cluster = new_cluster()
    start(cluster, image)
    run(cluster, 8)
    assert pod(cluster)["status"]["phase"] == phase
    assert container(cluster)["state"].get("waiting", {}).get("reason", "") == word
    assert is_ready(pod(cluster)) is (image == "v1")


def test_the_pauses_between_crashes_double_up_to_a_minute() -> None:
    cluster = new_cluster()
    start(cluster, "v1-crash")
    begun: list[float] = []
    while cluster.now < START + 400:
        run(cluster, 0.5)
        state = container(cluster)["state"] if "containerStatuses" in pod(cluster)["status"] else {}
        if "running" in state and seconds(state["running"]["startedAt"]) not in begun:
            begun.append(seconds(state["running"]["startedAt"]))
    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert [round(pause) for pause in pauses[:7]] == pytest.approx([3, 5, 9, 17, 33, 61, 61], abs=1)
    assert container(cluster)["restartCount"] == len(begun) - 1


def test_a_container_that_runs_out_of_memory_says_so() -> None:
    cluster = new_cluster()
    start(cluster, "v1-oom3")
    run(cluster, 10)
    last = container(cluster)["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (137, "OOMKilled")


def test_a_flaky_container_recovers_after_its_crashes() -> None:
    cluster = new_cluster()
    start(cluster, "v1-flaky2")
    run(cluster, 30)
    assert is_ready(pod(cluster))
    assert container(cluster)["restartCount"] == 2


@pytest.mark.parametrize(
    ("image", "policy", "phase"),
    [
        ("v1-done", "OnFailure", "Succeeded"),
        ("v1-crash", "Never", "Failed"),
        ("v1-done", "Always", "Running"),
    ],
)
def test_the_restart_policy_decides_about_the_end(image: str, policy: str, phase: str) -> None:
    cluster = new_cluster()
    start(cluster, image, restartPolicy=policy)
    run(cluster, 3.5)
    assert pod(cluster)["status"]["phase"] == phase


def test_a_pod_that_fits_nowhere_waits_and_is_placed_when_there_is_room() -> None:
    cluster = new_cluster()
    start(cluster, "v1", c={"resources": {"requests": {"cpu": "12"}}})
    run(cluster, 5)
    waiting = condition(pod(cluster), "PodScheduled")
    assert (waiting["status"], waiting["reason"]) == ("False", "Unschedulable")
    assert "3 Insufficient cpu" in waiting["message"]
    assert "FailedScheduling" in reasons(cluster)
    room = {"status": {"allocatable": {"cpu": "16"}}}
    cluster.store.patch_merge("nodes", "", "node-2", room)
    run(cluster, 5)
    assert pod(cluster)["spec"]["nodeName"] == "node-2"
    assert is_ready(pod(cluster))


def test_a_cordoned_node_takes_no_new_pods() -> None:
    cluster = new_cluster()
    cluster.store.patch_merge("nodes", "", "node-1", {"spec": {"unschedulable": True}})
    deploy(cluster, replicas=6)
    run(cluster, 5)
    assert {item["spec"]["nodeName"] for item in pods(cluster)} == {"node-2", "node-3"}


def test_the_pods_of_a_silent_node_move_after_their_toleration() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=3)
    run(cluster, 5)
    cluster.nodes.stop("node-1")
    run(cluster, 45)
    node = cluster.store.get("nodes", "", "node-1")
    assert condition(node, "Ready")["status"] == "Unknown"
    assert web(cluster)["status"]["readyReplicas"] == 2
    run(cluster, 320)
    ready = [item for item in pods(cluster) if is_ready(item)]
    assert {item["spec"]["nodeName"] for item in ready} == {"node-2", "node-3"}
    assert len(ready) == 3
    cluster.nodes.start("node-1")
    run(cluster, 5)
    assert condition(cluster.store.get("nodes", "", "node-1"), "Ready")["status"] == "True"
    assert len(pods(cluster)) == 3


def test_a_deleted_pod_goes_after_a_second_and_its_logs_with_it() -> None:
    cluster = new_cluster()
    start(cluster, "v1")
    run(cluster, 5)
    uid = pod(cluster)["metadata"]["uid"]
    assert cluster.logs.current(uid, "web") is not None
    cluster.store.delete("pods", "shop", "web")
    run(cluster, 0.5)
    assert "deletionTimestamp" in pod(cluster)["metadata"]
    run(cluster, 1)
    assert cluster.store.find("pods", "shop", "web") is None
    assert cluster.logs.current(uid, "web") is None


def test_endpoints_follow_the_ready_pods() -> None:
    cluster = new_cluster()
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"selector": {"app": "web"}, "ports": ports}
    cluster.store.create("services", "shop", {"metadata": {"name": "web"}, "spec": spec})
    deploy(cluster, replicas=2)
    run(cluster, 5)

    def addresses() -> set[str]:
        found = cluster.store.get("endpoints", "shop", "web").get("subsets", [])
        return {item["ip"] for subset in found for item in subset.get("addresses", [])}

    assert addresses() == {item["status"]["podIP"] for item in pods(cluster)}
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"replicas": 0}})
    run(cluster, 3)
    assert addresses() == set()


class Busy:
    """Programs whose containers are well and use what the test says."""

    def __init__(self) -> None:
        self.cpu_cores = 0.0

    def behaviour(
        self, _cluster: Cluster, _pod: dict[str, Any], _container: dict[str, Any]
    ) -> Behaviour:
        return Behaviour(lines=("hello",))

    def usage(self, _cluster: Cluster, _pod: dict[str, Any], _container: dict[str, Any]) -> Usage:
        return Usage(cpu_cores=self.cpu_cores, memory_bytes=1e6)


def test_the_autoscaler_follows_the_usage_up_at_once_and_down_after_five_minutes() -> None:
    programs = Busy()
    cluster = Cluster(now=START, programs=programs)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    deploy(cluster, replicas=2)
    requests = {"resources": {"requests": {"cpu": "100m"}}}
    image = "registry.local/web:v1"
    template = {"spec": {"containers": [{"name": "web", "image": image, **requests}]}}
    cluster.store.patch_merge("deployments", "shop", "web", {"spec": {"template": template}})
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": reference, "minReplicas": 2, "maxReplicas": 6}
    body = {"metadata": {"name": "web"}, "spec": spec}
    programs.cpu_cores = 0.08
    cluster.store.create("horizontalpodautoscalers", "shop", body)
    run(cluster, 60)
    assert web(cluster)["spec"]["replicas"] == 2
    programs.cpu_cores = 0.16
    run(cluster, 20)
    assert web(cluster)["spec"]["replicas"] == 4
    assert "SuccessfulRescale" in reasons(cluster)
    run(cluster, 60)
    assert web(cluster)["spec"]["replicas"] == 6
    programs.cpu_cores = 0.01
    run(cluster, 240)
    assert web(cluster)["spec"]["replicas"] == 6
    run(cluster, 120)
    assert web(cluster)["spec"]["replicas"] == 2


def test_an_idle_cluster_costs_next_to_nothing() -> None:
    cluster = new_cluster()
    deploy(cluster, replicas=30)
    run(cluster, 10)
    begun = time.thread_time()
    with uncovered():
        for _ in range(1000):
            run(cluster, 0.02)
    below((time.thread_time() - begun) / 1000, 0.001)

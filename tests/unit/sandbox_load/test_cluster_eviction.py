"""A node of the practice cluster that runs out of memory: who goes, in which words."""

from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster

START = 1_750_000_000.0
GIB = 2.0**30


def cluster_of(**requests: str) -> Cluster:
    """Return a cluster with one pod on node-1 for each name; each pod uses 48Mi."""
    cluster = Cluster(now=START)
    for name, memory in requests.items():
        sizes = {"requests": {"memory": memory}}
        container = {"name": "one", "image": "registry.local/x:1", "resources": sizes}
        spec = {
            "containers": [container],
            "nodeSelector": {"kubernetes.io/hostname": "node-1"},
        }
        cluster.store.create("pods", "default", {"metadata": {"name": name}, "spec": spec})
    cluster.advance(START + 30)
    return cluster


def status(cluster: Cluster, name: str) -> dict[str, Any]:
    """Return the status of a pod."""
    found: dict[str, Any] = cluster.store.get("pods", "default", name)["status"]
    return found


def test_the_pod_that_uses_most_beyond_its_request_goes_first() -> None:
    cluster = cluster_of(modest="64Mi", greedy="8Mi", greedier="4Mi")
    room = cluster.eviction.available()["node-1"]
    cluster.eviction.occupy("node-1", room - 80 * 2**20)
    cluster.advance(cluster.now + 12)
    gone = {name for name in ("modest", "greedy") if status(cluster, name)["phase"] == "Failed"}
    assert gone == set()
    found = status(cluster, "greedier")
    assert (found["phase"], found["reason"]) == ("Failed", "Evicted")
    assert found["message"].startswith(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
    )
    assert found["message"].endswith(
        "Container one was using 48Mi, request is 4Mi, has larger consumption of memory. "
    )
    assert found["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137
    cluster.advance(cluster.now + 60)
    assert status(cluster, "greedy")["phase"] == "Running", "enough was given back"
    assert cluster.eviction.evicted == {"node-1": 1}


def test_a_node_under_pressure_takes_no_pods_until_it_has_memory_for_a_while() -> None:
    cluster = cluster_of(a="64Mi")
    cluster.eviction.occupy("node-1", 31 * GIB, growth=GIB)
    cluster.advance(cluster.now + 40)
    assert cluster.eviction.is_short("node-1")
    node = cluster.store.get("nodes", "", "node-1")
    assert [taint["key"] for taint in node["spec"]["taints"]] == [
        "node.kubernetes.io/memory-pressure"
    ]
    assert cluster.eviction.available()["node-1"] > 0
    cluster.eviction.free("node-1")
    cluster.advance(cluster.now + 30)
    assert "taints" in cluster.store.get("nodes", "", "node-1")["spec"]
    cluster.advance(cluster.now + 60)
    node = cluster.store.get("nodes", "", "node-1")
    assert "taints" not in node["spec"]
    reasons = {one["reason"] for one in cluster.store.list("events", "default")}
    assert {
        "NodeHasInsufficientMemory",
        "NodeHasSufficientMemory",
        "EvictionThresholdMet",
        "Evicted",
    } <= reasons


def test_a_silent_node_evicts_nothing() -> None:
    cluster = cluster_of(a="64Mi")
    cluster.nodes.stop("node-1")
    cluster.eviction.occupy("node-1", 32 * GIB)
    cluster.advance(cluster.now + 30)
    assert status(cluster, "a")["phase"] == "Running"


@pytest.mark.parametrize("container", ["one", "another"])
def test_what_is_not_there_is_neither_killed_nor_given_up(container: str) -> None:
    cluster = cluster_of(a="64Mi")
    cluster.kubelet.kill("no-such-uid", container, word="oom")
    assert cluster.kubelet.evict("no-such-uid", "gone") is False
    assert status(cluster, "a")["phase"] == "Running"


def test_a_running_container_that_is_killed_starts_again() -> None:
    cluster = cluster_of(a="64Mi")
    uid = cluster.store.get("pods", "default", "a")["metadata"]["uid"]
    cluster.kubelet.kill(uid, "one", word="oom")
    cluster.advance(cluster.now + 1)
    ended = status(cluster, "a")["containerStatuses"][0]
    assert ended["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert ended["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    cluster.advance(cluster.now + 30)
    again = status(cluster, "a")["containerStatuses"][0]
    assert again["ready"]
    assert again["restartCount"] == 1

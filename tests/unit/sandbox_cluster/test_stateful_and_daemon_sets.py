"""Stateful sets and daemon sets roll out, keep their history, and get stuck as real ones do."""

from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.pods import is_ready
from stanch.sandbox.cluster.status import ApiError
from tests.unit.sandbox_cluster.practice import new_cluster, run

LABELS = {"app": "db"}


def template(image: str) -> dict[str, Any]:
    container = {"name": "db", "image": f"registry.local/db:{image}"}
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}


def stateful(cluster: Cluster, image: str = "v1", **spec: Any) -> None:
    body = {"selector": {"matchLabels": LABELS}, "serviceName": "db", "replicas": 3, **spec}
    body["template"] = template(image)
    cluster.store.create("statefulsets", "shop", {"metadata": {"name": "db"}, "spec": body})


def daemon(cluster: Cluster, image: str = "v1", **spec: Any) -> None:
    body = {"selector": {"matchLabels": LABELS}, "template": template(image), **spec}
    cluster.store.create("daemonsets", "shop", {"metadata": {"name": "db"}, "spec": body})


def set_image(cluster: Cluster, plural: str, image: str) -> None:
    patch = {"spec": {"template": template(image)}}
    cluster.store.patch_merge(plural, "shop", "db", patch)


def status(cluster: Cluster, plural: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.store.get(plural, "shop", "db")["status"]
    return found


def pods(cluster: Cluster) -> list[dict[str, Any]]:
    return cluster.store.list("pods", "shop", labels=LABELS)


def images(cluster: Cluster) -> list[str]:
    return [pod["spec"]["containers"][0]["image"].partition(":")[2] for pod in pods(cluster)]


def revisions(cluster: Cluster) -> dict[int, str]:
    held = cluster.store.list("controllerrevisions", "shop")
    return {one["revision"]: one["metadata"]["name"] for one in held}


def test_a_stateful_set_makes_its_pods_in_order_and_numbers_them() -> None:
    cluster = new_cluster()
    stateful(cluster)
    run(cluster, 0)
    assert [pod["metadata"]["name"] for pod in pods(cluster)] == ["db-0"]
    run(cluster, 120)
    assert [pod["metadata"]["name"] for pod in pods(cluster)] == ["db-0", "db-1", "db-2"]
    found = status(cluster, "statefulsets")
    assert found["readyReplicas"] == found["updatedReplicas"] == found["replicas"] == 3
    assert found["currentRevision"] == found["updateRevision"]
    assert list(revisions(cluster).values()) == [found["updateRevision"]]
    [held] = cluster.store.list("controllerrevisions", "shop")
    assert held["data"]["spec"]["template"]["$patch"] == "replace"
    assert {pod["metadata"]["labels"]["controller-revision-hash"] for pod in pods(cluster)} == {
        found["updateRevision"]
    }


def test_a_new_template_replaces_the_highest_number_first_and_going_back_renumbers() -> None:
    cluster = new_cluster()
    stateful(cluster)
    run(cluster, 120)
    set_image(cluster, "statefulsets", "v2")
    seen = []
    while images(cluster) != ["v2", "v2", "v2"]:
        run(cluster, 1)
        seen.append(images(cluster))
    assert ["v1", "v1", "v2"] in seen
    assert ["v2", "v1", "v1"] not in seen
    run(cluster, 300)
    assert images(cluster) == ["v2", "v2", "v2"]
    first = revisions(cluster)[1]
    set_image(cluster, "statefulsets", "v1")
    run(cluster, 300)
    assert images(cluster) == ["v1", "v1", "v1"]
    assert sorted(revisions(cluster)) == [2, 3]
    assert revisions(cluster)[3] == first == status(cluster, "statefulsets")["currentRevision"]


def test_an_ordered_rollout_that_is_stuck_is_not_freed_by_the_earlier_template() -> None:
    cluster = new_cluster()
    stateful(cluster)
    run(cluster, 120)
    set_image(cluster, "statefulsets", "v2-notready")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v2-notready"]
    set_image(cluster, "statefulsets", "v1")
    run(cluster, 600)
    assert images(cluster) == ["v1", "v1", "v2-notready"]
    cluster.store.delete("pods", "shop", "db-2")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v1"]
    assert all(map(is_ready, pods(cluster)))


def test_a_parallel_set_replaces_the_broken_pod_by_itself() -> None:
    cluster = new_cluster()
    stateful(cluster, podManagementPolicy="Parallel")
    run(cluster, 0)
    assert len(pods(cluster)) == 3
    run(cluster, 120)
    set_image(cluster, "statefulsets", "v2-notready")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v2-notready"]
    set_image(cluster, "statefulsets", "v1")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v1"]


def test_a_partition_and_the_strategy_on_delete_hold_pods_back() -> None:
    cluster = new_cluster()
    stateful(cluster, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})
    run(cluster, 120)
    set_image(cluster, "statefulsets", "v2")
    run(cluster, 300)
    assert images(cluster) == ["v1", "v1", "v2"]
    cluster.store.delete("pods", "shop", "db-0")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v2"]
    cluster.store.patch_merge(
        "statefulsets",
        "shop",
        "db",
        {"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}},
    )
    run(cluster, 300)
    assert images(cluster) == ["v1", "v1", "v2"]
    cluster.store.delete("pods", "shop", "db-0")
    run(cluster, 120)
    assert images(cluster) == ["v2", "v1", "v2"]


def test_a_stateful_set_scales_down_from_the_highest_number() -> None:
    cluster = new_cluster()
    stateful(cluster)
    run(cluster, 120)
    cluster.store.patch_merge("statefulsets", "shop", "db", {"spec": {"replicas": 1}})
    run(cluster, 200)
    assert [pod["metadata"]["name"] for pod in pods(cluster)] == ["db-0"]


def test_volumes_are_claimed_and_outlive_their_pods() -> None:
    cluster = new_cluster()
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    stateful(cluster, replicas=1, volumeClaimTemplates=[claim])
    run(cluster, 60)
    [pod] = pods(cluster)
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == "data-db-0"
    cluster.store.delete("statefulsets", "shop", "db")
    run(cluster, 120)
    assert pods(cluster) == []
    assert cluster.store.find("persistentvolumeclaims", "shop", "data-db-0") is not None


def test_the_history_is_no_longer_than_its_limit() -> None:
    cluster = new_cluster()
    stateful(cluster, revisionHistoryLimit=1, replicas=1)
    run(cluster, 60)
    for image in ("v2", "v3", "v4"):
        set_image(cluster, "statefulsets", image)
        run(cluster, 120)
    assert sorted(revisions(cluster)) == [3, 4]


def test_the_fixed_parts_of_a_stateful_set_do_not_change() -> None:
    cluster = new_cluster()
    stateful(cluster)
    with pytest.raises(ApiError, match="updates to statefulset spec") as refused:
        cluster.store.patch_merge("statefulsets", "shop", "db", {"spec": {"serviceName": "x"}})
    assert refused.value.code == 422


def test_a_daemon_set_has_one_pod_on_every_node_even_a_cordoned_one() -> None:
    cluster = new_cluster()
    cluster.store.patch_merge("nodes", "", "node-2", {"spec": {"unschedulable": True}})
    daemon(cluster)
    run(cluster, 60)
    assert sorted(pod["spec"]["nodeName"] for pod in pods(cluster)) == [
        "node-1",
        "node-2",
        "node-3",
    ]
    found = status(cluster, "daemonsets")
    assert found["desiredNumberScheduled"] == found["numberReady"] == 3
    assert found["updatedNumberScheduled"] == found["numberAvailable"] == 3


def test_a_daemon_set_follows_the_labels_of_the_nodes() -> None:
    cluster = new_cluster()
    body = template("v1")
    body["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "node-3"}
    spec = {"selector": {"matchLabels": LABELS}, "template": body}
    cluster.store.create("daemonsets", "shop", {"metadata": {"name": "db"}, "spec": spec})
    run(cluster, 60)
    assert [pod["spec"]["nodeName"] for pod in pods(cluster)] == ["node-3"]


def test_a_daemon_set_replaces_one_pod_at_a_time_and_the_broken_ones_at_once() -> None:
    cluster = new_cluster()
    daemon(cluster)
    run(cluster, 60)
    set_image(cluster, "daemonsets", "v2-notready")
    run(cluster, 120)
    assert sorted(images(cluster)) == ["v1", "v1", "v2-notready"]
    set_image(cluster, "daemonsets", "v1")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v1"]
    assert sorted(revisions(cluster)) == [2, 3]
    assert status(cluster, "daemonsets")["numberAvailable"] == 3


def test_a_daemon_set_on_delete_waits_for_people() -> None:
    cluster = new_cluster()
    daemon(cluster, updateStrategy={"type": "OnDelete"})
    run(cluster, 60)
    set_image(cluster, "daemonsets", "v2")
    run(cluster, 120)
    assert images(cluster) == ["v1", "v1", "v1"]
    cluster.store.delete("pods", "shop", pods(cluster)[0]["metadata"]["name"])
    run(cluster, 120)
    assert sorted(images(cluster)) == ["v1", "v1", "v2"]


@pytest.mark.parametrize(("plural", "make"), [("statefulsets", stateful), ("daemonsets", daemon)])
def test_what_a_set_owns_goes_with_it(plural: str, make: Any) -> None:
    cluster = new_cluster()
    make(cluster)
    run(cluster, 120)
    cluster.store.delete(plural, "shop", "db")
    run(cluster, 120)
    assert pods(cluster) == []
    assert cluster.store.list("controllerrevisions", "shop") == []


def test_an_autoscaler_keeps_the_least_number_of_a_stateful_set() -> None:
    cluster = new_cluster()
    stateful(cluster, replicas=1)
    run(cluster, 60)
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4}
    body = {"metadata": {"name": "db"}, "spec": spec}
    cluster.store.create("horizontalpodautoscalers", "shop", body)
    run(cluster, 120)
    assert [pod["metadata"]["name"] for pod in pods(cluster)] == ["db-0", "db-1"]


def test_a_pod_for_a_node_that_is_gone_fits_no_other() -> None:
    cluster = new_cluster()
    cluster.nodes.stop("node-3")
    run(cluster, 60)
    daemon(cluster)
    run(cluster, 60)
    assert sorted(pod["spec"]["nodeName"] for pod in pods(cluster)) == ["node-1", "node-2"]
    assert status(cluster, "daemonsets")["desiredNumberScheduled"] == 2
    cluster.nodes.start("node-3")
    run(cluster, 60)
    assert status(cluster, "daemonsets")["numberReady"] == 3

"""Rollouts of stateful sets and daemon sets, as the cluster and as their JSON tell them."""

from collections.abc import Iterator
from typing import Any

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.workloads import (
    daemon_status,
    revisions_of,
    stateful_status,
)
from stanch.tools.operations import DescribeObject, ReadLogs
from stanch.tools.operations.kubernetes_names import ObjectRef
from stanch.tools.operations.kubernetes_waits import WorkloadRolloutHistory, WorkloadRolloutStatus
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json

APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"


@pytest.fixture
def stateful(corner: Corner) -> Iterator[Json]:
    """Create a stateful set of two pods, and delete it at the end."""
    labels = {"app": corner.name}
    template = {
        "metadata": {"labels": labels, "annotations": {"fake-kubelet/logs": "ready to serve"}},
        "spec": {"containers": [{"name": "web", "image": "registry.local/web:v1"}]},
    }
    spec = {"replicas": 2, "serviceName": corner.name, "selector": {"matchLabels": labels}}
    body = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": corner.name, "labels": labels},
        "spec": {**spec, "template": template},
    }
    answer = corner.admin.post(f"{APPS}/statefulsets", json=body)
    assert answer.is_success, answer.text
    yield answer.json()
    corner.delete(f"{APPS}/statefulsets/{corner.name}")


def test_a_stateful_set_is_read_with_its_rollout_and_revisions(
    client: KubernetesClient, corner: Corner, stateful: Json
) -> None:
    status = WorkloadRolloutStatus(resource="statefulsets", namespace=NAMESPACE, name=corner.name)
    data = client.observe(status).data
    assert data["workload"]["metadata"]["uid"] == stateful["metadata"]["uid"]
    history = WorkloadRolloutHistory(resource="statefulsets", namespace=NAMESPACE, name=corner.name)
    corner.until(lambda: client.observe(status).data["state"], lambda state: state == "complete")
    [revision] = client.observe(history).data["revisions"]
    assert (revision["revision"], revision["current"]) == (1, True)
    assert revision["images"] == ["registry.local/web:v1"]

    images = [{"name": "web", "image": "registry.local/web:v2"}]
    answer = corner.admin.patch(
        f"{APPS}/statefulsets/{corner.name}",
        json={"spec": {"template": {"spec": {"containers": images}}}},
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert answer.is_success, answer.text
    revisions = corner.until(
        lambda: client.observe(history).data["revisions"],
        lambda found: len(found) == 2 and found[0]["current"],
    )
    assert [one["images"] for one in revisions] == [
        ["registry.local/web:v2"],
        ["registry.local/web:v1"],
    ]
    assert [one["current"] for one in revisions] == [True, False]


def test_what_a_stateful_set_owns_is_found_through_it(
    client: KubernetesClient, corner: Corner, stateful: Json
) -> None:
    describe = DescribeObject(resource="statefulsets", namespace=NAMESPACE, name=corner.name)
    names = {f"{stateful['metadata']['name']}-{number}" for number in range(2)}
    pods = corner.until(lambda: client.observe(describe).data["pods"], lambda found: len(found) > 1)
    assert {pod["metadata"]["name"] for pod in pods} == names
    owner = ObjectRef(resource="statefulsets", name=corner.name)
    logs = ReadLogs(namespace=NAMESPACE, owner=owner)
    streams = corner.until(
        lambda: client.observe(logs).data["streams"],
        lambda found: len(found) == 2 and all(stream["lines"] for stream in found),
    )
    assert {stream["pod"] for stream in streams} == names


def a_stateful_set(**status: Any) -> Json:
    return {
        "metadata": {"name": "db", "generation": 2},
        "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate"}},
        "status": {"observedGeneration": 2, **status},
    }


@pytest.mark.parametrize(
    ("status", "state", "says"),
    [
        ({"observedGeneration": 1}, "progressing", "observed"),
        ({"readyReplicas": 1}, "progressing", "2 pods"),
        (
            {"readyReplicas": 3, "currentRevision": "a", "updateRevision": "b"},
            "progressing",
            "at revision b",
        ),
        (
            {"readyReplicas": 3, "currentRevision": "b", "updateRevision": "b"},
            "complete",
            "successfully",
        ),
    ],
)
def test_the_state_of_a_stateful_set_follows_its_status(
    status: Json, state: str, says: str
) -> None:
    told, message = stateful_status(a_stateful_set(**status))
    assert told == state
    assert says in message


def test_a_stateful_set_that_waits_for_deletion_or_a_partition_says_so() -> None:
    thing = a_stateful_set(readyReplicas=3, updatedReplicas=1)
    thing["spec"]["updateStrategy"]["rollingUpdate"] = {"partition": 1}
    assert stateful_status(thing) == (
        "progressing",
        "1 of 2 pods of statefulset db behind the partition have been updated",
    )
    thing["status"]["updatedReplicas"] = 2
    assert stateful_status(thing)[0] == "complete"
    thing["spec"]["updateStrategy"] = {"type": "OnDelete"}
    assert stateful_status(thing)[0] == "paused"


@pytest.mark.parametrize(
    ("status", "state", "says"),
    [
        ({"observedGeneration": 1}, "progressing", "observed"),
        ({"updatedNumberScheduled": 2}, "progressing", "2 out of 3 new pods"),
        (
            {"updatedNumberScheduled": 3, "numberAvailable": 1},
            "progressing",
            "1 of 3 updated pods",
        ),
        ({"updatedNumberScheduled": 3, "numberAvailable": 3}, "complete", "successfully"),
    ],
)
def test_the_state_of_a_daemon_set_follows_its_status(status: Json, state: str, says: str) -> None:
    thing = {
        "metadata": {"name": "agent", "generation": 2},
        "spec": {"updateStrategy": {"type": "RollingUpdate"}},
        "status": {"observedGeneration": 2, "desiredNumberScheduled": 3, **status},
    }
    told, message = daemon_status(thing)
    assert told == state
    assert says in message
    thing["spec"] = {"updateStrategy": {"type": "OnDelete"}}
    assert daemon_status(thing)[0] == "paused"


def test_the_newest_revision_of_a_daemon_set_is_the_current_one() -> None:
    def revision(number: int) -> Json:
        template = {"$patch": "replace", "spec": {"containers": [{"image": f"a:{number}"}]}}
        return {
            "metadata": {"name": f"agent-{number}", "uid": str(number)},
            "revision": number,
            "data": {"spec": {"template": template}},
        }

    newest, oldest = revisions_of({"status": {}}, [revision(9), revision(10)])
    assert (newest["revision"], newest["current"], oldest["current"]) == (10, True, False)
    assert newest["images"] == ["a:10"]
    assert newest["template"] == {"spec": {"containers": [{"image": "a:10"}]}}

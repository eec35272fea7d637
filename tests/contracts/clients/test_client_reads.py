"""Each read of the Kubernetes client against what the server says itself."""

import re

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations import (
    DescribeObject,
    FieldRequirement,
    InspectWorkload,
    LabelRequirement,
    ListEvents,
    ListObjects,
    ReadLogs,
    ReadObject,
    RolloutHistory,
    RolloutStatus,
    TopNodes,
    TopPods,
)
from stanch.tools.operations.workload import template_digest
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target, deployment
from tests.contracts.clients.conftest import Connect

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def names_of(items: list[Json]) -> list[str]:
    return [item["metadata"]["name"] for item in items]


def app(corner: Corner) -> tuple[LabelRequirement, ...]:
    return (LabelRequirement(key="app", values=(corner.name,)),)


def test_an_object_is_the_servers_own_json_less_the_bookkeeping(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy(metadata={"annotations": {LAST_APPLIED: "{}", "team": "web"}})
    outcome = client.observe(
        ReadObject(resource="deployments", namespace=NAMESPACE, name=corner.name)
    )
    wanted = corner.get()
    wanted["metadata"].pop("managedFields", None)
    del wanted["metadata"]["annotations"][LAST_APPLIED]
    assert outcome.data == {"object": wanted}
    assert wanted["metadata"]["annotations"]["team"] == "web"
    assert outcome.duration > 0
    assert not outcome.truncated


def test_a_list_keeps_to_its_selectors(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy(replicas=2)
    pods = client.observe(ListObjects(resource="pods", namespace=NAMESPACE, labels=app(corner)))
    assert sorted(names_of(pods.data["items"])) == sorted(names_of(corner.list("pods")))

    one = pods.data["items"][0]["metadata"]["name"]
    fields = (FieldRequirement(path="metadata.name", value=one),)
    found = client.observe(ListObjects(resource="pods", namespace=NAMESPACE, fields=fields))
    assert names_of(found.data["items"]) == [one]
    everywhere = client.observe(ListObjects(resource="pods", labels=app(corner)))
    assert len(everywhere.data["items"]) == 2
    assert client.observe(ListObjects(resource="nodes", namespace=NAMESPACE)).data["items"]


def test_a_long_list_is_read_page_by_page_to_its_end(
    client: KubernetesClient, corner: Corner
) -> None:
    for number in range(103):
        body = {"metadata": {"name": f"{corner.name}-{number}", "labels": {"app": corner.name}}}
        corner.create("configmaps", body)
    operation = ListObjects(resource="configmaps", namespace=NAMESPACE, labels=app(corner))
    outcome = client.observe(operation)
    assert len(set(names_of(outcome.data["items"]))) == 103
    assert not outcome.truncated


def test_a_list_over_the_cap_is_cut_and_says_so(connect: Connect, corner: Corner) -> None:
    for number in range(4):
        data = {"text": "x" * 2000}
        metadata = {"name": f"{corner.name}-{number}", "labels": {"app": corner.name}}
        corner.create("configmaps", {"metadata": metadata, "data": data})
    client = connect(limits=Limits(bytes=5000))
    outcome = client.observe(
        ListObjects(resource="configmaps", namespace=NAMESPACE, labels=app(corner))
    )
    assert len(outcome.data["items"]) == 2
    assert outcome.truncated
    outcome = client.observe(
        ReadObject(resource="configmaps", namespace=NAMESPACE, name=f"{corner.name}-0")
    )
    assert not outcome.truncated
    small = connect(limits=Limits(bytes=1000)).observe(
        ReadObject(resource="configmaps", namespace=NAMESPACE, name=f"{corner.name}-0")
    )
    assert small.truncated
    assert "characters cut" in small.data["object"]["data"]["text"]


def test_what_is_not_there_is_refused_in_the_servers_words(client: KubernetesClient) -> None:
    with pytest.raises(OperationRefusedError, match='pods "nope" not found'):
        client.observe(ReadObject(resource="pods", namespace=NAMESPACE, name="nope"))


def test_usage_is_numbers_or_says_what_is_missing(
    client: KubernetesClient, corner: Corner, target: Target
) -> None:
    corner.deploy()
    operation = TopPods(namespace=NAMESPACE, labels=app(corner))
    if target.door().get("/apis/metrics.k8s.io/v1beta1").status_code == 404:
        for missing in (TopNodes(), operation):
            with pytest.raises(OperationRefusedError, match="metrics-server"):
                client.observe(missing)
        return
    [pod] = corner.until(lambda: client.observe(operation).data["items"], bool)
    assert pod["pod"] == corner.list("pods")[0]["metadata"]["name"]
    [container] = pod["containers"]
    assert container["name"] == "web"
    assert isinstance(container["memory_bytes"], int)
    assert 0 <= container["cpu_cores"] < 64
    nodes = client.observe(TopNodes()).data["items"]
    assert {"node", "cpu_cores", "memory_bytes"} == set(nodes[0])


def test_a_description_has_the_events_and_what_the_object_owns(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy(replicas=2)
    outcome = client.observe(
        DescribeObject(resource="deployments", namespace=NAMESPACE, name=corner.name)
    )
    assert outcome.data["object"]["metadata"]["name"] == corner.name
    assert "ScalingReplicaSet" in {event["reason"] for event in outcome.data["events"]}
    assert sorted(names_of(outcome.data["pods"])) == sorted(names_of(corner.list("pods")))
    assert names_of(outcome.data["replicasets"]) == names_of(corner.list("replicasets"))

    replica_set = outcome.data["replicasets"][0]["metadata"]["name"]
    its = client.observe(
        DescribeObject(resource="replicasets", namespace=NAMESPACE, name=replica_set)
    )
    assert len(its.data["pods"]) == 2
    pod = its.data["pods"][0]["metadata"]["name"]
    one = client.observe(DescribeObject(resource="pods", namespace=NAMESPACE, name=pod))
    assert {event["involvedObject"]["name"] for event in one.data["events"]} == {pod}
    assert one.data["pods"] == one.data["replicasets"] == []


def test_a_twin_with_the_same_labels_owns_its_own_pods(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    twin = f"{corner.name}-twin"
    body = corner.get()
    template = {
        "metadata": {"labels": {"app": corner.name, "pod": "twin"}},
        "spec": {"containers": [{"name": "web", "image": "registry.local/web:v2"}]},
    }
    spec = {"replicas": 1, "selector": body["spec"]["selector"], "template": template}
    corner.create("deployments", {"metadata": {"name": twin}, "spec": spec})
    corner.until(lambda: corner.list("pods"), lambda pods: len(pods) == 2)
    outcome = client.observe(InspectWorkload(namespace=NAMESPACE, name=twin))
    [pod] = outcome.data["pods"]
    assert pod["metadata"]["labels"]["pod"] == "twin"
    assert len(outcome.data["replica_sets"]) == 1
    its = client.observe(DescribeObject(resource="deployments", namespace=NAMESPACE, name=twin))
    assert names_of(its.data["pods"]) == [pod["metadata"]["name"]]
    logs = client.observe(ReadLogs(namespace=NAMESPACE, deployment=twin)).data
    assert [one["pod"] for one in logs["streams"] + logs["not_read"]] == names_of([pod])
    history = client.observe(RolloutHistory(namespace=NAMESPACE, name=twin)).data["revisions"]
    assert [entry["images"] for entry in history] == [["registry.local/web:v2"]]


def test_events_come_the_newest_last_and_only_those_asked_for(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.create(
        "deployments", deployment(corner.name, "registry.local/web:v2-badimage", replicas=1)
    )
    corner.until(
        lambda: [e["reason"] for e in _events(client, warnings_only=True, corner=corner)],
        lambda reasons: "Failed" in reasons,
    )
    warnings = _events(client, warnings_only=True, corner=corner)
    assert {event["type"] for event in warnings} == {"Warning"}
    events = client.observe(
        ListEvents(namespace=NAMESPACE, about_kind="Deployment", about_name=corner.name)
    ).data["items"]
    assert [event["reason"] for event in events] == ["ScalingReplicaSet"]
    everything = client.observe(ListEvents(namespace=NAMESPACE)).data["items"]
    times = [event["lastTimestamp"] or event["eventTime"][:19] + "Z" for event in everything]
    assert times == sorted(times)


def test_the_history_tells_the_revisions_apart(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy(metadata={"annotations": {"kubernetes.io/change-cause": "first"}})
    corner.set_image("registry.local/web:v2")
    corner.settled()
    data = client.observe(RolloutHistory(namespace=NAMESPACE, name=corner.name)).data
    assert data["deployment"]["metadata"]["name"] == corner.name
    newest, oldest = data["revisions"]
    assert (newest["revision"], oldest["revision"]) == (2, 1)
    assert (newest["current"], oldest["current"]) == (True, False)
    assert (newest["images"], oldest["images"]) == (
        ["registry.local/web:v2"],
        ["registry.local/web:v1"],
    )
    assert (newest["replicas"], newest["ready"], oldest["replicas"]) == (1, 1, 0)
    assert oldest["change_cause"] == "first"
    sets = {item["metadata"]["name"]: item for item in corner.list("replicasets")}
    for entry in (newest, oldest):
        its = sets[entry["replica_set"]]
        assert entry["uid"] == its["metadata"]["uid"]
        assert entry["created"] == its["metadata"]["creationTimestamp"]
        assert entry["template_hash"] == its["metadata"]["labels"]["pod-template-hash"]
        assert template_digest(entry["template"]) == template_digest(its["spec"]["template"])


@pytest.mark.parametrize(
    ("image", "deadline", "state", "message"),
    [
        ("registry.local/web:v2", 600, "complete", "successfully rolled out"),
        (
            "registry.local/web:v2-notready",
            600,
            "progressing",
            "out of|old replicas|updated replicas are",
        ),
        ("registry.local/web:v2-notready", 2, "failed", "exceeded its progress deadline"),
    ],
)
def test_the_state_of_a_rollout_is_what_kubectl_says(
    client: KubernetesClient, corner: Corner, image: str, deadline: int, state: str, message: str
) -> None:
    corner.deploy(replicas=2, progressDeadlineSeconds=deadline)
    corner.set_image(image)
    operation = RolloutStatus(namespace=NAMESPACE, name=corner.name)
    data = corner.until(
        lambda: client.observe(operation).data,
        lambda found: (
            found["state"] == state
            and found["deployment"]["status"]["observedGeneration"] == 2
            and "observed" not in found["message"]
        ),
    )
    assert re.search(message, data["message"])


def test_a_paused_rollout_is_told_from_a_slow_one(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy()
    corner.patch({"spec": {"paused": True}})
    corner.set_image("registry.local/web:v2")
    operation = RolloutStatus(namespace=NAMESPACE, name=corner.name)
    data = corner.until(
        lambda: client.observe(operation).data, lambda found: found["state"] == "paused"
    )
    assert "0 out of 1 new replicas" in data["message"]


def test_a_workload_comes_with_revisions_pods_and_its_own_autoscaler(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy(replicas=2)
    corner.set_image("registry.local/web:v2")
    corner.settled()
    for name, scaled in ((corner.name, corner.name), (f"{corner.name}-x", "another")):
        target = {"kind": "Deployment", "name": scaled, "apiVersion": "apps/v1"}
        spec = {"scaleTargetRef": target, "maxReplicas": 4, "minReplicas": 1}
        corner.create("horizontalpodautoscalers", {"metadata": {"name": name}, "spec": spec})
    data = client.observe(InspectWorkload(namespace=NAMESPACE, name=corner.name)).data
    assert data["deployment"]["metadata"]["uid"] == corner.get()["metadata"]["uid"]
    revisions = [
        item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        for item in data["replica_sets"]
    ]
    assert revisions == ["2", "1"]
    assert names_of(data["autoscalers"]) == [corner.name]
    assert len(data["pods"]) >= 2
    assert all("managedFields" not in pod["metadata"] for pod in data["pods"])


def _events(client: KubernetesClient, *, warnings_only: bool, corner: Corner) -> list[Json]:
    operation = ListEvents(namespace=NAMESPACE, about_kind="Pod", warnings_only=warnings_only)
    found: list[Json] = client.observe(operation).data["items"]
    return [e for e in found if e["involvedObject"]["name"].startswith(corner.name)]

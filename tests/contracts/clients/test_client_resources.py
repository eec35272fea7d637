"""Reads of whatever the cluster serves: found by any name, several at once, Secrets never."""

from typing import cast

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations import (
    DescribeObject,
    LabelRequirement,
    ListObjects,
    ReadLogs,
    ReadObject,
)
from stanch.tools.operations.exec import ExecRead
from stanch.tools.operations.kubernetes_names import ALL, ObjectRef
from stanch.tools.operations.kubernetes_server import (
    CanI,
    ListApiResources,
    ListApiVersions,
    ReadVersion,
    WhoAmI,
)
from stanch.tools.operations.kubernetes_several import DescribeSeveral, ListSeveral, ReadSeveral
from stanch.tools.operations.kubernetes_waits import WaitFor
from stanch.tools.operations.manual import ManualRead
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target
from tests.contracts.clients.conftest import Connect


def names_of(items: list[Json]) -> set[str]:
    return {item["metadata"]["name"] for item in items}


@pytest.mark.parametrize("name", ["serviceaccounts", "sa", "serviceaccount", "ServiceAccounts"])
def test_a_resource_is_found_by_every_name_that_it_has(
    client: KubernetesClient, corner: Corner, name: str
) -> None:
    corner.create("serviceaccounts", {"metadata": {"name": corner.name}})
    found = client.observe(ListObjects(resource=name.lower(), namespace=NAMESPACE))
    assert corner.name in names_of(found.data["items"])


def test_a_group_behind_the_name_is_looked_up_alone(client: KubernetesClient) -> None:
    found = client.observe(ListObjects(resource="leases.coordination.k8s.io"))
    assert isinstance(found.data["items"], list)


def test_a_resource_in_no_namespace_is_read_without_one(client: KubernetesClient) -> None:
    roles = client.observe(ListObjects(resource="clusterroles", namespace=NAMESPACE))
    assert all("namespace" not in item["metadata"] for item in roles.data["items"])


def test_a_resource_that_is_not_served_is_refused_by_name(client: KubernetesClient) -> None:
    with pytest.raises(OperationRefusedError, match="serves no resource 'unicorns'"):
        client.observe(ListObjects(resource="unicorns", namespace=NAMESPACE))


@pytest.mark.parametrize(
    "name",
    [
        *("secrets", "Secret", "secrets.v1.", "apitokens.example.org", "OAuthClients"),
        *("passwords.dex.coreos.com", "passwords.v1.dex.coreos.com"),
    ],
)
def test_secrets_are_refused_before_anything_is_sent(name: str) -> None:
    with pytest.raises(OperationRefusedError, match="Secrets are never read"):
        Catalog().find(name, cast("Visit", None))


def test_a_name_without_a_namespace_is_refused_where_one_is_needed(
    client: KubernetesClient,
) -> None:
    with pytest.raises(OperationRefusedError, match="in which namespace"):
        client.observe(ReadObject(resource="serviceaccounts", name="default"))


def test_a_plain_list_says_what_each_object_is(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy()
    labels = (LabelRequirement(key="app", values=(corner.name,)),)
    deployments = client.observe(
        ListObjects(resource="deployments", namespace=NAMESPACE, labels=labels)
    ).data["items"]
    assert [(one["apiVersion"], one["kind"]) for one in deployments] == [("apps/v1", "Deployment")]
    leases = client.observe(ListObjects(resource="leases")).data["items"]
    assert {(one["apiVersion"], one["kind"]) for one in leases} <= {
        ("coordination.k8s.io/v1", "Lease")
    }
    read = client.observe(
        ReadObject(resource="deployments", namespace=NAMESPACE, name=corner.name)
    ).data["object"]
    assert deployments[0].keys() == read.keys()


def test_a_list_of_several_resources_says_what_each_object_is(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    labels = (LabelRequirement(key="app", values=(corner.name,)),)
    found = client.observe(ListSeveral(resources=ALL, namespace=NAMESPACE, labels=labels))
    kinds = {(item["apiVersion"], item["kind"]) for item in found.data["items"]}
    assert kinds == {("v1", "Pod"), ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet")}


def test_several_objects_are_read_in_the_order_of_their_names(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    corner.create("configmaps", {"metadata": {"name": corner.name}, "data": {"a": "b"}})
    objects = (
        ObjectRef(resource="deployments", name=corner.name),
        ObjectRef(resource="configmaps", name=corner.name),
    )
    found = client.observe(ReadSeveral(objects=objects, namespace=NAMESPACE))
    assert [item["kind"] for item in found.data["items"]] == ["Deployment", "ConfigMap"]
    described = client.observe(DescribeSeveral(objects=objects, namespace=NAMESPACE)).data["items"]
    assert [len(item["pods"]) for item in described] == [1, 0]
    assert described[0]["events"]
    one = client.observe(
        DescribeObject(resource="deployments", namespace=NAMESPACE, name=corner.name)
    )
    assert names_of(one.data["pods"]) == names_of(described[0]["pods"])


def test_what_labels_select_is_described_with_its_events(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy(replicas=2)
    labels = (LabelRequirement(key="app", values=(corner.name,)),)
    operation = DescribeSeveral(resources=("pods",), namespace=NAMESPACE, labels=labels)
    items = client.observe(operation).data["items"]
    assert len(items) == 2
    for item in items:
        about = {event["involvedObject"]["name"] for event in item["events"]}
        assert about == {item["object"]["metadata"]["name"]}


def test_logs_of_a_replica_set_and_of_all_containers(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy(pod_annotations={"fake-kubelet/logs": "ready to serve"})
    [replica_set] = names_of(corner.list("replicasets"))
    owner = ObjectRef(resource="replicasets", name=replica_set)
    operation = ReadLogs(namespace=NAMESPACE, owner=owner, all_containers=True)
    streams = corner.until(
        lambda: client.observe(operation).data["streams"],
        lambda found: bool(found) and bool(found[0]["lines"]),
    )
    assert [stream["container"] for stream in streams] == ["web"]
    assert "ready to serve" in [line["text"] for line in streams[0]["lines"]]
    later = ReadLogs(namespace=NAMESPACE, owner=owner, since_time="2090-01-01T00:00:00Z")
    assert client.observe(later).data["streams"][0]["lines"] == []


def test_a_wait_ends_when_its_condition_holds(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy()
    it = (ObjectRef(resource="deployments", name=corner.name),)
    for condition in ("condition=Available", "create", "jsonpath={.status.readyReplicas}=1"):
        operation = WaitFor(objects=it, namespace=NAMESPACE, condition=condition, seconds=20)
        assert client.observe(operation).data["met"], condition
    labels = (LabelRequirement(key="app", values=(corner.name,)),)
    pods = WaitFor(resource="pods", labels=labels, namespace=NAMESPACE, condition="condition=Ready")
    assert client.observe(pods).data["waiting"] == []


def test_a_wait_that_is_in_vain_says_what_is_so_after_its_time(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    it = (ObjectRef(resource="deployments", name=corner.name),)
    operation = WaitFor(objects=it, namespace=NAMESPACE, condition="delete", seconds=2)
    data = client.observe(operation).data
    assert not data["met"]
    assert data["waiting"] == [f"deployments/{corner.name}: it is still there"]
    assert 1 <= data["seconds"] <= 5
    path = WaitFor(objects=it, namespace=NAMESPACE, condition="jsonpath={.spec.no}=1", seconds=0)
    assert client.observe(path).data["waiting"] == [f"deployments/{corner.name}: it is not set"]


def test_the_rights_of_the_reader_are_told_without_using_them(connect: Connect) -> None:
    nobody, admin = connect("nobody"), connect("admin")
    for client, allowed in ((nobody, False), (admin, True)):
        for resource in ("deployments", "secrets", "deployments/web", "unicorns.example.org"):
            operation = CanI(verb="delete", resource=resource, namespace=NAMESPACE)
            assert client.observe(operation).data["allowed"] is allowed, resource
    rules = admin.observe(CanI(list_all=True, namespace=NAMESPACE)).data["rules"]
    assert any("*" in rule["verbs"] for rule in rules)


def test_all_rights_of_somebody_else_cannot_be_listed(client: KubernetesClient) -> None:
    with pytest.raises(OperationRefusedError, match="acting as somebody else"):
        client.observe(CanI(list_all=True, namespace=NAMESPACE, user="bob"))


def test_the_server_tells_its_version_and_resources(
    client: KubernetesClient, target: Target
) -> None:
    version = client.observe(ReadVersion()).data["server"]
    assert version == target.door().get("/version").json()
    assert {"v1", "apps/v1"} <= set(client.observe(ListApiVersions()).data["items"])
    apps = client.observe(ListApiResources(group="apps", namespaced=True)).data["items"]
    found = {item["name"]: item for item in apps}
    assert found["deployments"]["kind"] == "Deployment"
    assert found["deployments"]["short"] == ["deploy"]
    assert {item["group"] for item in apps} == {"apps"}


def test_the_server_says_who_asks_or_that_it_is_too_old(
    client: KubernetesClient, target: Target
) -> None:
    served = target.door().get("/apis/authentication.k8s.io/v1").json().get("resources") or []
    if "selfsubjectreviews" in {one["name"] for one in served}:
        data = client.observe(WhoAmI()).data
        assert data["username"]
        assert "system:authenticated" in data["groups"]
        return
    with pytest.raises(OperationRefusedError, match=r"older than 1\.27"):
        client.observe(WhoAmI())


def test_no_session_is_opened_into_a_container(client: KubernetesClient) -> None:
    inner = ManualRead(program="df", words=("-h",), reason="a test")
    with pytest.raises(OperationRefusedError, match=r"no session into a container.*-- df -h"):
        client.observe(ExecRead(namespace=NAMESPACE, name="web", inner=inner))

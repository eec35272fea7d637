"""The official Python client: what the project's own client is built on reads every answer."""

import json
from collections.abc import Iterator
from typing import Any

import kubernetes
import pytest
from kubernetes.client.exceptions import ApiException

from tests.contracts.cluster.kube_objects import (
    autoscalers,
    config_map,
    core,
    deployment,
    new_image,
)
from tests.contracts.cluster.kube_shop import NAMESPACE, Shop
from tests.contracts.cluster.kube_targets import Cluster

pytestmark = pytest.mark.cluster

official: Any = kubernetes
"""Seen as untyped: its generated types make every field optional, also those that always are."""


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Any]:
    path = str(cluster.kubeconfigs["admin"])
    with official.config.new_client_from_config(config_file=path) as found:
        yield found


def test_it_creates_reads_and_deletes_a_deployment(client: Any, shop: Shop) -> None:
    api = official.client.AppsV1Api(client)
    made = api.create_namespaced_deployment(NAMESPACE, deployment(shop.name, replicas=2))
    shop.forget_later(shop.deployment)
    shop.settled()
    found = api.read_namespaced_deployment(shop.name, NAMESPACE)
    assert found.metadata.uid == made.metadata.uid
    assert found.status.available_replicas == 2
    assert found.spec.strategy.rolling_update.max_surge == "25%"
    assert {item.type for item in found.status.conditions} == {"Available", "Progressing"}
    api.delete_namespaced_deployment(shop.name, NAMESPACE)
    shop.api.wait_gone(shop.deployment)


def test_it_patches_in_all_three_ways(client: Any, shop: Shop) -> None:
    shop.deploy()
    api = official.client.AppsV1Api(client)
    strategic = new_image("registry.local/web:v2-ok")
    after = api.patch_namespaced_deployment(shop.name, NAMESPACE, strategic)
    assert after.spec.template.spec.containers[0].image == "registry.local/web:v2-ok"
    merge = {"spec": {"paused": True}}
    after = api.patch_namespaced_deployment(
        shop.name, NAMESPACE, merge, _content_type="application/merge-patch+json"
    )
    assert after.spec.paused is True
    operations = [{"op": "replace", "path": "/spec/paused", "value": False}]
    after = api.patch_namespaced_deployment(
        shop.name, NAMESPACE, operations, _content_type="application/json-patch+json"
    )
    assert not after.spec.paused


def test_it_raises_with_the_status_of_a_conflict(client: Any, shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    api = official.client.CoreV1Api(client)
    api.patch_namespaced_config_map(shop.name, NAMESPACE, {"data": {"a": "1"}})
    with pytest.raises(ApiException) as raised:
        api.replace_namespaced_config_map(shop.name, NAMESPACE, made)
    assert (raised.value.status, raised.value.reason) == (409, "Conflict")
    assert json.loads(str(raised.value.body))["reason"] == "Conflict"


def test_it_raises_with_the_status_of_an_absent_object(client: Any) -> None:
    with pytest.raises(ApiException) as raised:
        official.client.CoreV1Api(client).read_namespaced_pod("t-absent", NAMESPACE)
    assert raised.value.status == 404


def test_it_scales(client: Any, shop: Shop) -> None:
    shop.deploy()
    api = official.client.AppsV1Api(client)
    scale = api.read_namespaced_deployment_scale(shop.name, NAMESPACE)
    scale.spec.replicas = 2
    after = api.replace_namespaced_deployment_scale(shop.name, NAMESPACE, scale)
    assert after.spec.replicas == 2
    with pytest.raises(ApiException) as raised:
        api.replace_namespaced_deployment_scale(shop.name, NAMESPACE, scale)
    assert raised.value.status == 409


def test_it_reads_pods_and_their_logs(client: Any, shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-flaky1")
    shop.api.wait(shop.pod, lambda found: "lastState" in str(found) and _is_ready(found))
    api = official.client.CoreV1Api(client)
    [pod] = api.list_namespaced_pod(NAMESPACE, label_selector=f"app={shop.name}").items
    [status] = pod.status.container_statuses
    assert (status.restart_count, status.last_state.terminated.exit_code) == (1, 1)
    now = api.read_namespaced_pod_log(shop.name, NAMESPACE, tail_lines=1)
    before = api.read_namespaced_pod_log(shop.name, NAMESPACE, previous=True)
    assert len(now.splitlines()) == 1
    assert before.splitlines()


def _is_ready(found: dict[str, Any]) -> bool:
    statuses = found["status"].get("containerStatuses") or [{}]
    return bool(statuses[0].get("ready"))


def test_it_watches(client: Any, shop: Shop) -> None:
    shop.start_deploy()
    api = official.client.AppsV1Api(client)
    watch = official.watch.Watch()
    for event in watch.stream(
        api.list_namespaced_deployment,
        NAMESPACE,
        field_selector=f"metadata.name={shop.name}",
        timeout_seconds=90,
    ):
        assert event["object"].metadata.name == shop.name
        if event["object"].status.available_replicas == 1:
            watch.stop()
            return
    pytest.fail("the watch ended before the deployment was available")


def test_it_reads_lists_in_pages(client: Any, shop: Shop) -> None:
    for suffix in "abc":
        body = config_map(f"{shop.name}-{suffix}")
        body["metadata"]["labels"] = {"box": shop.name}
        shop.create(core("configmaps"), body)
    api = official.client.CoreV1Api(client)
    mine = {"label_selector": f"box={shop.name}", "limit": 2}
    first = api.list_namespaced_config_map(NAMESPACE, **mine)
    rest = api.list_namespaced_config_map(NAMESPACE, **mine, _continue=first.metadata.var_continue)
    assert [len(first.items), len(rest.items)] == [2, 1]


def test_it_reads_events_and_nodes_and_replica_sets(client: Any, shop: Shop) -> None:
    shop.deploy()
    api = official.client.CoreV1Api(client)
    events = api.list_namespaced_event(
        NAMESPACE, field_selector=f"involvedObject.name={shop.name}"
    ).items
    assert {item.involved_object.kind for item in events} <= {"Deployment"}
    [node, *_] = api.list_node().items
    assert {item.type: item.status for item in node.status.conditions}["Ready"] == "True"
    [owned] = (
        official.client.AppsV1Api(client)
        .list_namespaced_replica_set(NAMESPACE, label_selector=f"app={shop.name}")
        .items
    )
    assert owned.metadata.owner_references[0].name == shop.name


def test_it_reads_an_autoscaler(client: Any, shop: Shop) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": shop.name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3}
    shop.create(autoscalers(), {"metadata": {"name": shop.name}, "spec": spec})
    api = official.client.AutoscalingV1Api(client)
    found = api.read_namespaced_horizontal_pod_autoscaler(shop.name, NAMESPACE)
    assert (found.spec.min_replicas, found.spec.max_replicas) == (1, 3)
    assert found.spec.scale_target_ref.name == shop.name


def test_a_dry_run_through_it_changes_nothing(client: Any, shop: Shop) -> None:
    before = shop.deploy()
    api = official.client.AppsV1Api(client)
    dry = api.patch_namespaced_deployment(
        shop.name, NAMESPACE, {"spec": {"replicas": 4}}, dry_run="All"
    )
    assert dry.spec.replicas == 4
    assert shop.api.get(shop.deployment)["spec"] == before["spec"]


def test_it_asks_what_its_user_may_do(cluster: Cluster) -> None:
    path = str(cluster.kubeconfigs["reader"])
    with official.config.new_client_from_config(config_file=path) as reader:
        api = official.client.AuthorizationV1Api(reader)
        attributes = {"verb": "patch", "resource": "deployments", "group": "apps"}
        body = {"spec": {"resourceAttributes": attributes | {"namespace": NAMESPACE}}}
        answer = api.create_self_subject_access_review(body)
    assert answer.status.allowed is False

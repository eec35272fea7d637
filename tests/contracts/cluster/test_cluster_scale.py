"""The scale subresource: how a replica count is read and changed without touching the rest."""

import pytest

from tests.contracts.cluster.kube_api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH
from tests.contracts.cluster.kube_objects import apps, deployment, rolled_out
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def test_a_scale_tells_wanted_and_actual_replicas_and_the_selector(shop: Shop) -> None:
    made = shop.deploy(replicas=2)
    scale = shop.api.get(f"{shop.deployment}/scale")
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["metadata"]["name"] == shop.name
    assert scale["metadata"]["uid"] == made["metadata"]["uid"]
    assert scale["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 2, "selector": f"app={shop.name}"}


def test_a_put_with_the_version_that_was_read_scales(shop: Shop) -> None:
    shop.deploy()
    scale = shop.api.get(f"{shop.deployment}/scale")
    scale["spec"]["replicas"] = 3
    answer = shop.api.replace(f"{shop.deployment}/scale", scale)
    assert answer["spec"]["replicas"] == 3
    found = shop.api.wait(shop.deployment, rolled_out)
    assert found["status"]["readyReplicas"] == 3
    assert len(shop.pods()) == 3


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH, JSON_PATCH])
def test_a_patch_scales_up_and_to_zero(shop: Shop, kind: str) -> None:
    shop.create(apps("deployments"), deployment(shop.name))
    for replicas in (2, 0):
        operation = {"op": "replace", "path": "/spec/replicas", "value": replicas}
        body = [operation] if kind == JSON_PATCH else {"spec": {"replicas": replicas}}
        answer = shop.api.patch(f"{shop.deployment}/scale", body, kind)
        assert answer["spec"].get("replicas", 0) == replicas
        assert shop.api.wait(shop.deployment, rolled_out)["spec"]["replicas"] == replicas
    assert shop.pods() == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_stale_resource_version_is_409_conflict(shop: Shop, method: str) -> None:
    shop.deploy()
    path = f"{shop.deployment}/scale"
    scale = shop.api.get(path)
    shop.api.patch(shop.deployment, {"metadata": {"labels": {"touched": "yes"}}}, MERGE_PATCH)
    scale["spec"]["replicas"] = 5
    kind = "application/json" if method == "PUT" else MERGE_PATCH
    status = shop.api.refused(method, path, 409, body=scale, kind=kind)
    assert status["reason"] == "Conflict"
    assert status["details"] == {"name": shop.name, "group": "apps", "kind": "deployments"}
    assert shop.api.get(path)["spec"] == {"replicas": 1}


def test_a_negative_count_is_422(shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    status = shop.api.refused(
        "PATCH",
        f"{shop.deployment}/scale",
        422,
        body={"spec": {"replicas": -1}},
        kind=MERGE_PATCH,
    )
    assert status["details"]["kind"] == "Scale"
    assert status["details"]["causes"][0]["field"] == "spec.replicas"


def test_the_scale_of_an_absent_deployment_is_404(shop: Shop) -> None:
    status = shop.api.refused("GET", f"{shop.deployment}/scale", 404)
    assert status["details"]["name"] == shop.name


def test_a_replica_set_has_a_scale_of_its_own(shop: Shop) -> None:
    shop.deploy(replicas=2)
    [found] = shop.replica_sets()
    scale = shop.api.get(f"{apps('replicasets', found['metadata']['name'])}/scale")
    assert scale["spec"] == {"replicas": 2}
    assert "pod-template-hash=" in scale["status"]["selector"]


def test_scaling_counts_as_a_change_of_the_spec_and_not_as_a_rollout(shop: Shop) -> None:
    before = shop.deploy()
    shop.api.patch(f"{shop.deployment}/scale", {"spec": {"replicas": 2}}, MERGE_PATCH)
    after = shop.settled()
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert len(shop.replica_sets()) == 1
    annotations = after["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/revision"] == "1"

"""What every object has: identity, generation, resourceVersion, and who wins when two write."""

import pytest

from tests.contracts.cluster.kube_api import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    Api,
)
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import Cluster

pytestmark = pytest.mark.cluster


def test_a_created_object_gets_an_identity_of_its_own(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    meta = made["metadata"]
    assert (made["kind"], made["apiVersion"]) == ("ConfigMap", "v1")
    assert len(meta["uid"]) == 36
    assert meta["namespace"] == "shop"
    assert meta["creationTimestamp"].endswith("Z")
    assert int(meta["resourceVersion"]) > 0
    assert shop.api.get(core("configmaps", shop.name)) == made


def test_the_answer_to_a_create_is_201_and_to_a_replace_is_200(shop: Shop) -> None:
    body = config_map(shop.name, colour="red")
    assert shop.api.send("POST", core("configmaps"), body=body).status_code == 201
    path = core("configmaps", shop.name)
    shop.forget_later(path)
    assert shop.api.send("PUT", path, body=body).status_code == 200


def test_an_object_of_the_same_name_has_another_uid_after_it_was_made_again(shop: Shop) -> None:
    first = shop.create(core("configmaps"), config_map(shop.name))
    shop.api.delete(core("configmaps", shop.name))
    shop.api.wait_gone(core("configmaps", shop.name))
    second = shop.create(core("configmaps"), config_map(shop.name))
    assert first["metadata"]["uid"] != second["metadata"]["uid"]


def test_a_generated_name_has_the_prefix_and_is_unique(shop: Shop) -> None:
    body = config_map(shop.name)
    del body["metadata"]["name"]
    body["metadata"]["generateName"] = f"{shop.name}-"
    names = {shop.create(core("configmaps"), body)["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(
        name.startswith(f"{shop.name}-") and len(name) > len(shop.name) + 1 for name in names
    )


def test_an_absent_object_is_404_with_its_kind_and_name_in_the_status(api: Api) -> None:
    status = api.refused("GET", core("configmaps", "t-absent"), 404)
    assert status["reason"] == "NotFound"
    assert status["details"] == {"name": "t-absent", "kind": "configmaps"}
    assert status["message"] == 'configmaps "t-absent" not found'


def test_an_absent_deployment_names_its_group(api: Api) -> None:
    status = api.refused("GET", apps("deployments", "t-absent"), 404)
    assert status["details"] == {"name": "t-absent", "group": "apps", "kind": "deployments"}
    assert status["message"] == 'deployments.apps "t-absent" not found'


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_changing_an_absent_object_is_404(api: Api, method: str) -> None:
    body = config_map("t-absent") if method != "DELETE" else None
    kind = MERGE_PATCH if method == "PATCH" else "application/json"
    status = api.refused(method, core("configmaps", "t-absent"), 404, body=body, kind=kind)
    assert status["reason"] == "NotFound"


def test_a_second_object_of_the_same_name_is_409_already_exists(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    status = shop.api.refused("POST", core("configmaps"), 409, body=config_map(shop.name))
    assert status["reason"] == "AlreadyExists"
    assert status["details"] == {"name": shop.name, "kind": "configmaps"}
    assert status["message"] == f'configmaps "{shop.name}" already exists'


def test_the_resource_version_moves_with_each_change_and_only_then(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    path = core("configmaps", shop.name)
    same = shop.api.patch(path, {"data": {"colour": "red"}}, MERGE_PATCH)
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    other = shop.api.patch(path, {"data": {"colour": "blue"}}, MERGE_PATCH)
    assert int(other["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


def test_the_generation_moves_with_the_spec_and_not_with_labels_or_annotations(shop: Shop) -> None:
    made = shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    assert made["metadata"]["generation"] == 1
    labelled = shop.api.patch(
        shop.deployment, {"metadata": {"labels": {"tier": "web"}}}, STRATEGIC_PATCH
    )
    assert labelled["metadata"]["generation"] == 1
    scaled = shop.api.patch(shop.deployment, {"spec": {"minReadySeconds": 1}}, STRATEGIC_PATCH)
    assert scaled["metadata"]["generation"] == 2


def test_a_replace_with_a_stale_resource_version_is_409_conflict(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"colour": "blue"}}, MERGE_PATCH)
    made["data"]["colour"] = "green"
    status = shop.api.refused("PUT", path, 409, body=made)
    assert status["reason"] == "Conflict"
    assert status["details"] == {"name": shop.name, "kind": "configmaps"}
    assert "the object has been modified" in status["message"]
    assert shop.api.get(path)["data"] == {"colour": "blue"}


def test_a_replace_without_a_resource_version_wins_over_any(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    path = core("configmaps", shop.name)
    assert shop.api.replace(path, config_map(shop.name, colour="green"))["data"] == {
        "colour": "green"
    }


def test_a_replace_with_another_uid_is_409_conflict(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    made["metadata"]["uid"] = "00000000-0000-4000-8000-000000000000"
    status = shop.api.refused("PUT", core("configmaps", shop.name), 409, body=made)
    assert status["reason"] == "Conflict"
    assert "UID" in status["message"]


def test_a_replace_under_another_name_is_400(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    body = config_map(f"{shop.name}-other")
    status = shop.api.refused("PUT", core("configmaps", shop.name), 400, body=body)
    assert status["reason"] == "BadRequest"


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_a_patch_with_a_stale_resource_version_is_409_conflict(shop: Shop, kind: str) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"colour": "blue"}}, MERGE_PATCH)
    stale = {
        "metadata": {"resourceVersion": made["metadata"]["resourceVersion"]},
        "data": {"colour": "green"},
    }
    status = shop.api.refused("PATCH", path, 409, body=stale, kind=kind)
    assert status["reason"] == "Conflict"
    assert shop.api.get(path)["data"] == {"colour": "blue"}


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_a_patch_with_the_current_resource_version_is_accepted(shop: Shop, kind: str) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    fresh = {
        "metadata": {"resourceVersion": made["metadata"]["resourceVersion"]},
        "data": {"colour": "green"},
    }
    assert shop.api.patch(core("configmaps", shop.name), fresh, kind)["data"] == {"colour": "green"}


def test_the_uid_and_the_creation_time_cannot_be_patched_away(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    patch = [{"op": "replace", "path": "/metadata/creationTimestamp", "value": None}]
    after = shop.api.patch(path, patch, JSON_PATCH)
    assert after["metadata"]["creationTimestamp"] == made["metadata"]["creationTimestamp"]
    assert after["metadata"]["uid"] == made["metadata"]["uid"]


def test_an_object_for_another_namespace_than_the_path_is_400(shop: Shop) -> None:
    body = config_map(shop.name)
    body["metadata"]["namespace"] = "default"
    status = shop.api.refused("POST", core("configmaps"), 400, body=body)
    assert status["reason"] == "BadRequest"


def test_an_object_in_a_namespace_that_does_not_exist_is_404(api: Api) -> None:
    path = core("configmaps", namespace="t-absent")
    status = api.refused("POST", path, 404, body=config_map("any"))
    assert status["reason"] == "NotFound"
    assert status["details"] == {"name": "t-absent", "kind": "namespaces"}


def test_the_server_fills_in_the_defaults_of_a_deployment(shop: Shop) -> None:
    body = deployment(shop.name, replicas=0)
    spec = shop.create(apps("deployments"), body)["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    template = spec["template"]["spec"]
    assert template["restartPolicy"] == "Always"
    assert template["terminationGracePeriodSeconds"] == 30
    assert template["dnsPolicy"] == "ClusterFirst"
    assert template["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    assert template["containers"][0]["terminationMessagePath"] == "/dev/termination-log"


def test_a_namespace_takes_its_objects_with_it(cluster: Cluster, shop: Shop) -> None:
    api = cluster.api()
    shop.create("/api/v1/namespaces", {"metadata": {"name": shop.name}})
    assert api.get(f"/api/v1/namespaces/{shop.name}")["status"]["phase"] == "Active"
    inside = core("configmaps", "inside", namespace=shop.name)
    api.create(core("configmaps", namespace=shop.name), config_map("inside"))
    going = api.delete(f"/api/v1/namespaces/{shop.name}")
    assert going["kind"] in {"Namespace", "Status"}
    api.wait_gone(inside)
    api.wait_gone(f"/api/v1/namespaces/{shop.name}")

"""Discovery and validation: what a client learns about the server, and what the server accepts."""

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, Api, Json
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import Cluster

pytestmark = pytest.mark.cluster


def _resources(api: Api, path: str) -> dict[str, Json]:
    found = api.get(path)
    assert found["kind"] == "APIResourceList"
    return {item["name"]: item for item in found["resources"]}


def test_the_groups_name_their_preferred_versions(api: Api) -> None:
    assert api.get("/api")["versions"] == ["v1"]
    found = api.get("/apis")
    assert found["kind"] == "APIGroupList"
    groups = {item["name"]: item for item in found["groups"]}
    assert {"apps", "autoscaling", "authorization.k8s.io"} <= set(groups)
    preferred = groups["apps"]["preferredVersion"]
    assert preferred == {"groupVersion": "apps/v1", "version": "v1"}
    versions = [item["groupVersion"] for item in groups["autoscaling"]["versions"]]
    assert "autoscaling/v1" in versions


def test_the_core_group_lists_its_resources_with_verbs_and_short_names(api: Api) -> None:
    found = _resources(api, "/api/v1")
    pods = found["pods"]
    assert (pods["kind"], pods["namespaced"], pods["shortNames"]) == ("Pod", True, ["po"])
    assert {"get", "list", "watch", "create", "update", "patch", "delete"} <= set(pods["verbs"])
    assert found["nodes"]["namespaced"] is False
    assert found["pods/log"]["verbs"] == ["get"]
    assert found["configmaps"]["shortNames"] == ["cm"]
    assert found["services"]["shortNames"] == ["svc"]
    assert found["events"]["shortNames"] == ["ev"]
    assert found["secrets"]["kind"] == "Secret"


def test_the_apps_group_lists_the_scale_as_a_kind_of_autoscaling(api: Api) -> None:
    found = _resources(api, "/apis/apps/v1")
    assert found["deployments"]["shortNames"] == ["deploy"]
    assert found["replicasets"]["shortNames"] == ["rs"]
    scale = found["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert set(scale["verbs"]) == {"get", "patch", "update"}


def test_the_version_is_told_in_numbers(cluster: Cluster, api: Api) -> None:
    found = api.get("/version")
    assert cluster.version >= (1, 20)
    assert found["gitVersion"].startswith(f"v{cluster.version[0]}.{cluster.version[1]}.")
    assert {"platform", "goVersion", "buildDate", "gitCommit"} <= set(found)


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_the_server_says_that_it_is_well(api: Api, path: str) -> None:
    answer = api.send("GET", path, accept="*/*")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_schema_is_published(cluster: Cluster, api: Api) -> None:
    if cluster.version >= (1, 27):
        paths = api.get("/openapi/v3")["paths"]
        assert "apis/apps/v1" in paths
        schema = api.get(paths["apis/apps/v1"]["serverRelativeURL"])
        assert "/apis/apps/v1/namespaces/{namespace}/deployments/{name}" in schema["paths"]
    else:
        schema = api.get("/openapi/v2")
        assert schema["swagger"] == "2.0"
        assert "io.k8s.api.apps.v1.Deployment" in schema["definitions"]


@pytest.mark.parametrize("path", ["/api/v1/nope", "/apis/nope.example/v1/things", "/nope"])
def test_a_path_that_does_not_exist_is_404(api: Api, path: str) -> None:
    assert api.send("GET", path).status_code == 404


def test_a_verb_that_a_resource_does_not_know_is_405(api: Api) -> None:
    status = api.refused("POST", "/api/v1/nodes/any", 405, body={})
    assert status["reason"] == "MethodNotAllowed"


def test_a_body_that_is_no_json_is_400(api: Api) -> None:
    status = api.refused("POST", core("configmaps"), 400, body="just text")
    assert status["reason"] == "BadRequest"


def test_a_body_of_another_kind_is_400(shop: Shop) -> None:
    status = shop.api.refused("POST", core("pods"), 400, body=config_map(shop.name))
    assert status["reason"] == "BadRequest"
    assert "cannot be handled as a Pod" in status["message"]


def test_kind_and_version_may_be_left_out(shop: Shop) -> None:
    made = shop.create(core("configmaps"), {"metadata": {"name": shop.name}})
    assert (made["kind"], made["apiVersion"]) == ("ConfigMap", "v1")


def test_a_value_of_the_wrong_type_is_refused(shop: Shop) -> None:
    body = deployment(shop.name, replicas=0)
    body["spec"]["replicas"] = "many"
    status = shop.api.refused("POST", apps("deployments"), 400, body=body)
    assert status["reason"] == "BadRequest"


def test_a_patch_with_a_value_of_the_wrong_type_is_refused(shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    body = {"spec": {"replicas": "many"}}
    answer = shop.api.send("PATCH", shop.deployment, body=body, kind=MERGE_PATCH)
    # Newer servers say 400 and older ones 422, both with a Status.
    assert answer.status_code in {400, 422}
    assert answer.json()["reason"] in {"BadRequest", "Invalid"}


def test_unknown_fields_are_dropped_where_nothing_strict_is_asked(shop: Shop) -> None:
    body = config_map(shop.name)
    body["colour"] = "red"
    made = shop.create(core("configmaps"), body)
    assert "colour" not in made


def test_a_strict_create_refuses_unknown_fields_since_1_25(cluster: Cluster, shop: Shop) -> None:
    body = deployment(shop.name, replicas=0)
    body["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always"
    strict = {"fieldValidation": "Strict"}
    if cluster.version >= (1, 25):
        status = shop.api.refused("POST", apps("deployments"), 400, body=body, query=strict)
        assert status["reason"] == "BadRequest"
        assert 'unknown field "spec.template.spec.containers[0].imagePolicy"' in status["message"]
        shop.api.refused("GET", shop.deployment, 404)
    else:
        made = shop.api.create(apps("deployments"), body, **strict)
        shop.forget_later(shop.deployment)
        assert "imagePolicy" not in made["spec"]["template"]["spec"]["containers"][0]


def test_a_strict_patch_refuses_unknown_fields_since_1_25(cluster: Cluster, shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    body = {"spec": {"replicaz": 3}}
    query = {"fieldValidation": "Strict"}
    answer = shop.api.send("PATCH", shop.deployment, body=body, kind=MERGE_PATCH, query=query)
    if cluster.version >= (1, 25):
        # The official servers answer 400 or 422 by the path the patch takes.
        assert answer.status_code in {400, 422}
        assert 'unknown field "spec.replicaz"' in answer.json()["message"]
    else:
        assert answer.status_code == 200
        assert "replicaz" not in answer.json()["spec"]


def test_a_missing_required_field_is_422_and_names_it(shop: Shop) -> None:
    body = deployment(shop.name, replicas=0)
    del body["spec"]["selector"]
    status = shop.api.refused("POST", apps("deployments"), 422, body=body)
    causes = {cause["field"]: cause["reason"] for cause in status["details"]["causes"]}
    assert causes["spec.selector"] == "FieldValueRequired"


def test_the_manager_of_a_change_is_recorded(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"a": "2"}}, MERGE_PATCH, fieldManager="drill")
    fields = shop.api.get(path)["metadata"]["managedFields"]
    [mine] = [item for item in fields if item["manager"] == "drill"]
    assert mine["operation"] == "Update"
    assert "f:a" in mine["fieldsV1"]["f:data"]

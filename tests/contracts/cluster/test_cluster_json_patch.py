"""JSON patch: operations in order, all or nothing, with `test` as the precondition."""

import pytest

from tests.contracts.cluster.kube_api import JSON_PATCH, Api, Json
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def colours(shop: Shop) -> Json:
    return shop.create(core("configmaps"), config_map(shop.name, a="red", b="blue"))


def _path(colours: Json) -> str:
    return core("configmaps", colours["metadata"]["name"])


def test_operations_are_applied_in_order(api: Api, colours: Json) -> None:
    patch = [
        {"op": "add", "path": "/data/c", "value": "green"},
        {"op": "copy", "from": "/data/c", "path": "/data/d"},
        {"op": "move", "from": "/data/a", "path": "/data/e"},
        {"op": "replace", "path": "/data/b", "value": "black"},
        {"op": "remove", "path": "/data/c"},
    ]
    after = api.patch(_path(colours), patch, JSON_PATCH)
    assert after["data"] == {"b": "black", "d": "green", "e": "red"}


def test_a_path_may_contain_escaped_slashes_and_tildes(api: Api, colours: Json) -> None:
    patch = [
        {"op": "add", "path": "/metadata/annotations", "value": {"old": "1"}},
        {"op": "add", "path": "/metadata/annotations/example.com~1team", "value": "web"},
        {"op": "remove", "path": "/metadata/annotations/old"},
        {"op": "test", "path": "/metadata/annotations/example.com~1team", "value": "web"},
    ]
    after = api.patch(_path(colours), patch, JSON_PATCH)
    assert after["metadata"]["annotations"] == {"example.com/team": "web"}


def test_list_items_are_inserted_by_index_and_appended_by_a_dash(shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    containers = "/spec/template/spec/containers"
    patch = [
        {"op": "add", "path": f"{containers}/-", "value": {"name": "last", "image": "i:1"}},
        {"op": "add", "path": f"{containers}/0", "value": {"name": "first", "image": "i:1"}},
        {"op": "test", "path": f"{containers}/1/name", "value": "main"},
    ]
    after = shop.api.patch(shop.deployment, patch, JSON_PATCH)
    names = [item["name"] for item in after["spec"]["template"]["spec"]["containers"]]
    assert names == ["first", "main", "last"]


def test_a_failed_test_is_422_invalid_and_changes_nothing(api: Api, colours: Json) -> None:
    patch = [
        {"op": "replace", "path": "/data/a", "value": "changed"},
        {"op": "test", "path": "/data/b", "value": "not blue"},
    ]
    status = api.refused("PATCH", _path(colours), 422, body=patch, kind=JSON_PATCH)
    assert status["reason"] == "Invalid"
    assert api.get(_path(colours)) == colours


def test_a_test_on_the_resource_version_guards_against_drift(api: Api, colours: Json) -> None:
    path, seen = _path(colours), colours["metadata"]["resourceVersion"]
    guarded = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": seen},
        {"op": "replace", "path": "/data/a", "value": "first"},
    ]
    assert api.patch(path, guarded, JSON_PATCH)["data"]["a"] == "first"
    status = api.refused("PATCH", path, 422, body=guarded, kind=JSON_PATCH)
    assert status["reason"] == "Invalid"


def test_a_test_on_the_uid_guards_against_another_object(api: Api, colours: Json) -> None:
    patch = [
        {"op": "test", "path": "/metadata/uid", "value": "00000000-0000-4000-8000-000000000000"},
        {"op": "replace", "path": "/data/a", "value": "changed"},
    ]
    api.refused("PATCH", _path(colours), 422, body=patch, kind=JSON_PATCH)
    assert api.get(_path(colours))["data"]["a"] == "red"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/absent"},
        {"op": "add", "path": "/spec/absent/deep", "value": "x"},
        {"op": "test", "path": "/data/absent", "value": "x"},
        {"op": "frob", "path": "/data/a", "value": "x"},
        {"op": "move", "from": "/data/absent", "path": "/data/z"},
    ],
    ids=lambda operation: f"{operation['op']}{operation['path'].replace('/', '-')}",
)
def test_an_operation_that_cannot_be_done_is_422(api: Api, colours: Json, operation: Json) -> None:
    status = api.refused("PATCH", _path(colours), 422, body=[operation], kind=JSON_PATCH)
    assert status["reason"] == "Invalid"
    assert api.get(_path(colours)) == colours


def test_a_replace_of_an_absent_key_is_422_on_newer_servers(
    cluster: Cluster, api: Api, colours: Json
) -> None:
    patch = [{"op": "replace", "path": "/data/absent", "value": "x"}]
    if cluster.version >= (1, 25):
        api.refused("PATCH", _path(colours), 422, body=patch, kind=JSON_PATCH)
        assert api.get(_path(colours)) == colours
    else:
        after = api.patch(_path(colours), patch, JSON_PATCH)
        assert after["data"] == {"a": "red", "b": "blue", "absent": "x"}


def test_a_json_patch_that_is_not_a_list_is_400(api: Api, colours: Json) -> None:
    status = api.refused("PATCH", _path(colours), 400, body={"data": {}}, kind=JSON_PATCH)
    assert status["reason"] == "BadRequest"


def test_the_result_of_a_json_patch_is_validated(shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    patch = [{"op": "replace", "path": "/spec/replicas", "value": -1}]
    status = shop.api.refused("PATCH", shop.deployment, 422, body=patch, kind=JSON_PATCH)
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.replicas"]


def test_a_patch_without_a_known_media_type_is_415(api: Api, colours: Json) -> None:
    status = api.refused("PATCH", _path(colours), 415, body={"data": {}})
    assert status["reason"] == "UnsupportedMediaType"

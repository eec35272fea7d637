"""Merge patch and strategic merge patch: nulls delete; known lists merge by key."""

from typing import Any

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, STRATEGIC_PATCH, Json
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def _container(name: str, **fields: Any) -> Json:
    return {"name": name, "image": "registry.local/web:v1-ok", **fields}


@pytest.fixture
def two(shop: Shop) -> Shop:
    """Give the test a Deployment without pods and with two rich containers."""
    body = deployment(shop.name, replicas=0)
    body["spec"]["template"]["spec"] = {
        "containers": [
            _container(
                "main",
                args=["--serve", "--port=8080"],
                env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                ports=[{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                resources={"limits": {"cpu": "1", "memory": "1Gi"}},
            ),
            _container("side"),
        ],
        "volumes": [{"name": "scratch", "emptyDir": {}}, {"name": "cache", "emptyDir": {}}],
        "tolerations": [{"key": "spot", "operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
    }
    shop.create(apps("deployments"), body)
    return shop


def _patch_pod(shop: Shop, pod_spec: Json, kind: str = STRATEGIC_PATCH) -> Json:
    patch = {"spec": {"template": {"spec": pod_spec}}}
    changed: Json = shop.api.patch(shop.deployment, patch, kind)["spec"]["template"]["spec"]
    return changed


def _names(items: list[Json]) -> list[str]:
    return [item["name"] for item in items]


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_a_null_deletes_and_the_rest_stays(shop: Shop, kind: str) -> None:
    shop.create(core("configmaps"), config_map(shop.name, a="1", b="2"))
    path = core("configmaps", shop.name)
    after = shop.api.patch(path, {"data": {"a": None, "c": "3", "absent": None}}, kind)
    assert after["data"] == {"b": "2", "c": "3"}
    assert after["metadata"]["labels"] == {"app": shop.name}


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_annotations_are_added_and_removed_one_by_one(shop: Shop, kind: str) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"metadata": {"annotations": {"x/a": "1", "b": "2"}}}, kind)
    after = shop.api.patch(path, {"metadata": {"annotations": {"x/a": None}}}, kind)
    assert after["metadata"]["annotations"] == {"b": "2"}


def test_a_merge_patch_replaces_a_whole_list(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [_container("only")]}, MERGE_PATCH)
    assert _names(after["containers"]) == ["only"]


def test_a_strategic_patch_finds_the_container_by_name(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [{"name": "side", "image": "registry.local/side:v2"}]})
    images = {item["name"]: item["image"] for item in after["containers"]}
    assert images == {"main": "registry.local/web:v1-ok", "side": "registry.local/side:v2"}
    assert len(after["containers"][0]["env"]) == 2


def test_a_strategic_patch_adds_a_container_of_a_new_name(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [_container("third")]})
    assert sorted(_names(after["containers"])) == ["main", "side", "third"]


def test_a_strategic_patch_merges_the_environment_by_name(two: Shop) -> None:
    env = [{"name": "B", "value": "changed"}, {"name": "C", "value": "3"}]
    after = _patch_pod(two, {"containers": [{"name": "main", "env": env}]})
    main = next(item for item in after["containers"] if item["name"] == "main")
    values = {item["name"]: item["value"] for item in main["env"]}
    assert values == {"A": "1", "B": "changed", "C": "3"}


def test_a_strategic_patch_replaces_lists_of_plain_values(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [{"name": "main", "args": ["--once"]}]})
    main = next(item for item in after["containers"] if item["name"] == "main")
    assert main["args"] == ["--once"]


def test_a_strategic_patch_replaces_a_list_that_has_no_merge_key(two: Shop) -> None:
    other = {"key": "gpu", "operator": "Exists"}
    assert _patch_pod(two, {"tolerations": [other]})["tolerations"] == [other]


def test_a_strategic_patch_merges_ports_by_number(two: Shop) -> None:
    ports = [{"containerPort": 8080, "name": "web"}, {"containerPort": 9090, "name": "metrics"}]
    after = _patch_pod(two, {"containers": [{"name": "main", "ports": ports}]})
    main = next(item for item in after["containers"] if item["name"] == "main")
    assert sorted((port["containerPort"], port["name"]) for port in main["ports"]) == [
        (8080, "web"),
        (9090, "metrics"),
    ]
    assert all(port["protocol"] == "TCP" for port in main["ports"])


def test_a_delete_directive_removes_one_item_of_a_list(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [{"name": "side", "$patch": "delete"}]})
    assert _names(after["containers"]) == ["main"]


def test_a_delete_directive_reaches_into_nested_lists(two: Shop) -> None:
    env = [{"name": "A", "$patch": "delete"}]
    after = _patch_pod(two, {"containers": [{"name": "main", "env": env}]})
    main = next(item for item in after["containers"] if item["name"] == "main")
    assert main["env"] == [{"name": "B", "value": "2"}]


def test_a_delete_directive_for_an_absent_item_changes_nothing(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [{"name": "absent", "$patch": "delete"}]})
    assert _names(after["containers"]) == ["main", "side"]


def test_a_replace_directive_in_a_list_replaces_all_of_it(two: Shop) -> None:
    after = _patch_pod(two, {"containers": [_container("only"), {"$patch": "replace"}]})
    assert _names(after["containers"]) == ["only"]


def test_a_replace_directive_in_a_map_replaces_all_of_it(two: Shop) -> None:
    selector = {"$patch": "replace", "disk": "ssd"}
    assert _patch_pod(two, {"nodeSelector": selector})["nodeSelector"] == {"disk": "ssd"}


def test_a_directive_never_ends_in_the_object(two: Shop) -> None:
    after = _patch_pod(
        two,
        {
            "$setElementOrder/containers": [{"name": "side"}, {"name": "main"}],
            "containers": [{"name": "main", "image": "registry.local/web:v2-ok"}],
        },
    )
    assert _names(after["containers"]) == ["side", "main"]
    assert not [key for key in after if key.startswith("$")]


def test_a_delete_from_primitive_list_directive_removes_values(shop: Shop) -> None:
    body = config_map(shop.name)
    body["metadata"]["finalizers"] = ["example.com/a", "example.com/b"]
    shop.create(core("configmaps"), body)
    path = core("configmaps", shop.name)
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}}
    after = shop.api.patch(path, patch, STRATEGIC_PATCH)
    assert after["metadata"]["finalizers"] == ["example.com/b"]
    added = {"metadata": {"finalizers": ["example.com/c"]}}
    merged = shop.api.patch(path, added, STRATEGIC_PATCH)["metadata"]["finalizers"]
    assert sorted(merged) == ["example.com/b", "example.com/c"]
    cleared = shop.api.patch(path, {"metadata": {"finalizers": None}}, MERGE_PATCH)
    assert "finalizers" not in cleared["metadata"]


def test_volumes_keep_only_the_new_source_with_retain_keys(two: Shop) -> None:
    volume = {
        "name": "scratch",
        "configMap": {"name": "settings"},
        "$retainKeys": ["name", "configMap"],
    }
    after = _patch_pod(two, {"volumes": [volume]})
    by_name = {item["name"]: item for item in after["volumes"]}
    assert set(by_name) == {"scratch", "cache"}
    assert set(by_name["scratch"]) == {"name", "configMap"}


def test_the_strategy_can_be_changed_to_recreate_with_retain_keys(two: Shop) -> None:
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    after = two.api.patch(two.deployment, patch, STRATEGIC_PATCH)
    assert after["spec"]["strategy"] == {"type": "Recreate"}


def test_resources_merge_key_by_key(two: Shop) -> None:
    resources = {"limits": {"memory": "2Gi"}, "requests": {"cpu": "500m"}}
    after = _patch_pod(two, {"containers": [{"name": "main", "resources": resources}]})
    main = next(item for item in after["containers"] if item["name"] == "main")
    assert main["resources"] == {
        "limits": {"cpu": "1", "memory": "2Gi"},
        "requests": {"cpu": "500m"},
    }


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_a_patch_that_changes_nothing_keeps_the_resource_version(two: Shop, kind: str) -> None:
    before = two.api.wait(
        two.deployment, lambda found: found.get("status", {}).get("observedGeneration") == 1
    )
    after = two.api.patch(two.deployment, {"metadata": {"labels": {"app": two.name}}}, kind)
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["spec"] == before["spec"]

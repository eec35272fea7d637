from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.cluster import patch_strategic
from stanch.sandbox.cluster.patch_json import PatchError

NAMES = st.sampled_from("abcdef")
CONTAINERS = st.lists(
    st.builds(lambda name, image: {"name": name, "image": image}, NAMES, st.text(max_size=3)),
    unique_by=lambda item: item["name"],
    max_size=4,
)


def pod(containers: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": containers, **spec}}


@given(old=CONTAINERS, new=CONTAINERS)
def test_containers_merge_by_name_and_none_is_lost(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    found = patch_strategic.apply("Pod", pod(old), patch=pod(new))["spec"]["containers"]
    wanted = {item["name"]: item for item in [*old, *new]}
    assert {item["name"]: item for item in found} == wanted
    assert len(found) == len(wanted)
    again = patch_strategic.apply("Pod", pod(found), patch=pod(new))
    assert again["spec"]["containers"] == found


def test_a_sidecar_stays_when_the_image_of_another_container_changes() -> None:
    old = pod([{"name": "web", "image": "v1", "tty": True}, {"name": "log", "image": "x"}])
    patch = pod([{"name": "web", "image": "v2"}])
    assert patch_strategic.apply("Pod", old, patch=patch) == pod(
        [{"name": "web", "image": "v2", "tty": True}, {"name": "log", "image": "x"}]
    )


def test_an_element_is_deleted_by_its_key() -> None:
    old = pod([{"name": "web"}, {"name": "log"}])
    patch = pod([{"name": "log", "$patch": "delete"}])
    assert patch_strategic.apply("Pod", old, patch=patch) == pod([{"name": "web"}])


def test_a_list_is_replaced_on_request() -> None:
    patch = pod([{"name": "new"}, {"$patch": "replace"}])
    assert patch_strategic.apply("Pod", pod([{"name": "web"}]), patch=patch) == pod(
        [{"name": "new"}]
    )


def test_tolerations_are_one_value_and_not_merged() -> None:
    old = pod([], tolerations=[{"key": "a"}])
    found = patch_strategic.apply("Pod", old, patch={"spec": {"tolerations": [{"key": "b"}]}})
    assert found["spec"]["tolerations"] == [{"key": "b"}]


def test_retained_keys_drop_the_others() -> None:
    old = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    found = patch_strategic.apply("Deployment", old, patch=patch)
    assert found == {"spec": {"strategy": {"type": "Recreate"}}}


def test_the_wanted_order_is_kept_and_strangers_stay() -> None:
    old = pod([{"name": "a"}, {"name": "x"}, {"name": "b"}])
    patch = {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}
    found = patch_strategic.apply("Pod", old, patch=patch)["spec"]["containers"]
    assert [item["name"] for item in found] == ["b", "x", "a"]


def test_finalizers_are_added_and_deleted_one_by_one() -> None:
    old = {"metadata": {"finalizers": ["a", "b"]}}
    patch = {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]},
    }
    found = patch_strategic.apply("Pod", old, patch=patch)
    assert found["metadata"]["finalizers"] == ["b", "c"]


def test_service_ports_merge_by_port_and_container_ports_by_container_port() -> None:
    service = {"spec": {"ports": [{"port": 80, "name": "http"}]}}
    more = {"spec": {"ports": [{"port": 443, "name": "https"}]}}
    found = patch_strategic.apply("Service", service, patch=more)
    assert [item["port"] for item in found["spec"]["ports"]] == [80, 443]


@pytest.mark.parametrize("patch", [pod([{"image": "v2"}]), {"spec": {"$patch": "explode"}}, []])
def test_a_malformed_patch_is_refused(patch: Any) -> None:
    with pytest.raises(PatchError):
        patch_strategic.apply("Pod", pod([{"name": "web"}]), patch=patch)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"data": {"$patch": "delete"}}, {}),
        ({"data": {"$patch": "replace", "c": "3"}}, {"c": "3"}),
        ({"data": {"$patch": "merge", "a": None}}, {"b": "2"}),
        ({"data": {"$retainKeys": ["b", "c"], "c": "3"}}, {"b": "2", "c": "3"}),
    ],
)
def test_a_directive_of_a_strategic_patch_is_followed(
    change: dict[str, Any], left: dict[str, Any]
) -> None:
    old = {"data": {"a": "1", "b": "2"}}
    assert patch_strategic.apply("ConfigMap", old, patch=change)["data"] == left
    assert old == {"data": {"a": "1", "b": "2"}}


def test_a_strategic_patch_must_be_an_object() -> None:
    with pytest.raises(PatchError, match="is an object"):
        patch_strategic.apply("ConfigMap", {}, patch=[])

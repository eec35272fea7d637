"""A dry run answers as the change would, and persists nothing."""

import pytest

from tests.contracts.cluster.kube_api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Api
from tests.contracts.cluster.kube_objects import (
    apps,
    config_map,
    core,
    deployment,
    new_image,
    pod,
)
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def test_a_dry_create_answers_with_the_object_and_makes_none(shop: Shop) -> None:
    made = shop.api.create(apps("deployments"), deployment(shop.name), dryRun="All")
    assert made["metadata"]["uid"]
    assert made["spec"]["revisionHistoryLimit"] == 10
    shop.api.refused("GET", shop.deployment, 404)


def test_a_dry_create_is_201_and_runs_validation(shop: Shop) -> None:
    dry = {"dryRun": "All"}
    answer = shop.api.send("POST", core("pods"), body=pod(shop.name), query=dry)
    assert answer.status_code == 201
    bad = pod(shop.name)
    bad["spec"]["containers"] = []
    status = shop.api.refused("POST", core("pods"), 422, body=bad, query=dry)
    assert status["reason"] == "Invalid"


def test_a_dry_create_of_a_name_that_exists_is_409(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    status = shop.api.refused(
        "POST", core("configmaps"), 409, body=config_map(shop.name), query={"dryRun": "All"}
    )
    assert status["reason"] == "AlreadyExists"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (STRATEGIC_PATCH, new_image("registry.local/web:v2-ok")),
        (MERGE_PATCH, {"spec": {"replicas": 3}}),
        (JSON_PATCH, [{"op": "replace", "path": "/spec/replicas", "value": 3}]),
    ],
    ids=["strategic", "merge", "json"],
)
def test_a_dry_patch_shows_the_result_and_changes_nothing(
    shop: Shop, kind: str, body: object
) -> None:
    before = shop.deploy()
    dry = shop.api.patch(shop.deployment, body, kind, dryRun="All")
    assert dry["spec"] != before["spec"]
    assert dry["metadata"]["generation"] == before["metadata"]["generation"] + 1
    after = shop.api.get(shop.deployment)
    assert after["spec"] == before["spec"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert len(shop.replica_sets()) == 1


def test_a_dry_patch_still_finds_a_conflict(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"a": "2"}}, MERGE_PATCH)
    stale = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": None}
    status = shop.api.refused(
        "PATCH", path, 409, body=stale, kind=MERGE_PATCH, query={"dryRun": "All"}
    )
    assert status["reason"] == "Conflict"


def test_a_dry_replace_changes_nothing(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    assert shop.api.replace(path, config_map(shop.name, a="2"), dryRun="All")["data"] == {"a": "2"}
    assert shop.api.get(path) == made


@pytest.mark.parametrize("where", ["query", "body"])
def test_a_dry_delete_leaves_the_object(shop: Shop, where: str) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    if where == "query":
        shop.api.delete(path, dryRun="All")
    else:
        shop.api.delete(path, {"dryRun": ["All"]})
    assert shop.api.get(path) == made


def test_a_dry_delete_of_a_pod_leaves_it_running(shop: Shop) -> None:
    made = shop.run()
    shop.api.delete(shop.pod, dryRun="All")
    left = shop.api.get(shop.pod)
    assert left["metadata"]["uid"] == made["metadata"]["uid"]
    assert "deletionTimestamp" not in left["metadata"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_dry_scale_changes_nothing(shop: Shop, method: str) -> None:
    shop.deploy()
    path = f"{shop.deployment}/scale"
    scale = shop.api.get(path)
    scale["spec"]["replicas"] = 4
    if method == "PUT":
        answer = shop.api.replace(path, scale, dryRun="All")
    else:
        answer = shop.api.patch(path, {"spec": {"replicas": 4}}, MERGE_PATCH, dryRun="All")
    assert (answer["kind"], answer["spec"]["replicas"]) == ("Scale", 4)
    assert shop.api.get(shop.deployment)["spec"]["replicas"] == 1


def test_an_unknown_dry_run_mode_is_refused_and_changes_nothing(api: Api, shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    status = api.refused(
        "PATCH",
        path,
        422,
        body={"data": {"a": "2"}},
        kind=MERGE_PATCH,
        query={"dryRun": "Some"},
    )
    assert status["reason"] == "Invalid"
    assert status["details"]["causes"][0]["field"] == "dryRun"
    assert api.get(path) == made

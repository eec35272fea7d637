"""Watches: every change once, in order, from the version that the client names."""

from contextlib import closing
from itertools import pairwise

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, Api, Json
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment, rolled_out
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def _until_deleted(api: Api, path: str, **query: str) -> list[Json]:
    """Collect the events of `path` up to the first DELETED."""
    seen: list[Json] = []
    with closing(api.watch(path, seconds=10, **query)) as events:
        for event in events:
            seen.append(event)
            if event["type"] == "DELETED":
                return seen
    raise AssertionError(f"no DELETED within 10 s, but {[event['type'] for event in seen]}")


def _versions(events: list[Json]) -> list[int]:
    return [int(event["object"]["metadata"]["resourceVersion"]) for event in events]


def test_a_watch_replays_what_happened_since_a_version_in_order(shop: Shop) -> None:
    start = shop.api.get(core("configmaps"))["metadata"]["resourceVersion"]
    shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"a": "2"}}, MERGE_PATCH)
    shop.api.patch(path, {"data": {"a": "3"}}, MERGE_PATCH)
    shop.api.delete(path)
    events = _until_deleted(
        shop.api, core("configmaps"), resourceVersion=start, labelSelector=f"app={shop.name}"
    )
    assert [(event["type"], event["object"]["data"]["a"]) for event in events] == [
        ("ADDED", "1"),
        ("MODIFIED", "2"),
        ("MODIFIED", "3"),
        ("DELETED", "3"),
    ]
    assert all(event["object"]["kind"] == "ConfigMap" for event in events)
    assert all(event["object"]["apiVersion"] == "v1" for event in events)
    versions = [int(start), *_versions(events)]
    assert all(earlier < later for earlier, later in pairwise(versions))


def test_a_watch_from_the_version_of_an_object_shows_only_what_came_after(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"data": {"a": "2"}}, MERGE_PATCH)
    shop.api.delete(path)
    events = _until_deleted(
        shop.api,
        core("configmaps"),
        resourceVersion=made["metadata"]["resourceVersion"],
        fieldSelector=f"metadata.name={shop.name}",
    )
    assert [event["type"] for event in events] == ["MODIFIED", "DELETED"]


@pytest.mark.parametrize("start", [{}, {"resourceVersion": "0"}])
def test_a_watch_without_a_version_begins_with_what_is_there(
    shop: Shop, start: dict[str, str]
) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name, a="1"))
    query = {"labelSelector": f"app={shop.name}", **start}
    with closing(shop.api.watch(core("configmaps"), seconds=5, **query)) as events:
        first = next(events)
    assert first["type"] == "ADDED"
    assert first["object"]["metadata"]["uid"] == made["metadata"]["uid"]


def test_a_change_arrives_while_the_watch_is_open(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, a="1"))
    query = {"labelSelector": f"app={shop.name}"}
    with closing(shop.api.watch(core("configmaps"), seconds=10, **query)) as events:
        next(events)
        shop.api.patch(core("configmaps", shop.name), {"data": {"a": "2"}}, MERGE_PATCH)
        second = next(events)
    assert (second["type"], second["object"]["data"]) == ("MODIFIED", {"a": "2"})


def test_an_object_that_leaves_the_selection_is_deleted_for_the_watch(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    path = core("configmaps", shop.name)
    shop.api.patch(path, {"metadata": {"labels": {"app": "elsewhere"}}}, MERGE_PATCH)
    shop.api.patch(path, {"metadata": {"labels": {"app": shop.name}}}, MERGE_PATCH)
    shop.api.delete(path)
    with closing(
        shop.api.watch(
            core("configmaps"),
            seconds=10,
            resourceVersion=made["metadata"]["resourceVersion"],
            labelSelector=f"app={shop.name}",
        )
    ) as events:
        kinds = [next(events)["type"] for _ in range(3)]
    assert kinds == ["DELETED", "ADDED", "DELETED"]


def test_a_watch_of_one_name_does_not_see_others(shop: Shop) -> None:
    start = shop.api.get(core("configmaps"))["metadata"]["resourceVersion"]
    for name in (f"{shop.name}-other", shop.name):
        shop.create(core("configmaps"), config_map(name))
        shop.api.delete(core("configmaps", name))
    events = _until_deleted(
        shop.api,
        core("configmaps"),
        resourceVersion=start,
        fieldSelector=f"metadata.name={shop.name}",
    )
    assert {event["object"]["metadata"]["name"] for event in events} == {shop.name}


def test_a_watch_ends_by_itself_after_its_timeout(api: Api) -> None:
    start = api.get(core("configmaps"))["metadata"]["resourceVersion"]
    watch = api.watch(
        core("configmaps"), seconds=1, resourceVersion=start, labelSelector="app=t-absent"
    )
    assert list(watch) == []


def test_a_watch_goes_on_from_the_version_of_a_bookmark_without_a_gap(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, a="1"))
    path = core("configmaps", shop.name)
    query = {"labelSelector": f"app={shop.name}", "allowWatchBookmarks": "true"}
    with closing(shop.api.watch(core("configmaps"), seconds=4, **query)) as events:
        next(events)
        changed = shop.api.patch(path, {"data": {"a": "2"}}, MERGE_PATCH)
        next(events)
        event = next(events)
    mark = event["object"]
    assert (event["type"], mark["kind"], mark["apiVersion"]) == ("BOOKMARK", "ConfigMap", "v1")
    assert "name" not in mark["metadata"]
    version = int(mark["metadata"]["resourceVersion"])
    assert version >= int(changed["metadata"]["resourceVersion"])
    shop.api.patch(path, {"data": {"a": "3"}}, MERGE_PATCH)
    again = shop.api.watch(core("configmaps"), seconds=5, resourceVersion=version, **query)
    with closing(again) as events:
        event = next(events)
    assert (event["type"], event["object"]["data"]) == ("MODIFIED", {"a": "3"})


def test_a_version_of_long_ago_is_replayed_or_answered_with_410_expired(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    mine = f"metadata.name={shop.name}"
    events = shop.api.watch(core("configmaps"), seconds=5, resourceVersion=1, fieldSelector=mine)
    with closing(events):
        first = next(events)
    if first["type"] == "ERROR":
        assert first["object"]["kind"] == "Status"
        assert (first["object"]["code"], first["object"]["reason"]) in {
            (410, "Expired"),
            (410, "Gone"),
        }
    else:
        assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", shop.name)


def test_a_version_that_is_no_number_is_refused(api: Api) -> None:
    query = {"watch": "1", "resourceVersion": "abc", "timeoutSeconds": "1"}
    answer = api.send("GET", core("configmaps"), query=query)
    assert answer.status_code in {400, 500}
    assert (answer.json()["kind"], answer.json()["status"]) == ("Status", "Failure")


def test_a_watch_of_one_deployment_sees_its_rollout_to_the_end(shop: Shop) -> None:
    start = shop.api.get(apps("deployments"))["metadata"]["resourceVersion"]
    shop.create(apps("deployments"), deployment(shop.name, replicas=2))
    seen = []
    with closing(
        shop.api.watch(
            apps("deployments"),
            seconds=90,
            resourceVersion=start,
            fieldSelector=f"metadata.name={shop.name}",
        )
    ) as events:
        for event in events:
            seen.append(event["object"])
            if rolled_out(event["object"]):
                break
    assert rolled_out(seen[-1])
    assert not seen[0].get("status", {}).get("availableReplicas")
    ready = [item["status"].get("readyReplicas", 0) for item in seen]
    assert ready == sorted(ready)


def test_a_watch_over_all_namespaces_sees_the_shop(shop: Shop) -> None:
    start = shop.api.get("/api/v1/configmaps")["metadata"]["resourceVersion"]
    shop.create(core("configmaps"), config_map(shop.name))
    shop.api.delete(core("configmaps", shop.name))
    events = _until_deleted(
        shop.api, "/api/v1/configmaps", resourceVersion=start, labelSelector=f"app={shop.name}"
    )
    assert [event["type"] for event in events] == ["ADDED", "DELETED"]

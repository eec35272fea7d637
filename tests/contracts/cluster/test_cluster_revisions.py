"""Revisions: how a Deployment's history is kept, and what going back does to it."""

import pytest

from tests.contracts.cluster.kube_api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Json, pause
from tests.contracts.cluster.kube_objects import apps
from tests.contracts.cluster.kube_shop import Shop, revision

pytestmark = pytest.mark.cluster

HISTORY = "deployment.kubernetes.io/revision-history"


def _image(version: int) -> str:
    return f"registry.local/web:v{version}-ok"


def _images(shop: Shop) -> dict[int, str]:
    return {
        revision(item): item["spec"]["template"]["spec"]["containers"][0]["image"]
        for item in shop.replica_sets()
    }


def _roll(shop: Shop, *versions: int) -> Json:
    for version in versions:
        shop.set_image(_image(version))
        found = shop.settled()
    return found


def _undo(shop: Shop, to: Json) -> list[Json]:
    """Return the patch that gives the Deployment the template of the ReplicaSet `to`."""
    template = to["spec"]["template"]
    del template["metadata"]["labels"]["pod-template-hash"]
    template["metadata"]["creationTimestamp"] = None
    found = shop.api.get(shop.deployment)
    seen = found["metadata"]["resourceVersion"]
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": seen},
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": _kept(found)},
    ]


def _kept(found: Json) -> Json:
    annotations: Json = found["metadata"]["annotations"]
    return annotations


def test_each_template_is_a_revision_of_its_own(shop: Shop) -> None:
    shop.deploy(_image(1))
    found = _roll(shop, 2, 3)
    assert revision(found) == 3
    assert _images(shop) == {1: _image(1), 2: _image(2), 3: _image(3)}
    hashes = [item["metadata"]["labels"]["pod-template-hash"] for item in shop.replica_sets()]
    assert len(set(hashes)) == 3


def test_a_replica_set_notes_the_wanted_and_the_highest_number_of_pods(shop: Shop) -> None:
    shop.deploy(replicas=4)
    [owned] = shop.replica_sets()
    notes = owned["metadata"]["annotations"]
    assert notes["deployment.kubernetes.io/desired-replicas"] == "4"
    assert notes["deployment.kubernetes.io/max-replicas"] == "5"


def test_going_back_gives_the_old_replica_set_a_new_number(shop: Shop) -> None:
    shop.deploy(_image(1))
    _roll(shop, 2)
    first, second = shop.replica_sets()
    shop.api.patch(shop.deployment, _undo(shop, first), JSON_PATCH)
    found = shop.settled()
    assert revision(found) == 3
    assert _images(shop) == {2: _image(2), 3: _image(1)}
    old, new = shop.replica_sets()
    assert old["metadata"]["uid"] == second["metadata"]["uid"]
    assert new["metadata"]["uid"] == first["metadata"]["uid"]
    assert new["metadata"]["annotations"][HISTORY] == "1"
    assert [item["spec"]["replicas"] for item in (old, new)] == [0, 1]
    [pod] = shop.pods()
    assert pod["spec"]["containers"][0]["image"] == _image(1)


def test_going_back_twice_ends_where_it_began(shop: Shop) -> None:
    shop.deploy(_image(1))
    _roll(shop, 2)
    for expected in (3, 4):
        shop.api.patch(shop.deployment, _undo(shop, shop.replica_sets()[0]), JSON_PATCH)
        assert revision(shop.settled()) == expected
    assert _images(shop) == {3: _image(1), 4: _image(2)}


def test_going_back_is_refused_when_the_deployment_moved_meanwhile(shop: Shop) -> None:
    shop.deploy(_image(1))
    _roll(shop, 2)
    patch = _undo(shop, shop.replica_sets()[0])
    _roll(shop, 3)
    shop.api.refused("PATCH", shop.deployment, 422, body=patch, kind=JSON_PATCH)
    assert revision(shop.api.get(shop.deployment)) == 3


def test_a_dry_run_of_going_back_shows_the_old_template_and_moves_nothing(shop: Shop) -> None:
    shop.deploy(_image(1))
    before = _roll(shop, 2)
    patch = _undo(shop, shop.replica_sets()[0])
    dry = shop.api.patch(shop.deployment, patch, JSON_PATCH, dryRun="All")
    assert dry["spec"]["template"]["spec"]["containers"][0]["image"] == _image(1)
    after = shop.api.get(shop.deployment)
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert [revision(item) for item in shop.replica_sets()] == [1, 2]


def test_asking_for_an_earlier_image_is_the_same_as_going_back(shop: Shop) -> None:
    shop.deploy(_image(1))
    _roll(shop, 2, 1)
    assert _images(shop) == {2: _image(2), 3: _image(1)}


def test_a_restart_is_a_rollout_of_the_same_image(shop: Shop) -> None:
    shop.deploy(_image(1))
    old = {item["metadata"]["uid"] for item in shop.pods()}
    stamp = {"kubectl.kubernetes.io/restartedAt": "2026-11-20T10:00:00Z"}
    patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    shop.api.patch(shop.deployment, patch, STRATEGIC_PATCH)
    assert revision(shop.settled()) == 2
    assert _images(shop) == {1: _image(1), 2: _image(1)}
    [pod] = shop.pods()
    assert pod["metadata"]["annotations"] == stamp
    assert pod["metadata"]["uid"] not in old
    again = shop.api.patch(shop.deployment, patch, STRATEGIC_PATCH)
    assert again["metadata"]["generation"] == 2


def test_the_change_cause_is_copied_to_the_replica_set(shop: Shop) -> None:
    shop.deploy(_image(1))
    note = {"kubernetes.io/change-cause": "release 2"}
    patch = {
        "metadata": {"annotations": note},
        "spec": {
            "template": {"spec": {"containers": [{"name": "main", "image": _image(2)}]}},
        },
    }
    shop.api.patch(shop.deployment, patch, STRATEGIC_PATCH)
    shop.settled()
    notes = shop.replica_sets()[-1]["metadata"]["annotations"]
    assert notes["kubernetes.io/change-cause"] == "release 2"


def test_an_annotation_or_a_new_count_makes_no_revision(shop: Shop) -> None:
    shop.deploy(_image(1))
    shop.api.patch(shop.deployment, {"metadata": {"annotations": {"a": "b"}}}, MERGE_PATCH)
    shop.api.patch(shop.deployment, {"spec": {"replicas": 2}}, MERGE_PATCH)
    assert revision(shop.settled()) == 1
    assert len(shop.replica_sets()) == 1


def test_the_history_is_kept_only_as_long_as_asked(shop: Shop) -> None:
    shop.deploy(_image(1), revisionHistoryLimit=1)
    [oldest] = shop.replica_sets()
    pause(1.1)  # older servers go by the creation time, which counts whole seconds
    _roll(shop, 2, 3)
    shop.api.wait_gone(apps("replicasets", oldest["metadata"]["name"]))
    assert _images(shop) == {2: _image(2), 3: _image(3)}


def test_the_revision_number_of_a_lost_history_is_not_used_again(shop: Shop) -> None:
    shop.deploy(_image(1), revisionHistoryLimit=0)
    found = _roll(shop, 2, 3)
    assert revision(found) == 3

"""The Deployment controller: what a rollout does to pods, and what it says of itself."""

from contextlib import closing

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, STRATEGIC_PATCH, Json
from tests.contracts.cluster.kube_objects import (
    apps,
    condition,
    container,
    core,
    new_image,
    ready,
    rolled_out,
    rolling,
)
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster

NEW = "registry.local/web:v2-ok"
CRASH = "registry.local/web:v3-crash"


def test_a_healthy_deployment_says_so(shop: Shop) -> None:
    found = shop.deploy(replicas=2)
    status = found["status"]
    assert status["observedGeneration"] == found["metadata"]["generation"]
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert [status[key] for key in counts] == [2, 2, 2, 2]
    assert "unavailableReplicas" not in status
    available = condition(found, "Available")
    assert (available["status"], available["reason"]) == ("True", "MinimumReplicasAvailable")
    assert available["message"] == "Deployment has minimum availability."
    [owned] = shop.replica_sets()
    progressing = condition(found, "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("True", "NewReplicaSetAvailable")
    assert progressing["message"] == (
        f'ReplicaSet "{owned["metadata"]["name"]}" has successfully progressed.'
    )


def test_pods_and_replica_sets_name_their_owners_and_the_hash_of_their_template(shop: Shop) -> None:
    made = shop.deploy()
    [owned], [pod] = shop.replica_sets(), shop.pods()
    digest = owned["metadata"]["labels"]["pod-template-hash"]
    assert owned["metadata"]["name"] == f"{shop.name}-{digest}"
    assert owned["spec"]["selector"]["matchLabels"]["pod-template-hash"] == digest
    assert owned["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == digest
    assert pod["metadata"]["labels"]["pod-template-hash"] == digest
    assert pod["metadata"]["name"].startswith(f"{shop.name}-{digest}-")
    assert pod["metadata"]["generateName"] == f"{shop.name}-{digest}-"
    for child, parent, kind in ((owned, made, "Deployment"), (pod, owned, "ReplicaSet")):
        [owner] = child["metadata"]["ownerReferences"]
        assert owner == {
            "apiVersion": "apps/v1",
            "kind": kind,
            "name": parent["metadata"]["name"],
            "uid": parent["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }


def test_a_new_image_replaces_every_pod(shop: Shop) -> None:
    shop.deploy(replicas=3)
    old = {item["metadata"]["uid"] for item in shop.pods()}
    shop.set_image(NEW)
    shop.settled()
    new = shop.pods()
    assert len(new) == 3
    assert {item["spec"]["containers"][0]["image"] for item in new} == {NEW}
    assert not old & {item["metadata"]["uid"] for item in new}
    assert [item["spec"]["replicas"] for item in shop.replica_sets()] == [0, 3]


@pytest.mark.parametrize(
    ("replicas", "strategy", "most", "least"),
    [
        (3, rolling(1, 0), 4, 3),
        (3, rolling(0, 1), 3, 2),
        (4, rolling("25%", "25%"), 5, 3),
        (2, rolling("100%", 0), 4, 2),
    ],
)
def test_a_rollout_never_leaves_the_bounds_of_surge_and_unavailable(
    shop: Shop, replicas: int, strategy: Json, most: int, least: int
) -> None:
    shop.deploy(replicas=replicas, strategy=strategy)
    sets = shop.api.get(apps("replicasets"), labelSelector=f"app={shop.name}")
    moments = _moments_of_a_rollout(shop)
    assert len(moments) > 2 * replicas
    if shop.cluster.name == "practice":
        assert max(len(pods) for pods in moments) <= most
    # What the rollout asks for is bounded. On a real server a pod more may live for a
    # moment, when one ReplicaSet has made its new pod before another has ended its old one.
    asked = _asked_of_replica_sets(shop, sets)
    assert len(asked) > 2
    assert max(asked) <= most
    assert min(sum(map(ready, pods)) for pods in moments) >= least


def _asked_of_replica_sets(shop: Shop, start: Json) -> list[int]:
    """Return how many pods the ReplicaSets asked for together, after each change since `start`."""
    wanted = {item["metadata"]["uid"]: item["spec"]["replicas"] for item in start["items"]}
    asked = [sum(wanted.values())]
    watch = shop.api.watch(
        apps("replicasets"),
        seconds=1,
        resourceVersion=start["metadata"]["resourceVersion"],
        labelSelector=f"app={shop.name}",
    )
    with closing(watch) as events:
        for event in events:
            found = event["object"]
            gone = event["type"] == "DELETED"
            wanted[found["metadata"]["uid"]] = 0 if gone else found["spec"]["replicas"]
            asked.append(sum(wanted.values()))
    return asked


def _moments_of_a_rollout(shop: Shop) -> list[list[Json]]:
    """Roll out `NEW` and replay the pods after each change, without those that are going."""
    mine = {"labelSelector": f"app={shop.name}"}
    start = shop.api.get(core("pods"), **mine)
    shop.set_image(NEW)
    shop.settled()
    mark = shop.pods()[0]["metadata"]["name"]
    patch = {"metadata": {"annotations": {"mark": "the end"}}}
    end = shop.api.patch(core("pods", mark), patch, MERGE_PATCH)["metadata"]["resourceVersion"]
    pods = {item["metadata"]["uid"]: item for item in start["items"]}
    moments: list[list[Json]] = []
    version = start["metadata"]["resourceVersion"]
    watch = shop.api.watch(core("pods"), seconds=10, resourceVersion=version, **mine)
    with closing(watch) as events:
        for event in events:
            found = event["object"]["metadata"]
            if int(found["resourceVersion"]) >= int(end):
                return moments
            if event["type"] == "DELETED" or "deletionTimestamp" in found:
                pods.pop(found["uid"], None)
            else:
                pods[found["uid"]] = event["object"]
            moments.append(list(pods.values()))
    raise AssertionError("the watch ended before it showed the last change")


def test_recreate_ends_every_old_pod_before_the_first_new_one(shop: Shop) -> None:
    shop.deploy(replicas=2, strategy={"type": "Recreate"})
    images = [
        {item["spec"]["containers"][0]["image"] for item in pods}
        for pods in _moments_of_a_rollout(shop)
    ]
    assert {NEW} in images
    assert all(len(at_once) <= 1 for at_once in images)


def test_a_release_that_crashes_leaves_the_old_pods_alone(shop: Shop) -> None:
    shop.deploy(replicas=2, strategy=rolling(1, 0))
    old = {item["metadata"]["uid"] for item in shop.pods()}
    shop.set_image(CRASH)
    pods = _crashed(shop)
    assert old == {item["metadata"]["uid"] for item in pods if ready(item)}
    new = shop.api.get(shop.deployment)
    counts = ("replicas", "updatedReplicas", "availableReplicas", "unavailableReplicas")
    assert [new["status"][key] for key in counts] == [3, 1, 2, 1]
    assert condition(new, "Available")["status"] == "True"
    progressing = condition(new, "Progressing")
    assert progressing["status"] == "True"
    assert progressing["reason"] in {"NewReplicaSetCreated", "ReplicaSetUpdated"}
    assert not rolled_out(new)


def _crashed(shop: Shop) -> list[Json]:
    def once(found: Json) -> bool:
        return any(container(item).get("restartCount", 0) >= 1 for item in found["items"])

    # The restart of the first new pod is awaited on the list, whose path takes the selector.
    path = f"{core('pods')}?labelSelector=app%3D{shop.name}"
    found: list[Json] = shop.api.wait(path, once)["items"]
    return found


def test_a_first_release_that_crashes_is_not_available(shop: Shop) -> None:
    shop.start_deploy(CRASH)
    found = shop.api.wait(shop.deployment, lambda found: condition(found, "Available"))
    available = condition(found, "Available")
    assert (available["status"], available["reason"]) == ("False", "MinimumReplicasUnavailable")
    assert available["message"] == "Deployment does not have minimum availability."


def test_a_rollout_that_does_not_progress_says_so_after_its_deadline(shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-badimage", progressDeadlineSeconds=2)
    found = shop.api.wait(
        shop.deployment, lambda found: condition(found, "Progressing").get("status") == "False"
    )
    [owned] = shop.replica_sets()
    progressing = condition(found, "Progressing")
    assert progressing["reason"] == "ProgressDeadlineExceeded"
    assert progressing["message"] == (
        f'ReplicaSet "{owned["metadata"]["name"]}" has timed out progressing.'
    )


def test_a_rollout_that_missed_its_deadline_recovers_with_a_good_release(shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-badimage", progressDeadlineSeconds=2)
    shop.api.wait(
        shop.deployment, lambda found: condition(found, "Progressing").get("status") == "False"
    )
    shop.set_image(NEW)
    found = shop.settled()
    done = shop.api.wait(
        shop.deployment,
        lambda found: condition(found, "Progressing")["reason"] == "NewReplicaSetAvailable",
    )
    assert condition(done, "Progressing")["status"] == "True"
    assert found["metadata"]["generation"] == 2


def test_a_paused_deployment_takes_a_new_image_without_a_rollout(shop: Shop) -> None:
    shop.deploy()
    pause = {"spec": {"paused": True, **new_image(NEW)["spec"]}}
    shop.api.patch(shop.deployment, pause, STRATEGIC_PATCH)
    found = shop.api.wait(
        shop.deployment,
        lambda found: (
            found["status"]["observedGeneration"] == 2
            and condition(found, "Progressing")["reason"] == "DeploymentPaused"
        ),
    )
    assert condition(found, "Progressing")["status"] == "Unknown"
    assert len(shop.replica_sets()) == 1
    assert found["status"].get("updatedReplicas", 0) == 0


def test_a_paused_deployment_still_scales(shop: Shop) -> None:
    shop.deploy()
    shop.api.patch(shop.deployment, {"spec": {"paused": True}}, MERGE_PATCH)
    shop.api.patch(f"{shop.deployment}/scale", {"spec": {"replicas": 3}}, MERGE_PATCH)
    found = shop.settled()
    assert found["status"]["readyReplicas"] == 3
    assert len(shop.replica_sets()) == 1


def test_a_resumed_deployment_rolls_out_what_was_asked_meanwhile(shop: Shop) -> None:
    shop.deploy()
    shop.api.patch(shop.deployment, {"spec": {"paused": True}}, MERGE_PATCH)
    shop.set_image(NEW)
    shop.api.patch(shop.deployment, {"spec": {"paused": None}}, MERGE_PATCH)
    shop.settled()
    [pod] = shop.pods()
    assert pod["spec"]["containers"][0]["image"] == NEW
    assert len(shop.replica_sets()) == 2


def test_a_pod_counts_as_available_only_after_min_ready_seconds(shop: Shop) -> None:
    made = shop.start_deploy(minReadySeconds=2)
    seen = shop.api.states(made, apps("deployments"), rolled_out)
    early = next(one for one in seen if one.get("status", {}).get("readyReplicas") == 1)
    assert early["status"].get("availableReplicas", 0) == 0
    assert seen[-1]["status"]["availableReplicas"] == 1


def test_the_selector_of_a_deployment_cannot_change(shop: Shop) -> None:
    shop.deploy()
    patch = {
        "spec": {
            "selector": {"matchLabels": {"tier": "x"}},
            "template": {"metadata": {"labels": {"tier": "x"}}},
        }
    }
    status = shop.api.refused("PATCH", shop.deployment, 422, body=patch, kind=MERGE_PATCH)
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.selector"]
    assert "field is immutable" in status["message"]


def test_the_template_must_match_the_selector(shop: Shop) -> None:
    patch = {"spec": {"template": {"metadata": {"labels": {"app": "x"}}}}}
    shop.deploy()
    status = shop.api.refused("PATCH", shop.deployment, 422, body=patch, kind=MERGE_PATCH)
    [cause] = status["details"]["causes"]
    assert cause["field"] == "spec.template.metadata.labels"
    assert "`selector` does not match template `labels`" in cause["message"]

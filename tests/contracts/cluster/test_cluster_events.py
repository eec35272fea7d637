"""Events: what the controllers and the kubelet tell about pods, ReplicaSets and Deployments."""

import time
from collections.abc import Callable

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, Json, pause
from tests.contracts.cluster.kube_objects import container, core
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def _events(shop: Shop, **fields: str) -> list[Json]:
    selector = ",".join(f"involvedObject.{key}={value}" for key, value in fields.items())
    found: list[Json] = shop.api.get(core("events"), fieldSelector=selector)["items"]
    return found


def _await(
    shop: Shop, done: Callable[[list[Json]], object], *, seconds: float = 90, **fields: str
) -> list[Json]:
    deadline = time.monotonic() + seconds
    while not done(found := _events(shop, **fields)):
        seen = [(item["reason"], item["message"]) for item in found]
        assert time.monotonic() < deadline, f"after {seconds} s only {seen}"
        pause(0.1)
    return found


def _reasons(events: list[Json]) -> set[str]:
    return {item["reason"] for item in events}


def test_a_pod_tells_its_way_from_the_scheduler_to_the_start(shop: Shop) -> None:
    made = shop.run()
    steps = {"Scheduled", "Pulled", "Created", "Started"}
    events = _await(shop, lambda found: steps <= _reasons(found), name=shop.name, kind="Pod")
    assert {item["type"] for item in events} == {"Normal"}
    assert {item["involvedObject"]["uid"] for item in events} == {made["metadata"]["uid"]}
    started = next(item for item in events if item["reason"] == "Started")
    assert started["involvedObject"]["fieldPath"] == "spec.containers{main}"
    assert started["source"]["component"] == "kubelet"
    assert started["count"] == 1
    assert started["firstTimestamp"] <= started["lastTimestamp"]
    scheduled = next(item for item in events if item["reason"] == "Scheduled")
    assert f"Successfully assigned shop/{shop.name} to" in scheduled["message"]


def test_events_are_found_by_the_uid_of_their_object(shop: Shop) -> None:
    made = shop.run()
    found = _await(shop, len, uid=made["metadata"]["uid"])
    assert {item["involvedObject"]["name"] for item in found} == {shop.name}
    assert _events(shop, uid="00000000-0000-4000-8000-000000000000") == []
    assert _events(shop, name=shop.name, kind="Service") == []


def test_events_are_found_by_type_and_reason(shop: Shop) -> None:
    shop.run()
    _await(shop, lambda found: "Started" in _reasons(found), name=shop.name)
    mine = f"involvedObject.name={shop.name}"
    for selector, expected in {"reason=Started": 1, "type=Warning": 0}.items():
        found = shop.api.get(core("events"), fieldSelector=f"{mine},{selector}")["items"]
        assert len(found) == expected, selector


def test_a_deployment_tells_how_it_scales_its_replica_sets(shop: Shop) -> None:
    shop.deploy(replicas=2)
    [owned] = shop.replica_sets()
    events = _await(shop, len, name=shop.name, kind="Deployment")
    first = events[0]
    assert (first["type"], first["reason"]) == ("Normal", "ScalingReplicaSet")
    # Newer servers say "from 0 to 2".
    assert first["message"].startswith(f"Scaled up replica set {owned['metadata']['name']} ")
    assert first["message"].endswith("to 2")
    assert first["source"]["component"] == "deployment-controller"
    shop.api.patch(f"{shop.deployment}/scale", {"spec": {"replicas": 1}}, MERGE_PATCH)
    _await(
        shop,
        lambda found: any(item["message"].startswith("Scaled down") for item in found),
        name=shop.name,
        kind="Deployment",
    )


def test_a_replica_set_tells_which_pods_it_made_and_deleted(shop: Shop) -> None:
    shop.deploy()
    [owned], [pod] = shop.replica_sets(), shop.pods()
    name = owned["metadata"]["name"]
    events = _await(shop, len, name=name, kind="ReplicaSet")
    assert events[0]["reason"] == "SuccessfulCreate"
    assert events[0]["message"] == f"Created pod: {pod['metadata']['name']}"
    shop.api.patch(f"{shop.deployment}/scale", {"spec": {"replicas": 0}}, MERGE_PATCH)
    events = _await(
        shop, lambda found: "SuccessfulDelete" in _reasons(found), name=name, kind="ReplicaSet"
    )
    messages = {item["message"] for item in events}
    assert f"Deleted pod: {pod['metadata']['name']}" in messages


def test_a_crash_loop_warns_and_counts(shop: Shop) -> None:
    shop.start_run("registry.local/web:v3-crash")

    def warned_twice(found: list[Json]) -> bool:
        return any(item["reason"] == "BackOff" and item["count"] >= 2 for item in found)

    events = _await(shop, warned_twice, name=shop.name, kind="Pod")
    warning = next(item for item in events if item["reason"] == "BackOff")
    assert warning["type"] == "Warning"
    assert warning["message"].startswith("Back-off restarting failed container")
    assert warning["lastTimestamp"] > warning["firstTimestamp"]


def test_an_image_that_cannot_be_pulled_warns(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-badimage")
    events = _await(
        shop,
        lambda found: {"Failed", "BackOff"} <= _reasons(found),
        name=shop.name,
        kind="Pod",
    )
    failed = [item for item in events if item["reason"] == "Failed"]
    assert {item["type"] for item in failed} == {"Warning"}
    messages = [item["message"] for item in failed]
    assert any("Failed to pull image" in text and "badimage" in text for text in messages)
    assert any(text in {"Error: ErrImagePull", "Error: ImagePullBackOff"} for text in messages)


def test_a_pod_that_never_gets_ready_warns_of_its_probe(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-notready")
    shop.api.wait(shop.pod, lambda found: "running" in container(found).get("state", {}))
    events = _await(shop, lambda found: "Unhealthy" in _reasons(found), name=shop.name, kind="Pod")
    warning = next(item for item in events if item["reason"] == "Unhealthy")
    assert warning["type"] == "Warning"
    assert warning["message"].startswith("Readiness probe failed")


def test_a_pod_that_is_deleted_tells_that_it_is_killed(shop: Shop) -> None:
    shop.run()
    shop.api.delete(shop.pod)
    _await(shop, lambda found: "Killing" in _reasons(found), name=shop.name, kind="Pod")


def test_a_pod_that_fits_nowhere_tells_why_it_is_not_scheduled(shop: Shop) -> None:
    shop.start_run(nodeSelector={"disk": "none-such"})
    events = _await(
        shop, lambda found: "FailedScheduling" in _reasons(found), name=shop.name, kind="Pod"
    )
    warning = next(item for item in events if item["reason"] == "FailedScheduling")
    assert warning["type"] == "Warning"
    assert "nodes are available" in warning["message"]


def test_an_event_can_be_written_and_read_back(shop: Shop) -> None:
    body = {
        "metadata": {"name": shop.name},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": shop.name},
        "reason": "Drill",
        "message": "a drill",
        "type": "Normal",
        "source": {"component": "drill"},
    }
    made = shop.create(core("events"), body)
    [found] = _events(shop, name=shop.name)
    assert (found["reason"], found["message"]) == ("Drill", "a drill")
    assert found["metadata"]["uid"] == made["metadata"]["uid"]

"""A pod's life as the API shows it, by what its container does."""

import pytest

from tests.contracts.cluster.kube_api import Json
from tests.contracts.cluster.kube_objects import condition, container, core, pod, ready, waiting
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def test_a_healthy_pod_runs_and_is_ready(shop: Shop) -> None:
    found = shop.run()
    status = found["status"]
    assert status["phase"] == "Running"
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"):
        assert condition(found, kind)["status"] == "True"
        assert condition(found, kind)["lastTransitionTime"].endswith("Z")
    assert status["podIP"]
    assert status["podIPs"][0]["ip"] == status["podIP"]
    assert status["startTime"].endswith("Z")
    assert status["qosClass"] == "BestEffort"
    main = container(found)
    assert (main["name"], main["ready"], main["started"]) == ("main", True, True)
    assert main["restartCount"] == 0
    assert main["state"]["running"]["startedAt"].endswith("Z")
    assert main["image"] == "registry.local/web:v1-ok"
    assert "://" in main["containerID"]


def test_a_pod_is_bound_to_a_node_that_is_ready(shop: Shop) -> None:
    found = shop.run()
    node = shop.api.get(f"/api/v1/nodes/{found['spec']['nodeName']}")
    assert ready(node)
    assert node["status"]["nodeInfo"]["kubeletVersion"]


def test_a_crashing_container_loops_and_remembers_how_it_ended(shop: Shop) -> None:
    shop.start_run("registry.local/web:v3-crash0")
    found = shop.api.wait(
        shop.pod,
        lambda found: (
            waiting(found) == "CrashLoopBackOff" and container(found)["restartCount"] >= 1
        ),
    )
    main = container(found)
    assert found["status"]["phase"] == "Running"
    assert main["ready"] is False
    assert main["state"]["waiting"]["message"].startswith("back-off ")
    assert main["lastState"]["terminated"]["exitCode"] == 1
    assert main["lastState"]["terminated"]["reason"] == "Error"
    assert main["lastState"]["terminated"]["finishedAt"].endswith("Z")
    assert condition(found, "Ready")["status"] == "False"
    assert condition(found, "Ready")["reason"] == "ContainersNotReady"
    assert "main" in condition(found, "Ready")["message"]


def test_a_container_that_runs_out_of_memory_ends_with_137(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-oom0")
    found = shop.api.wait(shop.pod, lambda found: container(found).get("lastState"))
    ended = container(found)["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")


def test_an_image_that_is_not_there_backs_off(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-badimage")
    first = shop.api.wait(shop.pod, waiting)
    assert waiting(first) in {"ContainerCreating", "ErrImagePull", "ImagePullBackOff"}
    found = shop.api.wait(shop.pod, lambda found: waiting(found) == "ImagePullBackOff")
    main = container(found)
    assert found["status"]["phase"] == "Pending"
    assert main["state"]["waiting"]["message"] == (
        'Back-off pulling image "registry.local/web:v1-badimage"'
    )
    assert (main["restartCount"], main["imageID"]) == (0, "")
    assert "containerID" not in main


def test_a_flaky_container_comes_up_after_its_crashes(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-flaky2")
    found = shop.api.wait(shop.pod, ready)
    main = container(found)
    assert main["restartCount"] == 2
    assert "running" in main["state"]
    assert main["lastState"]["terminated"]["exitCode"] == 1


def test_a_slow_container_runs_before_it_is_ready(shop: Shop) -> None:
    made = shop.start_run("registry.local/web:v1-slow2")
    seen = shop.api.states(made, core("pods"), ready)
    early = next(one for one in seen if "running" in container(one).get("state", {}))
    assert early["status"]["phase"] == "Running"
    assert not ready(early)
    assert container(seen[-1])["restartCount"] == 0


def test_a_container_whose_probe_fails_runs_and_is_not_ready(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-notready")
    found = shop.api.wait(shop.pod, lambda found: "running" in container(found).get("state", {}))
    assert (found["status"]["phase"], container(found)["ready"]) == ("Running", False)


def test_a_pod_that_must_not_restart_fails(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-crash0", restartPolicy="Never")
    found = shop.api.wait(shop.pod, lambda found: found["status"].get("phase") == "Failed")
    ended = container(found)["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (1, "Error")
    assert container(found)["restartCount"] == 0


def test_a_pod_that_fits_nowhere_stays_pending_and_says_why(shop: Shop) -> None:
    shop.start_run(nodeSelector={"disk": "none-such"})
    found = shop.api.wait(shop.pod, lambda found: condition(found, "PodScheduled"))
    assert found["status"]["phase"] == "Pending"
    scheduled = condition(found, "PodScheduled")
    assert (scheduled["status"], scheduled["reason"]) == ("False", "Unschedulable")
    assert "nodes are available" in scheduled["message"]
    assert "nodeName" not in found["spec"]


def test_each_container_has_a_status_of_its_own(shop: Shop) -> None:
    body = pod(shop.name)
    body["spec"]["containers"].append({"name": "side", "image": "registry.local/side:v1-crash0"})
    shop.create(core("pods"), body)
    found = shop.api.wait(shop.pod, _side_has_crashed)
    by_name = {item["name"]: item for item in found["status"]["containerStatuses"]}
    assert by_name["main"]["ready"] is True
    assert by_name["side"]["ready"] is False
    assert not ready(found)
    assert "side" in condition(found, "Ready")["message"]


def _side_has_crashed(found: Json) -> bool:
    statuses = found["status"].get("containerStatuses") or []
    by_name = {item["name"]: item for item in statuses}
    return bool(by_name and by_name["main"]["ready"] and by_name["side"]["lastState"])


def test_only_the_image_of_a_container_may_change(shop: Shop) -> None:
    found = shop.run()
    found["spec"]["containers"][0]["command"] = ["other"]
    status = shop.api.refused("PUT", shop.pod, 422, body=found)
    assert status["reason"] == "Invalid"
    assert "pod updates may not change fields other than" in status["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"containers": []}, "spec.containers"),
        ({"containers": [{"name": "main"}]}, "spec.containers[0].image"),
        ({"containers": [{"name": "Main_", "image": "a:1"}]}, "spec.containers[0].name"),
        ({"restartPolicy": "Sometimes"}, "spec.restartPolicy"),
    ],
)
def test_a_pod_that_makes_no_sense_is_422_and_names_the_field(
    shop: Shop, change: Json, field: str
) -> None:
    body = pod(shop.name)
    body["spec"] |= change
    status = shop.api.refused("POST", core("pods"), 422, body=body)
    assert status["reason"] == "Invalid"
    assert status["details"]["kind"] == "Pod"
    assert field in {cause["field"] for cause in status["details"]["causes"]}


def test_a_name_that_is_no_dns_name_is_422(shop: Shop) -> None:
    status = shop.api.refused("POST", core("pods"), 422, body=pod("Not_A_Name"))
    assert status["message"].startswith('Pod "Not_A_Name" is invalid: metadata.name: ')
    [cause] = status["details"]["causes"]
    assert (cause["field"], cause["reason"]) == ("metadata.name", "FieldValueInvalid")

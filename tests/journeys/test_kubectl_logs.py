"""What kubectl shows of a container's log, with each option that a runbook may use."""

import pytest

from tests.contracts.cluster.kube_api import Json, pause
from tests.contracts.cluster.kube_objects import container, waiting
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]


@pytest.fixture
def ended(shop: Shop) -> str:
    """Return the whole log of a pod that wrote its last line."""
    shop.start_run("registry.local/web:v1-crash", restartPolicy="Never")
    shop.api.wait(shop.pod, lambda found: found["status"].get("phase") == "Failed")
    return shop.api.send("GET", f"{shop.pod}/log").text


def test_the_options_choose_lines(kubectl: Kubectl, shop: Shop, ended: str) -> None:
    lines = ended.splitlines()
    assert len(lines) >= 2
    assert kubectl("logs", shop.name) == ended
    assert kubectl("logs", shop.name, "-c", "main") == ended
    assert kubectl("logs", shop.name, "--tail=1").splitlines() == lines[-1:]
    assert kubectl("logs", shop.name, "--limit-bytes=5") == ended[:5]
    assert kubectl("logs", shop.name, "--since=1h") == ended
    assert kubectl("logs", shop.name, "--since-time=2020-01-01T00:00:00Z") == ended
    stamped = kubectl("logs", shop.name, "--timestamps").splitlines()
    assert [line.split(" ", 1)[1] for line in stamped] == lines
    pause(1.1)
    assert kubectl("logs", shop.name, "--since=1s") == ""


def _has_begun(found: Json) -> bool:
    """Tell whether there is a log to follow; a short life may be over by the time of the look."""
    state = container(found).get("state", {})
    return "running" in state or "terminated" in state


def test_a_followed_log_ends_with_its_container(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-crash2", restartPolicy="Never")
    shop.api.wait(shop.pod, _has_begun)
    followed = kubectl("logs", "-f", shop.name)
    shop.api.wait(shop.pod, lambda found: found["status"]["phase"] == "Failed")
    assert followed == shop.api.send("GET", f"{shop.pod}/log").text


def test_previous_shows_the_life_before(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-flaky1")
    shop.api.wait(shop.pod, lambda found: container(found).get("ready"))
    before = shop.api.send("GET", f"{shop.pod}/log", query={"previous": "true"}).text
    assert kubectl("logs", shop.name, "--previous") == before
    assert kubectl("logs", shop.name) != before


def test_previous_is_refused_before_the_first_restart(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    said = kubectl.refused("logs", shop.name, "--previous")
    assert f'previous terminated container "main" in pod "{shop.name}" not found' in said


def test_a_selection_shows_each_pod_with_its_name(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    text = kubectl("logs", "-l", f"app={shop.name}", "--prefix", "--tail=1")
    names = {f"[pod/{item['metadata']['name']}/main]" for item in shop.pods()}
    assert {line.split()[0] for line in text.splitlines()} == names


def test_a_deployment_shows_one_of_its_pods(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    [pod] = shop.pods()
    by_pod = kubectl("logs", pod["metadata"]["name"], "--tail=1")
    assert by_pod
    assert kubectl("logs", f"deployment/{shop.name}", "--tail=1") == by_pod


def test_all_containers_are_shown_on_request(kubectl: Kubectl, shop: Shop) -> None:
    image = "registry.local/web:v1-ok"
    shop.run(containers=[{"name": name, "image": image} for name in ("main", "side")])
    text = kubectl("logs", shop.name, "--all-containers", "--prefix", "--tail=1")
    assert {line.split()[0] for line in text.splitlines()} == {
        f"[pod/{shop.name}/main]",
        f"[pod/{shop.name}/side]",
    }


def test_a_container_that_waits_has_no_log(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-badimage")
    shop.api.wait(shop.pod, waiting)
    assert "is waiting to start" in kubectl.refused("logs", shop.name)


def test_an_unknown_container_is_refused(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    assert "container nope is not valid" in kubectl.refused("logs", shop.name, "-c", "nope")


def test_the_reader_reads_logs_and_nobody_does_not(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    assert kubectl("logs", shop.name, user="reader")
    assert "(Forbidden)" in kubectl.refused("logs", shop.name, user="nobody")

"""What kubectl does to a rollout: status, history, undo, restart, pause and resume."""

import re

import pytest

from tests.contracts.cluster.kube_shop import Shop, revision
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]

V1, V2, V3 = (f"registry.local/web:v{number}-ok" for number in (1, 2, 3))


def _image(shop: Shop) -> str:
    containers = shop.api.get(shop.deployment)["spec"]["template"]["spec"]["containers"]
    image: str = containers[0]["image"]
    return image


def _history(text: str) -> list[int]:
    return [int(line.split()[0]) for line in text.splitlines() if re.match(r"\d", line)]


@pytest.fixture
def rolled(shop: Shop) -> Shop:
    """Give the test a Deployment with three revisions."""
    shop.deploy(V1)
    for image in (V2, V3):
        shop.set_image(image)
        shop.settled()
    return shop


def test_status_waits_for_the_end_of_a_rollout(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-slow1", replicas=2)
    text = kubectl("rollout", "status", f"deployment/{shop.name}", "--timeout=30s")
    assert text.endswith(f'deployment "{shop.name}" successfully rolled out\n')
    assert shop.api.get(shop.deployment)["status"]["availableReplicas"] == 2


def test_status_of_a_finished_rollout_answers_at_once(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    text = kubectl("rollout", "status", f"deployment/{shop.name}")
    assert text == f'deployment "{shop.name}" successfully rolled out\n'


def test_status_gives_up_after_its_own_timeout(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-notready")
    shop.api.wait(shop.deployment, lambda found: found.get("status", {}).get("updatedReplicas"))
    done = kubectl.run("rollout", "status", f"deployment/{shop.name}", "--timeout=1s")
    assert done.returncode == 1
    assert "0 of 1 updated replicas are available" in done.stdout
    assert "timed out waiting for the condition" in done.stderr


def test_status_fails_when_the_progress_deadline_is_missed(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-badimage", progressDeadlineSeconds=1)
    said = kubectl.refused("rollout", "status", f"deployment/{shop.name}", "--timeout=30s")
    assert f'deployment "{shop.name}" exceeded its progress deadline' in said


def test_status_without_waiting_tells_the_moment(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_deploy("registry.local/web:v1-notready")
    shop.api.wait(shop.deployment, lambda found: found.get("status", {}).get("updatedReplicas"))
    text = kubectl("rollout", "status", f"deployment/{shop.name}", "--watch=false")
    assert "0 of 1 updated replicas are available" in text


def test_history_lists_the_revisions_and_their_causes(kubectl: Kubectl, rolled: Shop) -> None:
    kubectl("annotate", "deployment", rolled.name, "kubernetes.io/change-cause=release three")
    rolled.api.wait(
        f"/apis/apps/v1/namespaces/shop/replicasets/{rolled.replica_sets()[-1]['metadata']['name']}",
        lambda found: "kubernetes.io/change-cause" in found["metadata"]["annotations"],
    )
    text = kubectl("rollout", "history", f"deployment/{rolled.name}")
    assert _history(text) == [1, 2, 3]
    assert "release three" in text.splitlines()[-2]


def test_history_shows_the_template_of_one_revision(kubectl: Kubectl, rolled: Shop) -> None:
    words = ("rollout", "history", f"deployment/{rolled.name}")
    text = kubectl(*words, "--revision=2")
    assert "revision #2" in text
    assert re.search(rf"Image:\s+{V2}", text)
    assert "unable to find the specified revision" in kubectl.refused(*words, "--revision=9")


def test_undo_goes_back_one_revision(kubectl: Kubectl, rolled: Shop) -> None:
    text = kubectl("rollout", "undo", f"deployment/{rolled.name}")
    assert text == f"deployment.apps/{rolled.name} rolled back\n"
    assert revision(rolled.settled()) == 4
    assert _image(rolled) == V2
    assert _history(kubectl("rollout", "history", f"deployment/{rolled.name}")) == [1, 3, 4]


def test_undo_goes_back_to_a_named_revision(kubectl: Kubectl, rolled: Shop) -> None:
    words = ("rollout", "undo", f"deployment/{rolled.name}")
    kubectl(*words, "--to-revision=1")
    rolled.settled()
    assert _image(rolled) == V1
    assert "unable to find specified revision" in kubectl.refused(*words, "--to-revision=9")


def test_undo_keeps_the_annotations_of_the_deployment_and_restores_the_cause(
    kubectl: Kubectl, rolled: Shop
) -> None:
    before = [item["metadata"]["uid"] for item in rolled.replica_sets()]
    kubectl("rollout", "undo", f"deployment/{rolled.name}")
    rolled.settled()
    after = [item["metadata"]["uid"] for item in rolled.replica_sets()]
    assert after == [before[0], before[2], before[1]]


def test_a_dry_undo_changes_nothing(kubectl: Kubectl, rolled: Shop) -> None:
    before = rolled.api.get(rolled.deployment)["spec"]
    text = kubectl("rollout", "undo", f"deployment/{rolled.name}", "--dry-run=server")
    assert "(server dry run)" in text
    assert rolled.api.get(rolled.deployment)["spec"] == before


def test_undo_without_a_history_is_refused(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    said = kubectl.refused("rollout", "undo", f"deployment/{shop.name}")
    assert "no rollout history found" in said


def test_restart_replaces_the_pods(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    [old] = shop.pods()
    text = kubectl("rollout", "restart", f"deployment/{shop.name}")
    assert text == f"deployment.apps/{shop.name} restarted\n"
    shop.settled()
    [new] = shop.pods()
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert "kubectl.kubernetes.io/restartedAt" in new["metadata"]["annotations"]


def test_a_paused_deployment_is_neither_undone_nor_restarted(
    kubectl: Kubectl, rolled: Shop
) -> None:
    name = f"deployment/{rolled.name}"
    assert kubectl("rollout", "pause", name) == f"deployment.apps/{rolled.name} paused\n"
    assert "already paused" in kubectl.run("rollout", "pause", name).stderr
    assert "you cannot rollback a paused deployment" in kubectl.refused("rollout", "undo", name)
    assert "can't restart paused deployment" in kubectl.refused("rollout", "restart", name)
    assert kubectl("rollout", "resume", name) == f"deployment.apps/{rolled.name} resumed\n"
    kubectl("rollout", "undo", name)
    rolled.settled()
    assert _image(rolled) == V2


def test_what_is_set_while_paused_rolls_out_on_resume(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(V1)
    name = f"deployment/{shop.name}"
    kubectl("rollout", "pause", name)
    kubectl("set", "image", name, f"main={V2}")
    assert len(shop.replica_sets()) == 1
    kubectl("rollout", "resume", name)
    kubectl("rollout", "status", name, "--timeout=20s")
    assert len(shop.replica_sets()) == 2


def test_the_operator_undoes_and_the_reader_may_not(kubectl: Kubectl, rolled: Shop) -> None:
    words = ("rollout", "undo", f"deployment/{rolled.name}")
    assert "forbidden" in kubectl.refused(*words, user="reader")
    assert _image(rolled) == V3
    kubectl(*words, user="operator")
    rolled.settled()
    assert _image(rolled) == V2

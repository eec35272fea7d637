"""Each change of the Kubernetes client: its effect, its mark, and that it was foretold."""

from collections.abc import Callable
from typing import Any

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import KubernetesChange
from stanch.tools.operations.workload import MARK, bare_template, observed, template_digest
from tests.contracts.clients.client_changes import restart, roll_back, scale
from tests.contracts.clients.client_targets import Corner, Json
from tests.contracts.clients.conftest import Connect

REVISION = "deployment.kubernetes.io/revision"
BEFORE, AFTER = "registry.local/web:v1", "registry.local/web:v2"

Make = Callable[[Corner], KubernetesChange]
CHANGES: dict[str, Make] = {
    "scale": lambda corner: scale(corner, 2),
    "restart": restart,
    "roll back": roll_back,
}


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest, corner: Corner) -> KubernetesChange:
    released(corner)
    return CHANGES[request.param](corner)


def released(corner: Corner) -> None:
    """Deploy, then release another image, so that there is something to go back to."""
    corner.deploy(BEFORE, metadata={"annotations": {"note": "first"}})
    corner.set_image(AFTER, annotations={"note": "second"})
    corner.settled()


def desired(thing: Json) -> Any:
    """All that a person decides about a deployment, less what the server counts."""
    kept = {"name", "namespace", "uid", "labels", "annotations"}
    metadata = {key: value for key, value in thing["metadata"].items() if key in kept}
    spec = {**thing["spec"], "template": bare_template(thing["spec"]["template"])}
    return {"metadata": metadata, "spec": spec}


def test_what_the_preview_shows_is_what_then_happens(
    client: KubernetesClient, corner: Corner, change: KubernetesChange
) -> None:
    before = corner.get()
    shown = client.preview(change, key="op-1")
    assert shown.accepted
    assert desired(shown.before) == desired(before)
    assert desired(shown.after) != desired(before)
    assert corner.get()["metadata"]["generation"] == before["metadata"]["generation"]
    assert MARK not in corner.get()["metadata"].get("annotations", {})
    assert "status" not in shown.before
    assert "status" not in shown.after

    outcome = client.apply(change, key="op-1", observed=client.look(change))
    assert desired(outcome.data["before"]) == desired(shown.before)
    assert desired(outcome.data["after"]) == desired(shown.after)
    assert outcome.data["after"]["metadata"]["generation"] == before["metadata"]["generation"] + 1
    settled = corner.settled()
    settled["metadata"]["annotations"][REVISION] = shown.after["metadata"]["annotations"][REVISION]
    assert desired(settled) == desired(shown.after)


def test_a_change_is_marked_and_the_mark_tells_whether_it_ran(
    client: KubernetesClient, corner: Corner, change: KubernetesChange
) -> None:
    assert client.probe(change, key="op-1") is False
    client.apply(change, key="op-1", observed=client.look(change))
    assert corner.get()["metadata"]["annotations"][MARK] == "op-1"
    assert client.probe(change, key="op-1") is True
    assert client.probe(change, key="op-2") is False


def test_a_change_runs_once_for_what_was_seen(
    client: KubernetesClient, corner: Corner, change: KubernetesChange
) -> None:
    seen = client.look(change)
    client.apply(change, key="op-1", observed=seen)
    generation = corner.get()["metadata"]["generation"]
    with pytest.raises(PreconditionFailedError, match=r"spec_sha256|replicas"):
        client.apply(change, key="op-1", observed=seen)
    assert corner.get()["metadata"]["generation"] == generation


def test_a_scaling_sets_the_replicas_and_nothing_else(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    change = scale(corner, 3)
    before = client.apply(change, key="k", observed=client.look(change)).data["before"]
    after = corner.settled()
    assert len(corner.list("pods")) == 3
    assert after["spec"] == {**before["spec"], "replicas": 3}


def test_a_restart_makes_new_pods_of_the_same_template(
    client: KubernetesClient, corner: Corner
) -> None:
    old = corner.deploy()
    pods = {pod["metadata"]["uid"] for pod in corner.list("pods")}
    change = restart(corner)
    client.apply(change, key="k", observed=client.look(change))
    template = corner.settled()["spec"]["template"]
    annotations = template["metadata"].pop("annotations")
    assert annotations == {"kubectl.kubernetes.io/restartedAt": "2026-11-21T03:14:15Z"}
    old["spec"]["template"]["metadata"].pop("annotations", None)
    assert template == old["spec"]["template"]
    corner.until(
        lambda: {pod["metadata"]["uid"] for pod in corner.list("pods")},
        lambda now: len(now) == 1 and not now & pods,
    )


def test_a_roll_back_puts_the_template_back_and_handles_annotations_as_kubectl_does(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    change = roll_back(corner)
    client.apply(change, key="k", observed=client.look(change))
    after = corner.settled()
    assert template_digest(after["spec"]["template"]) == change.template_digest
    assert "pod-template-hash" not in after["spec"]["template"]["metadata"]["labels"]
    annotations = after["metadata"]["annotations"]
    assert annotations == {"note": "first", MARK: "k", REVISION: "3"}
    again = [item for item in corner.list("replicasets") if item["spec"]["replicas"] == 1]
    assert [item["metadata"]["uid"] for item in again] == [change.replica_set_uid]


def test_a_roll_back_and_its_way_back_leave_the_release_as_it_was(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    there, back = roll_back(corner, to=1), roll_back(corner, to=2)
    client.apply(there, key="there", observed=client.look(there))
    corner.settled()
    client.apply(back, key="back", observed=client.look(back))
    assert corner.settled()["spec"]["template"]["spec"]["containers"][0]["image"] == AFTER
    assert client.probe(back, key="back") is True
    assert client.probe(there, key="there") is True, "its ReplicaSet still bears the mark"


def test_the_facts_of_a_look_are_those_of_the_live_object(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    change = roll_back(corner)
    corner.until(
        lambda: client.look(change),
        lambda facts: (
            facts
            == {
                **observed(corner.get()),
                "replica_set": {
                    "uid": change.replica_set_uid,
                    "template_sha256": change.template_digest,
                },
            }
        ),
    )
    assert "replica_set" not in client.look(restart(corner))


def test_a_roll_back_to_what_runs_already_is_refused(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    change = roll_back(corner, to=2)
    shown = client.preview(change, key="k")
    assert not shown.accepted
    assert "nothing to put back" in shown.note
    assert shown.before == shown.after
    with pytest.raises(OperationRefusedError, match="nothing to put back"):
        client.apply(change, key="k", observed=client.look(change))


def test_the_reading_identity_needs_no_right_to_change(
    connect: Connect, corner: Corner, target_contexts: Any
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    both = connect(kubeconfig=target_contexts, context="reader", act_context="operator")
    assert both.preview(change, key="k").accepted
    both.apply(change, key="k", observed=both.look(change))
    assert corner.get()["spec"]["replicas"] == 2

    back = scale(corner, 1)
    only_reader = connect(kubeconfig=target_contexts, context="reader")
    shown = only_reader.preview(back, key="k")
    assert not shown.accepted
    assert 'User "reader" cannot patch' in shown.note
    with pytest.raises(OperationRefusedError, match="Grant 'patch' on deployments"):
        only_reader.apply(back, key="k", observed=only_reader.look(back))
    assert corner.get()["spec"]["replicas"] == 2

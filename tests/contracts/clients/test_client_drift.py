"""A change is made only on the target that was seen; what is not its desired state may move."""

import json
import threading
from collections.abc import Callable

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.workload import foretold
from tests.contracts.clients.client_changes import paused, restart, roll_back, scale
from tests.contracts.clients.client_front import Canned, Front, Seen
from tests.contracts.clients.client_targets import Corner, deployment
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.test_client_changes import released

Meddle = Callable[[Corner], object]


@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda corner: corner.set_image("registry.local/web:v3"), "spec_sha256"),
        (lambda corner: corner.patch({"spec": {"replicas": 3}}), "replicas"),
        (lambda corner: corner.patch({"spec": {"minReadySeconds": 1}}), "spec_sha256"),
        (lambda corner: corner.delete(corner.path(name=corner.name)), "missing"),
    ],
    ids=["image", "replicas", "another field", "deleted"],
)
def test_a_target_that_drifted_is_left_alone(
    client: KubernetesClient, corner: Corner, meddle: Meddle, named: str
) -> None:
    corner.deploy()
    change = restart(corner)
    seen = client.look(change)
    meddle(corner)
    with pytest.raises(PreconditionFailedError, match=named):
        client.apply(change, key="k", observed=seen)
    if named != "missing":
        assert client.probe(change, key="k") is False
    else:
        assert client.look(change) == {"missing": True}
        assert client.probe(change, key="k") is None


def test_a_namesake_made_anew_is_not_the_target(client: KubernetesClient, corner: Corner) -> None:
    corner.deploy()
    change = scale(corner, 3)
    seen = client.look(change)
    corner.delete(corner.path(name=corner.name))
    corner.until(
        lambda: corner.admin.get(corner.path(name=corner.name)).status_code,
        lambda status: status == 404,
    )
    corner.create("deployments", deployment(corner.name, "registry.local/web:v1", replicas=1))
    with pytest.raises(PreconditionFailedError, match="uid"):
        client.apply(change, key="k", observed=seen)
    with pytest.raises(PreconditionFailedError, match="made anew"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is None
    assert not client.preview(change, key="k").accepted
    assert corner.get()["spec"]["replicas"] == 1


def test_a_paused_deployment_takes_no_new_template_but_scales(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    corner.patch({"spec": {"paused": True}})
    for change in (restart(corner), roll_back(corner)):
        with pytest.raises(OperationRefusedError, match="rollout resume"):
            client.apply(change, key="k", observed=client.look(change))
        assert "rollout resume" in client.preview(change, key="k").note
    more = scale(corner, 2)
    client.apply(more, key="k", observed=client.look(more))
    assert corner.get()["spec"]["replicas"] == 2


def test_a_rollout_is_paused_and_resumed_once_each(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    pause = paused(corner, on=True)
    seen = client.look(pause)
    tried = client.preview(pause, key="k")
    assert tried.accepted, tried.note
    assert "paused" not in corner.get()["spec"]
    client.apply(pause, key="k", observed=seen)
    assert corner.get()["spec"] == tried.after["spec"]
    assert client.probe(pause, key="k") is True
    with pytest.raises(OperationRefusedError, match="paused already"):
        client.apply(pause, key="k2", observed=client.look(pause))
    resume = paused(corner, on=False)
    before = foretold(pause, tried.after)
    now = client.look(resume)
    assert {name: now[name] for name in before} == before
    client.apply(resume, key="k:inverse", observed=now)
    assert not corner.get()["spec"].get("paused")
    assert {**client.look(resume), "replicas": 1} == {**seen, "replicas": 1}


def test_a_roll_back_whose_replica_set_went_is_refused(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    change = roll_back(corner)
    seen = client.look(change)
    corner.delete(corner.path("replicasets", change.replica_set))
    corner.until(
        lambda: client.look(change)["replica_set"], lambda found: found == {"missing": True}
    )
    with pytest.raises(PreconditionFailedError, match=r"replica_set\.missing"):
        client.apply(change, key="k", observed=seen)
    with pytest.raises(OperationRefusedError, match="is gone"):
        client.apply(change, key="k", observed=client.look(change))


def test_a_roll_back_to_another_template_than_the_approved_one_is_refused(
    client: KubernetesClient, corner: Corner
) -> None:
    released(corner)
    change = roll_back(corner).model_copy(update={"template_digest": "0" * 64})
    with pytest.raises(OperationRefusedError, match="template_sha256"):
        client.apply(change, key="k", observed=client.look(change))
    assert not client.preview(change, key="k").accepted


def test_annotations_and_status_may_move_between_look_and_apply(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    seen = client.look(change)
    corner.patch({"metadata": {"annotations": {"note": "meanwhile"}}})
    touch_status(corner, "meanwhile")
    client.apply(change, key="k", observed=seen)
    assert corner.get()["metadata"]["annotations"]["note"] == "meanwhile"
    assert corner.get()["spec"]["replicas"] == 2


def test_a_status_that_moves_under_the_patch_does_not_void_it(
    connect: Connect, corner: Corner, front: Front, fronted: object
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    moved = threading.Semaphore(2)

    def move(seen: Seen) -> None:
        if seen.method == "PATCH" and moved.acquire(blocking=False):
            touch_status(corner, f"{len(front.seen)}")

    front.rule = move
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    client.apply(change, key="k", observed=client.look(change))
    assert len(front.patches) == 3, "two were voided by the version test, the third ran"
    assert corner.get()["spec"]["replicas"] == 2
    assert corner.get()["metadata"]["generation"] == 2


def test_a_spec_that_moves_under_the_patch_voids_it(
    connect: Connect, corner: Corner, front: Front, fronted: object
) -> None:
    corner.deploy()
    change = scale(corner, 2)

    def move(seen: Seen) -> None:
        if seen.method == "PATCH":
            corner.set_image("registry.local/web:v9")

    front.rule = move
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    with pytest.raises(PreconditionFailedError, match="spec_sha256"):
        client.apply(change, key="k", observed=client.look(change))
    assert corner.get()["spec"]["replicas"] == 1
    assert len(front.patches) == 1


def test_a_patch_that_the_server_minds_is_not_tried_again(
    connect: Connect, corner: Corner, front: Front, fronted: object
) -> None:
    corner.deploy()
    # So that nothing but the refusal stands between the first patch and a second one.
    corner.until(lambda: corner.get()["metadata"]["resourceVersion"], stands_still())
    message = 'admission webhook "guard" denied the request: freeze until Monday'
    status = {"kind": "Status", "status": "Failure", "message": message, "code": 422}

    def refuse(seen: Seen) -> Canned | None:
        return Canned(422, json.dumps(status).encode()) if seen.method == "PATCH" else None

    front.rule = refuse
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    change = scale(corner, 2)
    with pytest.raises(OperationRefusedError, match="freeze until Monday"):
        client.apply(change, key="k", observed=client.look(change))
    assert len(front.patches) == 1
    assert "freeze until Monday" in client.preview(change, key="k").note


def touch_status(corner: Corner, word: str) -> None:
    condition = {"type": f"Test{word}", "status": "True", "reason": "Test", "message": word}
    answer = corner.admin.patch(
        f"{corner.path(name=corner.name)}/status",
        content=json.dumps({"status": {"conditions": [condition]}}),
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert answer.is_success, answer.text


def stands_still() -> Callable[[str], bool]:
    last = [""]

    def same(version: str) -> bool:
        same, last[0] = version == last[0], version
        return same

    return same

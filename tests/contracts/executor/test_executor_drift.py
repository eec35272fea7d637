"""A target that changed since it was shown voids the approval."""

import threading
from typing import Any

import pytest

from stanch.incident import ApprovalState
from stanch.store import verify
from tests.contracts.executor.conftest import AFTER, World

pytestmark = pytest.mark.cluster


def drift_image(world: World) -> None:
    world.corner.set_image("registry.local/web:v3")


def drift_replicas(world: World) -> None:
    world.corner.patch({"spec": {"replicas": 2}})


def drift_paused(world: World) -> None:
    world.corner.patch({"spec": {"paused": True}})


def drift_deleted(world: World) -> None:
    world.corner.delete(world.corner.path("deployments", world.corner.name))


def drift_made_anew(world: World) -> None:
    drift_deleted(world)
    world.corner.until(
        lambda: (
            world.corner.admin.get(world.corner.path("deployments", world.corner.name)).status_code
        ),
        lambda status: status == 404,
    )
    world.corner.deploy(AFTER)


@pytest.mark.parametrize(
    "drift",
    [
        drift_image,
        drift_replicas,
        drift_paused,
        drift_deleted,
        drift_made_anew,
    ],
)
def test_a_target_that_changed_since_voids_the_approval(world: World, drift: Any) -> None:
    proposal, approval = world.approved()
    drift(world)
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded", result
    assert world.front.patches == []
    found = world.store.approvals.get("A-1")
    assert (found.state, found.reason) == (ApprovalState.SUPERSEDED, result.text)
    assert verify(world.store.database).faults == ()


def test_a_note_a_change_that_was_taken_back_and_status_void_nothing(world: World) -> None:
    proposal, approval = world.approved()
    world.corner.patch({"spec": {"replicas": 2}})
    world.corner.patch({"spec": {"replicas": 1}})
    world.corner.patch({"metadata": {"annotations": {"note": "looked at"}}})
    pod = world.corner.list("pods")[0]["metadata"]["name"]
    world.corner.delete(world.corner.path("pods", pod))
    assert world.executor.execute(proposal, approval).state == "done"


def test_a_target_that_cannot_be_looked_at_is_not_changed(world: World) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda _: "cut before"
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded"
    assert "could not be looked at" in result.text
    assert world.front.patches == []


def test_a_drift_between_the_comparison_and_the_send_is_refused_by_the_target(
    world: World,
) -> None:
    proposal, approval = world.approved()
    moved = threading.Event()

    def rule(seen: Any) -> Any:
        if seen.method == "PATCH" and not moved.is_set():
            moved.set()
            drift_replicas(world)
        return None

    world.front.rule = rule
    assert world.executor.execute(proposal, approval).state == "superseded"
    assert world.image() == AFTER

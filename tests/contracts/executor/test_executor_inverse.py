"""The inverse undoes what the change did, and nothing that others did."""

import pytest

from stanch.policy import Policy
from stanch.tools.operations import RestartWorkload, ScaleWorkload
from tests.contracts.executor.conftest import AFTER, BEFORE, World
from tests.unit import incident_samples as samples

pytestmark = pytest.mark.cluster


def test_the_inverse_puts_back_what_was_there(world: World) -> None:
    before = world.corner.get()["spec"]
    proposal, approval = world.approved()
    assert world.executor.execute(proposal, approval).state == "done"
    world.failed(proposal)
    assert world.executor.undo(proposal, approval).state == "done"
    assert world.executor.undo(proposal, approval).state == "done"
    assert len(world.front.made) == 2
    assert world.corner.get()["spec"] == before


def test_a_scale_is_undone_to_the_old_number(world: World) -> None:
    intent = ScaleWorkload(namespace="shop", name=world.corner.name, add=2)
    proposal, approval = world.approved(intent)
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.corner.get()["spec"]["replicas"] == 3
    world.failed(proposal)
    assert world.executor.undo(proposal, approval).state == "done"
    assert world.corner.get()["spec"]["replicas"] == 1


def test_a_change_without_a_way_back_says_so(world: World) -> None:
    intent = RestartWorkload(namespace="shop", name=world.corner.name)
    proposal, approval = world.approved(intent)
    assert world.executor.execute(proposal, approval).state == "done"
    result = world.executor.undo(world.failed(proposal), approval)
    assert (result.state, result.text) == ("not sent", proposal.inverse_note)


def test_an_inverse_that_policy_denies_by_now_is_not_sent(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.rules.append(Policy())
    result = world.executor.undo(world.failed(proposal), approval)
    assert result.state == "not sent"
    assert "denies the inverse" in result.text


def test_an_inverse_whose_target_cannot_be_looked_at_is_not_sent(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.front.rule = lambda _: "cut before"
    assert "could not be looked at" in world.executor.undo(world.failed(proposal), approval).text
    world.front.rule = lambda _: None
    key = f"{proposal.key}:inverse"
    assert proposal.inverse is not None
    world.record().begin(proposal, key, proposal.inverse, approval=None)
    world.front.rule = lambda _: "cut before"
    assert world.executor.undo(world.failed(proposal), approval).state == "unknown"


def test_a_change_that_was_recognised_by_its_mark_can_be_undone(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    hands = world.clients.hands(proposal.operation)
    hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.executor.undo(world.failed(proposal), approval).state == "done"
    assert world.image() == AFTER


def test_a_change_that_was_never_made_is_not_undone(world: World) -> None:
    proposal, approval = world.approved()
    result = world.executor.undo(world.failed(proposal), approval)
    assert result.state == "not sent"
    assert "not recorded as done" in result.text


def test_a_change_that_did_not_fail_is_not_undone(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    result = world.executor.undo(proposal, approval)
    assert result.state == "not sent"
    assert "not recorded as failed" in result.text
    world.failed(proposal)
    passed = {"proposal": proposal.id, "text": "they held"}
    world.store.journal.append(samples.entry("verification.passed", data=passed))
    assert world.executor.undo(proposal, approval).state == "not sent"
    assert world.image() == BEFORE


def test_an_inverse_that_was_not_approved_is_not_sent(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    other = world.failed(proposal).model_copy(update={"inverse_note": "another"})
    result = world.executor.undo(other, approval)
    assert result.state == "not sent"
    assert world.image() == BEFORE


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_others_did_is_never_undone_also_after_a_crash(
    world: World, interrupted: bool
) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.failed(proposal)
    if interrupted:
        assert proposal.inverse is not None
        key = f"{proposal.key}:inverse"
        world.record().begin(proposal, key, proposal.inverse, approval=None)
    world.corner.set_image("registry.local/web:v3")
    result = world.executor.undo(proposal, approval)
    assert result.state == "not sent"
    assert "others changed the target" in result.text
    assert world.image() == "registry.local/web:v3"


def test_what_others_did_before_a_lost_change_was_recognised_is_not_undone(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    hands = world.clients.hands(proposal.operation)
    hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
    world.corner.set_image("registry.local/web:v3")
    assert world.executor.execute(proposal, approval).state == "done"
    result = world.executor.undo(world.failed(proposal), approval)
    assert result.state == "not sent"
    assert world.image() == "registry.local/web:v3"


def test_an_inverse_killed_before_the_send_is_sent_once(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    assert proposal.inverse is not None
    world.record().begin(proposal, f"{proposal.key}:inverse", proposal.inverse, approval=None)
    assert world.executor.undo(world.failed(proposal), approval).state == "done"
    assert len(world.front.made) == 2
    assert world.image() == AFTER

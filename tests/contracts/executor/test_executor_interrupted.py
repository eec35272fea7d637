"""A crash or a lost answer never makes a change run twice."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from stanch.store import ConflictError
from stanch.tools.operations.workload import MARK
from tests.contracts.executor.conftest import AFTER, BEFORE, World

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("misdeed", ["cut after", "half an answer", "stall"])
def test_an_answer_that_is_lost_is_found_on_the_target_and_nothing_is_sent_again(
    world: World, misdeed: Any
) -> None:
    proposal, approval = world.approved()
    lost = False

    def rule(seen: Any) -> Any:
        nonlocal lost
        if seen.method == "PATCH" and not lost:
            lost = True
            return "cut after" if misdeed == "stall" else misdeed
        return None

    world.front.rule = rule
    result = world.executor.execute(proposal, approval)
    assert result.state == "done"
    assert "carries the mark" in result.text
    assert len(world.front.made) == 1
    assert world.image() == BEFORE


def test_a_change_whose_answer_was_lost_is_never_sent_again(world: World) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda seen: "cut before" if seen.method == "PATCH" else None
    doubtful = world.executor.execute(proposal, approval)
    assert doubtful.state == "unknown"
    assert (len(world.front.patches), world.front.made) == (1, [])
    assert world.image() == AFTER
    world.front.rule = lambda _: None
    again = world.executor.execute(proposal, approval)
    assert again.state == "unknown"
    assert "it is not sent again" in again.text
    assert (len(world.front.patches), world.image()) == (1, AFTER)
    assert "mitigation.in_doubt" in world.kinds()
    assert "mitigation.probed" in world.kinds()
    assert "did not run" in world.record().settle(proposal, proposal.key, ran=False, by="ann")
    assert world.executor.execute(proposal, approval).state == "not sent"


def test_a_person_settles_what_the_target_cannot_say(world: World) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda seen: "cut before" if seen.method == "PATCH" else None
    assert world.executor.execute(proposal, approval).state == "unknown"
    record = world.record()
    assert "did not run" in record.settle(proposal, proposal.key, ran=False, by="ann")
    with pytest.raises(ConflictError, match="not in doubt"):
        record.settle(proposal, proposal.key, ran=True, by="ann")
    world.front.rule = lambda _: None
    assert world.executor.execute(proposal, approval).state == "not sent"
    assert world.image() == AFTER


def test_a_change_that_is_under_way_cannot_be_settled_by_a_person(world: World) -> None:
    proposal, approval = world.approved()
    record = world.record()
    record.begin(proposal, proposal.key, proposal.operation, approval=approval)
    with pytest.raises(ConflictError, match="not in doubt"):
        record.settle(proposal, proposal.key, ran=False, by="ann")


def test_a_doubt_that_cannot_be_looked_into_stays_one(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.front.rule = lambda _: "cut before"
    result = world.executor.execute(proposal, approval)
    assert result.state == "unknown"
    assert "could not be looked at" in result.text


def test_killed_before_the_send_it_is_sent_once(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    assert world.executor.execute(proposal, approval).state == "done"
    assert len(world.front.made) == 1


def test_killed_after_the_send_it_is_recognised_and_not_sent_again(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    hands = world.clients.hands(proposal.operation)
    hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
    result = world.executor.execute(proposal, approval)
    assert result.state == "done"
    assert "it ran before the stop" in result.text
    assert len(world.front.made) == 1


def test_killed_before_the_send_and_resumed_too_late_it_is_void(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.clock.ahead = timedelta(minutes=16)
    assert world.executor.execute(proposal, approval).state == "superseded"
    assert world.front.patches == []


def test_killed_around_the_send_and_resumed_on_a_changed_target_it_is_in_doubt(
    world: World,
) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.corner.patch({"spec": {"replicas": 2}})
    result = world.executor.execute(proposal, approval)
    assert result.state == "unknown"
    # Who changed it since may have taken the mark of the change away with it.
    assert "nobody can say whether it ran before" in result.text
    assert world.front.patches == []


def test_the_mark_of_another_home_is_not_taken_for_ours(world: World) -> None:
    proposal, approval = world.approved()
    other = proposal.model_copy(update={"created_at": proposal.created_at.replace(year=2025)})
    assert other.key != proposal.key
    world.corner.patch({"metadata": {"annotations": {MARK: other.key}}})
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    assert world.executor.execute(proposal, approval).state == "done"
    assert len(world.front.made) == 1


def test_a_request_of_a_killed_process_that_arrives_late_is_recognised(world: World) -> None:
    proposal, approval = world.approved()
    hands = world.clients.hands(proposal.operation)
    arrived = threading.Event()

    def rule(seen: Any) -> Any:
        if seen.method == "PATCH" and not arrived.is_set():
            arrived.set()
            # While ours is on its way, the lost one of the killed process lands.
            hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
        return None

    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.front.rule = rule
    assert world.executor.execute(proposal, approval).state == "done"
    marks = world.corner.get()["metadata"]["annotations"]
    assert marks["stanch.dev/operation"] == proposal.key


def test_a_target_that_is_gone_from_the_network_was_not_sent_to(world: World) -> None:
    proposal, approval = world.approved()

    def rule(seen: Any) -> Any:
        begun = world.store.ledger.get(proposal.key) is not None
        return "cut before" if begun and seen.method == "GET" else None

    world.front.rule = rule
    result = world.executor.execute(proposal, approval)
    assert result.state == "not sent", result
    assert world.front.patches == []
    assert world.image() == AFTER


def test_a_lost_answer_that_cannot_be_looked_for_leaves_the_change_in_doubt(world: World) -> None:
    proposal, approval = world.approved()
    sent = threading.Event()

    def rule(seen: Any) -> Any:
        if seen.method == "PATCH":
            sent.set()
            return "cut after"
        return "cut before" if sent.is_set() else None

    world.front.rule = rule
    assert world.executor.execute(proposal, approval).state == "unknown"
    world.front.rule = lambda _: None
    assert world.executor.execute(proposal, approval).state == "done"
    assert len(world.front.made) == 1

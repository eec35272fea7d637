"""A step that a person carries out: begun once, never sent, ended by that person's word."""

from pathlib import Path
from typing import Any

import pytest

from stanch.executor.record import ChangeRecord
from stanch.store import ConflictError
from stanch.tools.operations import DoByHand
from tests.gate.gate_world import World

STEP = DoByHand(
    name="promote",
    title="Promote the standby",
    purpose="failover",
    worst="mutate",
    namespace="shop",
    lines=("promote",),
)


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path / "home")
    yield made
    made.store.close()


def begun(world: World) -> Any:
    asked = world.propose(STEP)
    world.vote(asked.id, "ann")
    result = world.execute(asked.id)
    assert result is not None
    assert (result.state, result.text) == ("unknown", STEP.asks)
    return asked


def doubts(world: World) -> list[dict[str, Any]]:
    events = world.store.journal.events("INC-1")
    return [one.data for one in events if one.type == "mitigation.in_doubt"]


@pytest.mark.parametrize(
    ("ran", "state", "says"),
    [(True, "done", "carried it out"), (False, "not sent", "did not carry it out")],
)
def test_it_ends_with_the_word_of_a_person(world: World, ran: bool, state: str, says: str) -> None:
    asked = begun(world)
    [doubt] = doubts(world)
    assert doubt["by_hand"] is True
    proposal = world.proposal(asked.id)
    record = ChangeRecord(world.store, world.clock)
    record.settle(proposal, proposal.key, ran=ran, by="bob", note="the standby is up")
    after = world.execute(asked.id)
    assert after is not None
    assert (after.state, after.text) == (state, f"bob says that they {says}: the standby is up")
    assert world.target.ran == []
    with pytest.raises(ConflictError, match="not in doubt"):
        record.settle(proposal, proposal.key, ran=ran, by="bob")


def test_it_is_asked_for_once_however_often_it_is_taken_up_again(world: World) -> None:
    asked = begun(world)
    world.reopen()
    again = world.execute(asked.id)
    assert again is not None
    assert (again.state, again.text) == ("unknown", STEP.asks)
    assert len(doubts(world)) == 1


def test_a_process_that_ended_before_it_asked_leaves_the_question_and_no_second_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    asked = world.propose(STEP)
    world.vote(asked.id, "ann")
    with monkeypatch.context() as patched:
        patched.setattr(ChangeRecord, "doubt", ends)
        with pytest.raises(KeyboardInterrupt):
            world.execute(asked.id)
    entry = world.store.ledger.get(world.proposal(asked.id).key)
    assert entry is not None
    assert entry.state == "started"
    world.reopen()
    after = world.execute(asked.id)
    assert after is not None
    assert (after.state, after.text) == ("unknown", STEP.asks)
    assert len(doubts(world)) == 1

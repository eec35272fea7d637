"""A person's word on a change in doubt, and what the journal tells of hosts and rehearsals."""

from pathlib import Path
from typing import Any

import pytest

from stanch.executor import Purpose
from stanch.executor.record import ChangeRecord
from stanch.executor.situation import situation_of
from stanch.store import ConflictError, Store
from stanch.tools.operations import RestartUnit
from tests.gate.gate_world import Killed, World
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import needs


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path / "home", arrive=False)
    yield made
    made.store.close()


def test_a_word_that_comes_when_the_change_is_taken_up_again_is_not_written(world: World) -> None:
    """It would end the account of a change that is being sent, which would then be made twice."""
    asked = world.propose()
    world.vote(asked.id, "ann")
    world.target.mood = "lost before"
    result = world.execute(asked.id)
    assert result is not None
    assert result.state == "unknown"
    proposal = world.proposal(asked.id)
    record = ChangeRecord(world.store, world.clock)
    get = world.store.ledger.get

    def overtaken(key: str) -> Any:
        entry = get(key)
        # Another process finds that it never arrived, and is about to send it.
        record.again(proposal, key)
        return entry

    world.store.ledger.get = overtaken  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="not in doubt"):
        record.settle(proposal, proposal.key, ran=False, by="ann")
    entry = get(proposal.key)
    assert entry is not None
    assert entry.state == "started"


def test_a_host_whose_change_could_not_be_taken_back_stays_busy(store: Store) -> None:
    unit = RestartUnit(host="edge-1", unit="nginx.service", invocation="")
    asked = samples.proposal(operation=unit)
    samples.ask(store, asked)

    def log(kind: Any, key: str, **data: Any) -> None:
        facts = {"proposal": "P-1", "key": key, **data}
        store.journal.append(samples.entry(kind, data=facts))

    def busy() -> frozenset[str]:
        now = samples.NOW
        return situation_of(store, unit, Purpose(), incident="INC-1", now=now).busy_hosts

    log("mitigation.started", asked.key, target=unit.target, inverse=False)
    log("mitigation.finished", asked.key, result="done")
    log("mitigation.started", f"{asked.key}:inverse", target=unit.target, inverse=True)
    log("mitigation.finished", f"{asked.key}:inverse", result="refused")
    assert busy() == {"edge-1"}
    log("mitigation.finished", f"{asked.key}:inverse", result="done")
    assert busy() == frozenset()


def test_what_was_taken_back_with_its_plan_has_not_held(store: Store) -> None:
    """A change that was verified, and undone when its plan failed, rehearsed nothing (MIT-23)."""
    asked = samples.proposal(needs=needs(environment="staging"))
    samples.ask(store, asked)

    def log(kind: Any, **data: Any) -> None:
        store.journal.append(samples.entry(kind, data={"proposal": "P-1", **data}))

    def held() -> Any:
        change, now = samples.roll_back(), samples.NOW
        return situation_of(store, change, Purpose(), incident="INC-1", now=now).held

    operation = asked.operation.model_dump(mode="json")
    log("mitigation.started", key=asked.key, target="x", operation=operation, inverse=False)
    log("verification.passed")
    assert len(held()) == 1
    log("verification.failed", text="the plan that it belongs to failed")
    assert held() == ()


def test_a_request_that_arrived_late_is_not_said_to_be_void_while_nobody_can_look(
    world: World,
) -> None:
    """It was sent again after a look, arrived meanwhile, and the target does not answer now."""
    asked = world.propose()
    world.vote(asked.id, "ann")
    world.target.mood = "late"

    def die(name: str) -> None:
        if name == "probe":
            raise Killed

    world.target.before = die
    with pytest.raises(Killed):
        world.execute(asked.id)
    world.reopen()

    def arrive(name: str) -> None:
        if name == "send":
            world.target.deliver()
            world.target.blind = True

    world.target.before = arrive
    second = world.execute(asked.id)
    assert world.target.ran == [world.proposal(asked.id).key]
    assert second is not None
    assert second.state == "unknown"
    world.target.blind = False
    third = world.execute(asked.id)
    assert third is not None
    assert third.state == "done"
    assert world.doubled() == world.misreported() == 0

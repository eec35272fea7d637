"""An approved change runs once, or not at all, and the journal says which."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from stanch.executor import NotAllowedError, Purpose
from stanch.incident import ApprovalState
from stanch.policy import BreakGlass, Policy, PolicyError
from stanch.store import ConflictError, Store, TamperedError, hold, verify
from tests.contracts.executor.conftest import BEFORE, POLICY, World, open_world
from tests.unit import incident_samples as samples

pytestmark = pytest.mark.cluster


def test_an_approved_change_is_made_once_however_often_it_is_asked_for(world: World) -> None:
    proposal, approval = world.approved()
    first = world.executor.execute(proposal, approval)
    again = world.executor.execute(proposal, approval)
    assert (first.state, again.state) == ("done", "done")
    assert len(world.front.made) == 1
    assert world.image() == BEFORE
    assert world.store.approvals.get("A-1").state is ApprovalState.USED
    kinds = [k for k in world.kinds() if k.startswith(("approval", "mitigation"))]
    assert kinds == [
        "approval.requested",
        "approval.voted",
        "approval.approved",
        "approval.used",
        "mitigation.started",
        "mitigation.finished",
    ]
    assert verify(world.store.database).faults == ()


@pytest.mark.parametrize("state", ["pending", "rejected", "expired", "superseded", "used"])
def test_without_an_approval_that_holds_nothing_is_sent(world: World, state: str) -> None:
    proposal = world.proposal()
    approval = world.ask(proposal)
    if state != "pending":
        way = [ApprovalState.APPROVED] if state == "used" else []
        for to in (*way, ApprovalState(state)):
            with world.store.database.write() as connection:
                world.store.approvals.move(connection, "A-1", to=to, now=world.clock.now())
            moved = {"approval": "A-1", "proposal": proposal.id}
            world.store.journal.append(samples.entry(f"approval.{to.value}", data=moved))
    with pytest.raises(ConflictError):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []
    assert world.store.ledger.get(proposal.key) is None


def test_an_approval_that_ran_out_before_the_change_is_not_used(world: World) -> None:
    proposal, approval = world.approved()
    world.clock.ahead = timedelta(minutes=16)
    with pytest.raises(ConflictError, match="ran out"):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []


def test_an_approval_of_another_proposal_is_worth_nothing(world: World) -> None:
    proposal, approval = world.approved()
    other = proposal.model_copy(update={"soak_seconds": 1.0})
    result = world.executor.execute(other, approval)
    assert result.state == "superseded"
    assert "another proposal" in result.text
    assert world.front.patches == []


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (Policy(), "policy denies it now"),
        (POLICY.model_copy(update={"break_glass": BreakGlass(minutes=5)}), "policy was changed"),
        (None, "does not load"),
    ],
)
def test_the_policy_is_asked_again_right_before(
    world: World, policy: Policy | None, says: str
) -> None:
    proposal, approval = world.approved()
    if policy is None:

        def broken() -> Policy:
            raise PolicyError("the policy does not load")

        world.executor._reread = broken
    else:
        world.rules.append(policy)
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded"
    assert says in result.text
    assert world.front.patches == []


def test_a_change_that_the_target_refuses_is_recorded_as_refused(
    world: World,
) -> None:
    proposal, approval = world.approved()
    from tests.contracts.clients.client_front import Canned

    refusal = b'{"kind":"Status","status":"Failure","message":"no","reason":"Forbidden","code":403}'
    world.front.rule = lambda seen: Canned(403, refusal) if seen.method == "PATCH" else None
    result = world.executor.execute(proposal, approval)
    assert result.state == "refused"
    entry = world.store.ledger.get(proposal.key)
    assert entry is not None
    assert entry.state == "refused"


def test_only_one_process_changes_a_target_at_a_time(world: World) -> None:
    proposal, approval = world.approved()
    with (
        hold(world.store.home, f"target-{proposal.operation.target}"),
        pytest.raises(ConflictError, match="held by process"),
    ):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []


def test_two_that_race_for_one_approval_make_one_change(world: World, fronted: Path) -> None:
    proposal, approval = world.approved()
    results: list[str] = []

    def race() -> None:
        store = Store(world.store.home)
        own = open_world(store, fronted, world.corner, world.front)
        try:
            results.append(own.executor.execute(proposal, approval).state)
        except ConflictError:
            results.append("conflict")
        finally:
            own.clients.close()
            store.close()

    threads = [threading.Thread(target=race) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "done" in results
    assert len(world.front.made) == 1


def test_a_preview_of_what_policy_denies_is_not_even_asked(world: World) -> None:
    proposal = world.proposal()
    world.ask(proposal)
    purpose = Purpose(reversible=True)
    shown = world.executor.preview(proposal.operation, purpose, incident="INC-1", key="k")
    assert shown.accepted
    world.rules.append(Policy())
    sent = len(world.front.seen)
    with pytest.raises(NotAllowedError, match="no environment of the policy"):
        world.executor.preview(proposal.operation, purpose, incident="INC-1", key="k")
    assert len(world.front.seen) == sent


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE approvals SET state = 'approved', decided_by = 'ann'",
        "UPDATE approvals SET bound = 'x'",
        "UPDATE proposals SET body = replace(body, 'seconds\":120.0', 'seconds\":0.0')",
        "DELETE FROM journal WHERE seq = 1",
    ],
)
def test_nothing_is_changed_on_the_word_of_a_store_that_was_written_into(
    world: World, statement: str
) -> None:
    proposal = world.proposal()
    approval = world.ask(proposal)
    connection = sqlite3.connect(world.store.home / "stanch.db")
    connection.execute("DROP TRIGGER journal_no_delete")
    assert connection.execute(statement).rowcount == 1
    connection.commit()
    connection.close()
    forged = world.store.approvals.get(approval.id)
    with pytest.raises(TamperedError, match="nothing is changed"):
        world.executor.execute(world.store.records.proposal(proposal.id), forged)
    with pytest.raises(TamperedError):
        world.executor.undo(proposal, forged)
    assert world.front.patches == []


def test_a_change_whose_account_was_deleted_is_not_made_again(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    connection = sqlite3.connect(world.store.home / "stanch.db")
    connection.execute("DELETE FROM ledger")
    connection.execute("UPDATE approvals SET state = 'approved'")
    connection.commit()
    connection.close()
    with pytest.raises(TamperedError):
        world.executor.execute(proposal, approval)
    assert len(world.front.made) == 1


def test_an_older_proposal_than_the_newest_is_not_carried_out(world: World) -> None:
    proposal, approval = world.approved()
    newer = proposal.model_copy(update={"id": "P-2", "revision": 2})
    facts = {"proposal": newer.model_dump(mode="json"), "bound": newer.bound}
    with world.store.database.write() as connection:
        world.store.records.add_proposal(connection, newer, attempt=2)
        last = world.store.journal.add(connection, [samples.entry("proposal.made", data=facts)])
    world.store.journal.mark(last)
    result = world.executor.execute(proposal, approval)
    assert (result.state, result.text) == ("superseded", "a newer proposal was made since")
    assert world.front.patches == []

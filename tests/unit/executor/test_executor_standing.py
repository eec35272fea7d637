"""What an approval stands on: the votes, whose they had to be, and what goes on meanwhile."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stanch.executor import Purpose
from stanch.executor.record import target_lock
from stanch.executor.situation import situation_of
from stanch.incident import ApprovalState, Proposal
from stanch.policy import Approval, Autonomy, Policy
from stanch.store import LedgerEntry
from stanch.tools.operations import DoByHand, RestartUnit
from tests.gate.gate_world import World
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import environment, needs, policy


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path / "home")
    yield made
    made.store.close()


def by_itself() -> Policy:
    """Return a policy that lets what can be put back be made without asking."""
    return policy(environment(autonomy=(Autonomy(kinds=("kubernetes.*",)),)))


def autonomous(world: World) -> Any:
    """Put a change into the store that the policy has approved, as the graph would."""
    rules = by_itself()
    world.policy = rules
    rule = "environments.production.autonomy.0"
    asked = samples.proposal(
        operation=samples.roll_back(),
        observed=world.target.facts(),
        policy_sha256=rules.sha256,
        needs=needs(rule=rule, by_itself=True),
    )
    approval = samples.ask(
        world.store,
        asked,
        state=ApprovalState.APPROVED,
        decided_at=samples.NOW,
        decided_by=f"the policy ({rule})",
        how="policy",
    )
    facts = {"approval": "A-1", "proposal": "P-1", "by": approval.decided_by, "how": "policy"}
    world.store.journal.append(
        samples.entry("approval.approved", data={**facts, "reason": None, "votes": []})
    )
    return approval


def execute(world: World, approval: Any) -> Any:
    proposal = world.store.records.proposal(approval.proposal)
    return world.executor.execute(proposal, approval)


def test_what_the_policy_lets_be_made_by_itself_needs_no_vote(world: World) -> None:
    approval = autonomous(world)
    result = execute(world, approval)
    assert result.state == "done", result.text
    events = world.store.journal.events("INC-1")
    [started] = [one for one in events if one.type == "mitigation.started"]
    assert started.data["by"] == ["the policy (environments.production.autonomy.0)"]


def test_what_the_policy_no_longer_lets_be_made_by_itself_is_not_made(world: World) -> None:
    approval = autonomous(world)
    world.policy = policy()
    assert execute(world, approval).state == "superseded"
    assert world.target.ran == []


def test_an_incident_that_became_worse_needs_the_people_for_it(world: World) -> None:
    rules = policy(
        environment(
            approval=Approval(
                approvers=("ann",), severities={"SEV1": {"mutate": {"approvers": ("bob",)}}}
            )
        )
    )
    world.policy = rules
    name = world.propose().id
    # What was asked under these rules, at the severity of that time.
    with world.store.database.write() as connection:
        proposal = world.proposal(name)
        worse = world.store.records.incident(proposal.incident).model_copy(update={"severity": 1})
        world.store.records.put_incident(connection, worse)
    asked = world.store.approvals.get(name)
    fresh = Proposal.model_validate(proposal.model_dump() | {"policy_sha256": rules.sha256})
    given = asked.model_copy(update={"bound": fresh.bound})
    reason = world.executor._void(fresh, given)
    assert reason == "other people would have to approve it now than when it was asked"


def test_a_target_that_drifted_is_told_from_one_that_cannot_be_seen(world: World) -> None:
    name = world.propose().id
    assert world.executor.drifted(world.proposal(name)) is None
    world.target.blind = True
    assert world.executor.drifted(world.proposal(name)) is None
    world.target.blind = False
    world.target.drift()
    said = world.executor.drifted(world.proposal(name))
    assert said == "the target is not as it was seen: version changed"


def test_hosts_are_busy_until_their_change_is_verified_or_taken_back(world: World) -> None:
    unit = RestartUnit(host="edge-1", unit="nginx.service", invocation="")
    asked = samples.proposal(operation=unit)
    samples.ask(world.store, asked)

    def busy(key: str | None = None) -> frozenset[str]:
        purpose = Purpose(key=key)
        return situation_of(
            world.store, unit, purpose, incident="INC-1", now=samples.NOW
        ).busy_hosts

    def log(kind: Any, **data: Any) -> None:
        facts = {"proposal": "P-1", "key": asked.key, **data}
        world.store.journal.append(samples.entry(kind, data=facts))

    assert busy() == frozenset()
    log("mitigation.started", target=unit.target, inverse=False)
    assert busy() == {"edge-1"}
    assert busy(asked.key) == frozenset()
    log("mitigation.finished", result="done")
    assert busy() == {"edge-1"}
    log("verification.passed")
    assert busy() == frozenset()
    log("mitigation.started", target=unit.target, inverse=False)
    log("mitigation.finished", result="refused")
    assert busy() == frozenset()
    world.store.journal.append(samples.entry("mitigation.started", data={"target": "x"}))
    assert busy() == frozenset()


def test_an_approval_that_has_ended_is_not_voided_again(world: World) -> None:
    from stanch.approvals import supersede

    asked = world.propose()
    supersede(world.store, world.clock, asked, reason="first")
    supersede(world.store, world.clock, asked, reason="second")
    assert world.store.approvals.get(asked.id).reason == "first"


def test_what_held_elsewhere_is_known_by_its_verification_alone(world: World) -> None:
    asked = samples.proposal(needs=needs(environment="staging"))
    samples.ask(world.store, asked)
    change = samples.roll_back(namespace="other")

    def held() -> Any:
        purpose = Purpose()
        return situation_of(world.store, change, purpose, incident="INC-1", now=samples.NOW).held

    def log(kind: Any, **data: Any) -> None:
        world.store.journal.append(samples.entry(kind, data={"proposal": "P-1", **data}))

    log("verification.passed")
    assert held() == ()
    operation = asked.operation.model_dump(mode="json")
    log("mitigation.started", key=asked.key, target="x", operation=operation, inverse=False)
    [one] = held()
    assert (one.environment, one.thing) == ("staging", "deployments/checkout")
    change = samples.roll_back()
    other = RestartUnit(host="edge-1", unit="nginx.service", invocation="")
    purpose = Purpose()
    now = samples.NOW
    assert situation_of(world.store, other, purpose, incident="INC-1", now=now).held == ()


def test_the_way_back_is_judged_for_the_role_whose_change_it_takes_back(world: World) -> None:
    """A ceiling of one role neither takes another's way back away, nor gives it one."""
    world.policy = policy(environment(roles={"devops": "observe"}))
    name = world.propose().id
    change, incident = world.proposal(name).operation, world.proposal(name).incident
    assert world.executor.undoable(change, incident=incident, role="db") is None
    assert "lets devops observe" in str(
        world.executor.undoable(change, incident=incident, role="devops")
    )


def test_what_an_earlier_holder_may_still_send_is_not_sent_again(world: World) -> None:
    name = world.propose().id
    world.vote(name, "ann")
    proposal = world.proposal(name)
    executor, change = world.executor, proposal.operation
    with world.store.hold(target_lock(change)) as lease:
        executor._record_of.begin(
            proposal, proposal.key, change, approval=world.store.approvals.get(name)
        )
        entry = world.store.ledger.get(proposal.key)
        assert entry is not None
        # As on a store that machines share: the holder of this token was not seen to stop.
        lock = replace(lease, stray=lease.token)  # type: ignore[type-var]
        world.store.locks._mine[target_lock(change)] = lock
        ended = executor._ended(proposal, proposal.key, change, entry)
    assert ended is not None
    assert ended.state == "unknown"
    assert "it may send it yet" in ended.text


def test_a_step_by_hand_waits_for_the_word_of_a_person(world: World) -> None:
    asked = samples.proposal()
    by_hand = DoByHand(
        name="promote", title="Promote the standby", purpose="failover", lines=("promote",)
    )
    entry = LedgerEntry(
        key="k", incident="INC-1", proposal="P-1", digest="d", state="unknown", result=None
    )
    ended = world.executor._ended(asked, "k", by_hand, entry)
    assert ended is not None
    assert (ended.state, ended.text) == ("unknown", by_hand.asks)

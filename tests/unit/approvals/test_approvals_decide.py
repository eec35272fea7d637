"""A decision counts once, from a listed person, on what was shown, and in time (MIT-28)."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.approvals import ApprovalError, Identity, approve, expire_due, reject
from stanch.clock import Clock
from stanch.incident import ApprovalState, can_become
from stanch.policy import Approval
from stanch.store import ConflictError, Store, verify
from tests.unit.incident_samples import NOW, ask, proposal
from tests.unit.policy_samples import environment, needs, policy

POLICY = policy(environment(approval=Approval(approvers=("ann", "bob"))))
NEEDS = needs(approvers=("ann", "bob"))
ANN = Identity("ann", "operating system user")


class Still(Clock):
    """A clock that stands at one moment."""

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self.seconds = seconds

    def now(self) -> Any:
        return NOW + timedelta(seconds=self.seconds)


def asked(store: Store, **changes: Any) -> Any:
    return ask(store, proposal(policy_sha256=POLICY.sha256, needs=NEEDS), **changes)


def test_a_listed_person_approves_and_the_journal_says_who(store: Store) -> None:
    one = approve(store, POLICY, Still(), asked(store), who=ANN)
    assert (one.state, one.decided_by, one.how) == ("approved", "ann", "operating system user")
    event = store.journal.events("INC-1")[-1]
    assert (event.type, event.actor.kind, event.actor.id) == ("approval.approved", "human", "ann")
    assert verify(store.database).faults == ()


def test_a_person_who_is_not_listed_decides_nothing(store: Store) -> None:
    one = asked(store)
    for who in (Identity("eve", "operating system user"), Identity("Ann", "x"), Identity("", "x")):
        with pytest.raises(ApprovalError, match="may not decide"):
            approve(store, POLICY, Still(), one, who=who)
        with pytest.raises(ApprovalError, match="ann, bob"):
            reject(store, POLICY, Still(), one, who=who, reason="no")
    assert store.approvals.get("A-1").state is ApprovalState.PENDING


def test_a_policy_that_lists_nobody_lets_nobody_decide(store: Store) -> None:
    one = ask(store, proposal(policy_sha256=POLICY.sha256, needs=needs(approvers=())))
    with pytest.raises(ApprovalError, match="lists nobody"):
        approve(store, POLICY, Still(), one, who=ANN)


def test_a_rejection_needs_a_reason(store: Store) -> None:
    one = asked(store)
    with pytest.raises(ApprovalError, match="needs a reason"):
        reject(store, POLICY, Still(), one, who=ANN, reason="  ")
    done = reject(store, POLICY, Still(), one, who=ANN, reason=" wrong target ")
    assert (done.state, done.reason) == ("rejected", "wrong target")


@pytest.mark.parametrize("seconds", [900.0, 901.0, 10_000_000.0])
def test_an_approval_that_ran_out_cannot_be_given(store: Store, seconds: float) -> None:
    one = asked(store)
    with pytest.raises(ApprovalError, match="expired"):
        approve(store, POLICY, Still(seconds), one, who=ANN)
    assert store.approvals.get("A-1").state is ApprovalState.EXPIRED
    assert [e.type for e in store.journal.events("INC-1")].count("approval.expired") == 1
    assert verify(store.database).faults == ()


def test_a_clock_that_was_set_back_does_not_revive_what_expired(store: Store) -> None:
    one = asked(store)
    assert expire_due(store, Still(1000), "INC-1")
    with pytest.raises(ApprovalError, match="cannot become approved"):
        approve(store, POLICY, Still(10), one, who=ANN)


def test_only_what_is_due_expires(store: Store) -> None:
    asked(store)
    assert not expire_due(store, Still(899), "INC-1")
    assert not expire_due(store, Still(1000), "INC-2")
    assert expire_due(store, Still(1000), "INC-1")
    assert not expire_due(store, Still(1000), "INC-1")


def test_nobody_decides_twice(store: Store) -> None:
    one = asked(store)
    approve(store, POLICY, Still(), one, who=ANN)
    with pytest.raises(ApprovalError, match="is approved by ann"):
        approve(store, POLICY, Still(), one, who=Identity("bob", "x"))
    with pytest.raises(ApprovalError, match="is approved by ann"):
        reject(store, POLICY, Still(), one, who=ANN, reason="late")


def test_of_two_at_the_same_moment_one_wins(store: Store, home: Path) -> None:
    one = asked(store)
    outcomes: list[str] = []

    def decide(name: str) -> None:
        own = Store(home)
        try:
            approve(own, POLICY, Still(), one, who=Identity(name, "x"))
            outcomes.append(name)
        except ApprovalError:
            outcomes.append("too late")
        own.close()

    threads = [threading.Thread(target=decide, args=(n,)) for n in ("ann", "bob") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("too late") == 5
    assert store.approvals.get("A-1").decided_by in {"ann", "bob"}
    assert verify(store.database).faults == ()


def test_a_changed_policy_voids_what_was_asked_under_the_old_one(store: Store) -> None:
    one = asked(store)
    other = policy(environment(approval=Approval(approvers=("ann", "bob"), expires_minutes=5)))
    with pytest.raises(ApprovalError, match="other rules"):
        approve(store, other, Still(), one, who=ANN)
    assert store.approvals.get("A-1").state is ApprovalState.SUPERSEDED


def test_an_approval_that_does_not_fit_its_proposal_is_refused(store: Store) -> None:
    one = asked(store)
    altered = one.model_copy(update={"bound": "0" * 64})
    with pytest.raises(ApprovalError, match="altered"):
        approve(store, POLICY, Still(), altered, who=ANN)
    with store.database.write() as connection, pytest.raises(ConflictError, match="another"):
        store.approvals.move(
            connection, "A-1", to=ApprovalState.APPROVED, now=Still().now(), bound="0" * 64
        )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(way=st.lists(st.sampled_from(ApprovalState), min_size=1, max_size=4))
def test_the_states_move_only_along_their_ways(
    tmp_path_factory: pytest.TempPathFactory, way: list[ApprovalState]
) -> None:
    store = Store(tmp_path_factory.mktemp("home"))
    asked(store)
    state = ApprovalState.PENDING
    for to in way:
        try:
            with store.database.write() as connection:
                store.approvals.move(connection, "A-1", to=to, now=Still().now())
            assert can_become(state, to)
            state = to
        except ConflictError:
            assert not can_become(state, to)
        assert store.approvals.get("A-1").state is state
    store.close()

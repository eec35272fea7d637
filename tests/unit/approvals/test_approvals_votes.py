"""Quorum, four eyes, votes that stay, tokens, and the broken glass."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stanch.approvals import (
    ApprovalError,
    Identity,
    OperatingSystem,
    TokenAuthority,
    abstain,
    approve,
    break_glass,
    mend_glass,
    reject,
    tally,
)
from stanch.clock import Clock
from stanch.executor import glass_until
from stanch.executor.situation import votes_for
from stanch.incident import ApprovalState, Status
from stanch.policy import Approval, Ask, BreakGlass
from stanch.store import ConflictError, NotFoundError, Store, verify
from tests.unit.incident_samples import NOW, ask, incident, proposal
from tests.unit.policy_samples import environment, needs, policy

PEOPLE = ("ann", "bob", "carla")
POLICY = policy(
    environment(approval=Approval(approvers=PEOPLE, mutate=Ask(quorum=2))),
    break_glass=BreakGlass(people=("carla",), minutes=30),
)
NEEDS = needs(approvers=PEOPLE, quorum=2)


class Still(Clock):
    """A clock that stands at one moment."""

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self.seconds = seconds

    def now(self) -> Any:
        return NOW + timedelta(seconds=self.seconds)


def who(name: str) -> Identity:
    return Identity(name, "operating system user")


@pytest.fixture
def asked(store: Store) -> Any:
    return ask(store, proposal(policy_sha256=POLICY.sha256, needs=NEEDS))


def test_it_stands_only_when_as_many_different_people_as_asked_for_said_yes(
    store: Store, asked: Any
) -> None:
    first = approve(store, POLICY, Still(), asked, who=who("ann"))
    assert first.state is ApprovalState.PENDING
    assert tally(store, proposal(needs=NEEDS), asked).missing == 1
    with pytest.raises(ApprovalError, match="ann has answered A-1 already"):
        approve(store, POLICY, Still(), asked, who=who("ann"))
    second = approve(store, POLICY, Still(), asked, who=who("bob"))
    assert (second.state, second.decided_by) == (ApprovalState.APPROVED, "ann, bob")
    kinds = [event.type for event in store.journal.events("INC-1")][2:]
    assert kinds == ["approval.voted", "approval.voted", "approval.approved"]
    assert verify(store.database).faults == ()
    with pytest.raises(ApprovalError, match="approved by ann, bob"):
        approve(store, POLICY, Still(), asked, who=who("carla"))


def test_one_rejection_ends_it(store: Store, asked: Any) -> None:
    approve(store, POLICY, Still(), asked, who=who("ann"))
    ended = reject(store, POLICY, Still(), asked, who=who("bob"), reason="wrong target")
    assert (ended.state, ended.decided_by, ended.reason) == ("rejected", "bob", "wrong target")
    with pytest.raises(ApprovalError, match="rejected"):
        approve(store, POLICY, Still(), asked, who=who("carla"))


def test_who_abstains_is_recorded_and_counts_for_nothing(store: Store, asked: Any) -> None:
    abstain(store, POLICY, Still(), asked, who=who("ann"), reason="I wrote the release")
    with pytest.raises(ApprovalError, match="an answer is not changed"):
        approve(store, POLICY, Still(), asked, who=who("ann"))
    approve(store, POLICY, Still(), asked, who=who("bob"))
    assert store.approvals.get("A-1").state is ApprovalState.PENDING
    assert approve(store, POLICY, Still(), asked, who=who("carla")).decided_by == "bob, carla"
    [vote, *_] = store.votes.of("A-1")
    assert (vote.voter, vote.answer, vote.reason) == ("ann", "abstain", "I wrote the release")


def test_a_vote_can_be_neither_altered_nor_deleted(store: Store, asked: Any) -> None:
    approve(store, POLICY, Still(), asked, who=who("ann"))
    for statement in ("UPDATE votes SET voter = 'bob'", "DELETE FROM votes"):
        with pytest.raises(DBAPIError, match="append-only"), store.database.write() as connection:
            connection.execute(text(statement))


def test_rows_that_somebody_wrote_are_no_votes_for_the_journal(store: Store, asked: Any) -> None:
    approve(store, POLICY, Still(), asked, who=who("ann"))
    with store.database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO votes (approval, voter, bound, how, answer, at) "
                "SELECT approval, 'bob', bound, how, answer, at FROM votes"
            )
        )
    events = store.journal.events("INC-1")
    assert votes_for(events, asked, store.records.proposal("P-1")) == ("ann",)
    assert any("vote of bob on A-1" in fault for fault in verify(store.database).faults)


def test_a_vote_for_another_proposal_does_not_count(store: Store, asked: Any) -> None:
    approve(store, POLICY, Still(), asked, who=who("ann"))
    other = proposal(policy_sha256=POLICY.sha256, needs=NEEDS, soak_seconds=1.0)
    assert votes_for(store.journal.events("INC-1"), asked, other) == ()


def test_people_that_vote_at_the_same_moment_each_count_once(store: Store, asked: Any) -> None:
    ends: list[str] = []

    def vote(name: str) -> None:
        own = Store(store.home)
        try:
            ends.append(approve(own, POLICY, Still(), asked, who=who(name)).state.value)
        except ApprovalError:
            ends.append("late")
        finally:
            own.close()

    threads = [threading.Thread(target=vote, args=(name,)) for name in (*PEOPLE, *PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.votes.of("A-1")) == 2
    assert store.approvals.get("A-1").state is ApprovalState.APPROVED
    assert "approved" in ends


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quorum=st.integers(1, 4),
    answers=st.lists(
        st.tuples(
            st.sampled_from((*PEOPLE, "eve")), st.sampled_from(["approve", "reject", "abstain"])
        ),
        max_size=6,
    ),
)
def test_no_order_of_answers_gives_what_too_few_people_said(
    tmp_path_factory: pytest.TempPathFactory, quorum: int, answers: list[tuple[str, str]]
) -> None:
    store = Store(tmp_path_factory.mktemp("home"))
    rules = needs(approvers=PEOPLE, quorum=quorum)
    one = ask(store, proposal(policy_sha256=POLICY.sha256, needs=rules))
    said: dict[str, str] = {}
    open_ = True
    for name, answer in answers:
        try:
            if answer == "approve":
                approve(store, POLICY, Still(), one, who=who(name))
            elif answer == "reject":
                reject(store, POLICY, Still(), one, who=who(name), reason="no")
            else:
                abstain(store, POLICY, Still(), one, who=who(name), reason="")
        except ApprovalError:
            assert name == "eve" or name in said or not open_
            continue
        assert open_
        said[name] = answer
        ready = list(said.values()).count("approve") >= quorum
        open_ = answer != "reject" and not ready
    yes = [name for name, answer in said.items() if answer == "approve"]
    expected = "rejected" if "reject" in said.values() else "approved" if not open_ else "pending"
    assert store.approvals.get("A-1").state.value == expected
    assert votes_for(store.journal.events("INC-1"), one, store.records.proposal("P-1")) == tuple(
        yes
    )
    store.close()


def test_a_token_says_who_somebody_is_until_it_ends(store: Store) -> None:
    clock = Still(0)
    expires = NOW + timedelta(hours=1)
    token = store.tokens.issue("dora", by="ann", now=NOW, expires=expires)
    assert TokenAuthority(store, clock).identify(token) == Identity("dora", "token 1")
    clock.seconds = 3600
    with pytest.raises(ApprovalError, match="not valid"):
        TokenAuthority(store, clock).identify(token)
    clock.seconds = 0
    store.tokens.revoke(1, by="ann", now=NOW)
    with pytest.raises(ApprovalError, match="not valid"):
        TokenAuthority(store, clock).identify(token)
    with pytest.raises(NotFoundError):
        store.tokens.revoke(1, by="ann", now=NOW)
    with pytest.raises(NotFoundError):
        store.tokens.revoke(7, by="ann", now=NOW)
    told = [(event.type, event.actor.id) for event in store.journal.events("-")]
    assert told == [("token.issued", "ann"), ("token.revoked", "ann")]
    assert verify(store.database).faults == ()
    assert token not in str(store.journal.events("-"))


@pytest.mark.parametrize(
    "change",
    [
        "person = 'ann'",
        "expires_at = expires_at + 1",
        "number = 2",
        "seal = ''",
    ],
)
def test_a_token_that_somebody_altered_in_the_database_is_worth_nothing(
    store: Store, change: str
) -> None:
    token = store.tokens.issue("eve", by="ann", now=NOW, expires=NOW + timedelta(hours=1))
    with store.database.write() as connection:
        connection.execute(text(f"UPDATE tokens SET {change}"))  # noqa: S608 - of this list
    for one in (token, token.replace("stanch-1-", "stanch-2-")):
        assert store.tokens.person(one, now=NOW) is None
    secret = token.rpartition("-")[2]
    assert secret not in (store.home / "stanch.db").read_bytes().decode("latin-1")


@given(token=st.text(max_size=80))
def test_no_other_text_is_a_token(token: str) -> None:
    assert OperatingSystem("ann").identify(token).name == "ann"


@pytest.mark.parametrize("token", ["", "stanch-1-", "stanch-0-x", "stanch-1-" + "a" * 43, "ann"])
def test_a_text_that_was_never_issued_is_nobody(store: Store, token: str) -> None:
    store.tokens.issue("eve", by="ann", now=NOW, expires=NOW + timedelta(hours=1))
    assert store.tokens.person(token, now=NOW) is None


def test_the_glass_is_broken_by_a_listed_person_with_a_reason_for_a_while(store: Store) -> None:
    ask(store, proposal(policy_sha256=POLICY.sha256, needs=NEEDS))
    found, clock = incident(), Still(0)
    with pytest.raises(ApprovalError, match="lists carla under break_glass"):
        break_glass(store, POLICY, clock, found, who=who("ann"), reason="now")
    with pytest.raises(ApprovalError, match="reason"):
        break_glass(store, POLICY, clock, found, who=who("carla"), reason=" ")
    over = found.model_copy(update={"status": Status.CLOSED})
    with pytest.raises(ApprovalError, match="nothing to change"):
        break_glass(store, POLICY, clock, over, who=who("carla"), reason="now")
    assert glass_until(store.journal.events("INC-1")) is None
    until = break_glass(store, POLICY, clock, found, who=who("carla"), reason="users are down")
    assert until == NOW + timedelta(minutes=30)
    assert glass_until(store.journal.events("INC-1")) == until
    mend_glass(store, clock, found, who=who("carla"))
    assert glass_until(store.journal.events("INC-1")) is None


def test_a_vote_that_is_added_twice_in_one_moment_is_one(store: Store, asked: Any) -> None:
    approve(store, POLICY, Still(), asked, who=who("ann"))
    [vote] = store.votes.of("A-1")
    with pytest.raises(ConflictError), store.database.write() as connection:
        store.votes.add(connection, vote)
    assert store.votes.of("A-1") == (vote,)


def test_a_token_that_was_revoked_is_not_revived_by_who_writes_into_the_database(
    store: Store,
) -> None:
    token = store.tokens.issue("eve", by="ann", now=NOW, expires=NOW + timedelta(hours=1))
    other = store.tokens.issue("bob", by="ann", now=NOW, expires=NOW + timedelta(hours=1))
    store.tokens.revoke(1, by="ann", now=NOW)
    with store.database.write() as connection:
        connection.execute(text("UPDATE tokens SET revoked_at = NULL"))
    assert store.tokens.person(token, now=NOW) is None
    assert store.tokens.person(other, now=NOW) is not None


@pytest.mark.parametrize("said", [" ", "\x00", "\u200b\n"])
def test_a_reason_that_nobody_can_read_is_none(store: Store, asked: Any, said: str) -> None:
    with pytest.raises(ApprovalError, match="a rejection needs a reason"):
        reject(store, POLICY, Still(), asked, who=who("ann"), reason=said)
    assert store.votes.of("A-1") == ()

"""The account of a change names its approval, its voters, its reason and its digests."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from stanch.approvals import Identity, abstain, approve
from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.incident import Approval, Proposal
from stanch.incident.event import Event, EventType
from stanch.policy import Approval as Asked
from stanch.store import Store, verify
from tests.unit.incident_samples import NOW, ask, entry, proposal
from tests.unit.policy_samples import environment, needs, policy
from tests.unit.store import tampering

DOCUMENT = Path(__file__).parents[3] / "docs" / "audit.md"
PEOPLE = ("ann", "bob", "cho")
POLICY = policy(environment(approval=Asked(approvers=PEOPLE)))


class Still(Clock):
    """A clock that stands a minute after the request."""

    def now(self) -> datetime:
        return NOW + timedelta(minutes=1)


@pytest.fixture
def approved(store: Store) -> tuple[Proposal, Approval]:
    """Let two of three people approve a change."""
    plan = proposal(policy_sha256=POLICY.sha256, needs=needs(approvers=PEOPLE, quorum=2))
    asked = ask(store, plan)
    cho = Identity("cho", "test")
    abstain(store, POLICY, Still(), asked, who=cho, reason="away")
    approve(store, POLICY, Still(), asked, who=Identity("ann", "test"))
    return plan, approve(store, POLICY, Still(), asked, who=Identity("bob", "test"))


def last(store: Store, kind: str) -> Event:
    return [one for one in store.journal.events("INC-1") if one.type == kind][-1]


def test_a_change_is_journaled_with_who_let_it_and_what_exactly(
    store: Store, approved: tuple[Proposal, Approval]
) -> None:
    plan, given = approved
    ChangeRecord(store, Still()).begin(plan, plan.key, plan.operation, approval=given)
    assert last(store, "approval.used").data == {
        "approval": "A-1",
        "proposal": "P-1",
        "bound": plan.bound,
    }
    sent = last(store, "mitigation.started")
    assert (sent.actor.kind, sent.actor.id) == ("system", "executor")
    told = {name: sent.data[name] for name in sent.data if name not in {"operation", "text"}}
    assert told == {
        "key": plan.key,
        "proposal": "P-1",
        "target": plan.operation.target,
        "inverse": False,
        "approval": "A-1",
        "by": ["ann", "bob"],
        "reason": plan.claim,
        "runbook": plan.runbook,
        "runbook_sha256": plan.runbook_sha256,
        "policy_sha256": POLICY.sha256,
        "bound": plan.bound,
        "digest": plan.operation.digest,
    }
    assert verify(store.database).faults == ()


def test_an_inverse_is_journaled_with_why_and_with_the_word_on_the_change(
    store: Store, approved: tuple[Proposal, Approval]
) -> None:
    plan, given = approved
    record = ChangeRecord(store, Still())
    record.begin(plan, plan.key, plan.operation, approval=given)
    record.end(plan, plan.key, "done", text="it was rolled back")
    facts = {"proposal": "P-1", "text": "too many requests fail", "checks": []}
    store.journal.append(entry("verification.failed", data=facts))
    assert plan.inverse is not None
    key = f"{plan.key}:inverse"
    record.begin(plan, key, plan.inverse, approval=None)
    record.doubt(plan, key, "the answer was lost")
    sent = last(store, "mitigation.started").data
    assert (sent["inverse"], sent["approval"], sent["by"]) == (True, "A-1", ["ann", "bob"])
    assert sent["reason"] == "too many requests fail"
    assert sent["digest"] == plan.inverse.digest != plan.operation.digest
    assert last(store, "mitigation.in_doubt").data["digest"] == plan.inverse.digest
    assert last(store, "mitigation.finished").data["digest"] == plan.operation.digest
    assert verify(store.database).faults == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE votes SET answer = 'approve' WHERE voter = 'cho'",
        "UPDATE votes SET voter = 'eve' WHERE voter = 'ann'",
        "UPDATE votes SET bound = 'x' WHERE voter = 'ann'",
        "DELETE FROM votes WHERE voter = 'bob'",
    ],
)
def test_a_vote_that_is_not_what_the_journal_says_is_found(
    store: Store, approved: tuple[Proposal, Approval], statement: str
) -> None:
    assert approved
    assert verify(store.database).faults == ()
    tampering.write(
        store.home,
        "DROP TRIGGER IF EXISTS votes_no_update",
        "DROP TRIGGER IF EXISTS votes_no_delete",
        statement,
    )
    assert any(one.startswith("the vote of ") for one in verify(store.database).faults)


def test_the_document_of_the_audit_tells_of_every_type_of_entry() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert [one for one in get_args(EventType) if f"`{one}`" not in told] == []

"""Who is taken to have asked for a change, and what becomes of a yes that cannot be used."""

from pathlib import Path
from typing import Any

import pytest

from stanch.approvals import Identity, approve
from stanch.graph.ask import Draft, _requester
from stanch.graph.execute import execute
from stanch.graph.gate import named
from stanch.graph.state import State
from stanch.incident import ApprovalState, Incident, Preview, Question
from stanch.mitigation import Plan
from stanch.runbook.folder import read_folder
from stanch.store import Store
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import Still, context, put
from tests.unit.policy_samples import needs, policy

BOOK = """---
title: A unit hangs
alerts: [{alertname: UnitHangs}]
signs:
  full: {needs: [space], cel: "steps['space'].lines.size() > 0", weight: 2}
hypotheses:
  hangs: {claim: It hangs., for: [full], mitigations: [restart]}
---
## Diagnosis
```sh {name=space}
df -h
```
## Mitigation
```sh {name=restart undo=none verify=signs-cleared}
systemctl restart nginx.service
```
"""


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """Return the draft of the change of one host of a plan."""
    (tmp_path / "book.md").write_text(BOOK)
    [book] = read_folder(tmp_path).runbooks
    change = samples.roll_back()
    return Draft(
        runbook=book,
        step=book.step("restart").model_copy(update={"name": "restart@edge-1"}),
        plan=Plan(
            title="",
            operation=change,
            observed={},
            inverse=None,
            inverse_note="",
            touches=(),
        ),
        preview=Preview(dry_run="accepted", note=""),
        expected={},
        checks=(),
        baseline={},
        evidence=(),
    )


def wanted(store: Store, incident: Incident, mitigation: str) -> None:
    """Let ann choose a mitigation against its record."""
    question = Question(
        id="Q",
        incident=incident.id,
        about="history",
        mitigation=mitigation,
        says="Try it?",
        answers=("try", "people"),
    )
    facts: dict[str, Any] = {"question": question.model_dump(mode="json")}
    store.journal.append(samples.entry("question.asked", data=facts))
    facts = {"question": "Q", "answer": "try", "by": "ann", "how": "test"}
    store.journal.append(samples.entry("question.answered", data=facts))


def test_who_wanted_one_host_of_a_plan_asked_for_its_change(store: Store, draft: Draft) -> None:
    """Four eyes: who chose it against its record is not one of its approvers (MIT-27)."""
    found = put(store)
    assert _requester(context(store), found, draft).startswith("commander")
    wanted(store, found, "book#restart@edge-1")
    assert _requester(context(store), found, draft) == "ann"


def test_who_wanted_another_step_did_not_ask_for_this_one(store: Store, draft: Draft) -> None:
    found = put(store)
    wanted(store, found, "book#restart-all@edge-1")
    assert _requester(context(store), found, draft).startswith("commander")


def test_a_yes_that_cannot_be_used_because_the_target_is_held_does_not_hang(store: Store) -> None:
    """The graph looks again, and may end without another question: nothing stays approved."""
    rules = policy()
    of = samples.proposal(policy_sha256=rules.sha256)
    asked = samples.ask(store, of)
    approve(store, rules, Still(), asked, who=Identity("ann", "test"))
    state: State = {"incident": "INC-1", "proposal": "P-1", "look": 1, "attempt": 1, "tried": []}
    other = Store(store.home)
    with other.hold(f"target-{of.operation.target}"):
        after = execute(context(store), state)
    other.close()
    assert (after["next"], after["look"]) == ("investigate", 2)
    ended = store.approvals.get("A-1")
    assert ended.state is ApprovalState.SUPERSEDED
    assert "is held by process" in str(ended.reason)


@pytest.mark.parametrize(("by_itself", "result"), [(True, "waived"), (False, "met")])
def test_what_no_person_approved_is_not_said_to_be(by_itself: bool, result: str) -> None:
    proposal = samples.proposal(needs=needs(by_itself=by_itself))
    by = "the policy (environments.production.autonomy.0)" if by_itself else "ann"
    given: Any = samples.approval(proposal, state="approved", decided_by=by, how="test")
    assert named(proposal, given)[0] == result
    assert by in named(proposal, given)[1]
    assert named(proposal, None) == ("missed", "nobody is named")

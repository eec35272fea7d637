"""What a named person decided about a change is done, and nothing that nobody decided."""

import pytest

from stanch.approvals import Identity, approve
from stanch.graph.state import State
from stanch.graph.unsure import unsure, wonder
from stanch.incident import Phase, Question
from stanch.service.deciding import answer
from stanch.store import Store
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import Still, context
from tests.unit.policy_samples import policy

STATE: State = {
    "incident": "INC-1",
    "proposal": "P-1",
    "mitigation": "kubernetes/bad-release#undo-rollout",
    "tried": [],
    "look": 1,
    "attempt": 1,
    "question": "P-1:effect",
}


def decided(store: Store, word: str, *, given: bool = True) -> State:
    """Ask about the effect of a change that was made, and return what comes of the answer."""
    rules = policy()
    asked = samples.ask(store, samples.proposal(policy_sha256=rules.sha256))
    if given:
        approve(store, rules, Still(), asked, who=Identity("ann", "test"))
    here = context(store)
    question = Question(
        id="P-1:effect",
        incident="INC-1",
        about="effect",
        proposal="P-1",
        mitigation="a#b",
        says="Keep it, undo it, or look again?",
        answers=("keep", "undo", "again", "try", "people"),
    )
    wonder(here, store.records.incident("INC-1"), question, reason="it could not be verified")
    answer(
        store,
        Still(),
        question,
        word,
        who=Identity("ann", "test"),
        require=lambda _: None,
    )
    after = unsure(here, STATE)
    assert after["question"] == ""
    return after


@pytest.mark.parametrize(
    ("word", "goes", "reason"),
    [
        ("keep", "resolve", "ann decided to keep it; the checks could not show whether it helped"),
        ("undo", "undo", "it could not be verified, and ann decided to undo it"),
        ("again", "verify", "ann asked to look again"),
        ("try", "propose", "ann chose to try it again"),
        (
            "people",
            "hand_over",
            "ann leaves it to people: Keep it, undo it, or look again?",
        ),
    ],
)
def test_each_answer_leads_its_own_way_and_names_who_gave_it(
    store: Store, word: str, goes: str, reason: str
) -> None:
    after = decided(store, word)
    assert (after["next"], after["reason"]) == (goes, reason)
    assert after.get("again") == (1 if word == "again" else None)
    assert after.get("allowed") == (["a#b"] if word == "try" else None)


def test_an_undo_is_journaled_as_a_verification_that_failed_by_a_persons_word(
    store: Store,
) -> None:
    decided(store, "undo")
    [failed] = [e for e in store.journal.events("INC-1") if e.type == "verification.failed"]
    assert failed.data["text"].endswith("and ann decided to undo it")
    assert failed.data["checks"] == []


def test_what_is_kept_passes_the_gate_with_its_checks_waived_and_not_met(store: Store) -> None:
    decided(store, "keep")
    items = [e.data for e in store.journal.events("INC-1") if e.type == "gate.item"]
    assert {one["phase"] for one in items} == {Phase.MITIGATE.value}
    results = {one["item"]: one["result"] for one in items}
    assert results["approved-by-a-person"] == "met"
    assert results["checks-held"] == "waived"


def test_what_no_person_approved_is_not_kept_on_a_word_about_its_effect(store: Store) -> None:
    after = decided(store, "keep", given=False)
    assert after["next"] == "hand_over"
    assert after["reason"] == "the mitigation's gate is not passed"

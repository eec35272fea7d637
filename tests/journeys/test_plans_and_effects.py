"""Plans of several changes, and what is done when nobody can tell whether a change helped.

MIT-19..MIT-27, INV-18, GATE-08, GATE-23: each change is asked for and verified by itself,
evidence is saved before it, and what failed is taken back or put before a named person.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stanch.approvals import ApprovalError, Identity, reject
from stanch.policy import load
from tests.contracts.clients.client_front import Canned, Misdeed, Seen
from tests.journeys.kill_runbooks import path_of
from tests.journeys.kill_scene import POLICY, Scene
from tests.journeys.kill_ways import bad_past, handed_over, here, stage

__all__ = ["bad_past", "here", "stage"]

pytestmark = pytest.mark.cluster


def blind(here: Scene) -> Callable[[Seen], Misdeed | Canned | None]:
    """Return a rule by which nothing can be read any more once a change has arrived."""

    def rule(seen: Seen) -> Misdeed | Canned | None:
        return Canned(503) if here.patches() and seen.method == "GET" else None

    return rule


def unclear(here: Scene, alert: str = "BriefUndo") -> None:
    """Bring the incident to the question whether its change helped."""
    here.open(alert)
    here.go()
    here.approve("A-1")
    here.stage.front.rule = blind(here)
    stopped = here.go()
    assert (stopped.why, stopped.approval, stopped.question) == ("waiting", None, "P-1:effect")
    here.stage.front.rule = lambda _: None


def test_a_plan_is_made_change_by_change_each_with_a_decision_of_its_own(here: Scene) -> None:
    here.open("CarefulPlan")
    assert here.go().approval == "A-1"
    here.approve("A-1")
    assert here.go().approval == "A-2"
    assert here.incident().phase.value == "mitigate"
    assert len(here.patches()) == 1
    first, second = here.proposals()
    assert [first.mitigation, second.mitigation] == ["more-pods", "undo-rollout"]
    assert first.title.endswith("(1 of 2)")
    assert "if it fails, P-1 of the plan is taken back, too" in second.preview.touches
    here.approve("A-2")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert here.image() == "web:v1-ok"
    assert here.corner.get()["spec"]["replicas"] == 2
    assert [e.data["proposal"] for e in here.events("verification.passed")] == ["P-1", "P-2"]


def test_when_a_later_change_of_a_plan_fails_all_of_it_is_taken_back_the_last_one_first(
    bad_past: Scene,
) -> None:
    here = bad_past
    captured = here.corner.get()["spec"]
    here.open("HastyPlan")
    here.go()
    here.approve("A-1")
    assert here.go().approval == "A-2"
    here.approve("A-2")
    assert here.go().why == "final"
    sent = [(e.data["proposal"], e.data["inverse"]) for e in here.events("mitigation.started")]
    assert sent == [("P-1", False), ("P-2", False), ("P-2", True), ("P-1", True)]
    assert here.corner.get()["spec"] == captured
    [first, second] = [e.data["text"] for e in here.events("verification.failed")]
    assert "did not hold in time" in first
    assert "the plan careful that it belongs to failed" in second
    items = {e.data["item"]: e.data for e in here.events("gate.item")}
    assert items["document-checked"]["result"] == "met", items["document-checked"]
    assert "Still in place" not in handed_over(here)


def test_a_kept_change_that_others_have_touched_since_is_not_taken_back(bad_past: Scene) -> None:
    here = bad_past

    def meddle(seen: Seen) -> Misdeed | Canned | None:
        if len(here.patches()) == 3 and seen.method == "GET":
            here.stage.front.rule = lambda _: None
            here.corner.patch({"spec": {"replicas": 3}})
        return None

    here.open("HastyPlan")
    here.go()
    here.approve("A-1")
    here.go()
    here.approve("A-2")
    here.stage.front.rule = meddle
    assert here.go().why == "final"
    assert "others changed the target" in handed_over(here)
    assert here.corner.get()["spec"]["replicas"] == 3


def test_a_rejected_change_of_a_plan_leaves_what_was_kept_to_people(here: Scene) -> None:
    here.open("CarefulPlan")
    here.go()
    here.approve("A-1")
    here.go()
    here.reject("A-2", "the release has a migration")
    assert here.go().why == "final"
    why = handed_over(here)
    assert "the plan careful cannot go on: ann rejected it" in why
    assert "Verified and kept of the plan: kubectl scale" in why
    assert here.corner.get()["spec"]["replicas"] == 2


def test_a_plan_whose_runbook_has_vanished_leaves_what_was_kept_to_people(
    here: Scene, tmp_path: Path
) -> None:
    own = tmp_path / "runbooks"
    shutil.copytree(here.stage.runbooks, own)
    here.open("CarefulPlan")
    here.go(runbooks=own)
    here.approve("A-1")
    path_of(own, "CarefulPlan").unlink()
    assert here.go(runbooks=own).why == "final"
    why = handed_over(here)
    assert "the plan careful cannot go on" in why
    assert "Verified and kept of the plan: kubectl scale" in why


def test_the_next_change_in_turn_is_tried_only_because_the_first_one_failed(
    bad_past: Scene,
) -> None:
    here = bad_past
    here.open("HastyInTurn")
    here.go()
    here.approve("A-1")
    assert here.go().approval == "A-2"
    assert [one.mitigation for one in here.proposals()] == ["undo-rollout", "more-pods"]
    here.corner.settled()
    here.approve("A-2")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert here.image() == "web:v2-ok"


def test_the_first_change_in_turn_that_helps_ends_the_plan(here: Scene) -> None:
    here.open("InTurn")
    here.go()
    here.approve("A-1")
    assert here.go().why == "final"
    assert [one.mitigation for one in here.proposals()] == ["undo-rollout"]
    assert here.incident().status.value == "closed"


def test_a_change_is_made_for_the_canary_first_and_then_for_the_rest(here: Scene) -> None:
    here.open("Staged")
    here.go()
    here.approve("A-1")
    assert here.go().approval == "A-2"
    assert here.corner.get()["spec"]["replicas"] == 2
    canary, rest = here.proposals()
    assert (canary.mitigation, rest.mitigation) == ("grow-to@2", "grow-to@3")
    assert canary.title.endswith("(1 of 2, the canary)")
    here.approve("A-2")
    assert here.go().why == "final"
    assert here.corner.get()["spec"]["replicas"] == 3
    held = [e.data["checks"] for e in here.events("verification.passed")]
    assert [{c["name"]: c["holds"] for c in checks} for checks in held] == [
        {"rollout-complete": True, "capacity-kept": True, "change-holds": True}
    ] * 2


def test_what_a_step_says_comes_then_is_proposed_when_it_was_verified(here: Scene) -> None:
    here.open("Chain")
    here.go()
    here.approve("A-1")
    assert here.go().approval == "A-2"
    assert [one.mitigation for one in here.proposals()] == ["undo-rollout", "more-pods"]


def test_how_it_was_before_and_after_stands_on_the_record(bad_past: Scene) -> None:
    here = bad_past
    here.open("OnlyRestart")
    here.go()
    here.approve("A-1")
    assert here.go().why == "final"
    [effect] = here.events("mitigation.effect")
    assert effect.data["result"] == "verified"
    for side in ("before", "after"):
        assert effect.data[side]["service"] == "1 of 1 pods ready"
        assert effect.data[side]["user_impact"] == "not measured"
        assert [c["name"] for c in effect.data[side]["checks"]] == ["rollout-complete"]
    evidence = here.store.records.evidence("INC-1")
    steps = {one.step for one in evidence.values()}
    items = {e.data["item"]: e.data for e in here.events("gate.item")}
    assert items["document-checked"]["result"] == "met", items["document-checked"]
    [document] = (here.settings.home / "postmortems").glob("*.md")
    said = document.read_text(encoding="utf-8")
    assert "users: not measured; service: 1 of 1 pods ready" in said
    assert "Evidence saved before the change of P-1: 4 readings, 0 could not be taken." in said
    assert {"before-rollout-complete-p-1", "rollout-complete-p-1"} <= steps


def test_the_evidence_that_a_change_destroys_is_saved_before_it_is_sent(here: Scene) -> None:
    here.open("OnlyRestart")
    here.go()
    here.approve("A-1")
    here.go()
    [kept] = here.events("evidence.kept")
    [sent] = here.events("mitigation.started")
    assert kept.seq < sent.seq
    assert kept.data["lost"] == []
    evidence = here.store.records.evidence("INC-1")
    saved = {evidence[name].step for name in kept.data["kept"]}
    names = ("describe", "logs", "previous-logs", "events")
    assert saved == {f"kept-{name}-p-1" for name in names}


def test_what_could_not_be_saved_is_said_and_holds_up_no_change_that_can_be_put_back(
    here: Scene,
) -> None:
    here.open("OnlyUndo")
    here.go()
    here.approve("A-1")
    here.stage.front.rule = lambda seen: Canned(503) if "/log?" in seen.path else None
    assert here.go().why == "final"
    [kept] = here.events("evidence.kept")
    assert [one["what"] for one in kept.data["lost"]] == [
        f"kubectl logs deployment/{here.corner.name} -n shop --all-containers --tail=500"
    ]
    assert "could not be saved" in str([e.data for e in here.events("notice")])
    assert here.incident().status.value == "closed"


def test_a_person_keeps_a_change_that_could_not_be_verified(here: Scene) -> None:
    unclear(here)
    [asked] = here.events("question.asked")
    assert asked.data["question"]["answers"] == ["keep", "undo", "again", "people"]
    assert here.go().question == "P-1:effect"
    here.decide("keep")
    with pytest.raises(ApprovalError, match="asks nothing"):
        here.decide("undo")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    [answered] = here.events("question.answered")
    assert (answered.actor.id, answered.data["answer"]) == ("ann", "keep")
    items = {e.data["item"]: e.data for e in here.events("gate.item")}
    assert items["checks-held"]["result"] == "waived"
    assert "ann decided to keep it" in items["checks-held"]["because"]
    assert items["document-checked"]["result"] == "met", items["document-checked"]
    [document] = (here.settings.home / "postmortems").glob("*.md")
    assert "a person decided: keep" in document.read_text(encoding="utf-8")


def test_a_person_undoes_a_change_that_could_not_be_verified(here: Scene) -> None:
    unclear(here)
    here.decide("undo")
    here.go()
    assert [e.data["inverse"] for e in here.events("mitigation.started")] == [False, True]
    assert here.image() == "web:v2-ok"
    [failed] = here.events("verification.failed")
    assert "ann decided to undo it" in failed.data["text"]


def test_a_person_has_the_change_looked_at_again(here: Scene) -> None:
    unclear(here)
    here.decide("again")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert len(here.patches()) == 1
    results = [e.data["result"] for e in here.events("mitigation.effect")]
    assert results == ["inconclusive", "verified"]


def test_an_answer_that_the_question_does_not_take_is_refused(here: Scene) -> None:
    unclear(here, "BriefRestart")
    with pytest.raises(ApprovalError, match="'undo' is no answer"):
        here.decide("undo")
    here.decide("people")
    assert here.go().why == "final"
    assert "ann leaves it to people" in handed_over(here)


def again(here: Scene) -> str:
    """Open a second incident of the same alert, after a first one in which the undo failed."""
    here.open("HastyUndoThenScale")
    here.go()
    here.approve("A-1")
    here.go()
    here.corner.settled()
    here.approve("A-2")
    assert here.go().why == "final"
    return here.open("HastyUndoThenScale")


def test_what_failed_for_this_alert_before_is_tried_again_only_when_a_person_says_so(
    bad_past: Scene,
) -> None:
    here = bad_past
    two = POLICY.replace("approvers: [ann]", "approvers: [ann, bob]")
    here.settings.policy_file.write_text(two, encoding="utf-8")
    second = again(here)
    stopped = here.go(second)
    # More pods are there already, and going back has failed: nothing is left that is untried.
    assert stopped.approval is None
    assert stopped.question == f"{second}:history:1:way/hastyundothenscale#undo-rollout"
    told = [e.data for e in here.store.journal.events(second) if e.type == "notice"]
    assert "undo-rollout is not proposed by itself. It was made once" in str(told)
    here.decide("try", second)
    stopped = here.go(second)
    assert stopped.approval is not None
    [proposal] = here.store.records.proposals(second)
    assert proposal.mitigation == "undo-rollout"
    assert proposal.risks[-1] == (
        "It was made once for this alert before (INC-1): verified 0, failed 1, inconclusive 0"
    )
    # Who wants it against its record does not approve it too.
    assert (proposal.requested_by, proposal.needs.approvers) == ("ann", ("bob",))
    with pytest.raises(ApprovalError, match="may not decide"):
        here.approve(stopped.approval)
    policy, bob = load(here.settings.policy_file), Identity("bob", "operating system user")
    asked = here.store.approvals.get(stopped.approval)
    reject(here.store, policy, here.clock, asked, who=bob, reason="not tonight")
    assert here.go(second).why == "final"


def test_a_person_leaves_what_failed_before_alone(bad_past: Scene) -> None:
    here = bad_past
    second = again(here)
    here.go(second)
    here.decide("people", second)
    assert here.go(second).why == "final"
    assert here.store.records.proposals(second) == ()
    assert here.incident(second).status.value == "handed over"

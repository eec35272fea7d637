"""The ways of an incident through the graph: each ends final, or at a question that is listed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.approvals import ApprovalError
from stanch.incident import ApprovalState
from stanch.store.ledger import unsettled
from tests.contracts.clients.client_front import Canned, Misdeed, Seen
from tests.journeys.kill_scene import Scene, Stage, released, scene
from tests.journeys.kill_ways import bad_past, handed_over, here, is_patch, lost, settle, stage

__all__ = ["bad_past", "here", "stage"]

pytestmark = pytest.mark.cluster


def test_rejected_mitigations_are_followed_by_the_next_until_none_is_left(here: Scene) -> None:
    here.open("UndoThenScale")
    first = here.go()
    assert first.approval == "A-1"
    here.reject("A-1", "the release has a migration")
    assert here.go().approval == "A-2"
    here.reject("A-2", "no room")
    assert here.go().why == "final"
    assert [one.mitigation for one in here.proposals()] == ["undo-rollout", "more-pods"]
    assert "no mitigation of the runbook is left" in handed_over(here)
    assert here.patches() == []
    [document] = (here.settings.home / "postmortems").glob("*.md")
    assert "the release has a migration" in document.read_text(encoding="utf-8")


def test_an_approval_that_runs_out_is_followed_by_a_fresh_question(here: Scene) -> None:
    here.open()
    assert here.go().approval == "A-1"
    here.expire("A-1")
    assert here.go().approval == "A-2"
    with pytest.raises(ApprovalError):
        here.approve("A-1")
    assert here.patches() == []
    here.approve("A-2")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert len(here.patches()) == 1


def test_a_target_that_drifts_while_people_think_is_asked_about_anew(here: Scene) -> None:
    here.open()
    here.go()
    here.corner.set_image("registry.local/web:v3-ok")
    here.corner.settled()
    here.approve("A-1")
    stopped = here.go()
    assert stopped.approval == "A-2"
    assert here.store.approvals.get("A-1").state is ApprovalState.SUPERSEDED
    assert here.patches() == []
    first, second = here.proposals()
    assert first.observed != second.observed
    here.approve("A-2")
    assert here.go().why == "final"
    assert len(here.patches()) == 1
    assert here.image() == "web:v2-ok"


def test_a_change_that_does_not_help_is_taken_back_by_itself_and_the_next_is_asked_for(
    bad_past: Scene,
) -> None:
    here = bad_past
    captured = here.corner.get()["spec"]
    here.open("HastyUndoThenScale")
    here.go()
    here.approve("A-1")
    stopped = here.go()
    assert stopped.approval == "A-2"
    assert here.corner.get()["spec"] == captured
    assert len(here.patches()) == 2
    assert [e.data["inverse"] for e in here.events("mitigation.started")] == [False, True]
    assert [one.mitigation for one in here.proposals()] == ["undo-rollout", "more-pods"]
    looks = [e.data["round"] for e in here.events("hypotheses.weighed")]
    assert looks == [1, 2]
    here.corner.settled()
    here.approve("A-2")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert here.corner.get()["spec"]["replicas"] == 2


def test_an_inverse_that_would_undo_the_work_of_others_is_left_to_people(bad_past: Scene) -> None:
    here = bad_past

    def meddle(seen: Seen) -> Misdeed | None:
        if here.patches() and not is_patch(seen):
            here.stage.front.rule = lambda _: None
            here.corner.set_image("registry.local/web:v4-crash")
        return None

    here.open("HastyUndo")
    here.go()
    here.approve("A-1")
    here.stage.front.rule = meddle
    assert here.go().why == "final"
    assert "others changed the target" in handed_over(here)
    assert here.image() == "web:v4-crash"
    assert len(here.patches()) == 1


def test_a_change_without_a_way_back_is_said_to_have_none(stage: Stage, tmp_path: Path) -> None:
    here = scene(stage, tmp_path / "home")
    released(here.corner, after="v2-crash")
    here.open("HastyRestart")
    here.go()
    [proposal] = here.proposals()
    assert proposal.inverse is None
    here.approve("A-1")
    assert here.go().why == "final"
    assert len(here.patches()) == 1
    assert "a restart has no way back" in str([e.data for e in here.events("notice")])
    handed_over(here)
    here.sound()
    here.close()


def test_a_change_whose_checks_cannot_be_read_stays_and_a_person_is_asked(here: Scene) -> None:
    def blind(seen: Seen) -> Misdeed | Canned | None:
        return Canned(503) if here.patches() and seen.method == "GET" else None

    here.open("BriefRestart")
    here.go()
    here.approve("A-1")
    here.stage.front.rule = blind
    stopped = here.go()
    assert (stopped.why, stopped.question) == ("waiting", "P-1:effect")
    assert len(here.patches()) == 1
    here.decide("people")
    assert here.go().why == "final"
    assert "could not be verified" in handed_over(here)


@pytest.mark.parametrize(("misdeed", "ran"), [("cut after", True), ("cut before", False)])
def test_a_change_in_doubt_waits_for_the_word_of_a_person(
    here: Scene, misdeed: Misdeed, ran: bool
) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    lost(here, misdeed)
    stopped = here.go()
    assert stopped.doubt == here.proposals()[0].key
    here.sound()
    assert here.go().doubt == stopped.doubt
    here.stage.front.rule = lambda _: None
    settle(here, ran=ran)
    assert here.go().why == "final"
    assert len(here.patches()) == 1
    if ran:
        assert here.incident().status.value == "closed"
        assert here.image() == "web:v1-ok"
    else:
        assert handed_over(here)
        assert here.image() == "web:v2-ok"


@pytest.mark.parametrize("ran", [True, False])
def test_an_inverse_in_doubt_waits_for_the_word_of_a_person(bad_past: Scene, ran: bool) -> None:
    here = bad_past
    here.open("HastyUndo")
    here.go()
    here.approve("A-1")
    lost(here, "cut after" if ran else "cut before", nth=2)
    stopped = here.go()
    assert stopped.doubt is not None
    assert stopped.doubt.endswith(":inverse")
    here.stage.front.rule = lambda _: None
    settle(here, ran=ran)
    assert here.go().why == "final"
    assert len(here.patches()) == 2
    assert here.image() == ("web:v2-ok" if ran else "web:v1-crash")
    assert ("was not undone" in handed_over(here)) is not ran


def test_an_alert_that_no_runbook_knows_is_handed_over(here: Scene) -> None:
    here.open("Unheard")
    assert here.go().why == "final"
    assert "no runbook matches" in handed_over(here)


def test_causes_that_cannot_be_told_apart_are_handed_over(here: Scene) -> None:
    here.open("Riddle")
    assert here.go().why == "final"
    assert "no hypothesis leads" in handed_over(here)
    assert here.patches() == []


def test_a_false_alarm_is_closed_without_a_change(here: Scene) -> None:
    here.open("FalseAlarm")
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert here.proposals() == ()
    assert here.patches() == []


def test_a_target_that_is_gone_is_handed_over(here: Scene) -> None:
    here.open()
    here.corner.clean()
    here.corner.until(lambda: here.corner.list("replicasets"), lambda found: found == [])
    assert here.go().why == "final"
    assert handed_over(here)


def test_a_target_that_goes_while_people_think_is_handed_over(here: Scene) -> None:
    here.open()
    here.go()
    here.corner.clean()
    here.corner.until(lambda: here.corner.list("replicasets"), lambda found: found == [])
    here.approve("A-1")
    assert here.go().why == "final"
    assert handed_over(here)
    assert here.patches() == []


def step(here: Scene, action: str) -> None:
    """Do what people, the target or time may do to an incident that waits."""
    waiting = here.pending()
    match action:
        case "approve" if waiting:
            here.approve(waiting[0])
        case "reject" if waiting:
            here.reject(waiting[0])
        case "expire" if waiting:
            here.expire(waiting[0])
        case "drift":
            here.corner.patch({"spec": {"revisionHistoryLimit": 3 + len(here.events())}})
        case "lose the answer":
            lost(here, "cut after", nth=len(here.patches()) + 1)
        case "lose the change":
            lost(here, "cut before", nth=len(here.patches()) + 1)
        case "it ran" | "it did not run" if unsettled(here.store.database, "INC-1"):
            here.stage.front.rule = lambda _: None
            settle(here, ran=action == "it ran")
        case _:
            here.stage.front.rule = lambda _: None


ACTIONS = (
    *("approve", "approve", "reject", "expire", "drift", "it ran", "it did not run"),
    *("lose the answer", "lose the change", "mend"),
)


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(ACTIONS), min_size=2, max_size=7))
def test_whatever_happens_to_it_no_incident_is_stuck_or_silently_over(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory, actions: list[str]
) -> None:
    here = scene(stage, tmp_path_factory.mktemp("walk") / "home")
    released(here.corner)
    try:
        here.open("UndoThenScale")
        here.go()
        for action in actions:
            step(here, action)
            here.go()
            here.sound()
        used = len(here.events("approval.used"))
        assert len(here.events("mitigation.started")) == used
        assert len(here.patches()) <= used
    finally:
        stage.front.rule = lambda _: None
        here.close()

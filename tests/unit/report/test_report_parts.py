"""The parts of the document: what each kind of incident leaves to say and to do."""

import pytest

from stanch.incident import Hypothesis
from stanch.report import Postmortem, check, compose
from stanch.report.rollouts import rollouts
from tests.unit.report.recorded import (
    HISTORY,
    Recorder,
    alert,
    history,
    opened,
    sign,
    template,
)
from tests.unit.report.scenes import NEW, OLD, cured, false_alarm, handed_over, release, second_try


def made(record: Recorder) -> Postmortem:
    return compose(record.incident, record.events, record.evidence)


def test_the_summary_says_what_broke_how_it_ended_and_what_is_learned() -> None:
    felt, why, ended, learned = (claim.text for claim in made(cured()).summary)
    assert "rose to 38.4 %; users were affected for 4 min 20 s." in felt
    assert "5xx come only from version 1.8.3" in why
    assert "--to-revision=6` restored the service" in ended
    assert learned.startswith("Main lesson: ")


def test_a_summary_of_a_hand_over_promises_nothing() -> None:
    felt, why, ended, *_ = (claim.text for claim in made(handed_over()).summary)
    assert "no recovery had been seen" in felt
    assert why.startswith("Likely: ")
    assert ended.startswith("Nothing in production was changed")
    assert "handed over to people" in ended


def test_the_whys_go_from_the_harm_to_the_rollout_and_stop_where_the_evidence_ends() -> None:
    whys = made(cured()).whys
    assert [why.status for why in whys] == ["supported"] * 4 + ["evidence_ends"]
    assert "38.4 %" in whys[0].answer.text
    assert "checkout:1.8.3" in whys[3].answer.text
    assert "missing" in whys[-1].answer.text


def test_an_unconfirmed_cause_is_an_assumed_answer() -> None:
    assert "assumed" in {why.status for why in made(handed_over()).whys}


def test_a_rollback_leaves_an_item_that_makes_it_permanent_and_a_failed_one_does_not() -> None:
    assert [one.replaces for one in made(cured()).actions if one.replaces] == ["P-1"]
    document = made(second_try())
    assert [one.replaces for one in document.actions if one.replaces] == ["P-2"]
    failed, cure = document.changes
    assert (failed.verified, failed.temporary) == ("did not hold", "")
    assert failed.undone.endswith(": done")
    assert (cure.verified, cure.approved_by) == ("held", "jon")


def test_items_are_owned_by_the_team_of_the_runbook_and_due_after_the_incident() -> None:
    document = made(cured())
    assert {one.owner for one in document.actions} == {"team shop"}
    due = {one.priority: one.due for one in document.actions}
    assert due == {"P1": "2026-11-27", "P2": "2026-12-04"}
    record = cured()
    nobody = [e for e in record.events if e.type != "runbook.matched"]
    bare = compose(record.incident, nobody, record.evidence)
    assert {one.owner for one in bare.actions} == {"unassigned team"}


def test_a_false_alarm_asks_for_a_better_rule_and_for_no_repair() -> None:
    document = made(false_alarm())
    assert document.changes == ()
    assert "nothing in it was broken" in document.permanent_fix
    assert {one.kind for one in document.actions} == {"detect", "prevent"}
    assert all("ShopErrorRatioHigh" in one.text for one in document.actions)


def test_what_could_not_be_read_stands_under_not_checked_and_under_went_wrong() -> None:
    document = made(handed_over())
    assert any("E-005" in claim.cites for claim in document.not_checked)
    assert any("E-005" in claim.cites for claim in document.went_wrong)
    assert any("E-005" in one.text for one in document.actions if one.kind == "process")


def test_a_rejected_hypothesis_is_listed_with_what_spoke_against_it() -> None:
    accepted, rejected = made(cured()).considered
    assert accepted.state == "confirmed"
    assert rejected.state == "rejected"
    assert "dependency-exhausted-logged" in rejected.why
    assert rejected.opposing
    first = made(second_try()).considered[1]
    assert first.why == "Rejected: its change, P-1, did not hold its checks."


def test_gates_are_told_by_phase_and_a_missed_item_by_name() -> None:
    record = cured()
    item = {"phase": "resolve", "item": "harm-over", "because": "error ratio 3 %"}
    name = record.tell(386, "gate.item", item | {"result": "missed"})
    document = made(record)
    assert any("gate of the phase mitigate" in claim.text for claim in document.went_well)
    [missed] = [claim for claim in document.went_wrong if name in claim.cites]
    assert "harm-over" in missed.text
    assert check(document, record.events, record.evidence) == ()


def test_a_reading_on_which_several_signs_rest_is_told_once() -> None:
    record = cured()
    twin = sign("new-pods-fail", "The error ratio stands at 38.4 %", "E-001")
    doubled = release(supporting=(*release().supporting, twin))
    record.weigh(390, 2, (doubled,))
    texts = [claim.text for claim in made(record).considered[0].supporting]
    assert len(texts) == len(set(texts)) == 4


def test_an_expired_approval_changes_nothing_and_asks_for_a_reachable_approver() -> None:
    record = handed_over()
    rejected = next(e.seq for e in record.events if e.type == "approval.rejected")
    record.events[rejected - 1 :] = []
    record.tell(1010, "approval.expired", {"approval": "A-1", "proposal": "P-1"})
    document = made(record)
    assert document.facts.outcome == "declined"
    assert document.facts.changed == "no"
    assert any("expired undecided" in one.text for one in document.actions)
    assert any("was not approved and was not run" in c.text for c in document.went_well)
    assert check(document, record.events, record.evidence) == ()


def test_without_a_leading_hypothesis_the_cause_stays_open() -> None:
    record = cured()
    weighed = next(e.seq for e in record.events if e.type == "hypotheses.weighed")
    record.events[weighed - 1 :] = []
    record.weigh(107, 1, (release(state="possible", score=0.4),))
    record.tell(110, "incident.handed_over", {"reason": "no hypothesis is clearly ahead"})
    document = made(record)
    assert document.facts.cause is None
    assert "No hypothesis was clearly ahead" in document.summary[1].text
    assert document.whys[-1].status == "evidence_ends"
    assert check(document, record.events, record.evidence) == ()


def test_a_rollout_with_the_same_image_is_told_by_the_field_that_differs() -> None:
    data = history("checkout", (6, -86400, OLD), (7, -40, NEW))
    newest, before = data["revisions"]
    newest["images"] = before["images"] = [OLD]
    newest["template"] = template(OLD, memory="64Mi")
    before["template"] = template(OLD, memory="256Mi")
    record = opened("checkout fails", alert("KubeContainerOOMKilled", 98, service="checkout"), 99)
    record.see(106, "history", HISTORY, data, "2 revisions")
    _, newest_rollout = rollouts(record.evidence)
    place = "containers[app].resources.limits.memory"
    assert newest_rollout.change == f"`{place}` from `256Mi` to `64Mi`"
    killed = Hypothesis(
        id="kubernetes/out-of-memory#limit-lowered",
        claim="The newest revision lowered the memory limit below what it needs.",
        score=0.9,
        state="leading",
        supporting=(
            sign("memory-limit-lowered-in-rollout", "The limit went from 256Mi to 64Mi", "E-001"),
        ),
    )
    record.weigh(107, 1, (killed,))
    document = made(record)
    assert document.facts.cause is not None
    assert document.facts.cause.theme == "memory"
    assert document.timeline[0].kind == "trigger"
    assert check(document, record.events, record.evidence) == ()


def test_values_of_other_fields_of_a_template_are_not_printed() -> None:
    data = history("checkout", (6, -86400, OLD), (7, -40, OLD))
    for row, value in zip(data["revisions"], ("hunter2", "hunter1"), strict=True):
        row["images"] = [OLD]
        row["replica_set"] = f"checkout-{value}"
        row["template"]["spec"]["containers"][0]["env"][0]["value"] = value
    record = opened("checkout fails", alert("KubePodCrashLooping", 98, service="checkout"), 99)
    record.see(106, "history", HISTORY, data, "2 revisions")
    assert rollouts(record.evidence)[-1].change == (
        "`containers[app].env[PAYMENTS_URL].value` altered"
    )


@pytest.mark.parametrize("result", ["refused", "not sent", "superseded"])
def test_a_change_that_did_not_reach_the_target_is_no_change(result: str) -> None:
    record = cured()
    end = next(e.seq for e in record.events if e.type == "mitigation.finished")
    record.events[end - 1 :] = []
    data = {"key": "k", "proposal": "P-1", "result": result, "text": "the target said no"}
    name = record.tell(184, "mitigation.finished", data)
    document = made(record)
    assert document.facts.changed == "no"
    assert any(name in claim.cites for claim in document.went_wrong)
    assert check(document, record.events, record.evidence) == ()

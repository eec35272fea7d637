"""Facts: what is computed from a whole recorded incident."""

from collections.abc import Callable
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.incident import Event
from stanch.report import check, compose, facts
from tests.unit.report.recorded import START, Recorder, at
from tests.unit.report.scenes import SCENES, cured, false_alarm, handed_over, second_try


def test_times_come_from_the_events_that_mark_them() -> None:
    record = cured()
    known = facts(record.incident, record.events, record.evidence)
    assert known.impact_start == START
    assert known.detected_at == at(98)
    assert known.opened_at == at(103)
    assert known.approved_at == at(181)
    assert known.mitigated_at == at(183)
    assert known.impact_end == at(260)
    assert known.resolved_at == at(383)
    assert known.closed_at is None


def test_durations_are_the_differences_of_the_printed_times() -> None:
    record = cured()
    known = facts(record.incident, record.events, record.evidence)
    spans = {one.name: one.text for one in known.durations}
    assert spans["ttd"] == "1 min 38 s"
    assert spans["approval_wait"] == "1 min 11 s"
    assert spans["impact_duration"] == "4 min 20 s"
    assert spans["response_duration"] == "4 min 45 s"


def test_impact_ends_with_the_first_sample_of_those_that_held_to_the_end() -> None:
    record = cured()
    broken = [event for event in record.events if event.type == "verification.sample"][-2]
    checks = [{"name": "error-ratio-recovered", "holds": False, "text": "error ratio 9 %"}]
    worse = broken.model_copy(update={"data": broken.data | {"checks": checks}})
    events = [worse if event.id == worse.id else event for event in record.events]
    assert facts(record.incident, events, record.evidence).impact_end == at(380)


def test_of_the_curve_and_the_checks_the_one_that_ends_first_tells_the_end() -> None:
    record = cured()
    data = {"onset": at(0).isoformat(), "ended": at(241.5).isoformat(), "peak": 0.384}
    name = record.tell(390, "impact.measured", data)
    assert facts(record.incident, record.events, record.evidence).impact_end == at(241)
    document = compose(record.incident, record.events, record.evidence)
    later = data | {"ended": at(300).isoformat()}
    record.tell(391, "impact.measured", later)
    assert facts(record.incident, record.events, record.evidence).impact_end == at(260)
    [row] = [one for one in document.timeline if one.kind == "impact_ended"]
    assert (row.at, row.event_ids, row.reconstructed) == (at(241), (name,), True)
    assert check(document, record.events, record.evidence) == ()


def test_a_curve_that_is_still_high_at_the_hand_over_has_no_end() -> None:
    record = handed_over()
    data = {"onset": at(0).isoformat(), "ended": None, "peak": 0.384, "ratio_now": 0.38}
    record.tell(170, "impact.measured", data)
    assert facts(record.incident, record.events, record.evidence).impact_end is None


def test_errors_are_weighted_by_their_ratio() -> None:
    record = cured()
    known = facts(record.incident, record.events, record.evidence)
    # A minute of rise to 38.4 %, three minutes on it, and a quarter of a minute of fall.
    area = 60 * 0.384 / 2 + 180 * 0.384 + 15 * 0.384 / 2
    assert known.error_weighted_seconds == pytest.approx(area, abs=0.5)


@pytest.mark.parametrize(
    ("scene", "outcome", "changed", "theme"),
    [
        (cured, "cured", "yes", "release"),
        (second_try, "cured", "yes", "dependency"),
        (false_alarm, "false alarm", "no", "false alarm"),
        (handed_over, "handed over", "no", "release"),
    ],
)
def test_outcome_and_cause_are_read_from_the_journal(
    scene: Callable[[], Recorder], outcome: str, changed: str, theme: str
) -> None:
    record = scene()
    known = facts(record.incident, record.events, record.evidence)
    assert (known.outcome, known.changed) == (outcome, changed)
    assert known.cause is not None
    assert known.cause.theme == theme


def test_a_cause_is_confirmed_by_the_change_that_held_and_by_nothing_less() -> None:
    for scene, certainty in ((cured, "confirmed"), (handed_over, "leading")):
        record = scene()
        known = facts(record.incident, record.events, record.evidence)
        assert known.cause is not None
        assert known.cause.certainty == certainty


def test_a_hypothesis_whose_change_failed_is_no_longer_the_cause() -> None:
    record = second_try()
    failed = next(e.seq for e in record.events if e.type == "verification.failed")
    known = facts(record.incident, record.events[:failed], record.evidence)
    assert known.cause is None
    assert known.outcome == "not cured"


def test_a_change_without_an_answer_leaves_open_whether_anything_was_changed() -> None:
    record = cured()
    started = next(e.seq for e in record.events if e.type == "mitigation.started")
    known = facts(record.incident, record.events[:started], record.evidence)
    assert known.changed == "unknown"
    record.events[started:] = []
    found = {"key": "k", "proposal": "P-1", "found": True, "text": "its mark is on the target"}
    record.tell(200, "mitigation.probed", found)
    assert facts(record.incident, record.events, record.evidence).changed == "yes"


def test_changes_and_refusals_are_counted() -> None:
    record = second_try()
    counts = facts(record.incident, record.events, record.evidence).counts
    assert (counts.changes_done, counts.changes_undone, counts.verifications_failed) == (3, 1, 1)
    record = handed_over()
    counts = facts(record.incident, record.events, record.evidence).counts
    assert (counts.approvals_declined, counts.observations_failed, counts.changes_done) == (1, 1, 0)


def test_an_approver_s_address_is_cut_to_its_first_part() -> None:
    record = second_try()
    assert facts(record.incident, record.events, record.evidence).approvers == ("mira", "jon")


@given(minutes=st.integers(-720, 840), scene=st.sampled_from(sorted(SCENES)))
def test_facts_do_not_depend_on_the_time_zone_of_the_journal(minutes: int, scene: str) -> None:
    record = SCENES[scene]()
    zone = timezone(timedelta(minutes=minutes))
    moved = [e.model_copy(update={"at": e.at.astimezone(zone)}) for e in record.events]
    assert _known(record, moved) == _known(record, record.events)


@given(data=st.data(), scene=st.sampled_from(sorted(SCENES)))
def test_facts_do_not_depend_on_the_order_in_which_events_are_handed_in(
    data: st.DataObject, scene: str
) -> None:
    record = SCENES[scene]()
    mixed = data.draw(st.permutations(record.events))
    assert _known(record, mixed) == _known(record, record.events)


def _known(record: Recorder, events: list[Event]) -> str:
    return facts(record.incident, events, record.evidence).model_dump_json()

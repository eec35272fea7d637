"""The timeline: complete, in order, and honest about what was found out later."""

import pytest

from stanch.report import Entry, facts, timeline
from tests.unit.report.recorded import Recorder, at
from tests.unit.report.scenes import SCENES, cured, false_alarm, handed_over, second_try


def rows(record: Recorder) -> tuple[Entry, ...]:
    known = facts(record.incident, record.events, record.evidence)
    return timeline(record.incident, record.events, record.evidence, known)


def test_it_begins_with_the_rollout_that_set_the_failure_off() -> None:
    first, second, third, *_ = rows(cured())
    assert (first.kind, first.at, first.evidence) == ("trigger", at(-40), ("E-002",))
    assert "`checkout:1.8.2` to `checkout:1.8.3`" in first.text
    assert (second.kind, second.at) == ("first_error", at(0))
    assert (third.kind, third.at) == ("detected", at(98))
    assert first.reconstructed
    assert second.reconstructed
    assert third.reconstructed


@pytest.mark.parametrize("scene", [second_try, false_alarm])
def test_a_rollout_that_is_not_to_blame_is_a_change_and_no_trigger(scene: object) -> None:
    assert callable(scene)
    kinds = [row.kind for row in rows(scene())]
    assert "change" in kinds
    assert "trigger" not in kinds


def test_the_first_installation_of_a_deployment_is_no_release() -> None:
    texts = [row.text for row in rows(cured()) if row.kind in {"trigger", "change"}]
    assert len(texts) == 1


def test_a_failed_change_its_undoing_and_the_cure_stand_in_their_order() -> None:
    kinds: list[str] = [row.kind for row in rows(second_try())]
    story = [
        "mitigation_applied",
        "not_verified",
        "mitigation_started",
        "mitigation_applied",
        "mitigation_applied",
        "verified",
    ]
    found = iter(kinds)
    assert all(kind in found for kind in story)
    texts = [row.text for row in rows(second_try())]
    assert any(text.startswith("Undoing of P-1 done") for text in texts)


def test_names_of_people_stand_only_in_the_column_of_who_acted() -> None:
    all_rows = rows(handed_over())
    assert [row.by for row in all_rows if row.kind == "rejected"] == ["mira"]
    assert not any("mira" in row.text for row in all_rows)


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_rows_never_go_back_in_time(scene: str) -> None:
    times = [row.at for row in rows(SCENES[scene]())]
    assert times == sorted(times)


def test_placeholders_of_a_claim_are_filled_from_the_parameters() -> None:
    leading = [row.text for row in rows(cured()) if row.kind == "hypothesis"]
    claim = "Revision 7 of `checkout` answers one route with errors; revision 6 was healthy."
    assert leading == [f"Leading hypothesis: {claim}"]


def test_a_weighing_that_changes_nothing_adds_no_row() -> None:
    record = cured()
    again = next(e for e in record.events if e.type == "hypotheses.weighed")
    record.tell(400, "hypotheses.weighed", again.data)
    assert [row.kind for row in rows(record)].count("hypothesis") == 1

"""Scores of drills: what counts as right, what as wrong, and what is kept of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from stanch.cli.drill_report import markdown, summary
from stanch.incident import Actor
from stanch.runbook.folder import read_folder
from stanch.service import drills
from stanch.service.drill import Case, Score, cases, failed, from_json, middle, score
from stanch.service.runbooks import lint
from stanch.settings import Settings
from stanch.store import Entry, Store
from tests.unit import incident_samples as samples

CASE = Case(
    fault="bad-release",
    seed=3,
    runbook="kubernetes/bad-release",
    cause="kubernetes/bad-release#bad-release",
    action="kubernetes/bad-release#undo-rollout",
)
GOOD = Score(
    fault="bad-release",
    seed=3,
    runbook=CASE.runbook,
    alert="ShopErrorRatioHigh",
    cause=CASE.cause,
    found=CASE.cause,
    action=CASE.action,
    done=(CASE.action or "",),
    proposed_after=40.0,
    recovered_after=200.0,
    read_seconds=0.5,
    operations=12,
    well=True,
    by_hand=False,
    unexpected=(),
    status="closed",
)


def changed(**values: Any) -> Score:
    return from_json({**GOOD.as_json(), **values})


@pytest.mark.parametrize(
    ("score", "cause", "action", "wrong"),
    [
        (GOOD, True, True, ()),
        (changed(found=""), False, True, ()),
        (changed(done=[]), True, False, ()),
        (changed(done=["x#restart"]), True, False, ("x#restart",)),
        (changed(done=[CASE.action, "x#scale"]), True, False, ("x#scale",)),
        (changed(unexpected=["changed: services/a"]), True, True, ("changed: services/a",)),
        (changed(action=None, done=[]), True, True, ()),
        (changed(action=None), True, False, (CASE.action,)),
    ],
)
def test_cause_and_change_are_judged_apart(
    score: Score, cause: bool, action: bool, wrong: tuple[str, ...]
) -> None:
    assert (score.right_cause, score.right_action, score.wrong_changes) == (cause, action, wrong)


def test_a_score_comes_back_from_its_json_as_it_was() -> None:
    assert from_json(GOOD.as_json()) == GOOD


def test_a_case_is_scored_by_its_journal(store: Store) -> None:
    proposal = samples.proposal()
    incident = samples.incident()
    with store.database.write() as connection:
        store.records.add_incident(connection, incident)
        store.records.add_proposal(connection, proposal, attempt=1)

    def tell(kind: Any, seconds: float, data: dict[str, Any]) -> None:
        store.journal.append(
            Entry(
                at=samples.NOW + timedelta(seconds=seconds),
                incident="INC-1",
                actor=Actor(kind="system", id="test"),
                phase="mitigate",
                type=kind,
                data=data,
            )
        )

    weighed = {"round": 1, "by": "rules"}
    tell("hypotheses.weighed", 1, {**weighed, "hypotheses": []})
    leading = {"id": CASE.cause, "state": "leading"}
    tell("hypotheses.weighed", 2, {**weighed, "hypotheses": [leading]})
    tell("proposal.made", 30, {})
    ended = {"key": "k", "proposal": "P-1", "result": "done", "text": ""}
    tell("mitigation.finished", 40, ended)
    tell("mitigation.finished", 41, {**ended, "key": "k:inverse"})
    tell("verification.passed", 170, {})
    found = score(CASE, store, "INC-1", verdict={"well": True, "unexpected": []}, by_hand=False)
    assert found.found == CASE.cause
    assert found.done == (CASE.action,)
    assert (found.proposed_after, found.recovered_after) == (30.0, 170.0)
    assert found.right_action


def test_the_cases_are_those_that_runbooks_declare(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(
        "---\ntitle: One\nalerts: [{alertname: A}]\n"
        "hypotheses:\n  gone: {claim: It is gone., for: [recent-rollout]}\n"
        "drills:\n- {fault: oom, cause: gone}\n- {fault: dns, cause: other#x}\n"
        "---\n## Diagnosis\n```sh\nkubectl get pods -n shop\n```\n"
    )
    folder = read_folder(tmp_path)
    found = cases(folder.runbooks, seeds=range(1, 3))
    assert [(one.fault, one.seed, one.cause, one.action) for one in found] == [
        ("oom", 1, "one#gone", None),
        ("oom", 2, "one#gone", None),
        ("dns", 1, "other#x", None),
        ("dns", 2, "other#x", None),
    ]


def test_a_drill_of_a_cause_or_a_change_that_is_not_there_is_refused(tmp_path: Path) -> None:
    text = (
        "---\ntitle: One\nalerts: [{alertname: A}]\ndrills: [{fault: oom, cause: nothing, "
        "action: none-such}]\n---\n## Diagnosis\n```sh\nkubectl get pods -n shop\n```\n"
    )
    (tmp_path / "one.md").write_text(text)
    (tmp_path / "two.md").write_text(text.replace("[{fault", "{a: b}\nx: [{fault"))
    found = [str(one) for one in lint([tmp_path], Settings(home=tmp_path, user="a")).findings]
    assert any("no 'nothing' that could be the cause" in one for one in found)
    assert any("no 'none-such' that could be the action" in one for one in found)
    assert any("drills is not a list" in one for one in found)


def test_the_report_has_a_line_for_each_case_and_counts_them() -> None:
    bad = changed(seed=4, found="", well=False, done=["x#restart"])
    text = markdown([GOOD, bad, failed(CASE, "it | broke")])
    assert text.count("| bad-release |") == 3
    assert "2 of 3 ran to their end" in text
    assert "1 of 2 (50.0%)" in text
    assert "it \\| broke" in text
    assert "wrong or needless changes" in summary([GOOD, bad])
    assert "0 of 0" in summary([failed(CASE, "x")])


def test_the_median_is_that_of_the_values_that_there_are() -> None:
    assert middle([None, 3.0, 1.0, 2.0]) == 2.0
    assert middle([None]) is None


def test_a_drill_that_went_well_keeps_its_runbook_from_being_stale(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", user="ann")
    today = date(2026, 11, 21)
    drills.record(settings, [GOOD, changed(runbook="other", found="")], today=today)
    assert drills.last_passed(settings) == {"kubernetes/bad-release": "2026-11-21"}
    drills.record(settings, [changed(well=False)], today=today)
    assert drills.last_passed(settings) == {}
    assert drills.read(settings)["other"]["passed"] is False


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"passed": true}}'])
def test_a_record_of_drills_that_cannot_be_read_counts_for_nothing(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "drills.json").write_text(text)
    assert drills.last_passed(Settings(home=tmp_path, user="ann")) == {}
    (tmp_path / "drills.json").write_text('{"a": {"passed": true, "last_drill": "soon"}}')
    assert drills.last_passed(Settings(home=tmp_path, user="ann")) == {}

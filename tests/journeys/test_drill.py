"""The journey of `stanch drill`: break, run, judge; and what cannot be drilled."""

import json
from pathlib import Path

import pytest

from tests.journeys.command import Stanch

pytestmark = pytest.mark.timeout(300)

SLOWLY = ("--speed", "30")
"""Of a clock that gives way to a busy machine anyway, but a moment late."""


def test_a_drill_breaks_production_runs_the_incident_and_scores_it(
    stanch: Stanch, tmp_path: Path
) -> None:
    report = tmp_path / "drills.md"
    words = ("drill", "--fault", "bad-release", "--seed", "2", "--report", str(report), *SLOWLY)
    [score] = stanch.json(*words)
    assert (score["fault"], score["seed"], score["error"]) == ("bad-release", 2, "")
    assert score["found"] == score["cause"] == "kubernetes/bad-release#bad-release"
    assert score["done"] == ["kubernetes/bad-release#undo-rollout"]
    assert score["right_cause"]
    assert score["right_action"]
    assert score["well"]
    assert score["wrong_changes"] == []
    assert score["status"] == "closed"
    assert 0 < score["proposed_after"] < score["recovered_after"]
    assert score["operations"] > 5
    assert "| bad-release | 2 |" in report.read_text(encoding="utf-8")
    kept = json.loads((stanch.home / "drills.json").read_text(encoding="utf-8"))
    assert kept["kubernetes/bad-release"]["passed"] is True
    noted = stanch.said("runbook", "lint", "--stale", "90", "--format", "json")
    stale = [one for one in json.loads(noted)["findings"] if one["code"] == "RB069"]
    assert stale
    assert not [one for one in stale if one["path"].endswith("/bad-release.md")]


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        ("service-down", "linux/service-down#restart-unit"),
        ("lock-contention", "postgres/lock-contention#end-idle-holder"),
    ],
)
def test_a_change_of_another_target_is_made_and_its_signs_are_gone(
    stanch: Stanch, fault: str, action: str
) -> None:
    [score] = stanch.json("drill", "--fault", fault, *SLOWLY)
    assert score["error"] == ""
    assert score["done"] == [action]
    assert score["well"]
    assert score["wrong_changes"] == []
    assert score["status"] == "closed"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("drill",), 2, "--all or --fault"),
        (("drill", "no/such"), 1, "there is no runbook 'no/such'"),
        (("drill", "--fault", "gremlins"), 1, "declares a drill of the fault 'gremlins'"),
    ],
)
def test_what_cannot_be_drilled_is_said_in_one_sentence(
    stanch: Stanch, words: tuple[str, ...], code: int, says: str
) -> None:
    assert says in stanch.refused(*words, code=code)

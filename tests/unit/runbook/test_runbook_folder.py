import time
from pathlib import Path

import pytest

from stanch.runbook.folder import read_folder
from stanch.runbook.match import match
from stanch.runbook.model import AlertMatch, Runbook
from tests.time_bounds import below, uncovered

from .runbook_samples import GOOD, sample, written


def with_alerts(runbook: Runbook, name: str, *alerts: dict[str, str]) -> Runbook:
    matches = tuple(AlertMatch(labels=labels) for labels in alerts)
    return runbook.model_copy(update={"name": name, "alerts": matches})


@pytest.fixture
def runbook(tmp_path: Path) -> Runbook:
    return sample(tmp_path)


def test_all_runbooks_that_fit_are_returned_the_most_specific_first(runbook: Runbook) -> None:
    runbooks = [
        with_alerts(runbook, "b", {"alertname": "High"}),
        with_alerts(runbook, "a", {"alertname": "High"}),
        with_alerts(runbook, "z", {"alertname": "High"}, {"alertname": "High", "team": "x"}),
        with_alerts(runbook, "other", {"alertname": "Low"}),
        with_alerts(runbook, "part", {"alertname": "Hig"}),
        with_alerts(runbook, "more", {"alertname": "High", "team": "y"}),
    ]
    found = match(runbooks, {"alertname": "High", "team": "x", "pod": "p"})
    assert [(one.runbook.name, one.specificity, one.why) for one in found] == [
        ("z", 2, "alertname=High, team=x"),
        ("a", 1, "alertname=High"),
        ("b", 1, "alertname=High"),
    ]


def test_no_label_fits_nothing(runbook: Runbook) -> None:
    assert match([runbook], {}) == ()


def test_a_folder_gives_its_good_runbooks_and_the_errors_of_the_others(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "kubernetes/b.md")
    written(tmp_path, GOOD, "a.md")
    written(tmp_path, "no front matter", "broken.md")
    written(tmp_path, "# About", "README.md")
    written(tmp_path, "x", ".git/x.md")
    folder = read_folder(tmp_path)
    assert [runbook.name for runbook in folder.runbooks] == ["a", "kubernetes/b"]
    assert list(folder.errors) == ["broken"]


def test_a_later_folder_wins_by_name_even_with_a_broken_runbook(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for name in ("a.md", "b.md", "c.md"):
        written(shipped, GOOD, name)
    written(own, GOOD.replace("A rollout broke", "Our rollout broke", 1), "a.md")
    written(own, "broken", "b.md")
    folder = read_folder(shipped, own, tmp_path / "not there")
    assert [(one.name, one.title.split()[0]) for one in folder.runbooks] == [
        ("a", "Our"),
        ("c", "A"),
    ]
    assert list(folder.errors) == ["b"]


def test_fifty_runbooks_are_read_in_the_time_of_a_keystroke(tmp_path: Path) -> None:
    for number in range(50):
        written(tmp_path, GOOD, f"r{number}.md")
    read_folder(tmp_path)
    durations = []
    for _ in range(3):
        start = time.process_time()
        with uncovered():
            assert len(read_folder(tmp_path).runbooks) == 50
        durations.append(time.process_time() - start)
    below(min(durations), 0.6)

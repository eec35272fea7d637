"""`stanch drill` says in a line what came of a case, and names what cannot be drilled."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stanch.cli import app
from stanch.cli.drill import _line as line
from stanch.service.drill import Case, failed, from_json

CASE = Case(fault="oom", seed=3, runbook="one", cause="one#gone", action="one#restart")
GOOD = {
    **failed(CASE, "").as_json(),
    "found": "one#gone",
    "done": ["one#restart"],
    "well": True,
    "status": "closed",
}


def run(home: Path, *words: str) -> Result:
    env = {"STANCH_HOME": str(home), "STANCH_RUNBOOKS": str(home / "books")}
    return CliRunner(env=env).invoke(app, ["drill", *words])


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "ok     oom (seed 3): cause right; one#restart; well; closed"),
        (
            {"found": "one#other"},
            "LOOK   oom (seed 3): cause WRONG: one#other; one#restart; well; closed",
        ),
        (
            {"found": "", "done": [], "well": False, "status": "handed_over"},
            "LOOK   oom (seed 3): cause WRONG: none led; no change made; NOT well; handed_over",
        ),
        (
            {"by_hand": True},
            "ok     oom (seed 3): cause right; one#restart; well (by hand); closed",
        ),
        (
            {"unexpected": ["other: x"]},
            "LOOK   oom (seed 3): cause right; one#restart; well; closed; WRONG CHANGES: other: x",
        ),
        (
            {"done": ["one#scale"]},
            "LOOK   oom (seed 3): cause right; one#scale; well; closed; WRONG CHANGES: one#scale",
        ),
        ({"error": "no alert fired"}, "ERROR  oom (seed 3): no alert fired"),
    ],
)
def test_a_line_says_what_was_right_and_what_was_not(more: dict[str, Any], text: str) -> None:
    assert line(from_json({**GOOD, **more})) == text


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Return a home with runbooks: one that declares a drill, and one that declares none."""
    folder = tmp_path / "books"
    folder.mkdir()
    steps = "## Diagnosis\n```sh\nkubectl get pods -n shop\n```\n"
    head = "---\ntitle: One\nalerts: [{alertname: A}]\n"
    cause = "hypotheses:\n  gone: {claim: It is gone., for: [recent-rollout]}\n"
    drills = "drills: [{fault: gremlins, cause: gone}]\n"
    (folder / "one.md").write_text(f"{head}{cause}{drills}---\n{steps}", encoding="utf-8")
    (folder / "two.md").write_text(f"{head}---\n{steps}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "name runbooks to drill, or give --all or --fault"),
        (("three",), 1, "there is no runbook 'three'"),
        (("one", "--fault", "oom"), 1, "no runbook here declares a drill of the fault 'oom'"),
        (("two",), 1, "none of these runbooks declares a drill"),
        (("two", "--fault", "gremlins"), 1, "no runbook here declares a drill of the fault"),
        (("one", "--jobs", "0"), 2, "--jobs"),
        (("one", "--speed", "121"), 2, "--speed"),
    ],
)
def test_what_cannot_be_drilled_is_said_before_anything_is_started(
    books: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    done = run(books, *words)
    assert done.exit_code == code
    assert says in done.output
    assert not (books / "drills").exists()


def test_a_case_that_cannot_be_run_is_a_score_that_says_why(books: Path) -> None:
    (books / "drills").write_text("a file where the folder of drills has to be", encoding="utf-8")
    report = books / "report.md"
    done = run(books, "one", "--report", str(report), "--json", "--at-once", "3")
    assert done.exit_code == 1, done.output
    [score] = json.loads(done.stdout)
    assert (score["fault"], score["status"], score["well"]) == ("gremlins", "not run", False)
    assert str(books / "drills" / "gremlins-1") in score["error"]
    assert "| gremlins | 1 |" in report.read_text(encoding="utf-8")
    kept = json.loads((books / "drills.json").read_text(encoding="utf-8"))
    assert kept["one"]["passed"] is False


def test_a_process_of_a_case_that_dies_says_its_last_word(books: Path) -> None:
    env = {
        "STANCH_HOME": str(books),
        "STANCH_RUNBOOKS": str(books / "books"),
        # No Python of that home can start: the process of the case ends before it says anything.
        "PYTHONHOME": str(books / "no-python"),
    }
    report = books / "report.md"
    words = ["drill", "one", "--seeds", "2", "--compare", "--report", str(report)]
    done = CliRunner(env=env).invoke(app, words)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    for seed, text in enumerate(lines[:2], start=1):
        assert text.startswith(f"ERROR  gremlins (seed {seed}): the process of the case failed: ")
    assert lines[-1] == f"Report: {report}"
    assert report.read_text(encoding="utf-8").count("the process of the case failed") >= 2

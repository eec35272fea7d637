"""`stanch runbook lint`: for people, for code hosts and for scripts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stanch.cli import app
from stanch.runbook.findings import CODES, NOTES

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
GOOD = """---
title: The queue does not drain
alerts:
  - {alertname: QueueGrows}
---
## Diagnosis

```sh
kubectl get pods -n shop
```
"""
BAD = GOOD.replace("-n shop", "-n shop; date")
NOTED = GOOD.replace("## Diagnosis\n", "## Diagnosis\n\nRun `kubectl get pods -n shop` first.\n")


def lint(home: Path, *words: str) -> Result:
    runner = CliRunner(env={"STANCH_HOME": str(home / "home"), "STANCH_RUNBOOKS": ""})
    return runner.invoke(app, ["runbook", "lint", *words])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "good.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "books" / "a bad, one.md").write_text(BAD, encoding="utf-8")
    return tmp_path


def test_the_runbooks_that_ship_are_clean(tmp_path: Path) -> None:
    done = lint(tmp_path, str(RUNBOOKS))
    assert done.exit_code == 0, done.output
    assert re.search(r"^\d+ good, 0 refused", done.stdout, re.MULTILINE)


def test_without_a_path_the_runbooks_of_the_deployment_are_checked(tmp_path: Path) -> None:
    done = lint(tmp_path)
    assert done.exit_code == 0, done.output
    assert int(done.stdout.split()[0]) >= len(list((RUNBOOKS / "kubernetes").glob("*.md")))


def test_a_finding_is_one_line_with_its_file_line_code_and_remedy(folder: Path) -> None:
    done = lint(folder, "books")
    assert done.exit_code == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("books/a bad, one.md:9: RB020 ';' is a command separator")
    assert done.stdout == "1 good, 1 refused\n"


def test_a_note_is_shown_and_fails_nothing(folder: Path) -> None:
    path = folder / "noted.md"
    path.write_text(NOTED, encoding="utf-8")
    done = lint(folder, "noted.md")
    assert done.exit_code == 0
    assert "noted.md:8: RB016 note: " in done.stderr
    assert done.stdout == "1 good, 0 refused, 1 note\n"


def test_a_path_that_is_not_there_is_one_clear_error(folder: Path) -> None:
    done = lint(folder, "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.output


def test_a_folder_without_a_runbook_is_not_taken_for_good_ones(folder: Path) -> None:
    (folder / "empty").mkdir()
    done = lint(folder, "empty")
    assert done.exit_code == 1
    assert done.stderr == "Error: there is no runbook under empty\n"


def test_json_holds_every_finding_in_fields(folder: Path) -> None:
    done = lint(folder, "books", "--format", "json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["good"], said["refused"]) == (1, 1)
    [finding] = said["findings"]
    assert (finding["line"], finding["code"], finding["level"]) == (9, "RB020", "error")
    assert finding["remedy"]


def test_github_commands_are_escaped_so_that_a_name_cannot_end_a_property(folder: Path) -> None:
    done = lint(folder, "books", "--format", "github")
    [line] = done.stdout.strip().splitlines()
    assert line.startswith("::error file=books/a bad%2C one.md,line=9,title=RB020::")
    assert "\r" not in line


def test_sarif_has_what_the_standard_requires(folder: Path) -> None:
    done = lint(folder, "books", "--format", "sarif")
    assert done.exit_code == 1
    log = json.loads(done.stdout)
    required_by_sarif_2_1_0(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(CODES)
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert {code for code, level in levels.items() if level == "note"} == NOTES
    [result] = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "RB020"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "books/a%20bad%2C%20one.md",
        "uriBaseId": "SRCROOT",
    }
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == folder.as_uri() + "/"
    assert place["region"] == {"startLine": 9}


def test_sarif_names_a_file_elsewhere_by_its_whole_address(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "books")
    outside = folder / "outside.md"
    outside.write_text(BAD, encoding="utf-8")
    log = json.loads(lint(folder, str(outside), "--format", "sarif").stdout)
    required_by_sarif_2_1_0(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": outside.as_uri()}


def required_by_sarif_2_1_0(log: dict[str, Any]) -> None:
    """Hold a log to the required properties, the types and the ranges of the OASIS schema."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    assert isinstance(log["runs"], list)
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert isinstance(driver["name"], str)
        assert driver["name"]
        assert re.fullmatch(r"\d+\.\d+\.\d+[-+.\w]*", driver["semanticVersion"])
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids)
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"].endswith(".")
            assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        for result in run["results"]:
            assert result["message"]["text"]
            assert result["level"] in {"none", "note", "warning", "error"}
            assert 0 <= result["ruleIndex"] < len(ids)
            for location in result["locations"]:
                physical = location["physicalLocation"]
                assert re.fullmatch(r"[\w:/.%~!$&'()*+,;=@-]+", physical["artifactLocation"]["uri"])
                assert physical["region"]["startLine"] >= 1
                base = physical["artifactLocation"].get("uriBaseId")
                assert base is None or run["originalUriBaseIds"][base]["uri"].endswith("/")

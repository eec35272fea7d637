"""Bad input and a bad home: one clear error, a status that is not 0, and nothing lost."""

import json
import os
from pathlib import Path

import pytest

from tests.contracts.clients.client_targets import Corner
from tests.journeys.command import Stanch
from tests.journeys.conftest import AFTER, Words, image

# -- What is typed -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("show", "INC-9"), "there is no incident INC-9; `stanch incidents` lists them"),
        (("timeline", "INC-9"), "there is no incident INC-9"),
        (("postmortem", "INC-9"), "there is no incident INC-9"),
        (("resume", "INC-9"), "there is no incident INC-9"),
        (("settle", "INC-9", "--ran"), "there is no incident INC-9"),
        (("approve", "A-9"), "there is no approval A-9; `stanch pending` lists them"),
        (("reject", "A-9", "--reason", "no"), "there is no approval A-9"),
        (("show", "nonsense"), "'nonsense' is no id; ids look like INC-3"),
        (("show", "A-1"), "'A-1' is no incident; ids of incidents look like INC-1"),
        (("approve", "INC-1"), "'INC-1' is no approval; ids of approvals look like A-1"),
        (("runbook", "show", "none"), "there is no runbook none; there are: "),
        (("open", "Bad", "--param", "shoe=9", "--no-run"), "no runbook has a parameter 'shoe'"),
        (("open", "  ", "--no-run"), "an incident needs a title"),
    ],
)
def test_an_unknown_name_is_refused_by_name(stanch: Stanch, words: Words, hint: str) -> None:
    assert hint in stanch.refused(*words)
    assert stanch.json("incidents") == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("open",), "give either a TITLE or --alertmanager FILE"),
        (("open", "Bad", "--label", "shop"), "'shop' is not of the form name=value"),
        (("open", "--alertmanager", "/nowhere.json"), "'/nowhere.json' does not exist"),
        (("open", "--alertmanager", "-", "--label", "a=b"), "--label goes with a TITLE"),
        (("reject", "A-1"), "Missing option '--reason'"),
        (("opne",), "No such command 'opne'"),
    ],
)
def test_a_wrong_word_shows_the_usage(stanch: Stanch, words: Words, hint: str) -> None:
    assert hint in stanch.refused(*words, code=2)


def test_a_demo_without_a_person_asks_for_approve(stanch: Stanch) -> None:
    assert "give --approve to run unattended" in stanch.refused("demo")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "the body: "),
        ('{"version": "3", "alerts": []}', "webhook version '3' is not known; 4 is"),
        ('{"version": "4"}', "alerts: Field required"),
        ('{"version": "4", "alerts": [{"status": "firing"}]}', "alerts.0.labels: Field required"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_an_alert_that_cannot_be_read_opens_nothing(
    stanch: Stanch, tmp_path: Path, text: str | bytes, hint: str
) -> None:
    file = tmp_path / "alert.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    error = stanch.refused("open", "--alertmanager", str(file))
    assert hint in error
    assert str(file) in error
    stanch.refused("open", "--alertmanager", "-", given=text)
    assert stanch.json("incidents") == []


# -- Runbooks ----------------------------------------------------------------------------


def test_a_broken_runbook_is_named_with_its_line_and_stops_no_other(
    stanch: Stanch, runbook_folder: Path, alert: Words
) -> None:
    broken = runbook_folder / "broken.md"
    text = (runbook_folder / "take-back.md").read_text(encoding="utf-8")
    broken.write_text(text.replace("rollout history", "delete"), encoding="utf-8")
    line = 1 + text[: text.index("kubectl rollout history")].count("\n")
    place = f"{broken}:{line}: RB0"

    for words in (("runbook", "lint"), ("runbook", "list"), ("runbook", "lint", str(broken))):
        done = stanch.run(*words, code=1)
        assert place in done.stderr
    assert "take-back " in stanch.run("runbook", "list", code=1).stdout
    assert place in stanch.refused("runbook", "show", "broken")

    said = stanch.said(*alert)
    assert f"Note       the runbook broken is left out: {place}" in said
    assert "INC-1 waits for a decision on A-1" in said
    assert stanch.said("resume", "INC-1").count("left out") == said.count("left out")


def test_a_folder_of_runbooks_that_is_gone_is_named(stanch: Stanch, alert: Words) -> None:
    stanch.settings["STANCH_RUNBOOKS"] = "/nowhere/runbooks"
    for words in (("runbook", "list"), alert):
        assert "STANCH_RUNBOOKS is no folder: /nowhere/runbooks" in stanch.refused(*words)


# -- The home ----------------------------------------------------------------------------


def test_a_home_that_cannot_be_made_is_named(stanch: Stanch) -> None:
    file = stanch.home / "a-file"
    file.write_text("", encoding="utf-8")
    stanch.home = file / "home"
    for words in (("incidents",), ("init",), ("open", "Bad", "--no-run"), ("demo", "--approve")):
        error = stanch.refused(*words)
        assert str(file) in error
        assert "STANCH_HOME" in error


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("= 1", "stanch.toml cannot be read"),
        ("step_seconds = 0", "the setting 'step_seconds' is not usable"),
        ("shoe_size = 9", "the setting 'shoe_size' is not usable"),
        ('audit_key = "00"', "may not hold 'audit_key': set it in the environment"),
    ],
)
def test_bad_settings_are_named_with_their_file(stanch: Stanch, text: str, hint: str) -> None:
    (stanch.home / "stanch.toml").write_text(text, encoding="utf-8")
    error = stanch.refused("incidents")
    assert hint in error
    assert str(stanch.home / "stanch.toml") in error


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("approval: [", "line 1: it is not YAML"),
        ("version: 1\nchanges: {}", "changes: Extra inputs"),
        ("version: 9", "version"),
    ],
)
def test_a_policy_that_does_not_load_allows_nothing(
    stanch: Stanch, alert: Words, released: Corner, text: str, hint: str
) -> None:
    stanch.said(*alert)
    policy = stanch.home / "policy.yaml"
    good = policy.read_text(encoding="utf-8")
    policy.write_text(text, encoding="utf-8")
    for words in (("approve", "A-1", "--yes"), ("resume", "INC-1")):
        error = stanch.refused(*words)
        assert str(policy) in error
        assert hint in error
        assert "no change is allowed" in error
    policy.write_text(good, encoding="utf-8")
    assert [one["approval"] for one in stanch.json("pending")] == ["A-1"]
    assert image(released) == AFTER


def test_a_damaged_database_is_named_and_left_alone(stanch: Stanch) -> None:
    stanch.said("open", "Bad", "--no-run")
    file = stanch.home / "stanch.db"
    for rest in stanch.home.glob("stanch.db-*"):
        rest.unlink()
    file.write_bytes(b"not a database at all" * 100)
    for words in (("incidents",), ("audit", "verify"), ("open", "Bad", "--no-run")):
        error = stanch.refused(*words)
        assert str(file) in error
        assert "Put back a copy" in error
    assert file.read_bytes() == b"not a database at all" * 100


def test_a_wrong_key_appends_nothing(stanch: Stanch) -> None:
    stanch.said("open", "Bad", "--no-run")
    stanch.settings["STANCH_AUDIT_KEY"] = "ab" * 32
    assert "does not fit the key" in stanch.refused("open", "Worse", "--no-run")
    done = stanch.run("audit", "verify", code=1)
    assert "The journal does not verify." in done.stderr
    told = json.loads(stanch.run("audit", "verify", "--json", code=1).stdout)
    assert not told["good"]
    assert told["faults"]
    stanch.settings["STANCH_AUDIT_KEY"] = "xyz"
    assert "STANCH_AUDIT_KEY is not hexadecimal" in stanch.refused("incidents")
    del stanch.settings["STANCH_AUDIT_KEY"]
    assert stanch.json("audit", "verify")["good"]
    assert len(stanch.json("incidents")) == 1


def test_a_missing_key_is_not_made_anew_over_a_journal(stanch: Stanch) -> None:
    stanch.said("open", "Bad", "--no-run")
    key = stanch.home / "keys" / "journal.key"
    key.unlink()
    assert str(key) in stanch.refused("incidents")
    assert not key.exists()


def test_a_clock_that_is_gone_stops_a_run_but_not_a_look(
    stanch: Stanch, alert: Words, tmp_path: Path
) -> None:
    stanch.said(*alert)
    gone = tmp_path / "gone.json"
    stanch.settings["STANCH_CLOCK"] = str(gone)
    for words in (("resume", "INC-1"), ("approve", "A-1", "--yes"), ("open", "Bad")):
        error = stanch.refused(*words)
        assert f"the clock file {gone} cannot be read" in error
        assert "Unset STANCH_CLOCK" in error
    for look in ("incidents", "show INC-1", "timeline INC-1", "audit verify"):
        assert stanch.said(*look.split())
    del stanch.settings["STANCH_CLOCK"]
    assert [one["approval"] for one in stanch.json("pending")] == ["A-1"]


def test_without_the_sandboxs_packages_the_demo_says_what_to_install(
    stanch: Stanch, tmp_path: Path
) -> None:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def __init__(self, finder):\n"
        "        self.finder = finder\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'uvicorn': return None\n"
        "        return self.finder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = map(Without, sys.meta_path)\n",
        encoding="utf-8",
    )
    environment = stanch.environment() | {"PYTHONPATH": str(blocker)}
    with stanch.program("demo", "--approve", env=environment) as program:
        _, errors = program.communicate(timeout=240)
    assert program.returncode == 1
    assert errors.count("Error: ") == 1
    assert "pip install 'stanch[sandbox]'" in errors
    assert "Traceback" not in errors
    assert os.listdir(stanch.home / "demo" / "practice") in ([], ["lock"])  # noqa: PTH208

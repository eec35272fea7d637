"""Bad input, bad surroundings: one clear error, a status that is not 0, and nothing lost."""

import json
import os
import socket
import time
from pathlib import Path

import pytest
import yaml

from tests.contracts.clients.client_targets import Corner, Target
from tests.journeys.command import ME, PROGRAM, Stanch
from tests.journeys.conftest import AFTER, POLICY, labels
from tests.journeys.pseudo_terminal import terminal

Words = tuple[str, ...]


def image(corner: Corner) -> str:
    return str(corner.get()["spec"]["template"]["spec"]["containers"][0]["image"])


def clock(stanch: Stanch, file: Path, *, ahead: float) -> None:
    """Put the deployment on a clock of its own, `ahead` seconds before the machine's."""
    now = time.time()
    file.write_text(json.dumps({"wall": now, "simulated": now + ahead, "speed": 1.0}), "utf-8")
    stanch.settings["STANCH_CLOCK"] = str(file)


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
        (("demo", "--fault", "gremlins"), "'gremlins' is not one of"),
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


# -- Targets -----------------------------------------------------------------------------


def test_a_missing_kubeconfig_hands_over_and_says_where_it_was_looked_for(
    stanch: Stanch, alert: Words, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.kubeconfig"
    stanch.settings["STANCH_KUBECONFIG"] = str(missing)
    said = stanch.said(*alert, code=4)
    assert str(missing) in said
    assert "INC-1 is handed over." in said
    assert "INC-1" in stanch.said("postmortem", "INC-1")


def test_a_cluster_that_does_not_answer_hands_over(
    stanch: Stanch, alert: Words, bare: Target, tmp_path: Path
) -> None:
    config = bare.config("operator")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{closed.getsockname()[1]}"
        file = tmp_path / "down.kubeconfig"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        stanch.settings |= {"STANCH_KUBECONFIG": str(file), "STANCH_STEP_SECONDS": "1"}
        said = stanch.said(*alert, code=4)
    assert "INC-1 is handed over." in said
    seen = stanch.json("show", "INC-1")
    assert {one["status"] for one in seen["evidence"]} == {"unreachable"}
    assert seen["proposals"] == []


def test_a_credential_without_rights_is_told_in_the_servers_words(
    stanch: Stanch, alert: Words, bare: Target
) -> None:
    stanch.settings["STANCH_KUBECONFIG"] = str(bare.kubeconfig("nobody"))
    said = stanch.said(*alert, code=4)
    assert "forbidden" in said.lower()
    assert {one["status"] for one in stanch.json("show", "INC-1")["evidence"]} == {"refused"}


def test_no_runbook_for_the_alert_hands_over_with_advice(stanch: Stanch) -> None:
    said = stanch.said(*labels("NobodyKnowsThis", "web"), code=4)
    assert "no runbook matches the alert's labels; `stanch runbook list` shows" in said


# -- Decisions ---------------------------------------------------------------------------


def test_an_approval_that_ran_out_is_void_and_asked_anew(
    stanch: Stanch, alert: Words, released: Corner, tmp_path: Path
) -> None:
    clock(stanch, tmp_path / "clock.json", ahead=0)
    stanch.said(*alert)
    clock(stanch, tmp_path / "clock.json", ahead=16 * 60)
    assert "(ran out " in stanch.said("pending")
    error = stanch.refused("approve", "A-1", "--yes")
    assert "A-1" in error
    assert "expired" in error or "ran out" in error
    assert "INC-1 waits for a decision on A-2" in stanch.said("resume", "INC-1")
    assert [one["approval"] for one in stanch.json("pending")] == ["A-2"]
    assert "A-1 is expired already" in stanch.refused("approve", "A-1", "--yes")
    assert image(released) == AFTER


def test_who_is_not_listed_may_not_decide(stanch: Stanch, alert: Words, released: Corner) -> None:
    (stanch.home / "policy.yaml").write_text(POLICY.format(people="ann, bob"), encoding="utf-8")
    assert (
        "May answer  ann, bob"
        in stanch.said(*alert) + stanch.run("approve", "A-1", code=1, given="n\n").stdout
    )
    for words in (("approve", "A-1", "--yes"), ("reject", "A-1", "--reason", "no")):
        error = stanch.refused(*words)
        assert f"{ME} (operating system user) may not decide" in error
        assert "the policy lists ann, bob under approval.people" in error
    assert [one["approval"] for one in stanch.json("pending")] == ["A-1"]
    assert image(released) == AFTER


def test_other_rules_than_those_that_were_asked_under_void_the_approval(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    stanch.said(*alert)
    policy = stanch.home / "policy.yaml"
    policy.write_text(POLICY.format(people=f"{ME}, ann"), encoding="utf-8")
    assert "asked under other rules" in stanch.refused("approve", "A-1", "--yes")
    assert "INC-1 waits for a decision on A-2" in stanch.said("resume", "INC-1")
    assert image(released) == AFTER


def test_a_target_that_drifted_is_not_changed_and_asked_about_anew(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    stanch.said(*alert)
    released.set_image("registry.local/web:v3")
    released.settled()
    done = stanch.run("approve", "A-1", "--yes", code=1)
    assert "A-1 is void and nothing was changed: " in done.stderr
    assert "A fresh proposal is made: `stanch pending`." in done.stderr
    assert image(released) == "registry.local/web:v3"
    assert [one["approval"] for one in stanch.json("pending")] == ["A-2"]


def test_an_answered_approval_is_not_answered_again(stanch: Stanch, alert: Words) -> None:
    stanch.said(*alert)
    stanch.said("approve", "A-1", "--yes")
    assert f"A-1 is used by {ME} already" in stanch.refused("approve", "A-1", "--yes")
    assert "A-1 is used" in stanch.refused("reject", "A-1", "--reason", "too late")
    assert "nothing of INC-1 is in doubt" in stanch.refused("settle", "INC-1", "--ran")


def test_a_second_process_is_kept_off_the_same_incident(stanch: Stanch, alert: Words) -> None:
    with terminal([*PROGRAM, *alert], stanch.environment()) as first:
        first.until("> ")
        error = stanch.refused("resume", "INC-1")
        assert f"INC-1 is held by process {first.program.pid}" in error
        assert stanch.json("pending")[0]["approval"] == "A-1"


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
        ("approval: [", "line 1 is not YAML"),
        ("version: 1\nchanges: {kinds: [kubernetes.delete]}", "changes.kinds"),
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
        _, errors = program.communicate(timeout=60)
    assert program.returncode == 1
    assert errors.count("Error: ") == 1
    assert "pip install 'stanch[sandbox]'" in errors
    assert "Traceback" not in errors
    assert os.listdir(stanch.home / "demo" / "practice") in ([], ["lock"])  # noqa: PTH208

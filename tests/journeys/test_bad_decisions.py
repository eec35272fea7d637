"""Targets that fail and decisions that do not count: said clearly, and nothing is changed."""

import json
import socket
import time
from pathlib import Path

import yaml

from tests.contracts.clients.client_targets import Corner, Target
from tests.journeys.command import ME, PROGRAM, Stanch
from tests.journeys.conftest import AFTER, POLICY, Words, image, labels
from tests.journeys.pseudo_terminal import terminal


def clock(stanch: Stanch, file: Path, *, ahead: float) -> None:
    """Put the deployment on a clock of its own, `ahead` seconds before the machine's."""
    now = time.time()
    file.write_text(json.dumps({"wall": now, "simulated": now + ahead, "speed": 1.0}), "utf-8")
    stanch.settings["STANCH_CLOCK"] = str(file)


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
    assert "no runbook matches the alert; " in said


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
        assert "the policy lists ann, bob under environments.production.approval" in error
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

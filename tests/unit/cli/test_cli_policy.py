"""`stanch policy` says of rules and of proposals what they come to."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stanch.cli import app
from stanch.policy import Policy, Where
from stanch.store import Store
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import environment, policy


def run(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner(env={"STANCH_HOME": str(home)}).invoke(app, ["policy", *words])
    assert done.exit_code == code, done.output
    return done.output


def write(home: Path, rules: Policy) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "policy.yaml"
    file.write_text(yaml.safe_dump(rules.model_dump(mode="json")), encoding="utf-8")
    return file


def test_check_warns_of_an_environment_without_places_and_of_none_at_all(tmp_path: Path) -> None:
    warning = "warning: it names no place, so no change belongs to it"
    write(tmp_path, policy(environment(where=Where())))
    assert warning in run(tmp_path, "check")
    write(tmp_path, policy())
    assert warning not in run(tmp_path, "check")
    write(tmp_path, Policy())
    said = run(tmp_path, "check")
    assert "No environment is listed: nothing may be changed." in said
    assert Policy().sha256 in said


@pytest.mark.parametrize("label", ["severity", "=critical", ""])
def test_a_label_without_a_name_and_a_value_is_refused(tmp_path: Path, label: str) -> None:
    write(tmp_path, policy())
    said = run(tmp_path, "explain", "kubectl get pods", "--label", label, code=2)
    assert f"'{label}' is not NAME=VALUE" in said


def test_a_value_of_a_label_may_hold_an_equals_sign(tmp_path: Path) -> None:
    write(tmp_path, policy())
    assert "allow" in run(tmp_path, "explain", "kubectl get pods -n shop", "--label", "a=b=c")


def test_a_proposal_is_judged_as_its_incident_stands_now(store: Store, home: Path) -> None:
    samples.ask(store)
    text = samples.proposal().operation.as_text()
    write(home, policy())
    asked = json.loads(run(home, "explain", "P-1", "--json"))
    assert asked["operation"] == text
    assert (asked["answer"], asked["needs"]["approvers"]) == ("ask", ["ann"])
    write(home, policy(environment(where=Where(namespaces=("bank",)))))
    refused = json.loads(run(home, "explain", "P-1", "--json"))
    assert (refused["operation"], refused["answer"], refused["needs"]) == (text, "deny", None)
    assert "no environment of the policy lists" in refused["reason"]


def test_a_proposal_that_is_not_there_is_an_error_of_one_sentence(store: Store, home: Path) -> None:
    assert store.records is not None
    write(home, policy())
    said = run(home, "explain", "P-404", code=1)
    assert said.startswith("Error: ")
    assert "P-404" in said


def test_a_change_that_needs_no_approval_says_that_the_policy_lets_it_be_made(
    tmp_path: Path,
) -> None:
    rules = environment(
        autonomy=({"kinds": ["kubernetes.roll_back"]},),
    )
    write(tmp_path, policy(rules))
    undo = "kubectl rollout undo deployment/web -n shop"
    said = run(tmp_path, "explain", undo, "--severity", "SEV3")
    assert "(the policy lets it be made without asking)" in said


def test_diff_names_what_another_policy_says_and_is_silent_of_the_same(tmp_path: Path) -> None:
    old = write(tmp_path / "old", policy())
    write(tmp_path, policy(environment(ceiling="observe")))
    assert "The policies say the same." in run(tmp_path, "diff", str(old), str(old))
    said = run(tmp_path, "diff", str(old), code=1)
    assert '+ "observe"' in said
    [row] = json.loads(run(tmp_path, "diff", str(old), "--json", code=1))
    assert (row["before"], row["after"]) == ("mutate", "observe")

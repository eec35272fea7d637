"""`stanch runbook check`: what one command becomes, and what would be said to it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stanch.cli import app

POLICY = """\
version: 1
environments:
  - name: production
    where: {namespaces: [shop]}
    allow:
      - kinds: [kubernetes.roll_back]
    approval: {approvers: [ada]}
"""


def check(home: Path, *words: str) -> Result:
    return CliRunner(env={"STANCH_HOME": str(home)}).invoke(app, ["runbook", "check", *words])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "policy.yaml").chmod(0o600)
    return tmp_path


def test_a_read_is_shown_with_its_operation_effect_verdict_and_parameters(home: Path) -> None:
    done = check(home, "kubectl get pods -n <namespace> -l app=web")
    assert done.exit_code == 0, done.output
    assert "kubernetes.list" in done.stdout
    assert "namespace: <namespace>" in done.stdout
    assert "observe" in done.stdout
    assert "allow: it only reads" in done.stdout
    assert "<namespace>" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ("kubectl rollout undo deployment/web -n shop", "ask"),
        ("kubectl rollout undo deployment/web -n <namespace>", "ask"),
        ("kubectl rollout undo deployment/web -n bank", "deny"),
        ("kubectl rollout undo deployment/web -n kube-system", "deny"),
        ("kubectl rollout restart deployment/web -n shop", "deny"),
    ],
)
def test_a_change_is_asked_for_only_where_the_policy_lists_it(
    home: Path, command: str, verdict: str
) -> None:
    said = json.loads(check(home, command, "--json").stdout)
    assert said["effect"] == "mutate"
    assert said["verdict"]["answer"] == verdict
    assert said["verdict"]["reason"]


def test_without_a_policy_no_change_is_allowed(tmp_path: Path) -> None:
    said = json.loads(
        check(tmp_path, "kubectl rollout undo deployment/web -n shop", "--json").stdout
    )
    assert said["verdict"] == {
        "answer": "deny",
        "reason": "no environment of the policy lists the namespace shop",
    }


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("kubectl delete pod web-0 -n shop", "destructive"),
        ("helm uninstall shop", "destructive"),
        ("helm list", "observe"),
        ("psql -d orders -c 'DROP TABLE orders'", "destructive"),
    ],
)
def test_what_no_rule_names_is_understood_and_denied(home: Path, command: str, effect: str) -> None:
    said = json.loads(check(home, command, "--json").stdout)
    assert said["effect"] == effect
    assert said["verdict"]["answer"] == "deny"


def test_what_nobody_can_foresee_is_denied_as_such(home: Path) -> None:
    said = json.loads(check(home, "kubectl exec web-0 -n shop -- sh -c 'x'", "--json").stdout)
    assert said["unbounded"] is True
    assert said["effect"] == "destructive"
    assert said["verdict"]["answer"] == "deny"


def test_a_refused_command_says_its_code_and_the_nearest_form_and_fails(home: Path) -> None:
    done = check(home, "kubectl get pods -n shop; date")
    assert done.exit_code == 1
    first, second = done.stderr.strip().splitlines()
    assert first.startswith("refused: RB020 ';' is a command separator")
    assert second.startswith("instead: Write each command")
    refused = json.loads(check(home, "kubectl get pods -n shop; date", "--json").stdout)["refused"]
    assert refused["code"] == "RB020"
    assert refused["remedy"] in second


def test_sql_and_promql_are_read_as_such(home: Path) -> None:
    query = json.loads(check(home, 'up{job="api"}', "--promql", "--json").stdout)
    assert query["operation"]["kind"] == "metrics.query"
    rows = json.loads(check(home, "SELECT count(*) FROM orders", "--sql", "--json").stdout)
    assert rows["effect"] == "observe"
    change = json.loads(check(home, "DELETE FROM orders", "--sql", "--json").stdout)
    assert change.get("effect") == "destructive" or change["refused"]


def test_the_arguments_of_a_host_command_and_a_filter_are_shown_as_words(home: Path) -> None:
    done = check(home, "df -h --output=target -x tmpfs | grep -v snap")
    assert "args: -h, --output=target, -x tmpfs\n" in done.stdout
    assert "filter: grep patterns=snap invert=true" in done.stdout


def test_a_statement_that_is_taken_for_a_command_is_told_its_option(home: Path) -> None:
    done = check(home, "SELECT 1")
    assert done.exit_code == 1
    assert "--sql checks a statement" in done.stderr


def test_two_languages_at_once_are_a_usage_error(home: Path) -> None:
    done = check(home, "up", "--sql", "--promql")
    assert done.exit_code == 2
    assert "exclude each other" in done.stderr


@pytest.mark.parametrize("command", ["", "   ", "# only a comment", "\x00", "'", "kubectl"])
def test_no_text_ends_in_a_traceback(home: Path, command: str) -> None:
    done = check(home, command)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("refused: RB0")


def test_an_output_is_named_by_check(home: Path) -> None:
    said = json.loads(check(home, "POD=$(kubectl get pods -n shop -o name)", "--json").stdout)
    assert said["output"] == "POD"

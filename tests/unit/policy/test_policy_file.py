"""The policy as a file: what cannot be read grants nothing, and says where it is wrong."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stanch.cli import app
from stanch.cli.init import policy_text
from stanch.policy import Policy, PolicyError, load
from stanch.policy.compare import differences
from tests.unit.policy_samples import environment, policy


def test_a_missing_policy_grants_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "none.yaml") == Policy()
    assert Policy().approvers == ()
    assert Policy().environments == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("environments: [", "not YAML"),
        ("chnages: {}", "chnages: Extra inputs"),
        ("version: 2", "version"),
        ("environments: [{name: p, where: {}, approval: {expires_minutes: soon}}]",
         "environments.0.approval.expires_minutes"),
        ("environments: [{name: p, where: {}, approval: {expires_minutes: 0}}]",
         "environments.0.approval.expires_minutes"),
        ("environments: [{name: p, where: {}, approval: {approvers: ['ann; rm']}}]",
         "approval.approvers.0"),
        ("environments: [{name: p, where: {}, allow: [{kinds: [kubernetes.delete]}]}]",
         "no kind of change is called kubernetes.delete"),
        ("environments: [{name: p, where: {}}, {name: p, where: {}}]", "two environments"),
        ("environments: [{name: p, where: {}, freezes: [{starts: 2026-11-27, ends: x}]}]",
         "freezes.0"),
        ("groups: {a: [b], b: [c]}", "the group a holds the group b"),
        ("version: 1\nversion: 1", "version stands twice"),
        ("environments:\n  - name: p\n    where: {}\n    deny: [{kinds: ['**']}]\n    deny: []",
         "line 5: deny stands twice"),
        ("- a list", "the file"),
        ("", "the file"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_read_is_an_error_that_says_where(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=r"policy\.yaml") as raised:
        load(file)
    assert says in str(raised.value)
    assert "no change is allowed" in str(raised.value)


def test_a_policy_that_everybody_can_write_grants_nothing(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("version: 1")
    file.chmod(0o666)
    with pytest.raises(PolicyError, match="chmod go-w"):
        load(file)
    file.chmod(0o644)
    assert load(file) == Policy()
    file.write_text("[" * 1200)
    with pytest.raises(PolicyError, match="no change is allowed"):
        load(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="cannot be read"):
        load(file)


def test_every_rule_is_part_of_the_digest() -> None:
    one = policy()
    assert one.sha256 == Policy.model_validate(one.model_dump()).sha256
    others = [
        policy(environment(name="x")),
        policy(environment(ceiling="observe")),
        policy(environment(roles={"db": "observe"})),
        policy(groups={"a": ("b",)}),
        policy(break_glass={"people": ("b",)}),
        policy(forbidden={"things": ()}),
    ]
    assert len({other.sha256 for other in (one, *others)}) == len(others) + 1


def test_what_init_writes_is_a_policy_that_asks_one_other_person(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    for namespaces in ((), ("shop",)):
        file.write_text(policy_text("ann", namespaces))
        found = load(file)
        assert found.approvers == ("ann",)
        assert found.environments[0].nowhere == (not namespaces)


def run(tmp_path: Path, *words: str, code: int = 0) -> str:
    done = CliRunner(env={"STANCH_HOME": str(tmp_path)}).invoke(app, ["policy", *words])
    assert done.exit_code == code, done.output
    return done.output


def write(file: Path, rules: Policy) -> Path:
    file.write_text(yaml.safe_dump(rules.model_dump(mode="json")))
    return file


def test_check_says_what_a_policy_grants(tmp_path: Path) -> None:
    assert "`stanch init` writes one" in run(tmp_path, "check", code=1)
    write(tmp_path / "policy.yaml", policy())
    said = run(tmp_path, "check")
    assert "production: up to mutate; 1 rules allow" in said
    assert "1 of ann approve, not who asked, for 15 min" in said
    assert policy().sha256 in said
    nobody = write(tmp_path / "other.yaml", policy(environment(approval={"approvers": ()})))
    assert "1 must approve, and only nobody may" in run(tmp_path, "check", str(nobody))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("kubectl rollout undo deployment/web -n shop", "1 of ann must approve"),
        ("kubectl rollout undo deployment/web -n bank", "no environment of the policy lists"),
        ("kubectl rollout undo deployment/web -n kube-system", "forbids changes in the namespace"),
        ("kubectl get pods -n bank", "allow: it only reads"),
        ("helm uninstall shop", "a person runs it"),
        ("kubectl exec web-0 -n shop -- sh -c x", "deny"),
    ],
)
def test_explain_says_what_is_said_of_a_command_and_by_which_rule(
    tmp_path: Path, command: str, says: str
) -> None:
    write(tmp_path / "policy.yaml", policy())
    assert says in run(tmp_path, "explain", command)
    assert '"answer"' in run(tmp_path, "explain", command, "--json")


def test_explain_of_what_is_no_command_says_so(tmp_path: Path) -> None:
    write(tmp_path / "policy.yaml", policy())
    assert "is not understood" in run(tmp_path, "explain", "kubectl get pods; date", code=1)
    assert "is not NAME=VALUE" in run(
        tmp_path, "explain", "kubectl get pods -n shop", "--label", "x", code=2
    )


def test_diff_names_every_place_that_differs(tmp_path: Path) -> None:
    old = write(tmp_path / "old.yaml", policy())
    new = write(tmp_path / "new.yaml", policy(environment(ceiling="destructive")))
    said = run(tmp_path, "diff", str(old), str(new), code=1)
    assert said.splitlines() == [
        "environments.production.ceiling", '  - "mutate"', '  + "destructive"'
    ]  # fmt: skip
    assert run(tmp_path, "diff", str(old), str(old)) == "The policies say the same.\n"
    moved = differences(
        policy(environment(), environment(name="b")), policy(environment(name="b"), environment())
    )
    assert [one.path for one in moved] == ["order of environments"]


def test_the_schema_is_one_that_an_editor_can_read(tmp_path: Path) -> None:
    assert "json-schema.org" in run(tmp_path, "schema")

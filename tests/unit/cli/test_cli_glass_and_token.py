"""`stanch break-glass` and `stanch token`: loud, named, and of use to nobody else."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from stanch.cli import app
from stanch.settings import read
from stanch.store import Store
from tests.unit.incident_samples import ask, proposal
from tests.unit.policy_samples import environment, needs, policy

ME = read({}).user


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with one incident, and a policy under which I and dora may approve."""
    rules = policy(
        environment(approval={"approvers": (ME, "dora"), "mutate": {"quorum": 2}}),
        break_glass={"people": (ME,), "minutes": 20},
    )
    folder = tmp_path / "home"
    store = Store(folder)
    asked = needs(approvers=(ME, "dora"), quorum=2)
    # An expiry far away: the command's clock is the machine's.
    far = proposal(policy_sha256=rules.sha256, needs=asked).created_at.replace(year=2100)
    ask(store, proposal(policy_sha256=rules.sha256, needs=asked), expires_at=far)
    store.close()
    (folder / "policy.yaml").write_text(yaml.safe_dump(rules.model_dump(mode="json")))
    return folder


def run(home: Path, *words: str, code: int = 0, token: str | None = None) -> Result:
    env = {"STANCH_HOME": str(home), "STANCH_TOKEN": token, "COLUMNS": "100"}
    done = CliRunner().invoke(app, list(words), env=env)
    assert done.exit_code == code, done.output
    return done


def test_the_glass_is_broken_loudly_and_mended(home: Path) -> None:
    assert "with a reason only" in run(home, "break-glass", "INC-1", code=1).stderr
    said = run(home, "break-glass", "INC-1", "--reason", "users are down")
    assert f"THE GLASS IS BROKEN for INC-1 by {ME} until " in said.stderr
    assert "users are down" in said.stderr
    assert "Approvals, limits and what is denied or forbidden still do." in said.stderr
    assert "`stanch resume INC-1`" in said.stdout
    assert "whole again" in run(home, "break-glass", "INC-1", "--end").stdout
    assert "there is no incident INC-7" in run(home, "break-glass", "INC-7", code=1).stderr


def test_a_token_votes_in_the_name_of_its_person_and_of_nobody_else(home: Path) -> None:
    issued = run(home, "token", "issue", "dora", "--days", "2")
    token = issued.stdout.strip()
    assert "It is not shown again" in issued.stderr
    assert token not in run(home, "token", "list").stdout
    mine = run(home, "approve", "A-1", "--yes", "--no-run").stdout
    assert "1 of 2 have approved A-1; 1 more of dora must." in mine
    assert "1 of 2 votes" in run(home, "pending").stdout
    theirs = run(home, "approve", "A-1", "--yes", "--no-run", token=token).stdout
    assert f"{ME} (operating system user), approve" in theirs
    assert f"A-1 is approved by {ME}, dora." in theirs


def test_a_token_that_does_not_count_is_not_replaced_by_the_user(home: Path) -> None:
    token = run(home, "token", "issue", "dora").stdout.strip()
    assert "Token 1 counts no more." in run(home, "token", "revoke", "1").stdout
    for bad in (token, "stanch-9-" + "x" * 43, "dora"):
        done = run(home, "approve", "A-1", "--yes", "--no-run", token=bad, code=1)
        assert "the token is not valid" in done.stderr
    assert "revoked" in run(home, "token", "list").stdout
    assert run(home, "token", "list", "--json").stdout.startswith("[")
    assert "there is no token 4" in run(home, "token", "revoke", "4", code=1).stderr


def test_a_token_issues_no_tokens(home: Path) -> None:
    token = run(home, "token", "issue", "dora").stdout.strip()
    done = run(home, "token", "issue", "eve", token=token, code=1)
    assert "a token cannot issue tokens" in done.stderr


def test_who_abstains_is_shown_to_the_next(home: Path) -> None:
    said = run(home, "abstain", "A-1", "--reason", "I wrote the release").stdout
    assert f"{ME} abstains from A-1." in said
    again = run(home, "approve", "A-1", "--yes", "--no-run", code=1)
    assert "an answer is not changed" in again.stderr
    assert "abstain: I wrote the release" in again.stdout


def test_several_are_decided_only_if_each_can_be(home: Path) -> None:
    done = run(home, "reject", "A-1", "A-2", "--reason", "no", "--no-run", code=1)
    assert "there is no approval A-2" in done.stderr
    said = run(home, "reject", "A-1", "A-1", "--reason", "wrong\x1b[2J target", "--no-run").stdout
    assert said == f"A-1 is rejected by {ME}.\n"
    assert "A-1 is rejected" in run(home, "approve", "A-1", "--yes", code=1).stderr
    assert run(home, "pending").stdout == "Nothing waits for a decision.\n"

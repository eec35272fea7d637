"""`stanch settle` and what is said of a vote: by whom, and what really became of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from stanch.approvals import reject, supersede
from stanch.approvals.identity import Identity
from stanch.cli import app, decision
from stanch.cli.session import session
from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.incident import Needs
from stanch.settings import read
from stanch.store import Store
from tests.unit.incident_samples import ask, proposal
from tests.unit.policy_samples import environment, needs, policy

ME = read({}).user


def doubtful(tmp_path: Path, asked: Needs) -> Path:
    """Return a home with a change in doubt; I may approve changes of staging alone."""
    rules = policy(
        environment(approval={"approvers": asked.approvers}),
        environment(name="staging", where={"namespaces": ["lab"]}, approval={"approvers": (ME,)}),
    )
    home = tmp_path / "home"
    store = Store(home)
    of = proposal(policy_sha256=rules.sha256, needs=asked)
    far = of.created_at.replace(year=2100)
    given = ask(store, of, expires_at=far, state="approved", decided_by="dora", how="test")
    record = ChangeRecord(store, Clock())
    record.begin(of, of.key, of.operation, approval=given)
    record.doubt(of, of.key, "nobody knows")
    store.close()
    (home / "policy.yaml").write_text(yaml.safe_dump(rules.model_dump(mode="json")))
    return home


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"STANCH_HOME": str(home), "COLUMNS": "100"})


def test_who_could_not_have_approved_a_change_does_not_say_whether_it_ran(tmp_path: Path) -> None:
    """A false word has the change made twice: it is for those who answer for the change."""
    home = doubtful(tmp_path, needs(approvers=("dora",)))
    said = run(home, "settle", "INC-1", "--did-not-run")
    assert said.exit_code == 1
    assert f"{ME} (operating system user) may not decide about P-1" in said.stderr
    store = Store(home)
    entry = store.ledger.get(store.records.proposal("P-1").key)
    store.close()
    assert entry is not None
    assert entry.state == "unknown"


def test_one_of_its_approvers_says_whether_it_ran(tmp_path: Path) -> None:
    home = doubtful(tmp_path, needs(approvers=("dora", ME)))
    assert (
        "a person says that it did not run" in run(home, "settle", "INC-1", "--did-not-run").stdout
    )


@pytest.mark.parametrize("end", ["rejected", "superseded"])
def test_an_approval_that_ended_in_the_same_moment_is_not_said_to_be_approved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str, monkeypatch: Any
) -> None:
    home = tmp_path / "home"
    rules = policy(environment(approval={"approvers": ("bob", "dora"), "mutate": {"quorum": 2}}))
    store = Store(home)
    asked = needs(approvers=("bob", "dora"), quorum=2)
    of = proposal(policy_sha256=rules.sha256, needs=asked)
    found = ask(store, of, expires_at=of.created_at.replace(year=2100))
    if end == "rejected":
        who = Identity("bob", "test")
        reject(store, rules, Clock(), found, who=who, reason="wrong target")
    else:
        supersede(store, Clock(), found, reason="the target drifted")
    store.close()
    monkeypatch.setenv("STANCH_HOME", str(home))
    with session() as here:
        assert decision._say(here, here.store.approvals.get("A-1")) == 1
    said = capsys.readouterr()
    assert "approved" not in said.out
    assert f"A-1 is {end}" in said.err
    assert ("by bob: wrong target" if end == "rejected" else "the target drifted") in said.err


def test_who_abstained_is_not_named_among_those_who_still_must(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from stanch.approvals import abstain

    people = ("bob", "carla", "dora")
    rules = policy(environment(approval={"approvers": people, "mutate": {"quorum": 2}}))
    home = tmp_path / "home"
    store = Store(home)
    of = proposal(policy_sha256=rules.sha256, needs=needs(approvers=people, quorum=2))
    found = ask(store, of, expires_at=of.created_at.replace(year=2100))
    abstain(store, rules, Clock(), found, who=Identity("bob", "test"), reason="")
    store.close()
    monkeypatch.setenv("STANCH_HOME", str(home))
    with session() as here:
        decision._say(here, here.store.approvals.get("A-1"))
    assert "2 more of carla, dora must" in capsys.readouterr().out


def test_a_yes_that_ran_out_before_it_was_used_is_an_error_and_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    home = tmp_path / "home"
    store = Store(home)
    ask(store, proposal(), state="expired")
    store.close()
    monkeypatch.setenv("STANCH_HOME", str(home))
    with session() as here:
        assert decision._told(here, "A-1") == 1
    assert "A-1 ran out before the change was begun" in capsys.readouterr().err

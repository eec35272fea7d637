"""A step that a person carries out is a part of the plan, from proposal to post-mortem.

MIT-13, MIT-16, MIT-18, MIT-20: failover, restore and rotation go the way of every change.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.store import Store
from tests.journeys.by_hand_scene import ByHand, Pair, home, pair
from tests.journeys.command import ME

WAITING = """\
from stanch.service.running import run
from stanch.settings import read
from stanch.store import Store
settings = read()
run(settings, Store(settings.home), "INC-1", wait=True)
"""


@pytest.fixture
def databases() -> Iterator[Pair]:
    with pair() as here:
        yield here


@pytest.fixture
def lost(tmp_path: Path, databases: Pair) -> ByHand:
    return home(tmp_path, databases)


def asked(lost: ByHand) -> str:
    """Bring the incident to the person's turn; return what was printed."""
    lost.open()
    return lost.stanch.said("approve", "A-1", "--yes")


def test_a_failover_by_hand_is_proposed_approved_done_verified_and_told(
    lost: ByHand, databases: Pair
) -> None:
    said = lost.open()
    assert "INC-1 waits for a decision on A-1" in said
    for text in (
        "By hand: Fence the old primary and promote the standby of orders",
        'pg_ctl promote -D "$PGDATA"',
        "# on the standby of orders",
        "Effect      destructive",
        "the old primary must not come back as one",
        "'primary-is-down' does not hold any more",
    ):
        assert text in " ".join(said.replace("│", "").split()) or text in said, text
    said = lost.stanch.said("approve", "A-1", "--yes")
    assert "It is your turn, and it is done once" in said
    assert "stanch done INC-1 --ran" in said
    assert "mitigation.finished" not in lost.kinds()
    assert "It is your turn" in lost.stanch.said("show", "INC-1")
    assert "It is your turn" in lost.stanch.said("resume", "INC-1"), "it waits, however often"
    assert lost.kinds().count("mitigation.in_doubt") == 1

    databases.promote()
    said = lost.stanch.said("done", "INC-1", "--ran", "--note", "fenced by hand, 2 minutes")
    assert "INC-1 is closed" in said
    finished = next(one for one in lost.events() if one.type == "mitigation.finished")
    assert (finished.actor.kind, finished.actor.id) == ("human", ME)
    assert finished.data["text"] == (
        f"{ME} says that they carried it out: fenced by hand, 2 minutes"
    )
    assert lost.kinds().count("mitigation.started") == 1
    assert "verification.passed" in lost.kinds()
    assert lost.stanch.said("audit", "verify")

    told = lost.stanch.said("postmortem", "INC-1")
    assert "A person was asked to act by hand" in told
    assert "says that they carried it out" in told
    assert "Fence the old primary and promote the standby of orders" in told
    assert set(databases.asked) == {"/primary", "/standby", "/writes"}, "stanch only looked"


def test_it_is_said_once(lost: ByHand, databases: Pair) -> None:
    asked(lost)
    databases.promote()
    lost.stanch.said("done", "INC-1", "--ran", "--no-run")
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--ran")
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--did-not-run")
    lost.stanch.said("resume", "INC-1")
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--did-not-run")
    assert lost.kinds().count("mitigation.finished") == 1
    assert lost.kinds()[-1] != "verification.failed"


def test_who_did_not_do_it_says_so_and_it_is_not_asked_again(lost: ByHand) -> None:
    asked(lost)
    said = lost.stanch.said(
        *("done", "INC-1", "--did-not-run", "--note", "the standby does not answer me"), code=4
    )
    assert "INC-1 is handed over" in said
    assert "verification.started" not in lost.kinds(), "nothing was done, so nothing is verified"
    finished = next(one for one in lost.events() if one.type == "mitigation.finished")
    assert finished.data["result"] == "not sent"
    assert lost.kinds().count("proposal.made") == 1
    assert "the standby does not answer me" in lost.stanch.said("postmortem", "INC-1")


def test_a_step_that_was_done_and_did_not_help_is_not_called_a_cure(lost: ByHand) -> None:
    asked(lost)
    said = lost.stanch.said("done", "INC-1", "--ran", code=4)
    assert "verification.failed" in lost.kinds()
    assert "mitigation.started" in lost.kinds()
    assert lost.kinds().count("mitigation.started") == 1, "nothing is sent to take it back"
    assert "INC-1 is handed over" in said


def test_nobody_is_asked_while_what_must_hold_before_does_not(
    lost: ByHand, databases: Pair
) -> None:
    databases.falls_behind_after = 1
    lost.stanch.run(
        *("open", "No write is taken", "--label", "alertname=PrimaryLost"),
        *("--label", "database=orders", "--no-wait"),
        code=4,
    )
    assert "proposal.made" not in lost.kinds()
    why = [one.data["why"] for one in lost.events() if one.type == "decision.made"]
    assert any("'standby-caught-up' does not hold" in one for one in why), why


def test_what_stopped_holding_since_the_approval_voids_it(lost: ByHand, databases: Pair) -> None:
    lost.open()
    databases.behind = 3
    lost.stanch.run("approve", "A-1", "--yes", code=1)
    assert "mitigation.started" not in lost.kinds()
    void = next(one for one in lost.events() if one.type == "approval.superseded")
    assert "'standby-caught-up' does not hold" in void.data["reason"]
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--ran")


def test_only_who_the_policy_lists_may_say_that_it_is_done(lost: ByHand, databases: Pair) -> None:
    asked(lost)
    databases.promote()
    file = lost.stanch.home / "policy.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(f"approvers: [{ME}]", "approvers: [somebody-else]"), "utf-8")
    assert ME in lost.stanch.refused("done", "INC-1", "--ran")
    assert "mitigation.finished" not in lost.kinds()


def test_a_process_that_is_killed_while_it_waits_changes_nothing(
    lost: ByHand, databases: Pair
) -> None:
    lost.open()
    lost.stanch.said("approve", "A-1", "--yes", "--no-run")
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        env=lost.stanch.environment(),
        cwd=Path(__file__).parents[2],
    )
    ends = time.monotonic() + 60
    while "mitigation.in_doubt" not in lost.kinds() and time.monotonic() < ends:
        assert process.poll() is None
        Clock().wait(0.1)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert "It is your turn" in lost.stanch.said("resume", "INC-1")
    databases.promote()
    assert "INC-1 is closed" in lost.stanch.said("done", "INC-1", "--ran")
    kinds = lost.kinds()
    assert [kinds.count(f"mitigation.{one}") for one in ("started", "in_doubt", "finished")] == [
        *(1, 1, 1)
    ]
    assert lost.stanch.said("audit", "verify")


def test_a_process_that_is_killed_right_after_it_began_asks_the_person_once(
    lost: ByHand, databases: Pair
) -> None:
    lost.open()
    lost.stanch.said("approve", "A-1", "--yes", "--no-run")
    with closing(Store(lost.stanch.home)) as store:
        proposal = store.records.proposal("P-1")
        approval = store.approvals.get("A-1")
        record = ChangeRecord(store, Clock())
        record.begin(proposal, proposal.key, proposal.operation, approval=approval)
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--ran")
    assert "It is your turn" in lost.stanch.said("resume", "INC-1")
    databases.promote()
    assert "INC-1 is closed" in lost.stanch.said("done", "INC-1", "--ran")
    assert lost.kinds().count("mitigation.started") == 1


def test_done_is_not_for_what_stanch_sent_itself_nor_for_nothing(lost: ByHand) -> None:
    lost.open()
    assert "nothing of INC-1 is in doubt" in lost.stanch.refused("done", "INC-1", "--ran")
    assert "there is no incident INC-9" in lost.stanch.refused("done", "INC-9", "--ran")


def test_a_policy_that_does_not_allow_it_has_nobody_asked(tmp_path: Path, databases: Pair) -> None:
    here = home(tmp_path, databases)
    file = here.stanch.home / "policy.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("ceiling: destructive", "ceiling: mutate"), "utf-8")
    here.stanch.run(
        *("open", "No write is taken", "--label", "alertname=PrimaryLost"),
        *("--label", "database=orders", "--no-wait"),
        code=4,
    )
    why = [one.data["why"] for one in here.events() if one.type == "decision.made"]
    assert any("destructive" in one for one in why), why
    assert "proposal.made" not in here.kinds()

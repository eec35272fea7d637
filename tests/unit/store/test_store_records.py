"""Records are validated when they are read, changes are begun once, locks hold one at a time."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stanch.store import ConflictError, DatabaseError, NotFoundError, Store, held, hold
from stanch.store.ledger import unsettled
from stanch.tools.operations import Effect
from tests.unit.incident_samples import NOW, ask, entry, incident, proposal
from tests.unit.store.store_places import Place


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


def test_an_incident_comes_back_as_it_was_put(store: Store) -> None:
    with store.database.write() as connection:
        store.records.add_incident(connection, incident())
    assert store.records.incident("INC-1") == incident()
    assert store.records.all_incidents() == (incident(),)


@pytest.mark.parametrize("name", ["INC-7", "INC-x", "7x", "", "INC-\uff11"])
def test_a_record_that_is_not_there_is_named(store: Store, name: str) -> None:
    with pytest.raises(NotFoundError):
        store.records.incident(name)
    with pytest.raises(NotFoundError):
        store.records.proposal(name)
    with pytest.raises(NotFoundError):
        store.approvals.get(name)


def test_a_record_that_a_release_forbids_does_not_come_back(store: Store, place: Place) -> None:
    ask(store)
    assert store.records.proposal("P-1").operation.effect is Effect.MUTATE
    place.run("UPDATE proposals SET body = replace(body, 'kubernetes.roll_back', 'rm')")
    with pytest.raises(DatabaseError, match="P-1 cannot be read"):
        store.records.proposal("P-1")


def test_an_attempt_has_one_proposal(store: Store) -> None:
    ask(store)
    second = proposal(id="P-2")
    with store.database.write() as connection, pytest.raises(ConflictError, match="attempt 1"):
        store.records.add_proposal(connection, second, attempt=1)
    assert store.records.proposal_of_attempt("INC-1", 1) == proposal()
    assert store.records.proposal_of_attempt("INC-1", 2) is None


def test_a_change_is_begun_once_and_ends_once(store: Store) -> None:
    def start() -> None:
        with store.database.write() as connection:
            store.ledger.start(
                connection, "k", incident="INC-1", proposal="P-1", digest="d", now=NOW
            )

    def finish() -> None:
        with store.database.write() as connection:
            store.ledger.finish(connection, "k", state="done", result="fine", now=NOW)

    start()
    with pytest.raises(ConflictError, match="begun before"):
        start()
    assert unsettled(store.database, "INC-1") == (), "it is under way: nobody is asked"
    with store.database.write() as connection:
        store.ledger.doubt(connection, "k")
    assert [entry.key for entry in unsettled(store.database, "INC-1")] == ["k"]
    finish()
    with store.database.write() as connection, pytest.raises(ConflictError):
        store.ledger.doubt(connection, "k")
    with pytest.raises(ConflictError, match="not under way"):
        finish()
    with store.database.write() as connection, pytest.raises(ConflictError, match="in doubt"):
        store.ledger.again(connection, "k", now=NOW)
    assert unsettled(store.database, "INC-1") == ()
    entry = store.ledger.get("k")
    assert entry is not None
    assert (entry.state, entry.result) == ("done", "fine")


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.database.write() as connection:
            store.records.add_incident(connection, incident())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(NotFoundError):
        store.records.incident("INC-1")


def test_a_lock_is_held_by_one_process_and_ends_with_it(home: Path) -> None:
    home.mkdir()
    script = (
        "import sys, pathlib; from stanch.store import hold\n"
        "with hold(pathlib.Path(sys.argv[1]), 'INC-1'):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    assert held(home, "INC-1")
    assert not held(home, "INC-2")
    with pytest.raises(ConflictError, match=f"process {other.pid}"), hold(home, "INC-1"):
        pass
    other.kill()
    other.communicate()
    with hold(home, "INC-1"):
        assert held(home, "INC-1")


def test_a_file_that_is_no_database_is_named(home: Path) -> None:
    Store(home).close()
    (home / "stanch.db").write_text("this is no database, however long it is " * 200)
    with pytest.raises(DatabaseError, match="damaged or is none"):
        Store(home)


@pytest.mark.usefixtures("store")
def test_a_database_of_a_newer_release_is_not_touched(place: Place) -> None:
    place.run("UPDATE about SET version = 99")
    with pytest.raises(DatabaseError, match="version 99"):
        place.store()


def test_a_database_of_the_first_release_is_brought_up_and_loses_nothing(place: Place) -> None:
    before = place.store()
    before.journal.append(entry())
    start: dict[str, Any] = {"incident": "INC-1", "proposal": "P-1", "digest": "d", "now": NOW}
    with before.database.write() as connection:
        before.ledger.start(connection, "k", **start)
    new = ("votes", "tokens", "locks", "checkpoints", "checkpoint_writes")
    place.unguarded(
        *(f"DROP TABLE {table}" for table in new),
        "ALTER TABLE ledger DROP COLUMN token",
        "UPDATE about SET version = 1",
    )
    after = place.store()
    assert len(after.journal.events("INC-1")) == 1
    entry_of = after.ledger.get("k")
    assert entry_of is not None
    assert (entry_of.state, entry_of.token) == ("started", 0)
    with after.hold("INC-1") as lease:
        assert lease.token == 1
    assert place.run("SELECT version FROM about") == [(2,)]
    with pytest.raises(place.refusal, match="append-only"):
        place.run("DELETE FROM journal")


def test_a_database_that_stays_locked_is_named(
    lone: Place, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone.store()
    monkeypatch.setattr("stanch.store.sqlite.BUSY_SECONDS", 0.1)
    blocker = sqlite3.connect(home / "stanch.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="cannot be used: database is locked"):
        Store(home)
    blocker.execute("ROLLBACK")
    blocker.close()
    again = Store(home)
    again.close()

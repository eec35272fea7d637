"""Records are validated when they are read, changes are begun once, locks hold one at a time."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from stanch.store import ConflictError, DatabaseError, NotFoundError, Store, held, hold
from stanch.store.ledger import unsettled
from stanch.tools.operations import Effect
from tests.unit.incident_samples import NOW, ask, incident, proposal


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


def test_a_record_that_a_release_forbids_does_not_come_back(store: Store, home: Path) -> None:
    ask(store)
    assert store.records.proposal("P-1").operation.effect is Effect.MUTATE
    connection = sqlite3.connect(home / "stanch.db")
    connection.execute("UPDATE proposals SET body = replace(body, 'kubernetes.roll_back', 'rm')")
    connection.commit()
    connection.close()
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
def test_a_database_of_another_release_is_not_touched(home: Path) -> None:
    connection = sqlite3.connect(home / "stanch.db")
    connection.execute("UPDATE about SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseError, match="version 99"):
        Store(home)


@pytest.mark.usefixtures("store")
def test_a_database_that_stays_locked_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stanch.store.database._BUSY_SECONDS", 0.1)
    blocker = sqlite3.connect(home / "stanch.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="cannot be used: database is locked"):
        Store(home)
    blocker.execute("ROLLBACK")
    blocker.close()
    again = Store(home)
    again.close()

"""What goes wrong under a store: clocks, full disks, locked and lost databases (MIT-08)."""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.incident import ApprovalState
from stanch.store import (
    ConflictError,
    DatabaseError,
    JournalKeyError,
    LostLockError,
    Store,
    verify,
)
from tests.unit.incident_samples import NOW, ask, entry, proposal
from tests.unit.store.store_places import KEY, Place

_MINUTES = timedelta(minutes=1)


class Sundial(Clock):
    """A clock that a test sets."""

    def __init__(self, minutes: float = 0) -> None:
        super().__init__()
        self.minutes = minutes

    def now(self) -> datetime:
        return NOW + self.minutes * _MINUTES


def answer(store: Store, minutes: float, to: ApprovalState = ApprovalState.APPROVED) -> None:
    with store.database.write() as connection:
        store.approvals.move(connection, "A-1", to=to, now=NOW + minutes * _MINUTES, by="ann")


def test_an_approval_runs_out_by_the_stored_instant(place: Place) -> None:
    store = place.store()
    asked = ask(store)
    assert not store.approvals.ran_out(asked, NOW + 14 * _MINUTES)
    assert store.approvals.ran_out(asked, NOW + 15 * _MINUTES)
    with pytest.raises(ConflictError, match="ran out at"):
        answer(store, 15)
    answer(store, 14)


@pytest.mark.parametrize("to", [ApprovalState.APPROVED, ApprovalState.REJECTED])
def test_a_clock_that_was_set_back_revives_no_approval(place: Place, to: ApprovalState) -> None:
    store = place.store()
    asked = ask(store)
    store.journal.append(entry(at=NOW + 15 * _MINUTES))
    assert store.approvals.ran_out(asked, NOW)
    with pytest.raises(ConflictError, match="ran out at"):
        answer(store, 1, to)
    with store.database.write() as connection, pytest.raises(ConflictError, match="ran out at"):
        store.approvals.require_open(connection, "A-1", now=NOW, bound=asked.bound)


def test_an_approval_that_was_given_in_time_cannot_be_used_after_the_clock_was_set_back(
    place: Place,
) -> None:
    store = place.store()
    ask(store)
    answer(store, 1)
    store.journal.append(entry(at=NOW + 16 * _MINUTES))
    with pytest.raises(ConflictError, match="ran out at"):
        answer(store, 2, ApprovalState.USED)


def test_a_clock_that_once_ran_ahead_does_not_void_what_is_asked_after_it_was_mended(
    place: Place,
) -> None:
    store = place.store()
    store.journal.append(entry(at=NOW.replace(year=2031)))
    store.journal.append(entry(incident="INC-2", at=NOW.replace(year=2031)))
    asked = ask(store)
    store.journal.append(entry(incident="INC-2", at=NOW.replace(year=2031)))
    assert not store.approvals.ran_out(asked, NOW)
    answer(store, 1)


def test_a_machine_whose_clock_is_wrong_is_not_let_in(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.store()
    real = time.time
    for wrong, way in ((-3600, "behind"), (3600, "ahead of")):
        monkeypatch.setattr("stanch.store.database.time.time", lambda wrong=wrong: real() + wrong)
        with pytest.raises(DatabaseError, match=rf"3[56]\d\d s {way} that of the database"):
            shared.store()
    monkeypatch.undo()
    shared.store()


@contextlib.contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Let the database grow no more, as on a full disk."""
    engine = store.database.backend.reading
    pages: list[int] = []

    @event.listens_for(engine, "begin")
    def _limit(connection: Connection) -> None:
        pages.append(int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()))
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages[0]}")

    yield
    event.remove(engine, "begin", _limit)
    with store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_on_a_full_disk_nothing_is_begun_and_nothing_is_half_written(lone: Place) -> None:
    store = lone.store()
    asked = ask(store)
    answer_in_journal(store, asked.id)
    record = ChangeRecord(store, Sundial(1))
    approval = store.approvals.get("A-1")
    with full_disk(store):
        for size in (4000, 400, 4):
            fill_up(store, size)
        with pytest.raises(DatabaseError, match="database or disk is full"):
            record.begin(proposal(), proposal().key, proposal().operation, approval=approval)
    assert store.approvals.get("A-1").state is ApprovalState.APPROVED
    assert store.ledger.get(proposal().key) is None
    assert verify(store.database).faults == ()
    record.begin(proposal(), proposal().key, proposal().operation, approval=approval)
    assert store.approvals.get("A-1").state is ApprovalState.USED
    assert verify(store.database).faults == ()


def fill_up(store: Store, size: int) -> None:
    with contextlib.suppress(DatabaseError):
        for _ in range(10_000):
            store.journal.append(entry(data={"text": "x" * size}))


def answer_in_journal(store: Store, name: str) -> None:
    """Approve as the product does, so that the journal tells of it."""
    with store.database.write() as connection:
        store.approvals.move(
            connection,
            name,
            to=ApprovalState.APPROVED,
            now=NOW + _MINUTES,
            by="ann",
            how="test",
        )
        facts = {"approval": name, "proposal": "P-1", "by": "ann", "how": "test"}
        last = store.journal.add(connection, [entry("approval.approved", data=facts)])
    store.journal.mark(last)


def test_a_database_that_another_process_keeps_locked_stops_a_change_before_it_begins(
    lone: Place, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stanch.store.sqlite.BUSY_SECONDS", 0.1)
    store = lone.store()
    asked = ask(store)
    blocker = sqlite3.connect(home / "stanch.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    record = ChangeRecord(store, Sundial(1))
    with pytest.raises(DatabaseError, match="database is locked"), store.hold("target-x"):
        pytest.fail("the lock has no token")
    with pytest.raises(DatabaseError, match="database is locked"):
        record.begin(proposal(), proposal().key, proposal().operation, approval=asked)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert store.ledger.get(proposal().key) is None


def test_a_writer_that_sleeps_in_its_transaction_does_not_hold_up_the_others_for_ever(
    shared: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = "-c idle_in_transaction_session_timeout=700ms"
    monkeypatch.setattr("stanch.store.postgres._SESSION", short)
    sleeper = shared.store()
    monkeypatch.undo()
    other = shared.store(tmp_path / "b")

    def sleep_inside() -> None:
        with sleeper.database.write() as connection:
            sleeper.journal.add(connection, [entry(data={"text": "never was"})])
            other.journal.append(entry(data={"text": "did not wait"}))

    with pytest.raises(DatabaseError, match="cannot be used"):
        sleep_inside()
    assert [one.data["text"] for one in other.journal.events("INC-1")] == ["did not wait"]
    # The next use finds the ended session and opens another.
    sleeper.journal.append(entry())
    assert verify(other.database).faults == ()


def test_an_older_copy_of_the_database_is_found_on_every_machine_and_stops_everything(
    shared: Place, tmp_path: Path
) -> None:
    first, second = shared.store(), shared.store(tmp_path / "b")
    first.journal.append(entry(), entry())
    second.journal.append(entry(), entry())
    shared.unguarded("DELETE FROM journal WHERE seq > 2")
    assert verify(second.database).faults == ("the journal was cut: it had 4 entries, and has 2",)
    # The other machine saw only so much, and cannot tell until it is told.
    assert verify(first.database).faults == ()
    first.journal.append(*(entry(data={"text": f"another {n}"}) for n in range(3)))
    [fault] = verify(second.database).faults
    assert "entry 4 is not the one that was written" in fault


def test_a_copied_home_of_one_machine_that_is_put_back_is_found(lone: Place, home: Path) -> None:
    store = lone.store()
    ask(store)
    store.close()
    shutil.copy(home / "stanch.db", home / "copy")
    again = lone.store()
    with again.hold("target-x") as lease:
        again.journal.append(entry())
        assert lease.token == 1
    again.close()
    for name in ("stanch.db-wal", "stanch.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(home / "copy", home / "stanch.db")
    assert "the journal was cut" in verify(lone.store().database).faults[0]


def test_a_machine_that_joins_begins_its_mark_and_never_moves_it_back(
    shared: Place, tmp_path: Path
) -> None:
    first = shared.store()
    early = shared.store(tmp_path / "early")
    first.journal.append(entry(), entry())
    late = shared.store(tmp_path / "late")
    assert late.database.head.read() == first.database.head.read()
    for store in (early, late):
        assert verify(store.database).faults == ()
    late.journal.append(entry())
    assert verify(early.database).faults == ()
    reached = late.database.head.read()
    late.database.head.advance(1, "0" * 64)
    shared.store(tmp_path / "late")
    assert late.database.head.read() == reached
    assert reached is not None
    assert reached[0] == 3


def test_a_shared_store_makes_no_key_of_its_own(shared: Place, tmp_path: Path) -> None:
    with pytest.raises(JournalKeyError, match="every machine needs the same key"):
        shared.store(tmp_path / "keyless", audit_key=None)
    home = tmp_path / "by-file"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "journal.key").write_text(KEY)
    shared.store().journal.append(entry())
    assert len(shared.store(home, audit_key=None).journal.events("INC-1")) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///other.db", "is not the URL of a PostgreSQL database"),
        ("postgresql://ann:hunter2@[::1/x", "is not the URL of a PostgreSQL database"),
        ("postgresql://ann:hunter2@db:port/x", "is not the URL of a PostgreSQL database"),
        ("postgresql://db/x?password=hunter2", "has its password behind the question mark"),
        ("postgresql://ann:hunter2@127.0.0.1:1/x", "the database x on 127.0.0.1:1 cannot be used"),
        ("postgres://ann:hunter2@127.0.0.1:1/x", "the database x on 127.0.0.1:1 cannot be used"),
    ],
)
def test_a_url_that_is_not_usable_is_named_without_its_password(
    tmp_path: Path, url: str, says: str
) -> None:
    with pytest.raises(DatabaseError) as refused:
        Store(tmp_path / "home", audit_key=KEY, url=url)
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_home_with_a_database_of_its_own_does_not_become_that_of_a_shared_one(
    shared: Place, home: Path
) -> None:
    Store(home).close()
    with pytest.raises(DatabaseError, match="this home has a database of its own"):
        shared.store()
    Store(home).close()


def test_a_reader_sees_one_state_and_a_shared_one_cannot_write(place: Place) -> None:
    store, writer = place.store(), place.store()
    writer.journal.append(entry())
    count = text("SELECT count(*) FROM journal")
    with store.database.read() as connection:
        assert connection.execute(count).scalar_one() == 1
        writer.journal.append(entry())
        assert connection.execute(count).scalar_one() == 1
    with store.database.read() as connection:
        assert connection.execute(count).scalar_one() == 2
    if place.shared:
        read_only = pytest.raises(DatabaseError, match="read-only transaction")
        with read_only, store.database.read() as connection:
            connection.execute(text("UPDATE about SET version = 3"))


def test_a_lock_whose_database_is_gone_lets_nothing_be_sent(shared: Place) -> None:
    store = shared.store()
    assert shared.server is not None
    with store.hold("target-x") as lease:
        shared.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'stanch'"
        )
        with pytest.raises(LostLockError, match="its session has ended"):
            lease.confirm()
    # What was let go without being able to say so is this process's own, and free at once.
    with store.hold("target-x") as lease:
        assert (lease.token, lease.stray) == (2, 0)

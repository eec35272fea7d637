"""The journal finds every way in which it can be altered (T-07 of the rubric)."""

import hashlib
import json
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.incident import Evidence
from stanch.store import DatabaseError, JournalKeyError, Store, verify
from stanch.tools.operations import digest_of
from tests.unit.incident_samples import NOW, ask, entry
from tests.unit.store.store_places import Place


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


def fill(store: Store, count: int = 5) -> None:
    store.journal.append(*(entry(data={"text": f"entry {n}"}) for n in range(count)))


def test_an_untouched_journal_verifies(store: Store) -> None:
    fill(store)
    audit = verify(store.database)
    assert (audit.entries, audit.faults) == (5, ())


def test_an_empty_journal_verifies(store: Store) -> None:
    assert verify(store.database).faults == ()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE journal SET data = '{}' WHERE seq = 3", "entry 3 does not fit its seal"),
        ("UPDATE journal SET actor = replace(actor, 'test', 'ann') WHERE seq = 1", "entry 1"),
        ("UPDATE journal SET at = '2026-01-01T00:00:00+00:00' WHERE seq = 5", "entry 5"),
        ("UPDATE journal SET incident = 'INC-2' WHERE seq = 2", "entry 2"),
        ("UPDATE journal SET type = 'incident.closed' WHERE seq = 2", "entry 2"),
        ("UPDATE journal SET once = 'x' WHERE seq = 2", "entry 2"),
        ("UPDATE journal SET mac = 'ff' WHERE seq = 4", "entry 4 does not fit its seal"),
        ("DELETE FROM journal WHERE seq = 3", "entry 3 is missing"),
        ("DELETE FROM journal WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM journal WHERE seq = 5", "the journal was cut"),
        ("DELETE FROM journal WHERE seq > 2", "the journal was cut: it had 5 entries, and has 2"),
        ("DELETE FROM journal", "the journal was cut"),
    ],
)
def test_an_altered_journal_does_not_verify(
    store: Store, place: Place, statement: str, says: str
) -> None:
    fill(store)
    place.unguarded(statement)
    assert any(says in fault for fault in verify(store.database).faults)


def test_two_swapped_entries_are_found(store: Store, place: Place) -> None:
    fill(store)
    place.unguarded(
        "UPDATE journal SET seq = 99 WHERE seq = 2",
        "UPDATE journal SET seq = 2 WHERE seq = 3",
        "UPDATE journal SET seq = 3 WHERE seq = 99",
    )
    assert verify(store.database).faults


def test_an_entry_appended_without_the_key_is_found(store: Store, place: Place) -> None:
    fill(store, 2)
    place.unguarded(
        "INSERT INTO journal SELECT 3, at, incident, actor, phase, type, data, once, mac "
        "FROM journal WHERE seq = 2",
    )
    assert any("entry 3" in fault for fault in verify(store.database).faults)


def test_the_database_itself_refuses_to_change_an_entry(store: Store, place: Place) -> None:
    fill(store)
    with pytest.raises(place.refusal, match="the table journal is append-only"):
        place.run("UPDATE journal SET data = '{}'")
    with pytest.raises(place.refusal, match="the table journal is append-only"):
        place.run("DELETE FROM journal")
    assert verify(store.database).faults == ()


def test_the_database_itself_refuses_to_change_a_vote(store: Store, place: Place) -> None:
    place.run("INSERT INTO votes VALUES (1, 'ann', 'b', 'test', 'approve', NULL, 'now')")
    for statement in ("UPDATE votes SET answer = 'reject'", "DELETE FROM votes"):
        with pytest.raises(place.refusal, match="the table votes is append-only"):
            place.run(statement)
    assert store.database.shared is place.shared


def test_a_shared_journal_cannot_be_emptied_at_once_either(shared: Place) -> None:
    fill(shared.store())
    with pytest.raises(shared.refusal, match="append-only"):
        shared.run("TRUNCATE journal")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(spot=st.integers(0, 10**6), flip=st.integers(1, 127))
def test_any_flipped_byte_of_any_entry_is_found(
    store: Store, place: Place, spot: int, flip: int
) -> None:
    if verify(store.database).entries == 0:
        fill(store, 3)
    columns = ["at", "incident", "actor", "phase", "type", "data", "mac"]
    column, seq = columns[spot % len(columns)], spot % 3 + 1
    ((text,),) = place.run(f"SELECT {column} FROM journal WHERE seq = {seq}")  # noqa: S608
    at = spot % len(text)
    changed = text[:at] + chr((ord(text[at]) ^ flip) or 1) + text[at + 1 :]
    escaped, original = changed.replace("'", "''"), text.replace("'", "''")
    place.unguarded(f"UPDATE journal SET {column} = '{escaped}' WHERE seq = {seq}")  # noqa: S608
    try:
        faults = verify(store.database).faults
    except (ValueError, KeyError):
        faults = ("unreadable",)
    place.unguarded(f"UPDATE journal SET {column} = '{original}' WHERE seq = {seq}")  # noqa: S608
    assert faults
    assert verify(store.database).faults == ()


def test_the_mark_never_goes_back_and_catches_up_after_a_kill(store: Store, home: Path) -> None:
    fill(store, 2)
    mark = (home / "keys" / "journal.head").read_text()
    fill(store, 2)
    # A kill between commit and mark leaves the mark behind: that is no fault.
    (home / "keys" / "journal.head").write_text(mark)
    assert verify(store.database).faults == ()
    store.database.head.advance(1, "0" * 64)
    assert store.database.head.read() == (json.loads(mark)["seq"], json.loads(mark)["mac"])


def test_a_forged_or_missing_mark_is_found(store: Store, home: Path) -> None:
    fill(store)
    head = home / "keys" / "journal.head"
    text = head.read_text()
    head.write_text(text.replace('"seq": 5', '"seq": 3'))
    assert any("not written with this key" in fault for fault in verify(store.database).faults)
    head.write_text("not json")
    assert any("cannot be read" in fault for fault in verify(store.database).faults)
    head.unlink()
    assert any("mark" in fault and "missing" in fault for fault in verify(store.database).faults)


def test_a_wrong_key_is_refused_before_anything_is_appended(store: Store, place: Place) -> None:
    fill(store)
    if place.shared:
        with pytest.raises(JournalKeyError, match="does not fit the key"):
            place.store(audit_key="ab" * 32)
    else:
        other = place.store(audit_key="ab" * 32)
        with pytest.raises(JournalKeyError, match="does not fit the key"):
            fill(other, 1)
        assert verify(other.database).faults
    assert verify(store.database).entries == 5


def test_the_key_is_made_once_for_its_owner_alone(lone: Place, home: Path) -> None:
    store = lone.store()
    file = home / "keys" / "journal.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(file.read_text().strip())) == 32
    again = Store(home)
    assert again.database.secret == store.database.secret
    again.close()


@pytest.mark.parametrize(
    ("text", "says"), [("zz", "not hexadecimal"), ("abcd", "too short"), ("", "too short")]
)
def test_an_unusable_key_is_named(home: Path, text: str, says: str) -> None:
    Store(home).close()
    (home / "keys" / "journal.key").write_text(text)
    with pytest.raises(JournalKeyError, match=says):
        Store(home)


def test_a_lost_key_stops_everything_and_says_so(home: Path) -> None:
    Store(home).close()
    (home / "keys" / "journal.key").unlink()
    with pytest.raises(JournalKeyError, match="is missing"):
        Store(home)


def test_a_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    home = tmp_path / "other"
    store = Store(home, audit_key="cd" * 32)
    fill(store)
    store.close()
    assert not (home / "keys" / "journal.key").exists()
    again = Store(home, audit_key="cd" * 32)
    assert verify(again.database).faults == ()
    again.close()


def test_several_writers_share_one_chain(place: Place) -> None:
    stores = [place.store() for _ in range(4)]
    threads = [threading.Thread(target=fill, args=(store, 10)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audit = verify(stores[0].database)
    assert (audit.entries, audit.faults) == (40, ())


def test_an_event_with_a_name_is_written_once(store: Store) -> None:
    store.journal.append(entry(once="severity"), entry(once="severity"))
    store.journal.append(entry(once="severity"), entry(incident="INC-2", once="severity"))
    assert [e.incident for e in store.journal.events("INC-1")] == ["INC-1"]
    assert len(store.journal.events("INC-2")) == 1


def test_events_come_back_as_they_were_written(store: Store) -> None:
    store.journal.append(entry(data={"text": "äöü \u2028 \x00", "n": [1, {"a": None}]}))
    (event,) = store.journal.events("INC-1")
    assert (event.id, event.at, event.data) == (
        "J-000001",
        NOW,
        {"text": "äöü \u2028 \x00", "n": [1, {"a": None}]},
    )
    assert store.journal.events("INC-1", after=1) == ()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE approvals SET state = 'approved'", "approval A-1 is not what the journal"),
        ("UPDATE approvals SET bound = 'x'", "approval A-1 is not what the journal"),
        ("DELETE FROM approvals", "approval A-1 is not what the journal"),
        ("UPDATE approvals SET decided_by = 'eve'", "approval A-1 is not what the journal"),
        ("UPDATE approvals SET expires_at = expires_at + 1e6", "approval A-1 is not what"),
        ("UPDATE incidents SET body = replace(body, 'checkout', 'payments')", "INC-1 was altered"),
        (
            "INSERT INTO ledger VALUES ('k','INC-1','P-1','d','done','x','x','x',0)",
            "the account of",
        ),
        ("UPDATE proposals SET body = replace(body, 'checkout-6d5f9c', 'other')", "proposal P-1"),
        ("UPDATE proposals SET body = 'x'", "proposal P-1"),
        ("DELETE FROM proposals", "proposal P-1"),
    ],
)
def test_records_that_differ_from_the_journal_are_found(
    store: Store, place: Place, statement: str, says: str
) -> None:
    ask(store)
    assert verify(store.database).faults == ()
    place.unguarded(statement)
    assert any(says in fault for fault in verify(store.database).faults)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(DatabaseError, match="cannot be used: Not a directory"):
        Store(file / "home")


def test_a_decision_that_could_not_be_is_found(store: Store) -> None:
    ask(store)
    used = entry("approval.used", data={"approval": "A-1", "proposal": "P-1"})
    store.journal.append(used)
    assert any("A-1" in fault for fault in verify(store.database).faults)


def test_evidence_is_compared_as_a_whole(store: Store, place: Place) -> None:
    item = Evidence(
        id="E-001",
        incident="INC-1",
        step="pods",
        role="devops",
        operation={"kind": "kubernetes.list"},
        operation_text="kubectl get pods -n shop",
        status="ok",
        data={"items": []},
        text="no pods",
        collected_at=NOW,
        duration=0.1,
        sha256=digest_of({"items": []}),
    )
    told = {
        "evidence": "E-001",
        "sha256": item.sha256,
        "record_sha256": digest_of(item.model_dump(mode="json")),
    }
    with store.database.write() as connection:
        store.records.add_evidence(connection, [item], look=1)
        last = store.journal.add(connection, [entry("step.finished", data=told)])
    store.journal.mark(last)
    assert verify(store.database).faults == ()
    for change in (
        "replace(body, 'no pods', 'all well')",
        "replace(body, '\"ok\"', '\"refused\"')",
        "replace(body, '\"items\":[]', '\"items\":[1]')",
    ):
        place.unguarded(f"UPDATE evidence SET body = {change}")  # noqa: S608
        assert any("E-001" in fault for fault in verify(store.database).faults)
        place.unguarded(f"UPDATE evidence SET body = '{item.model_dump_json()}'")  # noqa: S608
    place.unguarded("DELETE FROM evidence")
    assert any("E-001 of INC-1 is missing" in fault for fault in verify(store.database).faults)


def test_a_document_that_was_edited_is_noted_and_is_no_fault(store: Store, home: Path) -> None:
    (home / "postmortems").mkdir()
    file = home / "postmortems" / "one.md"
    file.write_text("as written")
    told = {
        "path": "postmortems/one.md",
        "sha256": hashlib.sha256(b"as written").hexdigest(),
    }
    store.journal.append(entry("postmortem.written", data=told))
    assert verify(store.database).documents == ()
    file.write_text("as reviewed")
    audit = verify(store.database)
    assert audit.faults == ()
    assert "one.md is not what was written" in audit.documents[0]


def test_the_home_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "open"
    home.mkdir(mode=0o755)
    Store(home).close()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700

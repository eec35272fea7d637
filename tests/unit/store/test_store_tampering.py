"""Each way to alter a journal is found, and named with its entry and what to do about it (T-07)."""

from pathlib import Path

import pytest

from stanch.store import JournalKeyError, Store, verify
from stanch.store.chain import Finding
from tests.unit.incident_samples import entry, incident
from tests.unit.store import tampering
from tests.unit.store.tampering import COLUMNS

VALUES = (
    "'x'",
    "CAST(x'7bff7d' AS TEXT)",
    "x'00ff'",
    "''",
    "17",
    "'\u00e9'",
    "'[]'",
    "'{\"proposal\": 1}'",
)


def found(store: Store) -> tuple[Finding, ...]:
    return verify(store.database).findings


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "seq"])
@pytest.mark.parametrize("seq", [1, 3, 6])
def test_an_edit_of_any_column_is_found_at_its_entry_and_at_no_other(
    store: Store, home: Path, column: str, seq: int
) -> None:
    tampering.fill(store)
    tampering.write(home, f"UPDATE journal SET {column} = {column} || ' ' WHERE seq = {seq}")  # noqa: S608
    [first, *more] = found(store)
    assert (first.kind, first.seq) == ("moved" if column == "incident" else "edited", seq)
    assert f"entry {seq} does not fit its seal" in first.text
    assert "put back a copy that verifies" in first.mend
    # The last entry's seal is in the mark of the end too.
    assert [one.kind for one in more] == (["mark"] if (column, seq) == ("mac", 6) else [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("once", "NULL"),
        *((c, v) for c in ("data", "mac", "actor", "once", "type") for v in VALUES),
    ],
)
def test_a_value_of_another_kind_is_found_and_stops_nothing(
    store: Store, home: Path, column: str, value: str
) -> None:
    tampering.fill(store)
    tampering.write(home, f"UPDATE journal SET {column} = {value} WHERE seq = 2")  # noqa: S608
    assert any("entry 2 does not fit its seal" in one.text for one in found(store))


@pytest.mark.parametrize(
    ("seqs", "says", "first"),
    [
        ("3", "entry 3 is missing: entry 4 follows entry 2", 3),
        ("1", "entry 1 is missing: entry 2 follows the start", 1),
        ("2, 3, 4", "entries 2 to 4 are missing: entry 5 follows entry 1", 2),
    ],
)
def test_a_deletion_in_the_middle_is_found(
    store: Store, home: Path, seqs: str, says: str, first: int
) -> None:
    tampering.fill(store)
    tampering.write(home, f"DELETE FROM journal WHERE seq IN ({seqs})")  # noqa: S608
    one = only(found(store))
    assert (one.kind, one.seq, one.text) == ("missing", first, says)


def test_a_deletion_whose_gap_was_closed_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    tampering.write(
        home,
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE journal SET seq = seq - 1 WHERE seq > 3",
    )
    told = [(one.kind, one.seq) for one in found(store)]
    assert told[0] == ("edited", 3), "what stood before it is gone, so nothing more can be proved"
    assert told[1:] == [("reordered", 4), ("reordered", 5), ("cut", 6)]
    assert "it was written as entry 5" in found(store)[1].text


@pytest.mark.parametrize("left", [5, 1, 0])
def test_a_cut_end_is_found_by_the_mark(store: Store, home: Path, left: int) -> None:
    tampering.fill(store)
    tampering.write(home, f"DELETE FROM journal WHERE seq > {left}")  # noqa: S608
    one = only(found(store))
    assert (one.kind, one.seq) == ("cut", left + 1)
    assert one.text == f"the journal was cut: it had 6 entries, and has {left}"


def test_a_cut_end_without_its_mark_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    tampering.write(home, "DELETE FROM journal WHERE seq > 4")
    (home / "keys" / "journal.head").unlink()
    one = only(found(store))
    assert (one.kind, one.seq) == ("mark", 4)
    assert "the mark of the journal's end is missing" in one.text
    assert "compare the journal with an anchor" in one.mend


def test_an_emptied_journal_without_its_mark_is_found_by_what_is_left(
    store: Store, home: Path
) -> None:
    with store.database.write() as connection:
        store.records.add_incident(connection, incident())
        last = store.journal.add(connection, [entry("incident.opened", data={})])
    store.journal.mark(last)
    assert found(store) == ()
    tampering.write(home, "DELETE FROM journal")
    (home / "keys" / "journal.head").unlink()
    assert only(found(store)).text == "the journal is empty, and there are 1 incidents"


def test_an_incident_that_was_deleted_is_found(store: Store, home: Path) -> None:
    with store.database.write() as connection:
        store.records.add_incident(connection, incident())
        last = store.journal.add(connection, [entry("incident.opened", data={})])
    store.journal.mark(last)
    tampering.write(home, "DELETE FROM incidents")
    assert only(found(store)).text == "incident INC-1 is missing"


@pytest.mark.parametrize(("one", "other"), [(2, 3), (2, 5), (1, 6), (5, 6)])
def test_two_entries_that_were_swapped_are_named(
    store: Store, home: Path, one: int, other: int
) -> None:
    tampering.fill(store)
    tampering.write(
        home,
        f"UPDATE journal SET seq = 99 WHERE seq = {one}",  # noqa: S608
        f"UPDATE journal SET seq = {one} WHERE seq = {other}",  # noqa: S608
        f"UPDATE journal SET seq = {other} WHERE seq = 99",  # noqa: S608
    )
    told = [item for item in found(store) if item.kind == "reordered"]
    assert [item.seq for item in told] == [one, other]
    assert f"it was written as entry {other}, so the order was changed" in told[0].text
    assert f"it was written as entry {one}" in told[1].text


def test_a_row_that_was_doubled_is_named(store: Store, home: Path) -> None:
    tampering.fill(store)
    copy = {**tampering.rows(home)[3], "seq": 7, "once": None}
    tampering.put(home, [*tampering.rows(home), copy])
    one = only(found(store))
    assert (one.kind, one.seq) == ("duplicated", 7)
    assert "it is a copy of entry 4" in one.text


def test_a_row_that_stands_twice_under_one_number_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    connection = tampering.connected(home)
    connection.execute("CREATE TABLE loose AS SELECT * FROM journal")
    connection.execute("INSERT INTO loose SELECT * FROM journal WHERE seq = 3")
    connection.execute("DROP TABLE journal")
    connection.execute("ALTER TABLE loose RENAME TO journal")
    connection.commit()
    connection.close()
    first = found(store)[0]
    assert (first.kind, first.seq) == ("reordered", 3)
    assert "it is there twice" in first.text


def test_a_row_that_was_moved_to_another_incident_is_named(store: Store, home: Path) -> None:
    tampering.fill(store)
    tampering.write(home, "UPDATE journal SET incident = 'INC-1' WHERE seq = 4")
    one = only(found(store))
    assert (one.kind, one.seq) == ("moved", 4)
    assert "it was written for INC-2 and stands under INC-1" in one.text


def test_a_row_that_was_put_in_between_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    journal = tampering.rows(home)
    forged = {**journal[2], "data": '{"text": "all was well"}', "once": None, "mac": "f" * 64}
    later = [{**one, "seq": one["seq"] + 1} for one in journal[3:]]
    tampering.put(home, [*journal[:3], {**forged, "seq": 4}, *later])
    first = found(store)[0]
    assert (first.kind, first.seq) == ("edited", 4)
    assert "written without the key" in first.text


def test_a_row_that_was_appended_without_the_key_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    last = tampering.rows(home)[-1]
    forged = {**last, "seq": 7, "once": None, "mac": "0" * 64}
    tampering.put(home, [*tampering.rows(home), forged])
    assert (only(found(store)).kind, only(found(store)).seq) == ("edited", 7)
    with pytest.raises(JournalKeyError, match="Nothing was appended"):
        Store(home).journal.append(entry())


def test_many_altered_entries_are_told_of_briefly(store: Store, home: Path) -> None:
    tampering.fill(store, 900)
    tampering.write(home, "UPDATE journal SET data = '{}' WHERE seq % 2 = 0")
    told = found(store)
    assert len(told) == 51
    assert "more findings are left out" in told[-1].text

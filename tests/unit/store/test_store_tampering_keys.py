"""A key that was replaced, a weaker seal and a mark that lies are found (T-07)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stanch.incident import Actor
from stanch.store import JournalKeyError, Store, verify
from stanch.store.chain import Finding
from tests.unit.incident_samples import entry
from tests.unit.store import tampering
from tests.unit.store.tampering import OTHER_KEY, Row


def found(store: Store) -> tuple[Finding, ...]:
    return verify(store.database).findings


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize(
    "sealer", [tampering.under(OTHER_KEY), tampering.unkeyed], ids=["other key", "no key"]
)
def test_a_chain_that_was_sealed_anew_with_a_weaker_key_is_found_by_the_key(
    store: Store, home: Path, sealer: Callable[[Row, str], str]
) -> None:
    tampering.fill(store)
    tampering.put(home, tampering.resealed(tampering.rows(home), sealer))
    [first, second] = found(store)
    assert (first.kind, first.text) == ("key", "none of the 6 entries fits the key in use")
    assert "put back the key" in first.mend
    assert second.kind == "mark"


def test_a_chain_whose_end_was_sealed_with_another_key_is_found(store: Store, home: Path) -> None:
    tampering.fill(store, 12)
    journal = tampering.rows(home)
    before = journal[4]["mac"]
    for one in journal[5:]:
        before = one["mac"] = tampering.under(OTHER_KEY)(one, before)
    tampering.put(home, journal)
    first = found(store)[0]
    assert (first.kind, first.seq) == ("edited", 6)
    assert "entries 6 to 12 do not fit their seals" in first.text
    assert "written with another key" in first.text


def test_a_mark_of_another_key_is_named_with_both_fingerprints(store: Store, home: Path) -> None:
    tampering.fill(store)
    resealed = tampering.resealed(tampering.rows(home), tampering.under(OTHER_KEY))
    tampering.put(home, resealed)
    tampering.forge_mark(home, OTHER_KEY, resealed)
    [chain, mark] = found(store)
    assert (chain.kind, mark.kind) == ("key", "mark")
    assert f"the key in use is {verify(store.database).key}" in mark.text


def test_a_key_that_was_replaced_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    (home / "keys" / "journal.key").write_text(OTHER_KEY)
    other = Store(home)
    [first, second] = found(other)
    assert (first.kind, second.kind) == ("key", "mark")
    with pytest.raises(JournalKeyError):
        other.journal.append(entry())
    other.close()


def test_a_key_that_is_kept_elsewhere_finds_a_journal_written_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store(home, audit_key="cd" * 32)
    tampering.fill(store)
    store.close()
    tampering.write_anew(home, OTHER_KEY, leave_out=3)
    again = Store(home, audit_key="cd" * 32)
    assert {one.kind for one in found(again)} == {"key", "mark"}
    again.close()


def test_a_mark_that_was_rolled_back_alone_hides_nothing(store: Store, home: Path) -> None:
    tampering.fill(store, 3)
    mark = (home / "keys" / "journal.head").read_text()
    store.journal.append(entry(), entry())
    (home / "keys" / "journal.head").write_text(mark)
    assert found(store) == (), "a crash leaves the mark behind too"
    tampering.write(home, "DELETE FROM journal WHERE seq > 2")
    assert (only(found(store)).kind, only(found(store)).seq) == ("cut", 3)


def test_a_mark_of_a_release_that_named_no_key_is_read(store: Store, home: Path) -> None:
    tampering.fill(store)
    file = home / "keys" / "journal.head"
    mark = json.loads(file.read_text())
    assert mark.pop("key") == verify(store.database).key
    file.write_text(json.dumps(mark))
    assert found(store) == ()
    tampering.write(home, "DELETE FROM journal WHERE seq > 4")
    assert only(found(store)).kind == "cut"


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "null", '{"seq": 6}', '{"seq": 6, "mac": "a", "tag": "\\ud800"}']
)
def test_a_mark_that_cannot_be_read_is_found(store: Store, home: Path, text: str) -> None:
    tampering.fill(store)
    (home / "keys" / "journal.head").write_text(text)
    one = only(found(store))
    assert one.kind == "mark"
    assert "put back keys/journal.head" in one.mend


def test_an_older_mark_of_another_chain_is_found(store: Store, home: Path) -> None:
    tampering.fill(store, 3)
    (home / "keys" / "journal.head").unlink()
    store.database.head.advance(2, "9" * 64)
    one = only(found(store))
    assert (one.kind, one.seq) == ("mark", 2)


def test_an_older_copy_of_the_database_is_found_by_the_mark(store: Store, home: Path) -> None:
    tampering.fill(store, 3)
    store.close()
    shutil.copy(home / "stanch.db", home / "older.db")
    later = Store(home)
    later.journal.append(entry(actor=Actor(kind="human", id="ann")))
    later.close()
    shutil.copy(home / "older.db", home / "stanch.db")
    rolled = Store(home)
    assert only(found(rolled)).text == "the journal was cut: it had 4 entries, and has 3"
    rolled.close()

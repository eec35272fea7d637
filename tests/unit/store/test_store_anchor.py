"""An anchor that was kept elsewhere finds what was rolled back or written anew as a whole."""

import hashlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stanch.store import NotFoundError, Store, TamperedError, verify
from stanch.store.anchor import Anchor, AnchorError, made, parse
from stanch.store.audit import anchored
from stanch.store.chain import Finding
from stanch.store.export import digest, export
from stanch.store.exported import verify_export
from stanch.store.lines import Form, canonical
from tests.unit.incident_samples import NOW, entry, incident
from tests.unit.store import tampering
from tests.unit.store.tampering import OTHER_KEY


def anchor(store: Store) -> Anchor:
    return parse(anchored(store.database, at=NOW).text(), "test")


def found(store: Store, against: Anchor) -> tuple[Finding, ...]:
    return verify(store.database, anchor=against).findings


def test_an_anchor_holds_what_vouches_and_nothing_else(store: Store) -> None:
    tampering.fill(store)
    made_now = anchor(store)
    assert (made_now.version, made_now.seq, made_now.incidents) == (1, 6, 2)
    assert made_now.mac == tampering.rows(store.home)[-1]["mac"]
    assert made_now.at == NOW.isoformat()
    assert store.database.secret.hex() not in made_now.text()
    assert anchor(store) == made_now


def test_a_journal_that_grew_since_agrees_with_its_anchor(store: Store) -> None:
    tampering.fill(store)
    old = anchor(store)
    assert found(store, old) == ()
    store.journal.append(entry(incident="INC-9"), entry())
    assert found(store, old) == ()
    assert anchor(store).seq == 8


def test_a_rollback_with_its_mark_is_found_by_an_anchor_alone(store: Store, home: Path) -> None:
    tampering.fill(store, 3)
    store.close()
    shutil.copytree(home, home.parent / "older")
    later = Store(home)
    later.journal.append(entry(data={"text": "what is to be forgotten"}))
    kept = anchor(later)
    later.close()
    shutil.rmtree(home)
    shutil.copytree(home.parent / "older", home)
    rolled = Store(home)
    assert verify(rolled.database).findings == ()
    [one] = found(rolled, kept)
    assert (one.kind, one.seq) == ("cut", 4)
    assert "the journal was cut or rolled back" in one.text
    assert "saw 4 entries, and it has 3" in one.text
    # Going on from the older copy does not heal it.
    rolled.journal.append(entry(data={"text": "another story"}))
    [one] = found(rolled, kept)
    assert (one.kind, one.seq) == ("anchor", 4)
    assert "entry 4 is not the one" in one.text
    rolled.close()


def test_a_journal_written_anew_with_all_its_keys_is_found_by_an_anchor_alone(
    store: Store, home: Path
) -> None:
    with store.database.write() as connection:
        store.records.add_incident(connection, incident())
    tampering.fill(store)
    kept = anchor(store)
    store.close()
    tampering.write_anew(home, OTHER_KEY, leave_out=3)
    anew = Store(home)
    assert verify(anew.database).findings == (), "key, chain, mark and records agree"
    [one] = found(anew, kept)
    assert (one.kind, one.seq) == ("key", 6)
    assert "the key was replaced" in one.text
    assert kept.key in one.text
    assert verify(anew.database).key in one.text
    anew.close()


def test_a_journal_written_anew_with_its_own_key_is_found_by_an_anchor_alone(
    store: Store, home: Path
) -> None:
    tampering.fill(store)
    kept = anchor(store)
    tampering.write_anew(home, store.database.secret.hex(), leave_out=3)
    assert verify(store.database).findings == ()
    [one] = found(store, kept)
    assert (one.kind, one.seq) == ("cut", 6)
    store.journal.append(entry(), entry())
    [one] = found(store, kept)
    assert (one.kind, one.seq) == ("anchor", 6)


def test_a_first_entry_written_anew_is_another_journal(store: Store, home: Path) -> None:
    tampering.fill(store)
    kept = anchor(store)
    tampering.write_anew(home, store.database.secret.hex(), leave_out=1)
    [one] = found(store, kept)
    assert (one.kind, one.seq) == ("anchor", 1)
    assert "this is another journal, or it was written anew" in one.text


def test_an_emptied_home_is_found_by_an_anchor_alone(store: Store, home: Path) -> None:
    tampering.fill(store)
    kept = anchor(store)
    tampering.write(home, "DELETE FROM journal")
    (home / "keys" / "journal.head").unlink()
    assert verify(store.database).findings == ()
    [one] = found(store, kept)
    assert (one.kind, one.seq) == ("cut", 1)
    assert "the journal is empty" in one.text


def test_an_entry_that_the_anchor_names_and_that_is_gone_is_found(store: Store, home: Path) -> None:
    tampering.fill(store)
    kept = anchor(store)
    store.journal.append(entry(), entry())
    tampering.write(home, "DELETE FROM journal WHERE seq = 6")
    assert any(
        one.kind == "missing" and "which the anchor of" in one.text for one in found(store, kept)
    )


def test_the_anchor_of_another_home_is_told_apart(store: Store, tmp_path: Path) -> None:
    tampering.fill(store)
    other = Store(tmp_path / "other")
    tampering.fill(other)
    [one] = found(store, anchor(other))
    assert one.kind == "key"
    assert "or the anchor is of another journal" in one.text
    other.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 5},
        {"mac": "a" * 64},
        {"incidents": 1},
        {"content": "a" * 64},
        {"store": "a" * 32},
        {"at": "2027-01-01T00:00:00+00:00"},
        {"tag": "a" * 64},
    ],
)
def test_an_anchor_that_was_altered_is_found(store: Store, changes: dict[str, str]) -> None:
    tampering.fill(store)
    [one] = found(store, replace(anchor(store), **changes))  # type: ignore[arg-type]
    assert one.kind == "anchor"
    assert "the anchor was altered" in one.text
    assert "take another copy of the anchor" in one.mend


def test_an_anchor_forged_with_another_key_is_found(store: Store) -> None:
    tampering.fill(store)
    reached = verify(store.database, summed=True).reached
    assert reached is not None
    [one] = found(store, made(bytes.fromhex(OTHER_KEY), reached, at=NOW))
    assert one.kind == "key"


def test_no_anchor_is_made_of_what_does_not_verify(store: Store, home: Path) -> None:
    with pytest.raises(NotFoundError, match="no entries yet"):
        anchored(store.database, at=NOW)
    tampering.fill(store)
    tampering.write(home, "UPDATE journal SET phase = 'resolve' WHERE seq = 2")
    with pytest.raises(TamperedError, match="entry 2 does not fit its seal"):
        anchored(store.database, at=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{",
        "[" * 4000,
        '{"version":1}',
        '{"version":1,"store":"x","seq":1,"mac":"","incidents":1,"content":"","key":"","at":""}',
    ],
)
def test_what_is_no_anchor_is_named(text: str) -> None:
    with pytest.raises(AnchorError, match=r"my\.json is no anchor: "):
        parse(text, "my.json")


@pytest.mark.parametrize("version", [2, "1", True, None])
def test_an_anchor_of_another_version_is_named(store: Store, version: object) -> None:
    tampering.fill(store)
    value = json.loads(anchor(store).text()) | {"version": version}
    with pytest.raises(AnchorError, match="this release knows 1"):
        parse(json.dumps(value), "my.json")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), put=st.binary(min_size=1, max_size=1))
def test_whatever_is_changed_in_an_anchor_is_found(store: Store, at: int, put: bytes) -> None:
    if not tampering.rows(store.home):
        tampering.fill(store)
    whole = anchor(store)
    raw = whole.text().encode()
    at %= len(raw)
    text = (raw[:at] + put + raw[at + 1 :]).decode("utf-8", "replace")
    try:
        changed = parse(text, "test")
    except AnchorError:
        return
    assume(changed != whole)
    assert found(store, changed)


@pytest.mark.parametrize("form", ["jsonl", "cloudevents"])
@pytest.mark.parametrize("key", [True, False])
def test_a_file_agrees_with_an_anchor_also_without_the_key(
    store: Store, form: Form, *, key: bool
) -> None:
    tampering.fill(store)
    kept = anchor(store)
    store.journal.append(entry())
    out = io.BytesIO()
    export(store.database, out, form=form)
    secret = store.database.secret if key else None
    checked = verify_export(io.BytesIO(out.getvalue()), secret=secret, anchor=kept)
    assert checked.findings == ()
    assert checked.anchored
    assert checked.sealed is key


def forged(store: Store) -> bytes:
    """Return an export whose third entry was changed, with all digests made anew."""
    out = io.BytesIO()
    export(store.database, out)
    head, *body = out.getvalue().splitlines(keepends=True)
    body[2] = body[2].replace(b"entry 2", b"nothing")
    header = json.loads(head) | {"content": hashlib.sha256(b"".join(body)).hexdigest()}
    header["digest"] = digest(header)
    return canonical(header) + b"\n" + b"".join(body)


def test_without_the_key_an_anchor_finds_a_forged_file(store: Store) -> None:
    tampering.fill(store)
    raw = forged(store)
    assert verify_export(io.BytesIO(raw), secret=None).findings == ()
    checked = verify_export(io.BytesIO(raw), secret=None, anchor=anchor(store))
    [one] = checked.findings
    assert (one.kind, one.seq) == ("edited", 6)
    assert "one of the entries 1 to 6 is not what it was" in one.text


def test_a_file_that_ends_before_the_anchor_is_named(store: Store) -> None:
    tampering.fill(store)
    out = io.BytesIO()
    export(store.database, out)
    store.journal.append(entry())
    [one] = verify_export(io.BytesIO(out.getvalue()), secret=None, anchor=anchor(store)).findings
    assert (one.kind, one.seq) == ("cut", 7)


def test_the_file_of_one_incident_is_not_said_to_agree_with_an_anchor(
    store: Store, tmp_path: Path
) -> None:
    tampering.fill(store)
    out = io.BytesIO()
    export(store.database, out, incident="INC-2")
    kept = anchor(store)
    checked = verify_export(io.BytesIO(out.getvalue()), secret=store.database.secret, anchor=kept)
    assert checked.findings == ()
    assert not checked.anchored
    other = Store(tmp_path / "other", audit_key=store.database.secret.hex())
    other.journal.append(entry(data={"text": "another beginning"}))
    [one] = verify_export(io.BytesIO(out.getvalue()), secret=None, anchor=anchor(other)).findings
    assert "the anchor of another one" in one.text
    other.close()

"""An export holds what the journal holds, and whatever is changed in it is found."""

import hashlib
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stanch.clock import Clock
from stanch.incident import Actor
from stanch.service.opening import open_incident
from stanch.store import NotFoundError, Store, TamperedError
from stanch.store.chain import Finding
from stanch.store.export import digest, export
from stanch.store.exported import NotAnExportError, verify_export
from stanch.store.lines import Form, canonical
from tests.unit.incident_samples import alert, entry
from tests.unit.store import tampering

FORMS: tuple[Form, ...] = ("jsonl", "cloudevents")
SCOPES = (None, "INC-2")


def exported(store: Store, form: Form = "jsonl", incident: str | None = None) -> bytes:
    out = io.BytesIO()
    export(store.database, out, form=form, incident=incident)
    return out.getvalue()


def lines(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True)


def found(store: Store, raw: bytes, *, key: bool = True) -> tuple[Finding, ...]:
    secret = store.database.secret if key else None
    return verify_export(io.BytesIO(raw), secret=secret).findings


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("incident", SCOPES)
@pytest.mark.parametrize("key", [True, False])
def test_an_untouched_export_verifies(
    store: Store, form: Form, incident: str | None, *, key: bool
) -> None:
    tampering.fill(store)
    raw = exported(store, form, incident)
    secret = store.database.secret if key else None
    checked = verify_export(io.BytesIO(raw), secret=secret)
    assert checked.findings == ()
    assert checked.sealed is key
    assert checked.header["entries"] == len(lines(raw)) - 1 == (6 if incident is None else 3)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_entries_give_the_same_bytes(store: Store, form: Form) -> None:
    tampering.fill(store)
    first = exported(store, form), exported(store, form, "INC-2")
    again = Store(store.home)
    assert first == (exported(again, form), exported(again, form, "INC-2"))
    again.close()
    store.journal.append(entry(incident="INC-1"))
    assert exported(store, form, "INC-2") == first[1], "another incident's entry is not in it"


def test_a_line_holds_the_entry_and_the_header_no_key(store: Store) -> None:
    store.journal.append(
        entry(actor=Actor(kind="human", id="ann"), data={"reason": "\u00e4\u2028\x1b", "n": 1.0})
    )
    header, line = (json.loads(one) for one in lines(exported(store)))
    assert line["actor"] == {"kind": "human", "id": "ann"}
    assert line["data"] == {"reason": "\u00e4\u2028\x1b", "n": 1.0}
    assert (line["seq"], line["type"], line["before"]) == (1, "notice", "0" * 64)
    assert len(line["mac"]) == 64
    assert (header["format"], header["version"], header["algorithm"]) == (
        "stanch-journal",
        1,
        "HMAC-SHA256",
    )
    assert (header["first"], header["last"], header["entries"]) == (1, 1, 1)
    raw = exported(store)
    assert store.database.secret.hex().encode() not in raw
    # ASCII, so that no control character reaches a terminal, and no reader sees two lines.
    assert all(byte == 10 or 32 <= byte < 127 for byte in raw)


def test_a_cloud_event_is_one(store: Store) -> None:
    tampering.fill(store, 2)
    store.journal.append(entry("incident.repeated", phase="", data={"alert": {}}))
    header, first, _, third = (json.loads(one) for one in lines(exported(store, "cloudevents")))
    source = f"urn:stanch:{header['data']['store']}"
    assert header["type"] == "dev.stanch.audit.export"
    assert first == {
        "specversion": "1.0",
        "id": "J-000001",
        "source": source,
        "type": "dev.stanch.notice",
        "subject": "INC-1",
        "time": "2026-11-01T12:00:00+00:00",
        "datacontenttype": "application/json",
        "data": {"text": "entry 0"},
        "sequence": "0000000001",
        "actorkind": "system",
        "actorid": "test",
        "phase": "triage",
        "once": "name 0",
        "before": "0" * 64,
        "mac": tampering.rows(store.home)[0]["mac"],
    }
    assert "phase" not in third
    assert "once" not in third
    for event in (header, first, third):
        assert event["source"] == source
        assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in event)
        assert all(value != "" for value in event.values())
    ids = {json.loads(one)["id"] for one in lines(exported(store, "cloudevents"))}
    assert len(ids) == 4


def test_numbers_that_json_does_not_know_are_kept_as_they_were_sealed(store: Store) -> None:
    store.journal.append(entry(data={"n": float("nan")}), entry(data={"n": 1e300, "m": 10**30}))
    for form in FORMS:
        assert found(store, exported(store, form)) == ()
    assert json.loads(lines(exported(store))[1])["data"] == '{"n": NaN}'


def test_what_looks_like_a_secret_is_masked_in_an_export_as_in_the_journal(store: Store) -> None:
    planted = "hunter2-correct-horse"
    given = alert(
        labels={"alertname": "Down", "token": f"token={planted}"},
        annotations={"summary": f"login failed with password={planted} at db, {planted}"},
    )
    open_incident(store, Clock(), given, by="ann", secrets=(planted,))
    for form in FORMS:
        raw = exported(store, form)
        assert b"login failed" in raw
        assert planted.encode() not in raw


def test_a_journal_that_does_not_verify_is_not_exported(store: Store, home: Path) -> None:
    tampering.fill(store)
    tampering.write(home, "UPDATE journal SET data = '{}' WHERE seq = 4")
    with pytest.raises(TamperedError, match="entry 4 does not fit its seal"):
        exported(store)
    tampering.write(home, "DELETE FROM journal WHERE seq > 3")
    with pytest.raises(TamperedError, match="the journal was cut"):
        exported(store, incident="INC-1")


def test_an_export_of_nothing_says_so(store: Store) -> None:
    with pytest.raises(NotFoundError, match="has no entries yet"):
        exported(store)
    tampering.fill(store)
    with pytest.raises(NotFoundError, match="INC-9 has none"):
        exported(store, incident="INC-9")


def test_a_long_journal_is_exported_in_little_memory(store: Store) -> None:
    for _ in range(20):
        store.journal.append(*(entry(data={"text": "x" * 10_000}) for _ in range(100)))

    class Sink(io.RawIOBase):
        size = 0

        def write(self, data: object) -> int:
            assert isinstance(data, bytes)
            self.size += len(data)
            return len(data)

    sink = Sink()
    tracemalloc.start()
    export(store.database, sink)  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sink.size > 20_000_000
    assert most < sink.size / 2


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("incident", SCOPES)
@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize(
    "change",
    ["edit", "cut", "delete", "swap", "double", "extend", "header", "seal", "moved", "blank"],
)
def test_each_change_of_a_file_is_found(
    store: Store, form: Form, incident: str | None, change: str, *, key: bool
) -> None:
    tampering.fill(store, 8)
    head, *body = lines(exported(store, form, incident))
    mac = json.loads(body[1])["mac"].encode()
    changed = {
        "edit": [head, body[0], body[1].replace(b'"entry ', b'"entri '), *body[2:]],
        "cut": [head, *body[:-1]],
        "delete": [head, body[0], *body[2:]],
        "swap": [head, body[0], body[2], body[1], *body[3:]],
        "double": [head, *body[:2], *body[1:]],
        "extend": [head, *body, body[-1]],
        "header": [head.replace(b'"last":', b'"last":1'), *body],
        "seal": [head, body[0], body[1].replace(mac, mac[::-1]), *body[2:]],
        "moved": [head, body[0], body[1].replace(b"INC-2", b"INC-1"), *body[2:]],
        "blank": [head, *body, b"\n"],
    }
    findings = found(store, b"".join(changed[change]), key=key)
    assert findings
    assert all(one.text and one.mend for one in findings)
    told = "; ".join(one.text for one in findings)
    says = {"cut": "the file was cut after entry", "extend": "the file was extended after entry"}
    assert says.get(change, "") in told
    if change in {"delete", "swap", "double", "extend", "blank"}:
        assert any(one.seq for one in findings)
    if key and change in {"edit", "seal", "moved"}:
        seq = 2 if incident is None else 4
        assert any(one.seq == seq and f"entry {seq} " in one.text for one in findings)


def test_a_digest_that_was_made_anew_does_not_pass_the_key(store: Store) -> None:
    tampering.fill(store)
    head, *body = lines(exported(store))
    header = json.loads(head)
    kept = body[:-1]
    header |= {"last": 5, "entries": 5, "content": hashlib.sha256(b"".join(kept)).hexdigest()}
    header["digest"] = digest(header)
    forged = canonical(header) + b"\n" + b"".join(kept)
    assert found(store, forged, key=False) == (), "without the key nobody can tell"
    [one] = found(store, forged)
    assert "was written without the key: it does not fit its seal" in one.text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("key", "0" * 32, "it was sealed anew with another key"),
        ("algorithm", "SHA256", "the file says that it is sealed by SHA256"),
    ],
)
def test_a_weaker_or_another_key_is_found(store: Store, name: str, value: str, says: str) -> None:
    tampering.fill(store)
    head, *body = lines(exported(store))
    header = json.loads(head) | {name: value}
    header["digest"] = digest(header)
    findings = found(store, canonical(header) + b"\n" + b"".join(body))
    assert any(one.kind == "key" and says in one.text for one in findings)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "its first line is no header"),
        (b"{}\n", "its first line is no header"),
        (b"[1]\n", "its first line is no header"),
        (b"\xff\n", "its first line is no header"),
        (b"[" * 100_000 + b"\n", "its first line is no header"),
        (b'{"type":"dev.stanch.audit.export","data":7}\n', "its first line is no header"),
    ],
)
def test_a_file_that_is_no_export_is_named(store: Store, raw: bytes, says: str) -> None:
    with pytest.raises(NotAnExportError, match=says):
        found(store, raw)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("version", 2, "it is stanch-journal 2, and this release knows stanch-journal 1"),
        ("entries", "6", "entries in its header is not what it must be"),
        ("entries", True, "entries in its header is not what it must be"),
        ("encoding", "cloudevents", "names another encoding than it has"),
    ],
)
def test_a_header_of_another_kind_is_named(
    store: Store, name: str, value: object, says: str
) -> None:
    tampering.fill(store)
    head, *body = lines(exported(store))
    with pytest.raises(NotAnExportError, match=says):
        found(store, canonical(json.loads(head) | {name: value}) + b"\n" + b"".join(body))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_in_a_file_is_found_with_the_key_and_without(
    store: Store, data: st.DataObject
) -> None:
    if not tampering.rows(store.home):
        tampering.fill(store)
    form = data.draw(st.sampled_from(FORMS))
    raw = exported(store, form, data.draw(st.sampled_from(SCOPES)))
    at = data.draw(st.integers(0, len(raw) - 1))
    to = data.draw(st.integers(at, min(len(raw), at + 300)))
    put = data.draw(st.binary(max_size=8) | st.sampled_from([b"\n", b" ", b"\r\n", raw[at:to] * 2]))
    changed = raw[:at] + put + raw[to:]
    assume(changed != raw)
    for key in (True, False):
        try:
            assert found(store, changed, key=key)
        except NotAnExportError:
            assert at < raw.index(b"\n") + 1, "only a change of the header makes it no export"

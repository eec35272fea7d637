"""A journal is exported, anchored and found out on either database, by every machine."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stanch.store import Store, TamperedError, verify
from stanch.store.audit import anchored, remember
from stanch.store.export import export
from stanch.store.exported import verify_export
from tests.unit.incident_samples import NOW, entry
from tests.unit.store.store_places import Place
from tests.unit.store.tampering import fill

COPY = (
    "INSERT INTO journal SELECT 7, at, incident, actor, phase, type, data, NULL, mac "
    "FROM journal WHERE seq = 2"
)


@pytest.fixture
def store(place: Place) -> Store:
    made = place.store()
    fill(made)
    return made


@pytest.mark.parametrize("form", ["jsonl", "cloudevents"])
def test_an_export_verifies_with_the_key_and_without(store: Store, form: Any) -> None:
    out = io.BytesIO()
    export(store.database, out, form=form)
    anchor = anchored(store.database, at=NOW)
    for secret in (store.database.secret, None):
        checked = verify_export(io.BytesIO(out.getvalue()), secret=secret, anchor=anchor)
        assert checked.findings == ()
        assert (checked.header["entries"], checked.anchored) == (6, True)


@pytest.mark.parametrize(
    ("statements", "kind", "seq"),
    [
        (["UPDATE journal SET data = '{}' WHERE seq = 3"], "edited", 3),
        (["DELETE FROM journal WHERE seq = 3"], "missing", 3),
        (["DELETE FROM journal WHERE seq > 4"], "cut", 5),
        (["UPDATE journal SET incident = 'INC-1' WHERE seq = 4"], "moved", 4),
        (
            [
                "UPDATE journal SET seq = 99 WHERE seq = 2",
                "UPDATE journal SET seq = 2 WHERE seq = 5",
                "UPDATE journal SET seq = 5 WHERE seq = 99",
            ],
            "reordered",
            2,
        ),
        (
            [COPY],
            "duplicated",
            7,
        ),
    ],
)
def test_what_was_altered_is_found_exported_by_nobody_and_vouched_for_by_nobody(
    store: Store, place: Place, statements: list[str], kind: str, seq: int
) -> None:
    anchor = anchored(store.database, at=NOW)
    place.unguarded(*statements)
    first = verify(store.database, anchor=anchor).findings[0]
    assert (first.kind, first.seq) == (kind, seq)
    with pytest.raises(TamperedError, match="nothing is exported"):
        export(store.database, io.BytesIO())
    with pytest.raises(TamperedError, match="no anchor is made"):
        anchored(store.database, at=NOW)


@dataclass
class Watched(io.RawIOBase):
    """A file that writes on into the store while it is written."""

    store: Store
    raw: bytes = b""
    writes: int = field(default=0)

    def write(self, data: Any) -> int:
        self.raw += bytes(data)
        self.writes += 1
        # This would wait for ever, or fail, if the reader held the database.
        self.store.journal.append(entry(data={"text": f"meanwhile {self.writes}"}))
        return len(data)


def test_who_reads_an_export_slowly_holds_nobody_up(store: Store, place: Place) -> None:
    watched = Watched(place.store())
    export(store.database, watched)  # type: ignore[arg-type]
    checked = verify_export(io.BytesIO(watched.raw), secret=store.database.secret)
    assert checked.findings == ()
    assert checked.header["entries"] == 6, "what was journaled meanwhile is for the next one"
    assert verify(store.database).entries == 6 + 7


def test_what_is_altered_while_it_is_exported_is_found(store: Store, place: Place) -> None:
    store.journal.append(*(entry(data={"text": str(n)}) for n in range(500)))

    class Altering(io.RawIOBase):
        done = False

        def write(self, data: Any) -> int:
            if not self.done:
                self.done = True
                place.unguarded("UPDATE journal SET data = '{}' WHERE seq = 450")
            return len(data)

    with pytest.raises(TamperedError, match="was altered while it was exported"):
        export(store.database, Altering())  # type: ignore[arg-type]


def test_a_machine_remembers_what_others_wrote_once_it_has_seen_it(
    shared: Place, tmp_path: Path
) -> None:
    mine, theirs = shared.store(), shared.store(tmp_path / "theirs")
    fill(theirs)
    remember(mine.database, verify(mine.database))
    shared.unguarded("DELETE FROM journal WHERE seq > 4")
    [one] = verify(mine.database).findings
    assert one.text == "the journal was cut: it had 6 entries, and has 4"
    remember(mine.database, verify(mine.database))
    [one] = verify(mine.database).findings
    assert one.kind == "cut", "what does not verify is not taken for the end"


def test_an_anchor_of_one_machine_holds_on_another(shared: Place, tmp_path: Path) -> None:
    mine, theirs = shared.store(), shared.store(tmp_path / "theirs")
    fill(theirs)
    anchor = anchored(theirs.database, at=NOW)
    shared.unguarded("DELETE FROM journal WHERE seq > 4")
    assert verify(mine.database).findings == (), "this machine has written and seen nothing"
    assert any(
        one.kind == "cut" and one.seq == 5 for one in verify(mine.database, anchor=anchor).findings
    )

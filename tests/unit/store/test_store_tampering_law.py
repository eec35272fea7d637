"""Whatever is altered in a journal is found: a law over every single alteration (T-07)."""

import sqlite3
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stanch.store import Store, verify
from tests.unit.store import tampering
from tests.unit.store.tampering import COLUMNS, Row


def change(draw: st.DrawFn, journal: list[Row]) -> list[Row]:
    """Draw one alteration of a journal."""
    kind = draw(st.sampled_from(["edit", "delete", "swap", "double", "insert", "cut", "renumber"]))
    places = st.integers(0, len(journal) - 1)
    at, to = draw(places), draw(places)
    rows = [dict(one) for one in journal]
    match kind:
        case "edit":
            column = draw(st.sampled_from([name for name in COLUMNS if name != "seq"]))
            text = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
            rows[at][column] = draw(text | st.just(rows[to][column]))
        case "delete":
            del rows[at]
        case "swap":
            rows[at]["seq"], rows[to]["seq"] = rows[to]["seq"], rows[at]["seq"]
        case "double":
            rows.append({**rows[at], "seq": len(rows) + 1, "once": None})
        case "insert":
            later = [{**one, "seq": one["seq"] + 1} for one in rows[at:]]
            rows = [*rows[:at], {**rows[to], "seq": at + 1, "once": None}, *later]
        case "cut":
            rows = rows[:at]
        case _:
            rows[at]["seq"] = draw(st.integers(len(rows) + 1, 2**31))
    return sorted(rows, key=lambda one: int(one["seq"]))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_altered_in_a_journal_is_found(
    store: Store, home: Path, data: st.DataObject
) -> None:
    if verify(store.database).entries == 0:
        tampering.fill(store)
    journal = tampering.rows(home)
    altered = st.composite(lambda draw: change(draw, journal))()
    rows = data.draw(altered)
    assume(rows != journal)
    try:
        tampering.put(home, rows)
    except sqlite3.IntegrityError:
        assume(False)
    try:
        findings = verify(store.database).findings
        assert findings
        assert all(one.text and one.mend for one in findings)
    finally:
        tampering.put(home, journal)
    assert verify(store.database).findings == ()

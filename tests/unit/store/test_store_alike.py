"""What the other parts of the store do, they do on both databases alike."""

import io
from datetime import timedelta

import pytest

from stanch.incident import Vote
from stanch.store import ConflictError, NotFoundError, Store, verify
from stanch.store.audit import anchored
from stanch.store.export import export
from stanch.store.exported import verify_export
from tests.unit.incident_samples import NOW, ask, entry
from tests.unit.store.store_places import KEY, Place

_HOUR = timedelta(hours=1)


def test_the_journal_is_exported_to_the_same_lines_from_both(place: Place, lone: Place) -> None:
    """Whoever moves to a shared store can still compare with what was exported before."""

    def lines(store: Store) -> list[bytes]:
        store.journal.append(*(entry(data={"text": f"äöü \x00 {n}"}) for n in range(450)))
        out = io.BytesIO()
        export(store.database, out)
        assert verify_export(io.BytesIO(out.getvalue()), secret=bytes.fromhex(KEY)).findings == ()
        return out.getvalue().splitlines()[1:]

    other = Place(lone.home.with_name("other"))
    try:
        assert lines(place.store(audit_key=KEY)) == lines(other.store(audit_key=KEY))
    finally:
        other.close()


def test_an_anchor_of_one_machine_is_checked_on_another(shared: Place) -> None:
    first = shared.store()
    first.journal.append(entry(), entry())
    anchor = anchored(first.database, at=NOW)
    second = shared.store(shared.home.with_name("second"))
    second.journal.append(entry())
    assert verify(second.database, anchor=anchor).faults == ()
    shared.unguarded("DELETE FROM journal WHERE seq > 1")
    fresh = shared.store(shared.home.with_name("fresh"))
    assert verify(fresh.database).faults == (), "it never saw more"
    assert verify(fresh.database, anchor=anchor).faults


def test_a_person_answers_a_request_once(place: Place) -> None:
    store = place.store()
    asked = ask(store)

    def answer(word: str, who: str = "ann") -> None:
        vote = Vote.model_validate(
            {
                "approval": asked.id,
                "voter": who,
                "bound": asked.bound,
                "how": "test",
                "answer": word,
                "reason": None if word == "approve" else "not now",
                "at": NOW,
            }
        )
        with store.database.write() as connection:
            store.votes.add(connection, vote)

    answer("approve")
    with pytest.raises(ConflictError, match="ann has answered A-1 already"):
        answer("reject")
    answer("reject", "bob")
    assert [(one.voter, one.answer) for one in store.votes.of("A-1")] == [
        ("ann", "approve"),
        ("bob", "reject"),
    ]


def test_a_token_counts_until_it_is_revoked_on_whichever_machine(place: Place) -> None:
    store, other = place.store(), place.store()
    token = store.tokens.issue("ann", by="root", now=NOW, expires=NOW + _HOUR)
    found = other.tokens.person(token, now=NOW)
    assert found is not None
    assert found.person == "ann"
    assert other.tokens.person(token, now=NOW + _HOUR) is None
    place.run("UPDATE tokens SET expires_at = expires_at + 1000000")
    assert other.tokens.person(token, now=NOW) is None, "its seal covers when it ends"
    place.run("UPDATE tokens SET expires_at = expires_at - 1000000")
    other.tokens.revoke(1, by="root", now=NOW)
    assert store.tokens.person(token, now=NOW) is None
    with pytest.raises(NotFoundError):
        store.tokens.revoke(1, by="root", now=NOW)

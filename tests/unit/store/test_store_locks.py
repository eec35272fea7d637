"""Locks are held by one at a time, and who lost one writes nothing (MIT-07, MIT-09)."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from stanch.store import ConflictError, LostLockError, Store
from stanch.store.owner import Owner, me, parsed
from tests.unit.incident_samples import NOW, entry, incident
from tests.unit.store.store_places import KEY, Place

_HOLDER = """
import sys, pathlib
from stanch.store import Store
home, url, key, seconds = sys.argv[1:]
more = {"audit_key": key or None, "url": url or None, "lease_seconds": float(seconds)}
store = Store(pathlib.Path(home), **more)
with store.hold("INC-1"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(place: Place, home: Path, *, lease: float = 30.0) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the lock of INC-1; on a shared store as another machine would."""
    key = KEY if place.shared else ""
    arguments = [str(home), place.url or "", key, str(lease)]
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
    finally:
        other.kill()
        other.communicate()


def tokens(place: Place) -> dict[str, int]:
    return {str(name): int(token) for name, token in place.run("SELECT name, token FROM locks")}


def test_each_holder_gets_a_token_that_is_one_more(place: Place) -> None:
    store = place.store()
    for expected in (1, 2, 3):
        with store.hold("INC-1") as lease:
            assert lease.token == expected
            assert store.held("INC-1")
            assert not store.held("INC-2")
        assert not store.held("INC-1")
    with store.hold("INC-2") as lease:
        assert (lease.token, lease.stray) == (1, 0)
    assert tokens(place) == {"INC-1": 3, "INC-2": 1}


def test_a_lock_cannot_be_taken_twice_in_one_process_either(place: Place) -> None:
    store = place.store()
    held_by = pytest.raises(ConflictError, match=f"held by process {os.getpid()}")
    with store.hold("INC-1"), held_by, store.hold("INC-1"):
        pytest.fail("it was taken twice")
    with store.hold("INC-1"):
        pass


def test_a_lock_names_its_holder_and_ends_with_it_at_once(place: Place, tmp_path: Path) -> None:
    store = place.store()
    home = tmp_path / "b" if place.shared else place.home
    with holder(place, home) as other:
        assert store.held("INC-1")
        with pytest.raises(ConflictError, match=f"process {other.pid}"), store.hold("INC-1"):
            pytest.fail("it was held")
        other.kill()
        other.wait()
        # Of the same machine it is certain that the process is gone: nobody waits for a lease.
        assert not store.held("INC-1")
        with store.hold("INC-1") as lease:
            assert (lease.token, lease.stray) == (2, 0)


def test_threads_that_race_for_a_lock_never_hold_it_together(place: Place) -> None:
    stores = [place.store() for _ in range(4)]
    inside, most, taken = [0], [0], [0]
    guard = threading.Lock()

    def work(store: Store) -> None:
        for _ in range(6):
            try:
                with store.hold("INC-1"):
                    with guard:
                        inside[0] += 1
                        taken[0] += 1
                        most[0] = max(most[0], inside[0])
                    threading.Event().wait(0.005)
                    with guard:
                        inside[0] -= 1
            except ConflictError:
                continue

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert taken[0] >= 1
    assert tokens(place) == {"INC-1": taken[0]}


def test_who_lost_the_lock_of_an_incident_writes_nothing_about_it(place: Place) -> None:
    store = place.store()
    with store.database.write() as connection:
        store.records.add_incident(connection, incident())
    with store.hold("INC-1"):
        store.journal.append(entry())
        place.run("UPDATE locks SET token = token + 1")
        with pytest.raises(LostLockError, match="INC-1 is not held any more"):
            store.journal.append(entry())
        with pytest.raises(LostLockError), store.database.write() as connection:
            store.records.put_incident(connection, incident(title="altered"))
        # What others do is none of its business.
        store.journal.append(entry(incident="INC-2"))
    assert len(store.journal.events("INC-1")) == 1
    assert store.records.incident("INC-1") == incident()


@pytest.mark.parametrize("by", ["newer token", "other holder", "no row"])
def test_who_lost_the_lock_may_not_send(place: Place, by: str) -> None:
    store = place.store()
    statements = {
        "newer token": "UPDATE locks SET token = token + 1",
        # As after a failover that lost the commit of the token, which then was given again.
        "other holder": f"UPDATE locks SET owner = '{_elsewhere()}'",  # noqa: S608 - our own words
        "no row": "DELETE FROM locks",
    }
    with store.hold("INC-1") as lease:
        lease.confirm()
        place.run(statements[by])
        with pytest.raises(LostLockError), store.database.write() as connection:
            lease.require(connection)
        with pytest.raises(LostLockError):
            lease.confirm()


def test_a_change_is_moved_by_the_newest_holder_only(place: Place) -> None:
    store = place.store()
    start: dict[str, Any] = {"incident": "INC-1", "proposal": "P-1", "digest": "d", "now": NOW}
    with store.database.write() as connection:
        store.ledger.start(connection, "k", **start, token=4)
    moves: tuple[Callable[[Connection], None], ...] = (
        lambda c: store.ledger.finish(c, "k", state="done", result="x", now=NOW, token=3),
        lambda c: store.ledger.doubt(c, "k", token=3),
        lambda c: store.ledger.again(c, "k", now=NOW, token=3),
    )
    for move in moves:
        with pytest.raises(ConflictError), store.database.write() as connection:
            move(connection)
    with store.database.write() as connection:
        store.ledger.again(connection, "k", now=NOW, token=5)
    found = store.ledger.get("k")
    assert found is not None
    assert (found.state, found.token) == ("started", 5)
    with store.database.write() as connection:
        store.ledger.finish(connection, "k", state="done", result="a\x00b", now=NOW, token=5)
    found = store.ledger.get("k")
    assert found is not None
    assert (found.state, found.result) == ("done", "a\ufffdb")


def test_a_session_that_the_server_ends_frees_the_lock_only_after_the_lease(
    shared: Place, tmp_path: Path
) -> None:
    first, second = shared.store(lease_seconds=1.5), shared.store(tmp_path / "b", lease_seconds=1.5)
    with first.hold("INC-1") as lost:
        # As if the holder were another machine's, of which nobody knows whether it lives.
        shared.run(f"UPDATE locks SET owner = '{_elsewhere()}'")  # noqa: S608 - our own words
        shared.run(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND objsubid = 1"
        )
        with pytest.raises(ConflictError, match=r"connection .* broke"), second.hold("INC-1"):
            pytest.fail("the lease had not run out")
        with pytest.raises(LostLockError, match="session has ended"):
            lost.confirm()
        threading.Event().wait(1.6)
        with second.hold("INC-1") as lease:
            assert (lease.token, lease.stray) == (2, 1)
            with pytest.raises(LostLockError):
                first.journal.append(entry())
            second.journal.append(entry())
        with second.hold("INC-1") as again:
            assert (again.token, again.stray) == (3, 1), "the first is astray for good"


def test_a_holder_that_renews_keeps_the_lock_over_many_leases(
    shared: Place, tmp_path: Path
) -> None:
    first, second = shared.store(lease_seconds=0.6), shared.store(tmp_path / "b")
    with first.hold("INC-1") as lease:
        threading.Event().wait(2.0)
        lease.confirm()
        with pytest.raises(ConflictError, match="held by process"), second.hold("INC-1"):
            pytest.fail("it was held")


def test_a_session_that_does_not_have_the_lock_may_not_send(shared: Place) -> None:
    """As behind a pooler that lends a session for one transaction only."""
    store = shared.store()
    with store.hold("INC-1") as lease:
        lease.confirm()
        lease._session.run(text("SELECT pg_advisory_unlock_all()"))  # type: ignore[attr-defined]
        with pytest.raises(LostLockError):
            lease.confirm()


def test_a_process_is_known_to_be_gone_only_on_its_own_machine() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    alive = me()
    assert not alive.gone
    assert parsed(alive.model_dump_json()) == alive
    reused = alive.model_copy(update={"begun": "1"})
    assert reused.gone, "the number is another process's by now"
    ended.wait()
    dead = alive.model_copy(update={"pid": ended.pid})
    assert dead.gone
    for other in ({"host": "elsewhere"}, {"boot": "before"}, {"space": "pid:[1]"}, {"boot": ""}):
        assert not dead.model_copy(update=other).gone
    assert not parsed("no owner at all").gone


def test_a_process_of_another_user_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc hides what others run, nothing else tells."""

    def refused(_: int, __: int) -> None:
        raise PermissionError

    hidden = me().model_copy(update={"pid": 2**22 - 1, "begun": "1"})
    assert hidden.gone
    monkeypatch.setattr(os, "kill", refused)
    assert not hidden.gone


def _elsewhere() -> str:
    return Owner(host="elsewhere", pid=7, boot="b", space="s", begun="1").model_dump_json()

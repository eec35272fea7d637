"""A database that goes away: before the sending nothing is sent, after it nothing twice."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stanch.incident.event import EventType
from stanch.store import verify
from tests.contracts.clients.client_targets import Corner
from tests.contracts.store_shared.shared_scene import Machine, SharedScene
from tests.journeys.kill_scene import Stage, released
from tests.services.postgres import Postgres
from tests.unit.store.store_places import new_database, one_server, url_of

BEGUN: EventType = "mitigation.started"

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    # It is stopped at once and must keep what it confirmed.
    with one_server(fsync="on", synchronous_commit="on", full_page_writes="on") as started:
        yield started


@pytest.fixture
def lonely(stage: Stage, own_server: Postgres, tmp_path: Path) -> Iterator[SharedScene]:
    corner = Corner(stage.target)
    released(corner)
    made = SharedScene(stage, corner, tmp_path, url_of(own_server, new_database(own_server)))
    yield made
    made.close()


def stopped_at(scene: SharedScene, point: str) -> tuple[Machine, str]:
    machine = scene.machine("a", lease=20.0)
    incident = scene.approved(machine)
    machine.do("stop_at", point=point)
    machine.tell("go", incident=incident)
    machine.until_stopped()
    return machine, incident


def test_a_database_that_is_gone_between_intent_and_sending_keeps_the_change_from_being_sent(
    lonely: SharedScene, own_server: Postgres
) -> None:
    machine, incident = stopped_at(lonely, "after the intent")
    own_server.stop()
    machine.wake()
    refused = machine.answer()
    assert (refused["error"], refused["known"]) == ("LostLockError", "StoreError")
    assert lonely.sent() == []
    own_server.start()
    # The process lives and said itself that it sent nothing: it takes up what it began.
    assert machine.do("go", incident=incident)["why"] == "final"
    assert len(lonely.sent()) == 1
    assert machine.do("audit") == {"faults": []}


def test_a_database_that_is_gone_between_sending_and_outcome_leaves_a_doubt_that_the_target_ends(
    lonely: SharedScene, own_server: Postgres
) -> None:
    machine, incident = stopped_at(lonely, "after the change is sent")
    assert len(lonely.sent()) == 1
    own_server.stop()
    machine.wake()
    refused = machine.answer()
    assert refused["known"] == "StoreError"
    assert "127.0.0.1" in refused["text"]
    own_server.start()
    with closing(lonely.store()) as store:
        [begun] = [event for event in store.journal.events(incident) if event.type == BEGUN]
        entry = store.ledger.get(begun.data["key"])
        assert entry is not None
        assert entry.state == "started"
    assert machine.do("go", incident=incident)["why"] == "final"
    assert len(lonely.sent()) == 1, "it was recognised by its mark"
    with closing(lonely.store()) as store:
        assert verify(store.database).faults == ()
        kinds = [event.type for event in store.journal.events(incident)]
    assert kinds.count(BEGUN) == kinds.count("mitigation.probed") == 1

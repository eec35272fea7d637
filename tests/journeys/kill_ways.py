"""What the tests of the ways through the graph share: scenes, and how answers get lost."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.executor.record import ChangeRecord
from stanch.store.ledger import unsettled
from tests.contracts.clients.client_front import Canned, Misdeed, Seen
from tests.journeys.kill_scene import Scene, Stage, fast_cluster, released, scene


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("ways")
    target = fast_cluster(folder / "cluster")
    opened = Stage(target, folder / "stage", clock=folder / "cluster" / "clock.json")
    yield opened
    opened.close()


@pytest.fixture
def here(stage: Stage, tmp_path: Path) -> Iterator[Scene]:
    """Give a scene with one release, whose end is looked at whatever the test did."""
    made = scene(stage, tmp_path / "home")
    released(made.corner)
    yield made
    stage.front.rule = lambda _: None
    made.sound()
    made.close()


@pytest.fixture
def bad_past(stage: Stage, tmp_path: Path) -> Iterator[Scene]:
    """Give a scene in which going back makes nothing better."""
    made = scene(stage, tmp_path / "home")
    released(made.corner, before="v1-crash")
    yield made
    stage.front.rule = lambda _: None
    made.sound()
    made.close()


def handed_over(here: Scene) -> str:
    """Return why the incident was handed over."""
    assert here.incident().status.value == "handed over"
    [event] = here.events("incident.handed_over")
    return str(event.data["reason"])


def settle(here: Scene, *, ran: bool) -> None:
    [entry] = unsettled(here.store.database, "INC-1")
    proposal = here.store.records.proposal(entry.proposal)
    ChangeRecord(here.store, here.clock).settle(proposal, entry.key, ran=ran, by="ann")


def is_patch(seen: Seen) -> bool:
    return seen.method == "PATCH" and "dryRun" not in seen.path


def lost(here: Scene, misdeed: Misdeed, *, nth: int = 1) -> None:
    """Lose the answer to the `nth` change, and then every look at the deployment."""
    gone = threading.Event()

    def rule(seen: Seen) -> Misdeed | Canned | None:
        if is_patch(seen) and len(here.patches()) == nth:
            gone.set()
            return misdeed
        return Canned(500) if gone.is_set() and "/deployments/" in seen.path else None

    here.stage.front.rule = rule

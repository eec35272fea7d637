"""An incident that an earlier release parked is resumed by this one, and comes to its end."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from stanch.approvals import ApprovalError
from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.graph import build
from stanch.graph.drive import LostError
from stanch.store import Store, verify
from stanch.store.ledger import unsettled
from tests.contracts.clients.client_targets import Corner
from tests.journeys.kill_scene import SPEED, Scene, Stage, fast_cluster, released

pytestmark = pytest.mark.cluster

RECORDED = sorted(Path(__file__).parent.glob("v*/*/about.json"))
IDS = [f"{one.parents[1].name}-{one.parent.name}" for one in RECORDED]

Restore = Callable[[Path], Scene]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("recorded")
    target = fast_cluster(folder / "cluster")
    opened = Stage(target, folder / "stage", clock=None)
    yield opened
    opened.close()


@pytest.fixture
def restore(stage: Stage, tmp_path: Path) -> Iterator[Restore]:
    """Give a way to put a recorded home back, in the minute after it was recorded."""
    scenes: list[Scene] = []

    def put_back(about: Path) -> Scene:
        told = json.loads(about.read_text(encoding="utf-8"))
        home = tmp_path / "home"
        shutil.copytree(about.parent, home)
        clock = tmp_path / "clock.json"
        then = datetime.fromisoformat(told["at"]).timestamp()
        line = {"wall": time.time(), "simulated": then + 30, "speed": SPEED}
        clock.write_text(json.dumps(line), encoding="utf-8")
        corner = Corner(stage.target)
        corner.name = told["deployment"]
        # The target of those days is gone: this one has its name and nothing else of it.
        released(corner)
        settings = stage.settings(home, clock=clock)
        scenes.append(Scene(stage, corner, settings, Store(home), Clock(clock)))
        return scenes[-1]

    yield put_back
    for here in scenes:
        here.close()


def arrived(here: Scene) -> int:
    """Return how many changes of this deployment the server has made."""
    meta = here.corner.get()["metadata"]
    return int(meta["annotations"]["deployment.kubernetes.io/revision"]) - 2


def test_every_way_of_being_parked_was_recorded() -> None:
    nodes = {json.loads(one.read_text(encoding="utf-8"))["node"] for one in RECORDED}
    assert nodes >= {"investigate", "gate", "doubt"}


@pytest.mark.parametrize("about", RECORDED, ids=IDS)
def test_a_recorded_home_can_be_read_and_its_journal_verifies(
    about: Path, restore: Restore
) -> None:
    here = restore(about)
    assert verify(here.store.database).faults == ()
    assert not here.incident().status.final
    assert here.events("incident.opened")
    assert len(here.proposals()) == len(here.events("proposal.made"))
    assert here.store.records.evidence("INC-1").keys() == {
        event.data["evidence"] for event in here.events("step.finished")
    }


@pytest.mark.parametrize("about", RECORDED, ids=IDS)
def test_a_recorded_incident_comes_to_its_end(about: Path, restore: Restore) -> None:
    here = restore(about)
    stopped = here.go()
    if entries := unsettled(here.store.database, "INC-1"):
        [entry] = entries
        assert stopped.doubt == entry.key
        proposal = here.store.records.proposal(entry.proposal)
        ChangeRecord(here.store, here.clock).settle(proposal, entry.key, ran=False, by="ann")
        assert here.go().why == "final"
        assert here.incident().status.value == "handed over"
        assert arrived(here) == 0
    else:
        for _ in range(4):
            if stopped.approval is None:
                break
            # What was approved for the old target must not be done to the new one.
            with suppress(ApprovalError):
                here.approve(stopped.approval)
            stopped = here.go()
        assert stopped.why == "final"
        assert here.incident().status.value == "closed"
        assert arrived(here) == 1
        assert here.image() == "web:v1-ok"
        [used] = here.events("approval.used")
        made = here.store.records.proposal(used.data["proposal"])
        assert made.operation.model_dump()["uid"] == here.corner.get()["metadata"]["uid"]
    here.sound()


@pytest.mark.parametrize("about", RECORDED, ids=IDS)
def test_a_release_that_renames_the_node_would_be_found_out(
    about: Path, restore: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = restore(about)
    told: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))

    def new(name: str) -> str:
        return "renamed" if name == told["node"] else name

    renamed = {
        new(name): (node, tuple(new(way) for way in ways))
        for name, (node, ways) in build.FLOW.items()
    }
    monkeypatch.setattr(build, "FLOW", renamed)
    with pytest.raises(LostError):
        here.go()
    assert arrived(here) == 0

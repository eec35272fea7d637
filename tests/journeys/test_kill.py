"""Whenever a run is killed, another process brings its incident to the same end."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.contracts.clients import client_targets
from tests.journeys.kill_cases import GOOD, TAKEN_BACK, Journey, Kill, Parent
from tests.journeys.kill_scene import Stage, everything, fast_cluster
from tests.rehearsals import wanted_more

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

SEED = 20261101
VOTED = "approval.voted+approval.approved"
STARTED = "approval.used+mitigation.started"
FINISHED = "mitigation.finished"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("kill")
    target = fast_cluster(folder / "cluster")
    opened = Stage(target, folder / "stage", clock=folder / "cluster" / "clock.json")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    with Parent(tmp_path_factory.mktemp("runs")) as opened:
        yield opened


def points(parent: Parent, stage: Stage, journey: Journey) -> list[str]:
    """Return the points of a run that nobody kills, in their order."""
    [(case, faults)] = parent.run(stage, journey, [()]).items()
    assert faults == []
    # How often the checks are sampled depends on the machine, so only the first is aimed at.
    found = [one for one in case.points() if "sample" not in one or one.endswith("#1")]
    assert len(found) > 100
    return found


def chosen(every: Sequence[str], *, first: str, last: str, others: int) -> list[str]:
    """Return all points from `first` to `last`, and a few of the others, or all of them."""
    if everything():
        return list(every)
    begin, end = every.index(first), every.index(last) + 1
    rest = sorted((*every[:begin], *every[end:]))
    generator = random.Random(SEED)
    return [*every[begin:end], *generator.sample(rest, others)]


def failed(
    parent: Parent, stage: Stage, journey: Journey, every: Sequence[tuple[Kill, ...]]
) -> dict[tuple[Kill, ...], list[str]]:
    """Return what is wrong, by the points that the processes were killed at."""
    found = {case.kills: faults for case, faults in parent.run(stage, journey, every).items()}
    assert len(found) == len(every)
    return {kills: faults for kills, faults in found.items() if faults}


def test_an_incident_survives_a_kill_at_every_boundary_of_its_run(
    parent: Parent, stage: Stage
) -> None:
    # A plain run aims at every point around the sending, and at some of the others.
    wide = wanted_more()
    wanted = chosen(
        points(parent, stage, GOOD),
        first=f"before the commit of {VOTED if wide else STARTED} #1",
        last=f"after the commit of {'verification.started' if wide else FINISHED} #1",
        others=4,
    )
    assert "before the change is sent #1" in wanted
    assert "after the change is sent #1" in wanted
    assert failed(parent, stage, GOOD, [(point,) for point in wanted]) == {}


def test_an_inverse_that_is_killed_is_sent_once_as_well(parent: Parent, stage: Stage) -> None:
    every = points(parent, stage, TAKEN_BACK)
    # What comes before is the same as in the test above.
    wanted = chosen(
        every[every.index("before the commit of verification.failed #1") :],
        first="before the commit of mitigation.started #1",
        last="after the commit of notice #1",
        others=2,
    )
    assert "before the change is sent #2" in wanted
    assert "after the change is sent #2" in wanted
    assert failed(parent, stage, TAKEN_BACK, [(point,) for point in wanted]) == {}


def test_a_resume_may_be_killed_as_well(parent: Parent, stage: Stage) -> None:
    firsts = (
        "after a checkpoint #3",
        f"after the commit of {VOTED} #1",
        f"after the commit of {STARTED} #1",
        "before the change is sent #1",
        "after the change is sent #1",
        "after the commit of verification.passed #1",
    )
    generator = random.Random(SEED)
    count = 40 if everything() else 5
    cases: list[tuple[Kill, ...]] = [
        (first, *(generator.randint(1, 9) for _ in range(1 + number % 3)))
        for number, first in zip(range(count), firsts * count, strict=False)
    ]
    assert failed(parent, stage, GOOD, list(dict.fromkeys(cases))) == {}


@pytest.mark.skipif("real" not in client_targets.names(), reason="no real cluster is named")
def test_a_killed_run_is_resumed_on_a_real_cluster_as_well(parent: Parent, tmp_path: Path) -> None:
    stage = Stage(client_targets.start("real", tmp_path), tmp_path / "stage", clock=None)
    wanted = (
        f"after the commit of {VOTED} #1",
        f"after the commit of {STARTED} #1",
        "before the change is sent #1",
        "after the change is sent #1",
        f"after the commit of {FINISHED} #1",
    )
    try:
        assert failed(parent, stage, GOOD, [(point,) for point in wanted]) == {}
    finally:
        stage.close()

"""What docs/policy.md says of a target that drifts while its approval is open."""

import threading
import time
from collections.abc import Callable

import pytest

from stanch.incident import ApprovalState
from stanch.service import running
from stanch.service.running import run
from tests.docs.documents import ROOT, prose
from tests.journeys.kill_scene import Scene
from tests.journeys.kill_ways import here, stage

__all__ = ["here", "stage"]

pytestmark = pytest.mark.cluster
LONGEST_SECONDS = 60.0


def test_a_target_that_drifts_voids_the_open_approval_before_anybody_answers(here: Scene) -> None:
    here.open()
    stop = threading.Event()
    moved = threading.Thread(
        target=run, args=(here.settings, here.store, "INC-1"), kwargs={"wait": True, "stop": stop}
    )
    moved.start()
    try:
        until(lambda: bool(here.store.approvals.all(incident="INC-1")))
        here.corner.set_image("registry.local/web:v3-ok")
        until(lambda: here.store.approvals.get("A-1").state is not ApprovalState.PENDING)
        until(lambda: len(here.store.approvals.all(incident="INC-1")) > 1)
    finally:
        stop.set()
        moved.join()
    void = here.store.approvals.get("A-1")
    assert void.state is ApprovalState.SUPERSEDED
    assert (void.reason or "").startswith("the target is not as it was seen: ")
    assert here.events("approval.voted") == []
    assert here.patches() == []


def test_the_page_says_how_often_it_looks() -> None:
    assert running._DRIFT_SECONDS == 5
    page = prose(ROOT / "docs" / "policy.md")
    assert "it looks every five seconds at the targets of open questions" in page


def until(holds: Callable[[], bool]) -> None:
    """Wait until `holds` says so.

    Raises:
        AssertionError: it does not in a minute.
    """
    ends = time.monotonic() + LONGEST_SECONDS
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < ends, "it did not happen in time"
        pause.wait(0.1)

"""The runbook for a stuck stateful set sees the failure in what a cluster answers (MIT-03)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.runbook import cel
from stanch.runbook.read import read
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import DescribeObject, ListEvents, WorkloadRolloutStatus
from tests.contracts.clients.client_sets import Rolling
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
BOOK = read(RUNBOOKS / "kubernetes" / "bad-statefulset.md", root=RUNBOOKS)


@pytest.fixture
def stateful(corner: Corner) -> Iterator[Rolling]:
    found = Rolling(corner, "statefulsets")
    yield found
    found.remove()


def signs(client: KubernetesClient, corner: Corner) -> dict[str, object]:
    place = {"namespace": NAMESPACE, "name": corner.name}
    status = WorkloadRolloutStatus(resource="statefulsets", **place)
    describe = DescribeObject(resource="statefulsets", **place)
    events = ListEvents(namespace=NAMESPACE, about_kind="StatefulSet", about_name=corner.name)
    steps: Json = {
        "rollout": client.observe(status).data,
        "workload": client.observe(describe).data,
        "events": client.observe(events).data,
    }
    given = {"steps": steps, "params": {}, "alert": {}}
    return {name: cel.compute(sign.cel, given) for name, sign in BOOK.signs.items()}


def test_a_stuck_release_is_told_from_one_that_went_well(
    client: KubernetesClient, corner: Corner, stateful: Rolling
) -> None:
    stateful.make()
    well = {
        "newest-revision-not-ready": False,
        "earlier-revision-serves": False,
        "rollout-under-way": False,
        "volume-missing": False,
    }
    corner.until(lambda: signs(client, corner), lambda found: found == well)
    stateful.release("v2-notready")
    corner.until(stateful.images, lambda found: found == ["v1", "v2-notready"])
    stuck = {
        **well,
        "newest-revision-not-ready": True,
        "earlier-revision-serves": True,
        "rollout-under-way": True,
    }
    corner.until(lambda: signs(client, corner), lambda found: found == stuck)

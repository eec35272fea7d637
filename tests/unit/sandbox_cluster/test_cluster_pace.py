import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pace import LIFELIKE, QUICK, Pace
from stanch.sandbox.cluster.pods import is_ready
from tests.time_bounds import work_below
from tests.unit.sandbox_cluster.practice import START, deploy, pods, run, set_image, web

PACES = [pytest.param(QUICK, id="quick"), pytest.param(LIFELIKE, id="lifelike")]


def cluster_at(pace: Pace, seed: int = 0) -> Cluster:
    cluster = Cluster(now=START, seed=seed, pace=pace)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    return cluster


def rolled_out(cluster: Cluster, replicas: int) -> bool:
    status = web(cluster).get("status", {})
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    seen: int = status.get("observedGeneration", 0)
    settled = seen == web(cluster)["metadata"]["generation"]
    return settled and all(status.get(name) == replicas for name in counts)


def seconds_until_rolled_out(cluster: Cluster, replicas: int) -> float:
    begun = cluster.now
    while not rolled_out(cluster, replicas):
        run(cluster, 0.02)
        assert cluster.now < begun + 60
    return cluster.now - begun


@given(moment=st.floats(min_value=1e9, max_value=2e9), pace=st.sampled_from((QUICK, LIFELIKE)))
def test_a_beat_comes_soon_and_never_early(moment: float, pace: Pace) -> None:
    beat = pace.beat_after(moment)
    assert -1e-5 <= beat - moment <= pace.beat + 1e-5
    assert pace.beat_after(beat) == beat


def test_at_the_quick_pace_a_rollout_takes_tenths_of_a_second() -> None:
    cluster = cluster_at(QUICK)
    deploy(cluster, replicas=1)
    assert seconds_until_rolled_out(cluster, 1) <= 0.2
    set_image(cluster, "v2")
    assert seconds_until_rolled_out(cluster, 1) <= 0.3


def test_at_the_lifelike_pace_a_pod_takes_its_time() -> None:
    cluster = cluster_at(LIFELIKE)
    deploy(cluster, replicas=1)
    assert 0.9 <= seconds_until_rolled_out(cluster, 1) <= 3


def test_quick_pauses_between_crashes_double_from_half_a_second() -> None:
    cluster = cluster_at(QUICK)
    deploy(cluster, "v1-crash0.1")
    waits: list[str] = []
    while len(waits) < 4:
        run(cluster, 0.02)
        assert cluster.now < START + 20
        for status in pods(cluster)[0]["status"].get("containerStatuses", ()):
            said = status["state"].get("waiting", {}).get("message", "")
            if said.startswith("back-off") and said.split()[1] not in waits:
                waits.append(said.split()[1])
    assert waits == ["500ms", "1s", "2s", "4s"]


@pytest.mark.parametrize("pace", PACES)
def test_five_hundred_replicas_come_up_in_seconds_of_the_machine(pace: Pace) -> None:
    cluster = cluster_at(pace)
    with work_below(6):
        deploy(cluster, replicas=500)
        seconds_until_rolled_out(cluster, 500)
    assert sum(map(is_ready, pods(cluster))) == 500


def writes_of_replica_sets(pace: Pace, replicas: int) -> int:
    cluster = cluster_at(pace)
    written: list[str] = []

    def note(change: Change) -> None:
        written.append(change.plural)

    cluster.store.journal.listen(note)
    deploy(cluster, replicas=replicas)
    seconds_until_rolled_out(cluster, replicas)
    return written.count("replicasets")


@pytest.mark.parametrize("pace", PACES)
def test_a_replica_set_counts_many_pods_that_change_together_once(pace: Pace) -> None:
    assert writes_of_replica_sets(pace, 120) <= writes_of_replica_sets(pace, 30) + 12


@pytest.mark.parametrize("pace", PACES)
def test_the_same_seed_gives_the_same_world_in_steps_of_any_size(pace: Pace) -> None:
    def world(steps: tuple[float, ...]) -> list[dict[str, Any]]:
        cluster = cluster_at(pace, seed=7)
        deploy(cluster, "v1-flaky1", replicas=4)
        for step in itertools.islice(itertools.cycle(steps), 10_000):
            cluster.advance(min(cluster.now + step, START + 8))
            if cluster.now >= START + 8:
                break
        return [*cluster.store.list("pods"), *cluster.store.list("events", "shop")]

    assert world((8.0,)) == world((0.02,)) == world((0.013, 0.31, 1.7))

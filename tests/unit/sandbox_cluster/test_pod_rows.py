"""The row of a pod in `kubectl get pods`: its state in one word, and its restarts."""

import pytest

from stanch.sandbox.cluster import times
from stanch.sandbox.cluster.table_pods import pod_cells
from tests.unit.sandbox_cluster.kube_http import Json

NOW = 1_750_000_000.0


def status(**state: Json) -> Json:
    return {"name": "web", "ready": "running" in state, "state": state}


def row(*statuses: Json, **fields: object) -> tuple[str, str, str, list[str]]:
    """Return the cells of a pod with these container statuses."""
    metadata = {"name": "web-0", **({"deletionTimestamp": "x"} if fields.pop("going", 0) else {})}
    told = {"phase": "Running", "containerStatuses": list(statuses), **fields}
    spec = {"containers": [{"name": str(n)} for n in range(max(1, len(statuses)))]}
    return pod_cells({"metadata": metadata, "spec": spec, "status": told}, now=NOW)


@pytest.mark.parametrize(
    ("statuses", "fields", "ready", "word"),
    [
        ((), {"phase": "Pending"}, "0/1", "Pending"),
        ((status(running={}),), {}, "1/1", "Running"),
        ((status(running={}), status(waiting={})), {}, "1/2", "Running"),
        ((status(waiting={"reason": "CrashLoopBackOff"}),), {}, "0/1", "CrashLoopBackOff"),
        ((status(waiting={"reason": "ImagePullBackOff"}),), {}, "0/1", "ImagePullBackOff"),
        ((status(terminated={"reason": "OOMKilled", "exitCode": 137}),), {}, "0/1", "OOMKilled"),
        ((status(terminated={"exitCode": 3}),), {}, "0/1", "ExitCode:3"),
        ((status(terminated={"reason": "Completed"}),), {"phase": "Succeeded"}, "0/1", "Completed"),
        (
            (status(terminated={"reason": "Completed"}), status(running={})),
            {},
            "1/2",
            "Running",
        ),
        (
            (status(waiting={"reason": "First"}), status(waiting={"reason": "Second"})),
            {},
            "0/2",
            "First",
        ),
        ((), {"phase": "Failed", "reason": "Evicted"}, "0/1", "Evicted"),
        ((status(running={}),), {"going": 1}, "1/1", "Terminating"),
        ((status(running={}),), {"going": 1, "reason": "NodeLost"}, "1/1", "Unknown"),
    ],
)
def test_the_state_of_a_pod_is_one_word_as_kubectl_prints_it(
    statuses: tuple[Json, ...], fields: Json, ready: str, word: str
) -> None:
    assert row(*statuses, **fields)[:2] == (ready, word)


@pytest.mark.parametrize(
    ("counts", "ends", "shown"),
    [
        ((0,), (None,), "0"),
        ((2,), (None,), "2"),
        ((2,), (125,), "2 (2m5s ago)"),
        ((1, 3), (7200, 60), "4 (60s ago)"),
        ((0,), (60,), "0"),
    ],
)
def test_restarts_are_counted_and_the_last_one_is_dated(
    counts: tuple[int, ...], ends: tuple[int | None, ...], shown: str
) -> None:
    statuses = [
        {
            **status(running={}),
            "restartCount": count,
            "lastState": (
                {"terminated": {"finishedAt": times.stamp(NOW - ago)}} if ago is not None else {}
            ),
        }
        for count, ago in zip(counts, ends, strict=True)
    ]
    assert row(*statuses)[2] == shown


def test_the_wide_columns_say_where_the_pod_is() -> None:
    assert row()[3] == ["<none>"] * 4
    placed = {
        "metadata": {"name": "web-0"},
        "spec": {"containers": [], "nodeName": "worker-1"},
        "status": {"podIP": "10.0.0.7"},
    }
    assert pod_cells(placed, now=NOW)[3] == ["10.0.0.7", "worker-1", "<none>", "<none>"]

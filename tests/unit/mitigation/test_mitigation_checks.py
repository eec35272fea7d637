"""The success checks cannot be passed by having nothing left that fails (MIT-26)."""

from typing import Any

import pytest

from stanch.mitigation import build_checks, judge_check, single_value
from stanch.tools.operations import ScaleDeployment
from tests.unit.incident_samples import roll_back

ALL = ("rollout-complete", "capacity-kept", "error-ratio-recovered", "restarts-stopped")


def checks(change: Any = None, *, capacity: int = 4) -> dict[str, Any]:
    built = build_checks(
        ALL, change or roll_back(), capacity=capacity, error_ratio="up", limit=0.01
    )
    return {check.name: check for check in built}


def workload(*, replicas: int = 4, ready: int | None = 4, pods: Any = ()) -> dict[str, Any]:
    status = {} if ready is None else {"readyReplicas": ready}
    return {
        "deployment": {"spec": {"replicas": replicas}, "status": status},
        "pods": list(pods),
    }


def ratio(value: str) -> dict[str, Any]:
    return {"result": [{"metric": {}, "value": [1.0, value]}]}


@pytest.mark.parametrize(
    ("data", "holds"),
    [
        (workload(), True),
        (workload(replicas=6, ready=6), True),
        (workload(replicas=4, ready=3), False),
        (workload(replicas=0, ready=0), False),
        (workload(replicas=0, ready=None), False),
        (workload(replicas=2, ready=2), False),
        ({}, None),
        (
            {
                "deployment": {
                    "metadata": {"generation": 3},
                    "spec": {"replicas": 4},
                    "status": {"readyReplicas": 4, "observedGeneration": 2},
                },
                "pods": [],
            },
            False,
        ),
    ],
)
def test_capacity_is_kept_only_with_all_wanted_pods_and_no_fewer_than_before(
    data: dict[str, Any], holds: bool | None
) -> None:
    assert judge_check(checks()["capacity-kept"], data).holds is holds


def test_after_a_scale_the_new_number_counts() -> None:
    more = ScaleDeployment(namespace="shop", name="web", uid="u", replicas=6, from_replicas=4)
    check = checks(more)["capacity-kept"]
    assert judge_check(check, workload()).holds is False
    assert judge_check(check, workload(replicas=6, ready=6)).holds is True


@pytest.mark.parametrize(
    ("data", "holds"),
    [
        (ratio("0.0012"), True),
        (ratio("0.01"), False),
        (ratio("0.3"), False),
        (ratio("NaN"), None),
        (ratio("+Inf"), None),
        ({"result": []}, None),
        ({"result": ratio("0")["result"] * 2}, None),
        ({}, None),
    ],
)
def test_the_error_ratio_has_to_be_measured_to_be_recovered(
    data: dict[str, Any], holds: bool | None
) -> None:
    assert judge_check(checks()["error-ratio-recovered"], data).holds is holds


def pod(reason: str | None, *, deleting: bool = False) -> dict[str, Any]:
    waiting = {"waiting": {"reason": reason}} if reason else {"running": {}}
    gone = {"deletionTimestamp": "x"} if deleting else {}
    return {
        "metadata": {"name": "p", **gone},
        "status": {"containerStatuses": [{"state": waiting}, {"state": None}]},
    }


@pytest.mark.parametrize(
    ("pods", "holds"),
    [
        ([pod(None)], True),
        ([pod("ContainerCreating")], True),
        ([pod("CreateContainerConfigError")], False),
        ([pod("InvalidImageName")], False),
        ([], False),
        ([pod("CrashLoopBackOff")], False),
        ([pod(None), pod("ErrImagePull")], False),
        ([pod("CrashLoopBackOff", deleting=True)], True),
        ([{"metadata": {"name": "p"}, "status": {"containerStatuses": None}}], True),
    ],
)
def test_a_container_in_back_off_is_no_success(pods: list[Any], holds: bool) -> None:
    assert judge_check(checks()["restarts-stopped"], workload(pods=pods)).holds is holds


@pytest.mark.parametrize(
    ("state", "holds"),
    [("complete", True), ("progressing", False), ("failed", False), ("paused", False)],
)
def test_a_rollout_has_to_be_complete(state: str, holds: bool) -> None:
    data = {"state": state, "message": "told"}
    result = judge_check(checks()["rollout-complete"], data)
    assert (result.holds, result.text) == (holds, "told")


@pytest.mark.parametrize(
    ("deployment", "why"),
    [
        ({"metadata": {"deletionTimestamp": "x"}, "spec": {"replicas": 4}}, "deleted"),
        ({"metadata": {}, "spec": {"replicas": 4, "paused": True}}, "paused"),
        ({"metadata": {}, "spec": {"replicas": 0}}, "zero"),
    ],
)
def test_what_is_deleted_paused_or_scaled_to_zero_never_counts_as_well(
    deployment: dict[str, Any], why: str
) -> None:
    deployment = {**deployment, "status": {"readyReplicas": 4}}
    data = {"state": "complete", "message": "told", "deployment": deployment, "pods": []}
    for name in ("rollout-complete", "capacity-kept"):
        result = judge_check(checks()[name], data)
        assert result.holds is False
        assert why in result.text


def test_a_check_that_nothing_can_measure_is_an_error() -> None:
    with pytest.raises(ValueError, match="error-ratio-recovered"):
        build_checks(
            ["error-ratio-recovered"], roll_back(), capacity=1, error_ratio=None, limit=0.1
        )


def test_one_number_is_read_from_one_series_only() -> None:
    assert single_value(ratio("1.5")) == 1.5
    assert single_value({}) is None

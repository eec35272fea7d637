"""What comes after a change is compared with what was before it (MIT-25, MIT-26)."""

from typing import Any, get_args

import pytest

from stanch.incident import Check
from stanch.mitigation import (
    CheckResult,
    Measures,
    build_checks,
    can_read_back,
    judge_check,
    judge_facts,
    result_of,
)
from stanch.mitigation.baseline import firing_query
from stanch.mitigation.judging import _JUDGES
from stanch.tools.operations import QueryMetrics, RestartUnit, SwitchFlag
from tests.unit.incident_samples import roll_back

HOW = Measures(
    error_ratio="errors",
    limit=0.01,
    latency="p99",
    alert={"alertname": "Slow", "service": "shop"},
    target=QueryMetrics(expression="anything"),
)
FLAG = SwitchFlag(endpoint="flags", environment="prod", flag="search", enabled=False)
UNIT = RestartUnit(host="web-1", unit="nginx.service", invocation="a" * 32)


def check(name: str, change: Any = None, how: Measures = HOW) -> Check:
    [made] = build_checks(
        [name],
        change or roll_back(),
        capacity=1,
        error_ratio=how.error_ratio,
        limit=how.limit,
        measures=how,
    )
    return made


def before(name: str, **more: Any) -> CheckResult:
    return CheckResult(name=name, holds=False, text="before", **more)


def one(value: str) -> dict[str, Any]:
    return {"result": [{"metric": {}, "value": [1.0, value]}]}


def firing(*names: str) -> dict[str, Any]:
    metric = [{"__name__": "ALERTS", "alertstate": "firing", "alertname": n} for n in names]
    return {"result": [{"metric": one, "value": [1.0, "1"]} for one in metric], "time": 1.0}


def failing_pod(name: str, owner: str = "", *, phase: str = "Running") -> dict[str, Any]:
    owners = [{"kind": "ReplicaSet", "name": f"{owner}-abc", "controller": True}] if owner else []
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}} if phase == "Running" else {}
    return {
        "metadata": {
            "name": name,
            "labels": {"pod-template-hash": "abc"},
            "ownerReferences": owners,
        },
        "status": {"phase": phase, "containerStatuses": [{"state": waiting}]},
    }


def test_every_kind_of_check_is_judged() -> None:
    assert set(_JUDGES) == set(get_args(Check.model_fields["kind"].annotation))


@pytest.mark.parametrize(
    ("now", "limit", "was", "holds"),
    [
        ("0.4", 0.5, None, True),
        ("0.6", 0.5, 5.0, False),
        ("0.4", None, 0.39, True),
        ("0.5", None, 0.39, False),
        ("0.4", None, None, None),
        ("NaN", 0.5, 0.4, None),
    ],
)
def test_the_latency_is_below_its_limit_or_else_no_higher_than_before(
    now: str, limit: float | None, was: float | None, holds: bool | None
) -> None:
    how = Measures(latency="p99", latency_limit=limit)
    made = check("latency-recovered", how=how)
    stood = None if was is None else before("latency-recovered", value=was)
    assert judge_check(made, one(now), before=stood).holds is holds


@pytest.mark.parametrize(
    ("now", "was", "holds"),
    [("0.005", None, True), ("0.30", 0.31, True), ("0.50", 0.31, False), ("0.3", None, None)],
)
def test_harm_that_goes_on_must_not_be_worse_than_before(
    now: str, was: float | None, holds: bool | None
) -> None:
    stood = None if was is None else before("harm-not-worse", value=was)
    assert judge_check(check("harm-not-worse"), one(now), before=stood).holds is holds


def test_an_alert_is_silent_when_no_sample_of_it_fires() -> None:
    made = check("alert-silent")
    assert made.operation.as_text() == (
        'ALERTS{alertstate="firing",alertname="Slow",service="shop"}'
    )
    assert judge_check(made, firing("Slow")).holds is False
    assert judge_check(made, firing()).holds is True
    assert judge_check(made, {}).holds is None


def test_labels_cannot_leave_the_query_that_they_stand_in() -> None:
    assert firing_query({"alertname": 'a"} or up{x="\\\n'}) == (
        'ALERTS{alertstate="firing",alertname="a\\"} or up{x=\\"\\\\\\n"}'
    )


@pytest.mark.parametrize(
    ("was", "now", "holds"),
    [
        ((), (), True),
        (("Old{}",), ("Old",), True),
        (("Old{}",), ("Old", "New"), False),
        ((), ("New",), False),
    ],
)
def test_no_alert_may_fire_that_did_not_fire_before(
    was: tuple[str, ...], now: tuple[str, ...], holds: bool
) -> None:
    made = check("no-new-alerts")
    stood = CheckResult(name=made.name, holds=not was, text="", failing=was)
    assert judge_check(made, firing(*now), before=stood).holds is holds


def test_what_is_new_is_unknown_where_nobody_looked_before() -> None:
    result = judge_check(check("no-new-alerts"), firing("Old"))
    assert result.holds is None
    assert "what failed before the change was not read" in result.text
    assert judge_check(check("no-new-alerts"), firing()).holds is True


def test_a_pod_that_fails_in_place_of_another_is_nothing_new() -> None:
    made = check("no-new-failures")
    stood = judge_check(
        made,
        {"items": [failing_pod("web-abc-1", "web")]},
        before=CheckResult(name="", holds=True, text=""),
    )
    assert (stood.holds, stood.failing) == (False, ("deployments/web",))
    same = {"items": [failing_pod("web-abc-2", "web")]}
    assert judge_check(made, same, before=stood).holds is True
    new = {"items": [failing_pod("web-abc-2", "web"), failing_pod("job", phase="Failed")]}
    result = judge_check(made, new, before=stood)
    assert result.holds is False
    assert "pods/job" in result.text


def test_a_reading_is_the_same_after_it_was_written_down() -> None:
    result = CheckResult(name="a", holds=None, text="b", value=0.5, failing=("x",))
    assert result_of(result.told()) == result
    bare = CheckResult(name="a", holds=True, text="b")
    assert result_of(bare.told()) == bare


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"flag": "search", "enabled": False}, True),
        ({"flag": "search", "enabled": True}, False),
        ({"missing": True}, False),
        ({}, None),
    ],
)
def test_a_flag_is_read_back_as_it_was_set(facts: dict[str, Any], holds: bool | None) -> None:
    made = check("change-holds", FLAG)
    expected = {"flag": "search", "enabled": False}
    assert can_read_back(FLAG, expected)
    assert judge_facts(made, FLAG, facts, expected).holds is holds


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"active_state": "active", "invocation_id": "b" * 32}, True),
        ({"active_state": "active", "invocation_id": "a" * 32}, False),
        ({"active_state": "failed", "invocation_id": "b" * 32}, False),
        ({"missing": True}, False),
    ],
)
def test_a_unit_is_active_and_runs_anew(facts: dict[str, Any], holds: bool) -> None:
    assert can_read_back(UNIT, {})
    assert judge_facts(check("change-holds", UNIT), UNIT, facts, {}).holds is holds


def test_what_leaves_no_facts_behind_cannot_be_read_back() -> None:
    assert not can_read_back(roll_back(), {})
    with pytest.raises(ValueError, match="change-holds"):
        check("change-holds", FLAG, how=Measures())


def test_a_check_of_pods_is_refused_where_there_are_none() -> None:
    with pytest.raises(ValueError, match="no-new-failures cannot be checked of flag search"):
        check("no-new-failures", FLAG)

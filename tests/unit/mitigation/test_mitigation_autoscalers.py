"""`kubectl autoscale` makes an autoscaler where there is none, and only there (MIT-07, DF-16)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, build_checks, strategy_for
from stanch.tools.operations import CreateAutoscaler, DeleteAutoscaler, InspectWorkload, PatchObject
from stanch.tools.operations.autoscaler_changes import MADE_BY, deletion_facts, made_facts
from stanch.tools.operations.kubernetes_intents import Autoscale
from stanch.tools.operations.kubernetes_names import Subject

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def workload(replicas: int = 3, **resources: Any) -> dict[str, Any]:
    container = {"name": "web", "image": "web:1", "resources": resources}
    return {
        "metadata": {"namespace": "shop", "name": "web", "uid": "d-1"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}},
        "status": {"readyReplicas": replicas},
    }


def hpa(name: str = "web", target: str = "web", **spec: Any) -> dict[str, Any]:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    return {
        "metadata": {"namespace": "shop", "name": name, "uid": f"h-{name}"},
        "spec": {
            "scaleTargetRef": reference,
            "minReplicas": 2,
            "maxReplicas": 5,
            "metrics": [metric],
            **spec,
        },
    }


ASKS: dict[str, Any] = {"requests": {"cpu": "100m"}}


def plan(
    thing: dict[str, Any] | None = None,
    autoscalers: Any = (),
    *,
    resource: str = "deploy",
    **more: Any,
) -> Plan:
    subject = Subject(resource=resource, name="web")
    intent = Autoscale.model_validate(
        {"objects": (subject,), "namespace": "shop", "most": 10, **more}
    )
    strategy = strategy_for(intent)
    assert strategy is not None
    assert list(strategy.looks(intent)) == ["target", "autoscalers", "owner"]
    name = "workload" if resource == "sts" else "deployment"
    mine = [one for one in autoscalers if one["spec"]["scaleTargetRef"]["name"] == "web"]
    target = {name: thing or workload(**ASKS), "autoscalers": mine, "pods": []}
    seen: dict[str, dict[str, Any]] = {
        "target": target,
        "autoscalers": {"items": list(autoscalers)},
        "owner": {},
    }
    return strategy.plan(intent, seen, now=NOW)


def test_where_there_is_none_one_is_made_with_all_that_it_will_say() -> None:
    made = plan(least=3, cpu=70)
    change = made.operation
    assert isinstance(change, CreateAutoscaler)
    assert change.body["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 3,
        "maxReplicas": 10,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 70},
                },
            }
        ],
    }
    assert [(one.name, one.after) for one in change.reach.sizes] == [
        ("minReplicas", 3),
        ("maxReplicas", 10),
    ]
    assert made.observed["autoscalers"] == []
    assert made.observed["replicas"] == 3


def test_its_way_back_knows_the_very_autoscaler_by_what_made_it() -> None:
    made = plan()
    change, inverse = made.operation, made.inverse
    assert isinstance(change, CreateAutoscaler)
    assert isinstance(inverse, DeleteAutoscaler)
    assert (inverse.made_by, inverse.replicas) == (change.digest, 3)
    live = hpa()
    live["metadata"]["annotations"] = {MADE_BY: change.digest}
    assert made_facts(live, inverse.made_by)["made_here"] is True
    facts = deletion_facts(inverse, workload(), live)
    assert (facts["autoscaler_uid"], facts["workload_uid"]) == ("h-web", "d-1")
    assert made_facts(hpa(), inverse.made_by)["made_here"] is False


def test_a_stateful_set_is_autoscaled_too() -> None:
    change = plan(resource="sts").operation
    assert isinstance(change, CreateAutoscaler)
    assert change.body["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"least": 11}, "less than the least"),
        ({"autoscalers": [hpa("web", "other")]}, "scales something else"),
        ({"autoscalers": [hpa("a"), hpa("b")]}, "2 autoscalers for web"),
        ({"thing": workload()}, "container web of web request no CPU"),
        ({"thing": workload(0, **ASKS)}, "no replicas"),
    ],
)
def test_one_that_could_not_do_its_work_is_not_made(given: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotPlanError, match=says):
        plan(**given)


def test_a_limit_alone_is_a_request_too() -> None:
    assert isinstance(plan(workload(limits={"cpu": "1"})).operation, CreateAutoscaler)


def test_the_share_of_one_that_is_there_is_moved_in_its_place() -> None:
    made = plan(autoscalers=[hpa()], cpu=60, most=5)
    assert isinstance(made.operation, PatchObject)
    moved = {one.path: (one.before, one.after) for one in made.operation.changes if not one.stays}
    assert moved == {"/spec/metrics/0/resource/target/averageUtilization": (80, 60)}
    with pytest.raises(CannotPlanError, match="these limits already"):
        plan(autoscalers=[hpa()], cpu=80, most=5)
    with pytest.raises(CannotPlanError, match="does not follow a share of the CPU"):
        plan(autoscalers=[hpa(metrics=[])], cpu=60, most=5)


@pytest.mark.parametrize("autoscalers", [[], [hpa()]])
def test_its_capacity_is_checked_at_the_workload(autoscalers: Any) -> None:
    made = plan(autoscalers=autoscalers, least=2)
    [check] = build_checks(
        ("capacity-kept",),
        made.operation,
        capacity=made.capacity,
        error_ratio=None,
        limit=0.0,
    )
    assert check.operation == InspectWorkload(namespace="shop", name="web")


def test_what_comes_of_it_is_said() -> None:
    touches = plan(least=5).touches
    assert any("belong to the autoscaler from now on" in text for text in touches)
    assert "2 pods are added at once" in touches
    assert any("down to 2" in text for text in plan(least=2).touches)
    assert "1 pods are removed at once" in plan(least=1, most=2).touches

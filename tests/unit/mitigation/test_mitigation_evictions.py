"""Which pods of a node go, in which order, and why some are left."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, build_checks, strategy_for
from stanch.mitigation.evictions import drain_of
from stanch.mitigation.label_selectors import selects
from stanch.tools.operations import Effect, EvictPod, Intent, PatchObject, RolloutStatus
from stanch.tools.operations.evictions import MIRROR
from stanch.tools.operations.kubernetes_intents import DeleteObjects
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import DrainNodes

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def pod(name: str, kind: str | None = "ReplicaSet", *, ready: bool = True, **more: Any) -> Any:
    owner = {"kind": kind, "name": f"of-{name}", "uid": f"o-{name}", "controller": True}
    metadata: dict[str, Any] = {
        "namespace": "shop",
        "name": name,
        "uid": f"u-{name}",
        "labels": {"pod": name},
    }
    if kind is not None:
        metadata["ownerReferences"] = [owner]
    return {
        "metadata": metadata | more.pop("metadata", {}),
        "spec": {"nodeName": "worker-1", "volumes": more.pop("volumes", [])},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            **more,
        },
    }


def budget(name: str, *pods: str, allowed: int = 1) -> dict[str, Any]:
    rule = {"key": "pod", "operator": "In", "values": list(pods)}
    return {
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"selector": {"matchExpressions": [rule]}},
        "status": {"disruptionsAllowed": allowed, "currentHealthy": 3, "desiredHealthy": 2},
    }


SCRATCH = [{"name": "scratch", "emptyDir": {}}]


@pytest.mark.parametrize(
    ("one", "why", "blocks"),
    [
        (pod("a", "DaemonSet"), "runs one on every node", False),
        (pod("a", metadata={"annotations": {MIRROR: "x"}}), "mirror", False),
        (pod("a", None), "no controller", True),
        (pod("a", volumes=SCRATCH), "scratch would be lost", True),
        (pod("a", metadata={"deletionTimestamp": "2026-11-01T12:00:00Z"}), "going already", True),
        (pod("a", phase="Succeeded"), "has ended", False),
    ],
)
def test_what_a_drain_leaves_and_why(one: Any, why: str, blocks: bool) -> None:
    drain = drain_of([one, pod("b")], [])
    assert [each["metadata"]["name"] for each in drain.evict] == ["b"]
    [left] = drain.left
    assert (left.name, left.blocks) == ("a", blocks)
    assert why in left.why


def test_local_data_goes_only_when_it_is_said() -> None:
    drain = drain_of([pod("a", volumes=SCRATCH)], [], local_data=True)
    assert len(drain.evict) == 1


def test_what_serves_nobody_goes_first_and_what_its_budget_holds_waits() -> None:
    pods = [
        *(pod("db-0", "StatefulSet"), pod("db-2", "StatefulSet"), pod("db-10", "StatefulSet")),
        *(pod("held"), pod("job", "Job"), pod("web"), pod("sick", ready=False)),
    ]
    drain = drain_of(pods, [budget("b", "held", allowed=0)])
    names = [one["metadata"]["name"] for one in drain.evict]
    assert names == ["sick", "web", "db-10", "db-2", "db-0", "job", "held"]


def look(*pods: Any, budgets: Any = (), **node: Any) -> dict[str, Any]:
    return {
        "node": {
            "metadata": {"name": "worker-1", "uid": "n-1"},
            "spec": node,
            "status": {"allocatable": {"pods": "110"}},
        },
        "pods": list(pods),
        "budgets": list(budgets),
        "workloads": {"u-web": {"resource": "deployments", "name": "web"}},
    }


def plan(intent: Intent, seen: dict[str, Any]) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    assert list(strategy.looks(intent)) == ["target"]
    return strategy.plan(intent, {"target": seen}, now=NOW)


def drain(**more: Any) -> Intent:
    return DrainNodes(objects=(Subject(resource="nodes", name="worker-1"),), **more)


def away(name: str = "web", resource: str = "pod", **more: Any) -> Intent:
    subject = Subject(resource=resource, name=name)
    return DeleteObjects(objects=(subject,), namespace="shop", **more)


def test_a_drain_begins_with_the_cordon_and_says_what_follows() -> None:
    made = plan(drain(), look(pod("web"), pod("agent", "DaemonSet"), pod("alone", None)))
    assert isinstance(made.operation, PatchObject)
    assert made.operation.changes[0].path == "/spec/unschedulable"
    assert made.inverse is not None
    assert any("evicts 1 pods, each by a proposal of its own: web" in text for text in made.touches)
    assert any("pod alone in shop stays: nothing would make" in text for text in made.touches)


def test_then_it_evicts_the_next_pod_by_uid_and_node() -> None:
    made = plan(drain(), look(pod("web"), pod("db-1", "StatefulSet"), unschedulable=True))
    change = made.operation
    assert isinstance(change, EvictPod)
    assert (change.name, change.uid, change.node) == ("web", "u-web", "worker-1")
    assert change.controller.shown == "ReplicaSet/of-web"
    assert made.inverse is None
    assert (change.reach.thing, change.reach.namespace, change.reach.node) == (
        "pods/web",
        "shop",
        "worker-1",
    )


def test_a_drained_node_has_nothing_left_to_evict() -> None:
    with pytest.raises(CannotPlanError, match=r"left to evict \(alone: nothing would make"):
        plan(drain(), look(pod("alone", None), unschedulable=True))
    with pytest.raises(CannotPlanError, match=r"no pod of node worker-1 is left to evict$"):
        plan(drain(), look(pod("agent", "DaemonSet"), unschedulable=True))


@pytest.mark.parametrize(
    ("intent", "says"),
    [
        (drain(force=True), "nothing replaces"),
        (away(force=True), "may still run"),
        (away(resource="configmap"), "left to people"),
    ],
)
def test_what_is_forced_or_is_no_pod_is_left_to_people(intent: Intent, says: str) -> None:
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=says):
        strategy.looks(intent)


def test_a_pod_that_is_to_be_deleted_is_evicted_and_its_budget_is_told() -> None:
    made = plan(away(), look(pod("web"), budgets=[budget("guard", "web", allowed=0)]))
    assert isinstance(made.operation, EvictPod)
    assert any("the budget guard lets 0 pods go now" in text for text in made.touches)
    with pytest.raises(CannotPlanError, match="several disruption budgets"):
        plan(away(), look(pod("web"), budgets=[budget("a", "web"), budget("b", "web")]))


def test_what_loses_data_is_destructive_and_says_so() -> None:
    seen = look(pod("web", volumes=SCRATCH), unschedulable=True)
    made = plan(drain(local_data=True), seen)
    assert made.operation.effect is Effect.DESTRUCTIVE
    assert any("lost for good" in text for text in made.touches)
    assert plan(drain(), look(pod("web"), unschedulable=True)).operation.effect is Effect.MUTATE


def test_an_eviction_is_checked_at_the_workload_that_makes_the_next_pod() -> None:
    made = plan(away(), look(pod("web")))
    [check] = build_checks(
        ("rollout-complete",), made.operation, capacity=0, error_ratio=None, limit=0.0
    )
    assert check.operation == RolloutStatus(namespace="shop", name="web")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "db"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_selects_as_the_api_says(selector: Any, expected: bool) -> None:
    assert selects(selector, {"app": "web"}) is expected

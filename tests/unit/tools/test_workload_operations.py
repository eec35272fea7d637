"""The operations of workloads say what they do, where, and what they may not hold."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from stanch.tools.operations import (
    Change,
    CreateAutoscaler,
    Effect,
    EvictPod,
    InspectEvictions,
    InspectSet,
    PauseRollout,
    RestartSet,
    RollBackSet,
    ScaleSet,
)

HERE: dict[str, Any] = {"namespace": "shop", "name": "db", "uid": "s-1"}
WORKLOAD = {"resource": "deployments", "name": "web", "uid": "d-1"}
CHANGES: dict[str, Change] = {
    "kubectl rollout undo statefulset/db -n shop --to-revision=3": RollBackSet(
        **HERE,
        resource="statefulsets",
        controller_revision="db-5f",
        controller_revision_uid="r-1",
        revision=3,
        data_digest="0" * 64,
        images=("db:1",),
    ),
    "kubectl rollout restart daemonset/db -n shop": RestartSet(
        **HERE, resource="daemonsets", restarted_at="2026-11-01T12:00:00Z"
    ),
    "kubectl scale statefulset/db -n shop --current-replicas=3 --replicas=5": ScaleSet(
        **HERE, replicas=5, from_replicas=3
    ),
    "kubectl rollout pause deployment/db -n shop": PauseRollout(**HERE, paused=True),
    "kubectl rollout resume deployment/db -n shop": PauseRollout(**HERE, paused=False),
    "kubectl autoscale deployment/web -n shop --name=web --min=2 --max=5 --cpu=80%": (
        CreateAutoscaler.model_validate(
            {
                "namespace": "shop",
                "name": "web",
                "workload": WORKLOAD,
                "least": 2,
                "most": 5,
                "from_replicas": 3,
            }
        )
    ),
}


@pytest.mark.parametrize("text", CHANGES)
def test_a_change_reads_as_the_command_of_a_person(text: str) -> None:
    change = CHANGES[text]
    assert change.as_text() == text
    assert change.effect is Effect.MUTATE
    assert change.reach.namespace == "shop"
    adapter: TypeAdapter[Any] = TypeAdapter(Change)
    assert adapter.validate_python(change.model_dump(mode="json")) == change


def test_the_deletion_of_an_autoscaler_is_another_change_for_each_creation() -> None:
    [created] = [one for one in CHANGES.values() if isinstance(one, CreateAutoscaler)]
    other = created.model_copy(update={"most": 6})
    assert created.inverse.made_by == created.digest
    assert other.inverse.digest != created.inverse.digest
    assert "kubectl delete hpa/web" in created.inverse.as_text()
    assert created.target == created.inverse.target == "kubernetes/shop/deployments/web"


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (ScaleSet, {**HERE, "resource": "daemonsets", "replicas": 1, "from_replicas": 2}),
        (RestartSet, {**HERE, "resource": "deployments", "restarted_at": "2026-11-01T12:00:00Z"}),
        (RestartSet, {**HERE, "resource": "daemonsets", "restarted_at": "now"}),
        (InspectEvictions, {}),
        (InspectEvictions, {"node": "a", "namespace": "shop", "name": "x"}),
        (InspectEvictions, {"namespace": "shop"}),
        (
            CreateAutoscaler,
            {
                "namespace": "shop",
                "name": "web",
                "workload": WORKLOAD,
                "least": 6,
                "most": 5,
                "from_replicas": 1,
            },
        ),
        (
            CreateAutoscaler,
            {
                "namespace": "shop",
                "name": "web",
                "workload": WORKLOAD | {"resource": "daemonsets"},
                "least": 1,
                "most": 5,
                "from_replicas": 1,
            },
        ),
    ],
)
def test_what_no_workload_can_do_is_no_operation(model: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


def test_an_eviction_that_loses_data_is_destructive() -> None:
    controller = {"kind": "ReplicaSet", "name": "web-1", "uid": "r-1"}
    place = {"namespace": "shop", "name": "web-1-x", "uid": "p-1", "node": "worker-1"}
    change = EvictPod.model_validate({**place, "controller": controller})
    assert change.effect is Effect.MUTATE
    assert change.model_copy(update={"loses": ("scratch",)}).effect is Effect.DESTRUCTIVE
    assert "(uid p-1, on worker-1)" in change.as_text()


def test_the_looks_only_observe() -> None:
    look = InspectSet(resource="daemonsets", namespace="shop", name="db")
    assert look.effect is Effect.OBSERVE
    assert look.as_text() == "kubectl get daemonsets/db,controllerrevisions,pods,hpa -n shop"
    every = InspectEvictions(node="worker-1")
    assert every.effect is Effect.OBSERVE
    assert "spec.nodeName=worker-1" in every.as_text()
    one = InspectEvictions(namespace="shop", name="web-1")
    assert one.target == "kubernetes/shop/pods/web-1"

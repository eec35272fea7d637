"""Plans for stateful sets and daemon sets are pinned, and say what gets stuck (MIT-01, MIT-05)."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, build_checks, strategy_for
from stanch.tools.operations import (
    InspectSet,
    Intent,
    PatchObject,
    PauseRollout,
    RestartSet,
    RollBackDeployment,
    RollBackSet,
    ScaleSet,
    WorkloadRolloutStatus,
)
from stanch.tools.operations.controller_revisions import data_digest, set_facts
from stanch.tools.operations.kubernetes_intents import Rollout, ScaleObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from tests.unit.mitigation import test_mitigation_plan as deployments

NOW = datetime(2026, 11, 1, 12, 0, 30, 5, tzinfo=UTC)
KINDS = {"statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}


def template(image: str) -> dict[str, Any]:
    container = {"name": "db", "image": image}
    return {
        "metadata": {"labels": {"app": "db"}, "creationTimestamp": None},
        "spec": {"containers": [container]},
    }


def revision(number: int, image: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"db-{image}",
            "uid": f"cr-{image}",
            "labels": {"controller-revision-hash": f"hash-{image}"},
        },
        "revision": number,
        "data": {"spec": {"template": {**template(image), "$patch": "replace"}}},
    }


def pod(resource: str, number: int, image: str, *, ready: bool = True) -> dict[str, Any]:
    label = f"db-{image}" if resource == "statefulsets" else f"hash-{image}"
    return {
        "metadata": {
            "name": f"db-{number}",
            "labels": {"app": "db", "controller-revision-hash": label},
        },
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def look(
    *images: str, resource: str = "statefulsets", pods: Any = None, **spec: Any
) -> dict[str, Any]:
    """Return a set whose revisions have these images, the newest last."""
    sized = {"replicas": 3} if resource == "statefulsets" else {}
    metadata = {"namespace": "shop", "name": "db", "uid": "s-1"}
    status = {"readyReplicas": 2, "numberReady": 2, "desiredNumberScheduled": 3}
    return {
        "workload": {
            "kind": KINDS[resource],
            "metadata": metadata,
            "spec": {**sized, "template": template(images[-1]), **spec},
            "status": status,
        },
        "revisions": [revision(n, image) for n, image in enumerate(images, 1)][::-1],
        "pods": pods or [],
        "autoscalers": [],
    }


def rollout(action: str, resource: str = "statefulsets", **more: Any) -> Intent:
    subject = Subject(resource=resource, name="db")
    fields = {"objects": (subject,), "namespace": "shop", "action": action}
    return Rollout.model_validate(fields | more)


def plan(intent: Intent, target: dict[str, Any]) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    assert next(iter(strategy.looks(intent))) == "target"
    return strategy.plan(intent, {"target": target, "owner": {}}, now=NOW)


@pytest.mark.parametrize("resource", ["statefulsets", "daemonsets"])
def test_an_undo_is_pinned_to_name_uid_and_data_of_one_revision(resource: str) -> None:
    seen = look("1", "2", "3", resource=resource)
    made = plan(rollout("undo", resource), seen)
    change = made.operation
    assert isinstance(change, RollBackSet)
    assert (change.controller_revision, change.controller_revision_uid) == ("db-2", "cr-2")
    assert change.data_digest == data_digest(revision(2, "2"))
    assert change.images == ("2",)
    assert made.observed == set_facts(change, seen["workload"], revision(2, "2"))
    assert ("replicas" in made.observed) is (resource == "statefulsets")
    assert isinstance(made.inverse, RollBackSet)
    assert made.inverse.controller_revision_uid == "cr-3"
    assert (made.ready, made.capacity) == (2, 3)


@pytest.mark.parametrize("resource", ["statefulsets", "daemonsets"])
def test_a_revision_that_still_serves_is_preferred_to_a_newer_one(resource: str) -> None:
    pods = [pod(resource, 0, "1"), pod(resource, 1, "2", ready=False), pod(resource, 2, "3")]
    made = plan(rollout("undo", resource), look("1", "2", "3", resource=resource, pods=pods))
    assert isinstance(made.operation, RollBackSet)
    assert made.operation.controller_revision_uid == "cr-1"


def test_a_renumbered_revision_is_the_same_change_but_for_its_number() -> None:
    seen = look("1", "2")
    first = plan(rollout("undo"), seen)
    moved = copy.deepcopy(seen)
    moved["revisions"][1]["revision"] = 7
    again = plan(rollout("undo"), moved)
    assert again.observed == first.observed
    assert isinstance(again.operation, RollBackSet)
    assert isinstance(first.operation, RollBackSet)
    assert again.operation.model_copy(update={"revision": 1}) == first.operation


def test_other_data_under_the_same_name_is_a_drift() -> None:
    seen = look("1", "2")
    moved = copy.deepcopy(seen)
    moved["revisions"][1]["data"]["spec"]["template"]["spec"]["containers"][0]["image"] = "9"
    assert plan(rollout("undo"), moved).observed != plan(rollout("undo"), seen).observed


@pytest.mark.parametrize(
    ("intent", "seen", "says"),
    [
        (rollout("undo"), look("1"), "no ControllerRevision of an earlier revision"),
        (rollout("undo", to_revision=9), look("1", "2"), "no ControllerRevision of revision 9"),
        (rollout("restart"), look("1", updateStrategy={"type": "OnDelete"}), "OnDelete"),
    ],
)
def test_what_makes_no_sense_is_said(intent: Intent, seen: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotPlanError, match=says):
        plan(intent, seen)


def test_a_template_without_its_revision_is_looked_at_again() -> None:
    seen = look("1", "2")
    seen["workload"]["spec"]["template"] = template("9")
    with pytest.raises(CannotPlanError, match="look again"):
        plan(rollout("undo"), seen)


@pytest.mark.parametrize("action", ["undo", "restart"])
def test_a_set_that_is_being_deleted_is_left_alone(action: str) -> None:
    seen = look("1", "2")
    seen["workload"]["metadata"]["deletionTimestamp"] = "2026-11-01T12:00:00Z"
    with pytest.raises(CannotPlanError, match="being deleted"):
        plan(rollout(action), seen)


def test_no_way_back_is_promised_where_the_history_keeps_nothing() -> None:
    made = plan(rollout("undo"), look("1", "2", revisionHistoryLimit=0))
    assert made.inverse is None
    assert "revisionHistoryLimit is 0" in made.inverse_note


def risks(made: Plan) -> list[str]:
    return [text for text in made.touches if text.startswith("RISK")]


def test_an_ordered_set_with_a_sick_pod_needs_a_person_and_a_parallel_one_does_not() -> None:
    pods = [pod("statefulsets", 0, "1"), pod("statefulsets", 2, "2", ready=False)]
    [risk] = risks(plan(rollout("undo"), look("1", "2", pods=pods)))
    assert "db-2 is not ready" in risk
    assert "`kubectl delete pod db-2 -n shop`" in risk
    parallel = look("1", "2", pods=pods, podManagementPolicy="Parallel")
    assert risks(plan(rollout("undo"), parallel)) == []


def test_a_sick_pod_of_the_revision_to_go_back_to_is_no_reason_to_wait() -> None:
    pods = [pod("statefulsets", 0, "1", ready=False), pod("statefulsets", 1, "1")]
    assert risks(plan(rollout("undo"), look("1", "2", pods=pods))) == []


@pytest.mark.parametrize(
    ("resource", "strategy", "says"),
    [
        ("statefulsets", {"type": "OnDelete"}, "no pod is replaced until somebody deletes it"),
        ("daemonsets", {"type": "OnDelete"}, "no pod is replaced until somebody deletes it"),
        ("statefulsets", {"rollingUpdate": {"partition": 2}}, "partition is 2"),
        ("daemonsets", {"rollingUpdate": {"maxUnavailable": 2}}, "at most 2 nodes"),
        ("daemonsets", {"rollingUpdate": {"maxSurge": 1}}, "beside the old one"),
        ("statefulsets", {}, "from the highest number down"),
    ],
)
def test_the_strategy_of_the_set_is_told(
    resource: str, strategy: dict[str, Any], says: str
) -> None:
    seen = look("1", "2", resource=resource, updateStrategy=strategy)
    assert any(says in text for text in plan(rollout("undo", resource), seen).touches)


def scaled(replicas: int, seen: dict[str, Any], **more: Any) -> Plan:
    subject = Subject(resource="sts", name="db")
    fields = {"objects": (subject,), "namespace": "shop", "replicas": replicas}
    return plan(ScaleObjects.model_validate(fields | more), seen)


def test_a_stateful_set_is_scaled_with_its_way_back() -> None:
    made = scaled(5, look("1"))
    assert isinstance(made.operation, ScaleSet)
    assert isinstance(made.inverse, ScaleSet)
    assert (made.operation.from_replicas, made.operation.replicas) == (3, 5)
    assert (made.inverse.from_replicas, made.inverse.replicas) == (5, 3)
    [size] = made.operation.reach.sizes
    assert (size.name, size.before, size.after) == ("replicas", 3, 5)
    with pytest.raises(CannotPlanError, match="3 replicas already"):
        scaled(3, look("1"))
    with pytest.raises(CannotPlanError, match="meant for 4"):
        scaled(5, look("1"), current=4)
    assert scaled(5, look("1"), current=3).operation == made.operation


def test_volumes_that_go_with_their_pods_are_never_lost_by_a_scale() -> None:
    kept: dict[str, Any] = {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}
    with pytest.raises(CannotPlanError, match="volumes"):
        scaled(1, look("1", **kept))
    made = scaled(5, look("1", **kept))
    assert made.inverse is None
    assert "delete the volumes" in made.inverse_note


def test_a_scale_of_a_stateful_set_under_an_autoscaler_moves_its_least_number() -> None:
    seen = look("1")
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9}
    seen["autoscalers"] = [
        {"metadata": {"name": "db", "namespace": "shop", "uid": "h-1"}, "spec": spec}
    ]
    change = scaled(5, seen).operation
    assert isinstance(change, PatchObject)
    assert change.workload is not None
    assert (change.workload.resource, change.workload.name) == ("statefulsets", "db")


def test_a_daemon_set_has_no_replicas_to_be_scaled() -> None:
    subject = Subject(resource="ds", name="db")
    intent = ScaleObjects(objects=(subject,), namespace="shop", replicas=2)
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match="a pod on every node"):
        strategy.looks(intent)


@pytest.mark.parametrize("resource", ["statefulsets", "daemonsets"])
def test_a_restart_names_its_moment_and_has_no_way_back(resource: str) -> None:
    made = plan(rollout("restart", resource), look("1", resource=resource))
    assert isinstance(made.operation, RestartSet)
    assert made.operation.restarted_at == "2026-11-01T12:00:30Z"
    assert made.inverse is None


@pytest.mark.parametrize("resource", ["statefulsets", "daemonsets"])
def test_its_rollout_its_capacity_and_its_restarts_are_checked(resource: str) -> None:
    made = plan(rollout("undo", resource), look("1", "2", resource=resource))
    names = ("rollout-complete", "capacity-kept", "restarts-stopped")
    checks = build_checks(
        names, made.operation, capacity=made.capacity, error_ratio=None, limit=0.0
    )
    status = WorkloadRolloutStatus.model_validate(
        {"resource": resource, "namespace": "shop", "name": "db"}
    )
    assert checks[0].operation == status
    assert isinstance(checks[2].operation, InspectSet)
    assert checks[1].limit == 3


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_deployments_rollout_is_paused_and_resumed(action: str) -> None:
    on = action == "pause"
    seen = deployments.look("web:1", "web:2")
    seen["deployment"]["spec"]["paused"] = not on
    subject = Subject(resource="deployments", name="checkout")
    intent = Rollout.model_validate({"objects": (subject,), "namespace": "shop", "action": action})
    made = plan(intent, seen)
    assert isinstance(made.operation, PauseRollout)
    assert made.operation.paused is on
    assert isinstance(made.inverse, PauseRollout)
    assert made.inverse.paused is not on
    seen["deployment"]["spec"]["paused"] = on
    with pytest.raises(CannotPlanError, match="paused already"):
        plan(intent, seen)


def test_a_deployment_that_is_named_in_any_way_is_undone_alike() -> None:
    subject = Subject(resource="deployments", name="checkout")
    intent = Rollout(objects=(subject,), namespace="shop", action="undo")
    made = plan(intent, deployments.look("web:1", "web:2"))
    assert isinstance(made.operation, RollBackDeployment)


@pytest.mark.parametrize("resource", ["statefulsets", "daemonsets"])
def test_requests_of_a_set_are_raised_like_those_of_a_deployment(resource: str) -> None:
    pods = [pod(resource, 0, "1", ready=False)]
    seen = look("1", resource=resource, pods=pods)
    containers = seen["workload"]["spec"]["template"]["spec"]["containers"]
    containers[0]["resources"] = {"requests": {"cpu": "100m"}}
    subject = Subject(resource=resource, name="db")
    intent = SetField(
        objects=(subject,), namespace="shop", part="resources", values=("--requests=cpu=200m",)
    )
    made = plan(intent, seen)
    change = made.operation
    assert isinstance(change, PatchObject)
    assert change.resource == resource
    assert made.touches[0] == "container db asks for more cpu: 100m to 200m"
    assert bool(risks(made)) is (resource == "statefulsets")
    assert (made.ready, made.capacity) == (2, 3)
    waits = look("1", resource=resource, updateStrategy={"type": "OnDelete"})
    waits["workload"]["spec"]["template"] = seen["workload"]["spec"]["template"]
    assert any("OnDelete" in text for text in plan(intent, waits).touches)

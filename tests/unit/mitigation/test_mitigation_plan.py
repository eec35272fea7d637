"""An intent and a look become one exact change with its way back (MIT-01, DF-15, DF-16)."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation import CannotPlanError, differences, plan
from stanch.tools.operations import (
    PatchObject,
    RestartDeployment,
    RestartWorkload,
    RollBackDeployment,
    ScaleDeployment,
    ScaleWorkload,
    UndoRollout,
)
from stanch.tools.operations.workload import REVISION, template_digest

NOW = datetime(2026, 11, 1, 12, 0, 30, 5, tzinfo=UTC)
HERE = {"namespace": "shop", "name": "checkout"}


def template(image: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "checkout"}, "creationTimestamp": None},
        "spec": {"containers": [{"name": "checkout", "image": image}]},
    }


def replica_set(revision: int, image: str, ready: int = 0) -> dict[str, Any]:
    body = template(image)
    body["metadata"]["labels"]["pod-template-hash"] = f"hash{revision}"
    return {
        "metadata": {
            "name": f"checkout-{revision}",
            "uid": f"rs-{revision}",
            "annotations": {REVISION: str(revision)},
        },
        "spec": {"replicas": ready, "template": body},
        "status": {"readyReplicas": ready},
    }


def look(*images: str, ready: dict[int, int] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a workload whose revisions have these images, the newest last."""
    ready = ready or {}
    sets = [replica_set(n, image, ready.get(n, 0)) for n, image in enumerate(images, 1)]
    return {
        "deployment": {
            "metadata": {**HERE, "uid": "d-1", "generation": 7},
            "spec": {"replicas": 4, "template": template(images[-1]), **spec},
            "status": {"readyReplicas": 3},
        },
        "replica_sets": sets[::-1],
        "pods": [{}, {}, {}, {}],
        "autoscalers": [],
    }


def test_an_undo_is_pinned_to_the_replica_set_before_the_newest() -> None:
    made = plan(UndoRollout(**HERE), look("web:1", "web:2", "web:3"), now=NOW)
    change = made.operation
    assert isinstance(change, RollBackDeployment)
    assert (change.replica_set, change.replica_set_uid, change.revision) == (
        "checkout-2",
        "rs-2",
        2,
    )
    assert change.images == ("web:2",)
    assert change.template_digest == template_digest(template("web:2"))


def test_its_inverse_is_the_replica_set_that_is_current() -> None:
    made = plan(UndoRollout(**HERE), look("web:1", "web:2"), now=NOW)
    assert isinstance(made.inverse, RollBackDeployment)
    assert (made.inverse.replica_set_uid, made.inverse.images) == ("rs-2", ("web:2",))


def test_a_revision_that_still_serves_is_preferred_to_a_newer_one() -> None:
    made = plan(UndoRollout(**HERE), look("web:1", "web:2", "web:3", ready={1: 2}), now=NOW)
    assert isinstance(made.operation, RollBackDeployment)
    assert made.operation.replica_set == "checkout-1"


def test_a_named_revision_is_taken_at_its_word() -> None:
    made = plan(UndoRollout(**HERE, to_revision=1), look("web:1", "web:2", "web:3"), now=NOW)
    assert isinstance(made.operation, RollBackDeployment)
    assert made.operation.revision == 1


def test_a_revision_with_the_same_template_is_nothing_to_go_back_to() -> None:
    with pytest.raises(CannotPlanError, match="no ReplicaSet of an earlier revision"):
        plan(UndoRollout(**HERE), look("web:1", "web:1"), now=NOW)


@pytest.mark.parametrize(
    ("intent", "change", "says"),
    [
        (UndoRollout(**HERE), {"paused": True}, "paused"),
        (RestartWorkload(**HERE), {"paused": True}, "paused"),
        (UndoRollout(**HERE, to_revision=9), {}, "no ReplicaSet of revision 9"),
        (ScaleWorkload(**HERE, replicas=4), {}, "4 replicas already"),
        (ScaleWorkload(**HERE, replicas=6, current=5), {}, "4 replicas, and the scale is meant"),
    ],
)
def test_what_makes_no_sense_is_said(intent: Any, change: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotPlanError, match=says):
        plan(intent, look("web:1", "web:2", **change), now=NOW)


def test_an_object_that_is_being_deleted_is_left_alone() -> None:
    seen = look("web:1", "web:2")
    seen["deployment"]["metadata"]["deletionTimestamp"] = "2026-11-01T12:00:00Z"
    with pytest.raises(CannotPlanError, match="being deleted"):
        plan(RestartWorkload(**HERE), seen, now=NOW)


def test_a_rollout_whose_replica_set_is_not_there_yet_is_looked_at_again() -> None:
    seen = look("web:1", "web:2")
    seen["deployment"]["spec"]["template"] = template("web:9")
    with pytest.raises(CannotPlanError, match="look again"):
        plan(UndoRollout(**HERE), seen, now=NOW)


def test_a_restart_names_its_moment_and_has_no_way_back() -> None:
    made = plan(RestartWorkload(**HERE), look("web:1"), now=NOW)
    assert isinstance(made.operation, RestartDeployment)
    assert made.operation.restarted_at == "2026-11-01T12:00:30Z"
    assert made.inverse is None
    assert "no way back" in made.inverse_note


def test_a_recreated_workload_is_said_to_be_down_in_between() -> None:
    seen = look("web:1", "web:2", strategy={"type": "Recreate"})
    touches = plan(UndoRollout(**HERE), seen, now=NOW).touches
    assert any("all of them end before" in text for text in touches)
    assert not any("at most" in text for text in touches)


def test_a_scale_by_a_number_more_has_the_way_back() -> None:
    made = plan(ScaleWorkload(**HERE, add=2), look("web:1"), now=NOW)
    assert isinstance(made.operation, ScaleDeployment)
    assert isinstance(made.inverse, ScaleDeployment)
    assert (made.operation.from_replicas, made.operation.replicas) == (4, 6)
    assert (made.inverse.from_replicas, made.inverse.replicas) == (6, 4)


def autoscaler(name: str = "hpa", *, least: int = 2, most: int = 8) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}"},
        "spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most},
        "status": {"currentReplicas": 4},
    }


def test_a_scale_of_what_an_autoscaler_owns_moves_its_least_number() -> None:
    seen = look("web:1")
    seen["autoscalers"] = [autoscaler()]
    made = plan(ScaleWorkload(**HERE, add=2), seen, now=NOW)
    change = made.operation
    assert isinstance(change, PatchObject)
    assert (change.resource, change.name, change.uid) == (
        "horizontalpodautoscalers",
        "hpa",
        "uid-hpa",
    )
    moved = {one.path: (one.before, one.after) for one in change.changes if not one.stays}
    assert moved == {"/spec/minReplicas": (2, 6)}
    assert change.workload is not None
    assert (change.workload.resource, change.workload.name) == ("deployments", "checkout")
    assert made.inverse == change.inverse
    assert (made.ready, made.capacity) == (3, 6)


@pytest.mark.parametrize(
    ("autoscalers", "replicas", "says"),
    [
        ([autoscaler(least=7)], 6, "keeps at least 7 already"),
        ([autoscaler(most=5)], 6, "may not have more than 5: raise its maxReplicas"),
        ([autoscaler()], 4, "for fewer than 4 pods lower its maxReplicas"),
        ([autoscaler()], 3, "for fewer than 4 pods lower its maxReplicas"),
        ([autoscaler(), autoscaler("two")], 6, "autoscalers hpa, two"),
    ],
)
def test_a_scale_that_the_autoscaler_would_undo_is_refused(
    autoscalers: list[dict[str, Any]], replicas: int, says: str
) -> None:
    seen = look("web:1")
    seen["autoscalers"] = autoscalers
    with pytest.raises(CannotPlanError, match=says):
        plan(ScaleWorkload(**HERE, replicas=replicas), seen, now=NOW)


def test_status_is_no_part_of_what_was_observed_and_the_whole_spec_is() -> None:
    seen = look("web:1", "web:2")
    first = plan(UndoRollout(**HERE), seen, now=NOW).observed
    calm = copy.deepcopy(seen)
    calm["deployment"]["status"]["readyReplicas"] = 0
    calm["deployment"]["metadata"]["resourceVersion"] = "99"
    assert plan(UndoRollout(**HERE), calm, now=NOW).observed == first
    for path, value in (("replicas", 5), ("minReadySeconds", 9)):
        moved = copy.deepcopy(seen)
        moved["deployment"]["spec"][path] = value
        assert plan(UndoRollout(**HERE), moved, now=NOW).observed != first


def test_differences_name_list_items_by_their_name_and_leave_out_the_servers_own() -> None:
    before: dict[str, Any] = {
        "metadata": {"generation": 1, "annotations": {"a": "1"}},
        "spec": {"containers": [{"name": "web", "image": "web:2", "ports": [1]}], "paused": True},
        "status": {"x": 1},
    }
    after = copy.deepcopy(before)
    after["metadata"] = {"generation": 2, "annotations": {"a": "1", "b": "2"}}
    after["spec"]["containers"] = [
        {"name": "web", "image": "web:1", "ports": [2]},
        {"name": "proxy", "image": "p"},
    ]
    del after["spec"]["paused"]
    after["status"] = {}
    assert [(d.path, d.before, d.after) for d in differences(before, after)] == [
        ("metadata.annotations.b", None, "2"),
        ("spec.containers[proxy]", None, {"name": "proxy", "image": "p"}),
        ("spec.containers[web].image", "web:2", "web:1"),
        ("spec.containers[web].ports", [1], [2]),
        ("spec.paused", True, None),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(["spec", "metadata", "data"]), json_values)


@given(value=objects)
def test_an_object_does_not_differ_from_itself(value: dict[str, Any]) -> None:
    assert differences(value, copy.deepcopy(value)) == ()


@given(before=objects, after=objects)
def test_objects_that_differ_in_what_people_own_show_it(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    # A field that is null and one that is not there mean the same to the API.
    same = {k: v for k, v in before.items() if v is not None} == {
        k: v for k, v in after.items() if v is not None
    }
    if not same and "metadata" not in before and "metadata" not in after:
        assert differences(before, after) or _only_nulls_differ(before, after)


def _only_nulls_differ(before: Any, after: Any) -> bool:
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if v is not None}
        return [bare(v) for v in value] if isinstance(value, list) else value

    return bool(bare(before) == bare(after))

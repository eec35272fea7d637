"""The patch of a change, and what forbids it."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.clients.kubernetes.patches import patch_for, permit
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import (
    KubernetesChange,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)
from stanch.tools.operations.workload import MARK, REVISION, template_digest

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WHERE = {"namespace": "shop", "name": "web", "uid": "u-1"}

keys = st.sampled_from([LAST_APPLIED, REVISION, MARK, "note", "a/b~c", "team"])
annotations = st.dictionaries(keys, st.text(max_size=5), max_size=6)


def template(image: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"}, **metadata},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


def deployment(**metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "uid": "u-1", "resourceVersion": "77", **metadata},
        "spec": {"replicas": 2, "template": template("web:2")},
    }


def replica_set(**metadata: Any) -> dict[str, Any]:
    labels = {"app": "web", "pod-template-hash": "abc"}
    return {
        "metadata": {"name": "web-1", "uid": "rs-1", **metadata},
        "spec": {"template": template("web:1", labels=labels, creationTimestamp=None)},
    }


def roll_back(digest: str | None = None) -> RollBackDeployment:
    return RollBackDeployment(
        **WHERE,
        replica_set="web-1",
        replica_set_uid="rs-1",
        revision=1,
        template_digest=digest or template_digest(template("web:1")),
        images=("web:1",),
    )


CHANGES: list[KubernetesChange] = [
    ScaleDeployment(**WHERE, replicas=3, from_replicas=2),
    RestartDeployment(**WHERE, restarted_at="2026-11-21T00:00:00Z"),
    roll_back(),
]


@given(mine=annotations, its=annotations, change=st.sampled_from(CHANGES))
def test_a_patch_tests_the_version_first_and_marks_in_the_same_breath(
    mine: dict[str, str], its: dict[str, str], change: KubernetesChange
) -> None:
    live, old = deployment(annotations=mine), replica_set(annotations=its)
    before = copy.deepcopy((live, old))
    patch = patch_for(change, live, earlier=old, key="op-7")
    assert patch[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "77"}
    marks = [step["value"][MARK] for step in patch if step["path"] == "/metadata/annotations"]
    assert marks == ["op-7"]
    assert (live, old) == before, "what was read is not touched"


@given(mine=annotations, its=annotations)
def test_a_roll_back_keeps_the_deployments_own_bookkeeping(
    mine: dict[str, str], its: dict[str, str]
) -> None:
    live, old = deployment(annotations=mine), replica_set(annotations=its)
    after = patch_for(roll_back(), live, earlier=old, key="k")[-1]["value"]
    for name in (LAST_APPLIED, REVISION):
        assert after.get(name) == mine.get(name)
    for name in ("note", "team", "a/b~c"):
        assert after.get(name) == its.get(name)


def test_a_roll_back_puts_in_the_template_without_its_hash_and_nulls() -> None:
    patch = patch_for(roll_back(), deployment(), earlier=replica_set(), key="k")
    assert patch[1] == {"op": "replace", "path": "/spec/template", "value": template("web:1")}


def test_a_restart_keeps_what_the_template_says_of_itself() -> None:
    live = deployment()
    live["spec"]["template"] = template("web:2", annotations={"scrape": "yes"})
    step = patch_for(CHANGES[1], live, earlier=None, key="k")[1]
    assert step["value"]["labels"] == {"app": "web"}
    assert step["value"]["annotations"] == {
        "scrape": "yes",
        "kubectl.kubernetes.io/restartedAt": "2026-11-21T00:00:00Z",
    }


def test_a_scaling_tests_the_number_that_it_replaces() -> None:
    patch = patch_for(CHANGES[0], deployment(), earlier=None, key="k")
    assert patch[1:3] == [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
    ]


@pytest.mark.parametrize(
    ("change", "live", "old", "said"),
    [
        (CHANGES[0], deployment(uid="u-2"), None, "made anew"),
        (CHANGES[1], deployment(deletionTimestamp="2026-01-01T00:00:00Z"), None, "being deleted"),
        (CHANGES[2], deployment(), None, "is gone"),
        (CHANGES[2], deployment(), replica_set(uid="rs-2"), "is gone"),
        (roll_back("0" * 64), deployment(), replica_set(), "another template"),
        (ScaleDeployment(**WHERE, replicas=3, from_replicas=1), deployment(), None, "replicas"),
    ],
)
def test_another_state_than_the_meant_one_is_a_failed_precondition(
    change: KubernetesChange, live: dict[str, Any], old: dict[str, Any] | None, said: str
) -> None:
    with pytest.raises(PreconditionFailedError, match=said):
        permit(change, live, old)


@pytest.mark.parametrize("change", CHANGES)
def test_only_a_scaling_is_permitted_while_the_deployment_is_paused(
    change: KubernetesChange,
) -> None:
    live = deployment()
    permit(change, live, replica_set())
    live["spec"]["paused"] = True
    if isinstance(change, ScaleDeployment):
        permit(change, live, None)
        return
    with pytest.raises(OperationRefusedError, match="rollout resume"):
        permit(change, live, replica_set())

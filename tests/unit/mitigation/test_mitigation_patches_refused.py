"""A patch that cannot be said as exact fields is left to people, with the reason (MIT-01)."""

from typing import Any

import pytest

from stanch.mitigation import CannotPlanError
from stanch.tools.operations import Intent
from stanch.tools.operations.kubernetes_intents import PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.selectors import LabelRequirement
from tests.unit.mitigation.patch_samples import (
    META,
    cordon,
    deployment,
    hpa,
    node,
    patch,
    plan,
    service,
    set_of,
    thing,
)

REFUSED: dict[str, tuple[Intent, dict[str, Any], str]] = {
    "nothing changes": (patch("hpa", {"spec": {"maxReplicas": 5}}), hpa(), "already"),
    "several objects": (
        PatchObjects(
            objects=(Subject(resource="cm", name="a"), Subject(resource="cm", name="b")),
            patch='{"data": {"A": "1"}}',
            namespace="shop",
        ),
        thing(),
        "more than one object",
    ),
    "by labels": (
        PatchObjects(
            resources=("configmaps",),
            labels=(LabelRequirement(key="app", operator="=", values=("web",)),),
            patch='{"data": {"A": "1"}}',
            namespace="shop",
        ),
        thing(),
        "more than one object",
    ),
    "no namespace": (patch("cm", {"data": {"A": "1"}}, namespace=None), thing(), "which namespace"),
    "another resource": (patch("pods", {"spec": {"x": 1}}), thing(spec={}), "left to people"),
    "a subresource": (
        patch("hpa", {"spec": {"maxReplicas": 8}}, subresource="status"),
        hpa(),
        "subresource status",
    ),
    "an image": (
        patch("deploy", {"spec": {"replicas": 3, "paused": True}}),
        deployment(),
        "not a field that may be patched",
    ),
    "an address outside": (
        patch("svc", {"spec": {"externalIPs": ["203.0.113.1"]}}),
        service(),
        "not a field that may be patched",
    ),
    "metadata": (
        patch("cm", {"metadata": {"annotations": {"a": "b"}}}),
        thing(data={}),
        "not a field that may be patched",
    ),
    "a whole list of ports": (
        patch("svc", {"spec": {"ports": [{"port": 80}]}}),
        service(),
        "strategic",
    ),
    "a port that is not there": (
        patch("svc", {"spec": {"ports": [{"port": 81, "targetPort": 1}]}}, "strategic"),
        service(),
        "not just one item",
    ),
    "a directive": (
        patch("svc", {"spec": {"$patch": "replace", "selector": {}}}, "strategic"),
        service(),
        "directives",
    ),
    "another value than the patch tests": (
        patch(
            "svc",
            [
                {"op": "test", "path": "/spec/ports/0/name", "value": "http"},
                {"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080},
            ],
            "json",
        ),
        service(),
        "another value",
    ),
    "an item that is inserted": (
        patch("svc", [{"op": "add", "path": "/spec/ports/0", "value": {}}], "json"),
        service(),
        "more than set one field",
    ),
    "a move": (
        patch("svc", [{"op": "move", "from": "/spec/a", "path": "/spec/b"}], "json"),
        service(),
        "more than set one field",
    ),
    "a place that is not there": (
        patch("svc", [{"op": "replace", "path": "/spec/ports/7/targetPort", "value": 1}], "json"),
        service(),
        "has no /spec/ports/7",
    ),
    "no quantity": (
        patch("quota", {"spec": {"hard": {"pods": "many"}}}),
        thing(spec={"hard": {"pods": "1"}}),
        "no quantity",
    ),
    "a deletion that has begun": (
        patch("hpa", {"spec": {"maxReplicas": 8}}),
        {**hpa(), "metadata": {**META, "deletionTimestamp": "2026-11-01T11:00:00Z"}},
        "being deleted",
    ),
    "a cordoned node": (cordon(), node(unschedulable=True), "takes no pods already"),
    "a node that is on": (cordon(lift=True), node(), "takes new pods already"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_said_exactly_is_left_to_people(case: str) -> None:
    intent, target, why = REFUSED[case]
    with pytest.raises(CannotPlanError, match=why):
        plan(intent, {"object": target, "deployment": target})


@pytest.mark.parametrize(
    ("intent", "target", "why"),
    [
        (set_of("image", "web=web:2"), deployment(), "kubectl rollout undo"),
        (set_of("env", "DB_PASSWORD=x"), deployment(), "may be a secret"),
        (set_of("env", "NEW=x"), deployment(), "no plain NEW"),
        (set_of("env", "NEW-"), deployment(), "takes something away"),
        (set_of("env", "--from=configmap/x"), deployment(), "by hand"),
        (set_of("resources", "--limits=gpu=1"), deployment(), "neither cpu= nor memory="),
        (set_of("resources", "--limits=cpu=x"), deployment(), "no quantity"),
        (set_of("resources", "--limits=cpu=1", "--containers=db"), deployment(), "no container"),
        (set_of("resources", "--prefix=a"), deployment(), "left to people"),
    ],
)
def test_what_cannot_be_set_exactly_is_left_to_people(
    intent: SetField, target: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(intent, {"deployment": target})


def test_a_paused_rollout_is_left_alone() -> None:
    target = deployment()
    target["spec"]["paused"] = True
    with pytest.raises(CannotPlanError, match="paused"):
        plan(set_of("resources", "--limits=cpu=1"), {"deployment": target})

"""What a runbook asks to have patched becomes exact fields with their way back (MIT-01, DF-16)."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.mitigation import CannotPlanError, build_checks
from stanch.tools.operations import PatchObject
from stanch.tools.operations.kubernetes_intents import Autoscale
from stanch.tools.operations.kubernetes_names import Subject
from tests.unit.mitigation.patch_samples import (
    changed,
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


def test_an_upper_limit_is_raised_with_the_old_one_as_its_way_back() -> None:
    made = plan(patch("hpa", {"spec": {"maxReplicas": 8}}), {"object": hpa()})
    assert changed(made) == {"/spec/maxReplicas": (5, 8)}
    assert made.title == "Change autoscaler web: maxReplicas from 5 to 8"
    assert isinstance(made.inverse, PatchObject)
    assert [(one.before, one.after) for one in made.inverse.changes] == [(8, 5)]
    assert made.observed == {
        "uid": "u-1",
        "deleting": False,
        "/spec/maxReplicas": {"value": 5},
    }
    assert made.touches[0] == (
        "deployment web with 5 pods: the autoscaler keeps 2 to 8 pods in place of 2 to 5"
    )


def test_limits_that_add_or_remove_pods_at_once_say_so() -> None:
    more = plan(patch("hpa", {"spec": {"minReplicas": 7, "maxReplicas": 9}}), {"object": hpa()})
    assert "at least 2 pods are added at once" in more.touches
    less = plan(patch("hpa", {"spec": {"maxReplicas": 3}}), {"object": hpa()})
    assert "2 pods are removed" in less.touches


ENDPOINTS = {"items": [{"subsets": [{"addresses": [{"ip": "1"}, {"ip": "2"}]}]}]}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", [{"op": "replace", "path": "/spec/ports/1/targetPort", "value": 8080}]),
        (
            "json",
            [
                {"op": "test", "path": "/spec/ports/1/name", "value": "http"},
                {"op": "add", "path": "/spec/ports/1/targetPort", "value": 8080},
            ],
        ),
        ("strategic", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}),
    ],
)
def test_a_port_is_changed_on_the_condition_that_its_place_is_the_same(
    kind: str, body: Any
) -> None:
    intent = patch("svc", body, kind)
    made = plan(intent, {"object": service()}, endpoints=ENDPOINTS)
    assert changed(made) == {
        "/spec/ports/1/port": (80, 80),
        "/spec/ports/1/targetPort": (8081, 8080),
    }
    assert "2 pods stand behind it now" in made.touches[1]


def test_a_quota_is_written_as_the_server_keeps_it() -> None:
    target = thing(
        spec={"hard": {"pods": "10", "requests.memory": "8Gi"}}, status={"used": {"pods": "10"}}
    )
    body = {"spec": {"hard": {"pods": 20, "requests.memory": "10240Mi"}}}
    made = plan(patch("quota", body), {"object": target})
    assert changed(made) == {
        "/spec/hard/pods": ("10", "20"),
        "/spec/hard/requests.memory": ("8Gi", "10Gi"),
    }
    assert "pods: 10 in use, 10 allowed now, 20 afterwards" in made.touches


def users(**pod: Any) -> dict[str, Any]:
    container = {"name": "web", "envFrom": [{"configMapRef": {"name": "web"}}]}
    spec = {"template": {"spec": {"containers": [container], **pod}}}
    other = {"template": {"spec": {"containers": [{"name": "x"}]}}}
    return {
        "items": [
            {"metadata": {"name": "web"}, "spec": spec, "status": {"replicas": 3}},
            {"metadata": {"name": "other"}, "spec": other, "status": {"replicas": 9}},
        ]
    }


def test_a_value_of_a_config_map_says_who_takes_it_and_when() -> None:
    target = thing(data={"URL": "http://bank.wrong", "MODE": "fast"})
    intent = patch("cm", {"data": {"URL": "http://bank"}})
    made = plan(intent, {"object": target}, deployments=users())
    assert changed(made) == {"/data/URL": ("http://bank.wrong", "http://bank")}
    assert made.touches[0] == "web with 3 pods take values from config map web"
    assert "until they restart" in made.touches[1]
    mounted = users(volumes=[{"configMap": {"name": "web"}}])
    made = plan(intent, {"object": target}, deployments=mounted)
    assert "without a restart" in made.touches[1]


def test_a_config_map_without_data_gets_all_of_it() -> None:
    intent = patch("cm", {"data": {"A": "1", "B": "2", "C": None}})
    made = plan(intent, {"object": thing()}, deployments={"items": []})
    assert changed(made) == {"/data": (None, {"A": "1", "B": "2"})}


PLACE = "/spec/template/spec/containers/1"


def test_limits_are_set_on_the_named_container_only() -> None:
    target = deployment(resources={"limits": {"cpu": "1", "memory": "128Mi"}})
    intent = set_of("resources", "--limits=memory=1024Mi", "--containers=web")
    made = plan(intent, {"deployment": target})
    assert changed(made) == {
        f"{PLACE}/name": ("web", "web"),
        f"{PLACE}/resources/limits/memory": ("128Mi", "1Gi"),
    }
    assert (made.ready, made.capacity) == (2, 3)
    assert made.touches[:2] == (
        "container web asks for more memory: 128Mi to 1Gi",
        "container web is held to more memory: 128Mi to 1Gi",
    )
    assert made.touches[2] == "the 3 pods of deployments/web are replaced, as its strategy says"


def test_limits_come_where_there_were_none() -> None:
    intent = set_of(
        "resources", "--limits=cpu=500m,memory=1Gi", "--requests=cpu=0.1", "--containers=w*"
    )
    made = plan(intent, {"deployment": deployment()})
    assert changed(made)[f"{PLACE}/resources"] == (
        None,
        {"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "100m"}},
    )


def test_a_plain_variable_is_changed_in_its_place() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "WORKERS", "value": "2"}]
    made = plan(set_of("env", "WORKERS=8", "--containers=web"), {"deployment": deployment(env=env)})
    assert changed(made) == {
        f"{PLACE}/name": ("web", "web"),
        f"{PLACE}/env/1/name": ("WORKERS", "WORKERS"),
        f"{PLACE}/env/1/value": ("2", "8"),
    }


def test_a_node_is_cordoned_and_its_way_back_lets_pods_on_again() -> None:
    made = plan(cordon(), {"object": node()})
    assert changed(made) == {"/spec/unschedulable": (None, True)}
    assert made.title == "Keep new pods off node worker-1"
    assert made.touches[0].endswith("none is evicted")
    back = plan(cordon(lift=True), {"object": node(unschedulable=True)})
    assert made.inverse is not None
    assert back.operation.digest == made.inverse.digest


def test_the_limits_of_the_autoscaler_that_is_there_are_moved() -> None:
    subject = Subject(resource="deployment", name="web")
    intent = Autoscale(objects=(subject,), namespace="shop", least=4, most=5)
    made = plan(intent, {"deployment": deployment(), "autoscalers": [hpa()]})
    assert changed(made) == {
        "/spec/scaleTargetRef/kind": ("Deployment", "Deployment"),
        "/spec/scaleTargetRef/name": ("web", "web"),
        "/spec/minReplicas": (2, 4),
    }
    with pytest.raises(CannotPlanError, match="2 autoscalers for web"):
        plan(intent, {"deployment": deployment(), "autoscalers": [hpa(), hpa()]})
    with pytest.raises(CannotPlanError, match="limits already"):
        plan(intent, {"deployment": deployment(), "autoscalers": [hpa(minReplicas=4)]})


def test_a_change_of_an_autoscaler_may_not_turn_it_to_another_workload() -> None:
    fields = {"path": "/spec/scaleTargetRef/name", "before": "web", "after": "other"}
    with pytest.raises(ValidationError, match="a condition only"):
        PatchObject.model_validate(
            {
                "resource": "horizontalpodautoscalers",
                "namespace": "shop",
                "name": "web",
                "uid": "h-1",
                "changes": (fields,),
            }
        )


@pytest.mark.parametrize(
    ("held", "words", "said"),
    [
        (
            {"requests": {"cpu": "500m"}},
            ("--requests=cpu=250m",),
            ["RISK: container web asks for less cpu: 500m to 250m"],
        ),
        (
            {"requests": {"cpu": "500m"}},
            ("--requests=cpu=1",),
            ["container web asks for more cpu: 500m to 1"],
        ),
        (
            {"limits": {"memory": "1Gi"}},
            ("--limits=memory=512Mi",),
            [
                "RISK: container web asks for less memory: 1Gi to 512Mi",
                "RISK: container web is held to less memory: 1Gi to 512Mi",
            ],
        ),
        (
            {},
            ("--limits=memory=512Mi",),
            [
                "RISK: container web is held to less memory: no limit to 512Mi",
                "container web asks for more memory: nothing to 512Mi",
            ],
        ),
        (
            {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}},
            ("--limits=cpu=2", "--requests=memory=900Mi"),
            [
                "RISK: container web asks for less memory: 1Gi to 900Mi",
                "container web is held to more cpu: 1 to 2",
            ],
        ),
    ],
)
def test_a_request_is_never_lowered_in_silence(
    held: dict[str, Any], words: tuple[str, ...], said: list[str]
) -> None:
    target = deployment(resources=held) if held else deployment()
    made = plan(set_of("resources", *words, "--containers=web"), {"deployment": target})
    assert list(made.touches[: len(said)]) == said


def test_a_patched_deployment_is_checked_as_any_change_of_one() -> None:
    wanted = ("rollout-complete", "capacity-kept", "restarts-stopped")
    limits = {"resources": {"limits": {"memory": "128Mi"}}}
    intent = set_of("resources", "--limits=memory=1Gi", "--containers=web")
    made = plan(intent, {"deployment": deployment(**limits)})
    checks = build_checks(wanted, made.operation, capacity=3, error_ratio=None, limit=0)
    assert [one.operation.target for one in checks] == ["kubernetes/shop/deployments/web"] * 3
    other = plan(patch("hpa", {"spec": {"maxReplicas": 8}}), {"object": hpa()})
    with pytest.raises(ValueError, match="cannot be checked"):
        build_checks(wanted, other.operation, capacity=3, error_ratio=None, limit=0)

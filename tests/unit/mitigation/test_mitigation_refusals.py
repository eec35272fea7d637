"""What no strategy takes on is refused with a reason before it is planned (MIT-05, MIT-06)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.mitigation.label_selectors import selects
from stanch.mitigation.patches_quantities import amount, canonical, stored
from stanch.tools.operations import InspectEvictions
from stanch.tools.operations.kubernetes_intents import DeleteObjects, Rollout, ScaleObjects
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import DrainNodes
from stanch.tools.operations.owner import InspectOwner

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def of(kind: Any, resource: str, *names: str, **more: Any) -> Any:
    objects = tuple(Subject(resource=resource, name=name) for name in names or ("web",))
    return kind(**{"objects": objects, "namespace": "shop", **more})


@pytest.mark.parametrize(
    ("intent", "why"),
    [
        (of(Rollout, "jobs", action="restart"), "of jobs are left to people"),
        (of(Rollout, "deployments", action="latest"), "`kubectl rollout latest` of deployments"),
        (of(Rollout, "statefulsets", action="pause"), "`kubectl rollout pause` of statefulsets"),
        (of(Rollout, "daemonsets", action="resume"), "is left to people"),
        (of(Rollout, "deployments", "a", "b", action="restart"), "more than one"),
        (of(ScaleObjects, "daemonsets", replicas=2), "a pod on every node and is not scaled"),
        (of(ScaleObjects, "jobs", replicas=2), "of jobs are left to people"),
        (of(DrainNodes, "nodes", "a", "b", namespace=None), "each change is of one"),
        (of(DrainNodes, "nodes", force=True, namespace=None), "--force takes pods that nothing"),
        (of(DeleteObjects, "pods", force=True), "may still run; a person does it"),
        (of(DeleteObjects, "pods", namespace=None), "it does not say in which namespace"),
        (of(DeleteObjects, "configmaps"), "is left to people"),
        (of(DeleteObjects, "pods", "a", "b"), "each change is of one"),
    ],
)
def test_what_is_left_to_people_is_refused_before_anything_is_looked_at(
    intent: Any, why: str
) -> None:
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=why):
        strategy.looks(intent)


@pytest.mark.parametrize("resource", ["deployments", "deploy", "sts", "daemonsets"])
def test_a_workload_is_looked_at_together_with_who_keeps_it(resource: str) -> None:
    intent = of(Rollout, resource, action="restart")
    strategy = strategy_for(intent)
    assert strategy is not None
    looks = strategy.looks(intent)
    assert [isinstance(one, InspectOwner) for one in looks.values()] == [False, True]


def test_a_drain_looks_at_the_node_and_a_deletion_at_the_pod() -> None:
    for intent, look in (
        (of(DrainNodes, "nodes", "n1", namespace=None), InspectEvictions(node="n1")),
        (of(DeleteObjects, "po", "web-1"), InspectEvictions(namespace="shop", name="web-1")),
    ):
        strategy = strategy_for(intent)
        assert strategy is not None
        assert strategy.looks(intent) == {"target": look}


def deployment(*, paused: bool = False, **metadata: Any) -> dict[str, Any]:
    return {
        "deployment": {
            "metadata": {"namespace": "shop", "name": "web", "uid": "u", **metadata},
            "spec": {"replicas": 2, "paused": paused, "template": {"spec": {"containers": []}}},
        },
        "replica_sets": [],
        "pods": [{}, {}],
    }


@pytest.mark.parametrize(
    ("action", "look", "why"),
    [
        ("pause", deployment(paused=True), "the rollout of web is paused already"),
        ("resume", deployment(), "the rollout of web is not paused already"),
        ("pause", deployment(deletionTimestamp="2026-11-01T12:00:00Z"), "web is being deleted"),
    ],
)
def test_a_rollout_that_is_as_wanted_or_goes_is_not_paused_or_resumed(
    action: str, look: dict[str, Any], why: str
) -> None:
    intent = of(Rollout, "deployments", action=action)
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=why):
        strategy.plan(intent, {"target": look}, now=NOW)


@pytest.mark.parametrize(
    ("operator", "values", "labels", "selected"),
    [
        ("In", ["a", "b"], {"app": "a"}, True),
        ("In", ["a", "b"], {"app": "c"}, False),
        ("In", ["a"], {}, False),
        ("NotIn", ["a"], {"app": "b"}, True),
        ("NotIn", ["a"], {"app": "a"}, False),
        ("NotIn", ["a"], {}, True),
        ("Exists", None, {"app": ""}, True),
        ("Exists", None, {}, False),
        ("DoesNotExist", None, {}, True),
        ("DoesNotExist", None, {"app": "a"}, False),
        ("Gt", ["1"], {"app": "2"}, False),
    ],
)
def test_a_selector_selects_what_kubernetes_would_and_an_unknown_rule_nothing(
    operator: str, values: list[str] | None, labels: dict[str, str], *, selected: bool
) -> None:
    rule = {"key": "app", "operator": operator, **({"values": values} if values else {})}
    assert selects({"matchExpressions": [rule]}, labels) is selected
    assert selects({"matchLabels": {"x": "y"}, "matchExpressions": [rule]}, labels) is False


def test_an_empty_selector_selects_everything_and_none_nothing() -> None:
    assert selects({}, {"a": "b"})
    assert not selects(None, {"a": "b"})


@pytest.mark.parametrize(
    ("text", "kept", "much"),
    [
        ("0.5", "500m", "0.5"),
        ("1000m", "1", "1"),
        ("0.1m", "100u", "0.0001"),
        ("1024Ki", "1Mi", "1048576"),
        ("0.5Gi", "512Mi", "536870912"),
        ("1000k", "1M", "1000000"),
        ("0", "0", "0"),
    ],
)
def test_a_quantity_is_kept_as_an_api_server_keeps_it(text: str, kept: str, much: str) -> None:
    assert canonical(text) == kept
    assert str(amount(text).normalize()) == str(amount(much).normalize())
    path = "/spec/template/spec/containers/0/resources/limits/cpu"
    assert stored(path, text) == kept
    assert stored("/spec/paused", text) == text


@pytest.mark.parametrize("text", ["1e3", "5 Gi", "", "Gi", "1Kb", "--1"])
def test_what_is_no_quantity_in_the_usual_form_is_refused(text: str) -> None:
    for read in (canonical, amount):
        with pytest.raises(ValueError, match="is no quantity such as 500m or 2Gi"):
            read(text)


@pytest.mark.parametrize("value", [True, ["1"], {"cpu": "1"}])
def test_a_limit_that_is_neither_text_nor_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is to be a quantity"):
        stored("/spec/hard/pods", value)
    assert stored("/spec/hard", {"pods": 4, "cpu": "1000m"}) == {"pods": "4", "cpu": "1"}

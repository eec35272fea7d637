"""An autoscaler is made once for a workload, and exactly that one is deleted (MIT-07, DF-16)."""

from collections.abc import Callable
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.autoscaler_hands import AutoscalerHands
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations import (
    CreateAutoscaler,
    DeleteAutoscaler,
    Intent,
    PatchObject,
    ScaleWorkload,
)
from stanch.tools.operations.kubernetes_intents import Autoscale
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.workload import MARK
from tests.contracts.clients.client_sets import foretold, planned
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json

HPA = "horizontalpodautoscalers"
Meddle = Callable[[Corner], object]


def measured(corner: Corner, replicas: int = 2) -> Json:
    """Deploy pods that request CPU, so that a share of it can be measured."""
    made = corner.deploy(replicas=replicas)
    resources = {"requests": {"cpu": "100m"}}
    containers = [{"name": "web", "resources": resources}]
    corner.patch({"spec": {"template": {"spec": {"containers": containers}}}})
    corner.settled()
    pods = corner.until(
        lambda: corner.list("pods"),
        lambda found: (
            len(found) == replicas
            and all(one["spec"]["containers"][0]["resources"].get("requests") for one in found)
        ),
    )
    assert pods
    return made


def intent(corner: Corner, **more: Any) -> Intent:
    subject = Subject(resource="deployment", name=corner.name)
    fields = {"objects": (subject,), "namespace": NAMESPACE, "most": 5, **more}
    return Autoscale.model_validate(fields)


@pytest.fixture
def hands(client: KubernetesClient) -> AutoscalerHands:
    return client.autoscalers


def forget(corner: Corner) -> None:
    corner.delete(corner.path(HPA, corner.name))


@pytest.fixture
def made(client: KubernetesClient, corner: Corner) -> Any:
    measured(corner)
    yield planned(client, intent(corner, least=2, cpu=70))
    forget(corner)


def created(made: Plan) -> CreateAutoscaler:
    assert isinstance(made.operation, CreateAutoscaler)
    return made.operation


def deleted(made: Plan) -> DeleteAutoscaler:
    assert isinstance(made.inverse, DeleteAutoscaler)
    return made.inverse


def test_an_autoscaler_is_made_as_foretold_and_deleted_with_the_replicas_of_before(
    hands: AutoscalerHands, corner: Corner, made: Plan
) -> None:
    change, inverse = created(made), deleted(made)
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    assert hands.probe(change, key="k") is False
    hands.apply(change, key="k", observed=made.observed)
    found = corner.get(HPA)
    assert (found["spec"]["minReplicas"], found["spec"]["maxReplicas"]) == (2, 5)
    assert found["spec"]["targetCPUUtilizationPercentage"] == 70
    assert found["metadata"]["annotations"][MARK] == "k"
    assert (hands.probe(change, key="k"), hands.probe(change, key="k2")) == (True, False)
    expected = foretold(intent(corner), made, tried.after)
    now = hands.look(inverse)
    assert {name: now[name] for name in expected} == expected
    assert hands.probe(inverse, key="k:inverse") is False

    corner.patch({"spec": {"replicas": 3}})
    assert hands.preview(inverse, key="k:inverse").accepted
    hands.apply(inverse, key="k:inverse", observed=now)
    assert corner.admin.get(corner.path(HPA, corner.name)).status_code == 404
    assert corner.get()["spec"]["replicas"] == 2
    assert hands.look(inverse) == {"missing": True}
    assert hands.probe(inverse, key="k:inverse") is True


@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda corner: corner.patch({"spec": {"replicas": 4}}), "replicas"),
        (lambda corner: rival(corner, corner.name), "name_taken"),
        (lambda corner: rival(corner, f"{corner.name}-other"), "autoscalers"),
        (lambda corner: corner.delete(corner.path(name=corner.name)), "missing"),
    ],
    ids=["scaled", "made by somebody", "another one for it", "deleted"],
)
def test_no_second_autoscaler_is_made_and_none_on_what_has_moved(
    hands: AutoscalerHands, corner: Corner, made: Plan, meddle: Meddle, named: str
) -> None:
    change = created(made)
    meddle(corner)
    if named == "missing":
        corner.until(lambda: hands.look(change), lambda found: found == {"missing": True})
    before = autoscalers(corner)
    with pytest.raises(PreconditionFailedError, match=named):
        hands.apply(change, key="k", observed=made.observed)
    assert autoscalers(corner) == before
    assert not hands.preview(change, key="k").accepted
    assert hands.probe(change, key="k") is False


def rival(corner: Corner, name: str) -> Json:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": corner.name}
    spec = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 3}
    return corner.create(HPA, {"metadata": {"name": name}, "spec": spec})


def autoscalers(corner: Corner) -> list[str]:
    every = corner.admin.get(corner.path(HPA)).json()["items"]
    return [one["metadata"]["uid"] for one in every if corner.name in one["metadata"]["name"]]


def test_only_what_the_operation_made_is_deleted(
    hands: AutoscalerHands, corner: Corner, made: Plan
) -> None:
    inverse = deleted(made)
    hands.apply(created(made), key="k", observed=made.observed)
    seen = hands.look(inverse)
    forget(corner)
    rival(corner, corner.name)
    with pytest.raises(PreconditionFailedError, match="autoscaler_uid"):
        hands.apply(inverse, key="k:inverse", observed=seen)
    with pytest.raises(PreconditionFailedError, match="made_here"):
        hands.apply(inverse, key="k:inverse", observed=hands.look(inverse))
    assert not hands.preview(inverse, key="k:inverse").accepted
    assert len(autoscalers(corner)) == 1


def test_limits_that_somebody_moved_are_not_deleted(
    hands: AutoscalerHands, corner: Corner, made: Plan
) -> None:
    inverse = deleted(made)
    hands.apply(created(made), key="k", observed=made.observed)
    seen = hands.look(inverse)
    corner.patch({"spec": {"maxReplicas": 9}}, HPA)
    with pytest.raises(PreconditionFailedError, match="spec_sha256"):
        hands.apply(inverse, key="k:inverse", observed=seen)
    assert len(autoscalers(corner)) == 1


def test_where_there_is_one_its_limits_are_moved_and_a_scale_moves_its_least(
    client: KubernetesClient, corner: Corner, made: Plan
) -> None:
    client.autoscalers.apply(created(made), key="k", observed=made.observed)
    moved = planned(client, intent(corner, least=2, most=7))
    assert isinstance(moved.operation, PatchObject)
    assert moved.operation.workload is not None
    assert moved.operation.workload.name == corner.name
    assert client.objects.preview(moved.operation, key="k2").accepted
    raised = planned(client, ScaleWorkload(namespace=NAMESPACE, name=corner.name, replicas=4))
    assert isinstance(raised.operation, PatchObject)
    client.objects.apply(raised.operation, key="k3", observed=raised.observed)
    assert corner.get(HPA)["spec"]["minReplicas"] == 4
    with pytest.raises(CannotPlanError, match="not have more than 5"):
        planned(client, ScaleWorkload(namespace=NAMESPACE, name=corner.name, replicas=9))


def test_what_requests_no_cpu_is_not_put_under_an_autoscaler(
    client: KubernetesClient, corner: Corner
) -> None:
    corner.deploy()
    with pytest.raises(CannotPlanError, match="request no CPU"):
        planned(client, intent(corner))

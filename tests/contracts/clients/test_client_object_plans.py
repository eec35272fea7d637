"""What a runbook asks to have patched is planned, tried, made and put back on a real target."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import Intent, KubernetesRead, PatchObject
from stanch.tools.operations.kubernetes_intents import Autoscale, PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import CordonNodes
from tests.contracts.clients.client_targets import NAMESPACE, Corner
from tests.contracts.clients.object_samples import autoscaler, config, quota, service

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def planned(client: KubernetesClient, intent: Intent) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for name, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[name] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def patch(corner: Corner, resource: str, body: Any, kind: str = "merge") -> PatchObjects:
    subject = Subject(resource=resource, name=corner.name)
    return PatchObjects.model_validate(
        {
            "objects": (subject,),
            "type": kind,
            "patch": json.dumps(body),
            "namespace": NAMESPACE,
        }
    )


def a_quota(corner: Corner) -> Intent:
    quota(corner)
    hard = {"requests.cpu": "96500m", "count/jobs.batch": 1000, "limits.memory": "2048Gi"}
    return patch(corner, "quota", {"spec": {"hard": hard}})


def a_service(corner: Corner) -> Intent:
    service(corner)
    body = {"spec": {"ports": [{"port": 9090, "targetPort": "metrics"}]}}
    return patch(corner, "svc", body, "strategic")


def a_config_map(corner: Corner) -> Intent:
    config(corner)
    return patch(corner, "cm", {"data": {"MODE": "careful", "SIZE": "11"}})


def an_autoscaler(corner: Corner) -> Intent:
    corner.deploy()
    autoscaler(corner)
    subject = Subject(resource="deployment", name=corner.name)
    return Autoscale(objects=(subject,), namespace=NAMESPACE, least=2, most=7)


def a_deployment(corner: Corner) -> Intent:
    corner.deploy()
    subject = Subject(resource="deployment", name=corner.name)
    values = ("--limits=cpu=1500m,memory=1024Mi", "--requests=cpu=0.25")
    return SetField(objects=(subject,), namespace=NAMESPACE, part="resources", values=values)


INTENTS: list[Callable[[Corner], Intent]] = [
    *(a_quota, a_service, a_config_map, an_autoscaler, a_deployment)
]


@pytest.mark.parametrize("make", INTENTS, ids=lambda make: make.__name__)
def test_a_plan_is_accepted_made_and_put_back(
    client: KubernetesClient, corner: Corner, make: Callable[[Corner], Intent]
) -> None:
    intent = make(corner)
    made = planned(client, intent)
    change, hands = made.operation, client.objects
    assert isinstance(change, PatchObject)
    before = corner.get(change.resource)
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    strategy = strategy_for(intent)
    assert strategy is not None
    expected = strategy.foretold(change, tried.after)
    hands.apply(change, key="k", observed=made.observed)
    assert isinstance(made.inverse, PatchObject)
    assert hands.look(made.inverse) == expected
    with pytest.raises(CannotPlanError):
        planned(client, intent)
    hands.apply(made.inverse, key="k:inverse", observed=expected)
    after = corner.get(change.resource)
    assert (after.get("spec"), after.get("data")) == (before.get("spec"), before.get("data"))


def test_a_cordon_is_planned_on_a_node_as_it_is(client: KubernetesClient, corner: Corner) -> None:
    node = corner.admin.get("/api/v1/nodes").json()["items"][0]["metadata"]["name"]
    subject = Subject(resource="nodes", name=node)
    made = planned(client, CordonNodes(objects=(subject,)))
    assert client.objects.preview(made.operation, key="k").accepted  # type: ignore[arg-type]
    client.objects.apply(made.operation, key="k", observed=made.observed)  # type: ignore[arg-type]
    try:
        lift = planned(client, CordonNodes(objects=(subject,), lift=True))
        assert made.inverse is not None
        assert lift.operation.digest == made.inverse.digest
    finally:
        client.objects.apply(lift.operation, key="back", observed=lift.observed)  # type: ignore[arg-type]

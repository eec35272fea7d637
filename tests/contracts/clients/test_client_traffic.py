"""Traffic and configuration are put where they are asked to be, and back (MIT-09)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations import Intent, KubernetesRead, PatchObject, RestoreConfigMap
from stanch.tools.operations.kubernetes_intents import (
    AnnotateObjects,
    Assignment,
    PatchObjects,
)
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.object_patch import CANARY_WEIGHT
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INGRESSES = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/ingresses"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def planned(client: KubernetesClient, intent: Intent) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for name, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[name] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def there_and_back(
    client: KubernetesClient, intent: Intent, read: Callable[[], Json]
) -> tuple[Json, Json]:
    """Carry out what is asked for and its way back; return the object before and between."""
    made, before, hands = planned(client, intent), read(), client.objects
    change, back = made.operation, made.inverse
    assert isinstance(change, PatchObject)
    assert isinstance(back, PatchObject)
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    strategy = strategy_for(intent)
    assert strategy is not None
    expected = strategy.foretold(change, tried.after)
    hands.apply(change, key="k", observed=made.observed)
    between = read()
    assert hands.look(back) == expected
    hands.apply(back, key="k:inverse", observed=expected)
    after = read()
    assert (after.get("spec"), after.get("data")) == (before.get("spec"), before.get("data"))
    return before, between


class Web:
    """A workload that serves, a Service before it, one that nobody serves, and an Ingress."""

    def __init__(self, corner: Corner) -> None:
        self.corner = corner
        self.live, self.dead = f"{corner.name}-live", f"{corner.name}-dead"
        corner.deploy()
        self._service(self.live, corner.name)
        self._service(self.dead, "nobody")
        corner.until(self._addresses, bool)

    def _addresses(self) -> list[Json]:
        answer = self.corner.admin.get(self.corner.path("endpoints", self.live))
        subsets = answer.json().get("subsets") or ()
        return [one for subset in subsets for one in subset.get("addresses") or ()]

    def _service(self, name: str, app: str) -> None:
        spec = {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}]}
        self.corner.create("services", {"metadata": {"name": name}, "spec": spec})

    def ingress(self, name: str, service: str, **annotations: str) -> None:
        backend = {"service": {"name": service, "port": {"number": 80}}}
        path = {"path": "/", "pathType": "Prefix", "backend": backend}
        marks = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in annotations.items()}
        body = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name, "annotations": {"note": "kept", **marks}},
            "spec": {"rules": [{"host": f"{self.corner.name}.example", "http": {"paths": [path]}}]},
        }
        answer = self.corner.admin.post(INGRESSES, json=body)
        assert answer.is_success, answer.text
        self.corner._made.append(f"{INGRESSES}/{name}")

    def get(self, name: str) -> Json:
        found: Json = self.corner.admin.get(f"{INGRESSES}/{name}").json()
        return found


@pytest.fixture
def web(corner: Corner) -> Web:
    return Web(corner)


def weigh(name: str, value: str) -> AnnotateObjects:
    return AnnotateObjects(
        objects=(Subject(resource="ingresses", name=name),),
        namespace=NAMESPACE,
        assign=(Assignment(key=CANARY_WEIGHT, value=value),),
    )


def test_the_weight_of_a_canary_is_moved_and_comes_back(client: KubernetesClient, web: Web) -> None:
    name = web.corner.name
    web.ingress(f"{name}-main", web.live)
    web.ingress(name, web.live, **{"canary": "true", "canary-weight": "20"})
    _, between = there_and_back(client, weigh(name, "60"), lambda: web.get(name))
    marks = between["metadata"]["annotations"]
    assert (marks[CANARY_WEIGHT], marks["note"]) == ("60", "kept")
    assert web.get(name)["metadata"]["annotations"][CANARY_WEIGHT] == "20"


def test_a_weight_that_moved_meanwhile_is_left_alone(client: KubernetesClient, web: Web) -> None:
    name = web.corner.name
    web.ingress(f"{name}-main", web.live)
    web.ingress(name, web.live, **{"canary": "true", "canary-weight": "20"})
    made = planned(client, weigh(name, "60"))
    answer = web.corner.admin.patch(
        f"{INGRESSES}/{name}",
        content=json.dumps({"metadata": {"annotations": {CANARY_WEIGHT: "30"}}}),
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.is_success, answer.text
    assert isinstance(made.operation, PatchObject)
    with pytest.raises(PreconditionFailedError, match="canary-weight"):
        client.objects.apply(made.operation, key="k", observed=made.observed)
    assert web.get(name)["metadata"]["annotations"][CANARY_WEIGHT] == "30"


def switch(name: str, service: str) -> PatchObjects:
    path = "/spec/rules/0/http/paths/0/backend/service/name"
    return PatchObjects(
        objects=(Subject(resource="ingresses", name=name),),
        namespace=NAMESPACE,
        type="json",
        patch=json.dumps([{"op": "replace", "path": path, "value": service}]),
    )


def test_a_backend_is_switched_only_to_a_service_that_serves(
    client: KubernetesClient, web: Web
) -> None:
    name = web.corner.name
    web.ingress(name, web.dead)
    _, between = there_and_back(client, switch(name, web.live), lambda: web.get(name))
    paths = between["spec"]["rules"][0]["http"]["paths"]
    assert paths[0]["backend"]["service"]["name"] == web.live
    web.ingress(f"{name}-2", web.live)
    with pytest.raises(CannotPlanError, match="no traffic is sent there"):
        planned(client, switch(f"{name}-2", web.dead))


def test_a_service_that_dies_meanwhile_gets_no_traffic(client: KubernetesClient, web: Web) -> None:
    name = web.corner.name
    web.ingress(name, web.dead)
    made = planned(client, switch(name, web.live))
    assert isinstance(made.operation, PatchObject)
    assert made.observed["ready"] == {web.live: True}
    web.corner.patch({"spec": {"selector": {"app": "nobody"}}}, "services", web.live)
    web.corner.until(web._addresses, lambda found: not found)
    with pytest.raises(PreconditionFailedError, match="ready"):
        client.objects.apply(made.operation, key="k", observed=made.observed)
    tried = client.objects.preview(made.operation, key="k")
    assert (tried.accepted, tried.before) == (False, tried.after)
    paths = web.get(name)["spec"]["rules"][0]["http"]["paths"]
    assert paths[0]["backend"]["service"]["name"] == web.dead


def test_a_service_is_led_only_to_pods_that_are_ready(client: KubernetesClient, web: Web) -> None:
    def select(app: str) -> PatchObjects:
        return PatchObjects(
            objects=(Subject(resource="services", name=web.dead),),
            namespace=NAMESPACE,
            type="merge",
            patch=json.dumps({"spec": {"selector": {"app": app}}}),
        )

    def read() -> Json:
        return web.corner.get("services", web.dead)

    _, between = there_and_back(client, select(web.corner.name), read)
    assert between["spec"]["selector"] == {"app": web.corner.name}
    with pytest.raises(CannotPlanError, match="no ready pod has the labels"):
        planned(client, select("somebody"))


def config(corner: Corner, name: str, data: dict[str, str], applied: Any = None) -> None:
    kept = {APPLIED: json.dumps(applied)} if applied is not None else {}
    body = {"metadata": {"name": name, "annotations": {"note": "x", **kept}}, "data": data}
    corner.create("configmaps", body)


def test_a_hand_edit_is_taken_back_to_what_was_applied(
    client: KubernetesClient, corner: Corner
) -> None:
    good = {"MODE": "fast", "SIZE": "10"}
    config(corner, corner.name, {"MODE": "wrong", "NEW": "odd"}, {"data": good})
    intent = RestoreConfigMap(namespace=NAMESPACE, name=corner.name)
    _, between = there_and_back(client, intent, lambda: corner.get("configmaps"))
    assert between["data"] == good
    made = planned(client, intent)
    assert made.title.endswith("to what was applied last (MODE, NEW, SIZE)")
    assert isinstance(made.operation, PatchObject)
    client.objects.apply(made.operation, key="k", observed=made.observed)
    with pytest.raises(CannotPlanError, match="already"):
        planned(client, intent)


def test_a_config_map_is_put_back_to_its_earlier_sibling(
    client: KubernetesClient, corner: Corner
) -> None:
    old, new = f"{corner.name}-2gh4567k89", f"{corner.name}-bcdfghkm24"
    config(corner, old, {"MODE": "fast"})
    config(corner, f"{corner.name}-other", {"MODE": "other"})
    config(corner, new, {"MODE": "wrong"})
    intent = RestoreConfigMap(namespace=NAMESPACE, name=new)
    _, between = there_and_back(client, intent, lambda: corner.get("configmaps", new))
    assert between["data"] == {"MODE": "fast"}
    named = RestoreConfigMap(namespace=NAMESPACE, name=new, from_name=f"{corner.name}-other")
    _, between = there_and_back(client, named, lambda: corner.get("configmaps", new))
    assert between["data"] == {"MODE": "other"}


def test_without_an_earlier_version_there_is_nothing_to_restore(
    client: KubernetesClient, corner: Corner
) -> None:
    config(corner, corner.name, {"MODE": "wrong"})
    with pytest.raises(CannotPlanError, match="nothing says what"):
        planned(client, RestoreConfigMap(namespace=NAMESPACE, name=corner.name))

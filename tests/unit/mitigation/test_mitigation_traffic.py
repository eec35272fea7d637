"""Traffic is moved exactly, and never to where nobody is ready (MIT-09)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.mitigation.traffic import changed
from stanch.tools.operations import FieldChange, Intent, PatchObject
from stanch.tools.operations.kubernetes_intents import (
    AnnotateObjects,
    Assignment,
    PatchObjects,
)
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.object_patch import CANARY_WEIGHT

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
META = {"namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "7"}


def plan(intent: Intent, target: dict[str, Any], **also: Any) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    looks = strategy.looks(intent)
    seen = {name: {"items": also.get(name, [])} for name in looks}
    seen |= {"target": {"object": target}, "owner": {"object": target}}
    return strategy.plan(intent, seen, now=NOW)


def moved(made: Plan) -> dict[str, tuple[Any, Any]]:
    assert isinstance(made.operation, PatchObject)
    return {one.path: (one.before, one.after) for one in made.operation.changes if not one.stays}


def patch(resource: str, body: Any, kind: str = "json") -> PatchObjects:
    subject = Subject(resource=resource, name="web")
    return PatchObjects.model_validate(
        {"objects": (subject,), "type": kind, "patch": json.dumps(body), "namespace": "shop"}
    )


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"port": 80, "targetPort": 8080}]
    return {"metadata": dict(META), "spec": {"selector": {"app": "web"}, "ports": ports, **spec}}


def pod(*, ready: bool = True, ending: bool = False, port: str = "http", **labels: str) -> Any:
    metadata: dict[str, Any] = {"labels": labels}
    if ending:
        metadata["deletionTimestamp"] = "2026-11-01T12:00:00Z"
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": "web", "ports": [{"name": port}]}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def endpoints(name: str, ready: int) -> dict[str, Any]:
    return {"metadata": {"name": name}, "subsets": [{"addresses": [{"ip": "10.0.0.1"}] * ready}]}


SELECT = patch("services", {"spec": {"selector": {"track": "stable"}}}, "merge")


def test_a_service_is_led_to_other_pods_that_are_ready() -> None:
    pods = [pod(app="web", track="stable"), pod(app="web", track="canary")]
    made = plan(SELECT, service(), pods=pods)
    assert moved(made) == {"/spec/selector/track": (None, "stable")}
    assert "its traffic goes to the 1 ready pods with app=web,track=stable" in made.touches
    assert isinstance(made.inverse, PatchObject)
    assert [(one.before, one.after) for one in made.inverse.changes] == [("stable", None)]


@pytest.mark.parametrize(
    "pods",
    [
        [],
        [pod(app="web")],
        [pod(app="web", track="stable", ready=False)],
        [pod(app="web", track="stable", ending=True)],
        [pod(app="other", track="stable")],
    ],
    ids=["none", "other labels", "not ready", "ending", "another app"],
)
def test_a_service_is_not_led_to_where_nobody_is_ready(pods: list[Any]) -> None:
    with pytest.raises(CannotPlanError, match="no ready pod has the labels app=web,track=stable"):
        plan(SELECT, service(), pods=pods)


def test_a_service_does_not_lose_its_selector() -> None:
    gone = patch("services", [{"op": "remove", "path": "/spec/selector/app"}])
    with pytest.raises(CannotPlanError, match="no selector"):
        plan(gone, service(), pods=[pod(app="web")])


def test_a_port_is_named_only_where_a_ready_pod_has_that_name() -> None:
    name = patch("services", [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": "x"}])
    with pytest.raises(CannotPlanError, match="a port called x"):
        plan(name, service(), pods=[pod(app="web")])
    assert moved(plan(name, service(), pods=[pod(app="web", port="x")]))
    assert moved(plan(name, service(), pods=[])), "nobody is behind it now either"


def test_a_number_needs_no_look_at_pods_for_nobody_has_to_declare_it() -> None:
    number = patch("services", [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 1}])
    strategy = strategy_for(number)
    assert strategy is not None
    assert "pods" not in strategy.looks(number)


def ingress(
    to: str = "web", *, name: str = "web", path: str = "/", **annotations: str
) -> dict[str, Any]:
    backend = {"service": {"name": to, "port": {"number": 80}}}
    rule = {"host": "shop.example", "http": {"paths": [{"path": path, "backend": backend}]}}
    marks = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in annotations.items()}
    marks = {key.replace("_", "-"): value for key, value in marks.items()}
    return {"metadata": {**META, "name": name, "annotations": marks}, "spec": {"rules": [rule]}}


BACKEND = "/spec/rules/0/http/paths/0/backend/service/name"
SWITCH = patch("ingresses", [{"op": "replace", "path": BACKEND, "value": "web-blue"}])


def test_the_backend_of_an_ingress_is_switched_to_a_service_that_serves() -> None:
    stands = [endpoints("web", 0), endpoints("web-blue", 3)]
    made = plan(SWITCH, ingress(), endpoints=stands)
    assert moved(made) == {BACKEND: ("web", "web-blue")}
    assert "traffic goes to service web-blue with 3 ready pods behind it" in made.touches
    assert "service web gets nothing from this ingress any more" in made.touches


@pytest.mark.parametrize("stands", [[], [endpoints("web", 3), endpoints("web-blue", 0)]])
def test_the_backend_is_not_switched_to_a_service_without_ready_pods(stands: list[Any]) -> None:
    with pytest.raises(CannotPlanError, match="no pod behind service web-blue is ready"):
        plan(SWITCH, ingress(), endpoints=stands)


def weigh(value: str, key: str = CANARY_WEIGHT) -> AnnotateObjects:
    subject = Subject(resource="ingresses", name="web")
    return AnnotateObjects(
        objects=(subject,), namespace="shop", assign=(Assignment(key=key, value=value),)
    )


PATH = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight"
CANARY = {"canary": "true", "canary_weight": "20"}
BESIDE = [ingress("web-new", **CANARY), ingress("web-old", name="main")]
STANDS = [endpoints("web-new", 2), endpoints("web-old", 4)]


@pytest.mark.parametrize(
    "intent",
    [
        weigh("50"),
        patch("ingresses", {"metadata": {"annotations": {CANARY_WEIGHT: "50"}}}, "merge"),
        patch("ingresses", [{"op": "replace", "path": PATH, "value": "50"}]),
    ],
    ids=["annotate", "merge patch", "JSON patch"],
)
def test_the_weight_of_a_canary_is_set_with_the_old_one_as_its_way_back(intent: Intent) -> None:
    made = plan(intent, ingress("web-new", **CANARY), endpoints=STANDS, ingresses=BESIDE)
    assert moved(made) == {PATH: ("20", "50")}
    assert isinstance(made.inverse, PatchObject)
    assert [(one.before, one.after) for one in made.inverse.changes] == [("50", "20")]
    assert made.operation.reach.sizes[0].name == "canary-weight"
    assert (made.operation.reach.sizes[0].before, made.operation.reach.sizes[0].after) == (20, 50)
    assert (
        "50 % of the new requests go to web-new (2 ready pods), where it was 20 %" in made.touches
    )
    assert "the other 50 % go to web-old (4 ready pods)" in made.touches


@pytest.mark.parametrize(
    ("value", "new", "old", "why"),
    [
        ("50", 0, 4, "web-new is ready"),
        ("50", 2, 0, "web-old is ready"),
        ("0", 0, 0, "web-old is ready"),
        ("100", 0, 4, "web-new is ready"),
    ],
)
def test_no_weight_leads_traffic_to_where_nobody_is_ready(
    value: str, new: int, old: int, why: str
) -> None:
    stands = [endpoints("web-new", new), endpoints("web-old", old)]
    with pytest.raises(CannotPlanError, match=why):
        plan(weigh(value), ingress("web-new", **CANARY), endpoints=stands, ingresses=BESIDE)


def test_all_traffic_is_taken_off_a_dead_canary_and_off_a_dead_main_service() -> None:
    dead = [endpoints("web-new", 0), endpoints("web-old", 4)]
    made = plan(weigh("0"), ingress("web-new", **CANARY), endpoints=dead, ingresses=BESIDE)
    assert moved(made) == {PATH: ("20", "0")}
    dead = [endpoints("web-new", 4), endpoints("web-old", 0)]
    made = plan(weigh("100"), ingress("web-new", **CANARY), endpoints=dead, ingresses=BESIDE)
    assert moved(made) == {PATH: ("20", "100")}


@pytest.mark.parametrize(
    ("intent", "target", "beside", "why"),
    [
        (weigh("20"), ingress("web-new", **CANARY), BESIDE, "already"),
        (weigh("101"), ingress("web-new", **CANARY), BESIDE, "between 0 and 100"),
        (weigh("a lot"), ingress("web-new", **CANARY), BESIDE, "between 0 and 100"),
        (weigh("50"), ingress("web-new", canary_weight="20"), BESIDE, "no weight counts"),
        (weigh("50"), ingress("web-new", **CANARY), BESIDE[:1], "no other ingress"),
        (
            weigh("50"),
            ingress("web-new", **CANARY),
            [ingress("web-old", name="main", path="/other")],
            "no other ingress",
        ),
        (weigh("x", "nginx.ingress.kubernetes.io/server-snippet"), ingress(), [], "left to people"),
        (
            patch(
                "ingresses",
                {"metadata": {"annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/"}}},
                "merge",
            ),
            ingress(),
            [],
            "not a field that may be patched",
        ),
    ],
)
def test_what_is_no_plain_weight_is_left_to_people(
    intent: Intent, target: dict[str, Any], beside: list[Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(intent, target, endpoints=STANDS, ingresses=beside)


def test_the_object_after_the_changes_is_the_one_that_is_judged() -> None:
    before = service()
    fields = (
        FieldChange(path="/spec/ports/0/targetPort", before=8080, after=1),
        FieldChange(path="/spec/selector/app", before="web", after=None),
        FieldChange(path="/spec/sessionAffinity", before=None, after="ClientIP"),
    )
    after = changed(before, fields)
    assert after["spec"] == {
        "selector": {},
        "ports": [{"port": 80, "targetPort": 1}],
        "sessionAffinity": "ClientIP",
    }
    assert before == service(), "what was seen stays as it was"

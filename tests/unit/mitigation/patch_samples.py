"""Objects of a cluster and the patches that runbooks ask for on them."""

import json
from datetime import UTC, datetime
from typing import Any

from stanch.mitigation import Plan, strategy_for
from stanch.tools.operations import Intent, PatchObject
from stanch.tools.operations.kubernetes_intents import PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.kubernetes_nodes import CordonNodes

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
META = {"namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "7"}


def thing(**parts: Any) -> dict[str, Any]:
    return {"metadata": dict(META), **parts}


def patch(resource: str, body: Any, kind: str = "merge", **more: Any) -> PatchObjects:
    subject = Subject(resource=resource, name="web")
    fields = {"objects": (subject,), "type": kind, "patch": json.dumps(body), "namespace": "shop"}
    return PatchObjects.model_validate(fields | more)


def plan(intent: Intent, target: dict[str, Any], **also: dict[str, Any]) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    looks = strategy.looks(intent)
    seen = {"target": target, **also}
    assert next(iter(looks)) == "target"
    return strategy.plan(intent, {name: seen.get(name, {}) for name in looks}, now=NOW)


def changed(made: Plan) -> dict[str, tuple[Any, Any]]:
    assert isinstance(made.operation, PatchObject)
    return {one.path: (one.before, one.after) for one in made.operation.changes}


def hpa(**spec: Any) -> dict[str, Any]:
    target = {"kind": "Deployment", "name": "web"}
    body = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5, **spec}
    return thing(spec=body, status={"currentReplicas": 5})


def service() -> dict[str, Any]:
    ports = [
        {"name": "metrics", "port": 9090, "targetPort": 9090, "protocol": "TCP"},
        {"name": "http", "port": 80, "targetPort": 8081, "protocol": "TCP"},
    ]
    return thing(spec={"selector": {"app": "web"}, "ports": ports})


def deployment(**container: Any) -> dict[str, Any]:
    first = {"name": "web", "image": "web:1", **container}
    pod = {"containers": [{"name": "side", "image": "side:1"}, first]}
    spec = {"replicas": 3, "template": {"spec": pod}}
    return thing(spec=spec, status={"readyReplicas": 2, "replicas": 3})


def set_of(part: str, *values: str) -> SetField:
    subject = Subject(resource="deploy", name="web")
    return SetField(objects=(subject,), namespace="shop", part=part, values=values)


def node(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "worker-1", "uid": "n-1"}
    return {"metadata": metadata, "spec": spec, "status": {"allocatable": {"pods": "110"}}}


def cordon(*, lift: bool = False) -> CordonNodes:
    return CordonNodes(objects=(Subject(resource="nodes", name="worker-1"),), lift=lift)

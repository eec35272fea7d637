"""Objects of each kind that may be patched, made in a test's corner, and changes of them."""

from typing import Any

from stanch.tools.operations import FieldChange, PatchObject
from tests.contracts.clients.client_targets import Corner, Json


def config(corner: Corner, **more: Any) -> Json:
    data = {"MODE": "fast", "SIZE": "10", "app.properties": "odd=1"}
    body = {"metadata": {"name": corner.name}, "data": data} | more
    return corner.create("configmaps", body)


def service(corner: Corner) -> Json:
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080},
        {"name": "metrics", "port": 9090, "targetPort": 9090},
    ]
    spec = {"selector": {"app": corner.name}, "ports": ports}
    return corner.create("services", {"metadata": {"name": corner.name}, "spec": spec})


def quota(corner: Corner) -> Json:
    hard = {"count/jobs.batch": "5", "requests.cpu": "64"}
    body = {"metadata": {"name": corner.name}, "spec": {"hard": hard}}
    return corner.create("resourcequotas", body)


def autoscaler(corner: Corner) -> Json:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": corner.name},
        "minReplicas": 1,
        "maxReplicas": 3,
    }
    body = {"metadata": {"name": corner.name}, "spec": spec}
    return corner.create("horizontalpodautoscalers", body)


def workload(corner: Corner) -> Json:
    return corner.deploy()


def change_of(thing: Json, resource: str, *fields: tuple[str, Any, Any]) -> PatchObject:
    return PatchObject.model_validate(
        {
            "resource": resource,
            "namespace": thing["metadata"].get("namespace"),
            "name": thing["metadata"]["name"],
            "uid": thing["metadata"]["uid"],
            "changes": tuple(FieldChange(path=p, before=b, after=a) for p, b, a in fields),
        }
    )

"""The practice cluster asked through HTTP in the same process, and the bodies that tests send."""

from typing import Any, Protocol, TypeAlias

from starlette.testclient import TestClient

from stanch.sandbox.cluster import app
from stanch.sandbox.cluster.engine import Cluster

Json: TypeAlias = dict[str, Any]

CORE = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop"
SCALERS = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
BUDGETS = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets"


class Answer(Protocol):
    """An answer, whichever client received it."""

    status_code: int

    def json(self) -> Any:
        """Return the body."""
        ...


_USERS = ("admin", "operator", "reader", "nobody")


def kube(cluster: Cluster, user: str = "admin") -> TestClient:
    """Return a client of the cluster that asks as `user`."""
    built = app.build(cluster, tokens={f"token-{name}": name for name in _USERS})
    return TestClient(built, headers={"authorization": f"Bearer token-{user}"})


def container(**fields: Any) -> Json:
    """Return a container; a field that is None is left out."""
    given = {"name": "web", "image": "registry.local/web:v1", **fields}
    return {key: value for key, value in given.items() if value is not None}


def pod(*containers: Json, name: str = "web-0", **spec: Any) -> Json:
    """Return a pod."""
    return {
        "metadata": {"name": name},
        "spec": {"containers": list(containers or (container(),)), **spec},
    }


def workload(name: str = "web", **spec: Any) -> Json:
    """Return what a Deployment, a StatefulSet or a DaemonSet needs; None leaves a field out."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container()]}}
    given = {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec}
    kept = {key: value for key, value in given.items() if value is not None}
    return {"metadata": {"name": name}, "spec": kept}


def templated(**spec: Any) -> Json:
    """Return a workload whose pods have this spec."""
    made = workload()
    made["spec"]["template"]["spec"] |= spec
    return made


def named(name: str, **fields: Any) -> Json:
    """Return an object that has nothing but a name and these fields."""
    return {"metadata": {"name": name}, **fields}


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Return code, reason and sentence of a refusal, which is a Status of the API."""
    said = answer.json()
    assert (said["kind"], said["status"]) == ("Status", "Failure")
    assert said["code"] == answer.status_code
    return said["code"], said.get("reason", ""), said["message"]


def causes(answer: Answer) -> list[tuple[str, str, str]]:
    """Return field, reason word and sentence of each cause of a refusal (422)."""
    assert refusal(answer)[:2] == (422, "Invalid")
    listed = answer.json()["details"]["causes"]
    return [(one["field"], one["reason"], one["message"]) for one in listed]

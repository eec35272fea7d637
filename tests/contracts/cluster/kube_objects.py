"""Objects that the cluster tests create, and the paths where the API keeps them.

Behaviour words in the image tag (`v1-ok`, `v3-crash`) decide what a container does, on the
practice cluster and on the fake kubelet of the real one alike.
"""

from typing import Any

from tests.contracts.cluster.kube_api import Json

OK = "registry.local/web:v1-ok"


def core(kind: str, name: str = "", *, namespace: str = "shop") -> str:
    """Return the path of core/v1 objects of `kind` (plural), or of the one called `name`."""
    return f"/api/v1/namespaces/{namespace}/{kind}" + (f"/{name}" if name else "")


def apps(kind: str, name: str = "", *, namespace: str = "shop") -> str:
    """Return the path of apps/v1 objects of `kind` (plural), or of the one called `name`."""
    return f"/apis/apps/v1/namespaces/{namespace}/{kind}" + (f"/{name}" if name else "")


def autoscalers(name: str = "") -> str:
    """Return the path of the autoscaling/v1 autoscalers of the shop."""
    path = "/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers"
    return path + (f"/{name}" if name else "")


def config_map(name: str, **data: str) -> Json:
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": name}},
        "data": data,
    }


def pod(name: str, image: str = OK, **spec: Any) -> Json:
    """Return a Pod with one container, `main`."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": image}], **spec},
    }


def deployment(name: str, image: str = OK, *, replicas: int = 1, **spec: Any) -> Json:
    """Return a Deployment with one container, `main`, and the label `app` set to its name."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
            **spec,
        },
    }


def rolling(surge: int | str, unavailable: int | str) -> Json:
    """Return a rolling update strategy."""
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }


def new_image(image: str) -> Json:
    """Return a strategic merge patch that gives the container `main` another image."""
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}}


def rolled_out(found: Json) -> bool:
    """Tell whether a Deployment's controller has seen the spec, made it so and said so.

    Only after the last of these does its resourceVersion rest.
    """
    status, wanted = found.get("status", {}), found["spec"]["replicas"]
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    done = condition(found, "Progressing").get("reason") == "NewReplicaSetAvailable"
    return seen and counts == [wanted] * 3 and (done or bool(found["spec"].get("paused")))


def condition(found: Json, kind: str) -> Json:
    """Return the condition of type `kind`, or an empty one."""
    conditions = found.get("status", {}).get("conditions") or []
    return next((item for item in conditions if item["type"] == kind), {})


def ready(found: Json) -> bool:
    """Tell whether a Pod or a Node is Ready."""
    return condition(found, "Ready").get("status") == "True"


def container(found: Json) -> Json:
    """Return the status of a Pod's first container, empty before the kubelet wrote one."""
    statuses = found.get("status", {}).get("containerStatuses") or [{}]
    first: Json = statuses[0]
    return first


def waiting(found: Json) -> str:
    """Return why the first container of a Pod waits, or nothing."""
    reason: str = container(found).get("state", {}).get("waiting", {}).get("reason", "")
    return reason

from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.pods import is_ready
from tests.unit.sandbox_cluster.practice import new_cluster, run


def start(cluster: Cluster, image: str = "v1", **container: Any) -> None:
    main = {"name": "web", "image": f"registry.local/web:{image}", **container}
    body = {"metadata": {"name": "web"}, "spec": {"containers": [main]}}
    cluster.store.create("pods", "shop", body)


def pod(cluster: Cluster) -> dict[str, Any]:
    return cluster.store.get("pods", "shop", "web")


def complaint(cluster: Cluster) -> str:
    """Return why the container waits, which its event must say, too."""
    state = pod(cluster)["status"]["containerStatuses"][0]["state"]
    assert state["waiting"]["reason"] == "CreateContainerConfigError"
    said = str(state["waiting"]["message"])
    texts = {event["message"] for event in cluster.store.list("events", "shop")}
    assert f"Error: {said}" in texts
    return said


def key_of(kind: str, *, name: str, key: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": "X", "valueFrom": {kind: {"name": name, "key": key, **more}}}]


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, 'configmap "settings" not found'),
        ({"envFrom": [{"secretRef": {"name": "keys"}}]}, 'secret "keys" not found'),
        (
            {"env": key_of("configMapKeyRef", name="absent", key="a")},
            'configmap "absent" not found',
        ),
        ({"env": key_of("secretKeyRef", name="absent", key="a")}, 'secret "absent" not found'),
        (
            {"env": key_of("configMapKeyRef", name="present", key="b")},
            "couldn't find key b in ConfigMap shop/present",
        ),
        (
            {
                "env": key_of("secretKeyRef", name="later", key="a"),
                "envFrom": [{"configMapRef": {"name": "first"}}],
            },
            'configmap "first" not found',
        ),
    ],
)
def test_the_complaint_names_what_is_missing(container: dict[str, Any], said: str) -> None:
    cluster = new_cluster()
    body = {"metadata": {"name": "present"}, "data": {"a": "1"}}
    cluster.store.create("configmaps", "shop", body)
    start(cluster, **container)
    run(cluster, 5)
    assert complaint(cluster) == said
    assert pod(cluster)["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    "container",
    [
        {"envFrom": [{"configMapRef": {"name": "absent", "optional": True}}]},
        {"env": key_of("secretKeyRef", name="absent", key="a", optional=True)},
        {"env": key_of("configMapKeyRef", name="present", key="a")},
        {"env": [{"name": "X", "value": "1"}]},
    ],
)
def test_what_is_optional_or_there_keeps_no_container_back(container: dict[str, Any]) -> None:
    cluster = new_cluster()
    body = {"metadata": {"name": "present"}, "data": {"a": "1"}}
    cluster.store.create("configmaps", "shop", body)
    start(cluster, **container)
    run(cluster, 5)
    assert is_ready(pod(cluster))


def test_a_pod_comes_up_soon_after_what_it_missed_is_made() -> None:
    cluster = new_cluster()
    start(cluster, envFrom=[{"configMapRef": {"name": "settings"}}])
    run(cluster, 30)
    assert complaint(cluster) == 'configmap "settings" not found'
    cluster.store.create("configmaps", "shop", {"metadata": {"name": "settings"}})
    run(cluster, 15)
    assert is_ready(pod(cluster))
    assert pod(cluster)["status"]["containerStatuses"][0]["restartCount"] == 0


def test_the_word_for_a_bad_configuration_still_keeps_a_container_back() -> None:
    cluster = new_cluster()
    start(cluster, "v1-badconfig")
    run(cluster, 40)
    assert complaint(cluster).endswith("not found")

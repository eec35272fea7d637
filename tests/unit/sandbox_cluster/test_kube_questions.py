"""What a user may ask about the server and about itself: discovery and reviews."""

import pytest

from stanch.sandbox.cluster.engine import Cluster
from tests.unit.sandbox_cluster.kube_http import Json, kube, refusal
from tests.unit.sandbox_cluster.practice import new_cluster

REVIEWS = "/apis/authorization.k8s.io/v1"


@pytest.fixture
def cluster() -> Cluster:
    return new_cluster()


@pytest.mark.parametrize(
    ("user", "asked", "allowed"),
    [
        ("reader", {"resourceAttributes": {"verb": "list", "resource": "pods"}}, True),
        ("reader", {"resourceAttributes": {"verb": "delete", "resource": "pods"}}, False),
        (
            "operator",
            {
                "resourceAttributes": {
                    "verb": "patch",
                    "group": "apps",
                    "resource": "deployments",
                    "subresource": "scale",
                    "namespace": "shop",
                }
            },
            True,
        ),
        ("nobody", {"nonResourceAttributes": {"verb": "get", "path": "/version"}}, True),
        ("nobody", {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}, False),
        ("admin", {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}, True),
    ],
)
def test_a_user_may_ask_what_it_may_do(
    cluster: Cluster, user: str, asked: Json, *, allowed: bool
) -> None:
    answer = kube(cluster, user).post(f"{REVIEWS}/selfsubjectaccessreviews", json={"spec": asked})
    assert answer.status_code == 201
    assert answer.json()["status"] == {"allowed": allowed}


def test_the_rights_of_a_user_are_listed_for_one_namespace(cluster: Cluster) -> None:
    def verbs(user: str, resource: str, namespace: str) -> set[str]:
        body = {"spec": {"namespace": namespace}}
        answer = kube(cluster, user).post(f"{REVIEWS}/selfsubjectrulesreviews", json=body).json()
        rules = answer["status"]["resourceRules"]
        return {verb for rule in rules if resource in rule["resources"] for verb in rule["verbs"]}

    look = {"get", "list", "watch"}
    assert verbs("admin", "*", "shop") == {"*"}
    assert verbs("nobody", "pods", "shop") == set()
    assert verbs("reader", "pods", "shop") == look
    assert verbs("operator", "pods", "shop") == {*look, "delete"}
    assert verbs("operator", "pods", "default") == look
    nowhere = kube(cluster).post(f"{REVIEWS}/selfsubjectrulesreviews", json={})
    assert refusal(nowhere)[0] == 400


def test_who_a_user_is_can_be_asked(cluster: Cluster) -> None:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    said = kube(cluster, "reader").post(path, json={}).json()["status"]["userInfo"]
    assert said["username"] == "reader"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/api/v1", {"pods", "pods/log", "pods/eviction", "nodes/status", "configmaps"}),
        ("/apis/apps/v1", {"deployments", "deployments/scale", "deployments/status"}),
        ("/apis/authorization.k8s.io/v1", {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}),
        ("/apis/authentication.k8s.io/v1", {"selfsubjectreviews"}),
    ],
)
def test_discovery_names_the_resources_of_a_version(
    cluster: Cluster, path: str, names: set[str]
) -> None:
    found = kube(cluster, "nobody").get(path).json()
    assert found["kind"] == "APIResourceList"
    assert names <= {entry["name"] for entry in found["resources"]}


def test_each_listed_group_answers_for_itself(cluster: Cluster) -> None:
    client = kube(cluster, "reader")
    assert client.get("/api").json()["versions"] == ["v1"]
    groups = client.get("/apis").json()["groups"]
    assert {"apps", "autoscaling", "policy", "metrics.k8s.io"} <= {one["name"] for one in groups}
    for group in groups:
        own = client.get(f"/apis/{group['name']}").json()
        assert own == {"kind": "APIGroup", "apiVersion": "v1", **group}
        for version in group["versions"]:
            listed = client.get(f"/apis/{version['groupVersion']}").json()
            assert listed["groupVersion"] == version["groupVersion"]

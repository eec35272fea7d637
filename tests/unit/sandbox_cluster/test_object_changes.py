"""What may change in an object that exists, and what a broken body is told."""

import json
from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster
from tests.unit.sandbox_cluster.kube_http import (
    APPS,
    BUDGETS,
    CORE,
    SCALERS,
    Json,
    causes,
    container,
    kube,
    named,
    pod,
    refusal,
    workload,
)
from tests.unit.sandbox_cluster.practice import new_cluster

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
OLD_SCALERS = SCALERS.replace("/v2/", "/v1/")
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def cluster() -> Cluster:
    cluster = new_cluster()
    client = kube(cluster)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    for path, body in (
        (f"{APPS}/deployments", workload(replicas=0)),
        (f"{APPS}/statefulsets", workload(serviceName="web", replicas=0)),
        (f"{CORE}/pods", pod(terminationGracePeriodSeconds=30)),
        (f"{CORE}/services", named("web", spec={"ports": [{"port": 80}]})),
        (f"{CORE}/configmaps", named("fixed", data={"a": "1"}, immutable=True)),
        (SCALERS, named("web", spec={"scaleTargetRef": target, "maxReplicas": 2})),
    ):
        assert client.post(path, json=body).status_code == 201
    return cluster


def patch(cluster: Cluster, path: str, change: Any, media: str = MERGE) -> Any:
    return kube(cluster).patch(path, content=json.dumps(change), headers={"content-type": media})


@pytest.mark.parametrize(
    ("path", "change", "field", "sentence"),
    [
        (
            f"{APPS}/deployments/web",
            {"spec": {"selector": {"matchLabels": {"tier": "x"}}}},
            "spec.selector",
            "field is immutable",
        ),
        (
            f"{APPS}/statefulsets/web",
            {"spec": {"serviceName": "other"}},
            "spec",
            "Forbidden: updates to statefulset spec for fields other than 'replicas'",
        ),
        (
            f"{CORE}/pods/web-0",
            {"spec": {"nodeName": "elsewhere"}},
            "spec",
            "Forbidden: pod updates may not change fields other than",
        ),
        (
            f"{CORE}/services/web",
            {"spec": {"clusterIP": "10.96.200.200"}},
            "spec.clusterIPs[0]",
            'Invalid value: "10.96.200.200": may not change once set',
        ),
        (
            f"{CORE}/configmaps/fixed",
            {"data": {"a": "2"}},
            "data",
            "field is immutable when `immutable` is set",
        ),
        (
            f"{CORE}/configmaps/fixed",
            {"immutable": None},
            "data",
            "field is immutable when `immutable` is set",
        ),
    ],
)
def test_what_is_fixed_at_creation_cannot_be_changed(
    cluster: Cluster, path: str, change: Json, field: str, sentence: str
) -> None:
    before = kube(cluster).get(path).json()
    found = causes(patch(cluster, path, change))
    assert any(at == field and sentence in said for at, _, said in found)
    assert kube(cluster).get(path).json() == before


@pytest.mark.parametrize(
    ("path", "change", "where", "value"),
    [
        (f"{APPS}/statefulsets/web", {"spec": {"replicas": 2}}, "spec.replicas", 2),
        (f"{APPS}/statefulsets/web", {"spec": {"minReadySeconds": 5}}, "spec.minReadySeconds", 5),
        (
            f"{CORE}/pods/web-0",
            {"spec": {"terminationGracePeriodSeconds": 1}},
            "spec.terminationGracePeriodSeconds",
            1,
        ),
        (
            f"{CORE}/pods/web-0",
            {"spec": {"activeDeadlineSeconds": 9}},
            "spec.activeDeadlineSeconds",
            9,
        ),
        (f"{CORE}/configmaps/fixed", {"metadata": {"labels": {"a": "b"}}}, "data.a", "1"),
    ],
)
def test_what_is_free_can_be_changed(
    cluster: Cluster, path: str, change: Json, where: str, value: object
) -> None:
    assert patch(cluster, path, change).status_code == 200
    found = kube(cluster).get(path).json()
    for key in where.split("."):
        found = found[key]
    assert found == value


def test_the_image_of_a_pod_can_be_changed(cluster: Cluster) -> None:
    new = {"spec": {"containers": [{"name": "web", "image": "registry.local/web:v2"}]}}
    answer = patch(cluster, f"{CORE}/pods/web-0", new, STRATEGIC)
    assert answer.json()["spec"]["containers"][0]["image"] == "registry.local/web:v2"


def test_a_service_keeps_its_address_when_a_client_leaves_it_out(cluster: Cluster) -> None:
    client, path = kube(cluster), f"{CORE}/services/web"
    before = client.get(path).json()["spec"]
    answer = client.put(path, json=named("web", spec={"ports": [{"port": 81}]})).json()["spec"]
    assert answer["clusterIP"] == before["clusterIP"]
    assert answer["clusterIPs"] == [before["clusterIP"]]
    assert [port["port"] for port in answer["ports"]] == [81]


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_each_port_of_a_service_for_the_outside_gets_a_number_of_its_own(
    cluster: Cluster, kind: str
) -> None:
    numbers = []
    for name in ("one", "two"):
        ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
        body = named(name, spec={"type": kind, "ports": ports})
        found = kube(cluster).post(f"{CORE}/services", json=body).json()["spec"]
        numbers += [port["nodePort"] for port in found["ports"]]
    assert len(set(numbers)) == 4
    assert all(30_000 <= number < 32_768 for number in numbers)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            {"key": "app", "operator": "Like", "values": ["web"]},
            [("operator", "FieldValueInvalid", 'Invalid value: "Like": not a valid selector')],
        ),
        ({"key": "app", "operator": "In"}, [("values", "FieldValueRequired", "Required value: ")]),
        ({"key": "app", "operator": "NotIn"}, [("values", "FieldValueRequired", "Required")]),
        (
            {"key": "app", "operator": "Exists", "values": ["web"]},
            [("values", "FieldValueForbidden", "Forbidden: may not be specified when")],
        ),
        (
            {"operator": "Exists"},
            [("key", "FieldValueInvalid", 'Invalid value: "": name part must be non-empty')],
        ),
    ],
)
@pytest.mark.parametrize("path", [f"{APPS}/deployments", BUDGETS], ids=["workload", "budget"])
def test_an_expression_of_a_selector_that_cannot_be_read_is_refused(
    path: str, expression: Json, expected: list[tuple[str, str, str]]
) -> None:
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": [expression]}
    body = (
        named("x", spec={"selector": selector})
        if path == BUDGETS
        else workload("x", selector=selector)
    )
    found = causes(kube(new_cluster()).post(path, json=body))
    at = "spec.selector.matchExpressions[0]"
    assert [(field, word) for field, word, _ in found] == [
        (f"{at}.{field}", word) for field, word, _ in expected
    ]
    assert all(said.startswith(want[2]) for (_, _, said), want in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", f"{CORE}/pods", {"metadata": [1]}, 400),
        ("POST", f"{CORE}/pods", {"metadata": "x"}, 400),
        ("POST", f"{CORE}/pods", {"metadata": {"name": 3}}, 400),
        ("POST", f"{CORE}/pods", {**pod(), "spec": "x"}, 400),
        ("POST", f"{CORE}/pods", pod(container(resources={"requests": {"cpu": "1 x"}})), 400),
        ("POST", f"{CORE}/pods", pod(container(resources={"requests": {"cpu": True}})), 400),
        ("POST", f"{CORE}/pods", pod(container(tty="yes")), 400),
        ("POST", f"{CORE}/pods", pod(containers={}), 400),
        ("POST", f"{CORE}/configmaps", named("x", data=["a"]), 400),
        ("POST", f"{CORE}/configmaps", named("x", binaryData={"a": "*"}), 400),
        ("POST", f"{CORE}/secrets", named("x", data={"a": "YQ"}), 400),
        ("POST", f"{CORE}/secrets", named("x", data={"a": "é"}), 400),
        ("POST", OLD_SCALERS, named("x", spec="x"), 400),
        ("PUT", f"{APPS}/deployments/web", {"metadata": "x"}, 400),
        ("PUT", f"{APPS}/deployments/web/scale", {"spec": [1]}, 400),
        ("PUT", f"{APPS}/deployments/web/scale", {"metadata": [1], "spec": {"replicas": 1}}, 400),
        ("PUT", f"{APPS}/deployments/web/scale", {"spec": {"replicas": True}}, 400),
        ("PUT", f"{APPS}/deployments/web/scale", {"spec": {"replicas": -1}}, 422),
        ("DELETE", f"{APPS}/deployments/web", {"preconditions": [1]}, 400),
        ("DELETE", f"{APPS}/deployments/web", {"propagationPolicy": "Sideways"}, 400),
        ("POST", f"{CORE}/pods/web-0/eviction", {"apiVersion": "policy/v1", "metadata": [1]}, 400),
        (
            "POST",
            f"{CORE}/pods/web-0/eviction",
            {"apiVersion": "policy/v1", "metadata": {"name": "web-0"}, "deleteOptions": [1]},
            400,
        ),
        ("POST", REVIEWS, {"spec": "x"}, 400),
        ("POST", REVIEWS, {"spec": {}}, 400),
        ("POST", REVIEWS, {"spec": {"resourceAttributes": "x"}}, 400),
        ("POST", REVIEWS, {"spec": {"nonResourceAttributes": ["x"]}}, 400),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_and_changes_nothing(
    cluster: Cluster, method: str, path: str, body: Json, code: int
) -> None:
    before = cluster.store.journal.revision
    answer = kube(cluster).request(method, path, json=body)
    assert refusal(answer)[0] == code
    assert cluster.store.journal.revision == before


@pytest.mark.parametrize(
    ("path", "change", "media", "code"),
    [
        (f"{APPS}/deployments/web/scale", {"spec": [1]}, MERGE, 400),
        (
            f"{APPS}/deployments/web/scale",
            [{"op": "replace", "path": "", "value": 3}],
            JSON_PATCH,
            422,
        ),
        (f"{APPS}/deployments/web", [{"op": "add", "path": "", "value": 3}], JSON_PATCH, 422),
        (f"{APPS}/deployments/web", [{"op": "remove", "path": "/metadata"}], JSON_PATCH, 422),
        (f"{APPS}/deployments/web", {"metadata": {"name": "other"}}, MERGE, 400),
        (f"{APPS}/deployments/web", {"spec": {"replicas": "two"}}, MERGE, 422),
        (f"{APPS}/deployments/web", [1], MERGE, 400),
        (f"{APPS}/deployments/web", {"spec": {"$patch": "merge-all"}}, STRATEGIC, 400),
        (f"{APPS}/deployments/web", {"spec": {"$retainKeys": "all"}}, STRATEGIC, 400),
        (f"{APPS}/deployments/web", {"spec": {"$setElementOrder/x": 3}}, STRATEGIC, 400),
        (
            f"{APPS}/deployments/web",
            {"metadata": {"$deleteFromPrimitiveList/finalizers": 3}},
            STRATEGIC,
            400,
        ),
        (f"{OLD_SCALERS}/web", {"spec": "x"}, MERGE, 422),
    ],
)
def test_a_patch_that_makes_no_object_is_refused_and_changes_nothing(
    cluster: Cluster, path: str, change: Any, media: str, code: int
) -> None:
    before = cluster.store.journal.revision
    assert refusal(patch(cluster, path, change, media))[0] == code
    assert cluster.store.journal.revision == before

"""Which requests the server knows, and in which words it refuses the others."""

import base64
import json

import pytest

from stanch.sandbox.cluster.engine import Cluster
from tests.unit.sandbox_cluster.kube_http import (
    APPS,
    BUDGETS,
    CORE,
    SCALERS,
    Json,
    causes,
    kube,
    named,
    pod,
    refusal,
    workload,
)
from tests.unit.sandbox_cluster.practice import new_cluster

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.fixture
def cluster() -> Cluster:
    cluster = new_cluster()
    assert kube(cluster).post(f"{APPS}/deployments", json=workload(replicas=0)).status_code == 201
    return cluster


@pytest.mark.parametrize(
    ("method", "path", "code", "reason"),
    [
        ("GET", "/apis/unknown.example/v1/things", 404, "NotFound"),
        ("GET", f"{CORE}/things", 404, "NotFound"),
        ("GET", "/apis/apps/v9", 404, "NotFound"),
        ("GET", "/openapi/v3/apis/unknown/v1", 404, "NotFound"),
        ("GET", f"{APPS}/deployments/web/log", 404, "NotFound"),
        ("GET", f"{APPS}/deployments/web/eviction", 404, "NotFound"),
        ("GET", f"{APPS}/daemonsets/web/scale", 404, "NotFound"),
        ("GET", f"{APPS}/deployments/web/other", 404, "NotFound"),
        ("GET", "/api/v1/namespaces/shop/nodes", 404, "NotFound"),
        ("GET", "/api/v1/pods/web-0", 404, "NotFound"),
        ("GET", f"{APPS}/deployments/absent", 404, "NotFound"),
        ("POST", "/api", 405, "MethodNotAllowed"),
        ("POST", "/api/v1/pods", 405, "MethodNotAllowed"),
        ("POST", f"{APPS}/deployments/web", 405, "MethodNotAllowed"),
        ("PUT", f"{APPS}/deployments", 405, "MethodNotAllowed"),
        ("PATCH", f"{APPS}/deployments", 405, "MethodNotAllowed"),
        ("OPTIONS", f"{APPS}/deployments", 405, "MethodNotAllowed"),
        ("POST", f"{CORE}/pods/web-0/log", 405, "MethodNotAllowed"),
        ("GET", f"{CORE}/pods/web-0/eviction", 405, "MethodNotAllowed"),
        ("DELETE", f"{APPS}/deployments/web/status", 405, "MethodNotAllowed"),
        ("DELETE", "/apis/metrics.k8s.io/v1beta1/nodes/worker-1", 405, "MethodNotAllowed"),
        ("GET", f"{CORE}/pods?limit=ten", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?labelSelector=a+b", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?fieldSelector=spec.image%3Dx", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?fieldSelector=name", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?continue=%21", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?watch=1&sendInitialEvents=true", 400, "BadRequest"),
        ("GET", f"{CORE}/pods?watch=1&resourceVersion=new", 400, "BadRequest"),
    ],
)
def test_a_request_that_is_not_served_is_refused(
    cluster: Cluster, method: str, path: str, code: int, reason: str
) -> None:
    assert refusal(kube(cluster).request(method, path, json={}))[:2] == (code, reason)


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/livez/ping", "/readyz/etcd"])
def test_the_health_of_the_server_is_ok_in_plain_text(cluster: Cluster, path: str) -> None:
    answer = kube(cluster).get(path)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("user", "path", "code"),
    [("nobody", "/version", 200), ("nobody", "/metrics", 403), ("admin", "/metrics", 404)],
)
def test_addresses_that_are_no_resources_are_open_only_as_far_as_discovery_needs_it(
    cluster: Cluster, user: str, path: str, code: int
) -> None:
    answer = kube(cluster, user).get(path)
    assert answer.status_code == code
    if code == 403:
        assert refusal(answer)[2] == 'forbidden: User "nobody" cannot get path "/metrics"'


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html, application/json;q=0.9", 200),
        (TABLE, 200),
        ("", 200),
        ("text/html", 406),
        ("application/vnd.kubernetes.protobuf", 406),
    ],
)
def test_an_answer_is_given_only_in_a_form_that_is_wanted(
    cluster: Cluster, accept: str, code: int
) -> None:
    answer = kube(cluster).get(f"{CORE}/pods", headers={"accept": accept})
    assert answer.status_code == code
    if code == 406:
        assert refusal(answer)[1:] == (
            "NotAcceptable",
            "only the following media types are accepted: application/json",
        )


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (b'{"metadata":{"name":"x"},"data":{"a":"b"}}', "application/json; charset=utf-8", 201),
        (b'{"metadata":{"name":"x"},"data":{"a":"b"}}', "", 201),
        (b"metadata: {name: x}\ndata: {a: b}\n", "application/yaml", 201),
        (b"metadata: {name: x}\ndata: {a: b}\n", "application/x-yaml", 201),
        (b"metadata: [", "application/yaml", 400),
        (b'{"metadata"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"k8s\x00\xff", "application/vnd.kubernetes.protobuf", 400),
        (b"{}", "text/csv", 415),
    ],
)
def test_a_body_is_read_in_its_own_format(
    cluster: Cluster, body: bytes, media: str, code: int
) -> None:
    headers = {"content-type": media} if media else {}
    answer = kube(cluster).post(f"{CORE}/configmaps", content=body, headers=headers)
    assert answer.status_code == code
    if code == 201:
        assert answer.json()["data"] == {"a": "b"}
    if code == 415:
        assert "application/json, application/yaml" in refusal(answer)[2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"apiVersion": "apps/v2", "kind": "Deployment"},
            "(apps/v2, Kind=Deployment) does not match the expected API version (apps/v1, ",
        ),
        ({"kind": "Pod"}, "(apps/v1, Kind=Pod) does not match the expected API version"),
        ({"metadata": {"name": "other"}}, "(other) does not match the name on the URL (web)"),
        (
            {"metadata": {"namespace": "default"}},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
)
def test_an_object_must_be_what_its_address_says(cluster: Cluster, body: Json, said: str) -> None:
    code, reason, message = refusal(kube(cluster).put(f"{APPS}/deployments/web", json=body))
    assert (code, reason) == (400, "BadRequest")
    assert said in message


@pytest.mark.parametrize(
    ("query", "field"), [("dryRun=Some", "dryRun"), ("fieldValidation=Hard", "fieldValidation")]
)
def test_a_word_that_is_no_option_is_refused(cluster: Cluster, query: str, field: str) -> None:
    answer = kube(cluster).post(f"{CORE}/pods?{query}", json=pod())
    [(at, _, said)] = causes(answer)
    assert at == field
    assert "supported values: " in said
    assert not cluster.store.list("pods", "shop")


def test_an_unknown_field_of_a_new_object_is_warned_about_refused_or_ignored(
    cluster: Cluster,
) -> None:
    client, body = kube(cluster), {**pod(), "spek": {}}
    strict = client.post(f"{CORE}/pods?fieldValidation=Strict", json=body)
    assert refusal(strict)[0] == 400
    assert 'strict decoding error: unknown field "spek"' in refusal(strict)[2]
    warned = client.post(f"{CORE}/pods?dryRun=All", json=body)
    assert warned.headers["warning"] == '299 - "unknown field \\"spek\\""'
    silent = client.post(f"{CORE}/pods?fieldValidation=Ignore", json=body)
    assert (silent.status_code, "warning" in silent.headers) == (201, False)


def test_pages_show_the_list_as_it_was_at_the_first_one(cluster: Cluster) -> None:
    client = kube(cluster)
    for name in "abcde":
        client.post(f"{CORE}/configmaps", json=named(name))
    first = client.get(f"{CORE}/configmaps?limit=2").json()
    assert first["metadata"]["remainingItemCount"] == 3
    client.delete(f"{CORE}/configmaps/e")
    client.post(f"{CORE}/configmaps", json=named("f"))
    seen, token = [item["metadata"]["name"] for item in first["items"]], ""
    page = first
    while token := page["metadata"].get("continue", ""):
        page = client.get(f"{CORE}/configmaps?limit=2&continue={token}").json()
        assert page["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
        seen += [item["metadata"]["name"] for item in page["items"]]
    assert seen == list("abcde")


def test_a_page_of_a_list_that_is_no_longer_kept_is_gone(cluster: Cluster) -> None:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": 1, "start": ["shop", "a"]})
    token = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    answer = kube(cluster).get(f"{CORE}/configmaps?continue={token}")
    assert refusal(answer)[:2] == (410, "Expired")


def test_an_older_version_of_an_autoscaler_shows_the_same_target(cluster: Cluster) -> None:
    old = SCALERS.replace("/v2/", "/v1/")
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 4,
        "targetCPUUtilizationPercentage": 65,
    }
    client = kube(cluster)
    made = client.post(old, json=named("web", spec=spec)).json()
    assert made["apiVersion"] == "autoscaling/v1"
    assert made["spec"]["targetCPUUtilizationPercentage"] == 65
    [metric] = client.get(f"{SCALERS}/web").json()["spec"]["metrics"]
    wanted = {"type": "Utilization", "averageUtilization": 65}
    assert metric == {"type": "Resource", "resource": {"name": "cpu", "target": wanted}}
    [item] = client.get(old).json()["items"]
    assert item["spec"] == {**made["spec"]}


@pytest.mark.parametrize("field", ["apiVersion", "kind", "name", "uid"])
def test_an_owner_must_be_named_in_full(cluster: Cluster, field: str) -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "web-0", "uid": "u-1"}
    reference = {key: value for key, value in owner.items() if key != field}
    body = {"metadata": {"name": "x", "ownerReferences": [reference]}}
    found = causes(kube(cluster).post(f"{CORE}/configmaps", json=body))
    assert found == [
        (
            f"metadata.ownerReferences.{field}",
            "FieldValueInvalid",
            'Invalid value: "": must not be empty',
        )
    ]


def test_a_budget_may_name_its_pods_by_expressions(cluster: Cluster) -> None:
    expression = {"key": "app", "operator": "In", "values": ["web"]}
    spec = {"minAvailable": 1, "selector": {"matchExpressions": [expression]}}
    assert kube(cluster).post(BUDGETS, json=named("web", spec=spec)).status_code == 201

"""What the server adds to an object: the defaults that the API documents."""

import pytest

from tests.unit.sandbox_cluster.kube_http import CORE, Json, container, kube, named, pod
from tests.unit.sandbox_cluster.practice import new_cluster

POLICIES = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("web:v1", "IfNotPresent"),
        ("registry.local:5000/web", "Always"),
        ("registry.local:5000/web:v1", "IfNotPresent"),
        (f"web@sha256:{'0' * 64}", "IfNotPresent"),
        (f"web:latest@sha256:{'0' * 64}", "IfNotPresent"),
    ],
)
def test_an_image_whose_tag_may_move_is_always_pulled(image: str, policy: str) -> None:
    made = kube(new_cluster()).post(f"{CORE}/pods", json=pod(container(image=image))).json()
    assert made["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("given", "added"),
    [
        (
            {"readinessProbe": {"httpGet": {"port": 80}}},
            {
                "readinessProbe": {
                    "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
                    "timeoutSeconds": 1,
                    "periodSeconds": 10,
                    "successThreshold": 1,
                    "failureThreshold": 3,
                }
            },
        ),
        (
            {"livenessProbe": {"grpc": {"port": 80}, "periodSeconds": 5}},
            {
                "livenessProbe": {
                    "grpc": {"port": 80, "service": ""},
                    "timeoutSeconds": 1,
                    "periodSeconds": 5,
                    "successThreshold": 1,
                    "failureThreshold": 3,
                }
            },
        ),
        (
            {"lifecycle": {"preStop": {"httpGet": {"port": 80, "path": "/stop"}}}},
            {
                "lifecycle": {
                    "preStop": {"httpGet": {"port": 80, "path": "/stop", "scheme": "HTTP"}}
                }
            },
        ),
        (
            {"ports": [{"containerPort": 80}]},
            {"ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ),
        (
            {"env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]},
            {
                "env": [
                    {
                        "name": "IP",
                        "valueFrom": {
                            "fieldRef": {"fieldPath": "status.podIP", "apiVersion": "v1"}
                        },
                    }
                ]
            },
        ),
        (
            {},
            {
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "resources": {},
            },
        ),
    ],
)
def test_a_container_is_completed(given: Json, added: Json) -> None:
    made = kube(new_cluster()).post(f"{CORE}/pods", json=pod(container(**given))).json()
    [found] = made["spec"]["containers"]
    assert {key: found[key] for key in added} == added


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {"emptyDir": {}}),
        ({"configMap": {"name": "a"}}, {"configMap": {"name": "a", "defaultMode": 420}}),
        ({"secret": {"secretName": "a"}}, {"secret": {"secretName": "a", "defaultMode": 420}}),
        ({"hostPath": {"path": "/x"}}, {"hostPath": {"path": "/x", "type": ""}}),
    ],
)
def test_a_volume_is_completed(given: Json, kept: Json) -> None:
    body = pod(container(), volumes=[{"name": "data", **given}])
    made = kube(new_cluster()).post(f"{CORE}/pods", json=body).json()
    assert {"name": "data", **kept} in made["spec"]["volumes"]


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ({}, ["Ingress"]),
        ({"egress": [{}]}, ["Ingress", "Egress"]),
        ({"policyTypes": ["Egress"]}, ["Egress"]),
    ],
)
def test_a_network_policy_says_in_which_directions_it_acts(spec: Json, types: list[str]) -> None:
    made = kube(new_cluster()).post(POLICIES, json=named("x", spec=spec)).json()
    assert made["spec"]["policyTypes"] == types
    assert made["spec"]["podSelector"] == {}


def test_the_port_of_a_network_policy_is_of_tcp() -> None:
    spec = {"ingress": [{"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}]}
    made = kube(new_cluster()).post(POLICIES, json=named("x", spec=spec)).json()
    protocols = [port["protocol"] for port in made["spec"]["ingress"][0]["ports"]]
    assert protocols == ["TCP", "UDP"]


def test_the_plain_texts_of_a_secret_are_kept_encoded() -> None:
    body = named("x", stringData={"a": "é"}, data={"b": "YQ=="})
    made = kube(new_cluster()).post(f"{CORE}/secrets", json=body).json()
    assert (made["data"], made["type"]) == ({"a": "w6k=", "b": "YQ=="}, "Opaque")
    assert "stringData" not in made

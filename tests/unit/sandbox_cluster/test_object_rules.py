"""What the API server refuses to keep, in the fields and words of the real one."""

from typing import Any

import pytest

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
    templated,
    workload,
)
from tests.unit.sandbox_cluster.practice import new_cluster

INVALID, REQUIRED = "FieldValueInvalid", "FieldValueRequired"
UNSUPPORTED, FORBIDDEN = "FieldValueNotSupported", "FieldValueForbidden"
DEPLOYMENTS, PODS, SERVICES = f"{APPS}/deployments", f"{CORE}/pods", f"{CORE}/services"
PORTS = [{"port": 80}]


def rolling(**fields: Any) -> Json:
    return workload(strategy={"type": "RollingUpdate", "rollingUpdate": fields})


def scaler(name: str = "web", **spec: Any) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return named("web", spec={"scaleTargetRef": target, **spec})


@pytest.mark.parametrize(
    ("path", "body", "field", "word", "sentence"),
    [
        (DEPLOYMENTS, workload("Bad_Name"), "metadata.name", INVALID, "RFC 1123 subdomain must"),
        (DEPLOYMENTS, workload("a" * 254), "metadata.name", INVALID, "RFC 1123 subdomain must"),
        (DEPLOYMENTS, workload("-web"), "metadata.name", INVALID, 'Invalid value: "-web"'),
        (SERVICES, named("a.b", spec={"ports": PORTS}), "metadata.name", INVALID, "label must"),
        (PODS, pod(name=""), "metadata.name", REQUIRED, "name or generateName is required"),
        (DEPLOYMENTS, workload(replicas=-1), "spec.replicas", INVALID, "greater than or equal to"),
        (DEPLOYMENTS, workload(selector={}), "spec.selector", INVALID, "for deployment"),
        (f"{APPS}/daemonsets", workload(selector={}), "spec.selector", INVALID, "for daemonset"),
        (
            DEPLOYMENTS,
            workload(selector={"matchLabels": {"app": "other"}}),
            "spec.template.metadata.labels",
            INVALID,
            "`selector` does not match template `labels`",
        ),
        (
            DEPLOYMENTS,
            templated(restartPolicy="Never"),
            "spec.template.spec.restartPolicy",
            UNSUPPORTED,
            'Unsupported value: "Never": supported values: "Always"',
        ),
        (
            DEPLOYMENTS,
            templated(containers=[]),
            "spec.template.spec.containers",
            REQUIRED,
            "Required value",
        ),
        (
            DEPLOYMENTS,
            workload(strategy={"type": "BlueGreen"}),
            "spec.strategy.type",
            UNSUPPORTED,
            'supported values: "Recreate", "RollingUpdate"',
        ),
        (
            DEPLOYMENTS,
            workload(strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
            "spec.strategy.rollingUpdate",
            FORBIDDEN,
            "may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            DEPLOYMENTS,
            rolling(maxUnavailable="half"),
            "spec.strategy.rollingUpdate.maxUnavailable",
            INVALID,
            'Invalid value: "half"',
        ),
        (
            DEPLOYMENTS,
            rolling(maxSurge=-1),
            "spec.strategy.rollingUpdate.maxSurge",
            INVALID,
            "Invalid value: -1",
        ),
        (
            DEPLOYMENTS,
            rolling(maxUnavailable=0, maxSurge="0%"),
            "spec.strategy.rollingUpdate.maxUnavailable",
            INVALID,
            "may not be 0 when `maxSurge` is 0",
        ),
        (
            DEPLOYMENTS,
            workload(minReadySeconds=30, progressDeadlineSeconds=30),
            "spec.progressDeadlineSeconds",
            INVALID,
            "must be greater than minReadySeconds",
        ),
        (
            BUDGETS,
            named("web", spec={"minAvailable": 1, "maxUnavailable": 1}),
            "spec",
            INVALID,
            "minAvailable and maxUnavailable cannot be both set",
        ),
        (SERVICES, named("web", spec={}), "spec.ports", REQUIRED, "Required value"),
        (
            SERVICES,
            named("web", spec={"ports": [{"port": 65536}]}),
            "spec.ports[0].port",
            INVALID,
            "Invalid value: 65536: must be between 1 and 65535",
        ),
        (f"{CORE}/configmaps", named("web", data={"a/b": ""}), "data[a/b]", INVALID, "config key"),
        (f"{CORE}/configmaps", named("web", data={"..": ""}), "data[..]", INVALID, "config key"),
        (f"{CORE}/secrets", named("web", data={"a b": "YQ=="}), "data[a b]", INVALID, "config key"),
        (SCALERS, scaler(), "spec.maxReplicas", INVALID, "must be greater than 0"),
        (
            SCALERS,
            scaler(minReplicas=3, maxReplicas=2),
            "spec.maxReplicas",
            INVALID,
            "Invalid value: 2: must be greater than or equal to `minReplicas`",
        ),
        (SCALERS, scaler("", maxReplicas=2), "spec.scaleTargetRef.name", REQUIRED, "Required"),
    ],
)
def test_an_object_that_breaks_a_rule_is_refused_with_its_field(
    path: str, body: Json, field: str, word: str, sentence: str
) -> None:
    answer = kube(new_cluster()).post(path, json=body)
    [(at, reason, said)] = causes(answer)
    assert (at, reason) == (field, word)
    assert sentence in said
    assert f"{field}: {said}" in answer.json()["message"]


@pytest.mark.parametrize(
    ("fields", "field", "word", "sentence"),
    [
        ({"name": None}, "name", REQUIRED, "Required value"),
        ({"name": "Web"}, "name", INVALID, "a lowercase RFC 1123 label must consist of"),
        ({"name": "w" * 64}, "name", INVALID, "a lowercase RFC 1123 label must consist of"),
        ({"image": None}, "image", REQUIRED, "Required value"),
        ({"image": "  "}, "image", REQUIRED, "Required value"),
        (
            {"imagePullPolicy": "Often"},
            "imagePullPolicy",
            UNSUPPORTED,
            'Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"',
        ),
        ({"env": [{"value": "x"}]}, "env[0].name", REQUIRED, "Required value"),
        (
            {"ports": [{"containerPort": 80}, {"containerPort": 70_000}]},
            "ports[1].containerPort",
            INVALID,
            "Invalid value: 70000: must be between 1 and 65535",
        ),
        ({"ports": [{"name": "http"}]}, "ports[0].containerPort", INVALID, "Invalid value: 0"),
        (
            {"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
            "volumeMounts[0].name",
            "FieldValueNotFound",
            'Not found: "data"',
        ),
        (
            {"resources": {"requests": {"cpu": "1500m"}, "limits": {"cpu": "1"}}},
            "resources.requests",
            INVALID,
            'Invalid value: "1500m": must be less than or equal to cpu limit of 1',
        ),
    ],
)
@pytest.mark.parametrize(
    ("path", "at"), [(PODS, "spec"), (DEPLOYMENTS, "spec.template.spec")], ids=["pod", "template"]
)
def test_a_container_that_breaks_a_rule_is_refused_wherever_it_stands(
    *, path: str, at: str, fields: Json, field: str, word: str, sentence: str
) -> None:
    wrong = container(**fields)
    body = pod(wrong) if path == PODS else templated(containers=[wrong])
    [found] = causes(kube(new_cluster()).post(path, json=body))
    assert found[:2] == (f"{at}.containers[0].{field}", word)
    assert sentence in found[2]


def test_every_broken_rule_is_named_in_one_refusal() -> None:
    twins = pod(container(image=None), container(), restartPolicy="Sometimes")
    answer = kube(new_cluster()).post(PODS, json=twins)
    assert [(field, word) for field, word, _ in causes(answer)] == [
        ("spec.containers[0].image", REQUIRED),
        ("spec.containers[1].name", "FieldValueDuplicate"),
        ("spec.restartPolicy", UNSUPPORTED),
    ]
    message = refusal(answer)[2]
    assert message.startswith('Pod "web-0" is invalid: [spec.containers[0].image: Required value')
    assert 'spec.containers[1].name: Duplicate value: "web"' in message


def test_a_workload_without_a_selector_says_so() -> None:
    found = causes(kube(new_cluster()).post(DEPLOYMENTS, json=workload(selector=None)))
    assert ("spec.selector", REQUIRED, "Required value") in found


def test_each_port_of_several_needs_a_name() -> None:
    body = named("web", spec={"ports": [{"port": 80, "name": "http"}, {"port": 81}]})
    found = causes(kube(new_cluster()).post(SERVICES, json=body))
    assert found == [("spec.ports[1].name", REQUIRED, "Required value")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SERVICES, named("web", spec={"clusterIP": "None"})),
        (SERVICES, named("web", spec={"type": "ExternalName", "externalName": "example.com"})),
        (DEPLOYMENTS, workload(strategy={"type": "Recreate"})),
        (DEPLOYMENTS, rolling(maxUnavailable="50%", maxSurge=0)),
        (DEPLOYMENTS, workload("a" * 253)),
        (PODS, pod(container(resources={"requests": {"cpu": "1"}, "limits": {"cpu": "1000m"}}))),
        (PODS, pod(restartPolicy="OnFailure")),
        (f"{CORE}/configmaps", named("web", data={"key.name": "", "KEY_NAME": "", "key-name": ""})),
    ],
)
def test_what_keeps_every_rule_is_taken(path: str, body: Json) -> None:
    assert kube(new_cluster()).post(path, json=body).status_code == 201


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", True),
        ("a", True),
        ("A.b_c-1", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("a b", False),
        ("-a", False),
        ("a.", False),
        ("é", False),
    ],
)
def test_a_label_value_is_short_and_plain(value: str, *, taken: bool) -> None:
    body = {**pod(), "metadata": {"name": "web-0", "labels": {"tier": value}}}
    answer = kube(new_cluster()).post(PODS, json=body)
    assert (answer.status_code == 201) is taken
    if not taken:
        [(field, word, said)] = causes(answer)
        assert (field, word) == ("metadata.labels", INVALID)
        assert said.startswith(f'Invalid value: "{value}": a valid label must be an empty string')

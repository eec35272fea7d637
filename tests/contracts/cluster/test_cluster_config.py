"""Secrets, ConfigMaps, Services and autoscalers: what else an incident reads and changes."""

import base64

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, Json
from tests.contracts.cluster.kube_objects import autoscalers, config_map, core
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _secret(shop: Shop, **fields: object) -> Json:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": shop.name}, **fields}


def test_a_secret_gives_back_its_data_in_base64(shop: Shop) -> None:
    made = shop.create(core("secrets"), _secret(shop, data={"password": _encoded("hunter2")}))
    assert made["type"] == "Opaque"
    assert shop.api.get(core("secrets", shop.name))["data"] == {"password": _encoded("hunter2")}


def test_string_data_is_written_only_and_wins_over_data(shop: Shop) -> None:
    body = _secret(shop, data={"a": _encoded("1"), "b": _encoded("2")}, stringData={"b": "3"})
    made = shop.create(core("secrets"), body)
    assert made["data"] == {"a": _encoded("1"), "b": _encoded("3")}
    assert "stringData" not in made


def test_data_that_is_no_base64_is_400(shop: Shop) -> None:
    body = _secret(shop, data={"a": "not base64!"})
    status = shop.api.refused("POST", core("secrets"), 400, body=body)
    assert status["reason"] == "BadRequest"


@pytest.mark.parametrize("kind", ["configmaps", "secrets"])
def test_an_immutable_object_keeps_its_data(shop: Shop, kind: str) -> None:
    body = {"metadata": {"name": shop.name}, "data": {"a": _encoded("1")}, "immutable": True}
    shop.create(core(kind), body)
    patch = {"data": {"a": _encoded("2")}}
    status = shop.api.refused("PATCH", core(kind, shop.name), 422, body=patch, kind=MERGE_PATCH)
    assert status["reason"] == "Invalid"
    assert "immutable" in status["message"]
    labels = {"metadata": {"labels": {"x": "y"}}}
    assert shop.api.patch(core(kind, shop.name), labels, MERGE_PATCH)["metadata"]["labels"]


def test_a_config_map_holds_text_and_bytes_side_by_side(shop: Shop) -> None:
    body = config_map(shop.name, text="a\nb\n")
    body["binaryData"] = {"bytes": _encoded("\x00\x01")}
    made = shop.create(core("configmaps"), body)
    assert made["data"] == {"text": "a\nb\n"}
    assert made["binaryData"] == {"bytes": _encoded("\x00\x01")}


def test_a_key_of_a_config_map_must_be_a_file_name(shop: Shop) -> None:
    body = config_map(shop.name)
    body["data"] = {"no/slash": "x"}
    status = shop.api.refused("POST", core("configmaps"), 422, body=body)
    assert [cause["field"] for cause in status["details"]["causes"]] == ["data[no/slash]"]


def test_a_value_of_a_config_map_must_be_text(shop: Shop) -> None:
    body = config_map(shop.name)
    body["data"] = {"number": 1}
    status = shop.api.refused("POST", core("configmaps"), 400, body=body)
    assert status["reason"] == "BadRequest"


def test_a_service_gets_an_address_and_the_endpoints_of_its_ready_pods(shop: Shop) -> None:
    body = {
        "metadata": {"name": shop.name},
        "spec": {"selector": {"app": shop.name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    made = shop.create(core("services"), body)
    assert made["spec"]["type"] == "ClusterIP"
    assert made["spec"]["clusterIP"].count(".") == 3
    assert made["spec"]["ports"] == [{"protocol": "TCP", "port": 80, "targetPort": 8080}]
    assert made["spec"]["sessionAffinity"] == "None"
    pod = shop.run()
    endpoints = core("endpoints", shop.name)
    shop.api.wait_there(endpoints)
    found = shop.api.wait(
        endpoints, lambda found: found.get("subsets") and found["subsets"][0].get("addresses")
    )
    [subset] = found["subsets"]
    [address] = subset["addresses"]
    assert address["ip"] == pod["status"]["podIP"]
    assert address["targetRef"]["uid"] == pod["metadata"]["uid"]
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_a_pod_that_is_not_ready_is_no_address_of_its_service(shop: Shop) -> None:
    spec = {"selector": {"app": shop.name}, "ports": [{"port": 80}]}
    shop.create(core("services"), {"metadata": {"name": shop.name}, "spec": spec})
    shop.start_run("registry.local/web:v1-notready")
    shop.api.wait_there(core("endpoints", shop.name))
    found = shop.api.wait(core("endpoints", shop.name), lambda found: found.get("subsets"))
    [subset] = found["subsets"]
    assert "addresses" not in subset
    assert subset["notReadyAddresses"][0]["targetRef"]["name"] == shop.name


def _autoscaler(shop: Shop, **spec: object) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": shop.name}
    return {
        "metadata": {"name": shop.name},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5, **spec},
    }


def test_an_autoscaler_is_read_as_it_was_written(shop: Shop) -> None:
    shop.deploy(replicas=2)
    body = _autoscaler(shop, targetCPUUtilizationPercentage=70)
    made = shop.create(autoscalers(), body)
    assert (made["kind"], made["apiVersion"]) == ("HorizontalPodAutoscaler", "autoscaling/v1")
    assert made["spec"] == body["spec"]
    found = shop.api.get(autoscalers())["items"]
    assert shop.name in {item["spec"]["scaleTargetRef"]["name"] for item in found}


def test_the_bounds_of_an_autoscaler_can_be_raised(shop: Shop) -> None:
    shop.deploy(replicas=2)
    shop.create(autoscalers(), _autoscaler(shop))
    patch = {"spec": {"minReplicas": 3, "maxReplicas": 9}}
    after = shop.api.patch(autoscalers(shop.name), patch, MERGE_PATCH)
    assert (after["spec"]["minReplicas"], after["spec"]["maxReplicas"]) == (3, 9)


def test_an_autoscaler_cannot_have_a_floor_above_its_ceiling(shop: Shop) -> None:
    body = _autoscaler(shop, minReplicas=6)
    status = shop.api.refused("POST", autoscalers(), 422, body=body)
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.maxReplicas"]

"""What kubectl tells of one object: `describe` of every kind that an incident looks at."""

import re

import pytest

from tests.contracts.cluster.kube_objects import autoscalers, config_map, container, core
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]


def _field(text: str, name: str) -> str:
    found = re.search(rf"^ *{re.escape(name)}: *(.*)$", text, re.MULTILINE)
    assert found, f"no {name} in {text}"
    return found[1].strip()


def test_describe_a_healthy_pod(kubectl: Kubectl, shop: Shop) -> None:
    made = shop.run()
    text = kubectl("describe", "pod", shop.name)
    assert _field(text, "Name") == shop.name
    assert _field(text, "Status") == "Running"
    assert _field(text, "Node").startswith(f"{made['spec']['nodeName']}/")
    assert _field(text, "IP") == made["status"]["podIP"]
    assert _field(text, "Image") == "registry.local/web:v1-ok"
    assert _field(text, "Ready") == "True"
    assert _field(text, "Restart Count") == "0"
    assert "Successfully assigned shop/" in text


def test_describe_a_pod_that_crashes(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_run("registry.local/web:v3-crash")
    shop.api.wait(
        shop.pod,
        lambda found: container(found).get("lastState") and "waiting" in container(found)["state"],
    )
    text = kubectl("describe", "pod", shop.name)
    assert _field(text, "Last State") == "Terminated"
    assert _field(text, "Exit Code") == "1"
    assert "Back-off restarting failed container" in text


def test_describe_a_deployment(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    text = kubectl("describe", "deployment", shop.name)
    assert _field(text, "Selector") == f"app={shop.name}"
    assert _field(text, "Replicas") == (
        "2 desired | 2 updated | 2 total | 2 available | 0 unavailable"
    )
    assert _field(text, "StrategyType") == "RollingUpdate"
    assert re.search(r"Available +True +MinimumReplicasAvailable", text)
    assert re.search(r"Progressing +True +NewReplicaSetAvailable", text)
    [owned] = shop.replica_sets()
    assert _field(text, "NewReplicaSet") == (f"{owned['metadata']['name']} (2/2 replicas created)")
    assert "Scaled up replica set" in text


def test_describe_a_replica_set(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    [owned] = shop.replica_sets()
    text = kubectl("describe", "rs", owned["metadata"]["name"])
    assert _field(text, "Controlled By") == f"Deployment/{shop.name}"
    assert _field(text, "Replicas") == "2 current / 2 desired"
    assert _field(text, "Pods Status").startswith("2 Running / 0 Waiting")
    assert text.count("Created pod:") == 2


def test_describe_a_service_and_its_endpoints(kubectl: Kubectl, shop: Shop) -> None:
    made = shop.run()
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    spec = {"selector": {"app": shop.name}, "ports": ports}
    shop.create(core("services"), {"metadata": {"name": shop.name}, "spec": spec})
    shop.api.wait_there(core("endpoints", shop.name))
    shop.api.wait(core("endpoints", shop.name), lambda found: "'addresses'" in str(found))
    text = kubectl("describe", "service", shop.name)
    assert _field(text, "Type") == "ClusterIP"
    assert _field(text, "TargetPort") == "8080/TCP"
    expected = {f"{made['status']['podIP']}:8080"}
    if kubectl.cluster.version < (1, 21) and kubectl.version > (1, 21):
        expected.add("<none>")  # newer programs read EndpointSlices, which older servers lack
    assert _field(text, "Endpoints") in expected


def test_describe_a_node_counts_its_pods(kubectl: Kubectl, shop: Shop) -> None:
    made = shop.run()
    text = kubectl("describe", "node", made["spec"]["nodeName"])
    assert _field(text, "Unschedulable") == "false"
    assert re.search(r"Ready +True", text)
    assert "Allocatable:" in text
    assert re.search(rf"shop +{shop.name} ", text)


def test_describe_a_config_map_shows_its_data(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, colour="bright red"))
    text = kubectl("describe", "configmap", shop.name)
    assert _field(text, "Name") == shop.name
    assert re.search(r"colour:\n-+\nbright red\n", text)


def test_describe_a_secret_hides_its_data(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(
        core("secrets"), {"metadata": {"name": shop.name}, "stringData": {"password": "hunter2"}}
    )
    text = kubectl("describe", "secret", shop.name)
    assert _field(text, "password") == "7 bytes"
    assert "hunter2" not in text


def test_describe_an_autoscaler(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": shop.name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3}
    shop.create(autoscalers(), {"metadata": {"name": shop.name}, "spec": spec})
    text = kubectl("describe", "hpa", shop.name)
    assert _field(text, "Reference") == f"Deployment/{shop.name}"
    assert (_field(text, "Min replicas"), _field(text, "Max replicas")) == ("1", "3")


def test_describe_a_selection_describes_each(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    text = kubectl("describe", "pods", "-l", f"app={shop.name}")
    assert len(re.findall(r"^Name:", text, re.MULTILINE)) == 2


def test_describe_an_absent_object_is_refused(kubectl: Kubectl, shop: Shop) -> None:
    assert "NotFound" in kubectl.refused("describe", "deployment", shop.name)

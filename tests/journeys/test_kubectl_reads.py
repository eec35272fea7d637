"""What kubectl shows: `get` in every form, against each server of the cluster contract."""

import json

import pytest
import yaml

from tests.contracts.cluster.kube_api import MERGE_PATCH
from tests.contracts.cluster.kube_objects import apps, config_map, core, deployment
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_get_prints_a_table(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    head, row = _rows(kubectl("get", "deployment", shop.name))
    assert head == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert row[:4] == [shop.name, "2/2", "2", "2"]
    head, *rows = _rows(kubectl("get", "pods", "-l", f"app={shop.name}"))
    assert head == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert [row[1:4] for row in rows] == [["1/1", "Running", "0"]] * 2


def test_get_wide_adds_columns(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    head, row = _rows(kubectl("get", "deploy", shop.name, "-o", "wide"))
    assert head[-3:] == ["CONTAINERS", "IMAGES", "SELECTOR"]
    assert row[-3:] == ["main", "registry.local/web:v1-ok", f"app={shop.name}"]
    [pod] = shop.pods()
    text = kubectl("get", "pods", "-l", f"app={shop.name}", "-o", "wide")
    assert pod["status"]["podIP"] in text
    assert pod["spec"]["nodeName"] in text


def test_get_json_and_yaml_are_the_object(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    stored = shop.api.get(core("configmaps", shop.name))
    for found in (
        json.loads(kubectl("get", "cm", shop.name, "-o", "json")),
        yaml.safe_load(kubectl("get", "cm", shop.name, "-o", "yaml")),
    ):
        assert found["data"] == {"colour": "red"}
        assert found["metadata"]["uid"] == stored["metadata"]["uid"]
        assert (found["kind"], found["apiVersion"]) == ("ConfigMap", "v1")


def test_get_json_of_a_selection_is_a_list(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    found = kubectl.json("get", "pods", "-l", f"app={shop.name}")
    assert found["kind"] == "List"
    assert [item["kind"] for item in found["items"]] == ["Pod", "Pod"]


def test_get_names(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    assert kubectl("get", "deploy", shop.name, "-o", "name") == f"deployment.apps/{shop.name}\n"


def test_get_jsonpath_and_custom_columns(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kubectl("get", "deploy", shop.name, "-o", path) == "registry.local/web:v1-ok"
    columns = "custom-columns=NAME:.metadata.name,WANTED:.spec.replicas"
    head, row = _rows(kubectl("get", "deploy", shop.name, "-o", columns))
    assert (head, row) == (["NAME", "WANTED"], [shop.name, "1"])


def test_get_selects_by_label_and_by_field(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    shop.create(core("configmaps"), config_map(shop.name))
    mine = ("-l", f"app in ({shop.name})", "-o", "name")
    running = kubectl("get", "pods", *mine, "--field-selector", "status.phase=Running")
    assert running == f"pod/{shop.name}\n"
    pending = kubectl.run("get", "pods", *mine, "--field-selector", "status.phase=Pending")
    assert (pending.returncode, pending.stdout) == (0, "")
    by_name = ("get", "cm", "--field-selector", f"metadata.name={shop.name}", "-o", "name")
    assert kubectl(*by_name) == f"configmap/{shop.name}\n"


def test_get_several_kinds_and_all(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    names = kubectl("get", "deploy,rs,pods", "-l", f"app={shop.name}", "-o", "name").split()
    assert [name.split("/")[0] for name in names] == ["deployment.apps", "replicaset.apps", "pod"]
    everything = kubectl("get", "all", "-l", f"app={shop.name}", "-o", "name").split()
    assert set(names) == set(everything)


def test_get_across_namespaces_names_them(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    head, row = _rows(kubectl("get", "pods", "-A", "-l", f"app={shop.name}"))
    assert head[:2] == ["NAMESPACE", "NAME"]
    assert row[:2] == ["shop", shop.name]


def test_get_shows_labels_and_sorts(kubectl: Kubectl, shop: Shop) -> None:
    for suffix in ("b", "a"):
        body = config_map(f"{shop.name}-{suffix}")
        body["metadata"]["labels"] = {"box": shop.name, "rank": suffix}
        shop.create(core("configmaps"), body)
    mine = ("get", "cm", "-l", f"box={shop.name}")
    _, *rows = _rows(kubectl(*mine, "--show-labels"))
    assert [row[-1] for row in rows] == [f"box={shop.name},rank={rank}" for rank in "ab"]
    _, *rows = _rows(kubectl(*mine, "-L", "rank", "--sort-by", "{.metadata.labels.rank}"))
    assert [row[-1] for row in rows] == ["a", "b"]


def test_get_reads_long_lists_in_pieces(kubectl: Kubectl, shop: Shop) -> None:
    for number in range(5):
        body = config_map(f"{shop.name}-{number}")
        body["metadata"]["labels"] = {"box": shop.name}
        shop.create(core("configmaps"), body)
    text = kubectl("get", "cm", "-l", f"box={shop.name}", "--chunk-size=2", "--no-headers")
    assert [row[0] for row in _rows(text)] == [f"{shop.name}-{number}" for number in range(5)]


def test_get_of_nothing_says_so(kubectl: Kubectl, shop: Shop) -> None:
    done = kubectl.run("get", "pods", "-l", f"app={shop.name}")
    assert (done.returncode, done.stdout) == (0, "")
    assert "No resources found" in done.stderr
    said = kubectl.refused("get", "pod", shop.name)
    assert said == f'Error from server (NotFound): pods "{shop.name}" not found\n'
    assert "the server doesn't have a resource type" in kubectl.refused("get", "nonsense")


def test_watch_with_a_time_limit_shows_what_is_there(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    text = kubectl("get", "cm", shop.name, "-w", "--request-timeout=1s")
    assert [row[0] for row in _rows(text)] == ["NAME", shop.name]


def test_watch_shows_a_change_as_it_comes(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    # A selection: of a single object, kubectl drops what happens before its watch is open.
    mine = ("-l", f"app={shop.name}")
    process = kubectl.start("get", "cm", *mine, "--watch", "--request-timeout=20s")
    assert process.stdout is not None
    try:
        assert process.stdout.readline().split() == ["NAME", "DATA", "AGE"]
        assert process.stdout.readline().split()[:2] == [shop.name, "0"]
        shop.api.patch(core("configmaps", shop.name), {"data": {"a": "1"}}, MERGE_PATCH)
        assert process.stdout.readline().split()[:2] == [shop.name, "1"]
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_wait_ends_when_the_condition_holds(kubectl: Kubectl, shop: Shop) -> None:
    shop.start_deploy()
    text = kubectl("wait", "--for=condition=Available", f"deploy/{shop.name}", "--timeout=20s")
    assert text == f"deployment.apps/{shop.name} condition met\n"
    done = kubectl.refused(
        "wait", "--for=condition=Nonsense", f"deploy/{shop.name}", "--timeout=1s"
    )
    assert "timed out" in done


def test_get_events_in_the_order_of_time(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    kubectl("wait", "--for=condition=Ready", f"pod/{shop.name}", "--timeout=10s")
    mine = ("--field-selector", f"involvedObject.name={shop.name}")
    text = kubectl("get", "events", "--sort-by=.metadata.creationTimestamp", *mine)
    head, *rows = _rows(text)
    assert head == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert {row[3] for row in rows} == {f"pod/{shop.name}"}
    assert "Scheduled" in {row[2] for row in rows}


def test_the_events_command_tells_of_one_object(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    if kubectl.version >= (1, 26):
        text = kubectl("events", "--for", f"pod/{shop.name}")
        assert f"Pod/{shop.name}" in text
        assert "Scheduled" in text
    else:
        assert "unknown command" in kubectl.refused("events", "--for", f"pod/{shop.name}")

"""What kubectl changes: apply, create, set, patch, label, scale and delete, and what it refuses."""

import json

import pytest
import yaml

from tests.contracts.cluster.kube_api import Json
from tests.contracts.cluster.kube_objects import (
    apps,
    autoscalers,
    config_map,
    core,
    deployment,
    pod,
)
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]


def _main(shop: Shop) -> Json:
    found = shop.api.get(shop.deployment)
    main: Json = found["spec"]["template"]["spec"]["containers"][0]
    return main


@pytest.fixture
def idle(shop: Shop) -> Shop:
    """Give the test a Deployment without pods."""
    shop.create(apps("deployments"), deployment(shop.name, replicas=0))
    return shop


def test_apply_creates_changes_and_leaves_alone(kubectl: Kubectl, shop: Shop) -> None:
    shop.forget_later(core("configmaps", shop.name))
    words = ("apply", "-f", "-")
    name = f"configmap/{shop.name}"
    for data, outcome in (({"a": "1"}, "created"), ({"a": "1"}, "unchanged")):
        text = yaml.safe_dump(config_map(shop.name, **data))
        assert kubectl(*words, stdin=text) == f"{name} {outcome}\n"
    text = yaml.safe_dump(config_map(shop.name, b="2"))
    assert kubectl(*words, stdin=text) == f"{name} configured\n"
    assert shop.api.get(core("configmaps", shop.name))["data"] == {"b": "2"}


def test_apply_rolls_a_deployment_and_keeps_what_it_does_not_own(
    kubectl: Kubectl, shop: Shop
) -> None:
    shop.forget_later(shop.deployment)
    first = deployment(shop.name)
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump(first))
    shop.settled()
    kubectl("annotate", "deploy", shop.name, "owner=someone-else")
    second = deployment(shop.name, "registry.local/web:v2-ok")
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump(second))
    found = shop.settled()
    assert found["metadata"]["annotations"]["owner"] == "someone-else"
    assert _main(shop)["image"] == "registry.local/web:v2-ok"
    assert len(shop.replica_sets()) == 2


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_create_from_a_file(kubectl: Kubectl, shop: Shop, form: str) -> None:
    shop.forget_later(core("configmaps", shop.name))
    body = config_map(shop.name, a="1")
    text = json.dumps(body) if form == "json" else yaml.safe_dump(body)
    assert kubectl("create", "-f", "-", stdin=text) == f"configmap/{shop.name} created\n"
    assert "(AlreadyExists)" in kubectl.refused("create", "-f", "-", stdin=text)


def test_create_of_something_wrong_names_the_field(kubectl: Kubectl, shop: Shop) -> None:
    body = deployment(shop.name)
    body["spec"]["replicas"] = -1
    said = kubectl.refused("create", "-f", "-", stdin=yaml.safe_dump(body))
    assert "spec.replicas: Invalid value: -1" in said


def test_set_image_changes_only_the_named_container(kubectl: Kubectl, shop: Shop) -> None:
    body = deployment(shop.name, replicas=0)
    containers = body["spec"]["template"]["spec"]["containers"]
    containers.append({"name": "side", "image": "registry.local/side:v1"})
    shop.create(apps("deployments"), body)
    text = kubectl("set", "image", f"deployment/{shop.name}", "main=registry.local/web:v2-ok")
    assert text == f"deployment.apps/{shop.name} image updated\n"
    found = shop.api.get(shop.deployment)["spec"]["template"]["spec"]["containers"]
    assert {item["name"]: item["image"] for item in found} == {
        "main": "registry.local/web:v2-ok",
        "side": "registry.local/side:v1",
    }


def test_set_env_adds_changes_and_removes(kubectl: Kubectl, idle: Shop) -> None:
    kubectl("set", "env", f"deployment/{idle.name}", "A=1", "B=2")
    kubectl("set", "env", f"deployment/{idle.name}", "A=changed", "B-")
    assert _main(idle)["env"] == [{"name": "A", "value": "changed"}]
    listed = kubectl("set", "env", f"deployment/{idle.name}", "--list")
    assert "A=changed" in listed.splitlines()


def test_set_resources(kubectl: Kubectl, idle: Shop) -> None:
    words = ("--limits=cpu=500m,memory=256Mi", "--requests=cpu=100m")
    kubectl("set", "resources", f"deployment/{idle.name}", *words)
    assert _main(idle)["resources"] == {
        "limits": {"cpu": "500m", "memory": "256Mi"},
        "requests": {"cpu": "100m"},
    }


@pytest.mark.parametrize(("verb", "field"), [("annotate", "annotations"), ("label", "labels")])
def test_annotate_and_label_ask_before_they_overwrite(
    kubectl: Kubectl, idle: Shop, verb: str, field: str
) -> None:
    words = (verb, "deployment", idle.name)
    kubectl(*words, "team=web")
    kubectl.refused(*words, "team=db")
    kubectl(*words, "team=db", "--overwrite")
    assert idle.api.get(idle.deployment)["metadata"][field]["team"] == "db"
    kubectl(*words, "team-")
    assert "team" not in idle.api.get(idle.deployment)["metadata"][field]


PATCHES = {
    "strategic": {
        "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "x:2"}]}}}
    },
    "merge": {"spec": {"minReadySeconds": 7}},
    "json": [{"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 3}],
}


@pytest.mark.parametrize("kind", PATCHES)
def test_patch_changes_and_its_dry_run_does_not(kubectl: Kubectl, idle: Shop, kind: str) -> None:
    before = idle.api.get(idle.deployment)["spec"]
    words = ("patch", "deployment", idle.name, "--type", kind, "-p", json.dumps(PATCHES[kind]))
    dry = json.loads(kubectl(*words, "--dry-run=server", "-o", "json"))
    assert dry["spec"] != before
    assert idle.api.get(idle.deployment)["spec"] == before
    assert kubectl(*words) == f"deployment.apps/{idle.name} patched\n"
    assert idle.api.get(idle.deployment)["spec"] == dry["spec"]
    assert kubectl(*words) == f"deployment.apps/{idle.name} patched (no change)\n"


def test_patch_with_a_failed_test_is_refused(kubectl: Kubectl, idle: Shop) -> None:
    operations = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "replace", "path": "/spec/replicas", "value": 2},
    ]
    words = ("patch", "deployment", idle.name, "--type=json", "-p", json.dumps(operations))
    kubectl.refused(*words)
    assert idle.api.get(idle.deployment)["spec"]["replicas"] == 0


def test_scale_changes_the_count(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    text = kubectl("scale", f"deployment/{shop.name}", "--replicas=3")
    assert text == f"deployment.apps/{shop.name} scaled\n"
    assert shop.settled()["status"]["readyReplicas"] == 3


def test_scale_with_a_wrong_current_count_is_refused(kubectl: Kubectl, idle: Shop) -> None:
    words = ("scale", f"deployment/{idle.name}", "--replicas=2")
    said = kubectl.refused(*words, "--current-replicas=5")
    assert "Expected replicas to be 5, was 0" in said
    assert idle.api.get(idle.deployment)["spec"]["replicas"] == 0
    version = idle.api.get(idle.deployment)["metadata"]["resourceVersion"]
    kubectl.refused(*words, "--resource-version=1")
    kubectl(*words, "--current-replicas=0", f"--resource-version={version}")
    assert idle.api.get(idle.deployment)["spec"]["replicas"] == 2


def test_autoscale_makes_an_autoscaler(kubectl: Kubectl, idle: Shop) -> None:
    idle.forget_later(autoscalers(idle.name))
    words = ("autoscale", "deployment", idle.name, "--min=2", "--max=5", "--cpu-percent=70")
    kubectl(*words)
    spec = idle.api.get(autoscalers(idle.name))["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert spec["targetCPUUtilizationPercentage"] == 70


def test_a_form_that_is_not_read_for_a_kind_is_refused_clearly(
    kubectl: Kubectl, shop: Shop
) -> None:
    """Some programs send this as protobuf, which the practice cluster reads for a few kinds."""
    path = core("resourcequotas", shop.name)
    shop.forget_later(path)
    done = kubectl.run("create", "quota", shop.name, "--hard=count/secrets=900")
    if done.returncode == 0:
        assert shop.api.get(path)["spec"]["hard"] == {"count/secrets": "900"}
        return
    assert kubectl.cluster.name == "practice", done.stderr
    assert "accepted media types include: application/json" in done.stderr
    shop.api.refused("GET", path, 404)


def test_delete_waits_until_the_object_is_gone(kubectl: Kubectl, shop: Shop) -> None:
    shop.run()
    text = kubectl("delete", "pod", shop.name)
    assert f'pod "{shop.name}" deleted' in text
    shop.api.refused("GET", shop.pod, 404)
    assert "(NotFound)" in kubectl.refused("delete", "pod", shop.name)
    kubectl("delete", "pod", shop.name, "--ignore-not-found")


def test_delete_by_force_and_by_label(kubectl: Kubectl, shop: Shop) -> None:
    for suffix in "ab":
        body = pod(f"{shop.name}-{suffix}")
        body["metadata"]["labels"]["app"] = shop.name
        shop.create(core("pods"), body)
    kubectl("delete", "pods", "-l", f"app={shop.name}", "--grace-period=0", "--force")
    shop.api.wait_gone(core("pods", f"{shop.name}-a"))
    assert shop.pods() == []


def test_a_dry_delete_leaves_the_object(kubectl: Kubectl, idle: Shop) -> None:
    text = kubectl("delete", "deployment", idle.name, "--dry-run=server")
    assert "(server dry run)" in text
    assert idle.api.get(idle.deployment)["metadata"]["name"] == idle.name


def test_delete_takes_the_owned_along(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    [owned] = shop.replica_sets()
    kubectl("delete", "deployment", shop.name)
    shop.api.wait_gone(apps("replicasets", owned["metadata"]["name"]))


@pytest.mark.parametrize(
    ("kind", "rest", "field"),
    [
        ("configmap", ["--from-literal=a=1"], {"data": {"a": "1"}}),
        ("secret", ["--from-literal=a=1"], {"data": {"a": "MQ=="}}),
        ("deployment", ["--image=registry.local/web:v1-ok"], {"kind": "Deployment"}),
    ],
)
def test_a_create_shortcut_makes_what_it_says(
    kubectl: Kubectl, shop: Shop, kind: str, rest: list[str], field: Json
) -> None:
    path = shop.deployment if kind == "deployment" else core(f"{kind}s", shop.name)
    shop.forget_later(path)
    what = [kind, "generic"] if kind == "secret" else [kind]
    kubectl("create", *what, shop.name, *rest)
    found = shop.api.get(path)
    assert {key: found[key] for key in field} == field


def test_create_a_namespace(kubectl: Kubectl, shop: Shop) -> None:
    shop.forget_later(f"/api/v1/namespaces/{shop.name}")
    assert kubectl("create", "namespace", shop.name) == f"namespace/{shop.name} created\n"
    found = shop.api.get(f"/api/v1/namespaces/{shop.name}")
    assert found["status"]["phase"] == "Active"

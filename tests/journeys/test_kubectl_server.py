"""What kubectl learns of the server and of its own user, and that a kubectl was found at all."""

from pathlib import Path

import pytest

from tests.contracts.cluster import kubectl_programs
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]


def test_it_is_reported_whether_a_kubectl_was_found() -> None:
    programs = kubectl_programs.found()
    said = kubectl_programs.notice(programs)
    assert ("NO KUBECTL FOUND" in said) == (not programs)
    assert all(str(program) in said for program in programs.values())
    assert "NO KUBECTL FOUND" in kubectl_programs.notice({})
    assert "/some/kubectl" in kubectl_programs.notice({"given": Path("/some/kubectl")})


def test_the_resources_of_the_server_are_listed(kubectl: Kubectl) -> None:
    rows = [line.split() for line in kubectl("api-resources").splitlines()]
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in rows
    assert ["pods", "po", "v1", "true", "Pod"] in rows
    assert ["nodes", "no", "v1", "false", "Node"] in rows
    names = kubectl("api-resources", "--api-group=apps", "-o", "name").split()
    assert {"deployments.apps", "replicasets.apps"} <= set(names)


def test_the_versions_of_the_server_are_listed(kubectl: Kubectl) -> None:
    versions = kubectl("api-versions").split()
    assert {"v1", "apps/v1", "autoscaling/v1", "authorization.k8s.io/v1"} <= set(versions)
    assert versions == sorted(versions)


def test_the_version_of_the_server_is_told(kubectl: Kubectl) -> None:
    server = kubectl.json("version")["serverVersion"]
    assert (int(server["major"]), int(server["minor"].rstrip("+"))) == kubectl.cluster.version


def test_the_address_of_the_server_is_told(kubectl: Kubectl) -> None:
    assert "https://127.0.0.1:" in kubectl("cluster-info")


def test_the_raw_paths_are_readable(kubectl: Kubectl) -> None:
    assert kubectl("get", "--raw", "/healthz") == "ok"
    assert '"kind":"APIGroupList"' in kubectl("get", "--raw", "/apis").replace(" ", "")


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("list", "pods"), "admin operator reader"),
        (("get", "pods/log"), "admin operator reader"),
        (("get", "secrets"), "admin"),
        (("patch", "deployments.apps"), "admin operator"),
        (("patch", "deployments.apps", "--subresource=scale"), "admin operator"),
        (("delete", "pods"), "admin operator"),
        (("create", "deployments.apps"), "admin"),
    ],
    ids=lambda value: "-".join(value).replace("/", "-") if isinstance(value, tuple) else "users",
)
def test_each_user_may_ask_for_its_rights(
    kubectl: Kubectl, words: tuple[str, ...], allowed: str
) -> None:
    for user in ("admin", "operator", "reader", "nobody"):
        done = kubectl.run("auth", "can-i", *words, user=user)
        expected = ("yes\n", 0) if user in allowed.split() else ("no\n", 1)
        assert (done.stdout, done.returncode) == expected, (user, done.stderr)


def test_the_list_of_rights_names_what_the_reader_may_do(kubectl: Kubectl) -> None:
    text = kubectl("auth", "can-i", "--list", user="reader")
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert "[get list watch]" in rows["pods"]
    assert "secrets" not in rows


def test_what_a_user_may_not_do_is_refused_with_the_reason(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy()
    scale = ("scale", f"deployment/{shop.name}", "--replicas=2")
    assert "(Forbidden)" in kubectl.refused(*scale, user="reader")
    assert shop.api.get(shop.deployment)["spec"]["replicas"] == 1
    kubectl(*scale, user="operator")
    assert shop.settled()["spec"]["replicas"] == 2
    assert "(Forbidden)" in kubectl.refused("get", "pods", user="nobody")
    assert "(Forbidden)" in kubectl.refused("get", "secrets", user="operator")


def test_top_shows_usage_where_metrics_are_served(kubectl: Kubectl, shop: Shop) -> None:
    node = shop.run()["spec"]["nodeName"]
    groups = {item["name"] for item in shop.api.get("/apis")["groups"]}
    if "metrics.k8s.io" not in groups:
        assert kubectl.cluster.name == "real", "the practice cluster serves metrics"
        assert "Metrics API not available" in kubectl.refused("top", "pods")
        return
    head, *rows = (line.split() for line in kubectl("top", "pods").splitlines())
    assert head == ["NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert shop.name in {row[0] for row in rows}
    head, *rows = (line.split() for line in kubectl("top", "nodes").splitlines())
    assert head[:2] == ["NAME", "CPU(cores)"]
    assert head[2] in {"CPU%", "CPU(%)"}
    assert node in {row[0] for row in rows}

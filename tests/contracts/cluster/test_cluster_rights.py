"""Who may do what: without credentials 401, without the right 403, and nothing happens."""

import pytest

from tests.contracts.cluster.kube_api import MERGE_PATCH, STRATEGIC_PATCH, Json
from tests.contracts.cluster.kube_objects import (
    apps,
    autoscalers,
    config_map,
    core,
    new_image,
    pod,
)
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import USERS, Cluster

pytestmark = pytest.mark.cluster

READABLE = [
    core("pods"),
    core("events"),
    core("services"),
    core("endpoints"),
    core("configmaps"),
    core("pods", namespace="kube-system"),
    apps("deployments"),
    apps("replicasets"),
    apps("statefulsets"),
    autoscalers(),
    "/api/v1/pods",
    "/api/v1/namespaces",
    "/api/v1/nodes",
    "/apis/apps/v1/deployments",
]
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


@pytest.mark.parametrize("path", [core("pods"), "/api", "/apis", "/version", "/api/v1/namespaces"])
def test_without_credentials_objects_are_401(cluster: Cluster, path: str) -> None:
    answer = cluster.api("anonymous").send("GET", path)
    if path == "/version" and answer.status_code == 200:
        assert answer.json()["major"] == "1"
        return
    status = answer.json()
    assert answer.status_code == 401
    assert (status["reason"], status["code"], status["message"]) == (
        "Unauthorized",
        401,
        "Unauthorized",
    )


def test_a_token_that_nobody_has_is_401(cluster: Cluster) -> None:
    anonymous = cluster.api("anonymous")
    anonymous.refused("GET", core("pods"), 401)
    anonymous.refused("POST", core("pods"), 401, body=pod("any"))


@pytest.mark.parametrize("path", READABLE)
@pytest.mark.parametrize("user", ["reader", "operator"])
def test_reader_and_operator_read(cluster: Cluster, user: str, path: str) -> None:
    assert cluster.api(user).get(path)["kind"].endswith("List")


@pytest.mark.parametrize("path", READABLE)
def test_nobody_reads_nothing(cluster: Cluster, path: str) -> None:
    status = cluster.api("nobody").refused("GET", path, 403)
    assert status["reason"] == "Forbidden"
    assert 'User "nobody" cannot list resource' in status["message"]


def test_the_refusal_names_user_verb_resource_group_and_namespace(cluster: Cluster) -> None:
    nobody = cluster.api("nobody")
    status = nobody.refused("GET", apps("deployments", "web"), 403)
    assert status["message"] == (
        'deployments.apps "web" is forbidden: User "nobody" cannot get resource "deployments" '
        'in API group "apps" in the namespace "shop"'
    )
    assert status["details"] == {"name": "web", "group": "apps", "kind": "deployments"}
    status = nobody.refused("GET", "/api/v1/nodes", 403)
    assert status["message"] == (
        'nodes is forbidden: User "nobody" cannot list resource "nodes" '
        'in API group "" at the cluster scope'
    )


def test_a_right_is_asked_before_the_object_is_looked_for(cluster: Cluster) -> None:
    reader = cluster.api("reader")
    reader.refused("GET", core("pods", "t-absent"), 404)
    reader.refused("DELETE", core("pods", "t-absent"), 403)
    reader.refused("GET", core("secrets", "t-absent"), 403)


@pytest.mark.parametrize("user", ["reader", "operator", "nobody"])
@pytest.mark.parametrize("path", [core("secrets"), core("secrets", "t-x"), "/api/v1/secrets"])
def test_only_the_admin_reads_secrets(cluster: Cluster, user: str, path: str) -> None:
    status = cluster.api(user).refused("GET", path, 403)
    assert status["details"]["kind"] == "secrets"


def test_the_reader_watches_and_reads_logs(cluster: Cluster, shop: Shop) -> None:
    shop.run()
    reader = cluster.api("reader")
    watch = reader.watch(core("pods"), seconds=5, labelSelector=f"app={shop.name}")
    assert next(watch)["type"] == "ADDED"
    watch.close()
    assert reader.send("GET", f"{shop.pod}/log").status_code == 200
    cluster.api("nobody").refused("GET", f"{shop.pod}/log", 403)


@pytest.mark.parametrize("dry", [{}, {"dryRun": "All"}])
def test_the_reader_changes_nothing_not_even_dry(
    cluster: Cluster, shop: Shop, dry: dict[str, str]
) -> None:
    before = shop.deploy()
    reader = cluster.api("reader")
    scale: Json = {"spec": {"replicas": 2}}
    for path in (shop.deployment, f"{shop.deployment}/scale"):
        status = reader.refused("PATCH", path, 403, body=scale, kind=MERGE_PATCH, query=dry)
        assert status["reason"] == "Forbidden"
    reader.refused("DELETE", shop.deployment, 403, query=dry)
    reader.refused("POST", core("configmaps"), 403, body=config_map("any"), query=dry)
    assert shop.api.get(shop.deployment)["spec"] == before["spec"]


def test_the_operator_patches_and_scales_deployments_of_the_shop(
    cluster: Cluster, shop: Shop
) -> None:
    shop.deploy()
    operator = cluster.api("operator")
    operator.patch(shop.deployment, new_image("registry.local/web:v2-ok"), STRATEGIC_PATCH)
    operator.patch(f"{shop.deployment}/scale", {"spec": {"replicas": 2}}, MERGE_PATCH)
    shop.settled()
    scale = operator.get(f"{shop.deployment}/scale")
    scale["spec"]["replicas"] = 3
    operator.replace(f"{shop.deployment}/scale", scale)
    assert shop.settled()["spec"]["replicas"] == 3


def test_the_operator_deletes_pods_of_the_shop(cluster: Cluster, shop: Shop) -> None:
    shop.run()
    cluster.api("operator").delete(shop.pod)
    shop.api.wait_gone(shop.pod)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", apps("deployments", "t-x", namespace="default")),
        ("PATCH", apps("deployments", "t-x", namespace="default") + "/scale"),
        ("DELETE", core("pods", "t-x", namespace="default")),
        ("DELETE", core("pods")),
        ("DELETE", apps("deployments", "t-x")),
        ("POST", apps("deployments")),
        ("PUT", apps("deployments", "t-x")),
        ("PATCH", apps("replicasets", "t-x")),
        ("PATCH", core("pods", "t-x")),
        ("POST", core("pods")),
        ("PATCH", core("configmaps", "t-x", namespace="default")),
        ("PUT", core("configmaps", "t-x")),
        ("DELETE", core("configmaps", "t-x")),
        ("PUT", autoscalers("t-x")),
        ("DELETE", "/api/v1/nodes/t-x"),
    ],
)
def test_the_operator_does_nothing_else(cluster: Cluster, method: str, path: str) -> None:
    kind = MERGE_PATCH if method == "PATCH" else "application/json"
    body: Json | None = None if method == "DELETE" else {}
    status = cluster.api("operator").refused(method, path, 403, body=body, kind=kind)
    assert status["reason"] == "Forbidden"
    assert 'User "operator" cannot ' in status["message"]


def _review(**attributes: str) -> Json:
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        ({"verb": "list", "resource": "pods", "namespace": "shop"}, "admin operator reader"),
        ({"verb": "get", "resource": "secrets", "namespace": "shop"}, "admin"),
        (
            {"verb": "patch", "resource": "deployments", "group": "apps", "namespace": "shop"},
            "admin operator",
        ),
        (
            {"verb": "patch", "resource": "deployments", "group": "apps", "namespace": "default"},
            "admin",
        ),
        ({"verb": "delete", "resource": "pods", "namespace": "shop"}, "admin operator"),
        ({"verb": "delete", "resource": "nodes"}, "admin"),
        (
            {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "shop"},
            "admin operator reader",
        ),
    ],
)
def test_each_user_may_ask_what_is_allowed(
    cluster: Cluster, attributes: dict[str, str], allowed: str
) -> None:
    answers = {user: cluster.api(user).create(REVIEWS, _review(**attributes)) for user in USERS}
    assert {user for user, answer in answers.items() if answer["status"]["allowed"]} == set(
        allowed.split()
    )
    assert {answer["kind"] for answer in answers.values()} == {"SelfSubjectAccessReview"}


def _rules(cluster: Cluster, user: str, namespace: str) -> set[tuple[str, str, str]]:
    """Return group, resource and verb of all that `user` may do by its own rules."""
    answer = cluster.api(user).create(RULES, {"spec": {"namespace": namespace}})
    assert (answer["kind"], answer["status"]["incomplete"]) == ("SelfSubjectRulesReview", False)
    return {
        (group, resource, verb)
        for rule in answer["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_rules_of_a_user_name_what_it_may_do_and_nothing_else(cluster: Cluster) -> None:
    reader, operator = (_rules(cluster, user, "shop") for user in ("reader", "operator"))
    assert {("", "pods", verb) for verb in ("get", "list", "watch")} <= reader
    assert ("", "pods/log", "get") in reader
    assert reader < operator
    more = {("apps", "deployments", "patch"), ("", "pods", "delete")}
    assert more <= operator
    assert not more & reader
    assert not [resource for _, resource, _ in operator if resource in {"secrets", "*"}]


def test_the_rules_hold_for_the_namespace_that_is_asked_about(cluster: Cluster) -> None:
    there = _rules(cluster, "operator", "default")
    assert ("", "pods", "get") in there
    assert ("", "pods", "delete") not in there


def test_everybody_known_may_ask_for_its_own_rules(cluster: Cluster) -> None:
    assert ("", "pods", "get") not in _rules(cluster, "nobody", "shop")
    assert ("*", "*", "*") in _rules(cluster, "admin", "shop")
    cluster.api("anonymous").refused("POST", RULES, 401, body={"spec": {"namespace": "shop"}})


def test_rules_without_a_namespace_are_400(cluster: Cluster) -> None:
    status = cluster.api("reader").refused("POST", RULES, 400, body={"spec": {}})
    assert (status["reason"], status["message"]) == ("BadRequest", "no namespace on request")

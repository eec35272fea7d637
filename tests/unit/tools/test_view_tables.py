"""Tables of what runs and what is reached have the columns and cells that kubectl prints."""

from typing import Any

import pytest

from tests.unit.tools.view_tables import cells, made


def service(**spec: Any) -> dict[str, Any]:
    ingress = spec.pop("ingress", None)
    return made("Service", spec=spec, status={"loadBalancer": {"ingress": ingress}})


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (service(), "<none>"),
        (service(type="ClusterIP", externalIPs=["1.2.3.4", "1.2.3.5"]), "1.2.3.4,1.2.3.5"),
        (service(type="ExternalName", externalName="db.example"), "db.example"),
        (service(type="LoadBalancer"), "<pending>"),
        (service(type="LoadBalancer", ingress=[{"ip": "9.9.9.9"}]), "9.9.9.9"),
        (service(type="LoadBalancer", ingress=[{"hostname": "lb.example"}]), "lb.example"),
        (
            service(type="LoadBalancer", ingress=[{"ip": "9.9.9.9"}], externalIPs=["1.2.3.4"]),
            "9.9.9.9,1.2.3.4",
        ),
    ],
)
def test_a_service_shows_where_it_is_reached_from_outside(
    thing: dict[str, Any], shown: str
) -> None:
    assert cells(thing)["EXTERNAL-IP"] == shown


def test_a_service_shows_its_ports_with_those_of_the_nodes_and_its_selector_when_wide() -> None:
    ports = [{"port": 80, "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]
    thing = service(type="NodePort", clusterIP="10.0.0.1", ports=ports, selector={"b": "2", "a": 1})
    row = cells(thing, format="wide")
    assert row["PORT(S)"] == "80:30080/TCP,53/UDP"
    assert (row["TYPE"], row["CLUSTER-IP"], row["SELECTOR"]) == ("NodePort", "10.0.0.1", "a=1,b=2")
    bare = cells(service(), format="wide")
    assert (bare["TYPE"], bare["PORT(S)"], bare["SELECTOR"]) == ("ClusterIP", "<none>", "<none>")


@pytest.mark.parametrize(
    ("selector", "shown"),
    [
        ({"matchLabels": {"app": "web", "a": "b"}}, "a=b,app=web"),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "<none>"),
    ],
)
def test_a_wide_deployment_shows_containers_images_and_what_it_selects(
    selector: dict[str, Any], shown: str
) -> None:
    template = {
        "spec": {"containers": [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:2"}]}
    }
    thing = made(
        "Deployment",
        spec={"replicas": 3, "selector": selector, "template": template},
        status={"readyReplicas": 2, "updatedReplicas": 1},
    )
    row = cells(thing, format="wide")
    assert (row["READY"], row["UP-TO-DATE"], row["AVAILABLE"]) == ("2/3", "1", "0")
    assert (row["CONTAINERS"], row["IMAGES"], row["SELECTOR"]) == ("a,b", "i:1,j:2", shown)
    assert row["AGE"] == "3h"


@pytest.mark.parametrize(
    ("subsets", "shown"),
    [
        (None, "<none>"),
        ([{"addresses": [{"ip": "10.1.0.1"}]}], "10.1.0.1"),
        (
            [{"addresses": [{"ip": "10.1.0.1"}, {"ip": "10.1.0.2"}], "ports": [{"port": 80}]}],
            "10.1.0.1:80,10.1.0.2:80",
        ),
        (
            [
                {
                    "addresses": [{"ip": f"10.1.0.{last}"} for last in (1, 2, 3, 4, 5)],
                    "ports": [{"port": 80}],
                }
            ],
            "10.1.0.1:80,10.1.0.2:80,10.1.0.3:80 + 2 more...",
        ),
    ],
)
def test_endpoints_show_three_addresses_and_how_many_more_there_are(
    subsets: list[dict[str, Any]] | None, shown: str
) -> None:
    assert cells(made("Endpoints", subsets=subsets))["ENDPOINTS"] == shown


@pytest.mark.parametrize(
    ("conditions", "spec", "shown"),
    [
        ([{"type": "Ready", "status": "True"}], {}, "Ready"),
        ([{"type": "Ready", "status": "False"}], {}, "NotReady"),
        ([{"type": "Ready", "status": "Unknown"}], {}, "NotReady"),
        ([{"type": "DiskPressure", "status": "True"}], {}, "Unknown"),
        (
            [{"type": "Ready", "status": "True"}],
            {"unschedulable": True},
            "Ready,SchedulingDisabled",
        ),
    ],
)
def test_a_node_shows_whether_it_is_ready_and_takes_pods(
    conditions: list[dict[str, str]], spec: dict[str, Any], shown: str
) -> None:
    assert cells(made("Node", spec=spec, status={"conditions": conditions}))["STATUS"] == shown


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ({}, "<none>"),
        ({"node-role.kubernetes.io/": "x"}, "<none>"),
        ({"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/etcd": ""}, "etcd,worker"),
        ({"kubernetes.io/role": "infra", "node-role.kubernetes.io/gpu": "true"}, "gpu,infra"),
    ],
)
def test_a_node_shows_the_roles_that_its_labels_give_it(labels: dict[str, str], shown: str) -> None:
    thing = made("Node")
    thing["metadata"]["labels"] = labels
    assert cells(thing)["ROLES"] == shown


def test_a_wide_node_shows_its_addresses_and_what_runs_on_it() -> None:
    addresses = [
        {"type": "Hostname", "address": "n"},
        {"type": "InternalIP", "address": "10.2.0.1"},
    ]
    info = {"kubeletVersion": "v1.32.4", "osImage": "Debian 12"}
    row = cells(made("Node", status={"addresses": addresses, "nodeInfo": info}), format="wide")
    assert (row["INTERNAL-IP"], row["EXTERNAL-IP"]) == ("10.2.0.1", "<none>")
    assert (row["VERSION"], row["OS-IMAGE"]) == ("v1.32.4", "Debian 12")
    assert (row["KERNEL-VERSION"], row["CONTAINER-RUNTIME"]) == ("<unknown>", "<unknown>")

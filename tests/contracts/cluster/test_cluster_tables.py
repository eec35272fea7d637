"""Tables: the form in which the server hands kubectl what it prints."""

import time

import pytest

from tests.contracts.cluster.kube_api import TABLE, Api, Json, pause
from tests.contracts.cluster.kube_objects import (
    apps,
    autoscalers,
    config_map,
    container,
    core,
    waiting,
)
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster

DEPLOYED = "Containers,Images,Selector"
NODE = "Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime"


def _columns(table: Json) -> list[str]:
    return [column["name"] for column in table["columnDefinitions"]]


def _row(table: Json) -> Json:
    [row] = table["rows"]
    return dict(zip(_columns(table), row["cells"], strict=True))


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        (core("pods"), "Name,Ready,Status,Restarts,Age,IP,Node,Nominated Node,Readiness Gates"),
        (apps("deployments"), f"Name,Ready,Up-to-date,Available,Age,{DEPLOYED}"),
        (apps("replicasets"), f"Name,Desired,Current,Ready,Age,{DEPLOYED}"),
        (core("services"), "Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector"),
        ("/api/v1/nodes", f"Name,Status,Roles,Age,Version,{NODE}"),
        (
            core("events"),
            "Last Seen,Type,Reason,Object,Subobject,Source,Message,First Seen,Count,Name",
        ),
        (core("configmaps"), "Name,Data,Age"),
        (core("secrets"), "Name,Type,Data,Age"),
        (core("endpoints"), "Name,Endpoints,Age"),
        ("/api/v1/namespaces", "Name,Status,Age"),
        (autoscalers(), "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age"),
    ],
    ids=lambda value: value.rsplit("/", 1)[-1] if value.startswith("/") else "columns",
)
def test_the_columns_are_those_that_kubectl_prints(shop: Shop, path: str, columns: str) -> None:
    shop.create(core("services"), _service(shop))
    shop.api.wait_there(core("endpoints", shop.name))
    shop.create(autoscalers(), _autoscaler(shop))
    shop.create(core("secrets"), {"metadata": {"name": shop.name}})
    shop.create(core("configmaps"), config_map(shop.name))
    shop.deploy()
    table = shop.api.table(path)
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert _columns(table) == columns.split(",")
    assert all(len(row["cells"]) == len(_columns(table)) for row in table["rows"])
    assert table["rows"]


def _service(shop: Shop) -> Json:
    ports = [{"port": 80, "targetPort": 8080}]
    return {
        "metadata": {"name": shop.name},
        "spec": {"ports": ports, "selector": {"app": shop.name}},
    }


def _autoscaler(shop: Shop) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": shop.name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 4}
    return {"metadata": {"name": shop.name}, "spec": spec}


def test_columns_of_priority_zero_are_the_narrow_ones(api: Api) -> None:
    table = api.table(core("pods"))
    narrow = [item["name"] for item in table["columnDefinitions"] if item["priority"] == 0]
    assert narrow == ["Name", "Ready", "Status", "Restarts", "Age"]
    name = table["columnDefinitions"][0]
    assert (name["type"], name["format"]) == ("string", "name")


def test_the_row_of_a_healthy_deployment_and_of_its_replica_set(shop: Shop) -> None:
    shop.deploy(replicas=2)
    row = _row(shop.api.table(shop.deployment))
    assert (row["Name"], row["Ready"], row["Up-to-date"], row["Available"]) == (
        shop.name,
        "2/2",
        2,
        2,
    )
    assert (row["Containers"], row["Images"]) == ("main", "registry.local/web:v1-ok")
    assert row["Selector"] == f"app={shop.name}"
    mine = {"labelSelector": f"app={shop.name}"}
    row = _row(shop.api.table(apps("replicasets"), **mine))
    assert (row["Desired"], row["Current"], row["Ready"]) == (2, 2, 2)


def test_the_row_of_a_running_pod(shop: Shop) -> None:
    made = shop.run()
    row = _row(shop.api.table(shop.pod))
    assert (row["Name"], row["Ready"], row["Status"]) == (shop.name, "1/1", "Running")
    assert str(row["Restarts"]) == "0"
    assert (row["IP"], row["Node"]) == (made["status"]["podIP"], made["spec"]["nodeName"])
    assert (row["Nominated Node"], row["Readiness Gates"]) == ("<none>", "<none>")
    assert row["Age"].endswith("s")


@pytest.mark.parametrize(
    ("word", "reason"),
    [("v3-crash0", "CrashLoopBackOff"), ("v1-badimage", "ImagePullBackOff")],
)
def test_the_status_of_a_waiting_pod_is_the_reason(shop: Shop, word: str, reason: str) -> None:
    shop.start_run(f"registry.local/web:{word}")
    deadline = time.monotonic() + 90
    while True:
        table = shop.api.table(shop.pod, includeObject="Object")
        if waiting(table["rows"][0]["object"]) == reason:
            break
        assert time.monotonic() < deadline, table
        pause(0.05)
    assert (_row(table)["Ready"], _row(table)["Status"]) == ("0/1", reason)


def test_the_restarts_column_counts(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-flaky1")
    found = shop.api.wait(shop.pod, lambda found: container(found).get("ready"))
    restarts = str(_row(shop.api.table(shop.pod))["Restarts"])
    assert restarts.split(maxsplit=1)[0] == str(container(found)["restartCount"]) == "1"


def test_a_failed_pod_shows_error(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-crash0", restartPolicy="Never")
    shop.api.wait(shop.pod, lambda found: found["status"].get("phase") == "Failed")
    assert _row(shop.api.table(shop.pod))["Status"] == "Error"


def test_rows_carry_the_metadata_of_their_objects(shop: Shop) -> None:
    made = shop.create(core("configmaps"), config_map(shop.name))
    [row] = shop.api.table(core("configmaps", shop.name))["rows"]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["uid"] == made["metadata"]["uid"]
    assert "data" not in row["object"]


@pytest.mark.parametrize(("include", "kind"), [("Object", "ConfigMap"), ("None", None)])
def test_rows_carry_the_whole_object_or_none_on_request(
    shop: Shop, include: str, kind: str | None
) -> None:
    shop.create(core("configmaps"), config_map(shop.name, a="1"))
    [row] = shop.api.table(core("configmaps", shop.name), includeObject=include)["rows"]
    assert (row.get("object") or {}).get("kind") == kind
    if kind:
        assert row["object"]["data"] == {"a": "1"}


def test_selectors_and_limits_hold_for_tables_too(shop: Shop) -> None:
    for suffix in "abc":
        body = config_map(f"{shop.name}-{suffix}")
        body["metadata"]["labels"] = {"box": shop.name}
        shop.create(core("configmaps"), body)
    mine = {"labelSelector": f"box={shop.name}"}
    page = shop.api.table(core("configmaps"), **mine, limit=2)
    assert len(page["rows"]) == 2
    rest = {"continue": page["metadata"]["continue"]}
    assert len(shop.api.table(core("configmaps"), **mine, **rest)["rows"]) == 1


def test_a_watch_gives_one_table_for_each_event(shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name))
    events = shop.api.watch(
        core("configmaps"), seconds=5, accept=TABLE, labelSelector=f"app={shop.name}"
    )
    first = next(events)
    assert (first["type"], first["object"]["kind"]) == ("ADDED", "Table")
    assert _row(first["object"])["Name"] == shop.name
    events.close()


def test_a_form_that_the_server_does_not_know_is_406(api: Api) -> None:
    answer = api.send("GET", core("pods"), accept="text/csv")
    assert answer.status_code == 406
    assert answer.json()["reason"] == "NotAcceptable"

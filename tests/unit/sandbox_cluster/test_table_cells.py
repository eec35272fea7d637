"""The rows that the server prints for `kubectl get`, object by object."""

from typing import Any

import pytest

from stanch.sandbox.cluster import kinds, tables, times
from tests.unit.sandbox_cluster.kube_http import Json, container, kube
from tests.unit.sandbox_cluster.practice import deploy, new_cluster, run

NOW = 1_750_000_000.0
BORN = times.stamp(NOW - 300)
TEMPLATE = {"spec": {"containers": [container(), container(name="log", image="log:1")]}}
CHOOSER = {"matchLabels": {"app": "web"}}
TABLE = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}


def cells(plural: str, **fields: Any) -> Json:
    """Return the one row of an object, by column; the numbers of a later version as well."""
    kind = kinds.stored(plural)
    metadata = {"name": "web", "creationTimestamp": BORN, **fields.pop("metadata", {})}
    table = tables.table(kind, [{"metadata": metadata, **fields}], now=NOW)
    [row] = table["rows"]
    names = [column["name"] for column in table["columnDefinitions"]]
    return dict(zip(names, row["cells"], strict=True))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (12_600, "3h30m"),
        (28_800, "8h"),
        (172_799, "47h"),
        (172_800, "2d"),
        (176_400, "2d1h"),
        (691_200, "8d"),
        (86_400 * 400, "400d"),
    ],
)
def test_an_age_is_written_as_the_apimachinery_writes_it(seconds: int, shown: str) -> None:
    born = times.stamp(NOW - seconds)
    row = cells("namespaces", metadata={"creationTimestamp": born}, status={"phase": "Active"})
    assert row["Age"] == shown


def test_an_object_that_does_not_say_when_it_was_made_has_no_known_age() -> None:
    row = cells("configmaps", metadata={"creationTimestamp": None})
    assert row == {"Name": "web", "Data": 0, "Age": "<unknown>"}


@pytest.mark.parametrize(
    ("plural", "fields", "expected"),
    [
        (
            "deployments",
            {
                "spec": {"replicas": 3, "template": TEMPLATE, "selector": CHOOSER},
                "status": {"readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2},
            },
            {
                "Ready": "2/3",
                "Up-to-date": 1,
                "Available": 2,
                "Age": "5m",
                "Containers": "web,log",
                "Images": "registry.local/web:v1,log:1",
                "Selector": "app=web",
            },
        ),
        (
            "replicasets",
            {"spec": {"replicas": 3, "template": TEMPLATE}, "status": {"replicas": 2}},
            {"Desired": 3, "Current": 2, "Ready": 0, "Selector": ""},
        ),
        (
            "statefulsets",
            {"spec": {"replicas": 1, "template": TEMPLATE}},
            {"Ready": "0/1", "Age": "5m", "Containers": "web,log"},
        ),
        (
            "daemonsets",
            {
                "spec": {
                    "template": {
                        "spec": {**TEMPLATE["spec"], "nodeSelector": {"disk": "ssd", "zone": "a"}}
                    },
                    "selector": CHOOSER,
                },
                "status": {
                    "desiredNumberScheduled": 3,
                    "currentNumberScheduled": 2,
                    "numberReady": 1,
                },
            },
            {
                "Desired": 3,
                "Current": 2,
                "Ready": 1,
                "Up-to-date": 0,
                "Available": 0,
                "Node Selector": "disk=ssd,zone=a",
            },
        ),
        (
            "daemonsets",
            {"spec": {"template": TEMPLATE, "selector": CHOOSER}},
            {"Node Selector": "<none>", "Desired": 0, "Selector": "app=web"},
        ),
        (
            "controllerrevisions",
            {
                "metadata": {
                    "ownerReferences": [
                        {"kind": "Pod", "name": "other"},
                        {"kind": "StatefulSet", "name": "db", "controller": True},
                    ]
                },
                "revision": 4,
            },
            {"Controller": "statefulset.apps/db", "Revision": 4},
        ),
        ("controllerrevisions", {"revision": 1}, {"Controller": "<none>", "Revision": 1}),
        (
            "poddisruptionbudgets",
            {"spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}},
            {"Min Available": "50%", "Max Unavailable": "N/A", "Allowed Disruptions": 1},
        ),
        (
            "services",
            {
                "spec": {
                    "type": "NodePort",
                    "clusterIP": "10.96.0.9",
                    "ports": [
                        {"port": 80, "nodePort": 30_080, "protocol": "TCP"},
                        {"port": 53, "protocol": "UDP"},
                    ],
                    "selector": {"app": "web", "tier": "front"},
                }
            },
            {
                "Type": "NodePort",
                "Cluster-IP": "10.96.0.9",
                "External-IP": "<none>",
                "Port(s)": "80:30080/TCP,53/UDP",
                "Selector": "app=web,tier=front",
            },
        ),
        (
            "services",
            {"spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.9"}},
            {"External-IP": "<pending>", "Port(s)": "<none>", "Selector": "<none>"},
        ),
        (
            "services",
            {"spec": {"type": "LoadBalancer", "externalIPs": ["192.0.2.1", "192.0.2.2"]}},
            {"External-IP": "192.0.2.1,192.0.2.2"},
        ),
        (
            "services",
            {"spec": {"type": "ExternalName", "externalName": "example.com"}},
            {"Cluster-IP": "<none>", "External-IP": "example.com"},
        ),
        ("endpoints", {}, {"Endpoints": "<none>"}),
        (
            "endpoints",
            {
                "subsets": [
                    {
                        "addresses": [{"ip": f"10.0.0.{n}"} for n in (1, 2, 3, 4, 5)],
                        "ports": [{"port": 80}],
                    }
                ]
            },
            {"Endpoints": "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more..."},
        ),
        ("configmaps", {"data": {"a": "1"}, "binaryData": {"b": "YQ==", "c": ""}}, {"Data": 3}),
        ("secrets", {"type": "Opaque", "data": {"a": ""}}, {"Type": "Opaque", "Data": 1}),
        ("serviceaccounts", {"secrets": [{"name": "a"}]}, {"Secrets": 1}),
        ("leases", {"spec": {"holderIdentity": "one"}}, {"Holder": "one"}),
        ("leases", {}, {"Holder": ""}),
        ("networkpolicies", {"spec": {"podSelector": CHOOSER}}, {"Pod-Selector": "app=web"}),
    ],
)
def test_a_row_says_what_kubectl_prints(plural: str, fields: Json, expected: Json) -> None:
    row = cells(plural, **fields)
    assert row["Name"] == "web"
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("ready", "spec", "labels", "status", "roles"),
    [
        ("True", {}, {"node-role.kubernetes.io/control-plane": ""}, "Ready", "control-plane"),
        ("False", {}, {}, "NotReady", "<none>"),
        ("Unknown", {}, {}, "NotReady", "<none>"),
        ("", {}, {}, "Unknown", "<none>"),
        ("True", {"unschedulable": True}, {}, "Ready,SchedulingDisabled", "<none>"),
    ],
)
def test_a_node_shows_its_readiness_and_its_roles(
    *, ready: str, spec: Json, labels: Json, status: str, roles: str
) -> None:
    conditions = [{"type": "MemoryPressure", "status": "False"}]
    conditions += [{"type": "Ready", "status": ready}] if ready else []
    told = {
        "conditions": conditions,
        "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}],
        "nodeInfo": {"kubeletVersion": "v1.33.0", "osImage": "Linux"},
    }
    row = cells("nodes", spec=spec, metadata={"labels": labels}, status=told)
    assert (row["Status"], row["Roles"], row["Version"]) == (status, roles, "v1.33.0")
    assert (row["Internal-IP"], row["External-IP"]) == ("192.0.2.7", "<none>")
    assert (row["OS-Image"], row["Kernel-Version"]) == ("Linux", "<unknown>")


def metric(name: str, **target: int) -> Json:
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def test_an_autoscaler_shows_what_it_has_and_what_it_wants() -> None:
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 5,
        "metrics": [metric("cpu", averageUtilization=80), metric("memory", averageUtilization=70)],
    }
    have = {"resource": {"name": "cpu", "current": {"averageUtilization": 43}}}
    status = {"currentReplicas": 3, "currentMetrics": [have, {"type": "External"}]}
    row = cells("horizontalpodautoscalers", spec=spec, status=status)
    assert row["Reference"] == "Deployment/web"
    assert row["Targets"] == "cpu: 43%/80%, memory: <unknown>/70%"
    assert (row["MinPods"], row["MaxPods"], row["Replicas"]) == (2, 5, 3)
    bare = cells("horizontalpodautoscalers", spec={**spec, "metrics": []})
    assert (bare["Targets"], bare["Replicas"]) == ("<none>", 0)


@pytest.mark.parametrize(
    ("fields", "seen", "first"),
    [
        ({"lastTimestamp": times.stamp(NOW - 10)}, "10s", "10s"),
        ({"eventTime": times.micro_stamp(NOW - 20)}, "20s", "20s"),
        ({}, "<unknown>", "<unknown>"),
        (
            {
                "count": 4,
                "firstTimestamp": times.stamp(NOW - 300),
                "lastTimestamp": times.stamp(NOW - 10),
            },
            "10s (x4 over 5m)",
            "5m",
        ),
    ],
)
def test_an_event_says_when_it_was_seen_and_how_often(fields: Json, seen: str, first: str) -> None:
    about = {"kind": "Pod", "name": "web-0", "fieldPath": "spec.containers{web}"}
    source = {"component": "kubelet", "host": "worker-1"}
    row = cells("events", involvedObject=about, source=source, message=" late \n", **fields)
    assert (row["Last Seen"], row["First Seen"]) == (seen, first)
    assert (row["Object"], row["Subobject"]) == ("pod/web-0", "spec.containers{web}")
    assert (row["Source"], row["Message"]) == ("kubelet, worker-1", "late")
    assert row["Count"] == fields.get("count", 1)


def test_a_resource_without_columns_of_its_own_shows_name_and_age() -> None:
    assert cells("applications") == {"Name": "web", "Age": "5m"}


@pytest.mark.parametrize(
    ("query", "carried"),
    [("", "PartialObjectMetadata"), ("?includeObject=Object", "Pod"), ("?includeObject=None", "")],
)
def test_a_row_carries_as_much_of_its_object_as_was_asked_for(query: str, carried: str) -> None:
    cluster = new_cluster()
    deploy(cluster)
    run(cluster, 5)
    answer = kube(cluster).get(f"/api/v1/namespaces/shop/pods{query}", headers=TABLE).json()
    [row] = answer["rows"]
    assert answer["kind"] == "Table"
    assert row.get("object", {}).get("kind", "") == carried

"""Tables of what acts, happens or is stored have the columns and cells that kubectl prints."""

from typing import Any

import pytest

from tests.unit.tools.view_tables import BORN, cells, made


def cpu(goal: dict[str, Any], name: str = "cpu") -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": name, "target": goal}}


@pytest.mark.parametrize(
    ("metrics", "current", "shown"),
    [
        ([], [], "<none>"),
        ([cpu({"averageUtilization": 80})], [], "cpu: <unknown>/80%"),
        ([cpu({"averageUtilization": 80})], [("cpu", {"averageUtilization": 93})], "cpu: 93%/80%"),
        ([cpu({"averageValue": "500m"})], [("cpu", {"averageValue": "20m"})], "cpu: 20m/500m"),
        (
            [cpu({"averageUtilization": 80}), cpu({"averageUtilization": 60}, "memory")],
            [("memory", {"averageUtilization": 7})],
            "cpu: <unknown>/80%, memory: 7%/60%",
        ),
        ([{"type": "External", "external": {}}], [], "<unknown>/External"),
        (
            [cpu({"averageUtilization": 80}, name) for name in ("cpu", "memory", "a", "b")],
            [],
            "cpu: <unknown>/80%, memory: <unknown>/80% + 2 more...",
        ),
    ],
)
def test_an_autoscaler_shows_use_and_goal_of_two_metrics_and_how_many_more_there_are(
    metrics: list[dict[str, Any]], current: list[tuple[str, dict[str, Any]]], shown: str
) -> None:
    target = {"kind": "Deployment", "name": "web"}
    seen = [
        {"type": "Resource", "resource": {"name": name, "current": use}} for name, use in current
    ]
    thing = made(
        "HorizontalPodAutoscaler",
        spec={"scaleTargetRef": target, "maxReplicas": 9, "metrics": metrics},
        status={"currentMetrics": [{"type": "Pods"}, *seen], "currentReplicas": 4},
    )
    row = cells(thing)
    assert row["TARGETS"] == shown
    assert row["REFERENCE"] == "Deployment/web"
    assert (row["MINPODS"], row["MAXPODS"], row["REPLICAS"]) == ("1", "9", "4")


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ({"lastTimestamp": "2026-01-10T11:58:00Z", "eventTime": "2026-01-10T11:00:00Z"}, "2m"),
        ({"lastTimestamp": None, "eventTime": "2026-01-10T11:00:00Z"}, "60m"),
        ({"series": {"lastObservedTime": "2026-01-10T11:59:30Z"}, "lastTimestamp": BORN}, "30s"),
        ({}, "3h"),
    ],
)
def test_an_event_shows_when_it_was_seen_last_and_what_it_is_about(
    times: dict[str, Any], shown: str
) -> None:
    about = {"kind": "Pod", "name": "web-1"}
    event = made("Event", involvedObject=about, type="Warning", reason="BackOff", **times)
    row = cells({**event, "message": " back\noff \n"})
    assert row["LAST SEEN"] == shown
    assert (row["TYPE"], row["REASON"]) == ("Warning", "BackOff")
    assert (row["OBJECT"], row["MESSAGE"]) == ("pod/web-1", "back off")
    assert cells({**event, "involvedObject": None, "regarding": about})["OBJECT"] == "pod/web-1"


@pytest.mark.parametrize(
    ("status", "word", "length"),
    [
        ({}, "Running", ""),
        ({"startTime": "2026-01-10T11:59:00Z"}, "Running", "60s"),
        (
            {
                "startTime": BORN,
                "completionTime": "2026-01-10T09:05:30Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
            "Complete",
            "5m30s",
        ),
        ({"conditions": [{"type": "Failed", "status": "True"}]}, "Failed", ""),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, "Suspended", ""),
        ({"conditions": [{"type": "Failed", "status": "False"}]}, "Running", ""),
    ],
)
def test_a_job_shows_how_it_ended_and_how_long_it_took(
    status: dict[str, Any], word: str, length: str
) -> None:
    row = cells(made("Job", spec={"completions": 3}, status={"succeeded": 1, **status}))
    assert (row["STATUS"], row["DURATION"], row["COMPLETIONS"]) == (word, length, "1/3")


@pytest.mark.parametrize(
    ("last", "shown"), [(None, "<none>"), ("2026-01-10T11:50:00Z", "10m"), (BORN, "3h")]
)
def test_a_cron_job_shows_its_schedule_and_its_containers(last: str | None, shown: str) -> None:
    jobs = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}}
    spec = {"schedule": "*/5 * * * *", "suspend": last is None, "jobTemplate": jobs}
    status: dict[str, Any] = {"lastScheduleTime": last, "active": [{}, {}]}
    row = cells(made("CronJob", spec=spec, status=status), format="wide")
    assert (row["LAST SCHEDULE"], row["SUSPEND"]) == (shown, str(last is None))
    assert (row["SCHEDULE"], row["TIMEZONE"], row["ACTIVE"]) == ("*/5 * * * *", "<none>", "2")
    assert (row["CONTAINERS"], row["IMAGES"]) == ("c", "i")


def test_a_claim_shows_what_it_has_got_and_a_volume_what_it_has() -> None:
    modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod", "New"]
    waiting = made(
        "PersistentVolumeClaim", spec={"accessModes": modes}, status={"phase": "Pending"}
    )
    row = cells(waiting)
    assert (row["CAPACITY"], row["ACCESS MODES"], row["VOLUMEATTRIBUTESCLASS"]) == (
        "",
        "",
        "<unset>",
    )
    status = {"phase": "Bound", "accessModes": modes[:1], "capacity": {"storage": "8Gi"}}
    row = cells({**waiting, "status": status})
    assert (row["STATUS"], row["CAPACITY"], row["ACCESS MODES"]) == ("Bound", "8Gi", "RWO")
    spec = {"accessModes": modes, "claimRef": {"namespace": "shop", "name": "data"}}
    volume = made("PersistentVolume", spec=spec)
    row = cells(volume)
    assert (row["CLAIM"], row["ACCESS MODES"]) == ("shop/data", "RWO,ROX,RWX,RWOP,New")
    assert cells(made("PersistentVolume", spec={}))["CLAIM"] == ""


@pytest.mark.parametrize(
    ("hosts", "shown"),
    [
        ([], "*"),
        ([None], "*"),
        (["a", "b", "c"], "a,b,c"),
        (["a", "b", "c", "d"], "a,b,c + 1 more..."),
    ],
)
def test_an_ingress_shows_three_hosts_and_its_addresses(
    hosts: list[str | None], shown: str
) -> None:
    found = {"loadBalancer": {"ingress": [{"ip": "9.9.9.9"}, {"hostname": "lb"}]}}
    rules: list[dict[str, Any]] = [{"host": host} if host else {"http": {}} for host in hosts]
    row = cells(made("Ingress", spec={"rules": rules, "tls": [{}]}, status=found))
    assert (row["HOSTS"], row["ADDRESS"], row["PORTS"]) == (shown, "9.9.9.9,lb", "80, 443")
    assert cells(made("Ingress", spec={}))["PORTS"] == "80"


def test_sets_show_their_counts_and_what_a_daemon_needs_of_a_node() -> None:
    row = cells(made("StatefulSet", spec={"replicas": 0}, status={}))
    assert row["READY"] == "0/0"
    assert cells(made("StatefulSet", spec={}))["READY"] == "0/1"
    template = {"spec": {"nodeSelector": {"disk": "ssd"}}}
    status = {"desiredNumberScheduled": 4, "numberReady": 3}
    row = cells(made("DaemonSet", spec={"template": template}, status=status))
    assert (row["DESIRED"], row["READY"], row["NODE SELECTOR"]) == ("4", "3", "disk=ssd")


def test_what_is_held_is_counted_and_other_kinds_show_name_and_age() -> None:
    assert cells(made("ConfigMap", data={"a": "", "b": ""}))["DATA"] == "2"
    assert cells(made("ConfigMap"))["DATA"] == "0"
    assert cells(made("ServiceAccount", secrets=[{}]))["SECRETS"] == "1"
    assert cells(made("Certificate", spec={})) == {"NAME": "x", "AGE": "3h"}
    assert cells({"kind": "Certificate", "metadata": {"name": "x"}})["AGE"] == "<unknown>"

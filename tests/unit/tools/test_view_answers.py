"""Pods in all their states, descriptions, and answers that are no objects, as text."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.tools.views import View, ViewError, render

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)


def shown(kind: str, data: dict[str, Any], **view: Any) -> str:
    return render(kind, data, View(**view), now=NOW)


def row(status: dict[str, Any], *, init: tuple[dict[str, Any], ...] = ()) -> list[str]:
    """Return ready, status and restarts of a pod with one container."""
    spec = {"containers": [{"name": "m"}], "initContainers": list(init)}
    pod = {"kind": "Pod", "metadata": {"name": "x"}, "spec": spec, "status": status}
    cells = shown("kubernetes.list", {"items": [pod]}, headers=False).split("   ")
    return [cell.strip() for cell in cells if cell.strip()][1:4]


def ended(code: int, **more: Any) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


RUNS: dict[str, Any] = {"name": "m", "ready": True, "state": {"running": {}}}
SIDE = {"name": "s", "restartPolicy": "Always"}
DONE = {"name": "i", "state": ended(0)}


@pytest.mark.parametrize(
    ("status", "init", "shows"),
    [
        ({"phase": "Running", "containerStatuses": [RUNS]}, (), ["1/1", "Running", "0"]),
        ({}, (), ["0/1", "Unknown", "0"]),
        (
            {"phase": "Failed", "containerStatuses": [{"name": "m", "state": ended(3)}]},
            (),
            ["0/1", "ExitCode:3", "0"],
        ),
        (
            {"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": ended(7)}]},
            ({"name": "i"},),
            ["0/1", "Init:ExitCode:7", "0"],
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    {"name": "i", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
                ],
            },
            ({"name": "i"},),
            ["0/1", "Init:CrashLoopBackOff", "0"],
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    DONE,
                    {
                        "name": "j",
                        "restartCount": 2,
                        "state": {"waiting": {"reason": "PodInitializing"}},
                    },
                ],
                "containerStatuses": [{"name": "m", "restartCount": 9}],
            },
            ({"name": "i"}, {"name": "j"}),
            ["0/1", "Init:1/2", "2"],
        ),
        (
            {
                "phase": "Running",
                "initContainerStatuses": [DONE],
                "containerStatuses": [{**RUNS, "restartCount": 1}],
            },
            ({"name": "i"},),
            ["1/1", "Running", "1"],
        ),
        (
            {
                "phase": "Running",
                "initContainerStatuses": [
                    {
                        "name": "s",
                        "started": True,
                        "ready": True,
                        "restartCount": 4,
                        "state": {"running": {}},
                    }
                ],
                "containerStatuses": [{**RUNS, "restartCount": 1}],
            },
            (SIDE,),
            ["2/2", "Running", "5"],
        ),
        (
            {
                "phase": "Running",
                "initContainerStatuses": [{"name": "s", "started": False, "state": {}}],
            },
            (SIDE,),
            ["0/2", "Init:0/1", "0"],
        ),
    ],
)
def test_a_pod_shows_its_containers_those_before_and_those_beside(
    status: dict[str, Any], init: tuple[dict[str, Any], ...], shows: list[str]
) -> None:
    assert row(status, init=init) == shows


@pytest.mark.parametrize(("ready", "word"), [("True", "Running"), ("False", "NotReady")])
def test_a_pod_with_one_container_that_is_done_still_runs(ready: str, word: str) -> None:
    over = {"name": "d", "state": ended(0, reason="Completed")}
    status = {
        "phase": "Running",
        "containerStatuses": [over, RUNS],
        "conditions": [{"type": "Ready", "status": ready}],
    }
    assert row(status)[1] == word


@pytest.mark.parametrize(("reason", "word"), [("NodeLost", "Unknown"), ("", "Terminating")])
def test_a_pod_that_goes_is_unknown_only_when_its_node_is_lost(reason: str, word: str) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "x", "deletionTimestamp": "2026-01-10T11:00:00Z"},
        "spec": {"containers": []},
        "status": {"phase": "Running", "reason": reason},
    }
    assert shown("kubernetes.list", {"items": [pod]}, headers=False).split()[2] == word


def test_a_description_tells_every_label_its_owner_and_all_that_is_below() -> None:
    thing = {
        "kind": "Pod",
        "metadata": {
            "name": "x",
            "namespace": "shop",
            "labels": {"b": "2", "a": "1"},
            "annotations": {"why": "so"},
            "creationTimestamp": "2026-01-10T09:00:00Z",
            "deletionTimestamp": "2026-01-10T11:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "x-1"}],
        },
        "spec": {
            "podIP": None,
            "hostNetwork": True,
            "args": ["--fast", 1],
            "volumes": [],
            "containers": [{"name": "m", "resources": {}}],
            "example.com/a-b": "kept",
            "uid": "hidden",
        },
    }
    pods = [{"metadata": {"name": "p-1"}}, {"metadata": {"name": "p-2"}}]
    lines = shown("kubernetes.describe", {"object": thing, "pods": pods}).splitlines()
    assert lines == [
        "Name:               x",
        "Namespace:          shop",
        "Labels:             a=1",
        "                    b=2",
        "Annotations:        why: so",
        "CreationTimestamp:  2026-01-10T09:00:00Z",
        "Status:             Terminating (since 2026-01-10T11:00:00Z)",
        "Controlled By:      ReplicaSet/x-1",
        "Spec:",
        "  Pod IP:  <none>",
        "  Host Network:  True",
        "  Args:",
        "    --fast",
        "    1",
        "  Volumes:  <none>",
        "  Containers:",
        "    Name:  m",
        "    Resources:  <none>",
        "  example.com/a-b:  kept",
        "Pods:               p-1, p-2",
        "Events:             <none>",
    ]


@pytest.mark.parametrize(
    ("times", "seen"),
    [
        ({"count": 5, "firstTimestamp": "2026-01-10T11:00:00Z"}, "2m (x5 over 60m)"),
        ({"series": {"count": 3}, "firstTimestamp": "2026-01-10T11:50:00Z"}, "2m (x3 over 10m)"),
        ({"count": 5}, "2m"),
        ({"count": 1, "firstTimestamp": "2026-01-10T11:00:00Z"}, "2m"),
    ],
)
def test_an_event_that_came_again_tells_how_often(times: dict[str, Any], seen: str) -> None:
    event = {"type": "Normal", "reason": "Pulled", "lastTimestamp": "2026-01-10T11:58:00Z", **times}
    text = shown("kubernetes.describe", {"object": {}, "events": [event]})
    assert text.splitlines()[-1].split("   ")[1:3] == ["Pulled", seen]


def test_several_descriptions_stand_apart_by_an_empty_line() -> None:
    items = [{"object": {"metadata": {"name": name}}} for name in "ab"]
    text = shown("kubernetes.describe_several", {"items": items})
    assert text.count("Events:             <none>\n") == 2
    assert "\n\n\nName:               b\n" in text


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("kubernetes.rollout_status", {"message": "rolled out"}, "rolled out\n"),
        ("kubernetes.can_i", {"allowed": True}, "yes\n"),
        ("kubernetes.api_versions", {"items": ["apps/v1", "v1"]}, "apps/v1\nv1\n"),
        (
            "kubernetes.top_nodes",
            {"items": [{"node": "n", "cpu_cores": 1.5, "memory_bytes": 5 << 20}, {"node": "m"}]},
            "NAME   CPU(cores)   MEMORY(bytes)\nn      1500m        5Mi\nm      0m           0Mi\n",
        ),
        (
            "kubernetes.top_pods",
            {"items": [{"namespace": "shop", "pod": "p", "containers": []}]},
            "NAMESPACE   NAME   CPU(cores)   MEMORY(bytes)\nshop        p      0m           0Mi\n",
        ),
        (
            "metrics.query_range",
            {"result": [{"metric": {}, "values": [[0, "1"], [1, "2"]]}, {"values": []}]},
            "{} 2\n{} \n",
        ),
        ("sql.query", {"columns": ["n"], "rows": [{"n": 1}]}, " n\n---\n 1\n(1 row)\n\n"),
        ("odd.kind", {"a": "ü"}, '{\n  "a": "ü"\n}\n'),
        ("kubernetes.can_i", {"rules": []}, '{\n  "rules": []\n}\n'),
    ],
)
def test_an_answer_that_is_no_object_has_lines_of_its_own(
    kind: str, data: dict[str, Any], text: str
) -> None:
    assert shown(kind, data) == text


def test_an_answer_that_is_no_object_has_json_and_paths_but_no_names() -> None:
    data = {"allowed": True, "reason": "rbac"}
    assert json.loads(shown("kubernetes.can_i", data, format="json")) == data
    said = shown("kubernetes.can_i", data, format="jsonpath", expression="{.reason}")
    assert said == "rbac"
    with pytest.raises(ViewError, match=r"an answer of kubernetes\.can_i has no name"):
        shown("kubernetes.can_i", data, format="name")


def test_an_answer_that_is_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"a": deep}
    with pytest.raises(ViewError, match="nested too deeply"):
        shown("kubernetes.read", {"object": deep}, format="json")

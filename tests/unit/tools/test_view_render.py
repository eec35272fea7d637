"""Views of answers: what is printed, what is refused, and where parameters may stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.tools.views import View, ViewError, inside_string, render
from stanch.tools.views.table import span

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "creationTimestamp": "2026-01-08T10:00:00Z",
        "labels": {"app": "web"},
    },
    "spec": {"containers": [{"name": "main", "image": "web:1"}], "nodeName": "n1"},
    "status": {
        "phase": "Running",
        "containerStatuses": [
            {
                "name": "main",
                "ready": False,
                "restartCount": 12,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"finishedAt": "2026-01-10T11:57:00Z"}},
            }
        ],
    },
}


def _shown(kind: str, data: dict[str, Any], **view: Any) -> str:
    return render(kind, data, View(**view), now=NOW)


def test_a_crashing_pod_is_shown_as_kubectl_shows_it() -> None:
    assert _shown("kubernetes.list", {"items": [POD]}) == (
        "NAME    READY   STATUS             RESTARTS      AGE\n"
        "web-1   0/1     CrashLoopBackOff   12 (3m ago)   2d2h\n"
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [{"name": "i", "state": {"running": {}}}],
            },
            "Init:0/1",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    {"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
                ],
            },
            "Init:Error",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "m", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
                ],
            },
            "OOMKilled",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "m", "state": {"terminated": {"exitCode": 3, "signal": 9}}}
                ],
            },
            "Signal:9",
        ),
    ],
)
def test_the_state_of_a_pod_is_the_most_telling_word(status: dict[str, Any], word: str) -> None:
    spec = {"containers": [{"name": "m"}], "initContainers": [{"name": "i"}]}
    pod = {**POD, "spec": spec, "status": status}
    assert _shown("kubernetes.list", {"items": [pod]}, headers=False).split()[2] == word
    going = {**pod, "metadata": {**POD["metadata"], "deletionTimestamp": "2026-01-10T11:00:00Z"}}  # type: ignore[dict-item]
    assert "Terminating" in _shown("kubernetes.list", {"items": [going]})


def test_objects_of_several_namespaces_are_told_apart() -> None:
    other = {**POD, "metadata": {**POD["metadata"], "namespace": "bank"}}  # type: ignore[dict-item]
    assert _shown("kubernetes.list", {"items": [POD, other]}).startswith("NAMESPACE   NAME ")
    assert not _shown("kubernetes.list", {"items": [POD, POD]}).startswith("NAMESPACE")


def test_objects_of_several_kinds_stand_in_tables_of_their_own() -> None:
    service = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "web", "creationTimestamp": "2026-01-10T11:59:30Z"},
        "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "ports": [{"port": 80}]},
    }
    text = _shown("kubernetes.list_several", {"items": [POD, service]})
    assert "pod/web-1 " in text
    assert "service/web   ClusterIP   10.0.0.1     <none>        80/TCP    30s\n" in text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=119), "119s"),
        (timedelta(minutes=3), "3m"),
        (timedelta(minutes=9, seconds=5), "9m5s"),
        (timedelta(minutes=179), "179m"),
        (timedelta(hours=7, minutes=30), "7h30m"),
        (timedelta(hours=47), "47h"),
        (timedelta(days=7, hours=3), "7d3h"),
        (timedelta(days=400), "400d"),
        (timedelta(days=800), "2y70d"),
        (timedelta(days=365 * 9), "9y"),
        (timedelta(seconds=-9), "<invalid>"),
    ],
)
def test_ages_are_short(length: timedelta, text: str) -> None:
    assert span(length) == text


def test_usage_is_counted_in_millicores_and_mebibytes() -> None:
    containers = [{"name": "a", "cpu_cores": 0.25, "memory_bytes": 3 << 20}] * 2
    text = _shown("kubernetes.top_pods", {"items": [{"pod": "web-1", "containers": containers}]})
    assert text == "NAME    CPU(cores)   MEMORY(bytes)\nweb-1   500m         6Mi\n"


def test_a_rollout_history_counts_upwards() -> None:
    data = {
        "deployment": {"metadata": {"name": "web"}},
        "revisions": [{"revision": 2, "change_cause": "new"}, {"revision": 1}],
    }
    assert _shown("kubernetes.rollout_history", data) == (
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         new\n\n"
    )


def test_rows_are_shown_as_psql_shows_them() -> None:
    data = {"columns": ["pid", "ok"], "rows": [{"pid": 7, "ok": True}, {"pid": 12, "ok": None}]}
    text = _shown("sql.query", data)
    assert text == " pid | ok\n-----+----\n 7   | t\n 12  |\n(2 rows)\n\n"
    assert _shown("sql.query", data, headers=False) == "7|t\n12|\n"


def test_a_described_node_tells_its_taints_and_events() -> None:
    node = {
        "kind": "Node",
        "metadata": {"name": "n1", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"taints": [{"key": "sick", "effect": "NoSchedule"}]},
        "status": {"conditions": [{"type": "MemoryPressure", "status": "True"}]},
    }
    event = {
        "type": "Warning",
        "reason": "SystemOOM",
        "message": "out of memory",
        "lastTimestamp": "2026-01-10T11:58:00Z",
        "source": {"component": "kubelet"},
    }
    text = _shown("kubernetes.describe", {"object": node, "events": [event]})
    assert "Taints:             sick:NoSchedule\n" in text
    assert "Warning   SystemOOM   2m    kubelet   out of memory\n" in text


def test_series_logs_hosts_and_bodies_are_lines() -> None:
    series = {"result": [{"metric": {"__name__": "up", "job": "a"}, "value": [1, "1"]}]}
    assert _shown("metrics.query", series) == 'up{job="a"} 1\n'
    stream = {"streams": [{"pod": "p", "container": "c", "lines": [{"at": "", "text": "hello"}]}]}
    assert _shown("kubernetes.logs", stream) == "hello\n"
    assert _shown("host.read", {"stdout": "a\n"}) == "a\n"
    assert _shown("host.read", {"hosts": {"h1": {"stdout": "a\n"}}}) == "h1: a\n"
    assert _shown("http.read", {"body": "{}"}) == "{}"
    assert _shown("kubernetes.can_i", {"allowed": False, "reason": ""}) == "no\n"


@pytest.mark.parametrize(
    "view",
    [
        {"format": "jsonpath"},
        {"format": "jsonpath", "expression": ".items"},
        {"format": "jsonpath", "expression": "{.items"},
        {"format": "jsonpath", "expression": "{range .items[*]}{.a}"},
        {"format": "jsonpath", "expression": "{end}"},
        {"format": "jsonpath", "expression": '{.a["b"]}'},
        {"format": "jsonpath", "expression": "{.a['b.c']}"},
        {"format": "jsonpath", "expression": "{.a .b}"},
        {"format": "jsonpath", "expression": "{.a[?(@.b=='c' && @.d)]}"},
        {"format": "jsonpath", "expression": "{.a[?(@.b=~'c')]}"},
        {"format": "jsonpath", "expression": "{.a[1:2:0]}"},
        {"format": "jsonpath", "expression": "{.}"},
        {"format": "custom-columns", "expression": "NAME"},
        {"format": "custom-columns", "expression": "NAME:.a b"},
        {"format": "json", "expression": "{.a}"},
        {"sort_by": "{.a}{.b}"},
    ],
)
def test_an_expression_that_kubectl_cannot_print_is_refused(view: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        View.model_validate(view)


@pytest.mark.parametrize(
    "expression",
    [
        "{.items[5].a}",
        "{.items[0].metadata[0]}",
        "{.items[?(@.metadata.name==1)]}",
        "{.kind[?(@.a)]}",
        "{.kind.*}",
    ],
)
def test_a_path_that_leads_beyond_the_answer_is_an_error(expression: str) -> None:
    with pytest.raises(ViewError):
        _shown("kubernetes.list", {"items": [POD]}, format="jsonpath", expression=expression)


@pytest.mark.parametrize(
    ("parts", "inside"),
    [
        (("{.items[?(@.metadata.name=='", 1, "')].status}"), True),
        (('{.items[?(@.metadata.name=="x-', 1, '")].status}'), True),
        (('{.a}{"', 1, '"}'), True),
        (("{.items[?(@.", 1, "=='a')]}"), False),
        (("{.data.", 1, "}"), False),
        (("{.data['", 1, "']}"), False),
        (("{.items[", 1, "]}"), False),
        (("{.a}", 1), False),
        (("{.a}", 1, "{.b}"), False),
        ((1,), False),
    ],
)
def test_a_parameter_stands_only_in_strings(parts: tuple[object, ...], *, inside: bool) -> None:
    assert inside_string(parts) is inside


def test_a_column_may_have_no_head() -> None:
    columns = {"format": "custom-columns", "expression": ":metadata.name"}
    assert _shown("kubernetes.list", {"items": [POD]}, **columns) == "\nweb-1\n"


KINDS = [
    "kubernetes.list",
    "kubernetes.read",
    "kubernetes.describe",
    "kubernetes.logs",
    "kubernetes.rollout_history",
    "kubernetes.top_pods",
    "kubernetes.top_nodes",
    "metrics.query",
    "sql.query",
    "host.read",
]
PARTS = ("items", "object", "streams", "revisions", "result", "rows", "columns", "hosts")
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "status", "lines", "containers"]), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.dictionaries(st.sampled_from(PARTS), ODD))
def test_an_answer_of_any_shape_is_shown_or_refused(kind: str, data: dict[str, Any]) -> None:
    try:
        text = _shown(kind, data)
    except ViewError:
        return
    assert isinstance(text, str)

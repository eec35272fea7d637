"""What the Kubernetes client reads out of objects, logs and answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.clients.kubernetes.kinds import DEPLOYMENTS, KINDS, POD_USAGE, PODS
from stanch.tools.clients.kubernetes.logs import lines_of
from stanch.tools.clients.kubernetes.objects import cleaned, moment_of, owned_by, selector_of
from stanch.tools.clients.kubernetes.requests import Answer, NotFoundError, Request, refusal
from stanch.tools.clients.kubernetes.rollout import revisions_of, status_of
from stanch.tools.clients.kubernetes.usage import pod_usage

texts = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))


@given(texts=st.lists(texts, max_size=5))
def test_a_stamped_log_comes_back_line_by_line(texts: list[str]) -> None:
    at = "2026-11-21T00:00:00.123456789Z"
    lines = lines_of("".join(f"{at} {text}\n" for text in texts))
    assert lines == [{"at": at, "text": text} for text in texts]


def test_a_line_without_a_stamp_takes_the_time_of_the_one_before() -> None:
    lines = lines_of("failed to open\n2026-11-21T00:00:00+01:00 begin\r\n  more\n\n")
    assert lines == [
        {"at": "", "text": "failed to open"},
        {"at": "2026-11-21T00:00:00+01:00", "text": "begin"},
        {"at": "2026-11-21T00:00:00+01:00", "text": "  more"},
    ]


def test_an_object_is_cleaned_without_touching_it() -> None:
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    thing: dict[str, Any] = {
        "metadata": {"name": "a", "managedFields": [1], "annotations": {applied: "{}"}}
    }
    before = json.dumps(thing)
    assert cleaned(thing) == {"metadata": {"name": "a"}}
    assert json.dumps(thing) == before
    assert cleaned({"metadata": {"annotations": {applied: "", "b": "c"}}}) == {
        "metadata": {"annotations": {"b": "c"}}
    }


def test_an_owner_is_one_that_controls() -> None:
    references = [{"uid": "a", "controller": True}, {"uid": "b"}, {"uid": "c", "controller": False}]
    thing = {"metadata": {"ownerReferences": references}}
    assert owned_by(thing, {"a", "x"})
    assert not owned_by(thing, {"b", "c"})
    assert not owned_by({"metadata": {}}, {"a"})


def test_a_selector_is_written_as_the_api_wants_it() -> None:
    rules = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "NotIn", "values": ["c"]},
        {"key": "app", "operator": "Exists"},
        {"key": "gone", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"x": "1"}, "matchExpressions": rules}
    wanted = "x=1,tier in (a,b),old notin (c),app,!gone"
    assert selector_of({"spec": {"selector": selector}}) == wanted


def test_events_of_every_reporter_sort_by_their_last_time() -> None:
    created = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}
    events: list[dict[str, Any]] = [
        {**created, "lastTimestamp": "2026-01-01T00:00:05Z", "eventTime": None},
        {**created, "lastTimestamp": None, "eventTime": "2026-01-01T00:00:05.500000Z"},
        {**created, "series": {"lastObservedTime": "2026-01-01T00:00:06.000000Z"}},
        {**created, "lastTimestamp": None, "eventTime": None, "series": None},
    ]
    assert sorted(events, key=moment_of) == [events[3], events[0], events[1], events[2]]


@pytest.mark.parametrize(
    ("spec", "status", "state", "message"),
    [
        ({}, {"observedGeneration": 1}, "progressing", "spec update to be observed"),
        ({}, {"updatedReplicas": 1}, "progressing", "1 out of 3 new replicas"),
        ({"paused": True}, {"updatedReplicas": 0}, "paused", "0 out of 3 new replicas"),
        ({}, {"updatedReplicas": 3, "replicas": 5}, "progressing", "2 old replicas are pending"),
        (
            {},
            {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 2},
            "progressing",
            "2 of 3 updated replicas are available",
        ),
        (
            {"paused": True},
            {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3},
            "complete",
            "successfully rolled out",
        ),
        (
            {},
            {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]},
            "failed",
            "exceeded its progress deadline",
        ),
        (
            {},
            {
                "observedGeneration": 1,
                "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}],
            },
            "progressing",
            "spec update to be observed",
        ),
    ],
)
def test_a_rollout_is_as_far_as_kubectl_says(
    spec: dict[str, Any], status: dict[str, Any], state: str, message: str
) -> None:
    found = {
        "metadata": {"name": "web", "generation": 2},
        "spec": {"replicas": 3, **spec},
        "status": {"observedGeneration": 2, **status},
    }
    assert status_of(found)[0] == state
    assert message in status_of(found)[1]


def test_of_equal_templates_the_oldest_is_the_current_one() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}
    sets = [
        {
            "metadata": {
                "name": name,
                "creationTimestamp": f"2026-01-0{day}T00:00:00Z",
                "annotations": {"deployment.kubernetes.io/revision": str(number)},
            },
            "spec": {"template": template},
        }
        for name, day, number in (("young", 2, 2), ("old", 1, 10))
    ]
    found = revisions_of({"spec": {"template": template}}, sets)
    assert [(entry["replica_set"], entry["current"]) for entry in found] == [
        ("old", True),
        ("young", False),
    ]


def test_paths_are_those_of_the_api() -> None:
    assert DEPLOYMENTS.path("shop", "web") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert PODS.path(None) == "/api/v1/pods"
    assert POD_USAGE.path("shop") == "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"
    assert PODS.path("a/../b", "..?x") == "/api/v1/namespaces/a%2F..%2Fb/pods/..%3Fx"
    assert "secrets" not in {kind.plural for kind in KINDS.values()}


def test_a_refusal_quotes_a_status_and_no_other_body() -> None:
    request = Request(verb="get", kind=PODS, namespace="shop", name="a")
    other = Answer(status=404, headers={}, body=json.dumps({"token": "s3cret"}).encode())
    assert "s3cret" not in str(refusal(other, request, "context 'x'"))
    status = {"kind": "Status", "message": 'pods "a" not found'}
    known = refusal(
        Answer(status=404, headers={}, body=json.dumps(status).encode()), request, "context 'x'"
    )
    assert isinstance(known, NotFoundError)
    assert known.said == 'pods "a" not found'


def test_usage_is_cores_and_bytes() -> None:
    containers = [{"name": "web", "usage": {"cpu": "12500000n", "memory": "64Mi"}}]
    assert pod_usage({"metadata": {"name": "a"}, "containers": containers}) == {
        "pod": "a",
        "containers": [{"name": "web", "cpu_cores": 0.0125, "memory_bytes": 64 * 1024 * 1024}],
    }

"""Resource quotas of the practice cluster: what is counted, refused, and shown."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.status import ApiError

START = 1_750_000_000.0


def cluster_with(hard: dict[str, str]) -> Cluster:
    """Return a cluster whose namespace shop has a quota."""
    cluster = Cluster(now=START)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    quota = {"metadata": {"name": "limits"}, "spec": {"hard": hard}}
    cluster.store.create("resourcequotas", "shop", quota)
    cluster.advance(START + 1)
    return cluster


def pod(name: str, **requests: str) -> dict[str, Any]:
    """Return a pod that asks for room."""
    container = {"name": "one", "image": "registry.local/x:1", "resources": {"requests": requests}}
    return {"metadata": {"name": name}, "spec": {"containers": [container]}}


def status(cluster: Cluster) -> dict[str, Any]:
    """Return what the quota says of itself after a while."""
    cluster.advance(cluster.now + 5)
    found: dict[str, Any] = cluster.store.get("resourcequotas", "shop", "limits")["status"]
    return found


@pytest.mark.parametrize(
    ("hard", "asked", "words"),
    [
        ({"pods": "1"}, {}, "requested: pods=1, used: pods=1, limited: pods=1"),
        (
            {"requests.cpu": "1"},
            {"cpu": "600m"},
            "requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1",
        ),
        (
            {"memory": "1Gi", "cpu": "9"},
            {"memory": "600Mi", "cpu": "1"},
            "requested: memory=600Mi, used: memory=600Mi, limited: memory=1Gi",
        ),
        ({"count/pods": "1"}, {}, "requested: count/pods=1, used: count/pods=1"),
    ],
)
def test_what_goes_beyond_a_quota_is_refused(
    hard: dict[str, str], asked: dict[str, str], words: str
) -> None:
    cluster = cluster_with(hard)
    cluster.store.create("pods", "shop", pod("a", **asked))
    with pytest.raises(ApiError) as refused:
        cluster.store.create("pods", "shop", pod("b", **asked))
    assert refused.value.code == 403
    assert refused.value.message.startswith('pods "b" is forbidden: exceeded quota: limits, ')
    assert words in refused.value.message
    cluster.store.create("pods", "default", pod("b", **asked))


def test_other_objects_are_counted_by_their_names() -> None:
    cluster = cluster_with({"configmaps": "1", "count/deployments.apps": "0", "nonsense": "1"})
    cluster.store.create("configmaps", "shop", {"metadata": {"name": "a"}})
    with pytest.raises(ApiError, match="exceeded quota: limits, requested: configmaps=1"):
        cluster.store.create("configmaps", "shop", {"metadata": {"name": "b"}})
    body = {
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "registry.local/web:1"}]},
            },
        },
    }
    with pytest.raises(ApiError, match=r"count/deployments\.apps=1"):
        cluster.store.create("deployments", "shop", body)
    assert status(cluster)["used"]["configmaps"] == "1"


def test_a_pod_that_has_ended_gives_its_room_back() -> None:
    cluster = cluster_with({"pods": "1"})
    done = pod("a")
    done["spec"]["containers"][0]["image"] = "registry.local/x:done1"
    done["spec"]["restartPolicy"] = "Never"
    cluster.store.create("pods", "shop", done)
    cluster.advance(cluster.now + 30)
    assert status(cluster) == {"hard": {"pods": "1"}, "used": {"pods": "0"}}
    cluster.store.create("pods", "shop", pod("b"))
    assert status(cluster)["used"] == {"pods": "1"}


def test_a_quota_without_room_is_not_told_twice_of_the_same_refusal() -> None:
    cluster = cluster_with({"pods": "0"})
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "registry.local/web:1"}]},
    }
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template, "replicas": 2}
    cluster.store.create("deployments", "shop", {"metadata": {"name": "web"}, "spec": spec})
    cluster.advance(cluster.now + 100)
    refusals = [
        one for one in cluster.store.list("events", "shop") if one["reason"] == "FailedCreate"
    ]
    assert 2 <= len(refusals) <= 12
    patch = {"spec": {"hard": {"pods": "2"}}}
    cluster.store.patch_merge("resourcequotas", "shop", "limits", patch)
    cluster.advance(cluster.now + 10)
    assert len(cluster.store.list("pods", "shop")) == 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=900), max_size=8), st.integers(1, 3000))
def test_no_row_of_pods_ever_takes_more_than_the_quota(sizes: list[int], hard: int) -> None:
    cluster = cluster_with({"requests.cpu": f"{hard}m"})
    taken = 0
    for number, size in enumerate(sizes):
        try:
            cluster.store.create("pods", "shop", pod(f"p{number}", cpu=f"{size}m"))
        except ApiError:
            assert taken + size > hard
        else:
            taken += size
    assert taken <= hard

"""What the API server says when an autoscaler is made or deleted decides what is told (MIT-07)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.autoscaler_hands import AutoscalerHands
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    ToolError,
)
from stanch.tools.operations import CreateAutoscaler
from stanch.tools.operations.autoscaler_changes import MADE_BY, ScaledWorkload
from stanch.tools.operations.workload import MARK
from tests.contracts.clients.client_front import Canned
from tests.contracts.clients.scripted_api import ScriptedApi, good, refused, scripted

Cluster = tuple[ScriptedApi, KubernetesClient]
WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
NEW, OLD = (
    f"/apis/autoscaling/{version}/namespaces/shop/horizontalpodautoscalers"
    for version in ("v2", "v1")
)
CHANGE = CreateAutoscaler(
    namespace="shop",
    name="web",
    workload=ScaledWorkload(resource="deployments", name="web", uid="u1"),
    least=2,
    most=5,
    cpu=70,
    from_replicas=3,
)
INVERSE = CHANGE.inverse
CONFLICT = refused(409, "Conflict", "the object has been modified")
INVALID = refused(422, "Invalid", "the server rejected our request: testing value failed")
FORBIDDEN = refused(403, "Forbidden", "User cannot do it")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with scripted(tmp_path) as (api, client):
        api.objects[WEB] = workload(3)
        yield api, client


def workload(replicas: int, version: str = "11", **metadata: Any) -> dict[str, Any]:
    named = {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": version}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**named, **metadata},
        "spec": {"replicas": replicas},
    }


def listed(api: ScriptedApi, *names: str, path: str = NEW) -> None:
    reference = {"kind": "Deployment", "name": "another"}
    items = [{"metadata": {"name": one}, "spec": {"scaleTargetRef": reference}} for one in names]
    api.objects[path] = {"items": items, "metadata": {}}


def made(api: ScriptedApi, path: str = NEW, by: str = INVERSE.made_by) -> None:
    """Have the cluster hold an autoscaler that an operation made."""
    metadata = {"name": "web", "uid": "h1", "annotations": {MADE_BY: by, MARK: "k"}}
    api.objects[f"{path}/web"] = {"metadata": metadata, "spec": {"maxReplicas": 5}}


def create(hands: AutoscalerHands) -> None:
    hands.apply(CHANGE, key="k", observed=hands.look(CHANGE))


def delete(hands: AutoscalerHands) -> None:
    hands.apply(INVERSE, key="k:inverse", observed=hands.look(INVERSE))


def test_a_cluster_before_1_23_is_sent_the_first_version_of_an_autoscaler(
    cluster: Cluster,
) -> None:
    api, client = cluster
    listed(api, "other", path=OLD)
    create(client.autoscalers)
    [sent] = api.sent("POST")
    assert sent.path.partition("?")[0] == OLD
    assert sent.body["apiVersion"] == "autoscaling/v1"
    assert sent.body["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 5,
        "targetCPUUtilizationPercentage": 70,
    }
    assert sent.body["metadata"]["annotations"] == {MADE_BY: CHANGE.digest, MARK: "k"}


def test_a_newer_cluster_is_sent_the_second_version_and_a_trial_changes_nothing(
    cluster: Cluster,
) -> None:
    api, client = cluster
    listed(api)
    assert client.autoscalers.preview(CHANGE, key="k").accepted
    create(client.autoscalers)
    tried, sent = api.sent("POST")
    assert "dryRun=All" in tried.path
    assert "dryRun" not in sent.path
    assert sent.path.partition("?")[0] == NEW
    assert tried.body == sent.body
    target = {"type": "Utilization", "averageUtilization": 70}
    assert sent.body["spec"]["metrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    ]


def test_a_list_that_the_server_forgets_half_way_is_not_taken_for_the_whole(
    cluster: Cluster,
) -> None:
    api, client = cluster
    page = good({"items": [], "metadata": {"continue": "more"}})
    api.instead["GET", NEW] = [page, refused(410, "Expired", "the continue token has expired")]
    with pytest.raises(OperationRefusedError, match="too many autoscalers in shop"):
        client.autoscalers.look(CHANGE)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (CONFLICT, PreconditionFailedError, "name of the autoscaler was taken"),
        (FORBIDDEN, OperationRefusedError, "Grant 'create' on horizontalpodautoscalers"),
        (INVALID, OperationRefusedError, r"refused to create .* \(422\)"),
        (refused(500, "InternalError", "etcd is away"), OutcomeUnknownError, "etcd is away"),
        (good({"metadata": {}}, 201), OutcomeUnknownError, "no such object"),
        (good([], 201), OutcomeUnknownError, "no such object"),
        (Canned(201, b"<html>"), OutcomeUnknownError, "no such object"),
    ],
)
def test_each_answer_to_a_creation_is_told_for_what_it_is(
    cluster: Cluster, answer: Canned, error: type[ToolError], said: str
) -> None:
    api, client = cluster
    listed(api)
    api.instead["POST", NEW] = [answer]
    with pytest.raises(error, match=said) as caught:
        create(client.autoscalers)
    assert isinstance(caught.value, PreconditionFailedError) is (error is PreconditionFailedError)
    assert len(api.sent("POST")) == 1, "a creation is sent once"


@pytest.mark.parametrize("answer", [good({"metadata": {"uid": 7}}, 201), Canned(200, b"ok")])
def test_a_trial_that_is_answered_with_something_else_changed_nothing(
    cluster: Cluster, answer: Canned
) -> None:
    api, client = cluster
    listed(api)
    api.instead["POST", NEW] = [answer]
    with pytest.raises(NoAnswerError, match="no such object"):
        client.autoscalers.preview(CHANGE, key="k")


@pytest.mark.parametrize("path", [NEW, OLD])
def test_the_very_autoscaler_is_deleted_and_then_the_replicas_of_before_are_set(
    cluster: Cluster, path: str
) -> None:
    api, client = cluster
    made(api, path)
    delete(client.autoscalers)
    gone, scaled = api.sent("DELETE", "PATCH")
    assert (gone.path.partition("?")[0], gone.method) == (f"{path}/web", "DELETE")
    assert gone.body == {"preconditions": {"uid": "h1"}}
    assert scaled.body == [
        {"op": "test", "path": "/metadata/uid", "value": "u1"},
        {"op": "test", "path": "/metadata/resourceVersion", "value": "11"},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
        {"op": "add", "path": "/metadata/annotations", "value": {MARK: "k:inverse"}},
    ]


@pytest.mark.parametrize(
    ("answer", "moved"),
    [
        (CONFLICT, True),
        (refused(404, "NotFound", "it is gone"), True),
        (FORBIDDEN, False),
        (INVALID, False),
    ],
)
def test_a_deletion_that_is_refused_leaves_the_replicas_alone(
    cluster: Cluster, answer: Canned, *, moved: bool
) -> None:
    api, client = cluster
    made(api)
    api.instead["DELETE", f"{NEW}/web"] = [answer, answer]
    tried = client.autoscalers.preview(INVERSE, key="k:inverse")
    assert not tried.accepted
    assert tried.before == tried.after
    assert tried.before["replicas"] == 3
    with pytest.raises(OperationRefusedError) as caught:
        delete(client.autoscalers)
    assert isinstance(caught.value, PreconditionFailedError) is moved
    assert api.sent("PATCH") == []


@pytest.mark.parametrize("answer", [CONFLICT, INVALID], ids=["conflict", "test failed"])
def test_replicas_are_set_again_when_the_workload_moved_between_look_and_patch(
    cluster: Cluster, answer: Canned
) -> None:
    api, client = cluster
    made(api)
    api.instead["PATCH", WEB] = [answer]
    hands = client.autoscalers
    observed = hands.look(INVERSE)
    first = good(api.objects[WEB])
    api.objects[WEB] = workload(4, "12", annotations={"own": "kept"})
    api.instead["GET", WEB] = [first, first]
    hands.apply(INVERSE, key="k:inverse", observed=observed)
    versions = [one.body[1]["value"] for one in api.sent("PATCH")]
    assert versions == ["11", "12"]
    assert api.sent("PATCH")[-1].body[3]["value"] == {"own": "kept", MARK: "k:inverse"}


@pytest.mark.parametrize(
    ("answers", "patches", "said"),
    [
        ([FORBIDDEN], 1, "does not have its 3 replicas of before"),
        ([CONFLICT] * 9, 8, "the object has been modified"),
        ([refused(500, "InternalError", "etcd is away")], 1, "etcd is away"),
    ],
    ids=["no right", "always a conflict", "broken"],
)
def test_replicas_that_could_not_be_set_after_the_deletion_are_for_a_person_to_look_at(
    cluster: Cluster, answers: list[Canned], patches: int, said: str
) -> None:
    api, client = cluster
    made(api)
    api.instead["PATCH", WEB] = list(answers)
    with pytest.raises(OutcomeUnknownError, match=said):
        delete(client.autoscalers)
    assert len(api.sent("PATCH")) == patches


@pytest.mark.parametrize("uid", [None, "u2"], ids=["gone", "made anew"])
def test_a_workload_that_went_with_its_autoscaler_is_told_of_and_not_scaled(
    cluster: Cluster, uid: str | None
) -> None:
    api, client = cluster
    made(api)
    observed = client.autoscalers.look(INVERSE)
    first = good(api.objects.pop(WEB))
    if uid is not None:
        api.objects[WEB] = workload(1, uid=uid)
    api.instead["GET", WEB] = [first]
    with pytest.raises(OutcomeUnknownError, match="it is gone, or was made anew"):
        client.autoscalers.apply(INVERSE, key="k:inverse", observed=observed)
    assert api.sent("PATCH") == []


def test_an_autoscaler_that_vanishes_between_two_looks_is_not_deleted(cluster: Cluster) -> None:
    api, client = cluster
    made(api)
    observed = client.autoscalers.look(INVERSE)
    first = good(api.objects.pop(f"{NEW}/web"))
    api.instead["GET", f"{NEW}/web"] = [first]
    with pytest.raises(PreconditionFailedError, match="shop/web is gone"):
        client.autoscalers.apply(INVERSE, key="k:inverse", observed=observed)
    assert not client.autoscalers.preview(INVERSE, key="k:inverse").accepted
    assert api.sent("DELETE", "PATCH") == []


@pytest.mark.parametrize(
    ("replicas", "uid", "mark", "found"),
    [
        (3, "u1", "", True),
        (4, "u1", "", None),
        (4, "u1", "k:inverse", True),
        (4, "u1", "k:another", None),
        (3, "u2", "", None),
        (3, None, "", None),
    ],
    ids=["as before", "not yet", "moved since", "another's mark", "made anew", "gone"],
)
@pytest.mark.parametrize("rival", [False, True], ids=["no autoscaler", "one of somebody else"])
def test_a_deletion_has_run_when_its_autoscaler_is_gone_and_the_replicas_are_back(
    cluster: Cluster, replicas: int, uid: str | None, mark: str, *, found: bool | None, rival: bool
) -> None:
    api, client = cluster
    if rival:
        made(api, by="0" * 64)
    api.objects[WEB] = workload(replicas, uid=uid, annotations={MARK: mark})
    if uid is None:
        del api.objects[WEB]
    assert client.autoscalers.probe(INVERSE, key="k:inverse") is found


@pytest.mark.parametrize(("path", "key", "found"), [(NEW, "k", True), (OLD, "k2", False)])
def test_what_has_run_is_read_off_the_mark_in_either_version(
    cluster: Cluster, path: str, key: str, *, found: bool
) -> None:
    api, client = cluster
    made(api, path)
    assert client.autoscalers.probe(CHANGE, key=key) is found
    assert client.autoscalers.probe(INVERSE, key="k:inverse") is False

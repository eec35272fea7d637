"""Fields of any one object are changed once, as approved, and only on the object that was seen."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from stanch.tools.clients.kubernetes.objects_patch import ObjectHands
from stanch.tools.errors import (
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations import PatchObject
from stanch.tools.operations.object_patch import observed
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_front import Front, Seen
from tests.contracts.clients.client_targets import Corner, Json, Target
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.cutting_proxy import Cut, CuttingProxy
from tests.contracts.clients.object_samples import (
    autoscaler,
    change_of,
    config,
    quota,
    service,
    workload,
)

Meddle = Callable[[Corner], object]


MADE: dict[str, tuple[str, Callable[[Corner], Json], tuple[tuple[str, Any, Any], ...]]] = {
    "a value of a ConfigMap": ("configmaps", config, (("/data/MODE", "fast", "slow"),)),
    "a file": ("configmaps", config, (("/data/app.properties", "odd=1", "odd=2\n"),)),
    "a label under a name with a slash": (
        "services",
        service,
        (("/spec/selector/shop.example~1part", None, "web"),),
    ),
    "a value that comes": ("configmaps", config, (("/data/NEW", None, "here"),)),
    "a value that goes": ("configmaps", config, (("/data/SIZE", "10", None),)),
    "several at once": (
        "configmaps",
        config,
        (("/data/MODE", "fast", "slow"), ("/data/SIZE", "10", None), ("/data/NEW", None, "x")),
    ),
    "a port of a Service": (
        "services",
        service,
        (("/spec/ports/0/port", 80, 80), ("/spec/ports/0/targetPort", 8080, "http")),
    ),
    "a selector": ("services", service, (("/spec/selector", {"app": "?"}, {"app": "other"}),)),
    "a quota": ("resourcequotas", quota, (("/spec/hard/requests.cpu", "64", "80"),)),
    "an autoscaler": (
        "horizontalpodautoscalers",
        autoscaler,
        (("/spec/minReplicas", 1, 2), ("/spec/maxReplicas", 3, 6)),
    ),
    "a workload's memory": (
        "deployments",
        workload,
        (
            ("/spec/template/spec/containers/0/name", "web", "web"),
            ("/spec/template/spec/containers/0/resources", {}, {"limits": {"memory": "64Mi"}}),
        ),
    ),
}


@pytest.fixture(params=MADE)
def change(request: pytest.FixtureRequest, corner: Corner) -> PatchObject:
    resource, make, fields = MADE[request.param]
    thing = make(corner)
    known = [
        (path, {"app": corner.name} if before == {"app": "?"} else before, after)
        for path, before, after in fields
    ]
    return change_of(thing, resource, *known)


def test_a_dry_run_changes_nothing_and_the_deed_does_what_it_foretold(
    hands: ObjectHands, corner: Corner, change: PatchObject
) -> None:
    before = corner.get(change.resource)
    seen = hands.look(change)
    tried = hands.preview(change, key="k1")
    assert tried.accepted, tried.note
    assert tried.before != tried.after
    assert corner.get(change.resource).get("data") == before.get("data")
    assert corner.get(change.resource).get("spec") == before.get("spec")
    assert hands.probe(change, key="k1") is False

    made = hands.apply(change, key="k1", observed=seen)
    after = corner.get(change.resource)
    assert hands.look(change) == observed(change, tried.after) != seen
    assert after["metadata"]["annotations"][MARK] == "k1"
    assert made.data["after"]["metadata"]["uid"] == change.uid
    assert (hands.probe(change, key="k1"), hands.probe(change, key="k2")) == (True, False)


def test_its_inverse_puts_everything_back(
    hands: ObjectHands, corner: Corner, change: PatchObject
) -> None:
    before = corner.get(change.resource)
    foretold = observed(change, hands.preview(change, key="k").after)
    hands.apply(change, key="k", observed=hands.look(change))
    assert hands.look(change.inverse) == foretold, "nobody touched it since"
    hands.apply(change.inverse, key="back", observed=foretold)
    after = corner.get(change.resource)
    assert after.get("data") == before.get("data")
    assert after.get("spec") == before.get("spec")


def test_the_same_change_is_not_made_twice(hands: ObjectHands, change: PatchObject) -> None:
    seen = hands.look(change)
    hands.apply(change, key="k", observed=seen)
    with pytest.raises(PreconditionFailedError, match="not as it was seen"):
        hands.apply(change, key="k", observed=seen)
    with pytest.raises(PreconditionFailedError, match="does not have the values"):
        hands.apply(change, key="k", observed=hands.look(change))
    assert not hands.preview(change, key="k").accepted


def _recreate(corner: Corner) -> None:
    corner.delete(corner.path("configmaps", corner.name))
    config(corner)


def _put(corner: Corner, body: Json) -> Json:
    return corner.patch(body, "configmaps")


@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda corner: _put(corner, {"data": {"MODE": "slower"}}), "/data/MODE"),
        (lambda corner: _put(corner, {"data": {"MODE": ""}}), "/data/MODE"),
        (lambda corner: _put(corner, {"data": {"MODE": None}}), "/data/MODE .it is not there"),
        (lambda corner: _put(corner, {"data": {"NEW": "already"}}), "/data/NEW"),
        (lambda corner: _put(corner, {"data": {"NEW": ""}}), "/data/NEW"),
        (lambda corner: _put(corner, {"data": None}), "/data/MODE"),
        (lambda corner: corner.delete(corner.path("configmaps", corner.name)), "missing"),
        (_recreate, "uid"),
    ],
    ids=[
        *("changed", "emptied", "removed", "came", "came empty", "all gone", "deleted"),
        "made anew",
    ],
)
def test_an_object_that_drifted_is_left_alone(
    hands: ObjectHands, corner: Corner, meddle: Meddle, named: str
) -> None:
    fields = (("/data/MODE", "fast", "slow"), ("/data/NEW", None, "x"))
    change = change_of(config(corner), "configmaps", *fields)
    seen = hands.look(change)
    meddle(corner)
    answer = corner.admin.get(corner.path("configmaps", corner.name))
    with pytest.raises(PreconditionFailedError, match=named):
        hands.apply(change, key="k", observed=seen)
    assert hands.look(change) != seen
    tried = hands.preview(change, key="k")
    assert not tried.accepted
    assert tried.before == tried.after
    assert hands.probe(change, key="k") is (None if named in {"missing", "uid"} else False)
    again = corner.admin.get(corner.path("configmaps", corner.name))
    assert (again.status_code, again.json().get("data")) == (
        answer.status_code,
        answer.json().get("data"),
    )


@pytest.fixture
def held(corner: Corner) -> Iterator[Json]:
    """Give a ConfigMap whose deletion has begun and cannot end."""
    made = config(corner, metadata={"name": corner.name, "finalizers": ["stanch.dev/test"]})
    yield made
    corner.patch({"metadata": {"finalizers": None}}, "configmaps")


def test_an_object_whose_deletion_has_begun_is_left_alone(
    hands: ObjectHands, corner: Corner, held: Json
) -> None:
    change = change_of(held, "configmaps", ("/data/MODE", "fast", "slow"))
    seen = hands.look(change)
    assert seen["deleting"] is False
    corner.delete(corner.path("configmaps", corner.name))
    with pytest.raises(PreconditionFailedError, match="deleting"):
        hands.apply(change, key="k", observed=seen)
    with pytest.raises(PreconditionFailedError, match="being deleted"):
        hands.apply(change, key="k", observed=hands.look(change))
    assert corner.get("configmaps")["data"]["MODE"] == "fast"


def test_an_item_of_a_list_that_moved_is_not_mistaken_for_another(
    hands: ObjectHands, corner: Corner
) -> None:
    fields = (("/spec/ports/0/name", "http", "http"), ("/spec/ports/0/targetPort", 8080, 8081))
    change = change_of(service(corner), "services", *fields)
    seen = hands.look(change)
    ports = [
        {"name": "metrics", "port": 9090, "targetPort": 8080, "protocol": "TCP"},
        {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
    ]
    body = [{"op": "replace", "path": "/spec/ports", "value": ports}]
    _json_patch(corner, "services", body)
    with pytest.raises(PreconditionFailedError, match="/spec/ports/0/name"):
        hands.apply(change, key="k", observed=seen)
    assert [one["targetPort"] for one in corner.get("services")["spec"]["ports"]] == [8080, 8080]


def test_what_the_change_does_not_name_may_move(hands: ObjectHands, corner: Corner) -> None:
    change = change_of(config(corner), "configmaps", ("/data/MODE", "fast", "slow"))
    seen = hands.look(change)
    _put(corner, {"metadata": {"annotations": {"note": "meanwhile"}}, "data": {"SIZE": "20"}})
    hands.apply(change, key="k", observed=seen)
    after = corner.get("configmaps")
    assert after["data"] == {"MODE": "slow", "SIZE": "20", "app.properties": "odd=1"}
    assert after["metadata"]["annotations"]["note"] == "meanwhile"


def test_an_object_that_moves_under_the_patch_is_patched_on_its_next_version(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    containers = "/spec/template/spec/containers/0"
    fields = ((f"{containers}/name", "web", "web"), ("/spec/minReadySeconds", None, 2))
    change = change_of(corner.deploy(), "deployments", *fields)
    moved = threading.Semaphore(2)

    def move(seen: Seen) -> None:
        if seen.method == "PATCH" and moved.acquire(blocking=False):
            corner.patch({"metadata": {"annotations": {"note": f"{len(front.seen)}"}}})

    front.rule = move
    hands = connect(kubeconfig=fronted, context="direct", act_context="front").objects
    hands.apply(change, key="k", observed=hands.look(change))
    # A real cluster's own controllers may void one more.
    assert len(front.patches) >= 3, "two were voided by the version test"
    assert len([one for one in front.made if "dryRun" not in one.path]) == 1
    assert corner.get()["spec"]["minReadySeconds"] == 2


def test_a_field_that_moves_under_the_patch_voids_it(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    change = change_of(corner.deploy(), "deployments", ("/spec/minReadySeconds", None, 2))

    def move(seen: Seen) -> None:
        if seen.method == "PATCH":
            corner.patch({"spec": {"minReadySeconds": 9}})

    front.rule = move
    hands = connect(kubeconfig=fronted, context="direct", act_context="front").objects
    with pytest.raises(PreconditionFailedError, match="/spec/minReadySeconds"):
        hands.apply(change, key="k", observed=hands.look(change))
    assert corner.get()["spec"]["minReadySeconds"] == 9
    assert len(front.patches) == 1


@pytest.mark.parametrize(("cut", "ran"), [("during", False), ("after", True)])
def test_a_patch_that_is_cut_off_is_sent_once_and_probing_tells(
    connect: Connect, corner: Corner, target: Target, tmp_path: Path, *, cut: Cut, ran: bool
) -> None:
    change = change_of(corner.deploy(), "deployments", ("/spec/minReadySeconds", None, 2))
    kubeconfig = target.config("operator")
    cluster = kubeconfig["clusters"][0]["cluster"]
    server = urlsplit(cluster["server"])
    proxy = CuttingProxy((server.hostname or "", server.port or 443), cut)
    try:
        through = {**cluster, "server": f"https://127.0.0.1:{proxy.port}"}
        kubeconfig["clusters"].append({"name": "proxy", "cluster": through})
        context = {"cluster": "proxy", "user": kubeconfig["users"][0]["name"]}
        kubeconfig["contexts"].append({"name": "proxy", "context": context})
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(kubeconfig), encoding="utf-8")
        client = connect(kubeconfig=path, act_context="proxy", limits=Limits(seconds=5))
        seen = client.objects.look(change)
        with pytest.raises(OutcomeUnknownError, match="whether it ran is not known"):
            client.objects.apply(change, key="k", observed=seen)
        assert proxy.requests == 1
        assert client.objects.probe(change, key="k") is ran
        assert ("minReadySeconds" in corner.get()["spec"]) is ran
    finally:
        proxy.close()


def _json_patch(corner: Corner, resource: str, body: list[Json]) -> None:
    answer = corner.admin.patch(
        corner.path(resource, corner.name),
        content=json.dumps(body),
        headers={"Content-Type": "application/json-patch+json"},
    )
    assert answer.is_success, answer.text

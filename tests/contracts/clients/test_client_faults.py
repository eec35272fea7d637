"""What a change and a read make of a server that fails halfway: never a second deed, and no lie."""

import json
import time
from pathlib import Path

import pytest

from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import ListObjects, ReadLogs, RolloutStatus
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_changes import scale
from tests.contracts.clients.client_front import Canned, Front, Misdeed, Seen
from tests.contracts.clients.client_targets import NAMESPACE, Corner
from tests.contracts.clients.conftest import Connect
from tests.time_bounds import below


def status(code: int, message: str) -> bytes:
    return json.dumps({"kind": "Status", "message": message, "code": code}).encode()


@pytest.mark.parametrize(
    ("misdeed", "ran"),
    [
        ("cut before", False),
        ("cut after", True),
        ("half an answer", True),
        ("trickle", True),
        ("stall", False),
    ],
)
def test_a_change_whose_answer_is_lost_is_sent_once_and_probing_tells(
    connect: Connect, corner: Corner, front: Front, fronted: Path, *, misdeed: Misdeed, ran: bool
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    front.rule = lambda seen: misdeed if seen.method == "PATCH" else None
    client = connect(
        kubeconfig=fronted, context="direct", act_context="front", limits=Limits(seconds=1.5)
    )
    seen = client.look(change)
    begin = time.monotonic()
    with pytest.raises(OutcomeUnknownError, match="whether it ran is not known") as caught:
        client.apply(change, key="k", observed=seen)
    below(time.monotonic() - begin, 2.5)
    assert caught.value.may_have_run
    assert len(front.patches) == 1
    assert client.probe(change, key="k") is ran
    assert corner.get()["spec"]["replicas"] == (2 if ran else 1)


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_an_error_of_the_server_or_its_gateway_decides_nothing(
    connect: Connect, corner: Corner, front: Front, fronted: Path, code: int
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    front.rule = lambda seen: (
        Canned(code, status(code, "etcdserver: request timed out"), {"Retry-After": "0"})
        if seen.method == "PATCH"
        else None
    )
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    with pytest.raises(OutcomeUnknownError, match="request timed out"):
        client.apply(change, key="k", observed=client.look(change))
    assert len(front.patches) == 1


def test_an_answer_that_is_no_deployment_leaves_the_outcome_unknown(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    front.rule = lambda seen: Canned(200, b"<html>") if seen.method == "PATCH" else None
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    with pytest.raises(OutcomeUnknownError, match="no Deployment"):
        client.apply(change, key="k", observed=client.look(change))


def test_a_change_that_is_turned_away_for_load_is_refused_and_not_repeated(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    busy = Canned(429, status(429, "too many requests"), {"Retry-After": "0"})
    front.rule = lambda seen: busy if seen.method == "PATCH" else None
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    with pytest.raises(OperationRefusedError, match="too many requests"):
        client.apply(change, key="k", observed=client.look(change))
    assert len(front.patches) == 1
    assert client.probe(change, key="k") is False


def test_a_dry_run_without_an_answer_has_changed_nothing(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy()
    front.rule = lambda seen: "cut after" if seen.method == "PATCH" else None
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    with pytest.raises(NoAnswerError) as caught:
        client.preview(scale(corner, 2), key="k")
    assert not caught.value.may_have_run
    assert corner.get()["metadata"]["generation"] == 1


def test_a_dry_run_passes_on_what_the_server_warns_of(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    body = json.dumps(corner.deploy()).encode()
    warning = '299 - "apps/v1 Deployment: \'spec\', odd", 299 - "and more"'
    front.rule = lambda seen: (
        Canned(200, body, {"Warning": warning}) if seen.method == "PATCH" else None
    )
    client = connect(kubeconfig=fronted, context="direct", act_context="front")
    shown = client.preview(scale(corner, 2), key="k")
    assert (shown.accepted, shown.note) == (True, "apps/v1 Deployment: 'spec', odd and more")
    front.rule = lambda seen: Canned(200, b"{}") if seen.method == "PATCH" else None
    with pytest.raises(NoAnswerError, match="no Deployment"):
        client.preview(scale(corner, 2), key="k")


def test_a_read_that_fails_before_the_patch_sends_none(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    client = connect(kubeconfig=fronted, context="front", limits=Limits(seconds=1.5))
    seen = client.look(change)
    front.rule = lambda seen: "cut after" if seen.method == "GET" else None
    with pytest.raises(TargetUnreachableError) as caught:
        client.apply(change, key="k", observed=seen)
    assert not caught.value.may_have_run
    assert front.patches == []


def test_a_read_asks_again_after_the_pause_that_the_server_wants(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy()
    times: list[float] = []

    def busy(_: Seen) -> Canned | None:
        times.append(time.monotonic())
        return Canned(429, status(429, "busy"), {"Retry-After": "1"}) if len(times) < 2 else None

    front.rule = busy
    client = connect(kubeconfig=fronted, context="front")
    outcome = client.observe(RolloutStatus(namespace=NAMESPACE, name=corner.name))
    assert outcome.data["state"] == "complete"
    assert times[1] - times[0] >= 1
    assert outcome.duration >= 1


@pytest.mark.parametrize("misdeed", ["cut before", "half an answer"])
def test_a_read_survives_a_connection_that_breaks_once(
    connect: Connect, corner: Corner, front: Front, fronted: Path, misdeed: Misdeed
) -> None:
    corner.deploy()
    front.rule = lambda _: misdeed if len(front.seen) == 1 else None
    client = connect(kubeconfig=fronted, context="front")
    assert client.observe(RolloutStatus(namespace=NAMESPACE, name=corner.name)).data["deployment"]
    assert len(front.seen) == 2


def test_a_wait_longer_than_the_time_left_is_not_begun(
    connect: Connect, front: Front, fronted: Path
) -> None:
    front.rule = lambda _: Canned(503, status(503, "back soon"), {"Retry-After": "30"})
    client = connect(kubeconfig=fronted, context="front", limits=Limits(seconds=5))
    begin = time.monotonic()
    with pytest.raises(OperationRefusedError, match="back soon"):
        client.observe(ListObjects(resource="pods", namespace=NAMESPACE))
    below(time.monotonic() - begin, 1)
    assert len(front.seen) == 1


@pytest.mark.parametrize("misdeed", ["trickle", "stall"])
def test_the_deadline_holds_for_a_whole_operation_against_a_slow_server(
    connect: Connect, corner: Corner, front: Front, fronted: Path, misdeed: Misdeed
) -> None:
    corner.deploy()
    front.rule = lambda _: misdeed
    client = connect(kubeconfig=fronted, context="front", limits=Limits(seconds=1))
    begin = time.monotonic()
    with pytest.raises(NoAnswerError, match="no answer within 1 s") as caught:
        client.observe(RolloutStatus(namespace=NAMESPACE, name=corner.name))
    taken = time.monotonic() - begin
    assert taken > 0.9
    below(taken, 1.8)
    assert not caught.value.may_have_run


def test_pods_whose_logs_come_are_read_even_if_another_stalls(
    connect: Connect, corner: Corner, front: Front, fronted: Path
) -> None:
    corner.deploy(replicas=2)
    slow = corner.list("pods")[0]["metadata"]["name"]
    front.rule = lambda seen: "stall" if f"{slow}/log" in seen.path else None
    client = connect(kubeconfig=fronted, context="front", limits=Limits(seconds=2))
    data = client.observe(ReadLogs(namespace=NAMESPACE, deployment=corner.name)).data
    assert len(data["streams"]) == 1
    [absent] = data["not_read"]
    assert absent["pod"] == slow
    assert "no answer within 2 s" in absent["reason"]


def test_a_redirect_is_not_followed(connect: Connect, front: Front, fronted: Path) -> None:
    front.rule = lambda _: Canned(307, b"", {"Location": f"{front.url}/elsewhere"})
    client = connect(kubeconfig=fronted, context="front")
    with pytest.raises(OperationRefusedError, match="not followed"):
        client.observe(ListObjects(resource="nodes"))
    assert [seen.path.partition("?")[0] for seen in front.seen] == ["/api/v1/nodes"]


@pytest.mark.parametrize("body", [b"<html>login</html>", b"[1]", b"\xff"])
def test_an_answer_that_is_no_object_is_no_answer(
    connect: Connect, front: Front, fronted: Path, body: bytes
) -> None:
    front.rule = lambda _: Canned(200, body)
    client = connect(kubeconfig=fronted, context="front")
    with pytest.raises(ToolError, match="no JSON object"):
        client.observe(ListObjects(resource="nodes"))

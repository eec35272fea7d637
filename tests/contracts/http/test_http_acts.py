"""Flags and weights: looked at, compared, sent once, and never past a doubt (MIT-04, MIT-09)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stanch.tools.clients.http import HttpClient
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import SetWeight, SwitchFlag
from stanch.tools.outcome import Limits
from tests.contracts.http.act_servers import TOKEN, Keeper
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import Connection, Server, answer

OFF = SwitchFlag(endpoint="flags", environment="production", flag="new-search", enabled=False)
DRAIN = SetWeight(endpoint="lb", backend="storefront", server="gw-1", weight=0, from_weight=100)
CHANGES = [pytest.param(OFF, id="flag"), pytest.param(DRAIN, id="weight")]
Scene = tuple[Keeper, Server, HttpClient]


@pytest.fixture
def scene(serve: Serve, connect: Connect) -> Scene:
    keeper = Keeper()
    server = serve(keeper)

    def endpoint(name: str, kind: str, **more: str) -> dict[str, Any]:
        url = f"http://{name}.example"
        return {"url": url, "address": server.address, "kind": kind, **more}

    client = connect(
        limits=Limits(seconds=1.0),
        endpoints={
            "flags": endpoint("flags", "unleash", credential="unleash"),
            "flagd": endpoint("flagd", "flagd"),
            "lb": endpoint("lb", "load-balancer"),
            "plain": endpoint("plain", "plain"),
        },
        credentials={"unleash": {"value": TOKEN, "scheme": "", "endpoints": ["flags"]}},
    )
    return keeper, server, client


def state(keeper: Keeper) -> tuple[bool, int]:
    return keeper.flag["environments"][1]["enabled"], keeper.server["weight"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_foretold_made_and_found_again(scene: Scene, change: Any) -> None:
    keeper, _, client = scene
    facts = client.look(change)
    assert client.probe(change, key="k") is False
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.tried, tried.before) == (True, False, facts)
    assert keeper.changes == []
    outcome = client.apply(change, key="INC-1:P-1", observed=facts)
    assert outcome.data == {"before": facts, "after": tried.after}
    assert client.look(change) == tried.after
    assert client.probe(change, key="k") is True
    assert len(keeper.changes) == 1
    assert keeper.changes[0].headers["x-request-id"] == "INC-1:P-1"


def test_the_requests_are_those_of_the_servers_own_interfaces(scene: Scene) -> None:
    keeper, server, client = scene
    keeper.headers = ('ETag: "7"', "Configuration-Version: 12")
    for change in (OFF, DRAIN):
        client.apply(change, key="k", observed=client.look(change))
    flag, weight = keeper.changes
    place = "/api/admin/projects/default/features/new-search/environments/production/off"
    assert flag.line == f"POST {place} HTTP/1.1"
    assert flag.headers["authorization"] == TOKEN
    assert flag.body == b""
    base = "/v3/services/haproxy/runtime/backends/storefront/servers/gw-1"
    assert weight.line == f"PUT {base}?version=12 HTTP/1.1"
    assert weight.headers["if-match"] == '"7"'
    assert "authorization" not in weight.headers
    sent = json.loads(weight.body)
    assert (sent["weight"], sent["address"], sent["admin_state"]) == (0, "10.0.0.1", "ready")
    assert server.connections > 4


@pytest.mark.parametrize("change", CHANGES)
def test_when_it_was_last_asked_for_is_no_drift(scene: Scene, change: Any) -> None:
    keeper, _, client = scene
    facts = client.look(change)
    keeper.flag["lastSeenAt"] = "2026-11-21T10:00:05.000Z"
    keeper.server["operational_state"] = "down"
    client.apply(change, key="k", observed=facts)
    assert len(keeper.changes) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"operational_state": "down"}, "gw-1 is the last server of storefront that serves"),
        ({"admin_state": "maint"}, "gw-1 is the last server of storefront that serves"),
        ({"weight": 0}, "gw-1 is the last server of storefront that serves"),
    ],
)
def test_the_last_server_that_serves_is_not_taken_out_however_long_ago_that_was_planned(
    scene: Scene, change: dict[str, Any], why: str
) -> None:
    keeper, _, client = scene
    facts = client.look(DRAIN)
    keeper.other |= change

    with pytest.raises(PreconditionFailedError, match=why):
        client.apply(DRAIN, key="k", observed=facts)
    assert client.preview(DRAIN, key="k").note.startswith(why)
    assert keeper.changes == []

    less = DRAIN.model_copy(update={"weight": 10})
    client.apply(less, key="k", observed=facts)
    assert len(keeper.changes) == 1


@pytest.mark.parametrize("told", [b"{}", b"[", b"[1, 2]"])
def test_a_server_is_not_taken_out_when_nobody_tells_of_the_others(
    scene: Scene, told: bytes
) -> None:
    keeper, _, client = scene
    facts = client.look(DRAIN)
    keeper.listed = told
    with pytest.raises(PreconditionFailedError, match=r"is not told|is the last server"):
        client.apply(DRAIN, key="k", observed=facts)
    assert keeper.changes == []


DRIFTS: list[tuple[Any, Callable[[Keeper], Any], str]] = [
    (OFF, lambda k: k.flag["environments"][1].update(enabled=False), "enabled was True"),
    (OFF, lambda k: k.flag.update(archived=True), "archived was False"),
    (OFF, lambda k: k.flag.update(createdAt="2026-11-21"), "created_at was"),
    (OFF, lambda k: k.flag["environments"].pop(), "it is gone"),
    (OFF, lambda k: k.flag.clear(), "it is gone"),
    (DRAIN, lambda k: k.server.update(weight=50), "weight was 100 and is 50"),
    (DRAIN, lambda k: k.server.update(admin_state="maint"), "admin_state was"),
    (DRAIN, lambda k: k.server.update(address="10.0.0.9"), "address was"),
    (DRAIN, lambda k: k.server.clear(), "it is gone"),
]


@pytest.mark.parametrize(("change", "drift", "why"), DRIFTS)
def test_what_is_not_as_it_was_seen_is_left_alone(
    scene: Scene, change: Any, drift: Callable[[Keeper], Any], why: str
) -> None:
    keeper, _, client = scene
    facts = client.look(change)
    drift(keeper)
    with pytest.raises(PreconditionFailedError, match=why):
        client.apply(change, key="k", observed=facts)
    assert keeper.changes == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("status", "error", "why"),
    [
        ("401 Unauthorized", OperationRefusedError, "lacks the right"),
        ("403 Forbidden", OperationRefusedError, "lacks the right"),
        ("409 Conflict", PreconditionFailedError, "Somebody else"),
        ("412 Precondition Failed", PreconditionFailedError, "Somebody else"),
        ("422 Unprocessable", OperationRefusedError, "bad words"),
        ("429 Too Many", OperationRefusedError, "429"),
        ("302 Found", OutcomeUnknownError, "is not known"),
        ("303 See Other", OutcomeUnknownError, "is not known"),
        ("500 Oops", OutcomeUnknownError, "is not known"),
        ("502 Bad Gateway", OutcomeUnknownError, "is not known"),
        ("503 Away", OutcomeUnknownError, "is not known"),
    ],
)
def test_a_no_is_told_in_the_servers_words_and_a_doubt_as_a_doubt(
    scene: Scene, change: Any, status: str, error: type[ToolError], why: str
) -> None:
    keeper, _, client = scene
    facts = client.look(change)
    keeper.trouble = lambda c: c.send(answer(b'{"message": "bad words"}', status))
    with pytest.raises(error, match=why):
        client.apply(change, key="k", observed=facts)
    assert len(keeper.changes) == 1


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("way", [Connection.reset, Connection.half_close, Connection.wait])
def test_an_answer_that_is_lost_leaves_the_outcome_unknown_and_is_not_sent_again(
    scene: Scene, change: Any, way: Callable[[Connection], None]
) -> None:
    keeper, _, client = scene
    facts = client.look(change)
    keeper.trouble = way
    with pytest.raises(OutcomeUnknownError, match="was sent"):
        client.apply(change, key="k", observed=facts)
    assert len(keeper.changes) == 1
    assert client.probe(change, key="k") is False


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_answer_is_lost_is_found_when_it_ran(scene: Scene, change: Any) -> None:
    keeper, _, client = scene
    facts = client.look(change)

    def run_and_break(connection: Connection) -> None:
        quiet = connection.send
        connection.send = lambda _: None  # type: ignore[method-assign, assignment]
        keeper.change(connection)
        connection.send = quiet  # type: ignore[method-assign]
        connection.reset()

    keeper.trouble = run_and_break
    with pytest.raises(OutcomeUnknownError):
        client.apply(change, key="k", observed=facts)
    assert client.probe(change, key="k") is True


@pytest.mark.parametrize("change", CHANGES)
def test_a_server_that_cannot_be_reached_was_sent_nothing(scene: Scene, change: Any) -> None:
    keeper, server, client = scene
    facts = client.look(change)
    server.close()
    with pytest.raises(TargetUnreachableError, match="cannot be reached") as raised:
        client.apply(change, key="k", observed=facts)
    assert not raised.value.may_have_run
    assert keeper.changes == []


def test_what_is_as_wanted_already_is_not_proposed(scene: Scene) -> None:
    keeper, _, client = scene
    keeper.flag["environments"][1]["enabled"] = False
    tried = client.preview(OFF, key="k")
    assert (tried.accepted, tried.note) == (False, "flag new-search is off in production already.")
    keeper.server["weight"] = 40
    tried = client.preview(DRAIN, key="k")
    assert (tried.accepted, tried.note) == (False, "The weight of gw-1 is 40, and not 100.")
    keeper.flag["archived"] = True
    assert "archived" in client.preview(OFF, key="k").note
    keeper.flag.clear()
    assert client.preview(OFF, key="k").note == "flag new-search is not there."
    assert client.probe(OFF, key="k") is None


def test_an_evaluation_that_fails_is_no_doubt_about_a_change(scene: Scene) -> None:
    keeper, _, client = scene
    keeper.down = True
    with pytest.raises(OperationRefusedError, match="503"):
        client.look(OFF.model_copy(update={"endpoint": "flagd"}))


def test_flagd_is_looked_at_and_never_switched(scene: Scene) -> None:
    keeper, _, client = scene
    change = OFF.model_copy(update={"endpoint": "flagd"})
    facts = client.look(change)
    assert facts == {"flag": "new-search", "enabled": True, "variant": "on"}
    tried = client.preview(change, key="k")
    assert not tried.accepted
    assert "Change its state or its defaultVariant in the source" in tried.note
    with pytest.raises(OperationRefusedError, match="no interface through which a flag"):
        client.apply(change, key="k", observed=facts)
    assert client.probe(change, key="k") is False
    keeper.flag["environments"][1]["enabled"] = False
    assert client.probe(change, key="k") is True
    assert keeper.changes == []


@pytest.mark.parametrize(
    ("endpoint", "change", "why"),
    [
        ("plain", OFF, "set `kind` in its table"),
        ("lb", OFF, "does not know how to switch off"),
        ("flags", DRAIN, "does not know how to set the weight"),
        ("nowhere", OFF, r"add \[endpoints.nowhere\]"),
        ("plain.example", OFF, r"add \[endpoints.plain.example\]"),
    ],
)
def test_a_server_of_another_kind_is_asked_for_nothing(
    scene: Scene, endpoint: str, change: Any, why: str
) -> None:
    _, server, client = scene
    with pytest.raises(TargetUnreachableError, match=why):
        client.look(change.model_copy(update={"endpoint": endpoint}))
    assert server.connections == 0


def test_an_endpoint_is_found_by_its_host_unless_two_have_it(
    scene: Scene, connect: Connect
) -> None:
    _, server, client = scene
    change = OFF.model_copy(update={"endpoint": "flags.example"})
    assert client.look(change)["enabled"] is True
    table = {"url": "http://flags.example", "address": server.address, "kind": "unleash"}
    twice = connect(endpoints={"one": table, "two": table})
    with pytest.raises(TargetUnreachableError, match="any of these endpoints: one, two"):
        twice.look(change)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"a"', b"[" * 100_000])
def test_what_is_no_object_is_no_look(scene: Scene, body: bytes) -> None:
    _, server, client = scene
    server.rule = lambda c: c.send(answer(body))
    with pytest.raises(TargetUnreachableError, match=r"did not answer .* with a JSON object"):
        client.look(OFF)


def test_a_look_that_is_refused_says_what_is_missing(scene: Scene) -> None:
    _, server, client = scene
    server.rule = lambda c: c.send(answer(b"<html>no</html>", "403 Forbidden"))
    with pytest.raises(OperationRefusedError, match=r"403\. Its credential lacks the right"):
        client.look(DRAIN)


def test_a_change_that_was_accepted_is_done_even_if_nobody_can_look_afterwards(
    scene: Scene,
) -> None:
    keeper, server, client = scene
    facts = client.look(OFF)

    def then_silent(connection: Connection) -> None:
        # Before the answer goes out: the next connection may come at once.
        server.rule = Connection.reset
        keeper.change(connection)

    keeper.trouble = then_silent
    outcome = client.apply(OFF, key="k", observed=facts)
    assert outcome.data["after"] is None
    assert "does not show it yet" in outcome.text
    assert state(keeper) == (False, 100)

"""LaunchDarkly by its own API: looked at, compared, turned once (MIT-04, DF-18)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stanch.mitigation import build_checks, judge_check
from stanch.tools.clients.http import HttpClient
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations import HttpRead, SwitchFlag
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import Connection, Server, answer
from tests.unit.mitigation.test_mitigation_flag_services import FLAG, SEMANTIC
from tests.unit.sandbox_web.web_world import WebWorld

OFF = SwitchFlag(endpoint="ld", environment="production", flag="new-search", enabled=False)
TOKEN = "api-practice-token"


@dataclass(slots=True)
class Keeper:
    """One flag; `trouble` may answer in place of a change."""

    flag: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(FLAG)))
    gone: bool = False
    trouble: Callable[[Connection], None] | None = None
    changes: list[Connection] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)

    @property
    def production(self) -> dict[str, Any]:
        found: dict[str, Any] = self.flag["environments"]["production"]
        return found

    def __call__(self, connection: Connection) -> None:
        if connection.line.startswith("GET"):
            self.looks.append(connection.line)
            missing = answer(b'{"code": "not_found"}', "404 Not Found")
            connection.send(missing if self.gone else answer(json.dumps(self.flag).encode()))
            return
        self.changes.append(connection)
        (self.trouble or self.change)(connection)

    def turn(self, connection: Connection) -> None:
        [one] = json.loads(connection.body)["instructions"]
        self.production["on"] = one["kind"] == "turnFlagOn"
        self.production["version"] += 1

    def change(self, connection: Connection) -> None:
        self.turn(connection)
        connection.send(answer(json.dumps(self.flag).encode()))

    def turn_and_break(self, connection: Connection) -> None:
        self.turn(connection)
        connection.reset()


Scene = tuple[Keeper, Server, HttpClient]


@pytest.fixture
def scene(serve: Serve, connect: Connect) -> Scene:
    keeper = Keeper()
    server = serve(keeper)
    client = connect(
        limits=Limits(seconds=1.0),
        endpoints={
            "ld": {
                "url": "http://app.launchdarkly.example",
                "address": server.address,
                "kind": "launchdarkly",
                "credential": "ld",
            }
        },
        credentials={"ld": {"value": TOKEN, "scheme": "", "endpoints": ["ld"]}},
    )
    return keeper, server, client


def test_a_flag_is_turned_off_by_a_semantic_patch_that_carries_the_mark(scene: Scene) -> None:
    keeper, _, client = scene
    facts = client.look(OFF)
    assert facts == {
        "flag": "new-search",
        "created_at": 1730000000000,
        "archived": False,
        "environment": "production",
        "enabled": True,
        "off_serves": '{"engine": "words"}',
        "version": 61,
    }
    tried = client.preview(OFF, key="k")
    assert (tried.before["enabled"], tried.after["enabled"]) == (True, False)
    assert "version" not in {**tried.before, **tried.after}
    done = client.apply(OFF, key="INC-1:P-1:abc", observed=facts)
    [sent] = keeper.changes
    assert sent.line == "PATCH /api/v2/flags/default/new-search HTTP/1.1"
    assert keeper.looks[0] == "GET /api/v2/flags/default/new-search?env=production HTTP/1.1"
    assert sent.headers["content-type"] == SEMANTIC
    assert sent.headers["authorization"] == TOKEN
    assert json.loads(sent.body) == {
        "environmentKey": "production",
        "comment": "stanch INC-1:P-1:abc",
        "instructions": [{"kind": "turnFlagOff"}],
    }
    assert done.data["after"] == {**facts, "enabled": False, "version": 62}
    assert "does not show it yet" not in done.text
    assert client.probe(OFF, key="k") is True

    back = OFF.model_copy(update={"enabled": True})
    client.apply(back, key="k2", observed=client.look(back))
    assert {**client.look(OFF), "version": 61} == facts


DRIFTS: list[tuple[str, Callable[[Keeper], Any], str]] = [
    ("flipped", lambda k: k.production.update(on=False), "enabled was True"),
    ("bumped", lambda k: k.production.update(version=62), "version was 61 and is 62"),
    ("archived", lambda k: k.flag.update(archived=True), "archived was False"),
    ("recreated", lambda k: k.flag.update(creationDate=1790000000000), "created_at was"),
    ("serves", lambda k: k.production.update(offVariation=0), "off_serves was"),
    ("no environment", lambda k: k.flag["environments"].clear(), "it is gone"),
    ("deleted", lambda k: setattr(k, "gone", True), "it is gone"),
]


@pytest.mark.parametrize(("name", "drift", "why"), DRIFTS, ids=[one[0] for one in DRIFTS])
def test_a_flag_that_is_not_as_it_was_seen_is_left_alone(
    scene: Scene, name: str, drift: Callable[[Keeper], Any], why: str
) -> None:
    del name
    keeper, _, client = scene
    facts = client.look(OFF)
    drift(keeper)
    with pytest.raises(PreconditionFailedError, match=why):
        client.apply(OFF, key="k", observed=facts)
    assert keeper.changes == []


@pytest.mark.parametrize("way", [Connection.reset, Connection.half_close, Connection.wait])
def test_a_lost_answer_is_a_doubt_and_nothing_is_sent_again(
    scene: Scene, way: Callable[[Connection], None]
) -> None:
    keeper, _, client = scene
    facts = client.look(OFF)
    keeper.trouble = way
    with pytest.raises(OutcomeUnknownError, match="was sent"):
        client.apply(OFF, key="k", observed=facts)
    assert len(keeper.changes) == 1
    assert client.probe(OFF, key="k") is False
    keeper.trouble = keeper.turn_and_break
    with pytest.raises(OutcomeUnknownError):
        client.apply(OFF, key="k", observed=facts)
    assert client.probe(OFF, key="k") is True


def test_a_change_that_others_must_review_first_is_refused_in_their_words(scene: Scene) -> None:
    keeper, _, client = scene
    facts = client.look(OFF)
    said = b'{"code": "approval_required", "message": "Approval is required"}'
    keeper.trouble = lambda connection: connection.send(answer(said, "405 Method Not Allowed"))
    with pytest.raises(OperationRefusedError, match="Approval is required"):
        client.apply(OFF, key="k", observed=facts)
    assert keeper.production["on"] is True


def test_what_only_evaluates_flags_is_never_switched(scene: Scene, connect: Connect) -> None:
    _, server, _ = scene
    table = {"url": "http://flags.example", "address": server.address}
    client = connect(endpoints={"a": {**table, "kind": "ofrep"}, "b": {**table, "kind": "flagd"}})
    answered = answer(b'{"key": "new-search", "value": true, "variant": "on"}')
    server.rule = lambda connection: connection.send(answered)
    for endpoint, why in (("a", "OFREP only evaluates flags"), ("b", "flagd has no interface")):
        change = OFF.model_copy(update={"endpoint": endpoint})
        tried = client.preview(change, key="k")
        assert (tried.accepted, tried.note.startswith(why)) == (False, True)
        with pytest.raises(OperationRefusedError, match=why):
            client.apply(change, key="k", observed=tried.before)


def test_what_is_so_already_or_archived_is_not_proposed(scene: Scene) -> None:
    keeper, _, client = scene
    keeper.production["on"] = False
    assert client.preview(OFF, key="k").note == "flag new-search is off in production already."
    keeper.flag["archived"] = True
    assert "is archived" in client.preview(OFF, key="k").note
    keeper.gone = True
    assert client.preview(OFF, key="k").note == "flag new-search is not there."
    assert client.probe(OFF, key="k") is None


def test_the_practice_launchdarkly_is_switched_and_checked_where_programs_read(
    tmp_path: Path,
) -> None:
    world = WebWorld(tmp_path)
    try:
        before = world.do(world.part.baseline)
        on = SwitchFlag(
            endpoint="launchdarkly",
            environment="production",
            flag="new-search",
            enabled=True,
            evaluated_by="flagd",
        )
        [check] = build_checks(["flag-evaluates"], on, capacity=0, error_ratio=None, limit=0.0)
        assert isinstance(check.operation, HttpRead)
        assert judge_check(check, world.client.observe(check.operation).data).holds is False
        world.client.apply(on, key="k", observed=world.client.look(on))
        assert judge_check(check, world.client.observe(check.operation).data).holds is True
        off = on.model_copy(update={"enabled": False})
        world.client.apply(off, key="k2", observed=world.client.look(off))
        assert world.do(world.part.baseline) == before
    finally:
        world.close()


def test_an_answer_of_a_service_of_flags_says_what_the_settings_say_of_it(
    tmp_path: Path,
) -> None:
    world = WebWorld(tmp_path)
    try:
        for name, kind in (("flags.shop.example", "unleash"), ("flagd.shop.example", None)):
            told = world.get(name, "/health").get("endpoint")
            assert (told["kind"] if told else None) == kind
        told = world.get("launchdarkly.shop.example", "/health")["endpoint"]
        assert (told["name"], told["evaluated_by"]) == ("launchdarkly", "flagd")
        assert told["kill_switches"]["bank-fallback"]["thrown"] == "on"
    finally:
        world.close()

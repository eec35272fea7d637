"""The practice edge and LaunchDarkly answer as real ones do (MIT-04, MIT-14, MIT-15)."""

import json
from typing import Any

import pytest

from stanch.sandbox.web.names import EDGE, LAUNCHDARKLY
from tests.unit.sandbox_web.test_web_answers import raw
from tests.unit.sandbox_web.web_world import WebWorld

FLAG = "/api/v2/flags/default/new-search"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
LIMIT = "/v1/limits/clients"
BLOCK = "/v1/blocks/198.51.100.7%2F32"


def token(world: WebWorld, name: str) -> str:
    return world.targets.credentials[name].value.get_secret_value()


def etag(world: WebWorld, path: str) -> str:
    return str(world.get(EDGE, path)["headers"]["etag"])


def patch(world: WebWorld, body: object, content_type: str = SEMANTIC) -> int:
    status, _ = raw(
        world,
        LAUNCHDARKLY,
        f"PATCH {FLAG}",
        json.dumps(body).encode(),
        Authorization=token(world, "launchdarkly"),
        Content_Type=content_type,
    )
    return status


def test_a_flag_of_launchdarkly_has_a_version_for_each_environment(world: WebWorld) -> None:
    before = world.get(LAUNCHDARKLY, FLAG, query=[("env", "production")])["json"]
    assert list(before["environments"]) == ["production"]
    assert (before["key"], before["kind"], before["archived"]) == ("new-search", "boolean", False)
    assert before["variations"][before["environments"]["production"]["offVariation"]]["value"] is (
        False
    )
    turn = {"environmentKey": "production", "instructions": [{"kind": "turnFlagOn"}]}
    assert patch(world, turn) == 200
    after = world.get(LAUNCHDARKLY, FLAG)["json"]
    assert after["environments"]["production"]["on"] is True
    was = before["environments"]["production"]["version"]
    assert after["environments"]["production"]["version"] == was + 1
    assert after["_version"] == before["_version"] + 1
    assert world.part.flags.is_on("new-search")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"environmentKey": "nowhere", "instructions": [{"kind": "turnFlagOn"}]}, 400),
        ({"environmentKey": "production", "instructions": []}, 400),
        ({"environmentKey": "production", "instructions": [{"kind": "deleteFlag"}]}, 400),
        ([1], 400),
    ],
)
def test_what_is_no_semantic_patch_changes_nothing(
    world: WebWorld, body: object, status: int
) -> None:
    assert patch(world, body) == status
    assert patch(world, body, "application/json") == 400
    assert not world.part.flags.is_on("new-search")


def test_launchdarkly_wants_its_token_and_its_project(world: WebWorld) -> None:
    assert raw(world, LAUNCHDARKLY, f"GET {FLAG}")[0] == 401
    assert world.get(LAUNCHDARKLY, "/api/v2/flags/other/new-search")["status_code"] == 404
    assert world.get(LAUNCHDARKLY, "/api/v2/flags/default/nope")["status_code"] == 404
    listed = world.get(LAUNCHDARKLY, "/api/v2/flags/default")["json"]
    assert listed["totalCount"] == len(listed["items"]) == 5
    assert raw(world, LAUNCHDARKLY, "GET /health")[0] == 200


def test_ofrep_refuses_what_is_no_context_and_says_when_nothing_changed(world: WebWorld) -> None:
    place, host = "POST /ofrep/v1/evaluate/flags", "flagd.shop.example"
    for body, code in ((b"{", "PARSE_ERROR"), (b"[]", "INVALID_CONTEXT")):
        status, said = raw(world, host, f"{place}/new-search", body)
        assert (status, json.loads(said)["errorCode"]) == (400, code)
        assert json.loads(said)["key"] == "new-search"
        assert raw(world, host, place, body)[0] == 400
    asked = {"method": "POST", "body": '{"context": {}}'}
    tag = world.get(host, "/ofrep/v1/evaluate/flags", **asked)["headers"]["etag"]
    assert raw(world, host, place, b"{}", If_None_Match=tag)[0] == 304
    world.do(lambda: world.part.flags.switch("new-search", "production", **SWITCHED))
    assert raw(world, host, place, b"{}", If_None_Match=tag)[0] == 200


SWITCHED: dict[str, Any] = {"enabled": True, "by": "somebody", "at": 1.0}


def put(world: WebWorld, path: str, body: object, method: str = "PUT", **headers: str) -> int:
    sent = json.dumps(body).encode()
    held = {"Authorization": f"Bearer {token(world, 'edge')}", **headers}
    return raw(world, EDGE, f"{method} {path}", sent, **held)[0]


def test_a_limit_is_set_only_on_the_version_that_was_seen(world: WebWorld) -> None:
    seen = etag(world, LIMIT)
    assert put(world, LIMIT, {"rate": 5}) == 428
    assert put(world, LIMIT, {"rate": 5}, If_Match='"other"') == 412
    assert world.shop.demand.limit is None
    assert put(world, LIMIT, {"rate": 5}, If_Match=seen) == 200
    assert world.get(EDGE, LIMIT)["json"] == {"scope": "clients", "rate": 5}
    assert world.shop.demand.limit == 5.0
    assert put(world, LIMIT, {"rate": 6}, If_Match=seen) == 412
    for wrong in (0, 1001, "5", True, None):
        assert put(world, LIMIT, {"rate": wrong}, If_Match=etag(world, LIMIT)) == 422
    assert put(world, LIMIT, {"rate": 1000}, If_Match=etag(world, LIMIT)) == 200
    assert world.shop.demand.limit is None
    assert put(world, "/v1/limits/nothing", {}) == 404


def test_a_key_that_came_before_changes_nothing_again(world: WebWorld) -> None:
    first = etag(world, LIMIT)
    assert put(world, LIMIT, {"rate": 5}, If_Match=first, Idempotency_Key="K") == 200
    now = etag(world, LIMIT)
    assert put(world, LIMIT, {"rate": 9}, If_Match=now, Idempotency_Key="K") == 200
    assert world.shop.demand.limit == 5.0


def test_a_network_is_blocked_once_and_let_in_again(world: WebWorld) -> None:
    assert world.get(EDGE, BLOCK)["status_code"] == 404
    assert put(world, BLOCK, {"network": "198.51.100.7/32"}, If_None_Match="*") == 201
    assert put(world, BLOCK, {}, If_None_Match="*") == 412
    assert world.get(EDGE, "/v1/blocks")["json"] == {"blocks": ["198.51.100.7/32"]}
    first = etag(world, BLOCK)
    assert put(world, BLOCK, None, "DELETE", If_Match='"other"') == 412
    assert put(world, BLOCK, None, "DELETE", If_Match=first) == 204
    assert put(world, BLOCK, None, "DELETE", If_Match=first) == 412
    assert put(world, BLOCK, {}, If_None_Match="*") == 201
    assert etag(world, BLOCK) != first
    assert put(world, "/v1/blocks/nonsense", {}) == 404


def test_the_edge_wants_its_token(world: WebWorld) -> None:
    assert raw(world, EDGE, f"GET {LIMIT}")[0] == 401
    assert raw(world, EDGE, f"PUT {LIMIT}", b"{}", Authorization="Basic x")[0] == 401
    assert raw(world, EDGE, "GET /health")[0] == 200


def test_a_limit_and_a_block_each_end_a_storm(world: WebWorld) -> None:
    world.breaks("retry-storm", {"clients": "2"})
    world.pass_time(60)
    [storm] = world.shop.demand.storms
    edge, shop = world.part.edge, world.shop

    def factor() -> float:
        return shop.traffic._factor(storm.service, storm.path)

    stormy = world.do(factor)
    for client in storm.clients:
        put(world, f"/v1/blocks/{client}%2F32", {}, If_None_Match="*")
    assert world.do(factor) == pytest.approx(1.0)
    for client in storm.clients:
        path = f"/v1/blocks/{client}%2F32"
        put(world, path, None, "DELETE", If_Match=etag(world, path))
    assert edge.blocks == {}
    assert world.do(factor) == pytest.approx(stormy)
    put(world, LIMIT, {"rate": 2}, If_Match=etag(world, LIMIT))
    assert 1.0 < world.do(factor) < stormy


def test_an_attack_is_refused_seen_by_client_and_ended_by_a_block(world: WebWorld) -> None:
    world.breaks("client-attack", {"client": "192.0.2.66"})
    world.pass_time(120)
    labels = world.firing()["ClientAttackDetected"]
    assert (labels["client"], labels["service"]) == ("192.0.2.66", "checkout")
    assert set(world.firing()) == {"ClientAttackDetected"}
    assert not world.verdict().well
    rate = 'sum(rate(gateway_client_requests_total{client="192.0.2.66"}[1m]))'
    [asked] = world.values(rate)
    assert 3.5 < asked < 9.5
    path = "/v1/blocks/192.0.2.66%2F32"
    assert put(world, path, {}, If_None_Match="*") == 201
    world.pass_time(120)
    assert world.values(rate) == [0.0]
    assert world.firing() == {}
    assert world.verdict().well, world.verdict()


def test_a_block_of_somebody_else_cures_nothing_and_is_noticed(world: WebWorld) -> None:
    world.breaks("client-attack", {"client": "192.0.2.66"})
    world.pass_time(60)
    put(world, "/v1/blocks/192.0.2.67%2F32", {}, If_None_Match="*")
    world.pass_time(60)
    assert any("192.0.2.66" in reason for reason in world.verdict().reasons)


def test_a_block_that_no_fault_asks_for_is_a_change_too_many(world: WebWorld) -> None:
    world.breaks("costly-flag")
    put(world, "/v1/blocks/198.51.100.0%2F28", {}, If_None_Match="*")
    world.pass_time(30)
    assert any("block/networks" in one for one in world.verdict().unexpected)

"""What the sockets of the practice world's web part answer."""

import base64
import json
import socket
import ssl
import tomllib
from pathlib import Path

import pytest

from stanch.policy import Reads, kinds
from stanch.sandbox.toml_text import toml
from stanch.sandbox.web.names import FRONTS, INFRASTRUCTURE
from stanch.settings import read as read_settings
from stanch.tools.errors import TargetUnreachableError
from tests.unit.sandbox_web.web_world import WebWorld

FLAGS = "/api/admin/projects/default/features"
SERVERS = "/v3/services/haproxy/runtime/backends/shop/servers"


def raw(
    world: WebWorld, name: str, request: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    """Send a request as it stands, over TLS, and return status and body."""
    context = ssl.create_default_context(cafile=str(world.targets.endpoints["bank"].ca))
    lines = [f"{request} HTTP/1.1", f"Host: {name}", "Connection: close"]
    lines += [f"Content-Length: {len(body)}"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
    received = b""
    with (
        socket.create_connection(("127.0.0.1", world.part.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        while more := connection.recv(65536):
            received += more
    head, _, rest = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), rest


@pytest.mark.parametrize("name", FRONTS)
def test_the_health_of_a_front_follows_the_truth(calm: WebWorld, name: str) -> None:
    for path in ("/healthz", "/readyz"):
        data = calm.get(name, path)
        assert (data["status_code"], data["json"]) == (200, {"status": "ok"})
    assert calm.get(name, "/nothing-here")["status_code"] == 404
    assert name in data["chain"][0]["names"]


def test_pages_are_answered(calm: WebWorld) -> None:
    answered = [calm.get("shop.example", "/products")["status_code"] for _ in range(5)]
    assert 200 in answered


def test_a_front_without_pods_is_not_healthy(world: WebWorld) -> None:
    store = world.shop.cluster.store
    world.do(
        lambda: store.patch_merge("deployments", "shop", "storefront", {"spec": {"replicas": 0}})
    )
    world.pass_time(60)
    with pytest.raises(TargetUnreachableError):
        world.get("shop.example")
    assert world.values('probe_success{service="storefront"}')[-1] == 0.0
    assert world.get("api.shop.example")["status_code"] == 200


def test_a_degraded_service_is_alive_and_not_ready(world: WebWorld) -> None:
    world.breaks("dependency-down", {"how": "errors"})
    world.pass_time(60)
    assert world.get("api.shop.example", "/healthz")["status_code"] == 200
    assert world.get("api.shop.example", "/readyz")["json"] == {"status": "degraded"}


@pytest.mark.parametrize("name", [*INFRASTRUCTURE, *FRONTS])
def test_every_name_has_a_certificate_of_its_own(calm: WebWorld, name: str) -> None:
    assert name in calm.get(name, "/healthz")["chain"][0]["names"]


def test_a_name_that_is_not_known_gets_no_handshake(calm: WebWorld) -> None:
    context = ssl.create_default_context(cafile=str(calm.targets.endpoints["bank"].ca))
    with (
        socket.create_connection(("127.0.0.1", calm.part.port), timeout=5) as plain,
        pytest.raises(ssl.SSLError, match="SSL"),
    ):
        context.wrap_socket(plain, server_hostname="stranger.example")


def test_flags_are_listed_and_shown_with_their_environments(calm: WebWorld) -> None:
    listed = calm.get("flags.shop.example", FLAGS)["json"]
    names = [one["name"] for one in listed["features"]]
    assert {"new-search", "bank-fallback", "express-checkout"} <= set(names)
    shown = calm.get("flags.shop.example", f"{FLAGS}/bank-fallback")["json"]
    assert [one["name"] for one in shown["environments"]] == ["development", "production"]
    assert shown["environments"][1]["enabled"] is False
    assert calm.get("flags.shop.example", f"{FLAGS}/nope")["status_code"] == 404
    assert calm.get("flags.shop.example", "/health")["json"] == {"health": "GOOD"}
    elsewhere = FLAGS.replace("default", "other")
    assert calm.get("flags.shop.example", elsewhere)["status_code"] == 404
    assert calm.get("flags.shop.example", f"{elsewhere}/new-search")["status_code"] == 404


def test_a_switch_takes_a_token_and_leaves_an_event(world: WebWorld) -> None:
    place = f"{FLAGS}/new-search/environments/production"
    status, _ = raw(world, "flags.shop.example", f"POST {place}/on")
    assert status == 401
    token = world.targets.credentials["unleash"].value.get_secret_value()
    for to in ("on", "on", "off"):
        status, body = raw(world, "flags.shop.example", f"POST {place}/{to}", Authorization=token)
        assert (status, body) == (200, b"")
    events = world.get("flags.shop.example", "/api/admin/events/new-search")["json"]
    assert [one["type"] for one in events["events"]] == [
        "feature-environment-disabled",
        "feature-environment-enabled",
    ]
    newest = world.get("flags.shop.example", "/api/admin/events")["json"]["events"][0]
    assert (newest["featureName"], newest["environment"]) == ("new-search", "production")
    for wrong in ("staging/on", "production/sideways"):
        where = f"POST {FLAGS}/new-search/environments/{wrong}"
        assert raw(world, "flags.shop.example", where, Authorization=token)[0] == 404


def test_a_flag_is_evaluated_by_ofrep(calm: WebWorld) -> None:
    place = "/ofrep/v1/evaluate/flags"
    status, body = raw(calm, "flagd.shop.example", f"POST {place}/express-checkout", b"{}")
    assert status == 200
    assert json.loads(body) == {
        "key": "express-checkout",
        "value": True,
        "variant": "on",
        "reason": "STATIC",
        "metadata": {},
    }
    status, body = raw(calm, "flagd.shop.example", f"POST {place}/nope", b"{}")
    assert (status, json.loads(body)["errorCode"]) == (404, "FLAG_NOT_FOUND")
    _, body = raw(calm, "flagd.shop.example", f"POST {place}", b"{}")
    assert len(json.loads(body)["flags"]) == 5


def test_the_load_balancer_shows_and_sets_weights(world: WebWorld) -> None:
    listed = world.get("lb.shop.example", SERVERS)["json"]
    assert [(one["name"], one["weight"]) for one in listed] == [("gw-1", 100), ("gw-2", 100)]
    assert world.get("lb.shop.example", "/v3/info")["status_code"] == 200
    assert world.get("lb.shop.example", SERVERS.replace("/shop/", "/nope/"))["status_code"] == 404
    assert world.get("lb.shop.example", f"{SERVERS}/gw-9")["status_code"] == 404
    assert raw(world, "lb.shop.example", f"GET {SERVERS}")[0] == 401
    assert raw(world, "lb.shop.example", f"GET {SERVERS}", Authorization="Basic ???")[0] == 401
    assert raw(world, "lb.shop.example", "GET /v3/info")[0] == 401
    assert raw(world, "lb.shop.example", f"GET {SERVERS}/gw-1")[0] == 401
    login = world.targets.credentials["balancer"].value.get_secret_value()
    basic = "Basic " + base64.b64encode(login.encode()).decode()
    for body, status in (
        (b'{"weight": 7, "admin_state": "drain"}', 200),
        (b'{"weight": 300}', 422),
        (b'{"weight": true}', 422),
        (b'{"admin_state": "asleep"}', 422),
        (b"[]", 400),
        (b"{", 400),
    ):
        got, _ = raw(world, "lb.shop.example", f"PUT {SERVERS}/gw-1", body, Authorization=basic)
        assert got == status
    shown = world.get("lb.shop.example", f"{SERVERS}/gw-1")["json"]
    assert (shown["weight"], shown["admin_state"]) == (7, "drain")


def test_the_settings_lead_there_and_the_policy_lists_it(world: WebWorld, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    text = toml(dict(world.part.settings()))
    assert tomllib.loads(text)["endpoints"]["flags"]["kind"] == "unleash"
    (home / "stanch.toml").write_text(text, encoding="utf-8")
    settings = read_settings({"STANCH_HOME": str(home)})
    assert settings.targets.endpoints == world.targets.endpoints
    assert settings.targets.credentials == world.targets.credentials
    listed = world.part.policy()
    reads = Reads.model_validate(listed["reads"])
    assert {one.host for one in reads.http} == {*FRONTS, *INFRASTRUCTURE, "flagd"}
    assert set(listed["changes"]["kinds"]) <= set(kinds())
    assert {"http.switch_flag", "http.set_weight", "http.call"} <= set(kinds())
    named = {*world.targets.endpoints, *INFRASTRUCTURE}
    assert set(listed["changes"]["endpoints"]) <= named


def test_secrets_are_files_of_their_owner_alone(world: WebWorld, tmp_path: Path) -> None:
    world.get("shop.example")
    folder = tmp_path / "web"
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    tokens = ("unleash.token", "balancer.login", "launchdarkly.token", "edge.token")
    assert found == dict.fromkeys(("ca.crt", *tokens), 0o600)


def test_nothing_listens_after_the_end(tmp_path: Path) -> None:
    made = WebWorld(tmp_path)
    port = made.part.port
    made.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_secret_that_holds_no_certificate_is_not_served(world: WebWorld) -> None:
    store = world.shop.cluster.store
    world.do(
        lambda: store.patch_merge(
            "secrets", "shop", "storefront-tls", {"data": {"tls.crt": "bm8="}}
        )
    )
    world.restart("storefront")
    assert world.do(lambda: world.part.certificates.stored("storefront")) is None
    with pytest.raises(TargetUnreachableError):
        world.get("shop.example")

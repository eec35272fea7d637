"""The APIs of the practice servers answer as HAProxy, Unleash, LaunchDarkly and OFREP do."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from stanch.sandbox.shop.shop import Shop, open_shop
from stanch.sandbox.web.balancer import Balancer
from stanch.sandbox.web.balancer_api import balancer_front
from stanch.sandbox.web.edge import MOST_BLOCKS, Edge
from stanch.sandbox.web.edge_api import EdgeApi
from stanch.sandbox.web.flag_api import FlagService
from stanch.sandbox.web.flags import FlagBook
from stanch.sandbox.web.launchdarkly_api import LaunchDarklyApi

NOW = 1_795_000_000.0
SERVERS = "/v3/services/haproxy/runtime/backends/shop/servers"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"admin:word").decode()}
TOKEN = {"Authorization": "token"}
BEARER = {"Authorization": "Bearer token"}
FEATURES = "/api/admin/projects/default/features"
FLAGS = "/api/v2/flags/default"
OFREP = "/ofrep/v1/evaluate/flags"
BLOCK = "/v1/blocks/192.0.2.66%2F32"
SEMANTIC = {"Content-Type": "application/json; domain-model=launchdarkly.semanticpatch", **TOKEN}
Ask = Callable[..., httpx2.Response]


def asking(application: Starlette) -> Ask:
    """Return what sends one request to an application and returns its answer."""

    def ask(method: str, path: str, **more: Any) -> httpx2.Response:
        async def once() -> httpx2.Response:
            transport = httpx2.ASGITransport(application)
            async with httpx2.AsyncClient(transport=transport, base_url="http://it") as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    return ask


@pytest.fixture(scope="module")
def shop() -> Shop:
    return open_shop(now=NOW, seed=1, history=0)


@pytest.fixture
def edge(shop: Shop) -> Edge:
    return Edge(shop)


@pytest.fixture
def book() -> FlagBook:
    return FlagBook.opened(NOW)


@pytest.mark.parametrize(
    ("body", "status", "kept"),
    [
        (b'{"weight": 0}', 200, (0, "ready")),
        (b'{"weight": 256}', 200, (256, "ready")),
        (b'{"admin_state": "maint"}', 200, (100, "maint")),
        (b"{}", 200, (100, "ready")),
        (b'{"weight": -1}', 422, (100, "ready")),
        (b'{"weight": 257}', 422, (100, "ready")),
        (b'{"weight": "7"}', 422, (100, "ready")),
        (b'{"weight": false}', 422, (100, "ready")),
        (b'{"weight": 7, "admin_state": "up"}', 422, (100, "ready")),
        (b'["weight"]', 400, (100, "ready")),
        (b"weight", 400, (100, "ready")),
    ],
)
def test_a_server_of_the_balancer_takes_a_whole_good_change_or_none(
    body: bytes, status: int, kept: tuple[int, str]
) -> None:
    balancer = Balancer()
    ask = asking(balancer_front(balancer, login="admin:word"))
    answer = ask("PUT", f"{SERVERS}/gw-1", content=body, headers=BASIC)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["code"] == status
    assert balancer.weights["shop/gw-1"] == kept
    assert balancer.weights["shop/gw-2"] == (100, "ready")
    shown = ask("GET", f"{SERVERS}/gw-1", headers=BASIC).json()
    assert (shown["weight"], shown["admin_state"]) == kept
    assert shown["operational_state"] == "up"


@pytest.mark.parametrize(
    "given", ["", "Basic", "Basic ???", "Bearer YWRtaW46d29yZA==", "Basic YWRtaW46d29yZHM="]
)
@pytest.mark.parametrize("path", ["/v3/info", SERVERS, f"{SERVERS}/gw-1"])
def test_the_balancer_asks_for_its_login_before_it_tells_anything(given: str, path: str) -> None:
    ask = asking(balancer_front(Balancer(), login="admin:word"))
    answer = ask("GET", path, headers={"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert ask("GET", path, headers=BASIC).status_code == 200


@pytest.mark.parametrize(
    "path", [SERVERS.replace("shop", "nope"), f"{SERVERS}/gw-9", SERVERS.replace("shop", "") + "/x"]
)
def test_the_balancer_has_no_backend_or_server_that_it_does_not_know(path: str) -> None:
    ask = asking(balancer_front(Balancer(), login="admin:word"))
    assert ask("GET", path, headers=BASIC).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"[]", "INVALID_CONTEXT"),
        (b'{"context": "me"}', "INVALID_CONTEXT"),
    ],
)
@pytest.mark.parametrize("name", ["", "/dark-mode"])
def test_what_is_no_evaluation_context_is_refused_as_ofrep_says(
    book: FlagBook, body: bytes, code: str, name: str
) -> None:
    ask = asking(FlagService(book, token="token", now=lambda: NOW).evaluation())
    answer = ask("POST", f"{OFREP}{name}", content=body)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
    assert answer.json().get("key") == (name.strip("/") or None)


def test_all_flags_are_sent_again_only_when_one_was_switched(book: FlagBook) -> None:
    ask = asking(FlagService(book, token="token", now=lambda: NOW).evaluation())
    first = ask("POST", OFREP, json={"context": {}})
    known = {"If-None-Match": first.headers["etag"]}
    again = ask("POST", OFREP, json={}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    book.switch("dark-mode", "production", enabled=False, by="me", at=NOW)
    changed = ask("POST", OFREP, json={}, headers=known)
    assert changed.status_code == 200
    values = {one["key"]: (one["value"], one["variant"]) for one in changed.json()["flags"]}
    assert values["dark-mode"] == (False, "off")
    assert values["gift-cards"] == (True, "on")


def test_unleash_tells_its_events_of_one_flag_the_newest_first(book: FlagBook) -> None:
    ask = asking(FlagService(book, token="token", now=lambda: NOW).admin())
    place = f"{FEATURES}/dark-mode/environments/production"
    for to in ("off", "off", "on"):
        assert ask("POST", f"{place}/{to}", headers=TOKEN).status_code == 200
    told = ask("GET", "/api/admin/events/dark-mode", headers=TOKEN).json()
    kinds = [(one["type"].rpartition("-")[2], one["createdBy"]) for one in told["events"]]
    assert kinds == [
        ("enabled", "stanch"),
        ("disabled", "stanch"),
        ("enabled", "release-train"),
    ]
    assert ask("GET", "/api/admin/events/nope", headers=TOKEN).json()["totalEvents"] == 0
    assert ask("GET", "/api/admin/events").status_code == 401


def test_launchdarkly_lists_the_flags_that_it_shows_one_by_one(book: FlagBook) -> None:
    ask = asking(LaunchDarklyApi(book, token="token", now=lambda: NOW).front())
    listed = ask("GET", FLAGS, headers=TOKEN).json()
    assert listed["totalCount"] == len(book.flags)
    for one in listed["items"]:
        assert ask("GET", f"{FLAGS}/{one['key']}", headers=TOKEN).json() == one
        assert one["environments"]["production"]["on"] is book.is_on(one["key"])
    assert ask("GET", FLAGS).status_code == 401
    assert ask("GET", "/api/v2/flags/other", headers=TOKEN).status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "Invalid JSON"),
        (b"{}", "environmentKey is invalid"),
        (b'{"environmentKey": "production"}', "instructions are invalid"),
        (b'{"environmentKey": "production", "instructions": ["on"]}', "instructions are invalid"),
        (
            b'{"environmentKey":"production","instructions":[{"kind":"turnFlagOff"},{"kind":"x"}]}',
            "instructions are invalid",
        ),
    ],
)
def test_a_semantic_patch_that_is_wrong_in_part_switches_nothing(
    book: FlagBook, body: bytes, said: str
) -> None:
    ask = asking(LaunchDarklyApi(book, token="token", now=lambda: NOW).front())
    answer = ask("PATCH", f"{FLAGS}/dark-mode", content=body, headers=SEMANTIC)
    assert (answer.status_code, answer.json()["message"]) == (400, said)
    assert book.is_on("dark-mode")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_edge_takes_no_change_of_a_block_that_was_seen_and_is_gone(
    edge: Edge, method: str
) -> None:
    ask = asking(EdgeApi(edge, token="token").front())
    answer = ask(method, BLOCK, headers={**BEARER, "If-Match": '"seen"'}, json={})
    assert answer.status_code == 412
    assert edge.blocks == {}


def test_a_network_that_is_not_blocked_cannot_be_let_in_again(edge: Edge) -> None:
    ask = asking(EdgeApi(edge, token="token").front())
    assert ask("DELETE", BLOCK, headers=BEARER).status_code == 404


def test_the_list_of_blocks_has_an_end_and_refuses_what_is_beyond_it(edge: Edge) -> None:
    edge.blocks = {f"10.0.{one // 256}.{one % 256}/32": "" for one in range(MOST_BLOCKS - 1)}
    ask = asking(EdgeApi(edge, token="token").front())
    assert ask("PUT", BLOCK, headers=BEARER, json={"why": "a storm"}).status_code == 201
    another = ask("PUT", BLOCK.replace("66", "67"), headers=BEARER, json={})
    assert (another.status_code, another.json()) == (409, {"error": "the list is full"})
    assert len(edge.blocks) == MOST_BLOCKS

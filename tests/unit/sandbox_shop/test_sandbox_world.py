"""The world of a sandbox process, its control endpoint and the errors of its commands."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
import uvicorn

from stanch.sandbox import client, control, launch
from stanch.sandbox.clock import Clock
from stanch.sandbox.errors import NotUpError, SandboxError
from stanch.sandbox.home import Home, Running
from stanch.sandbox.shop.shop import open_shop
from stanch.sandbox.world import MAX_SLICE, World

NOW = 1_790_000_000.0


@pytest.fixture
def world() -> World:
    shop = open_shop(now=NOW, history=90)
    return World(shop, Clock(start=NOW, speed=1.0), prometheus_url="http://127.0.0.1:1")


def test_time_goes_on_in_slices_so_that_requests_are_served_between(world: World) -> None:
    late = World(world.shop, Clock(start=NOW + 100))
    late.live()
    assert world.shop.now == NOW + MAX_SLICE
    for _ in range(4):
        late.live()
    assert NOW + 100 <= world.shop.now < NOW + 110


def test_a_second_fault_waits_until_the_first_is_mended(world: World) -> None:
    assert ("deployments", "checkout") in world.breaks("bad-image", seed=0).may_change
    world.shop.advance(NOW + 30)
    with pytest.raises(SandboxError, match="'bad-image' is still in"):
        world.breaks("oom", seed=0)


def test_a_red_herring_that_has_yet_to_come_is_in_already(world: World) -> None:
    world.breaks("red-herring", seed=0)
    with pytest.raises(SandboxError, match="'red-herring' is still in"):
        world.breaks("oom", seed=0)


def test_a_false_alarm_does_not_keep_a_true_fault_out(world: World) -> None:
    world.breaks("no-incident", seed=0)
    assert [one["name"] for one in world.status()["faults"]] == ["no-incident"]
    world.breaks("bad-release", seed=0)
    rules = world.shop.alerts.groups()[0]["rules"]
    assert next(one for one in rules if one["name"] == "ShopErrorRatioHigh")["query"][-4:] == "0.05"


@dataclass
class Control:
    """A control endpoint that serves, and whether it was told to stop."""

    home: Home
    http: httpx2.Client
    stopped: list[bool] = field(default_factory=list)


@pytest.fixture
def served(world: World, tmp_path: Path) -> Iterator[Control]:
    stopped: list[bool] = []
    app = control.build(world, token="secret", stop=lambda: stopped.append(True))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        thread.join(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    home = Home(tmp_path)
    home.private(home.token, "secret\n")
    home.announce(
        Running(
            pid=1,
            kubeconfig="",
            prometheus_url="",
            clock="",
            control_url=url,
            started="",
            settings="",
            policy={},
        )
    )
    with httpx2.Client(base_url=url) as http:
        yield Control(home, http, stopped)
    server.should_exit = True
    thread.join()


def test_without_the_token_nothing_is_told_or_done(served: Control) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}):
        assert served.http.get("/status", headers=headers).status_code == 401
        assert served.http.post("/down", headers=headers).status_code == 401
    assert served.stopped == []


def test_a_wrong_token_means_that_somebody_else_answers(served: Control) -> None:
    served.home.private(served.home.token, "other")
    with pytest.raises(NotUpError, match="does not answer"):
        client.ask(served.home, "/status")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/break", {"fault": "gremlins"}, "no fault 'gremlins'"),
        ("/break", {"seed": 1}, "a fault's name"),
        ("/break", {"fault": "oom", "seed": "x"}, "a whole number"),
        ("/speed", {"speed": "fast"}, "a number as speed"),
        ("/speed", {"speed": -1}, "above 0"),
    ],
)
def test_a_wrong_command_is_refused_with_its_reason(
    served: Control, path: str, body: dict[str, object], words: str
) -> None:
    with pytest.raises(SandboxError, match=words):
        client.ask(served.home, path, body)


def test_a_body_that_is_no_object_is_refused(served: Control) -> None:
    headers = {"Authorization": "Bearer secret"}
    for content in (b"{", b"[]"):
        assert served.http.post("/break", content=content, headers=headers).status_code == 409


def test_the_commands_reach_the_world(served: Control) -> None:
    assert client.running(served.home).pid == 1
    assert client.ask(served.home, "/speed", {"speed": 2})["speed"] == 2
    assert client.ask(served.home, "/break", {"fault": "oom", "seed": 4})["seed"] == 4
    assert client.ask(served.home, "/status")["speed"] == 2
    assert client.ask(served.home, "/referee")["unexpected"] == []
    assert client.ask(served.home, "/alerts")["alerts"] == []
    client.ask(served.home, "/down", {})
    assert served.stopped == [True]


def test_an_unknown_answer_is_an_error_of_its_own(served: Control) -> None:
    with pytest.raises(SandboxError, match="answered 404"):
        client.ask(served.home, "/nowhere")


def test_without_a_state_file_nothing_is_up(tmp_path: Path) -> None:
    with pytest.raises(NotUpError, match="no sandbox is up"):
        client.running(Home(tmp_path))
    assert launch.running(Home(tmp_path)) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"pid": 1}'])
def test_a_foreign_state_file_is_refused(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    home.state.write_text(text, encoding="utf-8")
    with pytest.raises(SandboxError, match="cannot be read as the state"):
        home.read()


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SandboxError, match="cannot be used"):
        Home(tmp_path / "file" / "sandbox").make()


def test_missing_packages_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    launch.require_packages()
    monkeypatch.setattr(launch, "_NEEDED", ("json", "no_such_package"))
    with pytest.raises(SandboxError, match="not installed: no_such_package") as caught:
        launch.require_packages()
    assert "stanch[sandbox]" in caught.value.text

"""The journey of `stanch-sandbox`: up, look, break, alerts, referee, down; and its errors."""

import base64
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

COMMAND = [sys.executable, "-m", "stanch.sandbox.cli"]


def run(home: Path, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run one command on `home`, and require its exit status (None: any)."""
    done = subprocess.run(
        [*COMMAND, words[0], "--home", str(home), *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def ended(pid: int) -> bool:
    """Tell whether the process `pid`, not our child, is gone within a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return True
        if text.rpartition(")")[2].split()[0] == "Z":
            return True
    return False


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "sandbox"
    yield folder
    run(folder, "down", code=None)


@pytest.fixture
def up(home: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(run(home, "up", "--speed", "60", "--json").stdout)
    return state


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give a sandbox, with its home, to the tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("shared") / "sandbox"
    yield folder, json.loads(run(folder, "up", "--speed", "60", "--json").stdout)
    run(folder, "down")


def get(url: str, **options: Any) -> Any:
    with urllib.request.urlopen(url, timeout=10, **options) as response:  # noqa: S310
        return json.loads(response.read())


def test_a_rehearsal_from_up_to_down(home: Path, up: dict[str, Any]) -> None:
    status = json.loads(run(home, "status", "--json").stdout)
    assert status["speed"] == 60
    assert status["referee"]["well"]
    assert status["faults"] == []
    run(home, "referee", code=0)
    run(home, "alerts", code=1)

    again = run(home, "up").stdout
    assert "is up already; nothing changed" in again
    assert json.loads((home / "sandbox.json").read_text(encoding="utf-8")) == up

    assert "bad-release" in run(home, "break", "bad-release", "--seed", "2").stdout
    body = json.loads(run(home, "alerts", "--wait", "30").stdout)
    assert body["version"] == "4"
    assert body["status"] == "firing"
    labels = [alert["labels"] for alert in body["alerts"]]
    assert {"ShopErrorRatioHigh"} == {one["alertname"] for one in labels}
    assert {"checkout"} == {one["deployment"] for one in labels}

    verdict = json.loads(run(home, "referee", "--json", code=1).stdout)
    assert not verdict["well"]
    assert "NOT well" in run(home, "status").stdout
    assert "still in" in run(home, "break", "oom", code=1).stderr
    assert "is down" in run(home, "down").stdout
    assert ended(up["pid"])
    assert sorted(path.name for path in home.iterdir()) == ["lock", "log.txt"]


def test_the_cluster_and_prometheus_answer_as_their_files_say(
    shared: tuple[Path, dict[str, Any]],
) -> None:
    home, up = shared
    config = yaml.safe_load(Path(up["kubeconfig"]).read_text(encoding="utf-8"))
    assert {one["name"] for one in config["contexts"]} == {"reader", "operator", "nobody", "admin"}
    assert config["current-context"] == "reader"
    tokens = {one["name"]: one["user"]["token"] for one in config["users"]}
    server = config["clusters"][0]["cluster"]["server"]
    trust = ssl.create_default_context()
    trust.load_verify_locations(
        cadata=base64.b64decode(
            config["clusters"][0]["cluster"]["certificate-authority-data"]
        ).decode()
    )
    request = urllib.request.Request(  # noqa: S310
        f"{server}/api/v1/namespaces/shop/pods",
        headers={"Authorization": f"Bearer {tokens['reader']}"},
    )
    pods = get(request, context=trust)  # type: ignore[arg-type]
    assert len(pods["items"]) == 12

    answer = get(f"{up['prometheus_url']}/api/v1/query?query=count(up==1)")
    assert int(answer["data"]["result"][0]["value"][1]) >= 12
    # A machine that cannot keep up makes it slower.
    clock = json.loads(Path(up["clock"]).read_text(encoding="utf-8"))
    assert 1 <= clock["speed"] <= 60

    for path in (Path(up["kubeconfig"]), home / "control.token", home / "sandbox.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert not list(home.glob("server.*"))


def test_the_history_begins_at_least_forty_minutes_ago(
    shared: tuple[Path, dict[str, Any]],
) -> None:
    _, up = shared
    answer = get(
        f"{up['prometheus_url']}/api/v1/query?query=count_over_time(kube_deployment_created"
        '%7Bdeployment="checkout"%7D[3h])'
    )
    assert float(answer["data"]["result"][0]["value"][1]) * 5 >= 40 * 60


def test_the_speed_changes_while_it_runs(shared: tuple[Path, dict[str, Any]]) -> None:
    home, up = shared
    assert "5 times" in run(home, "speed", "5").stdout
    assert 1 <= json.loads(Path(up["clock"]).read_text(encoding="utf-8"))["speed"] <= 5
    assert json.loads(run(home, "status", "--json").stdout)["speed"] == 5
    assert "above 0" in run(home, "speed", "0", code=1).stderr
    assert "60 times" in run(home, "speed", "60").stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(home: Path, up: dict[str, Any], number: signal.Signals) -> None:
    os.kill(up["pid"], number)
    assert ended(up["pid"])
    assert not (home / "sandbox.json").exists()
    assert "no sandbox is up" in run(home, "status", code=1).stderr


def test_it_ends_with_its_parent(home: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as parent:
        state = json.loads(run(home, "up", "--json", "--parent", str(parent.pid)).stdout)
        parent.kill()
        parent.wait()
    assert ended(state["pid"])


def test_a_killed_process_is_noticed_and_replaced(home: Path, up: dict[str, Any]) -> None:
    os.kill(up["pid"], signal.SIGKILL)
    assert ended(up["pid"])
    assert "does not answer" in run(home, "status", code=1).stderr
    assert "does not answer" in run(home, "down", code=1).stderr
    state = json.loads(run(home, "up", "--json").stdout)
    assert state["pid"] != up["pid"]


def test_mistakes_get_one_clear_error(home: Path) -> None:
    for words in (["status"], ["down"], ["alerts"], ["referee"], ["speed", "3"], ["break", "oom"]):
        error = run(home, *words, code=1).stderr
        assert "no sandbox is up" in error
        assert "stanch-sandbox up" in error
    assert "above 0" in run(home, "up", "--speed", "0", code=2).stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        error = run(home, "up", "--prometheus-port", port, code=1).stderr
        assert f"port {port}" in error
    home.mkdir(exist_ok=True)
    (home / "sandbox.json").write_text("{", encoding="utf-8")
    assert "Delete the file" in run(home, "status", code=1).stderr
    (home / "sandbox.json").unlink()


def test_an_unknown_fault_is_refused_by_name(shared: tuple[Path, dict[str, Any]]) -> None:
    home, _ = shared
    error = run(home, "break", "gremlins", code=1).stderr
    assert "'gremlins'" in error
    assert "bad-release" in error


def test_the_home_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCH_HOME", str(tmp_path))
    done = subprocess.run(
        [*COMMAND, "status"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 1
    assert str(tmp_path / "sandbox") in done.stderr

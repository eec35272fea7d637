"""Settings come from the environment and one file; the clock follows a rehearsal."""

import json
import threading
import time
from pathlib import Path

import pytest

from stanch.clock import Clock, ClockError
from stanch.settings import Settings, SettingsError, read
from tests.time_bounds import below


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "stanch.toml").write_text('context = "file"\nact_context = "operator"\n')
    found = read({"STANCH_HOME": str(tmp_path), "STANCH_CONTEXT": "env", "KUBECONFIG": "/k"})
    assert (found.context, found.act_context, found.kubeconfig) == ("env", "operator", Path("/k"))
    assert found.policy_file == tmp_path / "policy.yaml"


def test_a_kubeconfig_for_other_work_does_not_point_a_home_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "stanch.toml").write_text('kubeconfig = "/practice"\n')
    ambient = {"STANCH_HOME": str(tmp_path), "KUBECONFIG": "/production"}
    assert read(ambient).kubeconfig == Path("/practice")
    assert read({**ambient, "STANCH_KUBECONFIG": "/mine"}).kubeconfig == Path("/mine")


def test_the_user_cannot_be_declared(tmp_path: Path) -> None:
    declared = read({"STANCH_HOME": str(tmp_path), "STANCH_USER": "admin"})
    assert declared.user == read({"STANCH_HOME": str(tmp_path)}).user != "admin"


def test_a_token_that_is_set_and_empty_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STANCH_TOKEN is set and empty"):
        read({"STANCH_HOME": str(tmp_path), "STANCH_TOKEN": ""})


def test_secrets_are_known_and_never_shown(tmp_path: Path) -> None:
    found = read(
        {
            "STANCH_HOME": str(tmp_path),
            "OPENAI_API_KEY": "key-for-the-model",
            "STANCH_PROMETHEUS_TOKEN": "token-for-metrics",
        }
    )
    assert set(found.secrets) == {"key-for-the-model", "token-for-metrics"}
    assert "key-for-the-model" not in f"{found!r}{found}{found.model_dump_json()}"


@pytest.mark.parametrize(
    ("text", "environment", "says"),
    [
        ("context = ", {}, "cannot be read"),
        ("colour = 'red'", {}, "'colour'"),
        ("openai_api_key = 'x'", {}, "may not hold 'openai_api_key'"),
        ("audit_key = 'x'", {}, "may not hold 'audit_key'"),
        ("user = 'admin'", {}, "may not hold 'user'"),
        ("", {"STANCH_STEP_SECONDS": "long"}, "STANCH_STEP_SECONDS"),
        ("", {"KUBECONFIG": "/a:/b"}, "names several files"),
    ],
)
def test_bad_settings_are_one_sentence_that_says_where(
    tmp_path: Path, text: str, environment: dict[str, str], says: str
) -> None:
    (tmp_path / "stanch.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        read({"STANCH_HOME": str(tmp_path), **environment})
    assert says in str(raised.value)


def test_settings_are_frozen(tmp_path: Path) -> None:
    found = read({"STANCH_HOME": str(tmp_path)})
    assert isinstance(found, Settings)
    with pytest.raises(ValueError, match="frozen"):
        found.user = "eve"  # type: ignore[misc]


def line(file: Path, *, simulated: float, speed: float) -> Path:
    file.write_text(json.dumps({"wall": time.time(), "simulated": simulated, "speed": speed}))
    return file


def test_without_a_file_the_clock_is_the_machines() -> None:
    clock = Clock()
    assert abs(clock.now().timestamp() - time.time()) < 5
    assert clock.speed == 1.0


def test_a_rehearsals_clock_runs_at_its_own_speed(tmp_path: Path) -> None:
    clock = Clock(line(tmp_path / "clock.json", simulated=1000.0, speed=100.0))
    first = clock.now().timestamp()
    began = time.monotonic()
    assert clock.wait(20.0) is False
    below(time.monotonic() - began, 10)
    assert clock.now().timestamp() - first >= 20
    assert clock.speed == 100.0


def test_a_wait_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    assert Clock().wait(1000.0, stop) is True
    assert Clock().wait(0.0) is False


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"wall": "x"}'])
def test_a_clock_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clock.json"
    file.write_text(text)
    with pytest.raises(ClockError, match="Unset STANCH_CLOCK"):
        Clock(file)
    with pytest.raises(ClockError):
        Clock(tmp_path / "missing.json")

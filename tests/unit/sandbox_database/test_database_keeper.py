"""The keeper of a server ends it when whoever started it is gone, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from stanch.sandbox.database import keeper

MODULE = "stanch.sandbox.database.keeper"
ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Tells of itself, and ends well when it is asked to as PostgreSQL is.
OBEDIENT = "trap 'kill $!; exit 0' INT; sleep 60 & echo ready >&3; wait"
STUBBORN = "trap '' INT; sleep 60 & echo ready >&3; wait"
# The kernel's signal reaches what was put in the place of the shell as well.
REPLACED = "echo ready >&3; exec sleep 60"
IMPATIENT = f"""
import json, sys
from {MODULE} import main
sys.modules[main.__module__]._PATIENCE = 0.1
sys.exit(main(json.loads(sys.argv[1])))
"""
PREPARED = f"""
import ctypes, signal
from {MODULE} import _prepare
asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
for one in asked:
    signal.signal(one, signal.SIG_IGN)
_prepare()
at_death = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(at_death))
print([signal.getsignal(one) is signal.SIG_DFL for one in asked], at_death.value)
"""


class Kept:
    """A keeper with its server, which holds one end of a pipe for as long as any part lives."""

    def __init__(self, folder: Path, script: str, program: Sequence[str], **job: object) -> None:
        self.log, self.data = folder / "log.txt", folder / "data"
        self.data.mkdir()
        (self.data / "base").write_text("rows", encoding="utf-8")
        way = folder / "alive"
        os.mkfifo(way)
        words = {
            "command": ["/bin/sh", "-c", f"exec 3>'{way}'; {script}"],
            "uid": None,
            "log": str(self.log),
            "signal": int(signal.SIGINT),
            "remove": None,
        }
        self._opened = ExitStack()
        self.process = subprocess.Popen(
            [sys.executable, *program, json.dumps({**words, **job})],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._opened.callback(self.process.kill)
        self.alive: BinaryIO = self._opened.enter_context(way.open("rb"))

    def ready(self) -> None:
        assert self.alive.readline() == b"ready\n"

    def let_go(self) -> None:
        """Close what only the parent holds open, as its death does."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def ended(self) -> int:
        """Wait until the server and all that it started are gone, then for the keeper."""
        assert self.alive.read() == b""
        return self.process.wait(30)

    def close(self) -> None:
        self.let_go()
        self._opened.close()
        self.process.wait(30)


@pytest.fixture
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    script, program, job = request.param
    if job.get("remove"):
        job = {**job, "remove": str(tmp_path / "data")}
    one = Kept(tmp_path, script, program, **job)
    yield one
    one.close()


def keeps(
    script: str, program: Sequence[str] = ("-m", MODULE), **job: object
) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kept", [(script, program, job)], indirect=True, ids=[""])


@keeps(OBEDIENT, remove=True)
def test_a_server_whose_parent_is_gone_is_asked_to_end_and_its_files_are_removed(
    kept: Kept,
) -> None:
    kept.ready()
    kept.let_go()
    assert kept.ended() == 0
    assert not kept.data.exists()


@keeps(OBEDIENT)
def test_files_that_are_to_be_kept_outlast_the_server(kept: Kept) -> None:
    kept.ready()
    kept.let_go()
    assert kept.ended() == 0
    assert (kept.data / "base").read_text(encoding="utf-8") == "rows"


@keeps(OBEDIENT)
def test_what_a_parent_writes_before_it_goes_does_not_end_the_server(kept: Kept) -> None:
    kept.ready()
    assert kept.process.stdin is not None
    kept.process.stdin.write(b"still here\n" * 1000)
    kept.process.stdin.flush()
    assert kept.process.poll() is None
    kept.let_go()
    assert kept.ended() == 0


@keeps(OBEDIENT, remove=True)
def test_signals_that_end_a_terminal_do_not_end_the_keeper_before_its_server(kept: Kept) -> None:
    kept.ready()
    for one in ASKED:
        kept.process.send_signal(one)
    kept.let_go()
    assert kept.ended() == 0, "a keeper that a signal ends has a negative status"
    assert not kept.data.exists()


@keeps(STUBBORN, ("-c", IMPATIENT))
def test_a_server_that_does_not_end_when_asked_is_killed_with_all_it_started(kept: Kept) -> None:
    kept.ready()
    kept.let_go()
    assert kept.ended() == 1


@keeps("echo words; echo more >&2; exit 3", remove=True)
def test_a_server_that_ends_badly_by_itself_is_told_of_and_its_words_are_kept(kept: Kept) -> None:
    assert kept.ended() == 1
    assert kept.log.read_text(encoding="utf-8") == "words\nmore\n"
    assert not kept.data.exists()


@keeps(
    "trap 'exit 0' QUIT; echo ready >&3; while :; do sleep 0.01; done", signal=int(signal.SIGQUIT)
)
def test_the_server_is_asked_with_the_signal_that_the_job_names(kept: Kept) -> None:
    kept.ready()
    kept.let_go()
    assert kept.ended() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no signal for it")
@keeps(REPLACED)
def test_a_server_does_not_outlive_a_keeper_that_is_killed(kept: Kept) -> None:
    kept.ready()
    kept.process.kill()
    assert kept.ended() == -signal.SIGKILL


def run(folder: Path, *command: str, uid: int | None = None) -> tuple[int, str]:
    """Return the status of a keeper, run as a script is, and what its server said."""
    log = folder / "log.txt"
    job = {"command": command, "uid": uid, "log": str(log), "signal": 2, "remove": None}
    words = [sys.executable, "-I", "-S", str(keeper.__file__), json.dumps(job)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        status = process.wait(30)
    return status, log.read_text(encoding="utf-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser starts a server as another user")
def test_a_server_runs_as_the_user_that_the_job_names_and_in_no_other_group(tmp_path: Path) -> None:
    said = run(tmp_path, "/bin/sh", "-c", "id -u; id -g; id -G", uid=65534)
    assert said == (0, "65534\n65534\n65534\n")


def test_the_keeper_needs_no_more_than_the_standard_library(tmp_path: Path) -> None:
    assert run(tmp_path, "/bin/sh", "-c", "pwd") == (0, "/\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no signal for it")
def test_what_the_keeper_ignores_its_server_does_not_and_it_dies_with_the_keeper() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PREPARED], check=True, capture_output=True, text=True
    )
    assert ran.stdout == f"[True, True, True] {int(signal.SIGQUIT)}\n"

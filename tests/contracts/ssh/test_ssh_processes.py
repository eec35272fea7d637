"""A real process is told to end by real programs, and only the one that was seen (MIT-22)."""

import getpass
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, PreconditionFailedError
from stanch.tools.operations.host_processes import (
    BOOT_ID,
    Seen,
    StopProcess,
    files_of,
    process_facts,
    read_process,
    unfit,
)
from tests.contracts.ssh.ssh_servers import NAME, OPERATOR, Server
from tests.time_bounds import below

Connect = Callable[..., SshClient]
Child = subprocess.Popen[bytes]
_DEAF = "trap '' TERM; echo; while :; do sleep 0.1; done"


@pytest.fixture(autouse=True)
def _own_machine() -> None:
    if unfit(_seen(os.getpid()), os.getpid()).endswith("restart that by what runs it"):
        pytest.skip("the kernel shows the processes of this machine as those of a container")


def _seen(pid: int) -> Seen:
    found = read_process("".join(Path(one).read_text() for one in files_of(pid)), pid)
    assert found is not None
    return found


@pytest.fixture
def child() -> Iterator[Child]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def deaf() -> Iterator[Child]:
    process = subprocess.Popen(["sh", "-c", _DEAF], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def client(connect: Connect) -> SshClient:
    return connect(act_user=getpass.getuser())


def stop_of(process: Child, **more: Any) -> StopProcess:
    found = _seen(process.pid)
    fields = {
        "host": NAME,
        "pid": process.pid,
        "started": found.started,
        "boot_id": Path(BOOT_ID).read_text().strip(),
        "command": found.command,
        "user": getpass.getuser(),
    }
    return StopProcess.model_validate(fields | more)


def test_a_process_is_told_to_end_and_its_end_is_seen(client: SshClient, child: Child) -> None:
    change = stop_of(child)
    observed = client.look(change)
    assert (observed["command"], observed["user"]) == ("sleep", getpass.getuser())
    assert client.preview(change, key="k").accepted
    assert child.poll() is None
    assert client.probe(change, key="k") is None
    # Nobody has waited for it yet: what is left of it counts as ended.
    outcome = client.apply(change, key="k", observed=observed)
    assert outcome.data == {"signal": "TERM", "ended": True}
    assert child.wait(10) == -15
    assert client.look(change) == {"missing": True}
    assert client.probe(change, key="k") is True


def test_one_that_does_not_heed_it_is_told_once_and_still_runs(
    client: SshClient, deaf: Child
) -> None:
    change = stop_of(deaf)
    begin = time.monotonic()
    outcome = client.apply(change, key="k", observed=client.look(change))
    assert outcome.text.endswith("and it still runs")
    below(time.monotonic() - begin, 9)
    assert deaf.poll() is None
    kill = stop_of(deaf, signal="KILL")
    assert client.probe(kill, key="k") is False
    assert client.apply(kill, key="k", observed=client.look(kill)).data["ended"]
    assert deaf.wait(10) == -9


@pytest.mark.parametrize(
    "other", [{"started": 1}, {"boot_id": "00000000-0000-0000-0000-000000000000"}]
)
def test_a_process_that_has_the_id_of_another_is_left_alone(
    client: SshClient, child: Child, other: dict[str, Any]
) -> None:
    change = stop_of(child, **other)
    with pytest.raises(PreconditionFailedError, match="not the process that was seen"):
        client.apply(change, key="k", observed=client.look(change))
    assert child.poll() is None


def test_a_process_that_takes_the_id_between_look_and_signal_is_left_alone(
    server: Server, client: SshClient, child: Child
) -> None:
    # What the look shows is not any more what runs when the signal is due.
    shown = "".join(Path(one).read_text() for one in files_of(child.pid))
    change = stop_of(child)
    stale = stop_of(child, started=change.started - 1)
    old = server.folder / "shown"
    old.write_text(shown.replace(f" {change.started} ", f" {stale.started} ", 1))
    server.program("cat", f"exec /bin/cat {old}")
    try:
        observed = client.look(stale)
        assert observed["started"] == stale.started
        with pytest.raises(PreconditionFailedError, match="none was sent to another"):
            client.apply(stale, key="k", observed=observed)
    finally:
        (server.programs / "cat").unlink()
    assert child.poll() is None


def test_another_login_signals_as_the_user_of_the_process(
    server: Server, connect: Connect, child: Child
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    calls = server.folder / "kill.calls"
    server.program("sudo", f'echo "$*" >> {calls}; shift 4; exec "$@"')
    client, change = connect(act_user=OPERATOR), stop_of(child)
    client.apply(change, key="k", observed=client.look(change))
    assert calls.read_text() == f"-n -u {getpass.getuser()} -- kill -s TERM {child.pid}\n"
    assert child.wait(10) == -15


def test_a_login_without_rights_is_told_which_ones_it_needs(
    server: Server, connect: Connect, child: Child
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    server.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    client, change = connect(act_user=OPERATOR), stop_of(child)
    with pytest.raises(OperationRefusedError, match=r"Allow the login 'kill -s TERM"):
        client.apply(change, key="k", observed=client.look(change))
    assert child.poll() is None


def test_a_signal_whose_answer_is_lost_is_unknown_and_not_sent_again(
    server: Server, client: SshClient, child: Child
) -> None:
    calls = server.folder / "find.calls"
    calls.unlink(missing_ok=True)
    change = stop_of(child)
    observed = client.look(change)
    server.program("find", f'echo once >> {calls}; /usr/bin/find "$@" > /dev/null; kill -9 $$')
    try:
        with pytest.raises(OutcomeUnknownError, match="ended badly"):
            client.apply(change, key="k", observed=observed)
    finally:
        (server.programs / "find").unlink()
    assert calls.read_text() == "once\n"
    assert child.wait(30) == -15
    assert client.probe(change, key="k") is True


def test_a_thread_is_not_told_to_end_for_the_process_that_it_would_take_along(
    client: SshClient,
) -> None:
    """MIT-22: a thread has a number and a name of its own, and a signal ends all of them."""
    waiting = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); "
    process = subprocess.Popen(
        ["python3", "-c", f"{waiting}print(flush=True); time.sleep(600)"], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        threads = {int(one.name) for one in Path(f"/proc/{process.pid}/task").iterdir()}
        [thread] = threads - {process.pid}
        found = read_process("".join(Path(one).read_text() for one in files_of(thread)), thread)
        assert found is not None
        change = stop_of(process, pid=thread, started=found.started)
        assert not client.preview(change, key="k").accepted
        with pytest.raises(OperationRefusedError, match=f"a thread of process {process.pid}"):
            client.apply(change, key="k", observed=client.look(change))
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_the_kernels_own_and_the_first_process_are_refused(client: SshClient, child: Child) -> None:
    change = stop_of(child)
    files = ("/proc/1/stat", "/proc/1/status", BOOT_ID)
    shown = "".join(Path(one).read_text() for one in files)
    first = read_process(shown, 1)
    assert first is not None
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        stop_of(child, pid=1)
    assert process_facts(shown, "", 1) == {"missing": True}
    assert client.look(change)["started"] == change.started

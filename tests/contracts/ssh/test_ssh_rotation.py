"""Logs are rotated by a real logrotate where there is one, as its trial has said (MIT-22)."""

import getpass
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, PreconditionFailedError
from stanch.tools.operations.host_rotation import LastRotated, RotateLogs, digest_in
from tests.contracts.ssh.ssh_servers import NAME, OPERATOR, Server

Connect = Callable[..., SshClient]
CONFIG = "/etc/logrotate.d/stanch-test"
SHA256 = "a" * 64
LOG = "/srv/app/logs/app.log"
FIRST, SECOND = "2026-11-21 03:00", "2026-11-21 16:29"
TRIAL = """
rotating pattern: /srv/app/logs/*.log  forced from command line (2 rotations)
empty log files are not rotated, old logs are removed
considering log {log}
  Now: 2026-11-21 16:29
  Last rotated at {last}
  log needs rotating
rotating log {log}, log->rotateCount is 2
renaming {log}.2.gz to {log}.3.gz (rotatecount 2, logstart 1, i 2), 
log {log}.3.gz doesn't exist -- won't try to dispose of it
renaming {log} to {log}.1
"""  # noqa: W291 - as logrotate prints it
SCRIPT = """
echo "$*" >> {folder}/calls
case "$1" in
-d) sed "s|@LAST@|$(cat {folder}/last)|" {folder}/trial >&2 ;;
-f) {rotate} ;;
esac
"""


class Logrotate:
    """A host's logrotate whose state is a file; its words are those of logrotate 3.21."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder = server.folder / "rotation"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / "trial").write_text(TRIAL.format(log=LOG, last="@LAST@"))
        (self.folder / "last").write_text(FIRST)
        self.has(SHA256)
        self.does(f"echo '{SECOND}' > {self.folder}/last")

    def has(self, digest: str) -> None:
        self.server.program("sha256sum", f'echo "{digest}  $1"')

    def does(self, rotate: str) -> None:
        self.server.program("logrotate", SCRIPT.format(folder=self.folder, rotate=rotate))

    @property
    def calls(self) -> list[str]:
        lines = (self.folder / "calls").read_text().splitlines()
        return [line for line in lines if not line.startswith("-d")]


@pytest.fixture
def host(server: Server) -> Iterator[Logrotate]:
    server.program("sudo", 'shift 4; exec "$@"')
    yield Logrotate(server)
    for name in ("sha256sum", "logrotate", "sudo"):
        (server.programs / name).unlink()


@pytest.fixture
def client(server: Server, connect: Connect) -> SshClient:
    table = HostSettings(address="127.0.0.1", port=server.port, logs=("/srv/app/logs/*.log",))
    return connect(hosts={NAME: table}, act_user=getpass.getuser())


@pytest.fixture
def change() -> RotateLogs:
    logs = (LastRotated(path=LOG, last=FIRST),)
    return RotateLogs(host=NAME, config=CONFIG, sha256=SHA256, logs=logs)


def test_logs_are_rotated_as_the_trial_has_said(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    observed = client.look(change)
    assert observed["rotated"] == {LOG: FIRST}
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.tried) == (True, True)
    assert tried.after["steps"][-1] == f"renaming {LOG} to {LOG}.1"
    assert client.probe(change, key="k") is False
    assert host.calls == [], "a preview rotates nothing"
    outcome = client.apply(change, key="k", observed=observed)
    assert outcome.text == f"{LOG} on {NAME} were rotated"
    assert host.calls == [f"-f {CONFIG}"]
    assert client.probe(change, key="k") is True
    with pytest.raises(PreconditionFailedError, match="rotated"):
        client.apply(change, key="k", observed=observed)


@pytest.mark.parametrize("drift", ["rotated meanwhile", "configuration changed", "gone"])
def test_what_others_rotated_or_changed_is_left_alone(
    host: Logrotate, client: SshClient, change: RotateLogs, drift: str
) -> None:
    observed = client.look(change)
    match drift:
        case "rotated meanwhile":
            (host.folder / "last").write_text(SECOND)
        case "configuration changed":
            host.has("b" * 64)
        case _:
            host.server.program("sha256sum", "exit 1")
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key="k", observed=observed)
    assert host.calls == []


def test_logs_that_the_settings_do_not_name_are_left_alone(
    host: Logrotate, server: Server, connect: Connect, change: RotateLogs
) -> None:
    table = HostSettings(address="127.0.0.1", port=server.port, logs=("/var/log/*.log",))
    other = connect(hosts={NAME: table}, act_user=getpass.getuser())
    assert "name it under logs" in other.preview(change, key="k").note
    with pytest.raises(OperationRefusedError, match="do not allow to rotate"):
        other.apply(change, key="k", observed=other.look(change))
    assert host.calls == []


def test_a_rotation_that_fails_without_a_trace_is_refused(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    host.does("echo 'error: error copying: No space left on device' >&2; exit 1")
    with pytest.raises(OperationRefusedError, match="No space left on device"):
        client.apply(change, key="k", observed=client.look(change))


def test_a_rotation_that_complains_is_one_all_the_same(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    host.does(f"echo '{SECOND}' > {host.folder}/last; echo 'error: running script' >&2; exit 1")
    outcome = client.apply(change, key="k", observed=client.look(change))
    assert "and logrotate complains: error: running script" in outcome.text


def test_a_rotation_that_is_killed_is_unknown(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    host.does("kill -9 $$")
    with pytest.raises(OutcomeUnknownError, match="ended badly"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is False


def test_a_trial_that_fails_is_no_look(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    (host.folder / "trial").write_text("error: error opening state file: Permission denied\n")
    with pytest.raises(OperationRefusedError, match="no trial of a rotation: error: error opening"):
        client.look(change)


@pytest.mark.parametrize(
    ("drift", "why"),
    [
        ("configuration changed", f"{CONFIG} was changed since it was read"),
        ("other logs", f"{CONFIG} is for other logs than it was"),
        ("gone", f"{NAME} has no {CONFIG}"),
    ],
)
def test_a_preview_says_why_the_logs_are_not_rotated_here(
    host: Logrotate, client: SshClient, change: RotateLogs, drift: str, why: str
) -> None:
    match drift:
        case "configuration changed":
            host.has("b" * 64)
        case "other logs":
            other = LastRotated(path="/srv/app/logs/other.log", last=FIRST)
            change = change.model_copy(update={"logs": (*change.logs, other)})
        case _:
            host.server.program("sha256sum", "exit 1")
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.note) == (False, why)
    assert tried.before == tried.after
    with pytest.raises(OperationRefusedError, match=why):
        client.apply(change, key="k", observed=client.look(change))
    assert not (host.folder / "calls").exists() or host.calls == []


def test_a_rotation_that_cannot_be_looked_at_afterwards_is_unknown(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    host.does(f"echo 'error: error opening state file' > {host.folder}/trial")
    with pytest.raises(OutcomeUnknownError, match=r"could not be looked at: .*opening state file"):
        client.apply(change, key="k", observed=client.look(change))


def test_a_rotation_that_broke_off_after_some_of_the_logs_is_unknown(
    host: Logrotate, client: SshClient, change: RotateLogs
) -> None:
    other = LOG.replace("app.log", "other.log")
    both = TRIAL.format(log=LOG, last="@LAST@") + TRIAL.format(log=other, last=FIRST)
    (host.folder / "trial").write_text(both)
    logs = (*change.logs, LastRotated(path=other, last=FIRST))
    change = change.model_copy(update={"logs": logs})
    host.does(f"echo '{SECOND}' > {host.folder}/last; exit 1")
    with pytest.raises(OutcomeUnknownError, match="only some of them show it"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is None


def test_another_login_rotates_as_root(
    host: Logrotate, server: Server, connect: Connect, change: RotateLogs
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    table = HostSettings(address="127.0.0.1", port=server.port, logs=("/srv/app/logs/*.log",))
    client = connect(hosts={NAME: table}, act_user=OPERATOR)
    calls = server.folder / "rotation" / "sudo"
    server.program("sudo", f'echo "$*" >> {calls}; shift 4; exec "$@"')
    client.apply(change, key="k", observed=client.look(change))
    assert f"-n -u root -- logrotate -f {CONFIG}" in calls.read_text().splitlines()
    assert host.calls == [f"-f {CONFIG}"]


@pytest.mark.skipif(
    shutil.which("logrotate") is None or os.geteuid() != 0,
    reason="it needs a logrotate and the rights to use it",
)
def test_a_real_logrotate_speaks_and_does_the_same(server: Server, connect: Connect) -> None:
    folder = Path("/srv") / f"stanch-test-{os.getpid()}-{server.kind}"
    folder.mkdir()
    config = Path("/etc/logrotate.d") / folder.name
    log = folder / "app.log"
    log.write_text("a line\n")
    config.write_text(f"{folder}/*.log {{\n  rotate 2\n  create 0640 root root\n}}\n")
    table = HostSettings(address="127.0.0.1", port=server.port, logs=(f"{folder}/*.log",))
    client = connect(hosts={NAME: table}, act_user=getpass.getuser())
    try:
        logs = (LastRotated(path=str(log), last="never"),)
        fields = {"host": NAME, "config": str(config), "logs": logs, "sha256": SHA256}
        first = RotateLogs.model_validate(fields)
        sha256 = client.look(first)["sha256"]
        change = first.model_copy(update={"sha256": sha256})
        observed = client.look(change)
        assert observed["rotated"] == {str(log): "never"}
        client.apply(change, key="k", observed=observed)
        assert log.read_text() == ""
        assert (folder / "app.log.1").read_text() == "a line\n"
        assert client.probe(change, key="k") is True
        with pytest.raises(PreconditionFailedError):
            client.apply(change, key="k", observed=observed)
    finally:
        config.unlink()
        shutil.rmtree(folder)


def test_a_digest_is_one_line_of_sha256sum() -> None:
    assert digest_in(f"{SHA256}  {CONFIG}\n") == SHA256
    assert digest_in("sha256sum: no such file\n") == ""

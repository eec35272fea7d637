"""A real log is cut by real programs, and only while it is the file that was seen (MIT-22)."""

import getpass
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations.host_logs import TruncateLog
from tests.contracts.ssh.ssh_servers import NAME, OPERATOR, Server

Connect = Callable[..., SshClient]
BYTES = 4096
OWNER = "nobody" if os.geteuid() == 0 else getpass.getuser()
"""Root cuts a file as the user whose it is; everybody else cuts only their own."""


@pytest.fixture
def log() -> Iterator[Path]:
    """Return a log in a folder that its owner can reach, as pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="stanch-logs-"))
    folder.chmod(0o755)
    path = folder / "app.log"
    path.write_bytes(b"x" * BYTES)
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER)
        shutil.chown(path, OWNER)
    yield path
    shutil.rmtree(folder)


@pytest.fixture
def act(server: Server, connect: Connect, log: Path) -> Callable[..., SshClient]:
    def make(*patterns: str, user: str | None = None) -> SshClient:
        host = HostSettings(
            address="127.0.0.1", port=server.port, logs=patterns or (f"{log.parent}/*.log",)
        )
        return connect(hosts={NAME: host}, act_user=user or getpass.getuser())

    return make


def cut_of(log: Path, **more: Any) -> TruncateLog:
    facts = log.stat()
    fields = {
        "host": NAME,
        "path": str(log),
        "device": facts.st_dev,
        "inode": facts.st_ino,
        "owner": pwd.getpwuid(facts.st_uid).pw_name,
        "seen": facts.st_size,
        "keep": 100,
    }
    return TruncateLog.model_validate(fields | more)


def test_a_file_is_cut_in_place_and_open_handles_stay(
    act: Callable[..., SshClient], log: Path
) -> None:
    client, change = act(), cut_of(log)
    observed = client.look(change)
    assert observed == {
        "device": change.device, "inode": change.inode, "owner": OWNER,
        "names": 1, "regular": True, "path": str(log), "cut": False,
    }  # fmt: skip
    assert client.preview(change, key="k").accepted
    assert log.stat().st_size == BYTES
    assert client.probe(change, key="k") is False
    with log.open("ab") as writer:
        outcome = client.apply(change, key="k", observed=observed)
        assert outcome.text.endswith("was cut: its first 100 bytes are left")
        writer.write(b"more")
    assert log.read_bytes() == b"x" * 100 + b"more"
    assert log.stat().st_ino == change.inode
    assert client.probe(change, key="k") is True
    with pytest.raises(PreconditionFailedError, match="cut"):
        client.apply(change, key="k", observed=observed)


def test_a_file_that_grew_since_is_the_same_file(act: Callable[..., SshClient], log: Path) -> None:
    client, change = act(), cut_of(log, keep=0)
    observed = client.look(change)
    with log.open("ab") as writer:
        writer.write(b"y" * 999)
    assert client.look(change) == observed
    assert "it is empty" in client.apply(change, key="k", observed=observed).text
    assert log.stat().st_size == 0


@pytest.mark.parametrize("drift", ["rotated", "link", "second name", "folder", "gone", "shorter"])
def test_what_came_into_its_place_is_left_alone(
    act: Callable[..., SshClient], log: Path, drift: str
) -> None:
    client, change = act(), cut_of(log)
    observed = client.look(change)
    other = log.with_name("other")
    other.write_bytes(b"z" * BYTES)
    match drift:
        case "rotated":
            # The old file is kept, so that its inode is not given to the new one.
            log.rename(log.with_name("app.log.1"))
            other.rename(log)
            other = log
        case "link":
            log.unlink()
            log.symlink_to(other)
        case "second name":
            log.with_name("hard").hardlink_to(log)
        case "folder":
            log.unlink()
            log.mkdir()
        case "gone":
            log.unlink()
        case _:
            os.truncate(log, BYTES - 1)
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key="k", observed=observed)
    assert other.stat().st_size == BYTES
    if drift == "shorter":
        assert log.stat().st_size == BYTES - 1


def test_what_changes_between_the_look_and_the_cut_is_left_alone(
    server: Server, act: Callable[..., SshClient], log: Path
) -> None:
    client, change = act(), cut_of(log)
    observed = client.look(change)
    other = log.with_name("passwords")
    other.write_bytes(b"z" * BYTES)
    server.program("find", f'mv {log} {log}.1; ln -s {other} {log}; exec /usr/bin/find "$@"')
    try:
        with pytest.raises(PreconditionFailedError, match="in the moment before the cut"):
            client.apply(change, key="k", observed=observed)
    finally:
        (server.programs / "find").unlink()
    assert other.stat().st_size == BYTES
    assert Path(f"{log}.1").stat().st_size == BYTES


def test_a_link_on_the_way_is_told_by_the_real_path(
    act: Callable[..., SshClient], log: Path
) -> None:
    way = log.parent / "way"
    way.symlink_to(log.parent)
    through = way / "app.log"
    client = act(f"{log.parent}/*/*.log", f"{log.parent}/*.log")
    change = cut_of(log, path=str(through))
    tried = client.preview(change, key="k")
    assert (tried.accepted, str(log) in tried.note) == (False, True)
    with pytest.raises(OperationRefusedError, match="lies behind one"):
        client.apply(change, key="k", observed=client.look(change))
    assert log.stat().st_size == BYTES


def test_only_what_the_settings_name_is_cut(act: Callable[..., SshClient], log: Path) -> None:
    change = cut_of(log)
    for pattern in ("/var/log/*", f"{log.parent.parent}/*", f"{log.parent}/other.log"):
        client = act(pattern)
        assert not client.preview(change, key="k").accepted
        with pytest.raises(OperationRefusedError, match="name it under logs"):
            client.apply(change, key="k", observed=client.look(change))
    assert log.stat().st_size == BYTES


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of root")
def test_a_file_of_root_where_others_may_put_a_link_is_left(
    act: Callable[..., SshClient], log: Path
) -> None:
    shutil.chown(log, "root")
    change = cut_of(log)
    client = act()
    tried = client.preview(change, key="k")
    assert not tried.accepted
    assert "others than root may put files into" in tried.note
    with pytest.raises(OperationRefusedError, match="a file of root is left"):
        client.apply(change, key="k", observed=client.look(change))
    assert log.stat().st_size == BYTES


def test_another_login_cuts_it_as_its_owner_with_sudo(
    server: Server, act: Callable[..., SshClient], log: Path
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    calls = server.folder / "sudo.calls"
    server.program("sudo", f'echo "$*" >> {calls}; shift 4; exec "$@"')
    change = cut_of(log)
    client = act(user=OPERATOR)
    client.apply(change, key="k", observed=client.look(change))
    assert calls.read_text() == f"-n -u {OWNER} -- truncate -c -s 100 {log}\n"
    assert log.stat().st_size == 100


def test_a_login_without_rights_is_told_which_ones_it_needs(
    server: Server, act: Callable[..., SshClient], log: Path
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    server.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    change = cut_of(log)
    client = act(user=OPERATOR)
    with pytest.raises(OperationRefusedError, match=r"Allow the login 'truncate -c -s 100"):
        client.apply(change, key="k", observed=client.look(change))
    assert log.stat().st_size == BYTES


def test_a_cut_that_is_killed_is_unknown_and_its_size_tells(
    server: Server, act: Callable[..., SshClient], log: Path
) -> None:
    client, change = act(), cut_of(log)
    observed = client.look(change)
    server.program("find", '/usr/bin/find "$@" > /dev/null; kill -9 $$')
    try:
        with pytest.raises(OutcomeUnknownError, match="ended badly"):
            client.apply(change, key="k", observed=observed)
    finally:
        (server.programs / "find").unlink()
    assert client.probe(change, key="k") is True


def test_without_a_login_that_may_act_nothing_is_looked_at(connect: Connect, log: Path) -> None:
    with pytest.raises(TargetUnreachableError, match="Set act_user"):
        connect().look(cut_of(log))

"""Many hosts on loopback for the benchmark: one real sshd, under as many addresses.

127.0.0.0/8 is all loopback on Linux, so each host has an address of its own: a peer that
keeps one connection to each host keeps as many as it would to a fleet.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.contracts.ssh.ssh_servers import SSHD, free_port, line_of, write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The hosts, and what a client needs to log in to them."""

    folder: Path
    port: int
    user: str
    addresses: tuple[str, ...]

    @property
    def key(self) -> Path:
        """The private key of the login."""
        return self.folder / "user"

    @property
    def known_hosts(self) -> Path:
        """A file with the key of every host on a line of its own, as a fleet's file has."""
        return self.folder / "known_hosts"

    def first(self, count: int) -> tuple[str, ...]:
        """Return some of the addresses."""
        return self.addresses[:count]


def addresses(count: int) -> tuple[str, ...]:
    """Return so many addresses of this machine."""
    return tuple(f"127.7.{number // 250}.{number % 250 + 1}" for number in range(count))


@contextmanager
def serve(folder: Path, count: int) -> Iterator[Hosts]:
    """Run one sshd that answers under so many addresses."""
    folder.chmod(0o755)
    port = free_port()
    key = asyncssh.generate_private_key("ssh-ed25519")
    user = asyncssh.generate_private_key("ssh-ed25519")
    write_private(folder / "host", key)
    write_private(folder / "user", user)
    (folder / "authorized_keys").write_text(f"{line_of(user)}\n", encoding="utf-8")
    every = addresses(count)
    known = "".join(f"[{one}]:{port} {line_of(key)}\n" for one in every)
    (folder / "known_hosts").write_text(known, encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    lines = (
        f"Port {port}",
        "ListenAddress 0.0.0.0",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        # The login's own profile would be most of what is measured.
        f"SetEnv HOME={folder}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        "MaxStartups 5000",
        "MaxSessions 100",
        "LoginGraceTime 120",
        "PidFile none",
        "PrintLastLog no",
        "Subsystem sftp internal-sftp",
    )
    config = folder / "sshd_config"
    config.write_text("\n".join(lines), encoding="utf-8")
    with (folder / "sshd.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log)
        try:
            _wait(folder, port, process)
            name = os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True)  # noqa: TID251 - a benchmark
            yield Hosts(folder=folder, port=port, user=name.strip(), addresses=every)
        finally:
            process.kill()
            process.wait()


def _wait(folder: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
    import socket

    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.05)
        else:
            return
    raise SystemExit(f"sshd does not start: {(folder / 'sshd.log').read_text()[-500:]}")

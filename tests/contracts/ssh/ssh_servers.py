"""Real SSH servers for the contract: asyncssh in this process, and Debian's sshd.

Both run commands through /bin/sh, with a folder of their own first in the search path, so
that a test says what `uptime` or `systemctl` does on its host.
"""

import asyncio
import contextlib
import getpass
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

SSHD = Path("/usr/sbin/sshd")
KINDS = ("asyncssh", "sshd")
NAME = "edge-1"
OPERATOR = "operator"
"""A login beside the one that runs the tests; sshd would need a user of the system for it."""


class Keys:
    """The keys of one server, of those who log in, and of the authorities over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = asyncssh.generate_private_key("ssh-ed25519")
        self.host_ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        self.host_authority = asyncssh.generate_private_key("ssh-ed25519")
        self.user_authority = asyncssh.generate_private_key("ssh-ed25519")
        self.user = folder / "user"
        self.stranger = folder / "stranger"
        self.certified = folder / "certified"
        for path in (self.user, self.stranger, self.certified):
            write_private(path, asyncssh.generate_private_key("ssh-ed25519"))
        certificate = self.user_authority.generate_user_certificate(
            asyncssh.read_private_key(self.certified), "k", principals=[getpass.getuser()]
        )
        certificate.write_certificate(f"{self.certified}-cert.pub")
        self.certificate = self.host_authority.generate_host_certificate(
            self.host, "edge", principals=[NAME, "edge-*.example.com"]
        )
        self.authorized = folder / "authorized_keys"
        lines = [
            line_of(asyncssh.read_private_key(self.user)),
            f"cert-authority {line_of(self.user_authority)}",
        ]
        self.authorized.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_private(path: Path, key: asyncssh.SSHKey) -> None:
    """Write a private key as ssh-keygen does, for its owner only."""
    key.write_private_key(str(path))
    path.chmod(0o600)


def line_of(key: asyncssh.SSHKey) -> str:
    """Return the type and the public key as they stand in a file."""
    kind, text, *_ = key.export_public_key().decode().split()
    return f"{kind} {text}"


@dataclass(slots=True)
class Server:
    """One running server, with the programs of its host."""

    kind: str
    keys: Keys
    folder: Path
    port: int = 0
    _parts: list[Any] = field(default_factory=list)

    @property
    def programs(self) -> Path:
        """The folder that stands first in the search path."""
        return self.folder / "bin"

    def program(self, name: str, script: str) -> None:
        """Install a program on the host, in place of one that was there."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def known(self) -> str:
        """The line that vouches for the server's key."""
        return f"[127.0.0.1]:{self.port} {line_of(self.keys.host)}\n"

    def close(self) -> None:
        """End the server and all that it runs."""
        while self._parts:
            self._parts.pop()()


def start(kind: str, folder: Path) -> Server:
    """Start a server of this kind on a free port."""
    server = Server(kind, Keys(folder), folder)
    server.programs.mkdir()
    if kind == "sshd":
        _start_sshd(server)
    else:
        _start_asyncssh(server)
    return server


def free_port() -> int:
    """Return a port on which nothing listens at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _environment(server: Server) -> dict[str, str]:
    return {
        "PATH": f"{server.programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(server.folder),
    }


def _start_sshd(server: Server) -> None:
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    folder, keys = server.folder, server.keys
    write_private(folder / "host_ed25519", keys.host)
    write_private(folder / "host_ecdsa", keys.host_ecdsa)
    keys.certificate.write_certificate(str(folder / "host-cert.pub"))
    server.port = free_port()
    variables = " ".join(f'{name}="{value}"' for name, value in _environment(server).items())
    lines = (
        f"Port {server.port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host_ed25519",
        f"HostKey {folder}/host_ecdsa",
        f"HostCertificate {folder}/host-cert.pub",
        f"AuthorizedKeysFile {keys.authorized}",
        f"SetEnv {variables}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        "MaxStartups 500",
        "PidFile none",
        "PrintLastLog no",
    )
    config = folder / "sshd_config"
    config.write_text("\n".join(lines), encoding="utf-8")
    log = (folder / "sshd.log").open("w", encoding="utf-8")
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", config], stderr=log, stdin=subprocess.DEVNULL, process_group=0
    )

    def stop() -> None:
        log.close()
        for session in _children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(session, signal.SIGKILL)
        process.kill()
        process.wait()

    server._parts.append(stop)
    _wait_for_port(server.port)


def _children(parent: int) -> list[int]:
    """Return the sessions that this sshd has forked."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            threading.Event().wait(0.02)
        else:
            return


async def _pump(source: asyncio.StreamReader | None, sink: asyncssh.SSHWriter[bytes]) -> None:
    assert source is not None
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()


class _Lets(asyncssh.SSHServer):
    """Lets one user in, and connections through to any address, as a jump host does."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        if username not in {getpass.getuser(), OPERATOR}:
            self._connection.set_authorized_keys(os.devnull)
        return True

    def connection_requested(self, *_: Any) -> bool:
        return True


async def _run(
    process: asyncssh.SSHServerProcess[bytes],
    environment: dict[str, str],
    running: set[asyncio.subprocess.Process],
) -> None:
    """Run a command as sshd does, and pass on what it prints and how it ends."""
    child = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", process.command or "",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment,
    )  # fmt: skip
    running.add(child)
    try:
        with contextlib.suppress(OSError, asyncssh.Error):
            await asyncio.gather(
                _pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr)
            )
        # As with sshd: who closes the session closes the pipes of the command.
        for pipe in (1, 2):
            child._transport.get_pipe_transport(pipe).close()  # type: ignore[attr-defined]
        status = await child.wait()
        if status < 0:
            process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            process.exit(status)
    finally:
        child._transport.close()  # type: ignore[attr-defined]
        running.discard(child)


async def _lines_ended(loop: asyncio.AbstractEventLoop) -> None:
    """Wait for what goes through another connection, and ends after that."""
    for _ in range(500):
        # The loop itself holds one line.
        if len(loop._selector.get_map()) <= 1:  # type: ignore[attr-defined]
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)


def _start_asyncssh(server: Server) -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    running: set[asyncio.subprocess.Process] = set()

    async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await _run(process, _environment(server), running)

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0,
            server_factory=_Lets,
            server_host_keys=[(server.keys.host, server.keys.certificate), server.keys.host_ecdsa],
            authorized_client_keys=str(server.keys.authorized),
            process_factory=run,
            encoding=None,
            login_timeout=10,
        )  # fmt: skip

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    server.port = acceptor.get_port()

    async def end() -> None:
        for child in list(running):
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        acceptor.close()
        await acceptor.wait_closed()
        for _ in range(100):
            if not running:
                break
            await asyncio.sleep(0.01)
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await _lines_ended(loop)

    def stop() -> None:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()

    server._parts.append(stop)


def missing(kind: str) -> str:
    """Return why a server of this kind cannot be started here; nothing when it can."""
    if kind == "sshd" and not SSHD.exists():
        return "there is no /usr/sbin/sshd (Debian: openssh-server)"
    return ""

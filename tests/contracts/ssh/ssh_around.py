"""What stands around the servers: a line that can be cut, an agent, and a false certificate."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.contracts.ssh.ssh_servers import Keys, write_private


@contextlib.contextmanager
def greeting_only(keys: Keys) -> Iterator[int]:
    """Run a server whose certificate is whatever `keys` says, and return its port.

    Neither of the servers would show a certificate that is not one of a host.
    """
    import paramiko  # type: ignore[import-untyped]  # the library has no types

    class Shows(paramiko.Ed25519Key):  # type: ignore[misc]
        def asbytes(self) -> bytes:
            return bytes(keys.certificate.public_data)

        def get_name(self) -> str:
            return "ssh-ed25519-cert-v01@openssh.com"

    path = keys.folder / "shown"
    write_private(path, keys.host)
    transports: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError, paramiko.SSHException, EOFError):
                while True:
                    line, _ = listener.accept()
                    transport = paramiko.Transport(line)
                    transport.add_server_key(Shows(filename=str(path)))
                    transports.append(transport)
                    transport.start_server(server=paramiko.ServerInterface())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for one in transports:
        one.close()
        one.join(5)


def _await_listening(path: str) -> None:
    """Wait until somebody takes connections at a socket: its file is there before that."""
    end = time.monotonic() + 30
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError:
                if time.monotonic() > end:
                    raise
            else:
                return
        threading.Event().wait(0.01)


@contextlib.contextmanager
def agent(folder: Path, keys: Sequence[Path]) -> Iterator[str]:
    """Run a real ssh-agent that holds these keys, and return the path of its socket."""
    program = shutil.which("ssh-agent")
    assert program is not None
    where = str(folder / "agent")
    process = subprocess.Popen(
        [program, "-D", "-a", where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_listening(where)
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", key], check=True, env={"PATH": os.defpath, "SSH_AUTH_SOCK": where}
            )
        yield where
    finally:
        process.kill()
        process.wait()


class Proxy:
    """Stands before a server; it can stop passing anything on, or cut the line."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Pass nothing on from now on, and keep the connections."""
        self._open.clear()

    def cut(self) -> None:
        """End the connections that there are; new ones are passed on."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        self._open.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            far = socket.create_connection(("127.0.0.1", self._target))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += [near, far]
            ends = threading.Barrier(2)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(*pair, ends), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, ends: threading.Barrier) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
        if ends.wait() == 0:
            source.close()
            sink.close()

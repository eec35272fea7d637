"""The keys that a login is tried with: from files, read once per process, and from ssh-agent.

Reading an RSA key takes a tenth of a second of arithmetic, which no fleet should pay for
each of its hosts.
"""

import copy
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stanch.tools.clients.ssh.wire import library


@dataclass(frozen=True, slots=True)
class Identity:
    """One key with which a login may be tried."""

    name: str
    """The file or the comment of the agent, for messages."""
    key: Any


@dataclass(frozen=True, slots=True)
class Identities:
    """The keys to try, and why others are left out."""

    keys: tuple[Identity, ...]
    left_out: tuple[str, ...]


_AGENT_SECONDS = 4.0
_cache: dict[Path, tuple[tuple[int, ...], tuple[Identity, ...], str]] = {}
_lock = threading.Lock()


def from_files(paths: Sequence[Path]) -> Identities:
    """Return the keys of private key files, a certificate of a key before the key itself."""
    keys: list[Identity] = []
    left_out: list[str] = []
    for path in paths:
        found, why = _read(path)
        keys += found
        if why:
            left_out.append(why)
    return Identities(tuple(keys), tuple(left_out))


def _read(path: Path) -> tuple[tuple[Identity, ...], str]:
    certificate = path.with_name(f"{path.name}-cert.pub")
    try:
        status = path.stat()
        beside = certificate.stat().st_mtime_ns if certificate.exists() else 0
    except OSError as error:
        return (), f"{path} cannot be read ({error.strerror})"
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        return (), f"{path} can be read by others (chmod 600 {path})"
    stamp = (status.st_mtime_ns, status.st_size, status.st_ino, beside)
    with _lock:
        held = _cache.get(path)
        if held is None or held[0] != stamp:
            held = (stamp, *_load(path, certificate))
            _cache[path] = held
        return held[1], held[2]


def _load(path: Path, certificate: Path) -> tuple[tuple[Identity, ...], str]:
    paramiko = library()
    try:
        key = paramiko.PKey.from_path(path)
    except (paramiko.PasswordRequiredException, TypeError):
        return (), f"{path} has a passphrase (unlock it with ssh-add {path})"
    except Exception as error:  # noqa: BLE001 - the library raises what its parsers raise
        return (), f"{path} is no private key that can be used ({error or type(error).__name__})"
    plain = copy.copy(key)
    plain.public_blob = None
    if key.public_blob is None:
        return (Identity(str(path), plain),), ""
    return (Identity(str(certificate), key), Identity(str(path), plain)), ""


class Agent:
    """The keys of a running ssh-agent, if there is one; one question to it at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._agent: Any = None
        self.trouble = ""
        """Why the agent is asked no more; one that does not answer would hold up every login."""

    def identities(self) -> tuple[Identity, ...]:
        """Return the keys that the agent holds now; none when it does not answer in time."""
        with self._lock:
            if self.trouble:
                return ()
            try:
                if self._agent is None:
                    self._agent = _open_agent()
                return _held(self._agent)
            except (library().SSHException, OSError) as error:
                self.trouble = f"the ssh-agent gives no answer ({error or type(error).__name__})"
                return ()

    def close(self) -> None:
        """End the connection to the agent."""
        with self._lock:
            if self._agent is not None:
                self._agent.close()
                self._agent = None


def _open_agent() -> Any:
    import paramiko  # type: ignore[import-untyped]  # noqa: PLC0415 - costs start-up time

    lock = threading.RLock()

    class OneAtATime(paramiko.Agent):  # type: ignore[misc]  # the library has no types
        """An agent whose one connection serves many threads, one after the other."""

        def _connect(self, connection: Any) -> None:
            if hasattr(connection, "settimeout"):
                connection.settimeout(_AGENT_SECONDS)
            try:
                super()._connect(connection)
            except BaseException:
                connection.close()
                raise

        def _send_message(self, message: Any) -> Any:
            with lock:
                if self._conn is None:
                    raise paramiko.SSHException("the ssh-agent is asked no more")
                try:
                    return super()._send_message(message)
                except OSError as error:
                    # A late answer would be taken for that to the next question.
                    self.close()
                    raise paramiko.SSHException(f"no answer of the ssh-agent: {error}") from error

    return OneAtATime()


def _held(agent: Any) -> tuple[Identity, ...]:
    found = []
    for key in agent.get_keys():
        if key.inner_key is None:
            key.inner_key = _certified(key.name, key.blob)
        if key.inner_key is None:
            continue
        # What is offered is the certificate; the agent signs with the key in it.
        key.public_blob = key.inner_key.public_blob
        kind = "certificate " if key.public_blob is not None else ""
        found.append(Identity(f"{kind}{key.comment or key.get_name()} of the agent", key))
    # A certificate opens logins that its key alone does not.
    return tuple(sorted(found, key=lambda one: one.key.public_blob is None))


def _certified(kind: str, blob: bytes) -> Any:
    """Return the key of a certificate that an agent holds; None when it is of another kind."""
    paramiko = library()
    plain = kind.removesuffix("-cert-v01@openssh.com")
    for one in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        if plain in one.identifiers():
            return one(msg=paramiko.Message(blob))
    return None

"""The keys of the machines and of those who log in, made anew for every practice production."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

READER = "reader"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Keys:
    """One key for each machine, and one for each of the two logins."""

    hosts: "Mapping[str, asyncssh.SSHKey]"
    logins: "Mapping[str, asyncssh.SSHKey]"


def make(hosts: tuple[str, ...]) -> Keys:
    """Make all keys."""
    import asyncssh  # noqa: PLC0415  # slow to import

    def key(comment: str) -> asyncssh.SSHKey:
        return asyncssh.generate_private_key("ssh-ed25519", comment=comment)

    return Keys(
        {name: key(f"root@{name}") for name in hosts},
        {user: key(f"{user}@stanch") for user in (READER, OPERATOR)},
    )


def write(folder: Path, keys: Keys, *, ports: Mapping[str, int], address: str) -> None:
    """Write what a client needs into `folder`: private keys, known hosts, and a configuration.

    A host is known by its name and by where it listens, so that both ways of asking find it.
    """
    for user, key in keys.logins.items():
        _private(folder / f"{user}.key", key.export_private_key("openssh"))
    lines = []
    for name, key in keys.hosts.items():
        public = key.export_public_key("openssh").decode().split()[:2]
        port = ports[name]
        lines.append(f"[{address}]:{port},[{name}]:{port},{name} {' '.join(public)}\n")
    _private(folder / "known_hosts", "".join(lines).encode())
    _private(folder / "ssh_config", b"")


def _private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)

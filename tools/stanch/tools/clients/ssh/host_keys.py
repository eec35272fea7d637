"""Whether the key that a host offers is its own: strict, and in words that say how to mend it.

A host is known by the name that the settings give it, and else by its address; with a
port other than 22 by `[name]:port` first. The first of these names about which the files
say anything decides.
"""

import base64
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stanch.tools.clients.ssh.known_hosts import KnownHosts, Line, wildcards
from stanch.tools.errors import TargetUnreachableError

_CERTIFIED: Final = "-cert-v01@openssh.com"
_ALGORITHMS: Final = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}


class HostKeyError(TargetUnreachableError):
    """A host could not prove that it is the one that is known; nothing was sent to it."""


class OtherTypeError(HostKeyError):
    """The files have keys of a host of other types than the one that it offered.

    `algorithms` are those with which the host can be asked for a known one.
    """

    def __init__(self, message: str, algorithms: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.algorithms = algorithms


@dataclass(frozen=True, slots=True)
class Names:
    """The names under which one host may be known, the most telling first."""

    host: str
    """What a certificate has to name."""
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """The key that a host proved to hold, with its certificate if it showed one."""

    type: str
    key: bytes
    certificate: bytes | None


def names_of(name: str, address: str, port: int) -> Names:
    """Return the names under which a host may be known."""
    found: list[str] = []
    for one in dict.fromkeys((name.lower(), address.lower())):
        if port != 22:
            found.append(f"[{one}]:{port}")
        found.append(one)
    return Names(name.lower(), tuple(found))


def offered(host_key: Any) -> Offered:
    """Return what a key of the SSH library is; the type is that of the plain key."""
    plain = host_key.asbytes()
    length = int.from_bytes(plain[:4], "big")
    blob = getattr(host_key, "public_blob", None)
    certificate = None if blob is None else bytes(blob.key_blob)
    return Offered(plain[4 : 4 + length].decode(), plain, certificate)


def preferred(known: KnownHosts, names: Names) -> tuple[str, ...]:
    """Return the algorithms of host keys to ask for, those with which it is known first."""
    for name in names.candidates:
        lines = known.vouching(name, b"", same=names.candidates)
        types = {line.type for line in lines}
        certified = bool(known.authorities(name, same=names.candidates))
        if lines or certified:
            return _order(types, certified=certified)
    return _order(known.types, certified=False)


def _order(types: Iterable[str], *, certified: bool) -> tuple[str, ...]:
    first = [one for kind in _ALGORITHMS if kind in set(types) for one in _ALGORITHMS[kind]]
    plain = [one for every in _ALGORITHMS.values() for one in every]
    certificates = [f"{one}{_CERTIFIED}" for one in plain]
    ordered = [*certificates, *first, *plain] if certified else [*first, *plain]
    return tuple(dict.fromkeys(ordered))


def check(known: KnownHosts, names: Names, key: Offered) -> None:
    """Accept the key of a host, or say why not.

    Raises:
        OtherTypeError: it is known by keys of other types.
        HostKeyError: it is not known, its key has changed, or is revoked.
    """
    why = ""
    keys = [key.key]
    if key.certificate is not None:
        authority, why = _authority(known, names, key.certificate)
        keys += [authority] if authority is not None else []
    for name in names.candidates:
        if line := known.revoked(name, keys):
            raise HostKeyError(
                f"The key of {name} ({fingerprint(key)}) is revoked by line {line.number} of "
                f"{line.file}. Do not trust this host; find out who holds its old key."
            )
    if key.certificate is not None and not why:
        return
    for name in names.candidates:
        if any(
            line.key == key.key for line in known.vouching(name, key.key, same=names.candidates)
        ):
            return
        if lines := known.vouching(name, same=names.candidates):
            raise _changed(name, key, lines)
    raise HostKeyError(_unknown(known, names, key, why))


def _changed(name: str, key: Offered, lines: Sequence[Line]) -> HostKeyError:
    types = sorted({line.type for line in lines})
    places = ", ".join(f"line {one.number} of {one.file}" for one in lines[:3])
    if key.type not in types:
        algorithms = tuple(one for kind in types for one in _ALGORITHMS.get(kind, ()))
        return OtherTypeError(
            f"{name} offers a key of the type {key.type} ({fingerprint(key)}), and only its "
            f"{' and '.join(types)} key is known ({places}). Compare the fingerprint on the host "
            f"itself and add the key there.",
            algorithms,
        )
    known = ", ".join(sorted({_sha256(one.key) for one in lines if one.type == key.type}))
    return HostKeyError(
        f"The key of {name} has changed: it offers {fingerprint(key)}, and known is {known} "
        f"({places}). Either the host was installed anew, or another answers in its place. Ask "
        f"its owner for the fingerprint; if it is right, replace the line there."
    )


def _unknown(known: KnownHosts, names: Names, key: Offered, why: str) -> str:
    files = ", ".join(str(path) for path in known.paths) or "no file at all"
    name = names.candidates[0]
    text = (
        f"The key of {name} is not known: it offers {fingerprint(key)}, and no line of {files} "
        f"vouches for it. Compare the fingerprint with the host's own (ssh-keygen -lf "
        f"/etc/ssh/ssh_host_*_key.pub) and add the line '{name} {key.type} "
        f"{base64.b64encode(key.key).decode()}'."
    )
    if why:
        text += f" Its certificate does not help: {why}."
    for path, numbers in known.strange:
        some = ", ".join(map(str, numbers[:10]))
        text += f" {path} has lines that cannot be read: {some}."
    return text


def _authority(known: KnownHosts, names: Names, certificate: bytes) -> tuple[bytes | None, str]:
    """Return the key of a certificate's authority, and why it does not count, if it does not."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - costs start-up time
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    length = int.from_bytes(certificate[:4], "big")
    line = certificate[4 : 4 + length] + b" " + base64.b64encode(certificate)
    try:
        read = serialization.load_ssh_public_identity(line)
        if not isinstance(read, serialization.SSHCertificate):
            return None, "it is none"
        signer = read.signature_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        authority = base64.b64decode(signer.split()[1])
        read.verify_cert_signature()
    except InvalidSignature:
        return None, "its signature is wrong"
    except Exception as error:  # noqa: BLE001 - the certificate comes from a stranger
        return None, f"it cannot be read ({error})"
    return authority, _flaw(known, names, read, authority)


def _flaw(known: KnownHosts, names: Names, read: Any, authority: bytes) -> str:
    """Return what is wrong with a certificate whose signature is right; nothing if it is good."""
    from cryptography.hazmat.primitives.serialization import SSHCertificateType  # noqa: PLC0415

    trusted = any(
        line.key == authority
        for name in names.candidates
        for line in known.authorities(name, same=names.candidates)
    )
    if not trusted:
        return f"nobody vouches for the authority that signed it ({_sha256(authority)})"
    if read.type is not SSHCertificateType.HOST:
        return "it is for a user, not for a host"
    if not read.valid_after <= time.time() < read.valid_before:
        return "it is not valid now"
    if read.critical_options:
        return "it has an option that is not known here"
    hosts = [one.decode(errors="replace").lower() for one in read.valid_principals]
    wanted = [one for one in names.candidates if not one.startswith("[")]
    if hosts and not any(wildcards(one).fullmatch(name) for one in hosts for name in wanted):
        return f"it is for {', '.join(hosts)[:200]}, not for {names.host}"
    return ""


def fingerprint(key: Offered) -> str:
    """Return the type and the fingerprint of a key as OpenSSH shows them."""
    return f"{key.type} {_sha256(key.key)}"


def _sha256(key: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip('=')}"

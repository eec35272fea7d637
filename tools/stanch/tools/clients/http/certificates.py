"""Certificates: what a server shows in its TLS handshake, whether it is accepted or not.

An expired certificate is an answer to whoever asks until when it is valid. It is read by a
second handshake that verifies nothing and sends nothing.
"""

import socket
import ssl
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import TargetUnreachableError


class Trust:
    """The authorities to trust, read once for each file and again when it has changed."""

    def context(self, ca: Path | None) -> ssl.SSLContext:
        """Return a context that verifies by the authorities in `ca`, or by the system's.

        Raises:
            TargetUnreachableError: the file cannot be read, or holds no certificate.
        """
        if ca is None:
            return _context(None, 0.0)
        try:
            return _context(str(ca), ca.stat().st_mtime)
        except OSError as error:
            # What holds no certificate is an ssl.SSLError, which is one of these too.
            why = error.strerror or error
            raise TargetUnreachableError(
                f"The certificates of authorities in {ca} cannot be read: {why}."
            ) from error


@lru_cache(maxsize=64)
def _context(ca: str | None, _changed: float) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


def chain_of(connection: ssl.SSLSocket) -> tuple[bytes, ...]:
    """Return the certificates that the server sent, its own first, in DER."""
    public = getattr(connection, "get_unverified_chain", None)
    if public is not None:
        return tuple(public() or ())
    # Before Python 3.13 only the inner object has it, and gives objects.
    inner: Any = getattr(connection, "_sslobj", None)
    if hasattr(inner, "get_unverified_chain") and (sent := inner.get_unverified_chain()):
        return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in sent)
    leaf = connection.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def peek(address: str, port: int, *, name: str, deadline: Deadline) -> tuple[bytes, ...]:
    """Return the certificates that a server shows, whatever they are; sends nothing else.

    Empty when it shows none any more.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((address, port), timeout=deadline.left) as plain:
            deadline.watch(plain)
            try:
                # A copy, because TLS takes its socket over, and the deadline cuts this one.
                connection = context.wrap_socket(
                    plain.dup(), server_hostname=name, do_handshake_on_connect=False
                )
                with connection:
                    connection.settimeout(deadline.left)
                    connection.do_handshake()
                    return chain_of(connection)
            finally:
                deadline.let_go(plain)
    except (OSError, ValueError):
        return ()


def facts_of(chain: tuple[bytes, ...]) -> list[dict[str, Any]]:
    """Return what the certificates say of themselves; one that cannot be read is left out.

    Each is {"subject", "issuer", "names", "not_before", "not_after", "serial"}, times in
    RFC 3339.
    """
    return [facts for der in chain if (facts := _facts(der)) is not None]


def _facts(der: bytes) -> dict[str, Any] | None:
    from cryptography import x509  # noqa: PLC0415 - the package costs start-up time

    try:
        certificate = x509.load_der_x509_certificate(der)
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "names": _names(certificate),
            "not_before": _stamp(certificate.not_valid_before_utc),
            "not_after": _stamp(certificate.not_valid_after_utc),
            "serial": f"{certificate.serial_number:x}",
        }
    except ValueError:
        return None


def _names(certificate: Any) -> list[str]:
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return []
    return [str(one.value) for one in found.value if isinstance(one, x509.DNSName | x509.IPAddress)]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""The doorway: one TLS port for every name, each with the certificate that it really has.

The certificate of one of the shop's names is that of the pod that the connection reaches;
a name that is not known gets no handshake.
"""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.routing import Host

from stanch.sandbox.cluster.door import Door, door, listen
from stanch.sandbox.web.authority import Issued

Chosen: TypeAlias = Callable[[str], Issued | None]
"""Returns the certificate that the next connection to a name is served."""


class Contexts:
    """Makes a TLS context of a certificate, once for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[bytes, ssl.SSLContext] = {}

    def of(self, issued: Issued) -> ssl.SSLContext:
        """Return the context that serves `issued`."""
        found = self._made.get(issued.certificate)
        if found is None:
            found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate, key = self.files(issued)
            try:
                found.load_cert_chain(certificate, key)
            finally:
                certificate.unlink()
                key.unlink()
            self._made[issued.certificate] = found
        return found

    def files(self, issued: Issued) -> tuple[Path, Path]:
        """Write a certificate and its key where only their owner can read them."""
        paths = self._folder / "served.crt", self._folder / "served.key"
        for path, content in zip(paths, (issued.certificate, issued.key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(content)
        return paths


def doorway(
    applications: Mapping[str, Starlette], *, chosen: Chosen, first: Issued, contexts: Contexts
) -> Door:
    """Return the server for all names on a free port; `first` is only there to begin with."""

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        issued = chosen((name or "").lower())
        if issued is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = contexts.of(issued)
        return None

    everyone = Starlette(routes=[Host(name, app=one) for name, one in applications.items()])
    certificate, key = contexts.files(first)
    try:
        made = door(everyone, listen(0), certificate=certificate, key=key)
    finally:
        certificate.unlink()
        key.unlink()
    if made.config.ssl is None:
        raise AssertionError("a door with a certificate speaks TLS")
    made.config.ssl.sni_callback = choose
    return made

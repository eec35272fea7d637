"""Servers: what the settings say of the server that an operation names.

A server is a configured endpoint, by its name or by the host of its URL; then its address,
its authorities and its credential hold. Any other host is asked directly, and without a
credential.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from stanch.settings.targets import EndpointSettings, Targets
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http import HttpCall

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server, and how it is reached."""

    endpoint: str | None
    """Its name in the settings; None where nothing of the settings holds for the request."""
    scheme: str
    host: str
    """The name that its certificate must be for, without brackets."""
    port: int
    base: str = ""
    """The path before all others, without a slash at its end."""
    connect_host: str
    connect_port: int
    ca: Path | None = None
    kind: str = "plain"
    credential: str | None = None
    """The name of the credential that goes with every request."""

    @property
    def authority(self) -> str:
        """The name and port as a URL and the Host header write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for two addresses to be of the same server."""
        return self.scheme, self.host, self.port

    @property
    def title(self) -> str:
        """What a person calls it."""
        named = f" ({self.endpoint})" if self.endpoint else ""
        return f"{self.scheme}://{self.authority}{named}"


def server_of(targets: Targets, call: HttpCall) -> Server:
    """Return the server that a request goes to.

    Raises:
        TargetUnreachableError: the endpoint that it names is not configured.
    """
    if call.endpoint is not None:
        settings = targets.endpoints.get(call.endpoint)
        if settings is None:
            raise _unknown(call.endpoint)
        return _configured(call.endpoint, settings)
    host = _plain(call.host)
    port = call.port or _PORTS[call.scheme]
    asked = (call.scheme, host, port)
    here = [one for one in _all(targets) if one.origin == asked]
    within = [one for one in here if _under(one.base, call.path)]
    if within:
        return max(within, key=lambda one: len(one.base))
    if here:
        # The same machine, but not the part of it that the credential was given for.
        same = here[0]
        return Server(
            endpoint=None,
            scheme=same.scheme,
            host=same.host,
            port=same.port,
            connect_host=same.connect_host,
            connect_port=same.connect_port,
            ca=same.ca,
        )
    return Server(
        endpoint=None,
        scheme=call.scheme,
        host=host,
        port=port,
        connect_host=host,
        connect_port=port,
    )


def server_for_change(targets: Targets, name: str) -> Server:
    """Return the endpoint that a change names, by its own name or by the host of its URL.

    Raises:
        TargetUnreachableError: there is not just one that can be meant.
    """
    if name in targets.endpoints:
        return _configured(name, targets.endpoints[name])
    host = _plain(name)
    found = [one for one in _all(targets) if one.host == host and one.kind != "plain"]
    if len(found) > 1:
        names = ", ".join(sorted(str(one.endpoint) for one in found))
        raise TargetUnreachableError(
            f"{name} may be any of these endpoints: {names}. Name the one that is meant."
        )
    if not found:
        raise _unknown(name)
    return found[0]


def credential_header(
    targets: Targets, server: Server, named: str | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the header with the credential of a request, and the texts that nobody may see.

    `named` is what the operation calls it; a name that the settings do not know stands for
    the server's own one.

    Raises:
        TargetUnreachableError: a credential is asked for, and none is configured.
        OperationRefusedError: it may not be sent to this server.
    """
    wanted = named if named in targets.credentials else server.credential
    if wanted is None:
        if named is None:
            return {}, ()
        raise TargetUnreachableError(
            f"no credential is configured for {server.title}: add one under [credentials], "
            "list the endpoint in it, and name it in the endpoint's table"
        )
    credential = targets.credentials.get(wanted)
    if credential is None:
        raise TargetUnreachableError(
            f"{server.title} names the credential {wanted}, which is not configured: "
            f"add [credentials.{wanted}]"
        )
    if server.endpoint is None or server.endpoint not in credential.endpoints:
        raise OperationRefusedError(
            f"The credential {wanted} may not be sent to {server.title}: "
            "only to the endpoints that its table lists."
        )
    value = credential.value.get_secret_value()
    secrets: tuple[str, ...] = (value,)
    if credential.scheme.lower() == "basic":
        value = base64.b64encode(value.encode()).decode()
        secrets = (*secrets, value)
    text = f"{credential.scheme} {value}" if credential.scheme else value
    if not text.isprintable() or not text.isascii():
        raise TargetUnreachableError(
            f"the credential {wanted} holds a character that cannot stand in a header"
        )
    return {credential.header: text}, secrets


def _all(targets: Targets) -> list[Server]:
    return [_configured(name, one) for name, one in targets.endpoints.items()]


def _configured(name: str, settings: EndpointSettings) -> Server:
    try:
        parts = urlsplit(settings.url)
        host, port = _plain(parts.hostname or ""), parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise _wrong(name, f"url {settings.url}", error) from error
    connect_host, connect_port = host, port
    if settings.address is not None:
        connect_host, _, number = settings.address.rpartition(":")
        connect_host, connect_port = connect_host.strip("[]"), int(number)
        if not 1 <= connect_port <= 65535:
            raise _wrong(name, f"address {settings.address}", "there is no such port")
    return Server(
        endpoint=name,
        scheme=parts.scheme,
        host=host,
        port=port,
        base=parts.path.rstrip("/"),
        connect_host=connect_host,
        connect_port=connect_port,
        ca=settings.ca.expanduser() if settings.ca else None,
        kind=settings.kind,
        credential=settings.credential,
    )


def _under(base: str, path: str) -> bool:
    return not base or path == base or path.startswith(f"{base}/")


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _unknown(name: str) -> TargetUnreachableError:
    return TargetUnreachableError(f"no endpoint is called {name}: add [endpoints.{name}]")


def _wrong(name: str, what: str, why: object) -> TargetUnreachableError:
    return TargetUnreachableError(f"the {what} of the endpoint {name} is wrong: {why}")

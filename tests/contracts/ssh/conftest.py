"""Fixtures of the contract for hosts: each test runs on asyncssh and on Debian's sshd."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.settings.targets import HostSettings, SshSettings, Targets
from stanch.tools.clients.ssh import SshClient
from stanch.tools.outcome import Limits
from tests.contracts.ssh import ssh_servers
from tests.contracts.ssh.ssh_around import Proxy
from tests.contracts.ssh.ssh_servers import NAME, Server

Connect = Callable[..., SshClient]


@pytest.fixture(scope="module", params=ssh_servers.KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if why := ssh_servers.missing(request.param):
        pytest.skip(why)
    found = ssh_servers.start(request.param, tmp_path_factory.mktemp("ssh"))
    yield found
    found.close()


@pytest.fixture
def connect(server: Server, tmp_path: Path) -> Iterator[Connect]:
    """Return what makes a client: settings of [ssh] by name, and `hosts`, `known`, `limits`."""
    opened: list[SshClient] = []

    def make(
        *,
        hosts: dict[str, HostSettings] | None = None,
        known: str | None = None,
        limits: Limits | None = None,
        **ssh: Any,
    ) -> SshClient:
        known_hosts = tmp_path / f"known_hosts-{len(opened)}"
        known_hosts.write_text(server.known if known is None else known, encoding="utf-8")
        config = tmp_path / "config"
        config.touch()
        given = {
            "identities": (server.keys.user,),
            "known_hosts": (known_hosts,),
            "config": config,
            "agent": False,
            **ssh,
        }
        here = {NAME: HostSettings(address="127.0.0.1", port=server.port)}
        targets = Targets(ssh=SshSettings(**given), hosts=hosts or here)
        client = SshClient(targets=targets, limits=limits or Limits(seconds=10.0))
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """Return a way to the server that can be frozen or cut."""
    found = Proxy(server.port)
    yield found
    found.close()

"""Machines without servers: a part beside an empty shop, and commands as a user types them."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from stanch.sandbox.hosts.commands.answer import Answer
from stanch.sandbox.hosts.part import Hosts
from stanch.sandbox.hosts.server import answer
from stanch.sandbox.shop.shop import Shop

NOW = 1_790_000_000.0
Run: TypeAlias = Callable[..., Answer]


def _world() -> tuple[Shop, Hosts]:
    """Return a world with hosts and nothing else; time passes by `advance`."""
    shop = Shop(now=NOW)
    part = Hosts()
    part.found(shop, history=30)
    shop.add(part)
    shop.advance(NOW + 30)
    return shop, part


def _runner(hosts: Hosts) -> Run:
    def command(line: str | None, *, host: str = "edge-1", user: str = "reader") -> Answer:
        return answer(line, hosts.sight(hosts.machines[host], user))

    return command


@pytest.fixture
def hosts() -> Hosts:
    return _world()[1]


@pytest.fixture
def run(hosts: Hosts) -> Run:
    """Answer a command line on a host."""
    return _runner(hosts)


@pytest.fixture(scope="module")
def still() -> Run:
    """Answer a command line on a host that no test of the module changes."""
    return _runner(_world()[1])

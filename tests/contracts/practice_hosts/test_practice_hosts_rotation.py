"""The logs of a practice host are rotated as its logrotate has said, and only once (MIT-22)."""

from collections.abc import Iterator

import pytest

from stanch.mitigation import CannotPlanError
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations import Effect
from stanch.tools.operations.host_rotation import RotateLogs
from tests.contracts.practice_hosts.changing import plan_of
from tests.contracts.practice_hosts.conftest import World
from tests.contracts.practice_hosts.reading import targets

ROTATE = "logrotate -f /etc/logrotate.d/shop"
LOG = "/var/log/shop/access.json"


@pytest.fixture
def client(world: World) -> Iterator[SshClient]:
    client = SshClient(targets=targets(world))
    yield client
    client.close()


def test_the_logs_are_rotated_once(world: World, client: SshClient) -> None:
    files = world.hosts.machines["edge-1"].tree.files
    before = files[LOG].size
    plan = plan_of(client, ROTATE, "edge-1")
    change = plan.operation
    assert isinstance(change, RotateLogs)
    assert change.effect is Effect.DESTRUCTIVE
    assert [(one.path, one.last) for one in change.logs] == [(LOG, "never")]
    assert "they are copied and then cut: what is written in between is lost" in plan.touches
    assert client.look(change) == plan.observed
    assert client.preview(change, key="k").after["steps"] == plan.observed["steps"]
    assert client.probe(change, key="k") is False
    client.apply(change, key="k", observed=plan.observed)
    assert (files[LOG].size, files[f"{LOG}.1"].size) == (0, before)
    assert client.probe(change, key="k") is True
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key="k", observed=plan.observed)
    assert files[f"{LOG}.1"].size == before


def test_a_rotation_that_came_before_is_seen(world: World, client: SshClient) -> None:
    plan = plan_of(client, ROTATE, "edge-1")
    machine = world.hosts.machines["edge-1"]
    machine.rotated[LOG] = machine.shown
    size = machine.tree.files[LOG].size
    with pytest.raises(PreconditionFailedError, match="rotated"):
        client.apply(plan.operation, key="k", observed=plan.observed)
    assert machine.tree.files[LOG].size == size


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("logrotate /etc/logrotate.d/shop", "no way yet"),
        ("logrotate -f /etc/logrotate.conf", "no way yet"),
        ("logrotate -f -s /tmp/x /etc/logrotate.d/shop", "no way yet"),
        ("logrotate -f /etc/logrotate.d/none", "no /etc/logrotate.d/none that can be read"),
    ],
)
def test_anything_but_one_configuration_is_left_to_people(
    client: SshClient, line: str, why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan_of(client, line, "edge-1")


def test_empty_logs_are_not_rotated(world: World, client: SshClient) -> None:
    world.hosts.machines["edge-1"].tree.files[LOG].size = 0
    with pytest.raises(CannotPlanError, match="no log that could be rotated"):
        plan_of(client, ROTATE, "edge-1")

"""The agent's own client and runbooks on the practice hosts: in every drill the cause leads."""

from collections.abc import Iterator

import pytest

from stanch.policy import Reads, kinds
from stanch.runbook.bind import bind
from stanch.sandbox import referee
from stanch.sandbox.faults import inject
from stanch.sandbox.faults.hosts import FAULTS
from stanch.tools.clients.ssh import SshClient
from stanch.tools.operations import HostRead, RestartUnit
from stanch.tools.operations.host import ChangeHost, HostPart
from tests.contracts.practice_hosts.conftest import World
from tests.contracts.practice_hosts.reading import Reader, runbook, targets

NAMES = ("linux/disk-full", "linux/clock-skew", "linux/high-cpu", "linux/service-down")
DRILLS = [(name, drill) for name in NAMES for drill in runbook(name).drills]


@pytest.fixture
def client(world: World) -> Iterator[SshClient]:
    client = SshClient(targets=targets(world))
    yield client
    client.close()


def test_every_fault_of_hosts_is_drilled_by_one_runbook() -> None:
    assert sorted(drill.fault for _, drill in DRILLS) == sorted(one.name for one in FAULTS)


@pytest.mark.parametrize(("name", "fault"), [(name, one.fault) for name, one in DRILLS])
@pytest.mark.parametrize("seed", [2, 11])
def test_in_its_drill_the_cause_leads_and_its_action_cures(
    world: World, client: SshClient, name: str, fault: str, seed: int
) -> None:
    drill = next(one for _, one in DRILLS if one.fault == fault)
    done, mend = inject(world.shop, fault, seed=seed)
    since = referee.baseline(world.shop, may_change=done.may_change)
    for _ in range(40):
        if world.shop.alerts.firing():
            break
        world.wait(5)
    book = runbook(name)
    reader = Reader(world, client)
    assert any(
        one.labels["alertname"] == reader.alert.name
        for one in book.alerts
        if "alertname" in one.labels
    )
    best = reader.weighed(book)[0]
    assert (best.id, best.state) == (f"{name}#{drill.cause}", "leading")
    if drill.action is None:
        assert mend is not None
        mend()
    elif drill.action in book.plans:
        assert drill.action in best.mitigations
        for each in book.plans[drill.action].steps:
            intent = bind(book.step(each), reader.values, params=book.params)
            assert isinstance(intent, ChangeHost)
        # Both changes are carried out where their own tests are, and as a whole in drills.
        assert mend is not None
        mend()
    else:
        assert mend is None
        step = book.step(drill.action)
        assert drill.action in best.mitigations
        intent = bind(step, reader.values, params=book.params)
        assert isinstance(intent, ChangeHost)
        _restart(client, reader.host, intent.argv[-1])
    world.wait(200)
    verdict = referee.judge(world.shop, since=since)
    assert verdict.well, verdict.reasons
    assert not verdict.unexpected
    again = {one.id: one for one in reader.weighed(book)}[best.id]
    assert again.state != "leading", "its signs still hold after the cure"


def _restart(client: SshClient, host: str, unit: str) -> None:
    """Restart a unit as the executor does: look, apply, and see that it has happened."""
    unit = unit if unit.endswith(".service") else f"{unit}.service"
    first = RestartUnit(host=host, unit=unit, invocation="")
    facts = client.look(first)
    change = first.model_copy(update={"invocation": facts["invocation_id"]})
    client.apply(change, key="drill", observed=facts)
    assert client.probe(change, key="drill") is True
    assert client.look(change)["active_state"] == "active"


def test_several_hosts_are_asked_side_by_side(world: World, client: SshClient) -> None:
    read = HostRead(program="hostname", hosts=tuple(world.hosts.machines))
    data = client.observe(read).data
    assert {name: one["stdout"] for name, one in data["hosts"].items()} == {
        name: f"{name}\n" for name in world.hosts.machines
    }


def test_its_policy_lists_the_hosts_and_the_units_that_may_be_restarted(world: World) -> None:
    listed = world.hosts.policy()
    reads, changes = Reads.model_validate(listed["reads"]), listed["changes"]
    assert set(reads.hosts) == set(changes["hosts"]) == set(world.hosts.machines)
    assert set(changes["kinds"]) <= set(kinds())
    assert "nginx.service" in changes["units"]
    assert not any("postgres" in unit or unit == "*" for unit in changes["units"])


def test_a_time_limit_and_sudo_are_understood(client: SshClient) -> None:
    read = HostRead(program="nproc", host="db-1", sudo="root", seconds=5)
    assert client.observe(read).data["stdout"] == "4\n"
    part = HostPart(role="flag", text="-h")
    assert (
        "/dev/vda1"
        in client.observe(HostRead(program="df", args=(part,), host="db-1")).data["stdout"]
    )

"""A process of a practice host is told to end only while it is the one that was seen (MIT-22)."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from stanch.mitigation import CannotPlanError
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.processes import Process, Program
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations import Effect
from stanch.tools.operations.host_processes import StopProcess
from tests.contracts.practice_hosts.changing import plan_of
from tests.contracts.practice_hosts.conftest import World
from tests.contracts.practice_hosts.reading import targets

REPORT = Program(name="report", args="report --year 2026", user="shop", cores=1.9, rss_mib=90.0)
Start: TypeAlias = Callable[[], Process]


@pytest.fixture
def client(world: World) -> Iterator[SshClient]:
    client = SshClient(targets=targets(world))
    yield client
    client.close()


@pytest.fixture
def machine(world: World) -> Machine:
    return world.hosts.machines["edge-1"]


@pytest.fixture
def start(world: World, machine: Machine) -> Start:
    def begin() -> Process:
        process = machine.spawn(REPORT, parent=1, unit="session-7.scope", user="shop")
        world.wait(60)
        return process

    return begin


def test_a_runaway_process_is_told_to_end(
    client: SshClient, machine: Machine, start: Start
) -> None:
    process = start()
    plan = plan_of(client, f"kill -TERM {process.pid}", "edge-1")
    change = plan.operation
    assert isinstance(change, StopProcess)
    assert (change.command, change.user, change.signal) == ("report", "shop", "TERM")
    assert change.effect is Effect.DESTRUCTIVE
    assert plan.observed["unit"] == "session-7.scope"
    assert client.look(change) == plan.observed
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.after) == (True, {"missing": True})
    assert process.pid in machine.processes, "a preview ends nobody"
    assert client.probe(change, key="k") is None
    outcome = client.apply(change, key="k", observed=plan.observed)
    assert outcome.data == {"signal": "TERM", "ended": True}
    assert client.look(change) == tried.after
    assert client.probe(change, key="k") is True
    with pytest.raises(PreconditionFailedError, match="ended by itself"):
        client.apply(change, key="k", observed=plan.observed)


def test_one_that_does_not_heed_it_is_killed_only_by_a_change_of_its_own(
    client: SshClient, machine: Machine, start: Start
) -> None:
    process = start()
    process.deaf = True
    asked = plan_of(client, f"kill {process.pid}", "edge-1")
    told = client.apply(asked.operation, key="k", observed=asked.observed)
    assert told.data == {"signal": "TERM", "ended": False}
    assert process.pid in machine.processes
    killed = plan_of(client, f"kill -9 {process.pid}", "edge-1")
    assert killed.operation.digest != asked.operation.digest
    assert client.probe(killed.operation, key="k") is False
    assert client.apply(killed.operation, key="k", observed=killed.observed).data["ended"]
    assert process.pid not in machine.processes


@pytest.mark.parametrize("drift", ["pid reused", "another user", "rebooted", "ended"])
def test_another_process_in_its_place_is_left_alone(
    client: SshClient, machine: Machine, start: Start, drift: str
) -> None:
    process = start()
    plan = plan_of(client, f"kill {process.pid}", "edge-1")
    match drift:
        case "pid reused":
            machine.processes[process.pid].started += 1
        case "another user":
            process.user = "postgres"
        case "rebooted":
            machine.booted += 86400
            process.started += 86400
        case _:
            machine.end(process)
    with pytest.raises(PreconditionFailedError):
        client.apply(plan.operation, key="k", observed=plan.observed)
    assert (process.pid in machine.processes) is (drift != "ended")


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("nginx", "main process of nginx.service: restart the unit"),
        ("sshd:", "main process of ssh.service"),
        ("kswapd0", "the kernel's"),
        ("kthreadd", "the kernel's"),
    ],
)
def test_some_processes_are_never_told_to_end(
    client: SshClient, machine: Machine, who: str, why: str
) -> None:
    found = min(p for p, one in machine.processes.items() if one.name.startswith(who[:4]))
    with pytest.raises(CannotPlanError, match=why):
        plan_of(client, f"kill {found}", "edge-1")
    assert found in machine.processes


def test_a_database_is_never_told_to_end(world: World, client: SshClient) -> None:
    processes = world.hosts.machines["db-1"].processes
    worker = max(p for p, one in processes.items() if one.name == "postgres")
    with pytest.raises(CannotPlanError, match="end the session in the database"):
        plan_of(client, f"kill {worker}", "db-1")


def test_a_worker_of_a_unit_may_end_and_it_is_said_whose_it_is(
    client: SshClient, machine: Machine
) -> None:
    main = machine.units["nginx.service"].main_pid
    worker = next(p for p, one in machine.processes.items() if one.parent == main)
    plan = plan_of(client, f"sudo kill {worker}", "edge-1")
    assert "one of the processes of nginx.service" in " ".join(plan.touches)
    assert client.apply(plan.operation, key="k", observed=plan.observed).data["ended"]
    assert machine.units["nginx.service"].active == "active"


def test_a_process_that_has_ended_is_nothing_to_end(client: SshClient) -> None:
    with pytest.raises(CannotPlanError, match="no process 3999999 runs"):
        plan_of(client, "kill 3999999", "edge-1")
    with pytest.raises(CannotPlanError, match="first of all"):
        plan_of(client, "kill 1", "edge-1")

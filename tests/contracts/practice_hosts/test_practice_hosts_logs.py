"""A log of a practice host is cut only while it is the file that was seen (MIT-22, DF-20)."""

from collections.abc import Iterator

import pytest

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.sandbox.hosts.disks import File
from stanch.settings.targets import Targets
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import Effect
from stanch.tools.operations.host_logs import TruncateLog
from tests.contracts.practice_hosts.changing import intent_of, looks_of, plan_of
from tests.contracts.practice_hosts.conftest import World
from tests.contracts.practice_hosts.reading import targets

LOG = "/var/log/shop/access.json"
CUT = f"truncate -s 100M {LOG}"


@pytest.fixture
def client(world: World) -> Iterator[SshClient]:
    client = SshClient(targets=targets(world))
    yield client
    client.close()


@pytest.fixture
def log(world: World) -> File:
    return world.hosts.machines["edge-1"].tree.files[LOG]


def test_a_log_is_cut_to_its_first_bytes_and_its_writer_goes_on(
    world: World, client: SshClient, log: File
) -> None:
    plan = plan_of(client, CUT, "edge-1")
    change = plan.operation
    assert isinstance(change, TruncateLog)
    assert (change.inode, change.owner, change.keep) == (log.inode, "shop", 100 * 1024**2)
    assert change.effect is Effect.DESTRUCTIVE
    assert (change.reach.thing, change.reach.host) == (f"logs{LOG}", "edge-1")
    assert plan.inverse is None
    assert "nothing can put the lines back" in plan.inverse_note
    assert client.look(change) == plan.observed
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.tried) == (True, False)
    assert tried.after == {"path": LOG, "bytes": change.keep}
    assert log.size == change.seen, "a preview cuts nothing"
    assert client.probe(change, key="k") is False
    outcome = client.apply(change, key="k", observed=plan.observed)
    assert outcome.data == tried.after
    assert log.size == change.keep
    assert client.probe(change, key="k") is True
    strategy = strategy_for(intent_of(CUT, "edge-1"))
    assert strategy is not None
    assert strategy.foretold(change, tried.after).items() <= client.look(change).items()
    world.wait(60)
    assert log.size > change.keep
    with pytest.raises(PreconditionFailedError, match="cut"):
        client.apply(change, key="k", observed=plan.observed)


def test_the_last_lines_are_read_before_they_are_gone(client: SshClient, log: File) -> None:
    seen = looks_of(client, intent_of(CUT, "edge-1"))
    assert seen["tail"]["lines"][-1] == log.recent[-1]


@pytest.mark.parametrize("drift", ["rotated", "cut meanwhile", "deleted", "another owner"])
def test_another_file_in_its_place_is_left_alone(
    world: World, client: SshClient, log: File, drift: str
) -> None:
    plan = plan_of(client, CUT, "edge-1")
    tree = world.hosts.machines["edge-1"].tree
    now = log
    match drift:
        case "rotated":
            tree.remove(LOG, held=True)
            now = tree.add(LOG, size=log.size, at=0.0, user="shop", group="shop")
        case "cut meanwhile":
            log.size -= 1
        case "deleted":
            tree.remove(LOG, held=True)
        case _:
            log.user = "www-data"
    sizes = (log.size, now.size)
    assert client.look(plan.operation) != plan.observed
    with pytest.raises(PreconditionFailedError):
        client.apply(plan.operation, key="k", observed=plan.observed)
    assert (log.size, now.size) == sizes
    if drift in {"rotated", "deleted"}:
        assert client.probe(plan.operation, key="k") is None


def test_a_deleted_file_is_not_cut_and_its_unit_is_named_as_the_way(
    world: World, client: SshClient
) -> None:
    world.hosts.machines["edge-1"].tree.remove(LOG, held=True)
    with pytest.raises(CannotPlanError, match=r"lsof \+L1.*restart its unit instead"):
        plan_of(client, CUT, "edge-1")


def test_a_log_that_the_settings_do_not_name_is_left_alone(
    world: World, client: SshClient, log: File
) -> None:
    plan = plan_of(client, CUT, "edge-1")
    settings = world.hosts.settings()
    for table in settings["hosts"].values():
        del table["logs"]
    other = SshClient(
        targets=Targets.model_validate({"ssh": settings["ssh"], "hosts": settings["hosts"]})
    )
    size = log.size
    tried = other.preview(plan.operation, key="k")
    assert not tried.accepted
    assert "name it under logs of [hosts.edge-1]" in tried.note
    with pytest.raises(OperationRefusedError, match="settings do not allow"):
        other.apply(plan.operation, key="k", observed=plan.observed)
    assert log.size == size
    other.close()

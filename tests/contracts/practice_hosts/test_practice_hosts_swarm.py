"""A service of a practice swarm is rolled back and forth, and never behind a change (MIT-02)."""

from collections.abc import Iterator
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.sandbox.hosts.swarm import SETTLES, Service, image, spec_of
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import PreconditionFailedError
from stanch.tools.operations import Effect, HostRead
from stanch.tools.operations.host import HostPart
from stanch.tools.operations.host_swarm import RollBackService
from tests.contracts.practice_hosts.changing import intent_of, plan_of
from tests.contracts.practice_hosts.conftest import World
from tests.contracts.practice_hosts.reading import targets

NAME = "shop_prices"
BACK = f"docker service rollback --detach {NAME}"
OLD, NEW = image(NAME, "2.6.1"), image(NAME, "2.7.0")


@pytest.fixture
def client(world: World) -> Iterator[SshClient]:
    client = SshClient(targets=targets(world))
    yield client
    client.close()


@pytest.fixture
def service(world: World) -> Service:
    swarm = world.hosts.machines["jobs-1"].swarm
    assert swarm is not None
    return swarm.services[NAME]


def running(service: Service) -> Any:
    return service.spec["TaskTemplate"]["ContainerSpec"]["Image"]


def test_a_service_is_rolled_back_and_the_way_back_puts_it_as_it_was(
    world: World, client: SshClient, service: Service
) -> None:
    before = service.shown()
    plan = plan_of(client, BACK, "jobs-1")
    change = plan.operation
    assert isinstance(change, RollBackService)
    assert (change.image, change.to_image, change.version) == (NEW, OLD, service.version)
    assert change.effect is Effect.MUTATE
    assert plan.title.startswith("Roll the service shop_prices back from shop_prices:2.7.0")
    assert client.look(change) == plan.observed
    tried = client.preview(change, key="k")
    assert service.shown() == before, "a preview changes nothing"
    assert client.probe(change, key="k") is False
    client.apply(change, key="k", observed=plan.observed)
    assert running(service) == OLD
    assert client.probe(change, key="k") is True
    strategy = strategy_for(intent_of(BACK, "jobs-1"))
    assert strategy is not None
    expected = strategy.foretold(change, tried.after)
    assert plan.inverse is not None
    now = client.look(plan.inverse)
    assert now == expected == tried.after
    world.wait(SETTLES + 1)
    assert client.look(plan.inverse) == expected, "a rollback that completes is no drift"
    client.apply(plan.inverse, key="k:inverse", observed=now)
    assert service.spec == before["Spec"]
    assert service.previous == before["PreviousSpec"]
    assert client.probe(plan.inverse, key="k:inverse") is True


def test_a_rollback_that_nobody_wanted_is_told_as_a_change(world: World, client: SshClient) -> None:
    since = world.hosts.baseline()
    plan = plan_of(client, BACK, "jobs-1")
    client.apply(plan.operation, key="k", observed=plan.observed)
    assert world.hosts.changes(since, frozenset()) == ["another version: shop_prices on jobs-1"]
    expected = frozenset({("services", "jobs-1/shop_prices")})
    assert world.hosts.changes(since, expected) == []


def test_the_tasks_show_the_image_that_was_rolled_back_to(
    client: SshClient, service: Service
) -> None:
    plan = plan_of(client, BACK, "jobs-1")
    client.apply(plan.operation, key="k", observed=plan.observed)
    verbs = tuple(HostPart(role="verb", text=word) for word in ("service", "ps"))
    read = HostRead(program="docker", args=(*verbs, HostPart(text=NAME)), host="jobs-1")
    rows = client.observe(read).data["lines"][1:]
    assert len(rows) == service.spec["Mode"]["Replicated"]["Replicas"] == 2
    assert all("shop_prices:2.6.1" in row for row in rows)


@pytest.mark.parametrize("drift", ["updated", "rolled back", "version moved", "made anew"])
def test_a_service_that_others_changed_is_left_alone(
    client: SshClient, service: Service, drift: str
) -> None:
    plan = plan_of(client, BACK, "jobs-1")
    match drift:
        case "updated":
            service.update(spec_of(NAME, "2.7.1", replicas=2), 0.0)
        case "rolled back":
            service.roll_back(0.0)
        case "version moved":
            service.version += 1
        case _:
            service.name = "shop_prices2"
    now = running(service)
    with pytest.raises(PreconditionFailedError):
        client.apply(plan.operation, key="k", observed=plan.observed)
    assert running(service) == now


def test_one_that_was_rolled_back_is_not_rolled_forward_as_a_cure(
    world: World, client: SshClient, service: Service
) -> None:
    service.roll_back(0.0)
    with pytest.raises(CannotPlanError, match="rolled back already"):
        plan_of(client, BACK, "jobs-1")
    world.wait(SETTLES + 1)
    with pytest.raises(CannotPlanError, match="rolled back already"):
        plan_of(client, BACK, "jobs-1")


def test_a_change_of_the_count_of_tasks_is_nothing_to_roll_back(
    client: SshClient, service: Service
) -> None:
    service.update(spec_of(NAME, "2.7.0", replicas=5), 0.0)
    with pytest.raises(CannotPlanError, match="only changed how many tasks"):
        plan_of(client, BACK, "jobs-1")


def test_a_rollback_that_also_changes_the_tasks_says_so(
    client: SshClient, service: Service
) -> None:
    service.update(spec_of(NAME, "2.8.0", replicas=6), 0.0)
    plan = plan_of(client, BACK, "jobs-1")
    (size,) = plan.operation.reach.sizes
    assert (size.name, size.before, size.after) == ("replicas", 6, 2)
    assert "it wants 2 tasks afterwards, in place of 6" in plan.touches


@pytest.mark.parametrize(
    ("line", "host", "why"),
    [
        ("docker service rollback shop_reports", "jobs-1", "never updated"),
        ("docker service rollback nobody", "jobs-1", "no such service: nobody"),
        ("docker service rollback shop_prices shop_reports", "jobs-1", "no way yet"),
    ],
)
def test_what_has_no_earlier_release_is_not_rolled_back(
    client: SshClient, line: str, host: str, why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan_of(client, line, host)


def test_an_image_without_its_digest_is_left_to_a_person(
    client: SshClient, service: Service
) -> None:
    assert service.previous is not None
    service.previous["TaskTemplate"]["ContainerSpec"]["Image"] = "shop_prices:latest"
    with pytest.raises(CannotPlanError, match="without its digest"):
        plan_of(client, BACK, "jobs-1")

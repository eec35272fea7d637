"""Reads run side by side, become evidence once, and say what could not be looked at."""

import contextlib
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from stanch.executor import Clients, Request
from stanch.executor.clients import load
from stanch.settings import Settings
from stanch.store import verify
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import ListObjects, QueryMetrics, ReadObject
from tests.contracts.clients.client_targets import Target
from tests.contracts.clients.metrics_server import MetricsServer
from tests.contracts.executor.conftest import World
from tests.unit import incident_samples as samples

pytestmark = pytest.mark.cluster


def reads(*names: str) -> list[Request]:
    return [
        Request(step=name, role="devops", operation=ListObjects(resource="pods", namespace="shop"))
        for name in names
    ]


def known(world: World) -> None:
    with world.store.database.write() as connection:
        world.store.records.add_incident(connection, samples.incident())


def test_each_read_becomes_evidence_once_in_each_look(world: World) -> None:
    known(world)
    first = world.executor.observe("INC-1", "investigate", reads("a", "b"), look=1)
    again = world.executor.observe("INC-1", "investigate", reads("a", "b", "c"), look=1)
    assert world.executor.observe("INC-1", "investigate", reads("a", "b"), look=1) == first
    later = world.executor.observe("INC-1", "investigate", reads("a"), look=2)
    assert set(again) == {"a", "b", "c"}
    assert again["a"] == first["a"]
    assert later["a"].id != first["a"].id
    assert len(world.store.records.evidence("INC-1")) == 4
    assert verify(world.store.database).faults == ()


def test_twenty_reads_run_side_by_side(world: World) -> None:
    known(world)
    gathered, world.front.rule = threading.Barrier(20), lambda _: _meet(gathered)
    requests = reads(*(f"s{n}" for n in range(20)))
    seen = world.executor.observe("INC-1", "investigate", requests, look=1)
    assert [item.status for item in seen.values()] == ["ok"] * 20
    assert world.front.most_going == 20


def _meet(gathered: threading.Barrier) -> None:
    """Hold a request until all have come; one after the other, they never would."""
    with contextlib.suppress(threading.BrokenBarrierError):
        gathered.wait(2)


def test_what_is_not_there_or_cannot_be_reached_is_said_and_is_no_evidence_of_health(
    world: World,
) -> None:
    known(world)
    missing = ReadObject(resource="deployments", namespace="shop", name="no-such-thing")
    metrics = QueryMetrics(expression="up")
    seen = world.executor.observe(
        "INC-1",
        "investigate",
        [
            Request(step="missing", role="devops", operation=missing),
            Request(step="metrics", role="devops", operation=metrics),
        ],
        look=1,
    )
    assert (seen["missing"].status, seen["missing"].data) == ("refused", {})
    assert (seen["metrics"].status, seen["metrics"].data) == ("unreachable", {})
    assert "STANCH_PROMETHEUS_URL" in seen["metrics"].text


def test_a_cut_connection_is_evidence_that_says_so(world: World) -> None:
    known(world)
    world.front.rule = lambda _: "cut before"
    seen = world.executor.observe("INC-1", "investigate", reads("a"), look=1)
    assert seen["a"].status in {"unknown", "unreachable"}


def test_secrets_in_what_was_read_are_masked_before_they_are_stored(world: World) -> None:
    known(world)
    world.corner.create(
        "configmaps",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{world.corner.name}-config"},
            "data": {"dsn": "postgres://shop:hunter2hunter2@db/shop", "password": "swordfish"},
        },
    )
    read = ReadObject(resource="configmaps", namespace="shop", name=f"{world.corner.name}-config")
    seen = world.executor.observe(
        "INC-1", "investigate", [Request(step="c", role="devops", operation=read)], look=1
    )
    stored = (world.store.home / "stanch.db").read_bytes()
    stored += (world.store.home / "stanch.db-wal").read_bytes()
    assert seen["c"].redactions == 2
    assert b"hunter2hunter2" not in stored
    assert b"swordfish" not in stored


def test_a_glance_records_nothing_and_takes_only_reads(world: World) -> None:
    operation = ListObjects(resource="pods", namespace="shop")
    missing = ReadObject(resource="pods", namespace="shop", name="no-such-thing")
    found, none = world.executor.glance([operation, missing])
    assert found is not None
    assert none is None
    assert world.executor.glance([]) == ()
    assert world.kinds() == []
    with pytest.raises(PermissionError, match="is no read"):
        world.executor.glance([world.proposal().operation])


def test_a_user_without_rights_is_refused_and_the_incident_goes_on(
    world: World, target: Target
) -> None:
    known(world)
    settings = Settings(home=world.store.home, user="ann", kubeconfig=target.kubeconfig("nobody"))
    world.executor._clients = Clients(settings)
    seen = world.executor.observe("INC-1", "investigate", reads("a"), look=1)
    assert seen["a"].status == "refused"
    assert "forbidden" in seen["a"].text
    world.executor._clients.close()


def test_a_kubeconfig_that_is_missing_is_named(world: World, tmp_path: Path) -> None:
    known(world)
    settings = Settings(home=world.store.home, user="ann", kubeconfig=tmp_path / "none")
    world.executor._clients = Clients(settings)
    seen = world.executor.observe("INC-1", "investigate", reads("a"), look=1)
    assert seen["a"].status == "unreachable"
    assert "none" in seen["a"].text
    with pytest.raises(TargetUnreachableError):
        world.executor._clients.observe(QueryMetrics(expression="up"))


def test_a_change_among_the_reads_is_denied_and_the_others_run(world: World) -> None:
    known(world)
    change = Request(step="change", role="devops", operation=world.proposal().operation)
    seen = world.executor.observe("INC-1", "investigate", [change, *reads("a")], look=1)
    assert {name: item.status for name, item in seen.items()} == {"a": "ok", "change": "refused"}
    assert seen["change"].text.startswith("not looked at: ")
    denied = [e for e in world.store.journal.events("INC-1") if e.type == "step.denied"]
    assert [event.data["step"] for event in denied] == ["change"]
    assert world.front.patches == []


def test_metrics_are_read_beside_the_cluster(world: World, target: Target) -> None:
    known(world)
    load()
    with contextlib.closing(MetricsServer()) as server:
        settings = Settings(
            home=world.store.home,
            user="ann",
            kubeconfig=target.kubeconfig(),
            prometheus_url=server.url,
            prometheus_token=SecretStr("token-for-metrics"),
        )
        clients = Clients(settings)
        world.executor._clients = clients
        query = Request(step="up", role="devops", operation=QueryMetrics(expression="up"))
        seen = world.executor.observe("INC-1", "investigate", [query, *reads("a")], look=1)
        clients.close()
    assert {name: item.status for name, item in seen.items()} == {"up": "ok", "a": "ok"}

"""What is restored goes the whole way: planned, approved, executed, undone (MIT-02, MIT-18)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stanch.approvals import Identity, approve
from stanch.clock import Clock
from stanch.executor import Clients, Executor
from stanch.incident import Approval, Proposal
from stanch.mitigation import strategy_for
from stanch.policy import Rule
from stanch.settings import Settings
from stanch.store import Store
from stanch.tools.operations import (
    Intent,
    RestoreConfigMap,
    RestoreFromSecret,
    RollBackApplication,
)
from tests.contracts.clients.argo_scene import AUTOMATED, REVISIONS, Application, application
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Target
from tests.contracts.clients.secret_scene import Scene, scene
from tests.contracts.clients.test_client_traffic import config
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import environment, policy

__all__ = ["application", "scene"]
POLICY = policy(environment(allow=(Rule(kinds=("kubernetes.*",)),)))


@dataclass
class World:
    """A store with an incident, and an executor for the cluster."""

    store: Store
    clients: Clients
    executor: Executor
    clock: Clock

    def approved(self, intent: Intent) -> tuple[Proposal, Approval]:
        """Plan what `intent` asks for on the target as it is, and have it approved."""
        strategy = strategy_for(intent)
        assert strategy is not None
        seen = {
            name: self.clients.observe(one).data for name, one in strategy.looks(intent).items()
        }
        made = strategy.plan(intent, seen, now=self.clock.now())
        tried = self.clients.hands(made.operation).preview(made.operation, key="INC-1:preview")
        assert tried.accepted, tried.note
        proposal = samples.proposal(
            title=made.title,
            operation=made.operation,
            observed=made.observed,
            inverse=made.inverse,
            inverse_note=made.inverse_note,
            expected=strategy.foretold(made.operation, tried.after),
            policy_sha256=POLICY.sha256,
        )
        now = self.clock.now()
        asked = samples.ask(
            self.store, proposal, requested_at=now, expires_at=now + timedelta(minutes=15)
        )
        who = Identity("ann", "test")
        return proposal, approve(self.store, POLICY, self.clock, asked, who=who)

    def there_and_back(self, intent: Intent, between: Callable[[], None]) -> None:
        """Execute and undo what `intent` asks for; `between` looks at the target."""
        proposal, approval = self.approved(intent)
        done = self.executor.execute(proposal, approval)
        assert done.state == "done", done.text
        between()
        facts = self.executor.facts(proposal.operation)
        assert {name: facts[name] for name in proposal.expected} == proposal.expected
        failed = {"proposal": proposal.id, "text": "they did not hold", "checks": []}
        self.store.journal.append(samples.entry("verification.failed", data=failed))
        undone = self.executor.undo(proposal, approval)
        assert undone.state == "done", undone.text
        assert self.executor.undo(proposal, approval).state == "done", "it is sent once"


@pytest.fixture
def world(tmp_path: Path, target: Target) -> Iterator[World]:
    store, clock = Store(tmp_path / "home"), Clock()
    settings = Settings(home=store.home, user="ann", kubeconfig=target.kubeconfig())
    clients = Clients(settings)
    executor = Executor(
        store=store,
        clients=clients,
        policy=POLICY,
        reread=lambda: POLICY,
        clock=clock,
        secrets=(),
    )
    yield World(store, clients, executor, clock)
    clients.close()
    store.close()


def test_an_application_goes_back_and_comes_again(world: World, application: Application) -> None:
    application.create(AUTOMATED)

    def between() -> None:
        assert application.get()["operation"]["sync"]["revision"] == REVISIONS[1]
        application.sync()

    world.there_and_back(RollBackApplication(namespace=NAMESPACE, name=application.name), between)
    after = application.get()
    assert after["operation"]["sync"]["revision"] == REVISIONS[2]
    assert after["spec"]["syncPolicy"]["automated"] == AUTOMATED


def test_a_config_map_goes_back_and_comes_again(world: World, corner: Corner) -> None:
    bad = {"MODE": "wrong", "NEW": "odd"}
    config(corner, corner.name, bad, {"data": {"MODE": "fast"}})

    def between() -> None:
        assert corner.get("configmaps")["data"] == {"MODE": "fast"}

    world.there_and_back(RestoreConfigMap(namespace=NAMESPACE, name=corner.name), between)
    assert corner.get("configmaps")["data"] == bad


def test_a_secret_goes_back_and_comes_again_and_no_value_is_kept(
    world: World, scene: Scene, tmp_path: Path
) -> None:
    def between() -> None:
        assert scene.get()["data"] == scene.good

    name = scene.corner.name
    intent = RestoreFromSecret(namespace=NAMESPACE, name=name, from_name=scene.source)
    world.there_and_back(intent, between)
    assert scene.get()["data"] == scene.bad
    kept: list[Any] = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(name.encode() in one for one in kept), "the change itself is on record"
    assert not scene.shows(*kept, *(event for event in world.store.journal.events("INC-1")))

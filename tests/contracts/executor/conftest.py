"""The executor on every cluster of the clients' tests, through a front that can misbehave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stanch.approvals import Identity, approve
from stanch.clock import Clock
from stanch.executor import Clients, Executor
from stanch.executor.record import ChangeRecord
from stanch.incident import Approval, Proposal
from stanch.mitigation import plan
from stanch.mitigation.plan import Workloads
from stanch.policy import Policy
from stanch.settings import Settings
from stanch.store import Store
from stanch.tools.operations import InspectWorkload, UndoRollout
from tests.contracts.clients.client_front import Front
from tests.contracts.clients.client_targets import Corner
from tests.contracts.clients.conftest import corner, front, fronted, target
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import policy

__all__ = ["corner", "front", "fronted", "target"]

POLICY = policy()
BEFORE, AFTER = "registry.local/web:v1", "registry.local/web:v2"


class Wristwatch(Clock):
    """The machine's clock, which a test can set forward; its waits are short."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, seconds: float, stop: Any = None) -> bool:
        return super().wait(min(seconds, 0.05), stop)


@dataclass
class World:
    """One deployment with two revisions, and everything that acts on it."""

    store: Store
    clients: Clients
    executor: Executor
    corner: Corner
    front: Front
    clock: Wristwatch
    rules: list[Policy] = field(default_factory=lambda: [POLICY])

    def proposal(self, intent: Any = None, **changes: Any) -> Proposal:
        """Propose what `intent` asks for, by default to undo the rollout, as it is now."""
        name = self.corner.name
        look = self.clients.observe(InspectWorkload(namespace="shop", name=name)).data
        intent = intent or UndoRollout(namespace="shop", name=name)
        made = plan(intent, look, now=self.clock.now())
        return samples.proposal(
            operation=made.operation,
            observed=made.observed,
            inverse=made.inverse,
            inverse_note=made.inverse_note,
            expected=Workloads().foretold(
                made.operation,
                self.clients.hands(made.operation).preview(made.operation, key="k").after,
            ),
            policy_sha256=POLICY.sha256,
            **changes,
        )

    def ask(self, proposal: Proposal) -> Approval:
        now = self.clock.now()
        return samples.ask(
            self.store, proposal, requested_at=now, expires_at=now + timedelta(minutes=15)
        )

    def approved(self, intent: Any = None, **changes: Any) -> tuple[Proposal, Approval]:
        proposal = self.proposal(intent, **changes)
        approval = self.ask(proposal)
        who = Identity("ann", "test")
        return proposal, approve(self.store, POLICY, self.clock, approval, who=who)

    def failed(self, proposal: Proposal) -> Proposal:
        """Record that the checks of a change did not hold."""
        facts = {"proposal": proposal.id, "text": "they did not hold", "checks": []}
        self.store.journal.append(samples.entry("verification.failed", data=facts))
        return proposal

    def record(self) -> ChangeRecord:
        return ChangeRecord(self.store, self.clock)

    def image(self) -> str:
        spec = self.corner.get()["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"])

    def kinds(self) -> list[str]:
        return [event.type for event in self.store.journal.events("INC-1")]


def open_world(store: Store, kubeconfig: Path, corner: Corner, front: Front) -> World:
    settings = Settings(
        home=store.home, user="ann", kubeconfig=kubeconfig, context="front", step_seconds=6
    )
    clients, clock = Clients(settings), Wristwatch()
    rules = [POLICY]
    executor = Executor(
        store=store,
        clients=clients,
        policy=POLICY,
        reread=lambda: rules[-1],
        clock=clock,
        secrets=(),
    )
    return World(store, clients, executor, corner, front, clock, rules)


@pytest.fixture
def world(tmp_path: Path, fronted: Path, corner: Corner, front: Front) -> Iterator[World]:
    store = Store(tmp_path / "home")
    corner.deploy(BEFORE)
    corner.set_image(AFTER)
    corner.settled()
    made = open_world(store, fronted, corner, front)
    yield made
    made.clients.close()
    store.close()

"""One strategy on its real target, from the runbook's intent to the inverse, as the graph does it.

A `Scene` is a practice target that was brought into one state; a `Drill` takes it through
looks, plan, preview, proposal, votes, executor and inverse, with nothing in between replaced.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from stanch.approvals import Identity, approve
from stanch.executor import Executor, Purpose, Result
from stanch.incident import Approval, Check, Preview, Proposal
from stanch.mitigation import (
    CheckResult,
    Measures,
    Plan,
    build_checks,
    can_read_back,
    differences,
    judge_check,
    judge_facts,
    result_of,
    strategy_for,
)
from stanch.policy import Approval as Answers
from stanch.policy import Environment, Limits, Policy, Rule, Where
from stanch.settings import Settings
from stanch.store import Store
from stanch.tools.operations import Read
from stanch.tools.outcome import DryRun
from tests.contracts.executor.conftest import Wristwatch
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene
from tests.contracts.strategies.strategy_timed import Timed
from tests.unit import incident_samples as samples

_ALL = ("**",)
PEOPLE = ("ann", "ben")
_SECONDS = 30.0
_PAUSE = threading.Event()


def open_policy(**changes: Any) -> Policy:
    """Return a policy that asks about every change of every place, and denies none."""
    where = Where(
        namespaces=_ALL, nodes=_ALL, databases=_ALL, hosts=_ALL, endpoints=_ALL, repositories=_ALL
    )
    environment = Environment(
        name="practice",
        where=where,
        ceiling="destructive",
        allow=(Rule(kinds=("*",)),),
        approval=Answers(approvers=PEOPLE),
        limits=Limits(max_factor=100.0),
    )
    return Policy(environments=(environment,), **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a strategy has made of an intent, and the state that it saw."""

    plan: Plan
    tried: DryRun
    proposal: Proposal
    captured: Json
    shown: Json


@dataclass
class Drill:
    """Everything that acts on one scene."""

    case: Case
    scene: Scene
    store: Store
    clients: Timed
    executor: Executor
    clock: Wristwatch
    rules: list[Policy] = field(default_factory=list)
    amend: Callable[[Plan], Plan] = field(default=lambda plan: plan)
    """What is to be taken for the plan; the plan itself."""
    gate: float = 0.0
    """The seconds that the executor took beside the target."""

    def made(self, number: int = 1) -> Made:
        """Look, plan, preview and propose, as the graph does."""
        scene, intent = self.scene, self.scene.intent
        strategy = strategy_for(intent)
        assert strategy is not None, intent
        assert type(strategy).__name__ == self.case.strategy, intent
        looks = strategy.looks(intent)
        seen = {name: self.clients.observe(read).data for name, read in looks.items()}
        plan = self.amend(strategy.plan(intent, seen, now=self.clock.now()))
        assert plan.operation.kind == self.case.kind
        captured = scene.capture()
        purpose = Purpose(reversible=plan.inverse is not None)
        tried = self.executor.preview(plan.operation, purpose, incident="INC-1", key="INC-1:p")
        shown = scene.shown(tried)
        expected = strategy.foretold(plan.operation, tried.after)
        if plan.inverse is not None:
            assert self.executor.undoable(plan.inverse, incident="INC-1") is None
        target = (
            next(iter(looks.values()), None) if can_read_back(plan.operation, expected) else None
        )
        checks = self._checks(plan, target)
        preview = Preview(
            dry_run="accepted" if tried.tried else "not possible",
            note=tried.note,
            differences=differences(tried.before, tried.after),
            touches=plan.touches,
        )
        return Made(
            plan=plan,
            tried=tried,
            proposal=self._proposal(f"P-{number}", plan, preview, expected, checks),
            captured=captured,
            shown=shown,
        )

    def _checks(self, plan: Plan, target: Read | None) -> tuple[Check, ...]:
        return build_checks(
            self.case.checks,
            plan.operation,
            capacity=plan.capacity,
            error_ratio=None,
            limit=0.05,
            measures=Measures(target=target),
        )

    def _proposal(
        self, name: str, plan: Plan, preview: Preview, expected: Json, checks: tuple[Check, ...]
    ) -> Proposal:
        asker = Purpose(reversible=plan.inverse is not None, requester="commander (rules)")
        policy, verdict = self.executor.judged(plan.operation, asker, incident="INC-1")
        assert policy is not None
        assert verdict.needs is not None, verdict
        return samples.proposal(
            id=name,
            operation=plan.operation,
            observed=plan.observed,
            expected=expected,
            preview=preview,
            inverse=plan.inverse,
            inverse_note=plan.inverse_note,
            checks=checks,
            baseline={"checks": [self._read(one, None).told() for one in _plain(checks)]},
            policy_sha256=policy.sha256,
            needs=verdict.needs,
            created_at=self.clock.now(),
        )

    def approved(self, made: Made) -> Approval:
        """Ask, and have as many people say yes as the policy wants."""
        proposal, now = made.proposal, self.clock.now()
        name = proposal.id.replace("P", "A")
        asked = samples.approval(
            proposal, id=name, requested_at=now, expires_at=now + timedelta(minutes=15)
        )
        told: Json = {"proposal": proposal.model_dump(mode="json"), "bound": proposal.bound}
        request: Json = {"approval": asked.model_dump(mode="json")}
        with self.store.database.write() as connection:
            self.store.records.add_proposal(connection, proposal, attempt=int(proposal.id[2:]))
            self.store.approvals.add(connection, asked)
            entries = [
                samples.entry("proposal.made", data=told),
                samples.entry("approval.requested", data=request),
            ]
            last = self.store.journal.add(connection, entries)
        self.store.journal.mark(last)
        for who in PEOPLE[: proposal.needs.quorum]:
            asked = approve(
                self.store, self.rules[-1], self.clock, asked, who=Identity(who, "test")
            )
        return asked

    def execute(self, made: Made, approval: Approval) -> Result:
        """Have the executor make the change; measure what the gate costs."""
        self.clients.seconds, begin = 0.0, time.perf_counter()
        result = self.executor.execute(made.proposal, approval)
        self.gate = time.perf_counter() - begin - self.clients.seconds
        return result

    def undo(self, made: Made, approval: Approval) -> Result:
        """Record that the checks did not hold, and have the executor put it back."""
        facts = {"proposal": made.proposal.id, "text": "they did not hold", "checks": []}
        self.store.journal.append(samples.entry("verification.failed", data=facts))
        return self.executor.undo(made.proposal, approval)

    def verified(self, made: Made) -> list[CheckResult]:
        """Read the checks until all of them hold, or the time is over; return the last reading."""
        end = time.monotonic() + _SECONDS
        while True:
            results = self.read(made)
            if all(one.holds for one in results) or time.monotonic() > end:
                return results
            _PAUSE.wait(0.1)

    def read(self, made: Made) -> list[CheckResult]:
        """Read each check once."""
        proposal = made.proposal
        stood = {one["name"]: one for one in proposal.baseline["checks"]}
        return [self._read(one, stood.get(one.name), proposal) for one in proposal.checks]

    def _read(
        self, check: Check, stood: Json | None, proposal: Proposal | None = None
    ) -> CheckResult:
        if check.kind == "change-holds" and proposal is not None:
            facts = self.executor.facts(proposal.inverse or proposal.operation)
            return judge_facts(check, proposal.operation, facts, proposal.expected)
        before = None if stood is None else result_of(stood)
        return judge_check(check, self.clients.observe(check.operation).data, before=before)

    def told(self, kind: str) -> list[Json]:
        """Return the data of the journal's events of one kind."""
        return [one.data for one in self.store.journal.events("INC-1") if one.type == kind]

    def close(self) -> None:
        """Let everything go."""
        self.clients.close()
        self.store.close()


def _plain(checks: tuple[Check, ...]) -> list[Check]:
    return [one for one in checks if one.kind != "change-holds"]


def open_drill(
    case: Case, places: Places, stack: ExitStack, folder: Path, cluster: str = "practice"
) -> Drill:
    """Arrange the case's target, and open all that is to act on it; `stack` closes it."""
    scene = case.open(places, stack, cluster, folder)
    store, clock, policy = Store(folder / "home"), Wristwatch(), open_policy()
    settings = Settings(home=store.home, user="ann", step_seconds=15, **scene.settings)
    clients, rules = Timed(settings), [policy]
    executor = Executor(
        store=store,
        clients=clients,
        policy=policy,
        reread=lambda: rules[-1],
        clock=clock,
        secrets=settings.secrets,
    )
    with store.database.write() as connection:
        store.records.add_incident(connection, samples.incident())
    drill = Drill(case, scene, store, clients, executor, clock, rules)
    stack.callback(drill.close)
    return drill

"""The gate with everything around it: people who vote, a target, and processes that die.

The store and the executor are the real ones. A process dies by an exception that nothing
catches, at a boundary that is counted: before and after each transaction, and before and
after each request. What a new process then finds is what a killed one would have left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from stanch.approvals import ApprovalError, Identity, approve, expire_due, reject
from stanch.clock import Clock
from stanch.executor import Executor, Result
from stanch.executor.record import ChangeRecord
from stanch.incident import Approval, ApprovalState, Proposal
from stanch.policy import Approval as Rules
from stanch.policy import Ask, Policy, PolicyError, Rate, Rule
from stanch.store import ConflictError, Store
from stanch.tools.operations import DoByHand, ScaleDeployment
from tests.gate.gate_target import Clients, Target
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import KUBERNETES, environment, needs, policy

PEOPLE = ("ann", "bob", "carla")
FINAL = {"rejected", "expired", "superseded", "used"}


class Killed(BaseException):
    """The process was ended here."""


class Steered(Clock):
    """A clock that stands, and is moved by hand; its waits let late requests arrive."""

    def __init__(self, arrive: Callable[[], None]) -> None:
        super().__init__()
        self.moment = samples.NOW
        self._arrive = arrive

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return self.moment

    def wait(self, seconds: float, stop: Any = None) -> bool:
        """Go on by `seconds` at once."""
        del stop
        self.moment += timedelta(seconds=seconds)
        self._arrive()
        return False


def rules(quorum: int) -> Policy:
    """Return a policy under which `quorum` of PEOPLE must approve."""
    asked = Rules(approvers=PEOPLE, mutate=Ask(quorum=quorum))
    kinds = (Rule(kinds=(*KUBERNETES, "manual.do")),)
    return policy(environment(approval=asked, rate=Rate(changes=1000), allow=kinds))


class World:
    """One store, one target, and whoever acts on them."""

    def __init__(self, home: Path, *, quorum: int = 1, arrive: bool = True) -> None:
        self.home = home
        self.policy: Policy | None = rules(quorum)
        self.quorum = quorum
        self.target = Target(before=self._boundary)
        self.clock = Steered(self.target.deliver if arrive else lambda: None)
        self.left: int | None = None
        """How many boundaries are passed before the process is ended; None: it is not."""
        self.passed = 0
        self.said: dict[str, set[str]] = {}
        """By approval: who said yes and was told that it counts."""
        self.unsure: dict[str, set[str]] = {}
        """By approval: who said yes while the process was ended."""
        self.results: dict[str, Result] = {}
        self.drifted: set[str] = set()
        """Proposals whose target was changed after they were made and before they ran."""
        self.numbers = 0
        self.open()

    def open(self) -> None:
        """Be a new process."""
        self.store = Store(self.home)
        self._hook(self.store)
        self.executor = Executor(
            store=self.store,
            clients=cast("Any", Clients(self.target)),
            policy=rules(self.quorum),
            reread=self._reread,
            clock=self.clock,
            secrets=(),
        )

    def reopen(self) -> None:
        """Start again after the end of a process."""
        self.left = None
        with suppress(Exception):
            self.store.close()
        self.open()

    def propose(self, by_hand: DoByHand | None = None) -> Approval:
        """Ask about a change of the target as it is now; one incident for each."""
        self.numbers += 1
        number = self.numbers
        target, now = self.target, self.clock.now()
        replicas = 6 if target.replicas != 6 else 4
        change = by_hand or ScaleDeployment(
            namespace="shop",
            name="checkout",
            uid=target.uid,
            replicas=replicas,
            from_replicas=target.replicas,
        )
        made = samples.proposal(
            id=f"P-{number}",
            incident=f"INC-{number}",
            operation=change,
            observed=target.facts(),
            expected={"replicas": replicas},
            inverse=None,
            policy_sha256=rules(self.quorum).sha256,
            needs=needs(approvers=PEOPLE, quorum=self.quorum),
            created_at=now,
        )
        asked = samples.approval(
            made, id=f"A-{number}", requested_at=now, expires_at=now + timedelta(minutes=15)
        )
        alert = samples.alert(fingerprint=f"{number:016x}")
        with self.store.database.write() as connection:
            incident = samples.incident(id=made.incident, alert=alert)
            self.store.records.add_incident(connection, incident)
            self.store.records.add_proposal(connection, made, attempt=1)
            self.store.approvals.add(connection, asked)
            facts = {"proposal": made.model_dump(mode="json"), "bound": made.bound}
            told = {"approval": asked.model_dump(mode="json")}
            entries = [
                samples.entry("proposal.made", incident=made.incident, data=facts),
                samples.entry("approval.requested", incident=made.incident, data=told),
            ]
            last = self.store.journal.add(connection, entries)
        self.store.journal.mark(last)
        self.said[asked.id], self.unsure[asked.id] = set(), set()
        return asked

    def vote(self, name: str, who: str, *, yes: bool = True) -> bool:
        """Let somebody answer; say whether it counted."""
        approval = self.store.approvals.get(name)
        person = Identity(who, "operating system user")
        try:
            rule = self.policy
            if rule is None:
                return False
            if yes:
                approve(self.store, rule, self.clock, approval, who=person)
                self.said[name].add(who)
            else:
                reject(self.store, rule, self.clock, approval, who=person, reason="no")
        except ApprovalError:
            return False
        except Killed:
            # It may have been written before the end, and it may not.
            self.unsure[name].update({who} if yes else ())
            raise
        return True

    def execute(self, name: str) -> Result | None:
        """Run the change of an approval as the graph would; None when there is a conflict."""
        approval = self.store.approvals.get(name)
        proposal = self.store.records.proposal(approval.proposal)
        try:
            result = self.executor.execute(proposal, approval)
        except ConflictError:
            return None
        self.results[name] = result
        return result

    def settle(self, name: str) -> None:
        """Let a person look at the target and say whether the change ran."""
        proposal = self.proposal(name)
        self.target.deliver()
        entry = self.store.ledger.get(proposal.key)
        if entry is not None and entry.state == "unknown":
            ran = proposal.key in self.target.ran
            ChangeRecord(self.store, self.clock).settle(proposal, proposal.key, ran=ran, by="ann")

    def proposal(self, name: str) -> Proposal:
        """Return the proposal that an approval is for."""
        return self.store.records.proposal(self.store.approvals.get(name).proposal)

    def drift(self) -> None:
        """Let somebody else change the target: every open proposal is stale."""
        self.target.drift()
        for name in self.said:
            if self.proposal(name).key not in self.target.ran:
                self.drifted.add(name)

    def expire(self, name: str) -> None:
        """Mark what ran out, as every run does first."""
        expire_due(self.store, self.clock, self.proposal(name).incident)

    def state(self, name: str) -> ApprovalState:
        """Return where an approval stands."""
        return self.store.approvals.get(name).state

    # -- What is counted ---------------------------------------------------------------------

    def unapproved(self) -> int:
        """Return how many changes took effect without as many yeses as were needed."""
        by_key = {self.proposal(name).key: name for name in self.said}
        return sum(
            len(self.said[name] | self.unsure[name]) < self.quorum
            for key, name in by_key.items()
            if key in self.target.ran
        )

    def stale(self) -> int:
        """Return how many changes took effect on a target that was not as the approver saw it."""
        return sum(self.proposal(name).key in self.target.ran for name in self.drifted)

    def doubled(self) -> int:
        """Return how many changes took effect more than once."""
        return len(self.target.ran) - len(set(self.target.ran))

    def lost(self) -> int:
        """Return how many approvals hang: approved, and no run makes or voids them."""
        hanging = 0
        for name in self.said:
            if self.state(name) is ApprovalState.APPROVED:
                self.execute(name)
            if self.state(name) is ApprovalState.APPROVED:
                self.expire(name)
            hanging += self.state(name).value == "approved"
            entry = self.store.ledger.get(self.proposal(name).key)
            hanging += self.state(name).value == "used" and entry is None
        return hanging

    def misreported(self) -> int:
        """Return how many changes the ledger tells wrongly: done and not, or not done and done."""
        wrong = 0
        for name in self.said:
            proposal = self.proposal(name)
            entry = self.store.ledger.get(proposal.key)
            ran = proposal.key in self.target.ran
            told = entry is not None and entry.state == "done"
            if entry is not None and entry.state in {"started", "unknown"}:
                continue
            wrong += ran is not told
        return wrong

    # -- Boundaries --------------------------------------------------------------------------

    def _boundary(self, _name: str) -> None:
        self.passed += 1
        if self.left is None:
            return
        if self.left == 0:
            raise Killed
        self.left -= 1

    def _hook(self, store: Store) -> None:
        write = store.database.write

        @contextmanager
        def watched() -> Iterator[Connection]:
            self._boundary("before a transaction")
            with write() as connection:
                yield connection
                self._boundary("in a transaction")
            self._boundary("after a transaction")

        store.database.write = watched  # type: ignore[method-assign]

    def _reread(self) -> Policy:
        if self.policy is None:
            raise PolicyError("the policy is gone")
        return self.policy

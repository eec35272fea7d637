"""Every order of votes, drifts, deaths and clock jumps: run at most once, and only approved."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from stanch.store import verify
from tests.gate.gate_target import MOODS
from tests.gate.gate_world import PEOPLE, Killed, World, rules


class Gate(RuleBasedStateMachine):
    """Approvals and executions of changes to one target, by processes that die."""

    asked: Bundle[str] = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").exists() else None))
        self.world: World

    @initialize(quorum=st.sampled_from([1, 1, 2, 3]))
    def begin(self, quorum: int) -> None:
        """Open the store under rules with this quorum."""
        self.world = World(self.folder / "home", quorum=quorum)

    @rule(target=asked)
    def propose(self) -> Any:
        """Ask about one more change, of a few at most."""
        if self.world.numbers >= 3:
            return multiple()
        return self.world.propose().id

    @rule(
        name=asked, who=st.sampled_from((*PEOPLE, "eve")), yes=st.sampled_from([True] * 5 + [False])
    )
    def vote(self, name: str, who: str, yes: bool) -> None:
        """Let somebody answer."""
        counted = self.world.vote(name, who, yes=yes)
        assert not (counted and who == "eve")

    @rule(name=asked)
    def decide(self, name: str) -> None:
        """Let as many people say yes as are needed."""
        for who in PEOPLE[: self.world.quorum]:
            self.world.vote(name, who)

    @rule(name=asked, after=st.integers(0, 6), who=st.sampled_from(PEOPLE))
    def die_voting(self, name: str, after: int, who: str) -> None:
        """End the process while somebody answers."""
        self._dies(after, lambda: self.world.vote(name, who))

    @rule(name=asked)
    def execute(self, name: str) -> None:
        """Run the change, if it may be run."""
        self.world.execute(name)

    @rule(name=asked, after=st.integers(0, 20))
    def die_executing(self, name: str, after: int) -> None:
        """End the process while the change is made."""
        self._dies(after, lambda: self.world.execute(name))

    @rule(name=asked, mood=st.sampled_from(MOODS))
    def execute_in_trouble(self, name: str, mood: str) -> None:
        """Run an approved change on a target that misbehaves."""
        self.decide(name)
        self.world.target.mood = mood
        self.world.execute(name)

    @rule(mood=st.sampled_from(MOODS), blind=st.booleans())
    def trouble(self, mood: str, blind: bool) -> None:
        """Let the target misbehave."""
        self.world.target.mood, self.world.target.blind = mood, blind

    @rule()
    def drift(self) -> None:
        """Let somebody else change the target."""
        before = len(self.world.target.ran)
        self.world.drift()
        self.world.target.deliver()
        assert len(self.world.target.ran) == before, "a late request ran on a changed target"

    @rule(minutes=st.sampled_from([-60, -1, 5, 16, 60]))
    def jump(self, minutes: int) -> None:
        """Let the clock jump, back too."""
        self.world.clock.moment += timedelta(minutes=minutes)

    @rule(name=asked)
    def settle(self, name: str) -> None:
        """Let a person say what became of a change in doubt."""
        self.world.settle(name)

    @rule(gone=st.booleans())
    def rule_of_policy(self, gone: bool) -> None:
        """Take the policy away, or put it back."""
        self.world.policy = None if gone else rules(self.world.quorum)

    @rule(name=consumes(asked))
    def forget(self, name: str) -> None:
        """Leave one alone from now on."""

    @rule()
    def restart(self) -> None:
        """Start a new process."""
        self.world.reopen()

    @invariant()
    def nothing_ran_that_was_not_approved(self) -> None:
        """No change took effect without its votes, or twice."""
        if not hasattr(self, "world"):
            return
        assert self.world.unapproved() == 0
        assert self.world.doubled() == 0
        assert self.world.stale() == 0

    def teardown(self) -> None:
        """Require that nothing hangs, that the ledger tells the truth, and the journal verifies."""
        if hasattr(self, "world"):
            self.world.reopen()
            self.world.policy = rules(self.world.quorum)
            self.world.target.mood, self.world.target.blind = "well", False
            for name in self.world.said:
                self.world.execute(name)
                self.world.settle(name)
            assert self.world.lost() == 0
            assert self.world.unapproved() == 0
            assert self.world.doubled() == 0
            assert self.world.misreported() == 0
            assert verify(self.world.store.database).faults == ()
            self.world.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _dies(self, after: int, deed: Any) -> None:
        self.world.left = after
        try:
            deed()
        except Killed:
            self.world.reopen()
        finally:
            self.world.left = None


Gate.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestGate = Gate.TestCase

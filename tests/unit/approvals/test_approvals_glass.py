"""The broken glass counts only while who broke it may: the policy in force decides."""

from datetime import datetime, timedelta

import pytest

from stanch.approvals import ApprovalError, Identity, break_glass, mend_glass
from stanch.clock import Clock
from stanch.executor import Purpose
from stanch.executor.situation import situation_of
from stanch.policy import BreakGlass, Freeze, Policy, judge
from stanch.store import Store
from tests.unit.incident_samples import NOW, ask, entry, incident, proposal, roll_back
from tests.unit.policy_samples import environment, policy

FREEZE = Freeze(starts=NOW - timedelta(hours=1), ends=NOW + timedelta(days=1), reason="a sale")


class Still(Clock):
    """A clock that stands at one moment."""

    def now(self) -> datetime:
        return NOW


def rules(*people: str) -> Policy:
    return policy(environment(freezes=(FREEZE,)), break_glass=BreakGlass(people=people))


def answer(store: Store, under: Policy) -> str:
    """Return what is said of a change in the freeze, by the journal and these rules."""
    change = roll_back()
    found = situation_of(store, change, Purpose(reversible=True), incident="INC-1", now=NOW)
    return judge(under, change, approved=frozenset(), situation=found).answer


def test_the_glass_of_somebody_who_may_not_break_it_any_more_is_whole(store: Store) -> None:
    ask(store, proposal())
    both = rules("carla", "dan")
    assert answer(store, both) == "deny"
    who = Identity("carla", "test")
    break_glass(store, both, Still(), incident(), who=who, reason="users are down")
    assert answer(store, both) == "ask"
    assert answer(store, rules("carla")) == "ask"
    assert answer(store, rules("dan")) == "deny"
    mend_glass(store, Still(), incident(), who=who)
    assert answer(store, both) == "deny"


def test_a_clock_that_was_set_back_does_not_break_the_glass_again(store: Store) -> None:
    ask(store, proposal())
    under = rules("carla")
    who = Identity("carla", "test")
    until = break_glass(store, under, Still(), incident(), who=who, reason="users are down")
    store.journal.append(entry(at=until - timedelta(seconds=1)))
    assert answer(store, under) == "ask"
    store.journal.append(entry(at=until))
    assert answer(store, under) == "deny"
    break_glass(store, under, Still(), incident(), who=who, reason="it is down again")
    assert answer(store, under) == "ask"


@pytest.mark.parametrize(
    "said", ["users are\x1b[2J down", "users are\udc9b down", "users\nare\x00 down"]
)
def test_a_reason_is_kept_without_what_a_terminal_would_obey(store: Store, said: str) -> None:
    ask(store, proposal())
    who = Identity("carla", "test")
    break_glass(store, rules("carla"), Still(), incident(), who=who, reason=said)
    [event] = [one for one in store.journal.events("INC-1") if one.type == "glass.broken"]
    assert event.data["reason"].isprintable()
    assert event.data["reason"].startswith("users are")
    with pytest.raises(ApprovalError, match="with a reason only"):
        break_glass(store, rules("carla"), Still(), incident(), who=who, reason="\x00\n")

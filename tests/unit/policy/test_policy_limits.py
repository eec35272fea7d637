"""Blast radius, rate, freezes, windows and conditions: each says no with its own reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.policy import (
    Autonomy,
    BreakGlass,
    Deny,
    Freeze,
    Held,
    Limits,
    Rate,
    Rehearsed,
    Rule,
    Verdict,
    Where,
    Window,
    judge,
)
from stanch.tools.operations import ScaleDeployment
from stanch.tools.operations.sql_limit_acts import SetConnectionLimit
from tests.unit.change_samples import ACTS
from tests.unit.policy_samples import KUBERNETES, NOW, environment, policy, situation


def scaled(before: int, after: int, limits: Limits | None = None) -> Verdict:
    change = ScaleDeployment(
        namespace="shop", name="web", uid="u", replicas=after, from_replicas=before
    )
    rules = policy(environment(limits=limits or Limits()))
    return judge(rules, change, approved=frozenset(), situation=situation())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (4, 21, "replicas 21 is more than limits.max_size (20)"),
        (4, 13, "multiplies replicas by more than limits.max_factor"),
        (9, 2, "divides replicas by more than limits.max_factor"),
        (1, 0, "ends the service"),
        (0, 0, "ends the service"),
    ],
)
def test_a_scale_that_does_too_much_is_denied(before: int, after: int, says: str) -> None:
    found = scaled(before, after)
    assert (found.answer, found.rule) == ("deny", "environments.production.limits")
    assert says in found.reason


@given(before=st.integers(1, 60), after=st.integers(0, 60), percent=st.floats(1, 100))
def test_a_scale_is_asked_for_exactly_within_the_limits(
    before: int, after: int, percent: float
) -> None:
    fits = (
        0 < after <= 20
        and after <= before * 3
        and after * 3 >= before
        and after >= before * (1 - percent / 100)
    )
    assert (scaled(before, after, Limits(max_percent=percent)).answer == "ask") is fits


@pytest.mark.parametrize(("after", "answer"), [(7, "ask"), (6, "ask"), (5, "deny"), (3, "deny")])
def test_a_scale_takes_away_no_larger_part_than_the_policy_says(after: int, answer: str) -> None:
    found = scaled(8, after, Limits(max_percent=25))
    assert found.answer == answer
    if answer == "deny":
        assert "takes away more of replicas than limits.max_percent" in found.reason


@pytest.mark.parametrize(
    ("limit", "most", "answer"),
    [(12, None, "ask"), (50, None, "deny"), (-1, None, "ask"), (-1, 200, "deny"), (12, 10, "deny")],
)
def test_a_limit_that_is_lifted_is_no_multiple_but_more_than_any_most(
    limit: int, most: int | None, answer: str
) -> None:
    change = SetConnectionLimit(
        database="orders", of="role", name="payments", oid=1, limit=limit, from_limit=5
    )
    home = environment(
        where=Where(databases=("orders",)),
        allow=(Rule(kinds=("sql.*",)),),
        limits=Limits(max_size={} if most is None else {"connections": most}),
    )
    found = judge(policy(home), change, approved=frozenset(), situation=situation())
    assert found.answer == answer


def test_how_many_hosts_change_at_once_is_limited() -> None:
    home = environment(where=Where(hosts=("*",)), allow=(Rule(kinds=("host.*",)),))
    rules = policy(home)

    def on(busy: frozenset[str]) -> Verdict:
        return judge(
            rules, ACTS["unit"], approved=frozenset(), situation=situation(busy_hosts=busy)
        )

    assert on(frozenset()).answer == "ask"
    assert on(frozenset({"edge-1"})).answer == "ask"
    assert "hosts_at_once" in on(frozenset({"edge-2"})).reason


def test_a_target_is_changed_only_so_often() -> None:
    rules = policy(environment(rate=Rate(changes=2, minutes=10)))

    def after(*minutes: float) -> Verdict:
        recent = tuple(NOW - timedelta(minutes=one) for one in minutes)
        return judge(
            rules, ACTS["restart"], approved=frozenset(), situation=situation(recent=recent)
        )

    assert after(1).answer == "ask"
    assert after(1, 11).answer == "ask"
    assert after(1, 9).rule == "environments.production.rate"
    # A clock that went back has not made room.
    assert after(-1, 1).answer == "ask"


def test_a_freeze_holds_from_its_first_moment_until_its_last() -> None:
    freeze = Freeze(starts=NOW, ends=NOW + timedelta(hours=1), reason="the big sale")
    rules = policy(environment(freezes=(freeze,)), break_glass=BreakGlass(people=("bob",)))

    def at(minutes: float, **more: Any) -> Verdict:
        moment = NOW + timedelta(minutes=minutes)
        return judge(
            rules, ACTS["restart"], approved=frozenset(), situation=situation(now=moment, **more)
        )

    assert at(-0.01).answer == "ask"
    assert "the big sale" in at(0).reason
    assert at(59.9).rule == "environments.production.freezes.0"
    assert at(60).answer == "ask"
    broken = at(30, glass_until=NOW + timedelta(minutes=31), glass_by="bob")
    assert broken.answer == "ask"
    assert broken.needs is not None
    assert broken.needs.glass
    assert at(32, glass_until=NOW + timedelta(minutes=31), glass_by="bob").answer == "deny"


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (datetime(2026, 11, 20, 6, 59, tzinfo=UTC), False),  # Friday, 07:59 in Berlin
        (datetime(2026, 11, 20, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 7, 17, 6, 0, tzinfo=UTC), True),  # in summer it opens an hour earlier
    ],
)
def test_a_window_is_a_time_of_its_own_zone(moment: datetime, holds: bool) -> None:
    window = Window(
        days=("mon", "tue", "wed", "thu", "fri"), starts="08:00", ends="18:00", zone="Europe/Berlin"
    )
    assert window.holds(moment) is holds
    rules = policy(environment(windows=(window,)))
    found = judge(rules, ACTS["restart"], approved=frozenset(), situation=situation(now=moment))
    assert (found.answer == "ask") is holds


def test_a_window_goes_over_midnight() -> None:
    window = Window(days=("fri",), starts="22:00", ends="02:00")
    assert window.holds(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert window.holds(datetime(2026, 11, 21, 1, 59, tzinfo=UTC))
    assert not window.holds(datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    assert not window.holds(datetime(2026, 11, 21, 22, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "window", [{"starts": "8:00", "ends": "18:00"}, {"starts": 480, "ends": "18:00"},
               {"starts": "08:00", "ends": "18:00", "zone": "Europe/Nowhere"}]
)  # fmt: skip
def test_a_window_that_cannot_be_read_is_none(window: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Window.model_validate(window)


@pytest.mark.parametrize("text", [{"ends": NOW, "starts": NOW}, {"starts": "2026-11-01T12:00:00"}])
def test_a_freeze_that_cannot_be_read_is_none(text: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Freeze.model_validate({"ends": NOW + timedelta(hours=1), "reason": "r", **text})


def test_conditions_read_the_change_and_the_incident() -> None:
    when = 'change.sizes.replicas <= 6 && incident.labels.team == "shop"'
    rules = policy(environment(allow=(Rule(kinds=KUBERNETES, when=when),)))

    def of(**more: Any) -> Verdict:
        return judge(rules, ACTS["scale"], approved=frozenset(), situation=situation(**more))

    assert of(labels={"team": "shop"}).answer == "ask"
    assert of(labels={"team": "bank"}).answer == "deny"
    # A label that is missing makes the condition neither true nor false: that means no.
    assert "cannot be computed" in of().reason


def test_a_deny_whose_condition_cannot_be_computed_denies() -> None:
    home = environment(
        deny=(Deny(kinds=("**",), when='incident.labels.window == "night"'),),
        autonomy=(Autonomy(kinds=("**",)),),
    )
    found = judge(policy(home), ACTS["restart"], approved=frozenset(), situation=situation())
    assert found.answer == "deny"


@pytest.mark.parametrize(
    "when", ["change.", "steps.x", "now() > 3", "1 +", "", "incident.labels.exists("]
)
def test_a_condition_that_is_none_is_refused_when_the_policy_is_read(when: str) -> None:
    with pytest.raises(ValidationError):
        Rule(kinds=("**",), when=when)


def test_a_condition_that_is_no_yes_or_no_denies() -> None:
    home = environment(allow=(Rule(kinds=("**",), when="change.count"),))
    found = judge(policy(home), ACTS["restart"], approved=frozenset(), situation=situation())
    assert "neither true nor false" in found.reason


def test_a_change_has_to_have_held_elsewhere_first_where_the_policy_says_so() -> None:
    staging = environment(name="staging", where=Where(namespaces=("shop-staging",)))
    rules = policy(
        staging,
        environment(rehearsed=Rehearsed(environment="staging", hours=2)),
        break_glass=BreakGlass(people=("bob",)),
    )
    here = "deployments/checkout"

    def after(*held: Held, **more: Any) -> Verdict:
        return judge(
            rules,
            ACTS["restart"],
            approved=frozenset(),
            situation=situation(**{"held": held, **more}),
        )

    def one(**more: Any) -> Held:
        values = {"environment": "staging", "thing": here, "at": NOW - timedelta(hours=1)}
        return Held(**{**values, **more})

    assert after(one()).answer == "ask"
    assert after().rule == "environments.production.rehearsed"
    assert "held in staging within 2 h first" in after().reason
    assert after(one(environment="production")).answer == "deny"
    assert after(one(thing="deployments/other")).answer == "deny"
    assert after(one(at=NOW - timedelta(hours=3))).answer == "deny"
    assert after(one(at=NOW + timedelta(hours=1))).answer == "deny"
    assert after(severity="SEV1").answer == "ask"
    assert after(undoing=True).answer == "ask"
    assert after(glass_until=NOW + timedelta(minutes=1), glass_by="bob").answer == "ask"


def test_only_another_environment_of_the_policy_can_be_the_one_to_rehearse_in() -> None:
    for name in ("elsewhere", "production"):
        with pytest.raises(ValidationError, match="no other environment"):
            policy(environment(rehearsed=Rehearsed(environment=name)))

"""The judgement of a change: deny wins, no rule means no, and code derives the effect."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.policy import (
    Approval,
    Ask,
    AskBy,
    Autonomy,
    BreakGlass,
    Deny,
    Environment,
    Policy,
    Rule,
    Verdict,
    Where,
    judge,
    kinds,
)
from stanch.tools.operations import BaseOperation, ChangeOperation, Effect
from stanch.tools.operations.reach import Reach
from tests.unit.change_samples import ACTS
from tests.unit.policy_samples import environment, policy, situation

EVERYWHERE = Where(
    namespaces=("shop",),
    nodes=("node-*",),
    databases=("shop",),
    hosts=("edge-*",),
    endpoints=("flags", "lb"),
)
GRANTING = policy(environment(where=EVERYWHERE, allow=(Rule(kinds=("**",)),)))
NONE: frozenset[str] = frozenset()
PLACE = {
    "roll back": "namespaces", "restart": "namespaces", "scale": "namespaces",
    "patch": "namespaces", "node": "nodes", "unit": "hosts", "flag": "endpoints",
    "weight": "endpoints", "cancel": "databases", "terminate": "databases",
    "build": "databases", "drop": "databases", "end idle": "databases", "limit": "databases",
}  # fmt: skip
changes = st.sampled_from(sorted(ACTS))


def verdict(rules: Policy, name: str, approved: bool = False, **more: Any) -> Verdict:  # noqa: FBT002
    change = ACTS[name]
    digests = frozenset({change.digest}) if approved else NONE
    return judge(rules, change, approved=digests, situation=situation(**more))


@pytest.mark.parametrize("name", ACTS)
def test_what_is_granted_is_asked_for_and_then_allowed_by_its_digest(name: str) -> None:
    assert verdict(GRANTING, name).answer == "ask"
    assert verdict(GRANTING, name, approved=True).answer == "allow"
    other = judge(GRANTING, ACTS[name], approved={"0" * 64}, situation=situation())
    assert other.answer == "ask"


@pytest.mark.parametrize("name", ACTS)
def test_without_a_rule_or_a_place_it_is_denied_even_when_approved(name: str) -> None:
    home = environment(where=EVERYWHERE, allow=())
    without = EVERYWHERE.model_copy(update={PLACE[name]: ("other",)})
    elsewhere = environment(where=without, allow=(Rule(kinds=("**",)),))
    of_another_kind = environment(
        where=EVERYWHERE,
        allow=tuple(Rule(kinds=(kind,)) for kind in kinds() if kind != ACTS[name].kind),
    )
    of_another_thing = environment(
        where=EVERYWHERE, allow=(Rule(kinds=("**",), things=("else/*",)),)
    )
    for one in (home, elsewhere, of_another_kind, of_another_thing):
        found = verdict(policy(one), name, approved=True)
        assert found.answer == "deny"
        assert found.reason
    assert verdict(Policy(), name, approved=True).answer == "deny"


def test_every_kind_of_change_is_judged_by_what_it_says_that_it_touches() -> None:
    for one in get_args(ChangeOperation):
        assert "reach" in {name for base in one.__mro__[:-3] for name in vars(base)}, one


@pytest.mark.parametrize("name", ACTS)
def test_a_change_of_which_no_incident_is_known_is_denied(name: str) -> None:
    found = judge(GRANTING, ACTS[name], approved={ACTS[name].digest})
    assert (found.answer, "incident" in found.reason) == ("deny", True)


def test_an_operation_that_says_nothing_of_itself_is_denied_whoever_approved_it() -> None:
    class Unforeseen(BaseOperation):
        kind: str = "kubernetes.unforeseen"

    operation: Any = Unforeseen()
    assert operation.effect is Effect.DESTRUCTIVE
    found = judge(GRANTING, operation, approved={operation.digest}, situation=situation())
    assert found.answer == "deny"


@given(name=changes, approved=st.booleans())
def test_deny_wins_over_everything_that_allows(name: str, approved: bool) -> None:
    home = environment(
        where=EVERYWHERE,
        allow=(Rule(kinds=("**",)),),
        autonomy=(Autonomy(kinds=("**",)),),
        deny=(Deny(kinds=(ACTS[name].kind,), reason="not on Sundays"),),
    )
    found = verdict(policy(home), name, approved)
    assert (found.answer, found.rule) == ("deny", "environments.production.deny.0")
    assert "not on Sundays" in found.reason


def test_the_own_namespaces_of_kubernetes_and_of_stanch_are_never_changed() -> None:
    for namespace in ("kube-system", "kube-public", "kube-node-lease", "stanch"):
        change = ACTS["restart"].model_copy(update={"namespace": namespace})
        rules = policy(environment(where=Where(namespaces=("**",)), allow=(Rule(kinds=("**",)),)))
        found = judge(rules, change, approved={change.digest}, situation=situation())
        assert (found.answer, found.rule) == ("deny", "forbidden")
    own = ACTS["patch"].model_copy(update={"name": "stanch-policy", "resource": "configmaps"})
    assert judge(GRANTING, own, approved={own.digest}, situation=situation()).rule == "forbidden"


def test_a_change_belongs_to_the_first_environment_that_names_its_place() -> None:
    staging = environment(name="staging", allow=(Rule(kinds=("**",)),))
    production = environment(allow=())
    assert verdict(policy(staging, production), "restart").answer == "ask"
    assert verdict(policy(production, staging), "restart").answer == "deny"


def test_a_label_of_the_alert_moves_nothing_to_an_environment_that_does_not_hold_it() -> None:
    staging = environment(
        name="staging",
        where=Where(namespaces=("shop-staging",), labels={"env": "staging"}),
        autonomy=(Autonomy(kinds=("**",)),),
    )
    found = verdict(policy(staging, environment()), "restart", labels={"env": "staging"})
    assert (found.answer, found.needs and found.needs.environment) == ("ask", "production")
    narrowed = environment(name="staging", where=Where(namespaces=("shop",), labels={"env": "s*"}))
    assert "no environment" in verdict(policy(narrowed), "restart").reason
    assert verdict(policy(narrowed), "restart", labels={"env": "stage"}).answer == "ask"


def test_only_what_can_be_put_back_is_made_without_asking() -> None:
    rules = policy(environment(autonomy=(Autonomy(kinds=("kubernetes.*",), severities=("SEV3",)),)))
    found = verdict(rules, "restart", severity="SEV3")
    assert (found.answer, found.rule) == ("allow", "environments.production.autonomy.0")
    assert found.needs is not None
    assert found.needs.by_itself
    assert verdict(rules, "restart", severity="SEV3", reversible=False).answer == "ask"
    for severity in ("SEV1", "SEV2", None):
        assert verdict(rules, "restart", severity=severity).answer == "ask"


class Burn(BaseOperation):
    """A change that nothing puts back."""

    kind: str = "kubernetes.restart"

    @property
    def target(self) -> str:
        return "kubernetes/shop/deployments/checkout"

    @property
    def reach(self) -> Any:
        return ACTS["restart"].reach


def of_burning(rules: Policy, **more: Any) -> Verdict:
    operation: Any = Burn()
    return judge(rules, operation, approved=NONE, situation=situation(**more))


def test_nothing_destructive_is_done_without_break_glass() -> None:
    rules = policy(
        environment(approval=Approval(approvers=("ann", "bob"))),
        break_glass=BreakGlass(people=("carla",)),
    )
    found = of_burning(rules)
    assert (found.answer, found.rule) == ("deny", "environments.production.ceiling")
    assert "carla may break the glass" in found.reason
    until = situation().now.replace(hour=13)
    broken = of_burning(rules, glass_until=until, glass_by="carla")
    assert broken.answer == "ask"
    assert broken.needs is not None
    assert (broken.needs.quorum, broken.needs.glass) == (2, True)
    assert of_burning(rules, glass_until=situation().now, glass_by="carla").answer == "deny"
    mild = rules.model_copy(update={"break_glass": BreakGlass(people=("c",), ceiling="mutate")})
    assert of_burning(mild, glass_until=until, glass_by="c").answer == "deny"
    nobody = rules.model_copy(update={"break_glass": BreakGlass()})
    assert of_burning(nobody, glass_until=until, glass_by="carla").answer == "deny"


def test_a_destructive_change_never_goes_without_asking() -> None:
    home = environment(
        ceiling="destructive",
        autonomy=(Autonomy(kinds=("**",)),),
        approval=Approval(approvers=("ann", "bob")),
    )
    assert of_burning(policy(home)).answer == "ask"


def test_a_role_may_have_a_lower_ceiling() -> None:
    rules = policy(environment(roles={"docs-writer": "observe"}))
    assert verdict(rules, "restart", role="docs-writer").rule.endswith("roles.docs-writer")
    assert verdict(rules, "restart", role="devops").answer == "ask"


def test_quorum_and_approvers_follow_effect_and_severity() -> None:
    approval = Approval(
        approvers=("oncall",),
        mutate=Ask(quorum=2),
        severities={"SEV1": AskBy(mutate=Ask(quorum=1, approvers=("leads", "ann")))},
    )
    rules = policy(
        environment(approval=approval), groups={"oncall": ("ann", "bob"), "leads": ("carla",)}
    )
    usual, worst = verdict(rules, "restart").needs, verdict(rules, "restart", severity="SEV1").needs
    assert usual is not None
    assert (usual.approvers, usual.quorum) == (("ann", "bob"), 2)
    assert worst is not None
    assert (worst.approvers, worst.quorum) == (("carla", "ann"), 1)
    assert set(rules.approvers) == {"ann", "bob", "carla"}


def test_who_asked_is_not_one_of_the_approvers_under_four_eyes() -> None:
    approvers = environment(approval=Approval(approvers=("ann", "bob")))
    needs = verdict(policy(approvers), "restart", requester="ann").needs
    assert needs is not None
    assert needs.approvers == ("bob",)
    alone = verdict(policy(), "restart", requester="ann")
    assert (alone.answer, "only nobody may" in alone.reason) == ("deny", True)
    two = environment(approval=Approval(approvers=("ann", "bob"), four_eyes=False))
    needs = verdict(policy(two), "restart", requester="ann").needs
    assert needs is not None
    assert needs.approvers == ("ann", "bob")


def test_the_way_back_is_held_by_what_forbids_and_by_nothing_else() -> None:
    tight = environment(allow=(), rate={"changes": 1, "minutes": 60})
    recent = (situation().now,)
    assert verdict(policy(tight), "scale", approved=True, undoing=True, recent=recent).answer == (
        "allow"
    )
    denying = environment(deny=(Deny(kinds=("kubernetes.scale",)),))
    assert verdict(policy(denying), "scale", approved=True, undoing=True).answer == "deny"


@given(
    name=changes,
    order=st.permutations(["a", "b"]),
    ceiling=st.sampled_from(["observe", "mutate", "destructive"]),
    approved=st.booleans(),
)
def test_no_policy_allows_a_change_that_nobody_approved(
    name: str, order: list[str], ceiling: Any, approved: bool
) -> None:
    homes: list[Environment] = [
        environment(name=one, where=EVERYWHERE, ceiling=ceiling, allow=(Rule(kinds=("**",)),))
        for one in order
    ]
    found = verdict(policy(*homes), name, approved)
    expected = "deny" if ceiling == "observe" else "allow" if approved else "ask"
    assert found.answer == expected


def test_a_change_that_happens_nowhere_is_denied() -> None:
    class Nowhere(Burn):
        @property
        def reach(self) -> Any:
            return Reach(thing="deployments/checkout")

    operation: Any = Nowhere()
    found = judge(GRANTING, operation, approved=NONE, situation=situation())
    assert (found.answer, "nobody knows where" in found.reason) == ("deny", True)


def test_how_many_things_go_at_once_is_limited() -> None:
    home = environment(where=EVERYWHERE, allow=(Rule(kinds=("**",)),), limits={"max_count": 1})

    class Many(Burn):
        @property
        def effect(self) -> Effect:
            return Effect.MUTATE

        @property
        def reach(self) -> Any:
            return Reach(thing="sessions/shop", database="shop", count=2)

    operation: Any = Many()
    found = judge(policy(home), operation, approved=NONE, situation=situation())
    assert "limits.max_count" in found.reason

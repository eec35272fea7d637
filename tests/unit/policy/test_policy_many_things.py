"""A change of several things is allowed only where each is, and forbidden where one is."""

import pytest

from stanch.policy import Deny, Environment, Forbidden, Held, Rehearsed, Rule, Where, judge
from stanch.tools.operations import (
    Change,
    EndIdleSessions,
    FieldChange,
    PatchObject,
    SwitchFlag,
)
from stanch.tools.operations.autoscaler_changes import CreateAutoscaler
from stanch.tools.operations.host_rotation import LastRotated, RotateLogs
from stanch.tools.operations.sql_session_acts import IdleSession
from tests.unit.policy_samples import NOW, environment, policy, situation

MOMENT = "2026-11-01T12:00:00.000000+00:00"
LOGS = Where(hosts=("web-*",), databases=("orders",), endpoints=("flags",))


def rotation(*paths: str) -> RotateLogs:
    logs = tuple(LastRotated(path=path, last="never") for path in paths)
    return RotateLogs(host="web-1", config="/etc/logrotate.d/shop", sha256="0" * 64, logs=logs)


def home(*allow: Rule, deny: tuple[Deny, ...] = ()) -> Environment:
    return environment(where=LOGS, allow=allow, deny=deny, ceiling="destructive")


def answer(
    rules: Environment, change: RotateLogs | EndIdleSessions | SwitchFlag, **more: object
) -> str:
    return judge(
        policy(rules, **more),
        change,
        approved=frozenset({change.digest}),
        situation=situation(),
    ).answer


def test_a_rule_for_one_folder_is_not_passed_by_a_rotation_of_another_beside_it() -> None:
    mine = Rule(kinds=("host.rotate_log",), things=("logs/var/log/shop/**",))
    only = environment(
        where=LOGS,
        allow=(mine,),
        ceiling="destructive",
        approval={"approvers": ("ann", "bob")},
    )
    assert answer(only, rotation("/var/log/shop/a.log", "/var/log/shop/b.log")) == "allow"
    assert answer(only, rotation("/var/log/shop/a.log", "/var/log/bank/b.log")) == "deny"
    assert answer(only, rotation("/var/log/bank/b.log", "/var/log/shop/a.log")) == "deny"


@pytest.mark.parametrize("way", ["forbidden", "deny"])
def test_what_is_forbidden_is_not_had_behind_a_first_thing_that_is_not(way: str) -> None:
    every = Rule(kinds=("host.rotate_log",))
    pattern = ("logs/var/log/bank/**",)
    two = {"approval": {"approvers": ("ann", "bob")}, "where": LOGS, "ceiling": "destructive"}
    change = rotation("/var/log/shop/a.log", "/var/log/bank/b.log")
    if way == "forbidden":
        more = {"forbidden": Forbidden(things=pattern)}
        assert answer(environment(allow=(every,), **two), change, **more) == "deny"
    else:
        no = Deny(kinds=("host.rotate_log",), things=pattern)
        assert answer(environment(allow=(every,), deny=(no,), **two), change) == "deny"
    assert answer(environment(allow=(every,), **two), change) == "allow"


@pytest.mark.parametrize(("held", "wanted"), [("a", "deny"), ("b", "deny"), ("ab", "allow")])
def test_each_thing_of_a_change_has_to_have_held_elsewhere_first(held: str, wanted: str) -> None:
    strict = environment(
        where=LOGS,
        allow=(Rule(kinds=("host.rotate_log",)),),
        ceiling="destructive",
        approval={"approvers": ("ann", "bob")},
        rehearsed=Rehearsed(environment="staging"),
    )
    staging = environment(name="staging", where=Where(hosts=("try-*",)))
    change = rotation("/var/log/shop/a.log", "/var/log/shop/b.log")
    found = judge(
        policy(strict, staging),
        change,
        approved=frozenset({change.digest}),
        situation=situation(
            held=tuple(
                Held(environment="staging", thing=f"logs/var/log/shop/{one}.log", at=NOW)
                for one in held
            )
        ),
    )
    assert found.answer == wanted


def test_the_sessions_of_a_forbidden_role_are_not_ended_among_others() -> None:
    sessions = tuple(
        IdleSession(
            pid=pid, backend_start=MOMENT, xact_start=None, state_change=MOMENT, login=login
        )
        for pid, login in ((10, "app"), (11, "replicator"))
    )
    every = home(Rule(kinds=("sql.end_idle",)))
    change = EndIdleSessions(database="orders", sessions=sessions)
    assert answer(every, change) == "allow"
    kept = Forbidden(things=("sessions/replicator",))
    assert answer(every, change, forbidden=kept) == "deny"


def test_a_rule_reads_the_environment_of_a_flag() -> None:
    staging = home(Rule(kinds=("http.switch_flag",), when="change.part == 'shop/staging'"))
    values = {"endpoint": "flags", "project": "shop", "flag": "search", "enabled": False}
    assert answer(staging, SwitchFlag(**values, environment="staging")) == "allow"
    assert answer(staging, SwitchFlag(**values, environment="production")) == "deny"


SCALING = {
    "kind": "kubernetes.create_autoscaler",
    "namespace": "shop",
    "name": "checkout",
    "workload": {"resource": "deployments", "name": "checkout", "uid": "u-1"},
    "least": 3,
    "most": 9,
    "from_replicas": 3,
}


def scalings() -> tuple[Change, ...]:
    """Return a new autoscaler of checkout, and a change of the limits of one."""
    target = "/spec/scaleTargetRef/"
    fields = (
        FieldChange(path="/spec/maxReplicas", before=6, after=9),
        FieldChange(path=f"{target}kind", before="Deployment", after="Deployment"),
        FieldChange(path=f"{target}name", before="checkout", after="checkout"),
    )
    moved = PatchObject(
        resource="horizontalpodautoscalers",
        namespace="shop",
        name="of-checkout",
        uid="u-2",
        changes=fields,
    )
    return CreateAutoscaler.model_validate(SCALING), moved


@pytest.mark.parametrize("change", scalings(), ids=lambda one: one.kind)
def test_an_autoscaler_is_stopped_by_what_forbids_its_workload_and_not_allowed_by_it(
    change: Change,
) -> None:
    def found(*allow: str, deny: tuple[str, ...] = (), **more: object) -> str:
        home = environment(
            allow=(Rule(kinds=("kubernetes.*",), things=allow),),
            deny=(Deny(kinds=("**",), things=deny),) if deny else (),
        )
        return judge(
            policy(home, **more), change, approved=frozenset(), situation=situation()
        ).answer

    assert found("horizontalpodautoscalers/*") == "ask"
    assert found("deployments/*") == "deny"
    assert found("**", deny=("deployments/checkout",)) == "deny"
    assert found("**", deny=("deployments/other",)) == "ask"
    assert found("**", forbidden=Forbidden(things=("deployments/checkout",))) == "deny"

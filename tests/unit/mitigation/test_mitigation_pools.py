"""More pods and larger pools are refused where the database has no room (MIT-17, DF-08, DF-09)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.mitigation.plan import Workloads
from stanch.mitigation.pools import Demand, Room, require_room, room_of, slots_look
from stanch.settings.targets import PoolSettings
from stanch.tools.operations import InspectWorkload, Intent, ScaleDeployment, ScaleWorkload
from stanch.tools.operations.kubernetes_intents import Autoscale, PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.sql import QuerySql

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
POOL = PoolSettings(
    namespace="shop", deployment="pooler", database="orders", role="app",
    variable="DEFAULT_POOL_SIZE", pairs=2,
)  # fmt: skip
SLOTS = {"most": 100, "reserved": 3, "others": 17, "role_limit": -1, "database_limit": -1}


def deployment(size: Any = "20", replicas: int = 1, **spec: Any) -> dict[str, Any]:
    env = [{"name": "MODE", "value": "transaction"}, {"name": "DEFAULT_POOL_SIZE", "value": size}]
    asks = {"requests": {"cpu": "100m"}}
    container = {"name": "pgbouncer", "image": "pgbouncer:1.23", "env": env, "resources": asks}
    return {
        "metadata": {"namespace": "shop", "name": "pooler", "uid": "u-1"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}, **spec},
    }


def scaler(most: int) -> dict[str, Any]:
    target = {"kind": "Deployment", "name": "pooler"}
    return {
        "metadata": {"namespace": "shop", "name": "by-load", "uid": "u-2"},
        "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most},
    }


def plan(
    intent: Intent, live: dict[str, Any], scalers: tuple[dict[str, Any], ...] = (), **slots: Any
) -> Plan:
    strategy = strategy_for(intent, (POOL,))
    assert strategy is not None
    looks = strategy.looks(intent)
    workload = {"deployment": live, "autoscalers": list(scalers), "pods": [], "replica_sets": []}
    known: dict[str, dict[str, Any]] = {
        "target": workload if not isinstance(intent, PatchObjects) else {"object": scalers[0]},
        "pool-0": workload,
        "slots-0": {"rows": [SLOTS | slots]},
    }
    return strategy.plan(intent, {name: known.get(name, {"items": []}) for name in looks}, now=NOW)


def scale(replicas: int) -> ScaleWorkload:
    return ScaleWorkload(namespace="shop", name="pooler", replicas=replicas)


def resize(size: str) -> SetField:
    subject = Subject(resource="deployment", name="pooler")
    values = (f"DEFAULT_POOL_SIZE={size}",)
    return SetField(objects=(subject,), namespace="shop", part="env", values=values)


def test_the_looks_are_those_of_the_change_and_of_the_database() -> None:
    intent = scale(3)
    strategy = strategy_for(intent, (POOL,))
    assert strategy is not None
    looks = strategy.looks(intent)
    assert next(iter(looks)) == "target"
    assert looks["pool-0"] == InspectWorkload(namespace="shop", name="pooler")
    slots = looks["slots-0"]
    assert isinstance(slots, QuerySql)
    assert (slots.database, slots.values) == ("orders", ("app",))
    for other in (
        strategy_for(intent),
        strategy_for(intent.model_copy(update={"name": "web"}), (POOL,)),
        strategy_for(intent.model_copy(update={"namespace": "else"}), (POOL,)),
    ):
        assert isinstance(other, Workloads)


def test_a_third_pooler_that_would_use_up_the_connections_is_refused_with_the_numbers() -> None:
    with pytest.raises(CannotPlanError) as refused:
        plan(scale(3), deployment())
    said = str(refused.value)
    assert "3 pods x 20 connections x 2 pools = 120" in said
    assert "max_connections 100 - 3 reserved - 17 in use by others = 80" in said
    assert "it would make it worse" in said


def test_a_second_pooler_that_fits_is_planned_with_the_sum() -> None:
    made = plan(scale(2), deployment())
    assert isinstance(made.operation, ScaleDeployment)
    assert made.touches[-1].startswith(
        "its pools may open 2 pods x 20 connections x 2 pools = 80 connections to orders, before 40"
    )
    with pytest.raises(CannotPlanError, match="room for 79"):
        plan(scale(2), deployment(), others=18)


def test_fewer_pods_are_always_let_through() -> None:
    made = plan(scale(1), deployment(replicas=4), others=97)
    assert "room for 0" in made.touches[-1]


@pytest.mark.parametrize("limit", ["role_limit", "database_limit"])
def test_a_limit_of_the_role_or_the_database_counts_as_well(limit: str) -> None:
    low: dict[str, Any] = {limit: 79}
    enough: dict[str, Any] = {limit: 80}
    with pytest.raises(CannotPlanError, match=r"room for 79 .*own limit 79|database's 79"):
        plan(scale(2), deployment(), **low)
    plan(scale(2), deployment(), **enough)


def test_a_larger_pool_is_held_against_the_pods_that_run_beside_meanwhile() -> None:
    made = plan(resize("32"), deployment(strategy={"type": "Recreate"}))
    assert "1 pods x 32 connections x 2 pools = 64" in made.touches[-1]
    # One pod more runs while they are replaced: 2 x 32 x 2 is more than 80.
    with pytest.raises(CannotPlanError, match=r"1 pods and 1 beside them meanwhile x 32 .* = 128"):
        plan(resize("32"), deployment())
    fixed = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    plan(resize("40"), deployment(strategy=fixed))
    with pytest.raises(CannotPlanError, match="= 82"):
        plan(resize("41"), deployment(strategy=fixed))


def test_a_smaller_pool_is_let_through_on_a_full_server() -> None:
    assert plan(resize("5"), deployment(), others=97).operation.kind == "kubernetes.patch"


def test_the_limit_of_an_autoscaler_is_held_against_the_room() -> None:
    subject = Subject(resource="deployment", name="pooler")
    intent = Autoscale(objects=(subject,), namespace="shop", least=1, most=3)
    with pytest.raises(CannotPlanError, match="3 pods x 20"):
        plan(intent, deployment(), (scaler(1),))
    plan(intent.model_copy(update={"most": 2}), deployment(), (scaler(1),))


def test_a_new_autoscaler_is_held_against_the_room() -> None:
    subject = Subject(resource="deployment", name="pooler")
    intent = Autoscale(objects=(subject,), namespace="shop", least=1, most=3)
    with pytest.raises(CannotPlanError, match="3 pods x 20"):
        plan(intent, deployment())
    assert plan(intent.model_copy(update={"most": 2}), deployment()).touches


def test_an_autoscaler_of_another_name_is_held_against_its_own_deployment() -> None:
    subject = Subject(resource="hpa", name="by-load")
    fields = {"objects": (subject,), "type": "merge", "namespace": "shop"}
    intent = PatchObjects.model_validate({**fields, "patch": '{"spec": {"maxReplicas": 3}}'})
    with pytest.raises(CannotPlanError, match="3 pods x 20"):
        plan(intent, deployment(), (scaler(1),))
    other = scaler(1)
    other["spec"]["scaleTargetRef"]["name"] = "web"
    assert plan(intent, deployment(), (other,)).touches


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (deployment("auto"), "is 'auto' and no number"),
        (deployment(None), "no number of connections"),
        (
            {**deployment(), "spec": {"replicas": 1, "template": {"spec": {"containers": []}}}},
            "mend",
        ),
    ],
)
def test_a_pool_whose_size_cannot_be_read_is_not_grown(live: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(scale(2), live)


def test_a_role_that_is_not_there_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(CannotPlanError, match=r"has no role app: mend \[pools\]"):
        plan(scale(2), deployment(), role_limit=None)


COUNT = st.integers(0, 500)


@given(COUNT, st.integers(0, 20), COUNT, st.integers(1, 60), st.integers(1, 60), st.integers(1, 9))
def test_what_is_let_through_fits_or_is_no_more_than_before(
    most: int, reserved: int, others: int, before: int, after: int, size: int
) -> None:
    room = Room(most=most, reserved=reserved, others=others)
    old, new = (Demand(pods=pods, size=size, pairs=1) for pods in (before, after))
    fits = new.total <= old.total or new.total <= most - reserved - others
    try:
        require_room(POOL, old, new, room)
    except CannotPlanError:
        assert not fits
    else:
        assert fits


def test_the_look_is_one_that_only_reads() -> None:
    assert slots_look(POOL).effect.word == "observe"
    assert room_of({"rows": [SLOTS]}, POOL).left == 80

"""A service of a swarm goes back to its earlier spec only where that is a cure (MIT-02, DF-15)."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.runbook.grammar.registry import read
from stanch.runbook.grammar.typed import Surroundings
from stanch.tools.operations.base import digest_of
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_swarm import RollBackService

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NEW, OLD = (f"registry.example:5000/shop/api:{tag}@sha256:" for tag in ("1.9", "1.8"))


def spec(image: str, replicas: int | None = 3, **more: Any) -> dict[str, Any]:
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    return {"TaskTemplate": {"ContainerSpec": {"Image": image, **more}}, "Mode": mode}


def service(**more: Any) -> dict[str, Any]:
    """Return what `docker service inspect` prints of one service."""
    return {
        "ID": "b" * 25,
        "Version": {"Index": 21},
        "Spec": spec(NEW + "1" * 64),
        "PreviousSpec": spec(OLD + "2" * 64),
        "UpdateStatus": {"State": "completed"},
        **more,
    }


def rollback(*words: str) -> ChangeHost:
    line = ("docker", "service", "rollback", *words)
    typed = read(tuple((word,) for word in line), Surroundings(read=read))
    return ChangeHost.model_validate({"host": "swarm-1", **typed.fields})


def plan(shown: dict[str, Any], *flags: str) -> Plan:
    asked = rollback(*flags, "api")
    strategy = strategy_for(asked)
    assert strategy is not None
    look = {"stdout": json.dumps([shown]), "stderr": "", "exit_status": 0}
    return strategy.plan(asked, {"target": look}, now=NOW)


@pytest.mark.parametrize("flags", [(), ("-d",), ("--detach=false", "--quiet")])
def test_the_rollback_names_both_specs_and_the_version_that_was_seen(
    flags: tuple[str, ...],
) -> None:
    shown = service()
    made = plan(shown, *flags)
    change = made.operation
    assert isinstance(change, RollBackService)
    assert made.title == (
        "Roll the service api back from api:1.9 (111111111111) to api:1.8 (222222222222)"
    )
    assert (change.image, change.to_image) == (NEW + "1" * 64, OLD + "2" * 64)
    assert (change.version, change.service_id, change.sudo) == (21, "b" * 25, False)
    assert change.spec_sha256 == digest_of(shown["Spec"])
    assert change.to_sha256 == digest_of(shown["PreviousSpec"])


def test_another_rollback_is_the_way_back_and_nothing_else() -> None:
    made = plan(service(PreviousSpec=spec(OLD + "2" * 64, 5)))
    change = made.operation
    assert isinstance(change, RollBackService)
    assert made.inverse == change.inverse
    assert change.inverse.inverse == change.model_copy(update={"version": None})
    assert (change.replicas, change.to_replicas) == (3, 5)
    assert (change.inverse.replicas, change.inverse.to_replicas) == (5, 3)


def test_after_the_rollback_the_two_specs_have_changed_places() -> None:
    shown = service()
    made = plan(shown)
    strategy = strategy_for(rollback("api"))
    assert strategy is not None
    swapped = {**shown, "Spec": shown["PreviousSpec"], "PreviousSpec": shown["Spec"]}
    told = strategy.foretold(made.operation, {})
    assert told == {name: plan(swapped).observed[name] for name in told}
    assert "version" not in told


@pytest.mark.parametrize(
    ("more", "touched"),
    [
        ({}, "its 3 tasks are replaced, 1 at a time, stop-first"),
        (
            {"Spec": spec(NEW + "1" * 64, None), "PreviousSpec": spec(OLD + "2" * 64, None)},
            "its task on each node are replaced, 1 at a time, stop-first",
        ),
        (
            {
                "PreviousSpec": spec(OLD + "2" * 64)
                | {"RollbackConfig": {"Parallelism": 2, "Order": "start-first"}}
            },
            "its 3 tasks are replaced, 2 at a time, start-first",
        ),
        (
            {"Spec": spec(NEW + "1" * 64) | {"RollbackConfig": {"Parallelism": 0}}},
            "its 3 tasks are replaced, all at once, stop-first",
        ),
        (
            {"PreviousSpec": spec(OLD + "2" * 64, 5)},
            "it wants 5 tasks afterwards, in place of 3",
        ),
        (
            {},
            "what the last update changed goes back: TaskTemplate.ContainerSpec.Image",
        ),
        (
            {"Spec": spec(NEW + "1" * 64, **{f"Part{at}": at for at in range(9)})},
            ", TaskTemplate.ContainerSpec.Part6 and 2 more",
        ),
    ],
)
def test_a_person_is_told_what_the_rollback_touches(more: dict[str, Any], touched: str) -> None:
    assert any(one.endswith(touched) for one in plan(service(**more)).touches)


def test_values_of_the_spec_are_not_told() -> None:
    shown = service(Spec=spec(NEW + "1" * 64, Env=["PASSWORD=hunter2"]))
    made = plan(shown)
    assert any("ContainerSpec.Env" in one for one in made.touches)
    assert "hunter2" not in repr(made)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"PreviousSpec": None}, "was never updated"),
        ({"PreviousSpec": {}}, "was never updated"),
        ({"UpdateStatus": {"State": "rollback_completed"}}, r"already \(rollback_completed\)"),
        ({"UpdateStatus": {"State": "rollback_paused"}}, r"already \(rollback_paused\)"),
        ({"PreviousSpec": spec(NEW + "1" * 64, 5)}, "only changed how many tasks"),
        ({"PreviousSpec": spec(NEW + "1" * 64)}, "only changed how many tasks it has, or nothing"),
        ({"PreviousSpec": spec("shop/api:1.8")}, "shop/api:1.8 is named without its digest"),
        ({"Spec": spec("")}, "the image of the service is named without its digest"),
    ],
)
def test_a_rollback_that_is_no_cure_is_not_planned(more: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(service(**copy.deepcopy(more)))


@pytest.mark.parametrize("words", [("api", "web"), (), ("--format", "api"), ("--insecure",)])
def test_more_than_the_rollback_of_one_service_is_left_to_people(words: tuple[str, ...]) -> None:
    asked = rollback(*words)
    strategy = strategy_for(asked)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match="no way yet"):
        strategy.looks(asked)

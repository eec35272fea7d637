"""Plans of several changes: the next one, the stop rule, and the order of unwinding."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation.sequence import (
    Stage,
    checks_of,
    next_stage,
    over,
    plan_of,
    stages,
    unwinding,
)
from stanch.runbook.model import PlanSpec, Runbook, Step, Template

ALL = PlanSpec(steps=("a", "b", "c"))
IN_TURN = PlanSpec(steps=("a", "b", "c"), stop="first-verified")
ROLLING = PlanSpec(step="restart", over="host", values=("web-1", "web-2"))


def step(name: str, **more: Any) -> Step:
    template = Template(kind="intent.restart", fields={}, params=())
    values = {"name": name, "section": "mitigation", "text": "x", "template": template, "line": 1}
    return Step.model_validate(values | more)


def runbook(*steps: Step, **more: Any) -> Runbook:
    values = {"title": "t", "alerts": (), "name": "n", "path": Path("n.md"), "sha256": "0"}
    return Runbook.model_validate(values | {"steps": steps} | more)


def following(spec: PlanSpec, *, tried: set[str] = frozenset(), kept: tuple[str, ...] = ()) -> str:  # type: ignore[assignment]
    found = next_stage(stages(spec), tried=tried, kept=kept)
    return found.name if found else ""


def test_a_plan_that_needs_all_goes_on_while_each_is_kept() -> None:
    assert following(ALL) == "a"
    assert following(ALL, kept=("a",)) == "b"
    assert following(ALL, kept=("a", "b")) == "c"
    assert following(ALL, kept=("a", "b", "c")) == ""


def test_a_plan_that_needs_all_is_over_when_one_of_it_was_given_up() -> None:
    assert following(ALL, tried={"a"}) == ""
    assert following(ALL, tried={"b"}, kept=("a",)) == ""


def test_a_plan_in_turn_goes_on_because_the_one_before_did_not_help() -> None:
    assert following(IN_TURN) == "a"
    assert following(IN_TURN, tried={"a"}) == "b"
    assert following(IN_TURN, tried={"a", "b", "c"}) == ""
    assert following(IN_TURN, tried={"a"}, kept=("b",)) == ""


def test_the_first_of_several_places_is_the_canary() -> None:
    first, second = stages(ROLLING)
    assert (first.name, second.name) == ("restart@web-1", "restart@web-2")
    assert (first.canary, second.canary) == (True, False)
    assert first.says == "1 of 2, the canary"
    assert not stages(PlanSpec(step="restart", over="host", values=("web-1",)))[0].canary


def test_places_that_are_not_written_are_those_of_the_incident() -> None:
    spec = PlanSpec.model_validate({"step": "restart", "over": "host", "from": "hosts"})
    assert [one.value for one in stages(spec, ("db-1", "db-2"))] == ["db-1", "db-2"]
    assert over(stages(spec), tried=(), kept=())


def test_before_the_last_change_the_trouble_must_only_not_be_worse() -> None:
    verify = ("rollout-complete", "error-ratio-recovered", "alert-silent")
    first, second = stages(ROLLING)
    one = step("restart", verify=verify)
    assert checks_of(first, one, measured=True) == ("rollout-complete", "harm-not-worse")
    assert checks_of(first, one, measured=False) == ("rollout-complete",)
    assert checks_of(second, one, measured=True) == verify
    assert checks_of(stages(IN_TURN)[0], one, measured=True) == verify


def test_what_was_kept_is_taken_back_the_last_one_first() -> None:
    assert unwinding(["P-1", "P-2", "P-3"]) == ("P-3", "P-2", "P-1")


def test_steps_that_follow_each_other_are_a_plan() -> None:
    book = runbook(step("a", then="b"), step("b", then="c"), step("c"))
    chain = plan_of(book, "a")
    assert chain is not None
    assert (chain.steps, chain.stop) == (("a", "b", "c"), "all")
    assert plan_of(book, "c") is None
    circle = plan_of(runbook(step("a", then="b"), step("b", then="a")), "a")
    assert circle is not None
    assert circle.steps == ("a", "b")


def test_a_plan_that_is_written_goes_before_a_chain() -> None:
    book = runbook(step("a"), step("b"), plans={"both": {"steps": ("a", "b")}})
    assert plan_of(book, "both") == book.plans["both"]


@given(
    st.lists(st.sampled_from("abcde"), min_size=1, unique=True),
    st.sampled_from(["all", "first-verified"]),
    st.data(),
)
def test_whatever_comes_of_each_every_plan_ends_and_makes_none_twice(
    names: list[str], stop: Any, data: st.DataObject
) -> None:
    every = stages(PlanSpec(steps=tuple(names), stop=stop))
    tried: list[str] = []
    kept: list[str] = []
    made: list[Stage] = []
    while (one := next_stage(every, tried=tried, kept=kept)) is not None:
        made.append(one)
        (kept if data.draw(st.booleans()) else tried).append(one.name)
    assert len(made) == len({one.name for one in made}) <= len(names)
    assert [one.name for one in made] == names[: len(made)]
    if stop == "all":
        assert len(tried) <= 1
    else:
        assert len(kept) <= 1

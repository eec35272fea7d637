"""The purse of an incident empties, and then nothing is asked any more."""

import pytest

from stanch.roles import Budget, Cost
from stanch.roles.errors import ModelBudgetError


def test_a_question_that_costs_more_than_is_left_is_refused_beforehand() -> None:
    budget = Budget(tokens=1_000)
    budget.charge(Cost(tokens_in=600, tokens_out=100))
    budget.require(300)
    with pytest.raises(ModelBudgetError, match="700 of the 1000"):
        budget.require(301)


def test_no_question_is_asked_when_the_time_is_used_up() -> None:
    budget = Budget(seconds=10)
    budget.charge(Cost(seconds=9.5))
    assert budget.seconds_left == 0.5
    budget.charge(Cost(seconds=9.5))
    assert budget.seconds_left == 0
    with pytest.raises(ModelBudgetError, match="waited 19 s"):
        budget.require(1)


def test_a_resumed_incident_goes_on_with_what_it_had_spent() -> None:
    budget = Budget(tokens=100, spent=Cost(seconds=1, tokens_in=90, tokens_out=5))
    assert budget.spent.tokens == 95
    with pytest.raises(ModelBudgetError):
        budget.require(10)


@pytest.mark.parametrize(("tokens", "seconds"), [(-1, 1.0), (1, -1.0), (1, float("nan"))])
def test_a_budget_that_cannot_be_kept_is_refused(tokens: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        Budget(tokens=tokens, seconds=seconds)

"""A short part of the long run `python -m tests.bench.fuzz`; the rest is run by hand."""

from stanch.runbook.kinds import sample
from tests.bench.fuzz import fuzz_values
from tests.bench.fuzz_values import PARAMS, Bindable, attack, bindables


def test_hostile_values_are_refused_or_change_nothing_but_their_own_place() -> None:
    result = fuzz_values(3000, seed=20261121)
    assert result.changed == []
    assert result.accepted > 300
    assert result.refused > 300


def test_each_template_of_the_table_takes_typical_values() -> None:
    for target in bindables():
        for name in target.step.template.params:
            assert attack(target, name, sample(PARAMS[name])) == (True, None)


def test_a_value_that_reached_another_field_would_be_noticed() -> None:
    target = next(one for one in bindables() if "kubectl scale" in one.text)
    wrong = Bindable(
        target.text,
        target.step,
        target.plain,
        {
            place: "changed" if place[-1] == "namespace" else leaf
            for place, leaf in target.leaves.items()
        },
    )
    accepted, change = attack(wrong, "count", "3")
    assert accepted
    assert change is not None

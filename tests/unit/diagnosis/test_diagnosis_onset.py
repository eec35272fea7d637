from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.onset import onset

CALM = [0.001, 0.0012, 0.0008, 0.001, 0.0011, 0.0009, 0.001, 0.0013]
NAN = float("nan")


def series(values: list[float]) -> list[tuple[float, float]]:
    return [(1000.0 + 15 * n, value) for n, value in enumerate(values)]


def at(index: int) -> datetime:
    return datetime.fromtimestamp(1000.0 + 15 * index, UTC)


def test_a_rise_is_dated_to_its_first_raised_sample() -> None:
    found = onset(series([*CALM, 0.08, 0.2, 0.3, 0.3, 0.31]))
    assert found is not None
    assert (found.at, found.not_before, found.ended) == (at(8), at(7), None)
    assert found.before == pytest.approx(0.001, abs=2e-4)
    assert found.after == pytest.approx(0.3)
    assert found.peak == pytest.approx(0.31)


def test_one_wild_sample_is_no_onset() -> None:
    assert onset(series([*CALM, 0.9, *CALM])) is None


def test_a_rise_of_less_than_the_effect_is_no_onset() -> None:
    assert onset(series([*CALM, *[0.006] * 10])) is None
    assert onset(series([*CALM, *[0.006] * 10]), effect=0.002) is not None


def test_a_slow_ramp_is_dated_near_its_foot() -> None:
    found = onset(series([*CALM, 0.004, 0.009, 0.02, 0.04, 0.07, 0.1, 0.1]))
    assert found is not None
    assert at(8) <= found.at <= at(10)


def test_the_last_of_two_rises_counts_and_tells_when_it_ended() -> None:
    found = onset(series([*CALM, 0.3, 0.3, 0.3, *CALM, 0.5, 0.5, 0.5, *CALM, *CALM]))
    assert found is not None
    assert found.at == at(8 + 3 + 8)
    assert found.ended is not None
    assert found.ended <= at(8 + 3 + 8 + 3 + 7)


def test_a_series_that_is_high_from_the_start_has_no_onset() -> None:
    assert onset(series([0.4] * 20)) is None


def test_a_long_outage_does_not_become_the_reference() -> None:
    found = onset(series([*CALM, *[0.4] * 60]))
    assert found is not None
    assert found.at == at(8)


def test_missing_and_endless_samples_are_left_out_and_a_gap_is_told() -> None:
    holes = [*CALM, NAN, NAN, float("inf"), 0.3, 0.3, NAN, 0.3]
    found = onset(series(holes))
    assert found is not None
    assert (found.not_before, found.at) == (at(7), at(11))


@pytest.mark.parametrize("values", [[], [0.5], [NAN] * 30, [0.0, 0.9, 0.9]])
def test_too_little_to_judge_by_gives_none(values: list[float]) -> None:
    assert onset(series(values)) is None


ratios = st.floats(min_value=0, max_value=1) | st.just(NAN)


@given(st.lists(ratios, max_size=80))
def test_whatever_the_values_the_onset_lies_inside_the_series(values: list[float]) -> None:
    found = onset(series(values))
    if found is not None:
        assert at(0) <= found.not_before < found.at <= at(len(values) - 1)
        assert found.before <= found.after <= found.peak


@given(st.lists(ratios, max_size=60), st.randoms(use_true_random=False))
def test_the_order_in_which_samples_arrive_does_not_matter(
    values: list[float], chance: object
) -> None:
    points = series(values)
    shuffled = list(points)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a Random
    assert onset(points) == onset(shuffled)


@given(
    st.lists(st.floats(min_value=0.0005, max_value=0.002), min_size=15, max_size=40),
    st.lists(st.floats(min_value=0.1, max_value=1), min_size=4, max_size=30),
)
def test_a_clear_step_is_always_found_where_it_is(low: list[float], high: list[float]) -> None:
    found = onset(series([*low, *high]))
    assert found is not None
    assert found.at == at(len(low))

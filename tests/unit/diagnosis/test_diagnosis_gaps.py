"""What was not measured is neither a zero nor well: gaps, NaN and Inf (INV-21)."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis import metrics
from stanch.diagnosis.metric_signs import alert_window
from stanch.diagnosis.onset import onset
from stanch.diagnosis.view import View
from stanch.incident import Alert

from .diagnosis_samples import NOW, alert, counted, measured, ratio, sign, view

NAN = "NaN"


def fired(seen: View, minutes_ago: float, **annotations: str) -> View:
    made = alert(minutes_ago)
    return replace(
        seen, alert=Alert.model_validate({**made.model_dump(), "annotations": annotations})
    )


def test_a_ratio_that_was_well_over_the_alerts_window_is_healthy() -> None:
    seen = fired(view(ratio(*[0.001] * 80)), 5)
    assert sign("error-ratio-healthy", seen).holds is True


@pytest.mark.parametrize("lost", [NAN, "+Inf", "-Inf"])
def test_a_ratio_that_was_not_measured_around_the_alert_is_not_healthy(lost: str) -> None:
    values: list[float | str] = [*[0.001] * 60, *[lost] * 12, *[0.001] * 8]
    found = sign("error-ratio-healthy", fired(view(ratio(*values)), 5))
    assert found.holds is None
    assert "was not measured" in found.because


def test_a_range_that_ends_long_before_now_is_not_healthy() -> None:
    early = ratio(*[0.001] * 80)
    points = early.data["result"][0]["values"][:60]
    cut = early.model_copy(
        update={"data": {**early.data, "result": [{"metric": {}, "values": points}]}}
    )
    assert sign("error-ratio-healthy", fired(view(cut), 8)).holds is None


def test_a_ratio_that_failed_is_not_healthy_even_with_a_gap() -> None:
    values: list[float | str] = [*[0.001] * 50, *[0.4] * 10, *[NAN] * 10, *[0.001] * 10]
    assert sign("error-ratio-healthy", fired(view(ratio(*values)), 5)).holds is False


def test_a_gap_long_before_the_alert_does_not_matter() -> None:
    values: list[float | str] = [*[0.001] * 10, *[NAN] * 20, *[0.001] * 50]
    assert sign("error-ratio-healthy", fired(view(ratio(*values)), 5)).holds is True


@pytest.mark.parametrize(
    ("window", "seconds"),
    [("5m", 300), ("1h", 3600), ("1h30m", 5400), ("90s", 90), ("soon", 300), ("", 300)],
)
def test_an_alert_says_over_which_time_it_looks(window: str, seconds: float) -> None:
    assert alert_window(fired(view(), 1, window=window)) == seconds


def test_trouble_within_the_alerts_own_window_counts_though_it_is_over() -> None:
    # It was bad until ten minutes ago, from before the first sample on.
    seen = view(ratio(*[0.02] * 40, *[0.001] * 40))
    assert sign("error-ratio-healthy", fired(seen, 1)).holds is True
    assert sign("error-ratio-healthy", fired(seen, 1, window="30m")).holds is False


def test_a_rise_that_began_within_what_was_measured_is_no_false_alarm() -> None:
    seen = view(ratio(*[0.001] * 20, *[0.3] * 10, *[0.001] * 50))
    assert sign("error-ratio-healthy", fired(seen, 1)).holds is False


def test_failures_that_are_no_number_are_not_none() -> None:
    # Requests are known all the time; of the failures the last samples are not numbers.
    expression = 'sum by (version, code) (rate(http_requests_total{service="checkout"}[1m]))'
    start = NOW.timestamp() - 15 * 9
    times = [start + 15 * at for at in range(10)]
    good = [[when, "10"] for when in times]
    bad = [[when, NAN if at >= 7 else "10"] for at, when in enumerate(times)]
    rows = [
        {"metric": {"version": "2", "code": "200"}, "values": good},
        {"metric": {"version": "2", "code": "500"}, "values": bad},
    ]
    found = metrics.counts(view(measured(expression, rows)), "version", service="checkout")
    assert found is not None
    assert found["2"].ratio(times[-3:]) is None, "not 0 %"
    assert found["2"].ratio(times) == 0.5
    assert len(found["2"].busy()) == 7
    assert found["2"].broken == frozenset(times[7:])


def test_a_part_of_the_traffic_that_is_unknown_is_no_drop() -> None:
    seen = view(
        counted("route", {("/a", "200"): [30.0] * 30, ("/b", "200"): [70.0] * 30}),
    )
    points = metrics.requests(seen, "checkout")
    assert points is not None
    assert {value for _, value in points[0]} == {100.0}
    rows = counted("route", {("/a", "200"): [30.0] * 30, ("/b", "200"): [math.nan] * 30})
    half = rows.data["result"][1]["values"]
    assert all(math.isnan(float(value)) for _, value in half) or not half
    kept = metrics.requests(view(rows), "checkout")
    assert kept is None or len(kept[0]) == 30


def test_the_largest_gap_counts_both_ends() -> None:
    points = [(10.0, 1.0), (20.0, 1.0), (50.0, 1.0)]
    assert metrics.largest_gap(points, 0, 60) == 30
    assert metrics.largest_gap(points, 0, 100) == 50
    assert metrics.largest_gap([], 0, 100) == 100
    assert metrics.largest_gap(points, 15, 25) == 5


values = st.one_of(st.floats(0, 0.5), st.just(math.nan), st.just(math.inf), st.just(-math.inf))


@given(samples=st.lists(values, max_size=60))
def test_an_onset_never_lies_at_a_sample_that_is_no_number(samples: list[float]) -> None:
    points = [(float(15 * at), value) for at, value in enumerate(samples)]
    found = onset(points)
    finite = {when for when, value in points if math.isfinite(value)}
    assert found == onset([pair for pair in points if math.isfinite(pair[1])])
    if found is not None:
        assert found.at.timestamp() in finite
        assert found.not_before.timestamp() in finite
        assert found.not_before < found.at


@given(gap=st.integers(1, 40))
def test_a_gap_before_the_rise_widens_the_time_in_which_it_began(gap: int) -> None:
    calm = [(float(15 * at), 0.001) for at in range(20)]
    risen = [(float(15 * (20 + gap + at)), 0.3) for at in range(10)]
    found = onset([*calm, *risen])
    assert found is not None
    assert found.at - found.not_before == timedelta(seconds=15 * (gap + 1))

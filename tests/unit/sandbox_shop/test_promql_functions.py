"""The functions of PromQL against numbers that were computed by hand."""

import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.shop.promql import Engine, QueryError, Sample
from stanch.sandbox.shop.series import SeriesStore

Ask = Callable[..., dict[str, float]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Samples at 0..60, each 10 s, growing by 5: the window (0, 60] sees 10..60.
        ("rate(c[60s])", 0.5),
        ("increase(c[60s])", 30.0),
        # The newest two samples: 25 and 30.
        ("irate(c[60s])", 0.5),
        ("idelta(c[60s])", 5.0),
        ("delta(c[60s])", 30.0),
        ("deriv(c[60s])", 0.5),
        ("sum_over_time(c[60s])", 5 + 10 + 15 + 20 + 25 + 30),
        ("avg_over_time(c[60s])", 17.5),
        ("min_over_time(c[60s])", 5),
        ("max_over_time(c[60s])", 30),
        ("count_over_time(c[60s])", 6),
        ("last_over_time(c[60s])", 30),
        ("present_over_time(c[60s])", 1),
        ("quantile_over_time(0.5, c[60s])", 17.5),
        ("stdvar_over_time(c[20s])", 6.25),
        ("changes(c[60s])", 5),
        ("resets(c[60s])", 0),
    ],
)
def test_a_range_function_of_a_steady_counter_is_exact(
    ask: Ask, query: str, expected: float
) -> None:
    [value] = ask(query, {"c": [0, 5, 10, 15, 20, 25, 30]}, at=60).values()
    assert value == pytest.approx(expected)


def test_rate_counts_what_a_restart_lost(ask: Ask) -> None:
    rows = {"c": [100, 110, 120, 5, 15, 25, 35]}
    # In (0, 60]: 110 -> 120 -> 5 (restart, 120 lost) -> 35, over 50 s, stretched to 60 s.
    assert ask("increase(c[60s])", rows, at=60) == {"{}": pytest.approx(45 * 60 / 50)}
    assert ask("resets(c[60s])", rows, at=60) == {"{}": 1}


def test_rate_never_stretches_a_counter_below_zero(ask: Ask) -> None:
    # Two samples, 1 at 10 s and 11 at 20 s; the counter was zero one second before the first.
    rows = {"c": [None, 1, 11]}
    assert ask("increase(c[60s])", rows, at=20) == {"{}": pytest.approx(10 * (10 + 1) / 10)}


def test_rate_needs_two_samples(ask: Ask) -> None:
    assert ask("rate(c[60s])", {"c": [1]}, at=5) == {}


def test_a_window_is_open_at_its_old_end(ask: Ask) -> None:
    assert ask("count_over_time(c[20s])", {"c": [1, 1, 1, 1]}, at=30) == {"{}": 2}


def test_a_sample_is_seen_for_five_minutes_and_no_longer(ask: Ask) -> None:
    assert ask("c", {"c": [7]}, at=299.9) == {"c{}": 7}
    assert ask("c", {"c": [7]}, at=300) == {}


def test_a_series_that_vanished_from_a_scrape_is_gone_at_once(ask: Ask) -> None:
    rows = {"c": [7, 7, None, None], "other": [1, 1, 1, 1]}
    assert ask("c", rows, at=19) == {"c{}": 7}
    assert ask("c", rows, at=20) == {}
    assert ask("count_over_time(c[60s])", rows, at=30) == {"{}": 2}


def test_offset_and_at_look_elsewhere_in_time(ask: Ask) -> None:
    rows = {"c": [1, 2, 3, 4]}
    assert ask("c offset 10s", rows, at=30) == {"c{}": 3}
    assert ask("c offset -10s", rows, at=10) == {"c{}": 3}
    assert ask("c @ 10", rows, at=30) == {"c{}": 2}
    assert ask("rate(c[20s] offset 10s)", rows, at=40) == {"{}": pytest.approx(0.1)}


def test_a_subquery_evaluates_at_aligned_steps(ask: Ask) -> None:
    rows = {"c": [0, 5, 10, 15, 20, 25, 30]}
    assert ask("max_over_time(rate(c[20s])[40s:20s])", rows, at=60) == {"{}": pytest.approx(0.5)}
    assert ask("count_over_time(c[40s:20s])", rows, at=50) == {"{}": 2}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("abs(g)", {"{i=a}": 2.5, "{i=b}": 1.5}),
        ("-g", {"{i=a}": 2.5, "{i=b}": -1.5}),
        ("clamp_min(g, 0)", {"{i=a}": 0, "{i=b}": 1.5}),
        ("clamp_max(g, 0)", {"{i=a}": -2.5, "{i=b}": 0}),
        ("clamp(g, -1, 1)", {"{i=a}": -1, "{i=b}": 1}),
        ("clamp(g, 1, -1)", {}),
        ("round(g)", {"{i=a}": -2, "{i=b}": 2}),
        ("round(g, 0.5)", {"{i=a}": -2.5, "{i=b}": 1.5}),
        ("ceil(g)", {"{i=a}": -2, "{i=b}": 2}),
        ("floor(g)", {"{i=a}": -3, "{i=b}": 1}),
        ("sgn(g)", {"{i=a}": -1, "{i=b}": 1}),
        ('absent(g{i="a"})', {}),
        ('absent(g{i="z", j=~"x"})', {"{i=z}": 1}),
        ('absent_over_time(none{i="z"}[5m])', {"{i=z}": 1}),
        ("vector(3)", {"{}": 3}),
        ('scalar(g{i="a"})', {"scalar": -2.5}),
        ("time()", {"scalar": 0}),
        ("vector(time())", {"{}": 0}),
        ('label_replace(g{i="a"}, "j", "x-$1", "i", "(.)")', {"g{i=a,j=x-a}": -2.5}),
        ('label_replace(g{i="a"}, "j", "x", "i", "b")', {"g{i=a}": -2.5}),
        ('label_join(g{i="a"}, "j", "-", "i", "i")', {"g{i=a,j=a-a}": -2.5}),
    ],
)
def test_an_instant_function_is_exact(ask: Ask, query: str, expected: dict[str, float]) -> None:
    assert ask(query, {'g{i="a"}': [-2.5], 'g{i="b"}': [1.5]}) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("exp(vector(0))", 1),
        ("exp(vector(10000))", math.inf),
        ("sqrt(vector(9))", 3),
        ("ln(vector(1))", 0),
        ("ln(vector(0))", -math.inf),
        ("log2(vector(8))", 3),
        ("log10(vector(1000))", 3),
        ("sgn(vector(0))", 0),
        ("ceil(vector(Inf))", math.inf),
        ("round(vector(2.5))", 3),
        ("round(vector(Inf))", math.inf),
        ("clamp_min(vector(-Inf), 2)", 2),
        ("vector(pi())", math.pi),
        ("minute(vector(7260))", 1),
        ("hour(vector(7260))", 2),
        ("day_of_week(vector(0))", 4),
        ("day_of_month(vector(86400))", 2),
        ("month(vector(0))", 1),
        ("year()", 1970),
        ("-vector(2)", -2),
        ("vector(-(2))", -2),
        ("0 ^ vector(-1)", math.inf),
        ("vector(10) ^ 1000", math.inf),
        ("vector(7) % 4", 3),
        ("vector(1) atan2 vector(1)", math.pi / 4),
        ("quantile(2, vector(1))", math.inf),
        ("quantile(-1, vector(1))", -math.inf),
        ("sum(vector(Inf))", math.inf),
    ],
)
def test_a_function_of_one_number_is_exact(ask: Ask, query: str, expected: float) -> None:
    assert ask(query, {"c": [1]}) == {"{}": pytest.approx(expected)}


@pytest.mark.parametrize(
    "query",
    [
        "sqrt(vector(-1))",
        "ln(vector(-1))",
        "vector(1) % 0",
        "vector(-1) ^ 0.5",
        "clamp_min(vector(NaN), 1)",
        "sgn(vector(NaN))",
        "quantile(NaN, vector(1))",
        "max(vector(NaN))",
        "min(vector(NaN))",
        "vector(Inf) - vector(Inf)",
        'sum(vector(Inf) or label_replace(vector(-Inf), "a", "b", "", ""))',
    ],
)
def test_what_has_no_value_is_not_a_number(ask: Ask, query: str) -> None:
    [value] = ask(query, {"c": [1]}).values()
    assert math.isnan(value)


def test_sorting_puts_what_is_no_number_last(ask: Ask) -> None:
    rows = {'g{i="a"}': [math.nan], 'g{i="b"}': [1], 'g{i="c"}': [2]}
    assert list(ask("sort(g)", rows)) == ["g{i=b}", "g{i=c}", "g{i=a}"]
    assert list(ask("sort_desc(g)", rows)) == ["g{i=c}", "g{i=b}", "g{i=a}"]
    assert list(ask("topk(2, g)", rows)) == ["g{i=c}", "g{i=b}"]


def test_the_start_and_the_end_of_a_range_query_can_be_named(
    store_of: Callable[..., SeriesStore],
) -> None:
    engine = Engine(store_of({"c": [1, 2, 3]}))
    for query, expected in (("c @ start()", [1, 1, 1]), ("c @ end()", [3, 3, 3])):
        [points] = engine.over(query, 0, 20, step=10).values()
        assert [value for _, value in points] == expected
    assert engine.over("1 + 1", 0, 10, step=10) == {(): [(0, 2), (10, 2)]}


def test_a_histogram_whose_buckets_fall_is_read_as_if_they_did_not(ask: Ask) -> None:
    rows = {**BUCKETS, 'h_bucket{le="0.5"}': [9], 'h_bucket{le="odd"}': [1]}
    assert ask("histogram_quantile(0.25, h_bucket)", rows) == {"{}": pytest.approx(0.1)}
    assert math.isnan(ask("histogram_quantile(0.5, h_bucket * 0)", BUCKETS)["{}"])
    assert math.isnan(ask("histogram_quantile(NaN, h_bucket)", BUCKETS)["{}"])
    negative = {'h_bucket{le="-1"}': [5], 'h_bucket{le="+Inf"}': [10]}
    assert ask("histogram_quantile(0.1, h_bucket)", negative) == {"{}": -1}


def test_scalar_of_several_samples_is_not_a_number(ask: Ask) -> None:
    assert math.isnan(ask("scalar(g)", {'g{i="a"}': [1], 'g{i="b"}': [2]})["scalar"])


BUCKETS = {
    'h_bucket{le="0.1"}': [10],
    'h_bucket{le="0.5"}': [30],
    'h_bucket{le="1"}': [40],
    'h_bucket{le="+Inf"}': [40],
}


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.5, 0.1 + 0.4 * 10 / 20),
        (0.25, 0.1),
        (0.9, 0.5 + 0.5 * 6 / 10),
        (1.0, 1.0),
        (2.0, math.inf),
        (-1.0, -math.inf),
    ],
)
def test_histogram_quantile_goes_straight_through_its_bucket(
    ask: Ask, share: float, expected: float
) -> None:
    assert ask(f"histogram_quantile({share}, h_bucket)", BUCKETS) == {"{}": pytest.approx(expected)}


def test_histogram_quantile_above_the_last_edge_is_that_edge(ask: Ask) -> None:
    rows = {**BUCKETS, 'h_bucket{le="+Inf"}': [400]}
    assert ask("histogram_quantile(0.9, h_bucket)", rows) == {"{}": 1.0}


def test_histogram_quantile_without_an_infinite_bucket_is_not_a_number(ask: Ask) -> None:
    rows = {name: values for name, values in BUCKETS.items() if "Inf" not in name}
    assert math.isnan(ask("histogram_quantile(0.9, h_bucket)", rows)["{}"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "no expression"),
        ("sum(", "unclosed left parenthesis"),
        ("nothing(x)", "unknown function"),
        ("rate(c)", "expected type matrix"),
        ("predict_linear(c[5m], 60)", "not supported here"),
        ("limitk(1, c)", "not supported here"),
        ('c{a="b" or d="e"}', "not supported here"),
        ('label_replace(c, "1a", "x", "i", ".*")', "invalid destination label name"),
        ('label_replace(c, "a", "x", "i", "(")', "invalid regular expression"),
        ('label_join(c, "1a", "-", "i")', "invalid destination label name"),
        ('c{a=~"\\\\pL"}', "regular expression"),
        ("max_over_time(c[200000s:1s])", "more than 11,000 steps"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(ask: Ask, query: str, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        ask(query, {"c": [1, 2]}, at=10)
    assert caught.value.kind == "bad_data"


def only(store: SeriesStore, query: str, at: float) -> float:
    value = Engine(store).instant(query, at)
    assert isinstance(value, list)
    [sample] = value
    assert isinstance(sample, Sample)
    return sample.value


@given(values=st.lists(st.integers(0, 1000), min_size=2, max_size=40))
def test_an_increase_is_what_was_counted_and_at_most_stretched_to_the_edge(
    values: list[int],
) -> None:
    store = SeriesStore(retention=1e9)
    series = store.series("c", {})
    for index, value in enumerate(values):
        store.scrape(index * 10.0, [(series, float(value))])
    span = (len(values) - 1) * 10
    counted = sum(
        after - before if after >= before else after for before, after in itertools.pairwise(values)
    )
    # The window begins one second before the first sample and ends with the last.
    rise = only(store, f"increase(c[{span + 1}s])", float(span))
    assert counted - 1e-6 <= rise <= counted * (span + 1) / span + 1e-6


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_least_mean_and_greatest_are_in_order(values: list[float]) -> None:
    store = SeriesStore(retention=1e9)
    for index, value in enumerate(values):
        store.scrape(index * 10.0, [(store.series("g", {}), value)])
    end = (len(values) - 1) * 10.0
    found = [only(store, f"{name}_over_time(g[1h])", end) for name in ("min", "avg", "max")]
    assert found[0] <= found[1] + 1e-6
    assert found[1] <= found[2] + 1e-6

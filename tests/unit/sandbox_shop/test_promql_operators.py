"""Operators, aggregations and label matching of PromQL."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.shop.promql import Engine, QueryError
from stanch.sandbox.shop.series import SeriesStore

Ask = Callable[..., dict[str, float]]

REQUESTS = {
    'r{s="a",code="200"}': [90.0],
    'r{s="a",code="500"}': [10.0],
    'r{s="b",code="200"}': [40.0],
    'size{s="a"}': [2.0],
    'size{s="b"}': [4.0],
    'owner{s="a",team="x"}': [1.0],
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(r)", {"{}": 140}),
        ("sum by (s) (r)", {"{s=a}": 100, "{s=b}": 40}),
        ("sum(r) by (s)", {"{s=a}": 100, "{s=b}": 40}),
        ("sum without (code) (r)", {"{s=a}": 100, "{s=b}": 40}),
        ("avg by (s) (r)", {"{s=a}": 50, "{s=b}": 40}),
        ("min(r)", {"{}": 10}),
        ("max(r)", {"{}": 90}),
        ("count by (code) (r)", {"{code=200}": 2, "{code=500}": 1}),
        ("group(r)", {"{}": 1}),
        ("stddev by (s) (r)", {"{s=a}": 40, "{s=b}": 0}),
        ("quantile(0.5, r)", {"{}": 40}),
        ('count_values("v", size)', {"{v=2}": 1, "{v=4}": 1}),
        ("topk(1, r)", {"r{code=200,s=a}": 90}),
        ("bottomk(1, r)", {"r{code=500,s=a}": 10}),
        ("topk by (s) (1, r)", {"r{code=200,s=a}": 90, "r{code=200,s=b}": 40}),
        ("topk(0, r)", {}),
        ("sum by (nothing) (none)", {}),
    ],
)
def test_an_aggregation_is_exact(ask: Ask, query: str, expected: dict[str, float]) -> None:
    assert ask(query, REQUESTS) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("1 + 2 * 3", {"scalar": 7}),
        ("2 ^ 3 ^ 2", {"scalar": 512}),
        ("7 % 4", {"scalar": 3}),
        ("1 > bool 2", {"scalar": 0}),
        ("size * 10", {"{s=a}": 20, "{s=b}": 40}),
        ("10 - size", {"{s=a}": 8, "{s=b}": 6}),
        ("size > 2", {"size{s=b}": 4}),
        ("3 < size", {"size{s=b}": 4}),
        ("size > bool 2", {"{s=a}": 0, "{s=b}": 1}),
        ("size == size", {"size{s=a}": 2, "size{s=b}": 4}),
        ("size + size", {"{s=a}": 4, "{s=b}": 8}),
        ('r{code="200"} / on (s) size', {"{s=a}": 45, "{s=b}": 10}),
        ('r{code="200"} / ignoring (code) size', {"{s=a}": 45, "{s=b}": 10}),
        (
            "r / on (s) group_left size",
            {"{code=200,s=a}": 45, "{code=500,s=a}": 5, "{code=200,s=b}": 10},
        ),
        (
            "r * on (s) group_left (team) owner",
            {"{code=200,s=a,team=x}": 90, "{code=500,s=a,team=x}": 10},
        ),
        (
            "size / on (s) group_right r",
            {"{code=200,s=a}": 2 / 90, "{code=500,s=a}": 0.2, "{code=200,s=b}": 0.1},
        ),
        ("size and on (s) owner", {"size{s=a}": 2}),
        ("size unless on (s) owner", {"size{s=b}": 4}),
        ('size{s="a"} or size', {"size{s=a}": 2, "size{s=b}": 4}),
        ("none or vector(0)", {"{}": 0}),
        ('sum by (s) (r{code="500"}) / sum by (s) (r)', {"{s=a}": 0.1}),
        ('r{code=~"5..|4.."}', {"r{code=500,s=a}": 10}),
        ('r{code!~"5.."}', {"r{code=200,s=a}": 90, "r{code=200,s=b}": 40}),
        ('r{code!="200"}', {"r{code=500,s=a}": 10}),
        ('{__name__=~"si.*", s="a"}', {"size{s=a}": 2}),
        ('size{absent_label=""}', {"size{s=a}": 2, "size{s=b}": 4}),
        ('r{code=~"50"}', {}),
    ],
)
def test_an_operator_is_exact(ask: Ask, query: str, expected: dict[str, float]) -> None:
    assert ask(query, REQUESTS) == pytest.approx(expected)


def test_division_by_zero_gives_infinity_or_no_number(ask: Ask) -> None:
    assert ask("size / 0", {"size": [1]}) == {"{}": math.inf}
    assert math.isnan(ask("size / 0", {"size": [0]})["{}"])


def test_many_partners_without_group_left_are_an_error(ask: Ask) -> None:
    with pytest.raises(QueryError, match="group_left") as caught:
        ask("r / on (s) size", REQUESTS)
    assert caught.value.kind == "execution"


def test_many_partners_on_the_one_side_are_an_error(ask: Ask) -> None:
    with pytest.raises(QueryError, match="many-to-many matching not allowed"):
        ask("size / on (s) group_left r", REQUESTS)


def test_two_results_of_the_same_labels_are_an_error(ask: Ask) -> None:
    with pytest.raises(QueryError, match="same labelset"):
        ask('label_replace(r, "code", "", "code", ".*")', REQUESTS)


VALUES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.floats(-1e9, 1e9, allow_nan=False), min_size=1
)


def _store(values: dict[str, float]) -> SeriesStore:
    store = SeriesStore()
    store.scrape(
        0.0,
        [
            (store.series("g", {"i": name, "odd": "yes" if ord(name) % 2 else "no"}), value)
            for name, value in values.items()
        ],
    )
    return store


def _table(store: SeriesStore, query: str) -> dict[object, float]:
    value = Engine(store).instant(query, 0.0)
    assert isinstance(value, list)
    return {sample.labels: sample.value for sample in value}  # type: ignore[union-attr]


@given(values=VALUES)
def test_a_sum_of_group_sums_is_the_whole_sum(values: dict[str, float]) -> None:
    store = _store(values)
    parts = _table(store, "sum(sum by (odd) (g))")
    assert parts == pytest.approx(_table(store, "sum(g)"), abs=1e-3)


@given(values=VALUES, limit=st.integers(-1000, 1000))
def test_above_and_not_above_divide_a_vector(values: dict[str, float], limit: int) -> None:
    store = _store(values)
    above, rest = _table(store, f"g > {limit}"), _table(store, f"g <= {limit}")
    assert not above.keys() & rest.keys()
    assert above | rest == _table(store, "g")


@given(values=VALUES, count=st.integers(1, 10))
def test_topk_takes_the_greatest(values: dict[str, float], count: int) -> None:
    found = sorted(_table(_store(values), f"topk({count}, g)").values(), reverse=True)
    assert found == sorted(values.values(), reverse=True)[:count]


@given(values=VALUES, limit=st.integers(-1000, 1000))
def test_or_of_and_and_unless_is_the_whole(values: dict[str, float], limit: int) -> None:
    store, other = _store(values), f"(g > {limit})"
    whole = _table(store, f"(g and {other}) or (g unless {other})")
    assert whole == _table(store, "g")

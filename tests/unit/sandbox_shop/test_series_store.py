"""The series store: retention, staleness, and what a counter lost."""

from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.shop.series import Matcher, SeriesStore, labels_of

ALL = [Matcher("__name__", "=", "c")]


def test_old_samples_and_then_old_series_are_forgotten() -> None:
    store = SeriesStore(retention=100)
    gone, stays = store.series("c", {"i": "gone"}), store.series("c", {"i": "stays"})
    store.scrape(0, [(gone, 1), (stays, 1)])
    for at in range(10, 400, 10):
        store.scrape(at, [(stays, float(at))])
    assert store.select(ALL) == [stays]
    assert len(store) == 1
    assert min(stays.times) >= 400 - 10 - 100 - 5
    assert store.series("c", {"i": "gone"}) is not gone


def test_a_series_that_comes_back_is_seen_again() -> None:
    store = SeriesStore()
    series, other = store.series("c", {}), store.series("other", {})
    store.scrape(0, [(series, 1), (other, 1)])
    store.scrape(10, [(other, 1)])
    assert series.at(10) is None
    store.scrape(20, [(series, 2), (other, 1)])
    assert series.at(20) == 2
    assert series.at(15) is None
    assert series.at(5) == 1


def test_what_was_lost_is_right_after_forgetting() -> None:
    store = SeriesStore(retention=50)
    series = store.series("c", {})
    for index, value in enumerate([10, 0, 20, 5, 6, 7, 3, 4, 5, 6]):
        store.scrape(index * 10.0, [(series, float(value))])
    assert series.dropped(40, 90) == 7
    assert series.dropped(60, 90) == 0


def test_an_empty_label_is_no_label() -> None:
    assert labels_of({"b": "2", "a": "1", "c": ""}) == (("a", "1"), ("b", "2"))


@given(values=st.lists(st.integers(0, 50), min_size=1, max_size=50))
def test_growth_and_losses_make_a_counter_that_never_falls(values: list[int]) -> None:
    store = SeriesStore()
    series = store.series("c", {})
    for index, value in enumerate(values):
        store.scrape(float(index), [(series, float(value))])
    whole = [value + series.dropped(-1, index) for index, value in enumerate(values)]
    assert whole == sorted(whole)

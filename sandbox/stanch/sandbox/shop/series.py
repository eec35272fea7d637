"""Time series in memory: what the practice Prometheus has scraped.

The scraper appends one sample per series and scrape, in order of time; the query engine
reads. A series that a scrape no longer finds is marked stale at that moment, as
Prometheus does, so that a deleted pod leaves every result at once.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Label pairs, sorted by name; the metric's name is the label `__name__`."""

NAME = "__name__"
LOOKBACK = 300.0
"""How many seconds an instant selector looks back for a sample."""


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """Return `pairs` as labels; an empty value is the same as no label."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    name: str
    kind: Literal["=", "!=", "=~", "!~"]
    value: str
    pattern: re.Pattern[str] | None = None

    def accepts(self, value: str) -> bool:
        """Tell whether a series with this `value` (empty: no such label) is wanted."""
        if self.pattern is None:
            return (value == self.value) is (self.kind == "=")
        return (self.pattern.fullmatch(value) is not None) is (self.kind == "=~")


@dataclass(slots=True, eq=False)
class Series:
    """The samples of one label set, oldest first."""

    labels: Labels
    pairs: Mapping[str, str]
    times: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    drop_times: list[float] = field(default_factory=list)
    drops: list[float] = field(default_factory=list)
    stale_times: list[float] = field(default_factory=list)

    def append(self, at: float, value: float) -> None:
        """Add the sample of time `at`, which must be newer than all before it."""
        if self.values and value < self.values[-1]:
            self.drop_times.append(at)
            self.drops.append(self.values[-1])
        self.times.append(at)
        self.values.append(value)

    def at(self, time: float) -> float | None:
        """Return the newest sample not older than the lookback, or None if there is none."""
        index = bisect_right(self.times, time) - 1
        if index < 0 or self.times[index] <= time - LOOKBACK:
            return None
        mark = bisect_right(self.stale_times, time) - 1
        if mark >= 0 and self.stale_times[mark] > self.times[index]:
            return None
        return self.values[index]

    def dropped(self, after: float, until: float) -> float:
        """Return the sum of what a counter lost by restarts in (after, until]."""
        if not self.drop_times:
            return 0.0
        low = bisect_right(self.drop_times, after)
        high = bisect_right(self.drop_times, until)
        return sum(self.drops[low:high])

    def forget(self, before: float) -> None:
        """Drop the samples older than `before`."""
        count = bisect_left(self.times, before)
        del self.times[:count], self.values[:count]
        old = bisect_left(self.drop_times, before)
        del self.drop_times[:old], self.drops[:old]
        self.stale_times = [time for time in self.stale_times if time >= before]


class SeriesStore:
    """All series, found by metric name first."""

    def __init__(self, *, retention: float = 4 * 3600.0) -> None:
        self._by_labels: dict[Labels, Series] = {}
        self._by_name: dict[str, list[Series]] = {}
        self._as_asked: dict[tuple[object, ...], Series] = {}
        self._live: set[Series] = set()
        self._retention = retention
        self._next_sweep = 0.0

    def __len__(self) -> int:
        return len(self._by_labels)

    def series(self, name: str, pairs: Mapping[str, str]) -> Series:
        """Return the series of metric `name` with these labels, new if need be."""
        # Every scrape asks for all of them in the same words; to sort those takes long.
        asked = (name, *pairs.items())
        found = self._as_asked.get(asked)
        if found is not None:
            return found
        labels = labels_of({**pairs, NAME: name})
        found = self._by_labels.get(labels)
        if found is None:
            found = Series(labels, dict(labels))
            self._by_labels[labels] = found
            self._by_name.setdefault(name, []).append(found)
        self._as_asked[asked] = found
        return found

    def scrape(self, at: float, samples: Iterable[tuple[Series, float]]) -> None:
        """Take one scrape: append `samples`, and mark stale what was there before and is gone."""
        seen: set[Series] = set()
        for series, value in samples:
            series.append(at, value)
            seen.add(series)
        for gone in self._live - seen:
            gone.stale_times.append(at)
        self._live = seen
        if at >= self._next_sweep:
            self._sweep(at - self._retention)
            self._next_sweep = at + self._retention / 20

    def select(self, matchers: Sequence[Matcher]) -> list[Series]:
        """Return the series that every matcher accepts, in order of their labels."""
        found: Iterable[Series] = self._candidates(matchers)
        for matcher in matchers:
            name, accepts = matcher.name, matcher.accepts
            found = [series for series in found if accepts(series.pairs.get(name, ""))]
        return sorted(found, key=lambda series: series.labels)

    def _candidates(self, matchers: Sequence[Matcher]) -> Iterable[Series]:
        for matcher in matchers:
            if matcher.name == NAME and matcher.kind == "=":
                return self._by_name.get(matcher.value, [])
        return self._by_labels.values()

    def _sweep(self, before: float) -> None:
        for labels, series in list(self._by_labels.items()):
            series.forget(before)
            if not series.times and series not in self._live:
                del self._by_labels[labels]
                self._as_asked.clear()
                self._by_name[series.pairs[NAME]].remove(series)

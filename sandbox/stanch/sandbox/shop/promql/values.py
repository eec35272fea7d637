"""The values of PromQL: scalars, strings, vectors of samples, and matrices of windows."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from stanch.sandbox.shop.series import NAME, Labels, Series


class QueryError(Exception):
    """A query that cannot be answered; `kind` is the error type of the Prometheus API."""

    def __init__(
        self, message: str, kind: Literal["bad_data", "execution", "not_found"] = "bad_data"
    ) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number without labels."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """One string."""

    value: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of one label set."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Window:
    """The samples of one label set in (start, end]: the places low to high of two sequences."""

    labels: Labels
    times: Sequence[float]
    values: Sequence[float]
    low: int
    high: int
    start: float
    end: float
    series: Series | None = None

    def __len__(self) -> int:
        return self.high - self.low

    @property
    def numbers(self) -> Sequence[float]:
        """The values in the window, oldest first."""
        return self.values[self.low : self.high]

    @property
    def points(self) -> Iterator[tuple[float, float]]:
        """The pairs of time and value in the window, oldest first."""
        return zip(self.times[self.low : self.high], self.numbers, strict=True)

    @property
    def dropped(self) -> float:
        """What a counter lost by restarts between the first and the last sample."""
        if self.series is not None:
            return self.series.dropped(self.times[self.low], self.times[self.high - 1])
        lost, before = 0.0, math.inf
        for value in self.numbers:
            if value < before and before != math.inf:
                lost += before
            before = value
        return lost


Vector: TypeAlias = list[Sample]
Matrix: TypeAlias = list[Window]
Result: TypeAlias = Scalar | Text | Vector


@lru_cache(maxsize=20_000)
def without_name(labels: Labels) -> Labels:
    """Return `labels` without the metric's name."""
    return tuple(pair for pair in labels if pair[0] != NAME)


@lru_cache(maxsize=20_000)
def keep(labels: Labels, names: frozenset[str]) -> Labels:
    """Return only the labels called `names`."""
    return tuple(pair for pair in labels if pair[0] in names)


@lru_cache(maxsize=20_000)
def leave_out(labels: Labels, names: frozenset[str]) -> Labels:
    """Return `labels` without those called `names`."""
    return tuple(pair for pair in labels if pair[0] not in names)


def no_duplicates(vector: Vector) -> Vector:
    """Return `vector` as it is.

    Raises:
        QueryError: two samples have the same labels.
    """
    if len({sample.labels for sample in vector}) != len(vector):
        raise QueryError("vector cannot contain metrics with the same labelset", "execution")
    return vector

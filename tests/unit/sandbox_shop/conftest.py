"""Series and queries for the tests of the shop."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pytest

from stanch.sandbox.shop.promql import Engine, Sample, Scalar
from stanch.sandbox.shop.series import SeriesStore

Rows: TypeAlias = Mapping[str, Sequence[float | None]]
Ask: TypeAlias = Callable[..., dict[str, float]]


def pairs_of(text: str) -> tuple[str, dict[str, str]]:
    """Read `name{a="b",c="d"}`."""
    name, _, rest = text.rstrip("}").partition("{")
    parts = [part.split("=", 1) for part in rest.split(",") if part]
    return name, {key: value.strip('"') for key, value in parts}


@pytest.fixture
def store_of() -> Callable[..., SeriesStore]:
    """Make a store of rows: one value per scrape, every `step` seconds from 0; None is a gap."""

    def build(rows: Rows, *, step: float = 10.0) -> SeriesStore:
        store = SeriesStore(retention=1e9)
        for index in range(max(len(values) for values in rows.values())):
            store.scrape(
                index * step,
                [
                    (store.series(*pairs_of(name)), value)
                    for name, values in rows.items()
                    if index < len(values) and (value := values[index]) is not None
                ],
            )
        return store

    return build


@pytest.fixture
def ask(store_of: Callable[..., SeriesStore]) -> Ask:
    """Answer a query over rows as a flat table: the labels as text, and the value."""

    def run(query: str, rows: Rows, *, at: float = 0.0, step: float = 10.0) -> dict[str, float]:
        value = Engine(store_of(rows, step=step)).instant(query, at)
        if isinstance(value, Scalar):
            return {"scalar": value.value}
        assert isinstance(value, list)
        table: dict[str, float] = {}
        for sample in value:
            assert isinstance(sample, Sample)
            labels = dict(sample.labels)
            name = labels.pop("__name__", "")
            inside = ",".join(f"{key}={text}" for key, text in labels.items())
            table[f"{name}{{{inside}}}"] = sample.value
        return table

    return run

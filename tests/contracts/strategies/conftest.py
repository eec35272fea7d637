"""Fixtures of the drills of all strategies: the practice targets, shared as far as they can be."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contracts.strategies.strategy_places import Places

pytest.register_assert_rewrite("tests.contracts.strategies.strategy_runs")


# Not for the whole session: what it grants the operator of a real cluster ends with it.
@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tmp_path_factory.mktemp("places"))
    yield made
    made.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened

"""Whatever moves between approval and change, nothing is sent on its strength (MIT-24, DF-06)."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contracts.strategies.strategy_cases import BY_NAME, DRIFTS, ONLY_BEFORE, drifts
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_runs import Drift, drifted, drifted_after


def test_the_drifts_are_many_and_of_every_place() -> None:
    assert len({drift.name for drift in DRIFTS}) == len(DRIFTS) >= 20
    assert {drift.name for drift in DRIFTS} >= ONLY_BEFORE
    drifting = {BY_NAME[drift.case].where for drift in DRIFTS}
    assert drifting == {case.where for case in BY_NAME.values()}


@pytest.mark.parametrize(("drift", "cluster"), drifts())
def test_a_target_that_moved_is_left_exactly_as_it_is(
    places: Places, stack: ExitStack, tmp_path: Path, drift: Drift, cluster: str
) -> None:
    result = drifted(drift, BY_NAME[drift.case], places, stack, tmp_path, cluster)
    assert re.search(drift.says, result.text), result


@pytest.mark.parametrize(("drift", "cluster"), drifts(after=True))
def test_what_others_did_after_the_change_is_not_undone(
    places: Places, stack: ExitStack, tmp_path: Path, drift: Drift, cluster: str
) -> None:
    result = drifted_after(drift, BY_NAME[drift.case], places, stack, tmp_path, cluster)
    assert re.search("others changed the target|differs", result.text), result

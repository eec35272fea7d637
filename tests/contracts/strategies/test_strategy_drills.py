"""Every strategy is drilled on its real target: preview, deed, success check and inverse.

MIT-07, MIT-23, MIT-25, MIT-26: what a person approves is what then happens, and the way
back brings the state of before.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import get_args

import pytest

from stanch.mitigation.strategies import _known
from stanch.tools.operations import ChangeOperation
from tests.contracts.strategies.strategy_cases import BY_HAND, CASES, ELSEWHERE, drills
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_runs import drilled
from tests.contracts.strategies.strategy_scene import Case
from tests.contracts.strategies.strategy_world import open_drill


def test_every_kind_of_change_is_drilled() -> None:
    kinds = {one.model_fields["kind"].default for one in get_args(ChangeOperation)}
    drilled = {case.kind for case in CASES} | {case.back for case in CASES if case.back}
    assert kinds == drilled | ELSEWHERE.keys()
    assert not drilled & ELSEWHERE.keys(), "what is drilled needs no excuse"


def test_every_strategy_is_drilled() -> None:
    known = {type(one).__name__ for one in _known().values()}
    assert known == {case.strategy for case in CASES} | BY_HAND


@pytest.mark.parametrize(("case", "cluster"), drills())
def test_what_was_shown_happens_is_verified_and_is_put_back(
    places: Places, stack: ExitStack, tmp_path: Path, case: Case, cluster: str
) -> None:
    figures = drilled(open_drill(case, places, stack, tmp_path, cluster))
    assert len(figures.verified) == len(case.checks)
    assert (figures.restored is None) == (case.back is None)

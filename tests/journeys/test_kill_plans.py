"""A plan whose run is killed is neither made nor taken back twice (MIT-27)."""

from tests.journeys.kill_cases import Journey, Parent
from tests.journeys.kill_scene import Stage
from tests.journeys.test_kill import failed, parent, points, pytestmark, stage

__all__ = ["parent", "pytestmark", "stage"]

UNWOUND = Journey(
    alert="HastyPlan",
    before="v1-crash",
    status="handed over",
    image="web:v2-ok",
    changes=4,
    proposals=2,
    rollouts=2,
)
WANTED = (
    "after the commit of evidence.kept #1",
    "before the commit of verification.passed #1",
    "after the commit of verification.passed #1",
    "after the commit of approval.used+mitigation.started #2",
    "after the commit of mitigation.effect #2",
    "after the commit of verification.failed #1",
    "after the change is sent #3",
    "before the commit of verification.failed #2",
    "after the commit of verification.failed #2",
    "before the change is sent #4",
    "after the change is sent #4",
    "after the commit of mitigation.finished #4",
)


def test_a_plan_that_is_killed_is_made_and_taken_back_once(parent: Parent, stage: Stage) -> None:
    every = points(parent, stage, UNWOUND)
    assert set(WANTED) <= set(every)
    assert failed(parent, stage, UNWOUND, [(point,) for point in WANTED]) == {}

"""One drill, and one drift, from beginning to end; what is required is asserted on the way."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stanch.executor import Result
from stanch.incident import Approval
from stanch.mitigation import Plan, can_read_back
from tests.contracts.strategies.strategy_owned import bare, changes, count
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case
from tests.contracts.strategies.strategy_world import Drill, Made, open_drill

LEFT_ALONE = frozenset({"superseded", "refused", "not sent"})
"""How a change ends that changed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one drill has shown."""

    fields: int
    """How many fields differ in the preview, and differ so in the deed."""
    verified: tuple[str, ...]
    restored: int | None
    """How many fields are as they were after the inverse; None: there is none."""
    gate: float
    """Seconds of the executor around the target."""
    target: float


def nothing(_: object) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What somebody else does to the target between the approval and the change."""

    name: str
    case: str
    says: str
    """What the reason in the journal names, as a pattern."""
    meddle: Callable[[Any], object] = nothing
    """Is given the scene."""
    rules: Callable[[Drill], object] = nothing
    """Is given the drill, where not the target moves but the rules or the proposals."""
    amend: Callable[[Plan], Plan] = lambda plan: plan
    """What was planned before the target came to be what it is, made of the plan of now."""


def drilled(drill: Drill) -> Figures:
    """Take one change from its intent to its inverse."""
    case, scene = drill.case, drill.scene
    made = drill.made()
    assert made.tried.accepted, made.tried.note
    approval = drill.approved(made)
    assert bare(scene.capture()) == bare(made.captured), "a preview changes nothing"

    early = [one for one in drill.read(made) if one.name == "change-holds"]
    assert not any(one.holds for one in early), "what was not done yet does not hold"
    result = drill.execute(made, approval)
    target = drill.clients.seconds
    assert result.state == "done", result.text
    scene.settle()
    foretold = changes(made.tried.before, made.tried.after, made=scene.made)
    happened = changes(made.shown, scene.shown(made.tried), made=scene.made)
    assert foretold == happened
    assert foretold, "a change that changes nothing is none"

    scene.go_on()
    readings = drill.verified(made)
    assert all(one.holds for one in readings), readings
    if not case.checks:
        assert not can_read_back(made.plan.operation, made.proposal.expected)

    return Figures(
        fields=len(foretold),
        verified=tuple(one.name for one in readings),
        restored=_put_back(drill, made, approval),
        gate=drill.gate,
        target=target,
    )


def _put_back(drill: Drill, made: Made, approval: Approval) -> int | None:
    """Have a change undone whose checks failed; return how many fields are as before."""
    case, scene, after = drill.case, drill.scene, drill.scene.settled()
    undone = drill.undo(made, approval)
    assert case.why in made.plan.inverse_note
    if case.back is None:
        assert case.why
        assert undone == Result(state="not sent", text=made.plan.inverse_note)
        assert scene.settled() == after
        assert len(drill.told("mitigation.started")) == 1
        return None
    assert made.plan.inverse is not None
    assert made.plan.inverse.kind == case.back
    assert undone.state == "done", undone.text
    scene.settle()
    scene.go_on()
    assert changes(made.captured, scene.settled()) == {}
    return count(made.captured)


def drifted(
    drift: Drift, case: Case, places: Places, stack: ExitStack, folder: Path, cluster: str
) -> Result:
    """Have somebody come between approval and change; return how the change ended."""
    drill = open_drill(case, places, stack, folder, cluster)
    drill.amend = drift.amend
    scene = drill.scene
    made = drill.made()
    approval = drill.approved(made)
    drift.meddle(scene)
    drift.rules(drill)
    left = scene.settled()

    result = drill.execute(made, approval)
    assert result.state in LEFT_ALONE, result
    assert scene.settled() == left, "the target is as the drift left it"
    told = drill.told("approval.superseded") + drill.told("mitigation.finished")
    reasons = [str(one.get("reason") or one.get("text")) for one in told]
    assert reasons == [result.text], "the journal says why, once"
    assert not any(one["result"] == "done" for one in drill.told("mitigation.finished"))
    return result


def drifted_after(
    drift: Drift, case: Case, places: Places, stack: ExitStack, folder: Path, cluster: str
) -> Result:
    """Have somebody come between the change and its inverse; return how the inverse ended."""
    drill = open_drill(case, places, stack, folder, cluster)
    scene = drill.scene
    made = drill.made()
    approval = drill.approved(made)
    assert drill.execute(made, approval).state == "done"
    scene.settle()
    scene.go_on()
    was = scene.settled()
    drift.meddle(scene)
    left = scene.settled()
    assert left != was, "a drift that changes nothing is none"

    result = drill.undo(made, approval)
    assert result.state in LEFT_ALONE, result
    assert scene.settled() == left, "what others did since is not undone"
    begun = 1 if result.state == "not sent" else 2
    assert len(drill.told("mitigation.started")) == begun
    return result

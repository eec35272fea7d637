"""Plans of several changes: which one is next, when the plan is over, and what is unwound.

Each stage is a change of its own, with its own proposal, approval and verification, for an
approval is always for one exact operation. With `stop: all` a stage that fails takes the
ones that were kept back with it, the last one first; with `stop: first-verified` the next
stage is tried only because the one before it did not help, so that nothing is kept.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stanch.mitigation.checks import HARM
from stanch.runbook.model import PlanSpec, Runbook, Step

NOT_WORSE = "harm-not-worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One change of a plan."""

    step: str
    """The name of the runbook's mitigation step."""
    over: str | None = None
    """The parameter that takes `value`."""
    value: str | None = None
    number: int
    total: int
    whole: bool
    """Whether the plan needs all of its stages, so that no earlier one ends the trouble."""

    @property
    def name(self) -> str:
        """The name of the stage: its step, and what it is made for."""
        return self.step if self.value is None else f"{self.step}@{self.value}"

    @property
    def canary(self) -> bool:
        """Whether it is the first of several that do the same thing in different places."""
        return self.number == 1 and self.total > 1 and self.value is not None

    @property
    def says(self) -> str:
        """Where in the plan it stands."""
        return f"{self.number} of {self.total}" + (", the canary" if self.canary else "")


def plan_of(runbook: Runbook, name: str) -> PlanSpec | None:
    """Return the plan called `name`, or the chain that begins with the step of that name.

    None: it is one step and nothing follows it.
    """
    if name in runbook.plans:
        return runbook.plans[name]
    chain: list[str] = []
    step = _step(runbook, name)
    while step is not None and step.name not in chain:
        chain.append(step.name)
        step = _step(runbook, step.then) if step.then else None
    return PlanSpec(steps=tuple(chain)) if len(chain) > 1 else None


def stages(spec: PlanSpec, values: Sequence[str] = ()) -> tuple[Stage, ...]:
    """Return the stages in order; `values` stand for those that the plan does not write."""
    whole = spec.stop == "all"
    if spec.step is None:
        total = len(spec.steps)
        return tuple(
            Stage(step=name, number=number, total=total, whole=whole)
            for number, name in enumerate(spec.steps, 1)
        )
    every = spec.values or tuple(values)
    return tuple(
        Stage(
            step=spec.step,
            over=spec.over,
            value=value,
            number=number,
            total=len(every),
            whole=whole,
        )
        for number, value in enumerate(every, 1)
    )


def next_stage(
    every: Sequence[Stage], *, tried: Collection[str], kept: Collection[str]
) -> Stage | None:
    """Return the stage that comes next; None when the plan is over, well or not.

    `tried` are the stages that are not to be proposed again: they failed, were rejected or
    could not be made. `kept` are those that were verified and stand.
    """
    if over(every, tried=tried, kept=kept):
        return None
    return next(one for one in every if one.name not in tried and one.name not in kept)


def over(every: Sequence[Stage], *, tried: Collection[str], kept: Collection[str]) -> bool:
    """Say whether nothing of the plan is left to do."""
    if not any(one.name not in tried and one.name not in kept for one in every):
        return True
    if every[0].whole:
        return any(one.name in tried for one in every)
    return any(one.name in kept for one in every)


def checks_of(stage: Stage, step: Step, *, measured: bool) -> tuple[str, ...]:
    """Return the checks of a stage by name.

    Before the last stage of a plan that needs them all, the trouble may still be there: it
    must only not have become worse. `measured`: whether anything measures the harm.
    """
    names = tuple(step.verify)
    if not stage.whole or stage.number == stage.total:
        return names
    kept = tuple(name for name in names if name not in HARM)
    return (*kept, NOT_WORSE) if measured and NOT_WORSE not in kept else kept


def unwinding(kept: Sequence[str]) -> tuple[str, ...]:
    """Return what was kept in the order in which it is taken back: the last one first."""
    return tuple(reversed(kept))


def _step(runbook: Runbook, name: str) -> Step | None:
    return next(
        (one for one in runbook.steps if one.name == name and one.section == "mitigation"), None
    )

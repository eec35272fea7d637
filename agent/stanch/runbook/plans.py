"""Plans of several changes: whether what a runbook says of one can be carried out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from stanch.runbook.model import Param, PlanSpec, Step
from stanch.runbook.values import fits, wanted
from stanch.runbook.yaml_text import Tree

_LONGEST_CHAIN = 20


def check_plans(
    plans: Mapping[str, PlanSpec],
    steps: Sequence[Step],
    params: Mapping[str, Param],
    *,
    meant: AbstractSet[str],
    tree: Tree,
    report: Callable[[str, int, str, str], None],
) -> None:
    """Report what is wrong with each plan and each `then`.

    `meant` are the names of steps that have a finding already.
    """
    changes = {one.name: one for one in steps if one.section == "mitigation"}
    for name, spec in plans.items():
        line = tree.line(("plans", name))
        if name in changes:
            report("RB070", line, f"{name} is a step, too.", "Give the plan another name.")
        for what, remedy in _wrong(spec, changes, params, meant):
            report("RB070", line, f"{name}: {what}.", remedy)
    for step in steps:
        if step.then is None:
            continue
        if step.then not in changes.keys() | meant:
            known = ", ".join(sorted(changes)) or "none"
            what = f"There is no mitigation '{step.then}' that could follow."
            report("RB070", step.line - 1, what, f"Mitigations: {known}.")
        elif _circles(step, changes):
            what = f"What follows '{step.name}' leads back to it."
            report("RB070", step.line - 1, what, "End the chain, or write a plan.")


def named(plans: Mapping[str, PlanSpec], steps: Sequence[Step]) -> set[str]:
    """Return the steps that a plan or another step leads to."""
    found = {name for spec in plans.values() for name in (*spec.steps, spec.step) if name}
    return found | {step.then for step in steps if step.then}


def _wrong(
    spec: PlanSpec,
    changes: Mapping[str, Step],
    params: Mapping[str, Param],
    meant: AbstractSet[str],
) -> Iterator[tuple[str, str]]:
    if bool(spec.steps) == (spec.step is not None):
        yield "it needs either steps or a step", "Write steps: [a, b], or step: a with over: host."
        return
    for name in spec.steps or (spec.step or "",):
        if name not in changes.keys() | meant:
            known = ", ".join(sorted(changes)) or "none"
            yield f"there is no mitigation '{name}'", f"Mitigations: {known}."
    if len(set(spec.steps)) < len(spec.steps):
        yield "a step stands twice", "Keep one of them."
    if spec.step is None:
        if spec.over or spec.values or spec.source:
            yield "over, values and from belong to one step", "Write step: in place of steps:."
        return
    yield from _wrong_values(spec, changes.get(spec.step), params)


def _wrong_values(
    spec: PlanSpec, step: Step | None, params: Mapping[str, Param]
) -> Iterator[tuple[str, str]]:
    param = params.get(spec.over or "")
    if param is None or (step is not None and spec.over not in step.template.params):
        yield (
            "'over' names no parameter of its step",
            "Write <host> in the command, declare it under params, and write over: host.",
        )
        return
    if bool(spec.values) == (spec.source is not None):
        yield "it needs either values or from", "Write values: [a, b], or from: hosts."
    if len(set(spec.values)) < len(spec.values):
        yield "a value stands twice", "Keep one of them."
    for value in spec.values:
        if not fits(value, param):
            yield (
                f"'{value[:80]}' is not of the type {param.type} ({wanted(param)})",
                "Correct the value.",
            )


def _circles(step: Step, changes: Mapping[str, Step]) -> bool:
    at, seen = step, 0
    while at.then is not None and at.then in changes and seen < _LONGEST_CHAIN:
        at, seen = changes[at.then], seen + 1
        if at.name == step.name:
            return True
    return False

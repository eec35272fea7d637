"""Cross-checks: what the parts of one runbook say of each other must be true.

The names of signs and findings are known by packages above this one, so the caller
passes them in; without them they are not checked.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches

from stanch.runbook import placeholders
from stanch.runbook.binding import BindingError
from stanch.runbook.findings import RefusedError
from stanch.runbook.front_matter import FrontMatter, Report
from stanch.runbook.grammar import promql
from stanch.runbook.model import Step
from stanch.runbook.places import check_slots
from stanch.runbook.plans import check_plans, named
from stanch.runbook.signs import check_needs, own_names, used_params
from stanch.runbook.steps import StepReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that a runbook may use of what lies above it; None leaves them unchecked."""

    signs: AbstractSet[str] | None
    findings: AbstractSet[str] | None


def check(
    front: FrontMatter,
    steps: tuple[Step, ...],
    reader: StepReader,
    *,
    vocabulary: Vocabulary,
    report: Report,
) -> None:
    """Report everything in which the parts of a runbook contradict each other."""
    _placeholders(front, steps, reader, report)
    _outputs(front, reader, report)
    _step_names(front, steps, report)
    own = own_names(front.signs, front.thresholds)
    signs = None if vocabulary.signs is None else vocabulary.signs | own
    _hypotheses(front, steps, reader, signs, report)
    check_plans(
        front.plans, steps, front.params, meant=reader.meant, tree=front.tree, report=report
    )
    check_needs(
        front.signs,
        front.thresholds,
        steps=_reading(steps, reader),
        taken=vocabulary.signs or (),
        tree=front.tree,
        report=report,
    )
    _drills(front, steps, reader, report)
    _slots(steps, front, reader, report)
    _measured(front, steps, report)
    if vocabulary.findings is not None:
        _sources(front, vocabulary.findings, report)
    if reader.empty:
        report(
            "RB065",
            0,
            "The runbook has no step.",
            "Write a fenced sh, sql or promql block under a heading Diagnosis.",
        )


def _drills(
    front: FrontMatter, steps: tuple[Step, ...], reader: StepReader, report: Report
) -> None:
    """Report drills that name a hypothesis or a mitigation that is not there."""
    changes = {step.name for step in steps if step.section == "mitigation"} | reader.meant
    changes |= front.plans.keys()
    for at, drill in enumerate(front.drills):
        named = (("cause", drill.cause, front.hypotheses), ("action", drill.action, changes))
        for key, name, known in named:
            if name is not None and "#" not in name and name not in known:
                report(
                    "RB004",
                    front.tree.line(("drills", at, key)),
                    f"drills: there is no '{name}' that could be the {key}.",
                    f"It may be: {', '.join(sorted(known)) or 'nothing, as there is none'}.",
                )


def _placeholders(
    front: FrontMatter, steps: tuple[Step, ...], reader: StepReader, report: Report
) -> None:
    declared = _declared(front)
    if declared is not None:
        declared |= reader.outputs.added.keys()
    used = set(reader.named)
    for step in steps:
        if isinstance(credential := step.template.fields.get("credential"), str):
            # The name of a secret is the parameter's own; its value is never asked for.
            used.add(placeholders.resolve(credential, declared or ()))
        for name in step.template.params:
            # An output that is used too early has been met under the name that is written.
            known = placeholders.resolve(name, declared or ())
            used.add(known)
            _undeclared(known, declared, step.line - 1, report)
    for name, spec in front.hypotheses.items():
        used.update(placeholders.in_angles(spec.claim))
        for param in placeholders.in_angles(spec.claim):
            line = front.tree.line(("hypotheses", name, "claim"))
            _undeclared(param, declared, line, report)
    used.update(_sli(front, declared, report))
    for name, path in used_params(front.signs, front.thresholds).items():
        used.add(name)
        _undeclared(name, declared, front.tree.line(path), report)
    if not front.tree.value:
        return
    for name in front.params.keys() - used:
        report(
            "RB041",
            front.tree.line(("params", name)),
            f"The parameter '{name}' is never used.",
            f"Write <{name}> where it belongs, or remove it.",
        )


def _sli(front: FrontMatter, declared: AbstractSet[str] | None, report: Report) -> tuple[str, ...]:
    if front.sli is None:
        return ()
    used: tuple[str, ...] = ()
    for key in ("error_ratio", "latency"):
        written = getattr(front.sli, key)
        if written is None:
            continue
        line = front.tree.line(("sli", key))
        try:
            text, names = promql.template_text(written, declared or ())
        except RefusedError as error:
            report(error.code, line, error.message, error.remedy)
            used += placeholders.in_angles(written)
            continue
        front.sli = front.sli.model_copy(update={key: text})
        for name in names:
            _undeclared(name, declared, line, report)
        used += names
    return used


def _declared(front: FrontMatter) -> AbstractSet[str] | None:
    """Return the names that are declared, rightly or wrongly; None when that is unknown."""
    params = front.tree.value.get("params", {})
    return params.keys() if front.tree.value and isinstance(params, dict) else None


def _undeclared(name: str, declared: AbstractSet[str] | None, line: int, report: Report) -> None:
    if declared is not None and name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        report(
            "RB040",
            line,
            f"<{name}> is not declared under params.",
            f"Declare it there{_as(name)}, with its type. Declared: {known}.",
        )


def _reading(steps: tuple[Step, ...], reader: StepReader) -> AbstractSet[str]:
    """Return the names of the steps that read, refused ones included: they have a finding."""
    changing = {step.name for step in steps if step.section == "mitigation"}
    return ({step.name for step in steps} | reader.meant) - changing


def _slots(steps: tuple[Step, ...], front: FrontMatter, reader: StepReader, report: Report) -> None:
    params = {**front.params, **reader.outputs.added}
    for step in steps:
        try:
            check_slots(step.template, params, where="The command")
        except BindingError as error:
            report("RB027", step.line - 1, str(error), "")


def _measured(front: FrontMatter, steps: tuple[Step, ...], report: Report) -> None:
    """Report checks of the harm where nothing says how that is measured."""
    sli = front.tree.value.get("sli")
    for step in steps:
        if {"error-ratio-recovered", "harm-not-worse"} & set(step.verify) and sli is None:
            report(
                "RB053",
                step.line - 1,
                "The error ratio is to recover, and there is no sli that measures it.",
                "Write sli: {error_ratio: ..., limit: 0.01}, or take another check.",
            )
        if "latency-recovered" in step.verify and not (isinstance(sli, dict) and "latency" in sli):
            report(
                "RB053",
                step.line - 1,
                "The latency is to recover, and no sli measures it.",
                "Write latency: histogram_quantile(0.99, ...) under sli, or take another check.",
            )


def _as(name: str) -> str:
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower())
    return "" if plain == name else f" as '{plain}'"


def _outputs(front: FrontMatter, reader: StepReader, report: Report) -> None:
    for name, param in front.params.items():
        kind, _, source = (param.source or "").partition(".")
        if kind == "output" and source not in reader.outputs.meant:
            known = ", ".join(sorted(reader.outputs.meant)) or "none"
            report(
                "RB042",
                front.tree.line(("params", name, "from")),
                f"{name}: no step keeps its output as '{source}'.",
                f"Write from: output.NAME, in lower case and with '-'. Kept: {known}.",
            )


def _step_names(front: FrontMatter, steps: tuple[Step, ...], report: Report) -> None:
    first: dict[str, int] = {}
    led = {name for spec in front.hypotheses.values() for name in spec.mitigations}
    led |= named(front.plans, steps)
    for step in steps:
        if step.name in first:
            report(
                "RB060",
                step.line - 1,
                f"The name '{step.name}' is taken by the step in line {first[step.name]}.",
                "Give it another name.",
            )
        first.setdefault(step.name, step.line)
        if step.section == "mitigation" and step.name not in led and front.tree.value:
            report(
                "RB062",
                step.line - 1,
                f"No hypothesis leads to the mitigation '{step.name}'.",
                f"Name it under the mitigations of a hypothesis: mitigations: [{step.name}].",
            )


def _hypotheses(
    front: FrontMatter,
    steps: tuple[Step, ...],
    reader: StepReader,
    signs: AbstractSet[str] | None,
    report: Report,
) -> None:
    known = {step.name for step in steps if step.section == "mitigation"} | front.plans.keys()
    refused = reader.meant - {step.name for step in steps}
    for name, spec in front.hypotheses.items():
        for at, mitigation in enumerate(spec.mitigations):
            if mitigation not in known | refused:
                report(
                    "RB061",
                    front.tree.line(("hypotheses", name, "mitigations", at)),
                    f"{name}: there is no mitigation '{mitigation}'.",
                    f"Mitigations: {', '.join(sorted(known)) or 'none'}.",
                )
        for key, names in (("for", spec.supporting), ("against", spec.opposing)):
            for at, sign in enumerate(names):
                if signs is not None and sign not in signs:
                    report(
                        "RB063",
                        front.tree.line(("hypotheses", name, key, at)),
                        f"{name}: there is no sign '{sign}'.",
                        _nearest(sign, signs),
                    )


def _nearest(name: str, known: AbstractSet[str]) -> str:
    near = get_close_matches(name, sorted(known), n=3)
    if near:
        return f"Nearest: {', '.join(near)}."
    return "Define it under signs, or take a built-in one (docs/runbooks.md lists them)."


def _sources(front: FrontMatter, finding_names: AbstractSet[str], report: Report) -> None:
    for name, param in front.params.items():
        kind, _, source = (param.source or "").partition(".")
        if kind == "finding" and source not in finding_names:
            report(
                "RB064",
                front.tree.line(("params", name, "from")),
                f"{name}: there is no finding '{source}'.",
                f"Known: {', '.join(sorted(finding_names))}.",
            )

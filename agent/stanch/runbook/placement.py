"""Placement: whether a command may stand where it stands, with what its block says of it.

A change needs success checks, an inverse and its times; a read may have none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from pydantic import ValidationError

from stanch.runbook.attributes import Attributes
from stanch.runbook.kinds import changes, effect, unbounded
from stanch.runbook.markdown import Section
from stanch.runbook.model import Param, Step, Template, Undo
from stanch.tools.operations import Effect

_UNDOES: Final[dict[str, tuple[Undo, ...]]] = {
    "intent.undo_rollout": ("redo-rollout", "none"),
    "intent.scale": ("scale-back", "none"),
    "intent.restart": ("none",),
    "intent.guide": ("none",),
}
"""The changes whose success is measured at the workload itself, and not by what was seen."""
_OF_CHANGES: Final = ("verify", "undo", "soak", "deadline", "then")

Complaint: TypeAlias = tuple[str, str, str]
"""Code, message and remedy."""


def complaints(
    section: Section | None, said: Attributes, template: Template, params: Mapping[str, Param]
) -> list[Complaint]:
    """Return what is wrong with a command in its section, with its attributes."""
    try:
        worst = effect(template, params)
    except ValidationError:
        # A parameter that is not declared has no value that fits; that is reported already.
        return []
    found: list[Complaint] = list(_left_to_people(template, params))
    if said.effect is not None and said.effect is not worst:
        found.append(
            (
                "RB052",
                f"The effect is declared as {said.effect.word}, but it is {worst.word}.",
                "Leave the attribute out: the effect is derived from the command.",
            )
        )
    if not changes(template.kind):
        return found + _of_read(section, said)
    if section == "diagnosis":
        found.append(
            ("RB050", "A change stands under Diagnosis.", "Move it under the heading Mitigation.")
        )
        return found
    return found + _of_change(said, template)


def _left_to_people(template: Template, params: Mapping[str, Param]) -> Iterator[Complaint]:
    if template.kind in {"manual.read", "intent.manual"}:
        yield (
            "RB038",
            f"stanch does not carry this out: {template.fields['reason']}.",
            "Call the block ```manual, so that a person is guided through it, or ```text.",
        )
    elif unbounded(template, params):
        yield (
            "RB029",
            "Nobody can say what this does: it runs a script, a shell or a session.",
            "Write out the single commands, or call the block ```text.",
        )


def _of_read(section: Section | None, said: Attributes) -> list[Complaint]:
    found: list[Complaint] = []
    if section == "mitigation" and said.effect is not Effect.OBSERVE:
        found.append(
            (
                "RB051",
                "A read stands under Mitigation, where only changes are proposed.",
                "Move it under Diagnosis, or write {effect=observe} to have it read there.",
            )
        )
    return found + [
        ("RB057", f"A read has no '{key}'.", "Leave it out.")
        for key in _OF_CHANGES
        if getattr(said, key) is not None
    ]


def _of_change(said: Attributes, template: Template) -> list[Complaint]:
    found: list[Complaint] = []
    fitting = _UNDOES.get(template.kind, ("restore", "none"))
    if not said.verify:
        found.append(
            (
                "RB053",
                "The mitigation does not say how its success is checked.",
                "Add verify=rollout-complete,error-ratio-recovered (or what fits).",
            )
        )
    if said.undo is None:
        found.append(
            (
                "RB053",
                "The mitigation does not say how it is undone.",
                f"Add undo={' or undo='.join(fitting)}.",
            )
        )
    elif said.undo not in fitting:
        found.append(
            ("RB054", f"'{said.undo}' does not undo this.", f"It may be: {', '.join(fitting)}.")
        )
    soak = said.soak or Step.model_fields["soak_seconds"].default
    deadline = said.deadline or Step.model_fields["deadline_seconds"].default
    if deadline <= soak:
        found.append(
            (
                "RB056",
                f"The deadline of {deadline:.0f} s ends before the soak time of {soak:.0f} s.",
                "Give a longer deadline=.",
            )
        )
    return found

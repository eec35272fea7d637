"""Menus and writings: all that a reasoner is ever asked, and all that it may answer.

The graph computes a menu, with the choice that the rules would make, from runbooks, evidence
and the incident. A reasoner answers with ids of that menu; it has no other way to act.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stanch.incident import Claim
from stanch.roles.prose import objection, tidy

Task: TypeAlias = Literal["runbooks", "steps", "hypothesis", "mitigation"]

MOST_SENTENCES = 12
"""Of one section of a document."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu; `score` is what the rules think of it, higher is better."""

    id: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known; text that came from a target is not `trusted`."""

    id: str
    text: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, with the reason and the facts that it rests on."""

    chosen: tuple[str, ...]
    why: str
    cites: tuple[str, ...]
    by: str
    """`rules`, or `model:` and the name of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One question with a closed list of answers.

    Raises:
        ValueError: the menu contradicts itself, so no answer could be right.
    """

    task: Task
    role: str
    question: str
    options: tuple[Option, ...]
    facts: tuple[Fact, ...]
    default: tuple[str, ...]
    """What the rules choose."""
    least: int
    most: int

    def __post_init__(self) -> None:
        ids = [option.id for option in self.options]
        known = [fact.id for fact in self.facts]
        if problem := _repeated(ids) or _repeated(known):
            raise ValueError(f"the menu '{self.task}' names '{problem}' twice; ids must be unique")
        if not 0 <= self.least <= self.most <= len(ids):
            raise ValueError(
                f"the menu '{self.task}' wants {self.least} to {self.most} of {len(ids)} options; "
                "0 <= least <= most <= options must hold"
            )
        if flaw := self._count_flaw(self.default):
            raise ValueError(f"the default of the menu '{self.task}' is no answer to it: {flaw}")

    @property
    def settled(self) -> bool:
        """Whether only one set of options can be chosen at all."""
        return self.least == len(self.options) or self.most == 0

    def flaw(self, choice: Choice) -> str | None:
        """Say why a model's `choice` cannot stand, or return None when it can.

        A choice other than the default must cite something that code computed, where the
        menu has such a fact: text from a target alone never moves a decision.
        """
        known = {fact.id: fact for fact in self.facts}
        if flaw := self._count_flaw(choice.chosen):
            return flaw
        if unknown := [cite for cite in choice.cites if cite not in known]:
            return f"it cites {_quoted(unknown)}, which is not among the facts"
        if known and not choice.cites:
            return "it cites no fact"
        if flaw := objection(choice.why):
            return f"its reason holds {flaw}"
        moved = set(choice.chosen) != set(self.default)
        checkable = any(fact.trusted for fact in self.facts)
        if moved and checkable and not any(known[cite].trusted for cite in choice.cites):
            return "it departs from the rules and cites only text that came from a target"
        return None

    def _count_flaw(self, chosen: tuple[str, ...]) -> str | None:
        ids = {option.id for option in self.options}
        if unknown := [one for one in chosen if one not in ids]:
            return f"it chooses {_quoted(unknown)}, which is not on the menu"
        if twice := _repeated(chosen):
            return f"it chooses '{twice}' twice"
        if not self.least <= len(chosen) <= self.most:
            return f"it chooses {len(chosen)} options, not {self.least} to {self.most}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One section of a document that may be put into better words.

    The drafts are true already: code made them from the journal.
    """

    role: str
    section: str
    drafts: tuple[Claim, ...]
    facts: tuple[Fact, ...]

    @property
    def citable(self) -> frozenset[str]:
        """The ids that a sentence of this section may cite."""
        drafted = {cite for draft in self.drafts for cite in draft.cites}
        return frozenset(drafted | {fact.id for fact in self.facts})

    def restored(self, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        """Return `claims`, those that only repeat a draft with the draft's own marks of code."""
        drafted = {tidy(draft.text): draft.text for draft in self.drafts}
        return tuple(
            claim.model_copy(update={"text": drafted.get(tidy(claim.text), claim.text)})
            for claim in claims
        )

    def flaw(self, claims: tuple[Claim, ...]) -> str | None:
        """Say why a model's `claims` cannot stand in this section, or return None."""
        if not 1 <= len(claims) <= MOST_SENTENCES:
            return f"it has {len(claims)} sentences, not 1 to {MOST_SENTENCES}"
        citable = self.citable
        drafted = {draft.text for draft in self.drafts}
        for claim in claims:
            if not claim.cites:
                return "a sentence cites nothing"
            if unknown := [cite for cite in claim.cites if cite not in citable]:
                return f"a sentence cites {_quoted(unknown)}, which is not among the facts"
            # A draft that is kept as it is may name the command that was run.
            if claim.text not in drafted and (flaw := objection(claim.text)):
                return f"a sentence holds {flaw}"
        return None


def _quoted(ids: list[str]) -> str:
    """Return at most the first three of `ids` for a sentence; they may be a model's own."""
    return ", ".join(ascii(one[:40]) for one in ids[:3])


def _repeated(ids: list[str] | tuple[str, ...]) -> str | None:
    return next((one for place, one in enumerate(ids) if one in ids[:place]), None)

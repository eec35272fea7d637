"""A hypothesis: a claim about the cause, with the signs that speak for and against it."""

from typing import Literal

from stanch.tools.operations import Frozen


class Sign(Frozen):
    """One reading of the evidence: a named predicate that holds, does not, or is unknown."""

    name: str
    holds: bool | None
    because: str
    """One sentence with the figures that decided, or what was missing."""
    evidence: tuple[str, ...] = ()


class Hypothesis(Frozen):
    """One possible cause, weighed."""

    id: str
    claim: str
    score: float
    """From 0 (refuted) to 1 (all that could speak for it does); see stanch.diagnosis."""
    state: Literal["leading", "possible", "rejected", "confirmed"]
    supporting: tuple[Sign, ...] = ()
    opposing: tuple[Sign, ...] = ()
    open: tuple[Sign, ...] = ()
    """Signs that could not be read: what would change the mind."""
    mitigations: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence that was weighed, each once, in order."""
        signs = (*self.supporting, *self.opposing)
        return tuple(dict.fromkeys(one for sign in signs for one in sign.evidence))

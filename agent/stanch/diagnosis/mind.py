"""What would change a diagnosis's mind: the signs on which the leading hypothesis hangs.

A pure function over what `weigh` was given. A sign is turned to what it could be instead:
one that is open to holding or not holding, one that was read to the other. When that alone
makes the leading hypothesis lose its lead, it is named with what would lead then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stanch.diagnosis.reading import SignSpec
from stanch.diagnosis.signs import SIGNS
from stanch.diagnosis.weigh import weigh
from stanch.incident import Hypothesis, Sign
from stanch.runbook.model import HypothesisSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One sign that would change which hypothesis leads, were it read otherwise."""

    sign: str
    read: bool | None
    """How it was read; None when it is open."""
    other: bool
    """What it would have to be."""
    leads: str | None
    """The hypothesis that would lead then; None when none would."""

    @property
    def says(self) -> str:
        """The turn as a sentence."""
        now = {None: "was not read", True: "holds", False: "does not hold"}[self.read]
        then = "held" if self.other else "did not hold"
        what = f"{self.leads} would lead" if self.leads else "nothing would lead"
        return f"{self.sign} {now}; if it {then}, {what}."


def turns(
    hypotheses: Mapping[str, HypothesisSpec],
    signs: Mapping[str, Sign],
    *,
    table: Mapping[str, SignSpec] = SIGNS,
) -> tuple[Turn, ...]:
    """Return every single sign whose other reading takes the lead from the leading hypothesis.

    Empty when nothing leads. Those that make another hypothesis lead come first, and among
    them the open ones, which a look could settle; then by name.
    """
    leading = _leading(weigh(hypotheses, signs, table=table))
    if leading is None:
        return ()
    found = [
        Turn(sign=name, read=read, other=other, leads=then)
        for name, read, other in _others(hypotheses, signs, table)
        if (then := _leading(weigh(hypotheses, _turned(signs, name, other=other), table=table)))
        != leading
    ]
    return tuple(sorted(found, key=lambda one: (one.leads is None, one.read is not None, one.sign)))


def _others(
    hypotheses: Mapping[str, HypothesisSpec],
    signs: Mapping[str, Sign],
    table: Mapping[str, SignSpec],
) -> Iterator[tuple[str, bool | None, bool]]:
    """Yield each sign that counts, how it was read, and each other way it could be."""
    names = {name for one in hypotheses.values() for name in (*one.supporting, *one.opposing)}
    for name in sorted(names & table.keys()):
        read = signs[name].holds if name in signs else None
        for other in (True, False):
            if other is not read:
                yield name, read, other


def _turned(signs: Mapping[str, Sign], name: str, *, other: bool) -> dict[str, Sign]:
    old = signs.get(name)
    evidence = old.evidence if old is not None else ()
    new = Sign(name=name, holds=other, because="It is supposed.", evidence=evidence)
    return {**signs, name: new}


def _leading(weighed: tuple[Hypothesis, ...]) -> str | None:
    return next((one.id for one in weighed if one.state == "leading"), None)

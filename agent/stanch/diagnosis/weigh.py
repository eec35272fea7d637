"""Weighing hypotheses by the signs that speak for and against them.

The score of a hypothesis is the weight of the signs for it that hold, as a part of the
weight of all signs for it; each sign against it that holds then takes a part away (half
of it for one of weight 1). So an unread sign can only leave a score lower than it might
be, and never counts as holding.

Two things reject a hypothesis outright, with score 0: a sign against it that rejects
alone, or a sign for it that is needed and known not to hold (see SignSpec).

The best hypothesis leads only when its score is at least `LEAST` and at least `MARGIN`
ahead of the next, and when every sign that it needs was read; otherwise nothing leads,
and more must be looked at.
"""

from collections.abc import Mapping

from stanch.diagnosis.reading import SignSpec
from stanch.diagnosis.signs import SIGNS
from stanch.incident import Hypothesis, Sign
from stanch.runbook.model import HypothesisSpec

LEAST = 0.5
MARGIN = 0.15
_TAKES = 0.5


def weigh(
    hypotheses: Mapping[str, HypothesisSpec],
    signs: Mapping[str, Sign],
    *,
    table: Mapping[str, SignSpec] = SIGNS,
) -> tuple[Hypothesis, ...]:
    """Weigh hypotheses against each other, the best first.

    `hypotheses` are named by id. A sign that is not among `signs`, or that no table
    knows, is unknown. At most one hypothesis is "leading"; equals stay "possible".
    """
    weighed = [_weighed(key, hypotheses[key], signs, table) for key in sorted(hypotheses)]
    ranked = sorted(weighed, key=lambda one: (one.state == "rejected", -one.score))
    if not ranked or not may_lead(ranked[0], hypotheses[ranked[0].id], table=table):
        return tuple(ranked)
    rival = max((one.score for one in ranked[1:]), default=0.0)
    if ranked[0].score - rival < MARGIN - 1e-9:
        return tuple(ranked)
    return (ranked[0].model_copy(update={"state": "leading"}), *ranked[1:])


def may_lead(
    best: Hypothesis, spec: HypothesisSpec, *, table: Mapping[str, SignSpec] = SIGNS
) -> bool:
    """Say whether a hypothesis is good enough by itself to lead."""
    unread = {sign.name for sign in best.open}
    missing = [n for n in spec.supporting if n in unread and n in table and table[n].needed]
    return best.state != "rejected" and best.score >= LEAST and not missing


def _weighed(
    key: str, spec: HypothesisSpec, signs: Mapping[str, Sign], table: Mapping[str, SignSpec]
) -> Hypothesis:
    """Weigh one hypothesis by itself."""
    pros = [_sign(name, signs, table) for name in dict.fromkeys(spec.supporting)]
    cons = [_sign(name, signs, table) for name in dict.fromkeys(spec.opposing)]
    rejects = any(s.holds is True and s.name in table and table[s.name].rejects for s in cons)
    missed = any(s.holds is False and s.name in table and table[s.name].needed for s in pros)
    rejected = rejects or missed
    return Hypothesis(
        id=key,
        claim=spec.claim,
        score=0.0 if rejected else score(pros, cons, table=table),
        state="rejected" if rejected else "possible",
        supporting=tuple(sign for sign in pros if sign.holds),
        opposing=tuple(
            sign
            for sign in (*cons, *pros)
            if (sign.holds is True and sign in cons) or (sign.holds is False and sign in pros)
        ),
        open=tuple(sign for sign in (*pros, *cons) if sign.holds is None),
        mitigations=spec.mitigations,
    )


def score(pros: list[Sign], cons: list[Sign], *, table: Mapping[str, SignSpec] = SIGNS) -> float:
    """Return the score of a hypothesis that nothing rejects, from 0 to 1."""
    whole = sum(_weight(sign, table) for sign in pros)
    held = sum(_weight(sign, table) for sign in pros if sign.holds)
    against = sum(_weight(sign, table) for sign in cons if sign.holds)
    return (held / whole if whole else 0.0) * _TAKES**against


def _sign(name: str, signs: Mapping[str, Sign], table: Mapping[str, SignSpec]) -> Sign:
    found = signs.get(name) if name in table else None
    return found or Sign(name=name, holds=None, because="It was not read.")


def _weight(sign: Sign, table: Mapping[str, SignSpec]) -> float:
    return table[sign.name].weight if sign.name in table else 1.0

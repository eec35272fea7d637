"""Binary operators: arithmetic, comparison and set operators, with their label matching."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from stanch.sandbox.shop.promql.values import (
    QueryError,
    Sample,
    Scalar,
    Vector,
    keep,
    leave_out,
    no_duplicates,
    without_name,
)
from stanch.sandbox.shop.series import NAME, Labels, labels_of


def _divide(left: float, right: float) -> float:
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _modulo(left: float, right: float) -> float:
    return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if left == 0 else math.nan


ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _modulo,
    "^": _power,
    "atan2": math.atan2,
}
COMPARISON: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
SETS = frozenset({"and", "or", "unless"})


@dataclass(frozen=True, slots=True)
class Matching:
    """How the samples of two vectors find each other."""

    on: bool = False
    names: frozenset[str] = frozenset()
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()

    def key(self, labels: Labels) -> Labels:
        """Return the part of `labels` that must be equal on both sides."""
        return keep(labels, self.names) if self.on else leave_out(labels, self.names | {NAME})


def scalars(op: str, left: float, right: float) -> Scalar:
    """Return `left op right`; a comparison gives 1 or 0."""
    if op in ARITHMETIC:
        return Scalar(ARITHMETIC[op](left, right))
    return Scalar(float(_compare(op)(left, right)))


def with_scalar(op: str, vector: Vector, number: float, *, swapped: bool, as_bool: bool) -> Vector:
    """Return `vector op number`, or `number op vector` when `swapped`.

    Without `as_bool` a comparison keeps the samples for which it holds.
    """
    if op in ARITHMETIC:
        compute = ARITHMETIC[op]
        return [
            Sample(
                without_name(s.labels),
                compute(number, s.value) if swapped else compute(s.value, number),
            )
            for s in vector
        ]
    compare = _compare(op)
    holds = [compare(number, s.value) if swapped else compare(s.value, number) for s in vector]
    if as_bool:
        return [
            Sample(without_name(s.labels), float(yes)) for s, yes in zip(vector, holds, strict=True)
        ]
    return [s for s, yes in zip(vector, holds, strict=True) if yes]


def sets(op: str, left: Vector, right: Vector, *, matching: Matching) -> Vector:
    """Return `left and|or|unless right`."""
    if op == "or":
        have = {matching.key(s.labels) for s in left}
        return left + [s for s in right if matching.key(s.labels) not in have]
    have = {matching.key(s.labels) for s in right}
    return [s for s in left if (matching.key(s.labels) in have) is (op == "and")]


def vectors(op: str, left: Vector, right: Vector, *, matching: Matching, as_bool: bool) -> Vector:
    """Return `left op right`, sample by sample of equal labels.

    Raises:
        QueryError: a label set of the "one" side is not unique.
    """
    many, one = (right, left) if matching.many == "right" else (left, right)
    partners = _unique(one, matching, side="left" if matching.many == "right" else "right")
    result: Vector = []
    used: set[Labels] = set()
    for sample in many:
        key = matching.key(sample.labels)
        partner = partners.get(key)
        if partner is None:
            continue
        if not matching.many:
            if key in used:
                raise QueryError(
                    "multiple matches for labels: many-to-one matching must be explicit"
                    " (group_left/group_right)",
                    "execution",
                )
            used.add(key)
        first, second = (partner, sample) if matching.many == "right" else (sample, partner)
        value = _combined(op, first.value, second.value, kept=first.value, as_bool=as_bool)
        if value is not None:
            named = op in COMPARISON and not as_bool
            labels = _result_labels(sample.labels, partner.labels, matching, named=named)
            result.append(Sample(labels, value))
    return no_duplicates(result)


def _combined(op: str, left: float, right: float, *, kept: float, as_bool: bool) -> float | None:
    if op in ARITHMETIC:
        return ARITHMETIC[op](left, right)
    holds = _compare(op)(left, right)
    if as_bool:
        return float(holds)
    return kept if holds else None


def _compare(op: str) -> Callable[[float, float], bool]:
    if op not in COMPARISON:
        raise QueryError(f'the operator "{op}" is not supported here')
    return COMPARISON[op]


def _unique(one: Vector, matching: Matching, *, side: str) -> dict[Labels, Sample]:
    partners: dict[Labels, Sample] = {}
    for sample in one:
        key = matching.key(sample.labels)
        if key in partners:
            group = ", ".join(f'{name}="{value}"' for name, value in key)
            raise QueryError(
                f"found duplicate series for the match group {{{group}}} on the {side} hand-side"
                " of the operation; many-to-many matching not allowed: matching labels must be"
                " unique on one side",
                "execution",
            )
        partners[key] = sample
    return partners


def _result_labels(many: Labels, one: Labels, matching: Matching, *, named: bool) -> Labels:
    if not matching.many:
        if matching.on:
            return keep(many, matching.names)
        kept = many if named else without_name(many)
        return leave_out(kept, matching.names)
    labels = dict(many if named else without_name(many))
    partner = dict(one)
    for name in matching.include:
        labels[name] = partner.get(name, "")
    return labels_of(labels)

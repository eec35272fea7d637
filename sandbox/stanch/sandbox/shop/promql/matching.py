"""How the parser's label conditions and vector matching become ours."""

import re
from typing import Literal

import promql_parser as parser

from stanch.sandbox.shop.promql import binary
from stanch.sandbox.shop.promql.values import QueryError
from stanch.sandbox.shop.series import NAME, Matcher


def matchers_of(selector: parser.VectorSelector) -> list[Matcher]:
    """Return the conditions of `selector`, the metric's name among them.

    Raises:
        QueryError: a regular expression that Python reads differently, or `or` in braces.
    """
    if selector.matchers.or_matchers:
        raise QueryError('"or" between label matchers is not supported here')
    matchers = [_matcher(one) for one in selector.matchers.matchers]
    if selector.name:
        matchers.insert(0, Matcher(NAME, "=", selector.name))
    return matchers


def _matcher(one: parser.Matcher) -> Matcher:
    if one.op == parser.MatchOp.Equal:
        return Matcher(one.name, "=", one.value)
    if one.op == parser.MatchOp.NotEqual:
        return Matcher(one.name, "!=", one.value)
    kind: Literal["=~", "!~"] = "=~" if one.op == parser.MatchOp.Re else "!~"
    try:
        return Matcher(one.name, kind, one.value, re.compile(one.value, re.DOTALL))
    except re.error as error:
        raise QueryError(f"the regular expression {one.value!r} is not supported here") from error


def matching_of(expression: parser.BinaryExpr) -> tuple[binary.Matching, bool]:
    """Return how the two sides of `expression` match, and whether it has `bool`."""
    modifier = expression.modifier
    if modifier is None:
        return binary.Matching(), False
    fill = modifier.fill_values
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        raise QueryError("fill values are not supported here")
    many: Literal["", "left", "right"] = ""
    if modifier.card == parser.VectorMatchCardinality.ManyToOne:
        many = "left"
    elif modifier.card == parser.VectorMatchCardinality.OneToMany:
        many = "right"
    labels = modifier.matching
    return (
        binary.Matching(
            on=labels is not None and labels.type == parser.LabelModifierType.Include,
            names=frozenset(labels.labels if labels is not None else ()),
            many=many,
            include=tuple(modifier.group_labels or ()),
        ),
        modifier.return_bool,
    )

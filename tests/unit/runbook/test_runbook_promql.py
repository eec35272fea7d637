import promql_parser
import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stanch.runbook import placeholders
from stanch.runbook.bind import bind_expression
from stanch.runbook.binding import BindingError
from stanch.runbook.command import query_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.promql import filled, template_text
from stanch.runbook.model import Param

PARAMS = {"namespace": Param(type="dns-label"), "pod-name": Param(type="dns-subdomain")}
RATIO = (
    'sum(rate(http_requests_total{namespace="<namespace>",code=~"5.."}[1m]))'
    ' / sum(rate(http_requests_total{namespace="<namespace>"}[1m]))'
)
SHAPES = (
    RATIO,
    'up{namespace="<namespace>",pod!="<pod-name>"}',
    "up{namespace='<namespace>'} # of <anybody>",
    'label_replace(up{a="x-<pod-name>"}, "to", "$1", "from", "(?P<n>.*)") > bool 0.5',
    'max_over_time((up{a="<pod-name>"} or vector(0))[30m:15s] @ end() offset 5m)',
    'a{b="<namespace>"} / on (pod) group_left (c) -sum without (x) (d{e="<pod-name>"} ^ 2)',
    'topk(3, x{a="<pod-name>" or b="<namespace>"})',
)


def test_a_query_becomes_an_instant_query_and_with_a_range_a_range_query() -> None:
    instant = query_template(RATIO, PARAMS)
    assert (instant.kind, instant.params) == ("metrics.query", ("namespace",))
    ranged = query_template(RATIO, PARAMS, window=1800, step=30)
    assert ranged.kind == "metrics.query_range"
    assert (ranged.fields["window"], ranged.fields["step"]) == (1800, 30)
    assert query_template(RATIO, PARAMS, window=1800).fields["step"] == 15


def test_shell_variables_in_strings_become_parameters() -> None:
    text, names = template_text('up{namespace="$NAMESPACE",pod="${POD_NAME}"}', PARAMS)
    assert text == 'up{namespace="<namespace>",pod="<pod-name>"}'
    assert names == ("namespace", "pod-name")


def test_the_groups_of_a_regular_expression_are_no_parameters() -> None:
    _, names = template_text('label_replace(up{a="<namespace>"}, "b", "$c", "d", "(?P<c>.)")', {})
    assert names == ("namespace",)


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("sum(", "RB030", "unclosed left parenthesis"),
        ("nothing_like_it(up)", "RB030", "unknown function"),
        ('up{a="b', "RB030", "unterminated"),
        ("up{namespace=<namespace>}", "RB031", "<namespace> stands outside"),
        ("<namespace>{a='b'}", "RB031", "<namespace> stands outside"),
        ("up offset <namespace>", "RB031", "<namespace> stands outside"),
        ("rate(up[5m:<namespace>])", "RB031", "<namespace> stands outside"),
        ('up{a=~"$nobody"}', "RB040", "'\\$nobody' is not declared"),
        ('label_replace(up, "a", "<namespace>", "b", "c")', "RB031", "stands outside"),
        ('count_values("<namespace>", up{a="<namespace>"})', "RB031", "stands outside"),
        ('up{a="$nobody"}', "RB040", "'\\$nobody' is not declared"),
    ],
)
def test_an_expression_that_cannot_be_filled_safely_is_refused(
    text: str, code: str, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason) as caught:
        template_text(text, PARAMS)
    assert caught.value.code == code


def test_values_come_into_their_strings_and_nowhere_else() -> None:
    text = 'up{a="<namespace>"} # <namespace>'
    assert bind_expression(text, {"namespace": "shop"}, params={}) == 'up{a="shop"} # <namespace>'


@settings(deadline=None)
@given(text=st.sampled_from(SHAPES), value=st.text(max_size=30))
@example(text=SHAPES[1], value='"} or up{a="')
@example(text=SHAPES[2], value="\\'} or up{a='<namespace>")
def test_a_hostile_value_never_changes_the_structure_even_without_the_check_of_its_type(
    text: str, value: str
) -> None:
    nodes, matchers = looked_at(text)
    bound_nodes, bound_matchers = looked_at(filled(text, {"namespace": value, "pod-name": value}))
    assert bound_nodes == nodes
    assert bound_matchers == [
        (operator, label, placeholders.IN_TEXT.sub(lambda _: value, held))
        for operator, label, held in matchers
    ]


def looked_at(text: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the kinds of all nodes of an expression, and all its matchers, in order."""
    nodes: list[str] = []
    matchers: list[tuple[str, str, str]] = []

    def visit(node: promql_parser.Expr) -> None:
        nodes.append(type(node).__name__)
        if isinstance(node, promql_parser.VectorSelector):
            for group in (node.matchers.matchers, *node.matchers.or_matchers):
                matchers.extend((str(one.op), one.name, one.value) for one in group)

    promql_parser.walk(promql_parser.parse(text), visit)
    return nodes, matchers


@given(value=st.text(max_size=20).filter(lambda text: not text.isalnum()))
def test_a_value_outside_all_types_is_refused_or_stands_as_it_is(value: str) -> None:
    try:
        bound = bind_expression('up{a="<x>"}', {"x": value}, params={})
    except BindingError:
        return
    assert bound == f'up{{a="{value}"}}'


def test_a_value_that_would_end_a_raw_string_is_refused() -> None:
    with pytest.raises(RefusedError, match="change more"):
        filled("up{a=`<x>`}", {"x": "a`} or up{b=`c"})
    assert filled("up{a=`<x>`}", {"x": "b"}) == "up{a=`b`}"


@settings(deadline=None)
@given(value=st.text(max_size=30), other=st.text(max_size=30))
@example(value=".*", other="x")
@example(value="a|b", other="b")
@example(value='"} or up{a="', other="")
def test_in_a_regular_expression_a_value_matches_itself_and_nothing_else(
    value: str, other: str
) -> None:
    bound = filled('up{a=~"web-<x>-[0-9]+"}', {"x": value})
    [(_, _, pattern)] = looked_at(bound)[1]
    made = re2.compile(pattern)
    assert made.fullmatch(f"web-{value}-17")
    assert bool(made.fullmatch(f"web-{other}-17")) is (other == value)


def test_a_range_can_be_a_parameter_of_the_type_duration() -> None:
    text, names = template_text("rate(up[<window>])", {"window": Param(type="duration")})
    assert (text, names) == ("rate(up[<window>])", ("window",))
    params = {"window": Param(type="duration")}
    assert bind_expression(text, {"window": "10m"}, params=params) == "rate(up[10m])"


def test_a_range_is_a_duration_whatever_the_type_says() -> None:
    for value in ("5m] or up[5m", "5", "", "5m:1m"):
        with pytest.raises(RefusedError):
            filled("rate(up[<window>])", {"window": value})


def test_the_intervals_of_grafana_are_parameters() -> None:
    text, names = template_text('rate(up{a="<namespace>"}[$__rate_interval])', PARAMS)
    assert text == 'rate(up{a="<namespace>"}[<rate-interval>])'
    assert names == ("namespace", "rate-interval")


def test_a_missing_value_is_named() -> None:
    with pytest.raises(BindingError, match="needs a value for: namespace"):
        bind_expression(RATIO, {}, params={})

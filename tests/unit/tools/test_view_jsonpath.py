"""jsonpath prints what kubectl 1.32 printed of the same object, or is refused with a reason."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from stanch.tools.views import View, ViewError, render
from stanch.tools.views.jsonpath import plain

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
THING: dict[str, Any] = {
    "kind": "ConfigMap",
    "metadata": {"name": "x", "labels": {"a": "1", "a.b/c": "dotted"}},
    "t": True,
    "n": None,
    "i": 3,
    "f": 0.25,
    "s": "a<b&c",
    "l": [1, 2, 3, 4, 5],
    "o": {"a": "x", "b": 1},
    "e": {},
    "odd": {"s": "a<b&c", "whole": 20000000.0, "huge": 1e22, "part": 0.5},
    "rows": [
        {"n": "p", "v": 1, "w": 2, "t": True},
        {"n": "q", "v": 5, "w": 5, "t": False},
        {"n": "r", "v": 9},
    ],
}


def printed(expression: str, thing: dict[str, Any] = THING) -> str:
    view = View(format="jsonpath", expression=expression)
    return render("kubernetes.read", {"object": thing}, view, now=NOW)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("{.t} {.n} {.i} {.f}", "true <nil> 3 0.25"),
        ("{.s}", "a<b&c"),
        ("{.o}", '{"a":"x","b":1}'),
        ("{.e}", "{}"),
        ("{.odd}", '{"huge":1e+22,"part":0.5,"s":"a\\u003cb\\u0026c","whole":20000000}'),
        ("{@.i}{$.i}", "33"),
        ("{.metadata.labels.a\\.b/c}", "dotted"),
        ("{.metadata.labels['a\\.b/c']}", "dotted"),
    ],
)
def test_a_value_is_printed_as_text_or_as_json(expression: str, text: str) -> None:
    assert printed(expression) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (123456.5, "123456.5"),
        (1234567.5, "1.2345675e+06"),
        (20000000.0, "2e+07"),
        (1e21, "1e+21"),
        (999999.5, "999999.5"),
        (100000.0, "100000"),
        (0.0001, "0.0001"),
        (0.00012, "0.00012"),
        (0.00001, "1e-05"),
        (1.5e-7, "1.5e-07"),
        (1e100, "1e+100"),
        (-2.5e8, "-2.5e+08"),
    ],
)
def test_a_number_has_the_fewest_digits_and_an_exponent_from_a_million_on(
    value: float, text: str
) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("{.l[0]} {.l[-1]}", "1 5"),
        ("{.l[0:5:2]}", "1 3 5"),
        ("{.l[::2]}", "1 3 5"),
        ("{.l[-2:]}", "4 5"),
        ("{.l[1:-1]}", "2 3 4"),
        ("{.l[2:2]}", ""),
        ("{.l[0,2]}", "1 3"),
        ("{.l.*}", "1 2 3 4 5"),
        ("{.o.*}", "x 1"),
        ("{.i.*}", ""),
        ("{.n[0]}", ""),
        ("{.missing[0]}", ""),
        ("{.l[0:1].x}", ""),
        ("{.rows[0]['n','v']}", "p 1"),
        ("{.rows[*]['n','v']}", "p q r 1 5 9"),
        ("{.rows..v}", "1 5 9"),
        ("{..n}", "<nil> p q r"),
    ],
)
def test_items_and_slices_lead_where_kubectl_goes(expression: str, text: str) -> None:
    assert printed(expression) == text


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("@.v==5", "q"),
        (".v==1", "p"),
        ("@.v!=1", "q r"),
        ("@.v>2", "q r"),
        ("@.v>=5", "q r"),
        ("@.v>=@.w", "q"),
        ("@.w<3", "p"),
        ("@.w<=5", "p q"),
        ("@.n<='q'", "p q"),
        ('@.n=="r"', "r"),
        ("@.t==true", "p"),
        ("@.t!=true", "q"),
        ("@.t==false", "q"),
        ("@.w", "p q"),
        ("@.v > -2", "p q r"),
    ],
)
def test_a_filter_keeps_the_items_that_compare_as_wanted(condition: str, names: str) -> None:
    assert printed(f"{{.rows[?({condition})].n}}") == names


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("{.l[3:1]}", "array index out of bounds: 3:1, length 5"),
        ("{.l[0:9]}", "array index out of bounds: 0:9, length 5"),
        ("{.l[9]}", "array index out of bounds: index 9, length 5"),
        ("{.l[-6]}", "array index out of bounds: index -6, length 5"),
        ("{.o[0]}", "an object is not a list"),
        ("{.f[0]}", "a number is not a list"),
        ("{.t[0]}", "a truth value is not a list"),
        ("{.s[0]}", "a text is not a list"),
        ("{.o[?(@.a)]}", "an object is not a list and cannot be filtered"),
        ("{.rows[?(@.t<true)].n}", "a truth value and a truth value cannot be compared with <"),
        ("{.rows[?(@.v==5.0)].n}", "a number and a number cannot be compared"),
        ("{.rows[?(@.v==true)].n}", "a number and a truth value cannot be compared"),
        ("{.rows[?(@.v=='1')].n}", "a number and a text cannot be compared"),
        ("{.rows[?(@.*==1)].n}", "compares several values at a time"),
    ],
)
def test_what_kubectl_ends_with_an_error_is_refused_with_its_reason(
    expression: str, says: str
) -> None:
    with pytest.raises(ViewError) as caught:
        printed(expression)
    assert says in str(caught.value)


def test_objects_do_not_compare_even_with_themselves() -> None:
    thing = {"rows": [{"o": {}, "n": 1}, {"n": 2}]}
    with pytest.raises(ViewError, match="an object and an object cannot be compared"):
        printed("{.rows[?(@.o==@.o)].n}", thing)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r'{"a\"b\\c\n"}', 'a"b\\c\n'),
        (r"{'it\'s'}{'\t'}|", "it's\t|"),
        ("{range .rows[*]}{.n}={.v};{end}", "p=1;q=5;r=9;"),
        ("{range .rows[0:1]}{range .missing[*]}{@}x{end}{.n}{end}", "p"),
    ],
)
def test_strings_and_ranges_print_as_in_kubectl(expression: str, text: str) -> None:
    assert printed(expression) == text


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ('{"abc}', "a string of the jsonpath is not closed"),
        (r'{"a\qb"}', "is no escape"),
        ("{name}", "a path begins with a dot"),
        ("{range }{end}", "a path is missing"),
        ("{.l[0 1]}", "a bracket cannot be read"),
        ("{.o[a]}", "a bracket cannot be read"),
        ("{.l.[0]}", "kubectl finds nothing by a bracket behind a dot"),
        ("{.o.['a']}", "kubectl finds nothing by a bracket behind a dot"),
        ("{.rows[?(@.v==)]}", "a filter compares with nothing"),
        ("{.rows[?(@.v==1}", "a filter is not closed"),
        ("{.rows[?(@.v==1 && @.w==2)].n}", "a filter is not closed"),
        ("{range .a[*]}" * 11 + "{end}" * 11, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_place_is_named(expression: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        View(format="jsonpath", expression=expression)
    assert says in str(caught.value)


def test_ten_ranges_within_each_other_are_read() -> None:
    assert printed("{range .a[*]}" * 10 + "x" + "{end}" * 10, {"a": []}) == ""


def test_a_jsonpath_that_multiplies_an_answer_is_stopped() -> None:
    long = "x" * 70_000
    thing = {"l": list(range(200)), "long": long}
    with pytest.raises(ViewError, match="prints too much"):
        printed("{range .l[*]}" + "y" * 1000 + "{end}" + "{.long}" * 130, thing)
    with pytest.raises(ViewError, match="too many values"):
        printed("{.a[*].b[*]}", {"a": [{"b": [0] * 500}] * 401})

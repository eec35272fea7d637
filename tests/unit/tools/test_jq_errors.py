"""A jq program stops where the real jq stops, and `?` and `try` catch the same errors."""

import pytest

from stanch.tools.filters import FilterError

from .jq_samples import cases, outputs, real

ERRORS = r"""
true ~ length ~ boolean has no length
[1] ~ utf8bytelength ~ array is not a text
3 ~ keys ~ number has no keys
[1] ~ has("a") ~ string is not a number
{"a":1} ~ has(0) ~ number is not a text
1 ~ has(0) ~ number has no items
"a" ~ contains(1) ~ string and number cannot be compared
null ~ contains("a") ~ null and string cannot be compared
[1,"a"] ~ add ~ number and string cannot be added
1 ~ add ~ number has no items
[[1]] ~ join(",") ~ array cannot be joined
[{}] ~ join(",") ~ object cannot be joined
[1,2] ~ join(1) ~ number is not a text
1 ~ split(",") ~ number is not a text
1 ~ ascii_upcase ~ number is not a text
1 ~ startswith("a") ~ number is not a text
"a" ~ endswith(1) ~ number is not a text
1 ~ test("a") ~ number is not a text
1 ~ capture("(?<a>b)") ~ number is not a text
1 ~ sub("a";"b") ~ number is not a text
"a" ~ sub("a";1) ~ number is not a text
"foo" ~ test("o";"q") ~ the flags 'q' are not known
"x" ~ tonumber ~ 'x' is not a number
"" ~ tonumber ~ '' is not a number
"[1]" ~ tonumber ~ array is not a number
"true" ~ tonumber ~ boolean is not a number
null ~ tonumber ~ null is not a text
"{" ~ fromjson ~ not JSON
"1 2" ~ fromjson ~ not one JSON value
1 ~ fromjson ~ number is not a text
{"a":1} ~ sort ~ object has no order
"a" ~ unique ~ string has no order
1 ~ min ~ number has no order
{"a":1} ~ sort_by(.a) ~ object has no order
{"a":1} ~ reverse ~ object has no order
"a" ~ first ~ string has no items
{"a":1} ~ last ~ object has no items
[1,[2]] ~ flatten(-1) ~ cannot be negative
"1" ~ floor ~ string is not a number
"1" ~ round ~ string is not a number
[[1]] ~ @csv ~ array cannot be a cell
[{}] ~ @tsv ~ object cannot be a cell
1 ~ @csv ~ number has no cells
[[1]] ~ @sh ~ array cannot be a cell
{"a":1} ~ @sh ~ object cannot be a cell
"a" ~ @base64d ~ not base64
"!!!!" ~ @base64d ~ not base64
"aG k=" ~ @base64d ~ not base64
"aGkh_" ~ @base64d ~ not base64
1 ~ map_values(.) ~ number has no items
1 ~ any(. > 1) ~ number has no items
[1,2] ~ with_entries(.) ~ array has no entries
1 ~ .a ~ number has no item a
[1] ~ .a ~ array has no item a
[1] ~ .[true] ~ array has no item true
{"a":1} ~ .[0] ~ object has no item 0
1 ~ .[] ~ number has no items
1 ~ .[1:2] ~ number has no parts
{"a":1} ~ .[1:2] ~ object has no parts
[1,2] ~ .["a":] ~ begins and ends with a number
[1,2] ~ .[:"a"] ~ begins and ends with a number
1 ~ .a // "d" ~ number has no item a
[null,1] ~ [.[].a // "d"] ~ number has no item a
"a" ~ -. ~ string cannot be negated
[5,0] ~ .[0] / .[1] ~ divided by zero
[5,0] ~ .[0] % .[1] ~ divided by zero
5 ~ . % 0.5 ~ divided by zero
"a" ~ . - "b" ~ string and string cannot be subtracted
[1] ~ . * [2] ~ array and array cannot be multiplied
{} ~ . / 1 ~ object and number cannot be divided
true ~ . + true ~ boolean and boolean cannot be added
1 ~ . + "a" ~ number and string cannot be added
{} ~ . + [] ~ object and array cannot be added
1 ~ {(.): 2} ~ number cannot be a key
"""
CASES = cases(ERRORS)


@pytest.mark.parametrize(("given", "program", "message"), CASES)
def test_an_error_says_what_is_wrong_with_the_value(given: str, program: str, message: str) -> None:
    with pytest.raises(FilterError) as raised:
        outputs(program, given)
    assert message in str(raised.value)


@pytest.mark.parametrize(("given", "program", "_message"), CASES)
def test_an_error_is_caught_by_a_question_mark_and_by_try(
    given: str, program: str, _message: str
) -> None:
    assert outputs(f"1, ({program})?, 2", given) == "[1,2]"
    assert outputs(f'try ({program}) catch "caught"', given) == '["caught"]'


def test_the_real_jq_stops_there_too() -> None:
    asked = [f'{given} | try "gives \\({program})" catch "stops"' for given, program, _ in CASES]
    for case, found in zip(CASES, real(asked), strict=True):
        assert (case[1], found) == (case[1], '"stops"')


@pytest.mark.parametrize(
    ("given", "program"),
    [
        ("[1]", ".[0.5]"),
        ("[1,2]", ".[1e308 * 10:]"),
        ("1e999", "floor"),
        ("1e999", "round"),
        ("1e999", ". % 2"),
        ("7", ". % (1e308 * 10)"),
        ("1" + "0" * 400, ". / 3"),
        ("1" + "0" * 400, ". + 0.5"),
        ("1" + "0" * 4000, ". * ."),
    ],
)
def test_a_number_that_cannot_be_counted_with_is_an_error_of_the_filter(
    given: str, program: str
) -> None:
    with pytest.raises(FilterError, match=r"too large|not whole"):
        outputs(program, given)


@pytest.mark.parametrize(
    ("given", "program", "message"),
    [
        ('"x"', 'test("x"; "x")', "flags 'x' are not known here"),
        ('"x"', 'test("x"; "gs")', "flags 'gs' are not known here"),
        ('"x"', 'test("(")', "jq:"),
        ('"x"', 'test("(?=a)")', "jq:"),
        ('"aa"', 'sub("(a)\\\\1"; "b")', "jq:"),
        ('"x"', ". * 3", "only numbers are multiplied"),
        ("3", '. * "x"', "only numbers are multiplied"),
        ("{}", ". * {a: 1}", "only numbers are multiplied"),
    ],
)
def test_what_jq_can_do_and_this_does_not_is_never_taken_for_no_answer(
    given: str, program: str, message: str
) -> None:
    for quiet in (program, f"({program})?", f"try ({program}) catch 1"):
        with pytest.raises(FilterError) as raised:
            outputs(quiet, given)
        assert message in str(raised.value)

"""Flags of jq change only how it reads and prints; every answer and program is bounded."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from stanch.tools.filters import FilterError, run
from stanch.tools.filters.jq import Jq, JsonTool, Variable
from stanch.tools.filters.written import Part

MILLION = json.dumps("x" * 1_000_000)


def printed(program: str, given: str, **flags: Any) -> str:
    return run([Jq(program=(Part(code=program),), **flags)], given)


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({}, '{\n  "b": [\n    1,\n    {}\n  ],\n  "a": "x\\ty"\n}\n"x\\ty"\n'),
        ({"compact": True}, '{"b":[1,{}],"a":"x\\ty"}\n"x\\ty"\n'),
        ({"compact": True, "sorted": True}, '{"a":"x\\ty","b":[1,{}]}\n"x\\ty"\n'),
        ({"compact": True, "raw": True}, '{"b":[1,{}],"a":"x\\ty"}\nx\ty\n'),
        ({"compact": True, "joined": True}, '{"b":[1,{}],"a":"x\\ty"}x\ty'),
    ],
)
def test_flags_say_how_values_are_printed(flags: dict[str, bool], wanted: str) -> None:
    assert printed("., .a", '{"b":[1,{}],"a":"x\\ty"}', **flags) == wanted


def test_keys_are_sorted_at_every_depth() -> None:
    given = '{"z":[{"d":1,"c":2}],"a":{"y":1,"x":2}}'
    wanted = '{"a":{"x":2,"y":1},"z":[{"c":2,"d":1}]}\n'
    assert printed(".", given, compact=True, sorted=True) == wanted


def test_several_inputs_are_run_one_by_one_or_all_at_once() -> None:
    assert printed(". + 1", "1 2\n3", compact=True) == "2\n3\n4\n"
    assert printed("add", "1 2\n3", compact=True, slurp=True) == "6\n"
    assert printed("length", "", slurp=True) == "0\n"
    assert printed(".", " \n") == ""


def test_a_variable_is_text_and_is_hidden_by_one_of_the_same_name() -> None:
    known = (Variable(name="n", value="1"), Variable(name="m", value="$n"))
    program = "[$n, $m, (2 as $n | $n), $n]"
    assert printed(program, "null", variables=known, compact=True) == '["1","$n",2,"1"]\n'


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "é", "x" * 65])
def test_a_variable_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValidationError, match=r"should match pattern"):
        Variable(name=name, value="")


@pytest.mark.parametrize(
    ("program", "given", "message"),
    [
        ("., ., ., ., ., ., ., ., .", MILLION, "the answer grows too long"),
        ("[., ., ., ., ., ., ., ., .]", MILLION, "the answer grows too long"),
        ("[., ., ., ., ., ., ., ., .] | tojson", MILLION, "the answer grows too long"),
        ('[., ., ., ., ., ., ., ., .] | join("") | length', MILLION, "a text grows too long"),
        ("[., .] | add | length", MILLION, "a sum grows too long"),
        (". + . | . + . | . + . | . + . | length", MILLION, "does too much"),
        ('"\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)\\(.)"', MILLION, "a text grows too long"),
        ('. as $x | "aaaaaaaaa" | gsub("a"; $x) | length', MILLION, "a text grows too long"),
        ("[..]", "[" + "0," * 999_999 + "0]", "does too much with this answer"),
        (".[] as $x | .[] as $y | $x + $y | empty", str([1] * 1100), "does too much"),
        (".", "[" * 203 + "]" * 203, "nested too deeply"),
        ("tojson", "[" * 203 + "]" * 203, "nested too deeply"),
        (". == .", "[" * 700 + "]" * 700, "nested too deeply"),
        ("sort", "[" * 700 + "]" * 700, "nested too deeply"),
    ],
)
def test_an_answer_that_grows_or_takes_too_much_ends_as_an_error(
    program: str, given: str, message: str
) -> None:
    with pytest.raises(FilterError, match=message):
        printed(program, given)


def test_what_ends_a_run_cannot_be_caught_by_its_program() -> None:
    with pytest.raises(FilterError, match="does too much"):
        printed("try (.[] as $x | .[] as $y | $x | empty) catch 1", str([1] * 1100))
    with pytest.raises(FilterError, match="nested too deeply"):
        printed("(. == .)?", "[" * 700 + "]" * 700)


def test_an_answer_at_the_bounds_is_given() -> None:
    deep = "[" * 202 + "]" * 202
    assert printed(".", deep, compact=True) == deep + "\n"
    assert printed("., ., . | length", MILLION, compact=True) == "1000000\n" * 3


@pytest.mark.parametrize("given", ["NaN", "[Infinity]", "-Infinity", "{'a': 1}", "[1,]", "tru"])
def test_what_is_not_json_is_refused_by_both_programs(given: str) -> None:
    with pytest.raises(FilterError, match="not JSON, from line 2 on"):
        run([Jq()], "\n" + given)
    with pytest.raises(FilterError, match="not JSON, from line 2 on"):
        run([JsonTool()], "\n" + given)


@pytest.mark.parametrize("given", ["", " \n", "1 2", "{}{}"])
def test_json_tool_takes_exactly_one_value(given: str) -> None:
    with pytest.raises(FilterError, match="not one JSON value"):
        run([JsonTool()], given)


def test_json_tool_prints_what_python_prints() -> None:
    given = '{"b":[1.50,"\\u00fc",true],"a":{}}'
    wanted = (
        '{\n    "b": [\n        1.5,\n        "\\u00fc",\n        true\n    ],\n    "a": {}\n}\n'
    )
    assert run([JsonTool()], given) == wanted


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"code": ".", "text": "x"},
        {"code": ".\n."},
        {"text": "a\0b"},
        {"text": "a\rb"},
        {"code": "\U000f0000"},
        {"text": "\U000ffffd"},
    ],
)
def test_a_part_is_either_code_or_text_of_plain_characters(part: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"either code or text|cannot stand in a filter"):
        Part.model_validate(part)


def test_a_value_in_a_program_stays_one_text() -> None:
    quoted = (Part(code='"<'), Part(text='"\\(1)'), Part(code='>\\(.)"'))
    assert run([Jq(program=quoted, compact=True)], "7") == '"<\\"\\\\(1)>7"\n'
    with pytest.raises(ValidationError, match="a jq program outside a string"):
        Jq(program=(Part(code="."), Part(text="a")))


def test_what_goes_in_and_what_comes_out_of_a_pipeline_is_bounded() -> None:
    four = "x" * (4 * 1024 * 1024)
    with pytest.raises(FilterError, match="jq: there are more than 4194304 characters"):
        run([Jq()], four + "x")
    with pytest.raises(FilterError, match="the answer has more than 4194304 characters"):
        run([Jq(program=(Part(code="., ., ., ., ."),))], MILLION)
    assert run([], four) == four

"""Filters follow the surprising rules of programs, and are refused where programs differ."""

import pytest

from stanch.runbook.fill import fill
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import filters
from stanch.runbook.words import scan
from stanch.tools.filters import FILTERS, FilterError, run


def left(command: str, text: str) -> str:
    template = filters.read(scan(command))
    return run([FILTERS[template.kind].model_validate(fill(template.fields, {}))], text)


@pytest.mark.parametrize(
    ("command", "text", "wanted"),
    [
        ("grep -C0 a", "a\nb\na\n", "a\n--\na\n"),
        ("sed q", "one", "one\n"),
        ("sed -n 'p;q'", "one", "one\n"),
        ("wc -L", "a\tb\n", "9\n"),
        ("wc -L", "\u65e5\u672c\n", "4\n"),
        ("sort -V", ".Mb 007\n.feb\n", ".feb\n.Mb 007\n"),
        ("sort -V", "a0~\na\na10\na9\n", "a0~\na\na9\na10\n"),
        ("sort -k1.2,1.2", "\u00e9b\n\u00eaa\n", "\u00e9b\n\u00eaa\n"),
        ("head -c 3", "\u00e9\u00e9", "\u00e9\ufffd"),
        ("tail -c 2", "a\u00e9", "\u00e9"),
        ("cut -c1-2", "\u00e9a\n", "\u00e9\n"),
        ("cut -c2,4-5,5-6", "abcdefg\n", "bdef\n"),
        ("cut -d: -f2-3 --complement", "a:b:c:d\n", "a:d\n"),
        ("uniq -i", "stra\u00dfe\nSTRASSE\n", "stra\u00dfe\nSTRASSE\n"),
        ("jq -j .", "[1]", "[\n  1\n]"),
        ("jq -c .", "[1.0,1e17,0.00001,2.50,-0.0]", "[1,1e+17,1e-05,2.5,-0]\n"),
        ("jq '.a.b?'", '{"a":{"b":1}}', "1\n"),
        ("awk '{print (x == 0), (x == \"\"), ($9 == 0)}'", "a\n", "1 1 0\n"),
        ("awk '{print a[$1] == +a[$1]}'", "a\n", "1\n"),
        ("awk '{print 0x == 0}'", "a\n", "1\n"),
        ("python3 -m json.tool", '{"a":1.0}', '{\n    "a": 1.0\n}\n'),
    ],
)
def test_the_rules_of_the_program_are_kept(command: str, text: str, wanted: str) -> None:
    assert left(command, text) == wanted


def test_only_the_last_step_before_a_question_mark_may_fail() -> None:
    with pytest.raises(FilterError, match="no item a"):
        left("jq '.a.b?'", '"text"')
    assert left("jq '.a.b?'", '{"a": "text"}') == ""


REFUSED = r"""
grep -v ''
grep -m 0 a
grep '[0-9a-a-c]'
grep '[[:upper:]-_]'
grep -E 'a{0}'
grep 'a\+*'
tr -ct a b
tr -d '\\-\012'
cut -d: -f1 --output-delimiter=
sort -t é
awk '/a|/'
awk '{print x == y == z}'
awk '{a && x = 1}'
awk '{print x=1}'
awk '{y += ++y}'
awk '!a[$1++]++'
awk '{print x, x++}'
awk '{print x++ / 2}'
awk '{print length / 2}'
awk '{print $1 >= 2}'
awk '1 BEGIN {print}'
awk 'END {next}'
awk '{if (a) {print}; else print}'
awk '{print !x ~ y}'
jq 'try error_of catch .'
jq 'try .a catch .'
"""


@pytest.mark.parametrize("command", REFUSED.split("\n")[1:-1])
def test_what_programs_understand_differently_is_refused(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        filters.read(scan(command))
    assert refused.value.remedy


def test_a_character_by_its_number_is_not_printed() -> None:
    with pytest.raises(FilterError, match="directive"):
        left("awk '{printf \"%c\", $1}'", "65")


@pytest.mark.parametrize("word", ["0x1A", "inf", "nan", "info"])
def test_text_that_only_some_awks_take_for_a_number_is_not_summed(word: str) -> None:
    with pytest.raises(FilterError, match="is a number for some"):
        left("awk '{s += $1} END {print s}'", word)


def test_a_comparison_with_text_does_not_care_for_numbers() -> None:
    assert left("awk '$1 == \"0x1A\"'", "0x1A\n") == "0x1A\n"
    assert left("awk '$1 == \"info\"'", "info\n") == "info\n"
    with pytest.raises(FilterError, match="is a number for some"):
        left("awk '$1 > 5'", "0x1A\n")


@pytest.mark.parametrize("command", ["grep a", "sed s/a/b/", "awk '{print $1}'"])
def test_an_answer_of_very_many_lines_is_not_run_through_a_pattern(command: str) -> None:
    with pytest.raises(FilterError, match="more than 250000 lines"):
        left(command, "\n" * 250_001)


def test_the_order_of_versions_takes_no_longer_for_long_lines() -> None:
    lines = [f"{'a1.' * 300}{n}\n" for n in range(2000)]
    assert left("sort -V", "".join(reversed(lines))) == "".join(lines)

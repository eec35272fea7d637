"""Programs that the real jq cannot read are refused, as are those outside the closed part."""

import subprocess

import pytest

from stanch.tools.filters import ProgramError
from stanch.tools.filters.jq_syntax import parse
from stanch.tools.filters.written import Part, written

from .jq_samples import needs_jq, outputs

MALFORMED = r"""
"abc ~ a text is not closed
"a\(1" ~ ')' is missing
"\q" ~ no escape
"\u00" ~ an escape is malformed
"\ud800" ~ an escape is malformed
"\(1;2)" ~ ')' is missing
$x ~ $x is not set
{$x} ~ $x is not set
[1 as $x | 2] | $x ~ $x is not set
. as x | 1 ~ only a $name can be set
. as $x ~ nothing follows a variable
. as $x, 1 ~ nothing follows a variable
[.[] ~ ']' is missing
(1 ~ ')' is missing
.[1 ~ ']' is missing
.[1:2 ~ ']' is missing
.a. ~ a name is missing behind a dot
.a.1 ~ something stands behind
..a ~ something stands behind
1 2 ~ something stands behind
.1.2 ~ something stands behind
.[ ~ a value is missing
1 + ~ a value is missing
,1 ~ a value is missing
try ~ a value is missing
1 == 1 == 1 ~ comparisons stand in a row
1 < 2 > 3 ~ comparisons stand in a row
^ ~ this cannot be read
{a ~ ',' is missing
{a b} ~ ',' is missing
{("a")} ~ a key has no value
{1:2} ~ a key is missing
{,} ~ a key is missing
if 1 then 2 ~ 'end' is missing
if 1 else 2 end ~ 'then' is missing
nope ~ nope/0 of jq is not known
length(1) ~ length/1 of jq is not known
map ~ map/0 of jq is not known
select(1;2) ~ select/2 of jq is not known
map(1 ~ ')' is missing
"""
OUTSIDE = r"""
@uri ~ the format @uri is not known here
@html "\(.)" ~ the format @html is not known here
.a = 1 ~ an assignment is not known here
.a |= 1 ~ an assignment is not known here
.a += 1 ~ an assignment is not known here
.a //= 1 ~ an assignment is not known here
. as [$x] | $x ~ only a $name can be set
. as {a: $x} | $x ~ only a $name can be set
try .a catch . ~ catch gives more than one plain value
try .a catch (1, 2) ~ catch gives more than one plain value
try .a catch "\(.)" ~ catch gives more than one plain value
"\ud83d\ude00" ~ an escape is malformed
reduce .[] as $x (0; . + 1) ~ can loop
range(3) ~ can loop
recurse ~ can loop
input ~ looks around
env ~ looks around
now ~ looks around
$ENV ~ $ENV is not set
del(.a) ~ is not known here
error("x") ~ is not known here
"""


def table(lines: str) -> list[tuple[str, str]]:
    pairs = [line.split(" ~ ") for line in lines.split("\n") if line]
    return [(program, message) for program, message in pairs]


def refusal(program: str) -> ProgramError:
    with pytest.raises(ProgramError) as refused:
        parse(written((Part(code=program),)), frozenset())
    return refused.value


@pytest.mark.parametrize(("program", "message"), table(MALFORMED) + table(OUTSIDE))
def test_it_is_refused_before_it_runs_and_says_why(program: str, message: str) -> None:
    error = refusal(program)
    assert message in str(error)
    assert error.remedy


@pytest.mark.parametrize(("program", "_message"), table(MALFORMED))
def test_the_real_jq_cannot_read_it_either(program: str, _message: str) -> None:
    needs_jq()
    done = subprocess.run(
        ["jq", "-n", program], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 3
    assert "compile error" in done.stderr


def test_an_error_shows_the_place_where_reading_stopped() -> None:
    assert str(refusal(".a | ] .b")).endswith("at ' ] .b'")


@pytest.mark.parametrize(
    ("program", "given", "wanted"),
    [
        ("if . == 2 then 1 end", "3", "[3]"),
        ("if . == 1 then 1 elif . == 2 then 2 end", "3", "[3]"),
        (".a.[0], .a.[]", '{"a":[1,2]}', "[1,1,2]"),
        ("{a: 1 + 2, b: 3 // 4, c: null // 5, d: 1 == 1}", "0", '[{"a":3,"b":3,"c":5,"d":true}]'),
        ("reverse", '"abc"', '["cba"]'),
        ('gsub("";"-"), gsub("^";"-"), gsub("x*";"-")', '"abc"', '["-a-b-c-","-abc","-a-b-c-"]'),
        ("abs", "-1.5", "[1.5]"),
        ("abs", "-2", "[2]"),
        ("from_entries", '[{"k":"a","v":1},{"K":"b","Value":2}]', '[{"a":1,"b":2}]'),
        ("from_entries", '[{"key":null},{"key":false},{"key":1}]', None),
    ],
)
def test_what_came_with_jq_1_7_and_later_is_read_as_there(
    program: str, given: str, wanted: str | None
) -> None:
    assert outputs(program, given) == (wanted or '[{"null":null,"false":null,"1":null}]')


def test_objects_and_nesting_are_bounded() -> None:
    keys = ",".join(f"k{at}:{at}" for at in range(100))
    assert outputs(f"{{{keys}}} | length", "0") == "[100]"
    assert "more than 100 keys" in str(refusal(f"{{{keys},more:1}}"))
    assert outputs("(" * 39 + "." + ")" * 39, "0") == "[0]"
    assert "too much nesting" in str(refusal("(" * 40 + "." + ")" * 40))

"""Paths, operators, objects, texts and numbers of jq mean what they mean to the real jq."""

import pytest

from .jq_samples import cases, outputs, real

PATHS = r"""
[[1,2],[3]] ~ .[0][1], .[1]?, .[5], .[-1], .[-9] ~ [2,[3],null,[3],null]
[0,1,2,3,4,5] ~ .[2:4], .[:2], .[-2:], .[4:], .[1:-1], .[5:2], .[10:], .[1.2:3.5] ~ [[2,3],[0,1],[4,5],[4,5],[1,2,3,4],[],[],[1,2,3]]
[0,1,2,3] ~ .[(0,1):(2,3)] ~ [[0,1],[0,1,2],[1],[1,2]]
"abcdef" ~ .[2:4], .[:2], .[-2:] ~ ["cd","ab","ef"]
null ~ .[1:2], .a, .[0], .["a"], .a.b.c ~ [null,null,null,null,null]
[1] ~ .a?, .["x"]?, .[0]?, .["a":]?, .[true]? ~ [1]
1 ~ .[]?, .a?, .["a"]?, .[0]?, .[1:]?, ."a"? ~ []
{"a":1} ~ .["a"], ."a", .["a"]?, ."b", .b ~ [1,1,1,null,null]
{"a":{"b c":[1]}} ~ .a."b c"[0], .a["b c"][], .["a"]["b c"], ."a"."b c" ~ [1,1,[1],[1]]
{"a":"x"} ~ .a?, .a?.b?, .a?? ~ ["x","x"]
{"if":1,"and":2} ~ .if, .and, {if: 3} ~ [1,2,{"if":3}]
[1,[2,{"a":3}]] ~ .. ~ [[1,[2,{"a":3}]],1,[2,{"a":3}],2,{"a":3},3]
[[1,[2]],{"a":"b"}] ~ .. | scalars ~ [1,2,"b"]
"x" ~ {a:.}.a, [.][0], "abc"[1:], {a:[1,2]}.a[1], (.)?, "\(.)".a? ~ ["x","x","bc",2,"x"]
[[1,2],[3,4]] ~ map(.[1:][0]), .[0][-1:], .[:1][0][1] ~ [[2,4],[2],2]
"""  # noqa: E501
ERRORS = r"""
{"a":1} ~ try (.a.b) catch "no" ~ ["no"]
[1,{"a":2}] ~ .[] | try .a catch null, try .a catch -1 ~ [null,-1,2,2]
[1,{"a":2}] ~ [.[] | try .a catch empty], [.[] | try .a catch []], [.[] | try .a] ~ [[2],[[],2],[2]]
[5,0] ~ (.[0] / .[1])?, (.[0] % .[1])? ~ []
["a",{},[],true,null] ~ map((-.)?) ~ [[]]
"""
LOGIC = r"""
[1,null,false] ~ map(. and true), map(. or false), (false, true | not) ~ [[true,false,false],[true,false,false],true,false]
1 ~ [(true,false) and (true,false)], [(true,false) or (true,false)] ~ [[true,false,false],[true,true,false]]
1 ~ false and (1|.a), true or (1|.a) ~ [false,true]
[null,false,1,2] ~ .[] // "d" ~ [1,2]
[null,false] ~ .[] // "d" ~ ["d"]
[{"foo":[1,2],"bar":4},{"foo":[null,false,3],"bar":1},{"foo":[],"bar":2}] ~ .[] | [.foo[] // .bar] ~ [[1,2],[3],[2]]
1 ~ (.a? // "d"), (empty // 3), ([][] // 4), (null // false // 5) ~ ["d",3,4,5]
1 ~ if . == 1 then "one" elif . == 2 then "two" else "more" end ~ ["one"]
2 ~ if . == 1 then "one" elif . == 2 then "two" else "more" end ~ ["two"]
3 ~ if . == 1 then "one" elif . == 2 then "two" else "more" end ~ ["more"]
3 ~ if (true,false,null,0) then "y" else "n" end ~ ["y","n","n","y"]
1 ~ if empty then 1 else 2 end ~ []
"""  # noqa: E501
ARITHMETIC = r"""
5 ~ -., -(1,2), -(.*2), -.5, - . + 1 ~ [-5,-1,-2,-10,-0.5,-4]
0 ~ -. ~ [-0]
[5,3] ~ .[0] - .[1], .[0] * .[1], .[0] / .[1], .[0] % .[1], .[0] + .[1] ~ [2,15,1.6666666666666667,2,8]
[5,-3,2.7] ~ .[0] % .[1], .[1] % .[0], .[0] % .[2], -5 % 3, 5.9 % 2.1 ~ [2,-3,1,-2,1]
1 ~ 1 / 3, 10 / 5, 1e3, 1.5e300 * 1e10, 0.1 + 0.2 ~ [0.3333333333333333,2,1000,1.7976931348623157e+308,0.30000000000000004]
1 ~ 8 / 4 / 2, 8 - 4 - 2, 2 + 3 * 4, 1 - 1, 1 -1, 1-1 ~ [1,2,14,0,0,0]
1 ~ [1,2,3] - [2], [1,[2],{"a":1}] - [[2],{"a":1}] ~ [[1,3],[1]]
1 ~ "a,b" / ",", "abc" / "", "" / "," ~ [["a","b"],["a","b","c"],[]]
1 ~ null + 1, 1 + null, null + null, {} + {"a":1}, [] + [1], "a" + "b" ~ [1,1,null,{"a":1},[1],"ab"]
1 ~ [(1,2) + (10,20)], [(1,2) * (3,4)] ~ [[11,12,21,22],[3,6,4,8]]
"""  # noqa: E501
COMPARISONS = r"""
1 ~ [1,2] == [1,2], {"a":1} == {"a":1.0}, 1 == 1.0, "1" == 1, null == false, true != false ~ [true,true,true,false,false,true]
1 ~ null < false, false < true, true < 0, 9 < "", "z" < [], [9] < {} ~ [true,true,true,true,true,true]
1 ~ 1 < 2, "a" < "b", [1] < [1,0], [2] > [1,5] ~ [true,true,true,true]
1 ~ {"a":2} < {"b":1}, {"a":1} < {"a":2}, {"b":1} <= {"a":1,"b":0} ~ [true,true,false]
1 ~ 2 <= 2, 2 >= 3, 2 != 2, 2 > 1 ~ [true,false,false,true]
1 ~ 1 + 2 == 3 and 2 > 1, (true or false and false) ~ [true,true]
"""  # noqa: E501
BUILDING = r"""
1 ~ {}, [], {a: 1, "b": 2, ("c","d"): 3} ~ [{},[],{"a":1,"b":2,"c":3},{"a":1,"b":2,"d":3}]
1 ~ {("a","b"): (1,2)} ~ [{"a":1},{"a":2},{"b":1},{"b":2}]
{"user":"u","titles":["x","y"]} ~ {user, title: .titles[]} ~ [{"user":"u","title":"x"},{"user":"u","title":"y"}]
{"a b":1,"c":2} ~ {"a b", c} ~ [{"a b":1,"c":2}]
{"a":1} ~ . as $x | {$x, y: $x.a} ~ [{"x":{"a":1},"y":1}]
1 ~ {a: "x" | length, b: 2} ~ [{"a":1,"b":2}]
1 ~ {a: -1, b: (1,2), c: (null // 5), d: 8 | 9 | 10} ~ [{"a":-1,"b":1,"c":5,"d":10},{"a":-1,"b":2,"c":5,"d":10}]
1 ~ {"a\(1+1)": 1} ~ [{"a2":1}]
"""  # noqa: E501
VARIABLES = r"""
1 ~ . as $x | . as $y | [$x,$y] ~ [[1,1]]
1 ~ 1 as $x | 2 as $y | [$x,$y,$x+$y] ~ [[1,2,3]]
1 ~ [1 as $x | 2, $x], ((1 as $x | $x) as $x | $x + 1) ~ [[2,1],2]
[[1,2],[3,4]] ~ .[] as $p | $p[0], $p[1] ~ [1,2,3,4]
1 ~ 5 as $x | -$x, - $x + 1 ~ [-5,-4]
"""
TEXTS = r"""
1 ~ "a\tb\n\r\b\f\/\\\"\u00e9\u65e5" ~ ["a\tb\n\r\b\f/\\\"é日"]
1 ~ "\u0041", "\(1)\u0041b" ~ ["A","1Ab"]
[1,2] ~ "x\(.[])y\(.[])z" ~ ["x1y1z","x2y1z","x1y2z","x2y2z"]
1 ~ "a\("b\("c")")", "\(.)", "\("")" ~ ["abc","1",""]
[1,2] ~ @text "\(.[0])-\(.[1])", "\(.)" ~ ["1-2","[1,2]"]
"""
NUMBERS = r"""
1 ~ .5, 1e2, 1E+2, 1.5e-3, 123456.789e3 ~ [0.5,100,100,0.0015,123456789]
1 ~ 0.1, 1e-3, 1e-4, 1e-5, 0.00001234, 0.00012345, 1e-7, 1.5e17, 1e18, -1.5, 1.7e308 ~ [0.1,0.001,0.0001,1e-05,1.234e-05,0.00012345,1e-07,1.5e+17,1e+18,-1.5,1.7e+308]
1 ~ 123456789.5, 1e17, 5e-324, -0.25, 12.5 ~ [123456789.5,1e+17,5e-324,-0.25,12.5]
1 ~ 1.7976931348623157e308 * 10, -1.7976931348623157e308 * 10 ~ [1.7976931348623157e+308,-1.7976931348623157e+308]
[1,[2,[]],{},{"a":[]}] ~ . ~ [[1,[2,[]],{},{"a":[]}]]
"a\"b\\c\u0001" ~ ., tojson ~ ["a\"b\\c\u0001","\"a\\\"b\\\\c\\u0001\""]
{"b":{"d":1,"c":2},"a":[1]} ~ tojson, tostring ~ ["{\"b\":{\"d\":1,\"c\":2},\"a\":[1]}","{\"b\":{\"d\":1,\"c\":2},\"a\":[1]}"]
"""  # noqa: E501
CASES = cases(
    PATHS + ERRORS + LOGIC + ARITHMETIC + COMPARISONS + BUILDING + VARIABLES + TEXTS + NUMBERS
)


@pytest.mark.parametrize(("given", "program", "wanted"), CASES)
def test_a_form_gives_what_jq_documents(given: str, program: str, wanted: str) -> None:
    assert outputs(program, given) == wanted


def test_the_real_jq_gives_the_same_for_each_form() -> None:
    found = real([f"{given} | [{program}]" for given, program, _ in CASES])
    for case, one in zip(CASES, found, strict=True):
        assert (*case[:2], one) == case

"""The functions of jq give what the real ones give, over all kinds of values."""

import pytest

from .jq_samples import cases, outputs, real

COUNTS = r"""
[[1,2],"string",{"a":2},null,-5,1.5,""] ~ map(length) ~ [[2,6,1,0,5,1.5,0]]
"ü日" ~ utf8bytelength ~ [5]
{"b":1,"a":2} ~ keys, keys_unsorted ~ [["a","b"],["b","a"]]
[5,6,7] ~ keys, keys_unsorted ~ [[0,1,2],[0,1,2]]
{"foo":1,"b":2} ~ has("foo"), has("bar"), has("b","c") ~ [true,false,true,false]
[0,1] ~ has(0), has(1), has(2), has(-1) ~ [true,true,false,false]
"foo" ~ in({"foo":42}) ~ [true]
[2,0] ~ map(in([0,1])) ~ [[false,true]]
[1,2,3] ~ reverse, first, last ~ [[3,2,1],1,3]
[] ~ reverse, first, last ~ [[],null,null]
null ~ reverse, first, last ~ [[],null,null]
[1,[2],[[3]]] ~ flatten, flatten(1), flatten(0) ~ [[1,2,3],[1,2,[3]],[1,[2],[[3]]]]
[[]] ~ flatten ~ [[]]
[{"a":"b"},[{"a":"c"}]] ~ flatten ~ [[{"a":"b"},{"a":"c"}]]
"""
ENTRIES = r"""
{"b":1,"a":2} ~ to_entries ~ [[{"key":"b","value":1},{"key":"a","value":2}]]
[{"key":"a","value":1},{"Key":"b","Value":2},{"name":"c"},{"Name":"d","Value":false}] ~ from_entries ~ [{"a":1,"b":2,"c":null,"d":false}]
[{"key":"a","value":false}] ~ from_entries ~ [{"a":false}]
[{"key":null,"name":"x","value":1}] ~ from_entries ~ [{"x":1}]
[] ~ from_entries ~ [{}]
{"a":1,"b":2} ~ with_entries({key: ("x" + .key), value: (.value + 1)}) ~ [{"xa":2,"xb":3}]
{"a":1,"b":2} ~ with_entries(select(.value > 1)) ~ [{"b":2}]
"""  # noqa: E501
SUMS = r"""
["a","b","c"] ~ add ~ ["abc"]
[1,2,3] ~ add ~ [6]
[] ~ add ~ [null]
[[1],[2]] ~ add ~ [[1,2]]
[{"a":1},{"b":2,"a":3}] ~ add ~ [{"a":3,"b":2}]
{"x":1,"y":2} ~ add ~ [3]
[null,1,null] ~ add ~ [1]
[true,false] ~ any, all ~ [true,false]
[false,null] ~ any, all ~ [false,false]
[] ~ any, all ~ [false,true]
{"a":true,"b":false} ~ any, all ~ [true,false]
"""
CONTAINMENT = r"""
"foobar" ~ contains("bar"), contains("baz") ~ [true,false]
["foobar","foobaz","blarp"] ~ contains(["baz","bar"]), contains(["bazzz","bar"]) ~ [true,false]
{"foo":12,"bar":[1,2,{"barp":12,"blip":13}]} ~ contains({foo:12,bar:[{barp:12}]}) ~ [true]
{"foo":12,"bar":[1,2,{"barp":12,"blip":13}]} ~ contains({foo:12,bar:[{barp:15}]}) ~ [false]
{"foo":12} ~ contains({baz:1}), contains({}) ~ [false,true]
{"a":1} ~ contains({a:"x"}), contains({a:1}), contains({a:2}) ~ [false,true,false]
{"a":[1]} ~ contains({a:{}}), contains({a:[]}) ~ [false,true]
{"a":null} ~ contains({a:1}), contains({a:null}) ~ [false,true]
[1,"a"] ~ contains([1]), contains(["b"]), contains([null]) ~ [true,false,false]
true ~ contains(true) ~ [true]
"bar" ~ inside("foobar"), inside("ba") ~ [true,false]
["baz","bar"] ~ inside(["foobar","foobaz","blarp"]) ~ [true]
"""
TEXTS = r"""
["a","b,c,d","e"] ~ join(", ") ~ ["a, b,c,d, e"]
["a",1,2.3,true,null,false] ~ join(" ") ~ ["a 1 2.3 true  false"]
[] ~ join(",") ~ [""]
"a, b,c,d, e, " ~ split(", ") ~ [["a","b,c,d","e",""]]
"abc" ~ split("") ~ [["a","b","c"]]
"" ~ split(",") ~ [[]]
"AbcÄé" ~ ascii_downcase, ascii_upcase ~ ["abcÄé","ABCÄé"]
["fo","foo","barfoo","foobar"] ~ map(ltrimstr("foo")), map(rtrimstr("foo")) ~ [["fo","","barfoo","bar"],["fo","","bar","foobar"]]
1 ~ ltrimstr("a"), rtrimstr("1") ~ [1,1]
"a" ~ rtrimstr(1) ~ ["a"]
["fo","foo","foobar"] ~ map(startswith("foo")), map(endswith("bar")) ~ [[false,true,true],[false,false,true]]
"foo" ~ test("FOO"), test("FOO"; "i"), test("FOO"; "ig"), test("foo"; null) ~ [false,true,true,true]
"xyzzy-14" ~ capture("(?<a>[a-z]+)-(?<n>[0-9]+)") ~ [{"a":"xyzzy","n":"14"}]
"XYZ-14" ~ capture("(?<a>[a-z]+)-(?<n>[0-9]+)"; "i") ~ [{"a":"XYZ","n":"14"}]
"none" ~ capture("(?<n>[0-9]+)") ~ []
"14" ~ capture("(?<a>[a-z]+)?(?<n>[0-9]+)") ~ [{"a":null,"n":"14"}]
"abcabc" ~ sub("b";"X"), gsub("b";"X"), gsub("z";"X") ~ ["aXcabc","aXcaXc","abcabc"]
"aBcAbC" ~ gsub("b";"X";"i"), gsub("b";"X") ~ ["aXcAXC","aBcAXC"]
"abc" ~ sub("$";"-"), sub("";"-") ~ ["abc-","-abc"]
"""  # noqa: E501
CONVERSIONS = r"""
[0,false,[],{},null,"hello"] ~ map(type) ~ [["number","boolean","array","object","null","string"]]
[1,"1",[1],null,true,{"a":1.5}] ~ map(tostring), map(tojson) ~ [["1","1","[1]","null","true","{\"a\":1.5}"],["1","\"1\"","[1]","null","true","{\"a\":1.5}"]]
["1","-1.5e3",3] ~ map(tonumber) ~ [[1,-1500,3]]
"[1,{\"a\":2}]" ~ fromjson ~ [[1,{"a":2}]]
[true,false,null,0,""] ~ map(not) ~ [[false,true,true,false,false]]
[1.5,-1.5,2.5,-2.5,0.4,3] ~ map(floor), map(round) ~ [[1,-2,2,-3,0,3],[2,-2,3,-3,0,3]]
[1.5,-1.5,2.5,-2.5,0.4,3] ~ map(ceil) ~ [[2,-1,3,-2,1,3]]
"""  # noqa: E501
ORDERS = r"""
[8,3,null,6,true,"b",false,"a",[2],[1,5],{"b":1},{"a":2},{"a":1}] ~ sort ~ [[null,false,true,3,6,8,"a","b",[1,5],[2],{"a":1},{"a":2},{"b":1}]]
[8,3,null,6,true,"b",false,"a",[2],[1,5],{"b":1},{"a":2},{"a":1}] ~ min, max ~ [null,{"b":1}]
[1,2,5,3,5,3,1,3] ~ unique ~ [[1,2,3,5]]
[1,1.0,"1"] ~ unique ~ [[1,"1"]]
[] ~ min, max, sort, unique ~ [null,null,[],[]]
[5,4,2,7] ~ min, max ~ [2,7]
"""  # noqa: E501
FORMATS = r"""
[1,"a",null,true,"q\"x"] ~ @csv ~ ["1,\"a\",,true,\"q\"\"x\""]
["a\tb","c\\d","e\nf","g\rh",1,null,false] ~ @tsv ~ ["a\\tb\tc\\\\d\te\\nf\tg\\rh\t1\t\tfalse"]
["This is a test","",[1,2],"ü"] ~ map(@base64) ~ [["VGhpcyBpcyBhIHRlc3Q=","","WzEsMl0=","w7w="]]
["VGhpcyBpcyBhIHRlc3Q=","VGhpcyBpcyBhIHRlc3Q","","YQ==","aGk=aGk=","/+8="] ~ map(@base64d) ~ [["This is a test","This is a test","","a","hi","��"]]
["O'Hara's Ale",null,1,true] ~ @sh, map(@sh) ~ ["'O'\\''Hara'\\''s Ale' null 1 true",["'O'\\''Hara'\\''s Ale'","null","1","true"]]
[1,"a"] ~ @text, @json ~ ["[1,\"a\"]","[1,\"a\"]"]
"x" ~ @text, @json ~ ["x","\"x\""]
[1,"a<b"] ~ @json "v: \(.)", @text "v: \(.[1])" ~ ["v: [1,\"a<b\"]","v: a<b"]
["a","b"] ~ @csv "row: \(.)\n" ~ ["row: \"a\",\"b\"\n"]
["q r","s"] ~ @sh "echo \(.[])" ~ ["echo 'q r'","echo 's'"]
"hi" ~ @base64 "b: \(.)" ~ ["b: aGk="]
"""  # noqa: E501
PROGRAMS_AS_ARGUMENTS = r"""
{"a":1,"b":null} ~ map_values(. // empty), map_values(., .) ~ [{"a":1},{"a":1,"b":null}]
[1,null] ~ map_values(. // empty), map_values(., .) ~ [[1],[1,null]]
{"a":1,"b":2} ~ map(.+1), map(empty) ~ [[2,3],[]]
[{"a":2,"b":1},{"a":1,"b":2},{"a":2,"b":0}] ~ group_by(.a), unique_by(.a) ~ [[[{"a":1,"b":2}],[{"a":2,"b":1},{"a":2,"b":0}]],[{"a":1,"b":2},{"a":2,"b":1}]]
[{"a":2,"b":1},{"a":1,"b":2},{"a":2,"b":0}] ~ sort_by(.a), sort_by(.a, .b) ~ [[{"a":1,"b":2},{"a":2,"b":1},{"a":2,"b":0}],[{"a":1,"b":2},{"a":2,"b":0},{"a":2,"b":1}]]
[{"a":2,"b":1},{"a":1,"b":2},{"a":2,"b":0},{"a":1,"b":9}] ~ min_by(.a), max_by(.a) ~ [{"a":1,"b":2},{"a":2,"b":0}]
[] ~ min_by(.a), max_by(.a), group_by(.a), unique_by(.a), sort_by(.a) ~ [null,null,[],[],[]]
["ab","c","de"] ~ unique_by(length) ~ [["c","ab"]]
[1,2,3] ~ first(.[]), last(.[]) ~ [1,3]
[] ~ first(.[]) ~ []
[1,"a",2] ~ first(.[] | . + 1) ~ [2]
[1,2,3] ~ any(. > 2), all(. > 2), all(. > 0), any(. > 9) ~ [true,false,true,false]
{"a":1,"b":3} ~ any(. > 2), all(. > 2) ~ [true,false]
[1] ~ any(true, false), all(true, false) ~ [true,false]
[1,2] ~ .[] | select(. == 1, . == 1) ~ [1,1]
[null,true,1,"s",[1],{"a":1}] ~ map(values), map(nulls), map(booleans), map(numbers) ~ [[true,1,"s",[1],{"a":1}],[null],[true],[1]]
[null,true,1,"s",[1],{"a":1}] ~ map(strings), map(arrays), map(objects) ~ [["s"],[[1]],[{"a":1}]]
[null,true,1,"s",[1],{"a":1}] ~ map(scalars), map(iterables), map(empty) ~ [[null,true,1,"s"],[[1],{"a":1}],[]]
"""  # noqa: E501
CASES = cases(
    COUNTS
    + ENTRIES
    + SUMS
    + CONTAINMENT
    + TEXTS
    + CONVERSIONS
    + ORDERS
    + FORMATS
    + PROGRAMS_AS_ARGUMENTS
)


@pytest.mark.parametrize(("given", "program", "wanted"), CASES)
def test_a_function_gives_what_jq_documents(given: str, program: str, wanted: str) -> None:
    assert outputs(program, given) == wanted


def test_the_real_jq_gives_the_same_for_each_function() -> None:
    found = real([f"{given} | [{program}]" for given, program, _ in CASES])
    for case, one in zip(CASES, found, strict=True):
        assert (*case[:2], one) == case

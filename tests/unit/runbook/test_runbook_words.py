"""What the scanner accepts means the same to a shell, and all else is refused by name."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stanch.runbook.findings import RefusedError
from stanch.runbook.words import MOST_CHARACTERS, rescan, scan, scan_line
from tests.bench.fuzz import fuzz_strings
from tests.bench.fuzz_shells import Asked, asked, can_be_asked, differences
from tests.unit.runbook.word_refs import refs

FRAGMENTS = (
    *("kubectl", "get", "-n", "--tail=5", "a=b", "%1", "x,y", "a:b", "@", "+", "a#b", "a^b", "]"),
    *("'a b'", "'$(x)'", "'`'", "''", "'*?[a]{b}~!#;&|<'", "'\\'", "'\"'", "'é'", "'a\nb'"),
    *('"a b"', '""', '"\\""', '"\\\\"', '"\\$"', '"*?[a]{b}~#;&|"', '"\'"', '"ü"', '"a\nb"'),
    *("\\ ", "\\*", "\\#", "\\$", "\\'", '\\"', "\\\\", "\\;", "\\~", "\\\n", "a!=b", "=~"),
    *('"\\a"', '"\\*"', '"\\ "', "\\a", " | grep ", " |\n grep ", " 2>/dev/null", " 2>&1", "  # x"),
    *("{}", "{.items}", "<pod>", "<pod name>", "$POD", '"${POD}"', "'$POD'", "a~b"),
    *(" ", " ", " ", "\t", "  "),
)
DANGERS = (*"|&;<>()$`\\\"'*?[]{}~!#^=\n\r\0", "$(", "${", "<<", "é", "\u200b", "-", ">out")

texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    st.lists(st.sampled_from([*FRAGMENTS, *DANGERS]), max_size=6).map("".join),
    st.text(alphabet="ab =-'\"\\ .,:/%@+#!~{}*?$<>|&;\n\t", max_size=12),
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=st.lists(texts, min_size=20, max_size=60))
@example(lines=["a=~ b", "a~b", "x '' \"\" y", "a\\\nb", "\\\n", "#a", "a #b", "!x", "a!b", "a\\ "])
def test_what_is_accepted_means_the_same_to_bash_and_dash(lines: list[str], tmp_path: Path) -> None:
    questions: list[Asked] = []
    for line in lines:
        try:
            questions += asked(f"kubectl {line}")
        except RefusedError:
            continue
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    assert differences([one for one in questions if can_be_asked(one)], folder) == []


def test_a_short_fuzz_run_finds_no_difference_from_the_shells(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    result = fuzz_strings(1500, seed=20261121, folder=folder)
    assert result.different == []
    assert 0.25 < result.accepted / 1500 < 0.75
    assert result.asked > 400


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("grep a*", (("grep", "a*"),)),
        ("grep a | head", (("grep", "a"),)),
        ("grep a; head b", (("grep", "a;", "head", "b"),)),
        ("grep 'a", (("grep", "a"),)),
        ("grep ~/x", (("grep", "~/x"),)),
        ("grep {a,b}", (("grep", "{a,b}"),)),
    ],
)
def test_the_shells_would_notice_a_scanner_that_accepts_too_much(
    text: str, wrong: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    found = differences([Asked(text, text, wrong), Asked("df", "df", (("df",),))], folder)
    assert {one.text for one in found} >= {text}
    assert "bash" in {one.shell for one in found}


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_code_and_never_crashes(text: str) -> None:
    refused = None
    try:
        words = scan(text)
    except RefusedError as error:
        refused = error
    if refused is None:
        assert all(word for word in words)
    else:
        assert refused.code == "RB020"
        assert refused.message
        assert refused.remedy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("get pods | grep x", "pipe leads into another command"),
        ("get pods || rm x", "or-list"),
        ("get pods && rm x", "and-list"),
        ("get pods |& grep x", "only bash knows"),
        ("get pods &>/dev/null", "only bash knows"),
        ("get pods |", "leads to nothing"),
        ("| get pods", "nothing before it"),
        ("get pods >/dev/null | grep x", "discarded before the pipe"),
        ("get pods 2>/dev/null x", "Words follow a redirect"),
        ("2>/dev/null get pods", "before the command"),
        ("get pods2>/dev/null", "redirect"),
        ("get pods 2>/dev/nullx", "redirect"),
        ("get pods 2>/dev/null/x", "redirect"),
        ("get pods >/dev/tcp/h/1", "redirect"),
        ("get pods >> /tmp/x", "redirect"),
        ("get pods 2>/tmp/x", "redirect"),
        ("get pods <<< x", "here-document"),
        ("time get pods", "'time' belongs to the shell"),
        ("for p in a b", "'for' belongs to the shell"),
        ("if x", "'if' belongs to the shell"),
        ("'k\u0443bectl' get", "not ASCII"),
        ("get 'a\ufe0fb'", "variation selector"),
        ("get 'a\u3164b'", "filler"),
        ("get pods # \u202e", "right-to-left override"),
        ("get pods # all\nrm x", "line ends inside"),
        ("get pods; rm x", "separator"),
        ("get pods & rm x", "background"),
        ("get pods > file", "redirect"),
        ("get pods < file", "redirect"),
        ("get $(whoami)", "substitution"),
        ("get `whoami`", "substitution"),
        ('get "$(whoami)"', "substitution"),
        ('get "`whoami`"', "substitution"),
        ("get <(ls)", "process substitution"),
        ("cat <<EOF", "here-document"),
        ("get ${NAME:-pods}", "expansion"),
        ("get $1", "expansion"),
        ("get $'a'", "expansion"),
        ("get a$", "expansion"),
        ("get po*", "file pattern"),
        ("get po?", "file pattern"),
        ("get [p]o", "file pattern"),
        ("get {po,svc}", "brace"),
        ("get ~/x", "tilde"),
        ("get a=~", "tilde"),
        ("get !!", "history"),
        ('get "a!b"', "history"),
        ("get a!b", "history"),
        ("get a!(b)", "history"),
        ('get "\\!"', "backslash stands before '!'"),
        ("^a^b", "holds '\\^'"),
        ("get\npods", "line ends inside"),
        ("get 'a", "single quote is not closed"),
        ('get "a', "double quote is not closed"),
        ("get a\\", "ends with a backslash"),
        ("get a\\ ", "blanks at the end"),
        ("get \\a", "backslash stands before 'a'"),
        ("FOO=bar get", "assignment"),
        ("get p\u043ed", "cyrillic small letter o"),
        ("get \u201cpods\u201d", "left double quotation mark"),
        ("get \u2013n x", "en dash"),
        ("get 'a\u200bb'", "zero width space"),
        ("get 'a\u202eb'", "right-to-left override"),
        ("get 'a\u00a0b'", "no-break space"),
        ("get \0", "control character"),
        ("get a\r", "control character"),
        ("get $POD\\\nNAME", "line ends inside the name"),
        ('get "$POD\\\n_NAME"', "line ends inside the name"),
        ("get \\<name>", "backslash stands before a placeholder"),
        ("x" * (MOST_CHARACTERS + 1), "longer than"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(RefusedError, match=name) as caught:
        scan(text)
    assert caught.value.code == "RB020"


def test_a_pipeline_has_stages_and_drops_comments_and_discarding_redirects() -> None:
    line = scan_line("kubectl get pods 2>/dev/null |\n  grep -v x | wc -l >/dev/null 2>&1  # count")
    assert line.stages == (
        (("kubectl",), ("get",), ("pods",)),
        (("grep",), ("-v",), ("x",)),
        (("wc",), ("-l",)),
    )
    assert line.output is None


@pytest.mark.parametrize(
    "text",
    [
        "POD=$(kubectl get pods -o name | head -n 1)",
        'POD="$(kubectl get pods -o name | head -n 1)"',
        "export POD=$(kubectl get pods -o name | head -n 1)",
        'export POD="$(kubectl get pods -o name | head -n 1)" # the first',
        "  POD=$(\\\n kubectl get pods -o name \\\n| head -n 1)  ",
    ],
)
def test_a_whole_line_may_keep_the_output_of_its_command(text: str) -> None:
    line = scan_line(text)
    assert line.output == "POD"
    assert [stage[0] for stage in line.stages] == [("kubectl",), ("head",)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("POD=$(kubectl get pods", "RB020"),
        ('POD="$(kubectl get pods)', "RB020"),
        ("POD=$(kubectl get $(x))", "RB020"),
        ("POD=$(kubectl get pods # x)", "RB020"),
        ("POD=$(kubectl get pods) date", "RB039"),
        ("POD=$(kubectl get pods)#x", "RB039"),
        ("POD=$(kubectl get pods)x", "RB039"),
        ("POD=$(kubectl get pods); date", "RB039"),
        ("POD=$()", "RB039"),
        ("POD=$(kubectl get pods) # \0", "RB020"),
        ("POD=$(kubectl get pods) # \u202e", "RB020"),
        ("PATH=$(kubectl get pods)", "RB039"),
        ("LD_PRELOAD=$(kubectl get pods)", "RB039"),
        ("BASH_ENV=$(kubectl get pods)", "RB039"),
        ("POD=`kubectl get pods`", "RB020"),
        ("POD=$((1))", "RB020"),
        ("POD=$(<file)", "RB020"),
        ("POD=x$(kubectl get pods)", "RB020"),
        ("A=1 POD=$(kubectl get pods)", "RB020"),
        ("local POD=$(kubectl get pods)", "RB020"),
        ("kubectl get $(kubectl get pods)", "RB020"),
    ],
)
def test_an_output_is_kept_in_no_other_way(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        scan_line(text)
    assert caught.value.code == code
    assert caught.value.remedy


def test_words_that_are_sent_on_are_split_once_more_and_parameters_stay_whole() -> None:
    words = scan("ssh web-1 \"df -h '$DISK x' | grep sda\" -n <count>")
    assert rescan(words[2:]).stages == (
        (("df",), ("-h",), (*refs("DISK"), " x")),
        (("grep",), ("sda",), ("-n",), refs("count")),
    )


@pytest.mark.parametrize(
    "word", ["a; b", "a && b", "$(a)", "$HOME", "`a`", "a > b", "a*", "'a", "a <b> c", "\ue000"]
)
def test_what_a_remote_shell_would_do_more_than_words_is_refused(word: str) -> None:
    with pytest.raises(RefusedError) as caught:
        rescan((("df",), (word,)))
    assert caught.value.code == "RB020"

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef
from stanch.runbook.words import MOST_CHARACTERS, Word, scan

FRAGMENTS = (
    *("kubectl", "get", "-n", "--tail=5", "a=b", "%1", "x,y", "a:b", "@", "+", "a#b", "a^b", "]"),
    *("'a b'", "'$(x)'", "'`'", "''", "'*?[a]{b}~!#;&|<'", "'\\'", "'\"'", "'é'"),
    *('"a b"', '""', '"\\""', '"\\\\"', '"\\$"', '"\\`"', '"*?[a]{b}~#;&|"', '"\'"', '"ü"'),
    *("\\ ", "\\*", "\\#", "\\$", "\\'", '\\"', "\\\\", "\\;", "\\~", "\\\n", "a!=b", "=~"),
    *('"\\a"', '"\\*"', '"\\ "', "\\a"),
    *(" ", " ", " ", "\t", "  "),
)
DANGERS = (*"|&;<>()$`\\\"'*?[]{}~!#^=\n\r\0", "$(", "${", "<<", "é", "\u200b", "-")

texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    st.lists(st.sampled_from([*FRAGMENTS, *DANGERS]), max_size=6).map("".join),
    st.text(alphabet="ab =-'\"\\ .,:/%@+#!~{}*?$<>|&;\n\t", max_size=12),
)


def argv(words: tuple[Word, ...]) -> list[str]:
    assert all(isinstance(part, str) for word in words for part in word)
    return ["".join(str(part) for part in word) for word in words]


def shell_argv(shell: str, lines: list[str], folder: Path) -> list[list[str]]:
    """Ask a real shell into which words it splits each line."""
    script = "".join(f'set -- {line}\nprintf \'%s\\0\' "$#" "$@"\n' for line in lines)
    path = shutil.which(shell)
    assert path is not None, f"{shell} is needed to prove that the scanner agrees with it"
    done = subprocess.run(
        [path, "-c", script],
        cwd=folder,
        env={"PATH": "/nonexistent", "LC_ALL": "C.UTF-8", "HOME": "/home/somebody"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b""), script
    fields = done.stdout.decode().split("\0")[:-1]
    found = []
    while fields:
        count = int(fields[0])
        found.append(fields[1 : 1 + count])
        fields = fields[1 + count :]
    return found


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(texts, min_size=20, max_size=60))
@example(lines=["a=~ b", "a~b", "x '' \"\" y", "a\\\nb", "\\\n", "#a", "a #b", "!x", "a!b", "a\\ "])
def test_what_is_accepted_means_the_same_to_bash_and_dash(lines: list[str], tmp_path: Path) -> None:
    accepted = []
    for line in lines:
        try:
            words = scan(line)
        except RefusedError:
            continue
        if all(isinstance(part, str) for word in words for part in word):
            accepted.append((line, argv(words)))
    expected = [words for _, words in accepted]
    for shell in ("bash", "dash"):
        assert shell_argv(shell, [line for line, _ in accepted], tmp_path) == expected
    assert list(tmp_path.iterdir()) == []


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
        ("get pods | grep x", "pipe"),
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
        ('get "\\*"', "backslash stands before"),
        ('get "\\a"', "backslash stands before 'a'"),
        ("^a^b", "holds '\\^'"),
        ("get pods # all", "comment"),
        ("get\npods", "line ends inside"),
        ("get 'a\nb'", "line ends inside"),
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
        ("get 'a\tb'", "control character"),
        ("get '$NAME'", "single quotes"),
        ("get \\$NAME", "backslash stands before a placeholder"),
        ("get \\<name>", "backslash stands before a placeholder"),
        ("get <pod name>", "redirect"),
        ("x" * (MOST_CHARACTERS + 1), "longer than"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(RefusedError, match=name) as caught:
        scan(text)
    assert caught.value.code == "RB020"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a <name>", (("a",), (ParamRef(param="name"),))),
        ("a/<name>", (("a/", ParamRef(param="name")),)),
        ("<a><b>", ((ParamRef(param="a"), ParamRef(param="b")),)),
        ("'<name>'", ((ParamRef(param="name"),),)),
        ('"x-$NAME"', (("x-", ParamRef(param="NAME")),)),
        ('"${NAME}y"', ((ParamRef(param="NAME"), "y"),)),
        ("-n<name> b", (("-n", ParamRef(param="name")), ("b",))),
    ],
)
def test_a_placeholder_is_an_opaque_part_of_its_word(text: str, words: tuple[Word, ...]) -> None:
    assert scan(text) == words


def test_a_shell_variable_finds_the_parameter_that_is_written_in_lower_case() -> None:
    assert scan("$POD_NAME ${OTHER_NAME} $Plain", params={"pod-name", "other_name"}) == (
        (ParamRef(param="pod-name"),),
        (ParamRef(param="other_name"),),
        (ParamRef(param="Plain"),),
    )

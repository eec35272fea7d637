import pytest

from stanch.runbook.findings import RefusedError
from stanch.runbook.lines import command_lines
from stanch.runbook.statements import statements
from tests.time_bounds import work_below


def lines(content: str) -> list[tuple[str, int]]:
    return [(line.text, line.offset) for line in command_lines(content, "lines")]


def console(content: str) -> list[tuple[str, int]]:
    return [(line.text, line.offset) for line in command_lines(content, "console")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a 'x\ny' b\nc", [("a 'x\ny' b", 0), ("c", 2)]),
        ('a "x\n\\"y" b\nc', [('a "x\n\\"y" b', 0), ("c", 2)]),
        ("a |\n b\nc", [("a |\n b", 0), ("c", 2)]),
        ("a |\n\n b\nc", [("a |\n\n b", 0), ("c", 3)]),
        ("a \\\n | b\nc", [("a \\\n | b", 0), ("c", 2)]),
        ("a &&\nb\nc", [("a &&\nb", 0), ("c", 2)]),
        ("a ||\nb", [("a ||\nb", 0)]),
        ("a # don't\nb", [("a # don't", 0), ("b", 1)]),
        ("a # x |\nb", [("a # x |", 0), ("b", 1)]),
        ("a#'b'\nc", [("a#'b'", 0), ("c", 1)]),
        ("a \\'\nb", [("a \\'", 0), ("b", 1)]),
    ],
)
def test_a_command_ends_where_a_shell_would_end_it(
    content: str, found: list[tuple[str, int]]
) -> None:
    assert lines(content) == found


def test_a_quote_that_is_never_closed_leaves_the_lines_after_it_alone() -> None:
    assert lines("it's\nb\nc") == [("it's", 0), ("b", 1), ("c", 2)]


@pytest.mark.parametrize(
    "script",
    [
        "cat <<EOF > /etc/cron.d/x\nkubectl get pods\nEOF",
        "cat <<-'END'\n\tkubectl get pods\n\tEND",
        "for p in a b; do\n  kubectl delete pod $p\ndone",
        "while true; do\n  if x; then\n    kubectl get pods\n  fi\ndone",
        "if kubectl get pods; then\n  reboot\nelse\n  date\nfi",
        "case x in\n  a) date ;;\nesac",
        "clean() {\n  kubectl get pods\n}",
        "function clean {\n  kubectl get pods\n}",
    ],
)
def test_nothing_inside_a_script_becomes_a_command_of_its_own(script: str) -> None:
    below = script.count("\n") + 1
    assert lines(f"{script}\nkubectl top nodes") == [(script, 0), ("kubectl top nodes", below)]


@pytest.mark.parametrize("begin", ["for p in a; do", "if x; then", "cat <<EOF", "f() {"])
def test_a_script_without_an_end_takes_the_rest_of_the_block_with_it(begin: str) -> None:
    assert len(lines(f"{begin}\nkubectl get pods\nkubectl top nodes")) == 1


def test_a_console_block_holds_what_was_typed_and_what_was_printed() -> None:
    content = (
        "# the pods\n$ kubectl get pods \\\n>   -n shop\nNAME READY\n"
        "ops@web-1:~$ df -h |\n> grep sda\n/dev/sda1 80%\nroot@web-1:~# uptime\n[ops@web-1 ~]$ w\n"
    )
    assert console(content) == [
        ("kubectl get pods \\\n  -n shop", 1),
        ("df -h |\ngrep sda", 4),
        ("uptime", 7),
        ("w", 8),
    ]


def test_a_console_block_with_nothing_but_root_prompts_is_not_guessed_at() -> None:
    with pytest.raises(RefusedError, match="prompt of root or a comment") as caught:
        console("some output\n# sysctl -a\n")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "content",
    ["a\\\n", "a|\n", "'\n\"\n", "<<a\n", "if x\n", "x 'a\n", 'x "\\"\n', "{ a\n", "# '\n'\n"],
)
def test_hostile_lines_are_cut_in_bounded_time(content: str) -> None:
    with work_below(10):
        assert command_lines(content * (250_000 // len(content)), "lines") is not None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("SELECT 1", [("SELECT 1", 0)]),
        ("-- a; b\nSELECT 1;\n\nSELECT 2;\n", [("SELECT 1", 1), ("SELECT 2", 3)]),
        ("SELECT 'a;b'; SELECT $$c;d$$;", [("SELECT 'a;b'", 0), ("SELECT $$c;d$$", 0)]),
        ("SELECT $q$; DROP TABLE t; $q$;", [("SELECT $q$; DROP TABLE t; $q$", 0)]),
        ("/* a; */ SELECT 1;\n;; -- end\n", [("SELECT 1", 0)]),
        (
            "SELECT <column name>;\nSELECT $X, ${Y};",
            [("SELECT <column name>", 0), ("SELECT $X, ${Y}", 1)],
        ),
        ("SELECT 'é';\nSELECT 2;", [("SELECT 'é'", 0), ("SELECT 2", 1)]),
        ("-- nothing\n", []),
    ],
)
def test_a_block_of_sql_is_cut_into_its_statements(
    content: str, found: list[tuple[str, int]]
) -> None:
    assert [(line.text, line.offset) for line in statements(content)] == found


@pytest.mark.parametrize(
    "content",
    [
        "SELECT 'a; SELECT 2;",
        "SELECT 1; <x>;",
        "SELECT 1; 2 x;",
        "SELECT a <b; c> d;",
        "\\d t\nSELECT 1",
    ],
)
def test_no_part_of_a_block_of_sql_is_lost(content: str) -> None:
    kept = "".join(line.text for line in statements(content))
    assert kept.replace(" ", "").replace(";", "") == content.replace(" ", "").replace(";", "")


@pytest.mark.parametrize("content", ["/*", "--x\n", "SELECT 1;\n", "$a ", "/* * ", "'"])
def test_a_hostile_block_of_sql_is_cut_in_bounded_time(content: str) -> None:
    with work_below(10):
        assert statements(content * (250_000 // len(content))) is not None

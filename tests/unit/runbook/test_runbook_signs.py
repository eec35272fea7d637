from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stanch.runbook.cel import BUDGET, ExpressionError, check, compute
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import OwnSign, Threshold
from stanch.runbook.signs import check_needs, levels, own_names, used_params
from stanch.runbook.yaml_text import Tree
from tests.time_bounds import uncovered, work_below

DISK = {
    "lines": ["Filesystem  Use%  Mounted on", "/dev/sda1  96%  /", "tmpfs  3%  /tmp"],
    "rows": [{"name": "a", "used": 7, "free": 0.5}, {"name": "b", "used": 9, "free": None}],
    "empty": [],
}
SEEN: dict[str, Any] = {
    "steps": {"df": DISK, "top-cpu": {"text": "x"}},
    "params": {"host": "db-1"},
    "alert": {"labels": {"severity": "page"}, "annotations": {}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("steps.df.lines.exists(l, l.contains(' 96% '))", True),
        ("steps['df'].lines.exists(l, l.matches('^tmpfs +[0-9]+%'))", True),
        ('steps["top-cpu"].text == "x"', True),
        ("steps.df.lines.all(l, l.startsWith('/'))", False),
        ("steps.df.lines.exists_one(l, l.endsWith('/tmp'))", True),
        ("steps.df.rows.filter(r, r.used > 8).size() == 1", True),
        ("sum(steps.df.rows.map(r, r.used))", 16),
        ("max(steps.df.rows.map(r, r.used > 8, r.used))", 9),
        ("min(2, 1.5)", 1.5),
        ("number(steps.df.lines[1].split('  ')[1]) >= 95.0", True),
        ("steps.df.lines[2].split()[1].trim() == '3%'", True),
        ("'Ä-AB'.lowerAscii() == 'Ä-ab'", True),
        ("number(' -2.5e3 ')", -2.5),
        ("number(4) + number(0.5)", 4.5),
        ("has(steps.df.rows[0].nothing)", False),
        ("steps.df.rows[1].free == null", True),
        ("steps.df.empty.size() == 0 ? 0.0 : 1.0", 0.0),
        ("params.host == 'db-1' && alert.labels.severity in ['page', 'ticket']", True),
        ("'severity' in alert.labels && !('summary' in alert.annotations)", True),
        ("steps.df.rows.exists(r, steps.df.lines.exists(l, l.contains(r.name)))", True),
        (
            "steps.df.rows.exists(r, r.name == ')' || r.name == \", 'a'\") // a ( in a comment",
            False,
        ),
        ("double(steps.df.rows[0].used) / 14.0", 0.5),
        (r"'a\'b' == \"a'b\" && r'\d' != '\n'".replace('\\"', '"'), True),
    ],
)
def test_an_expression_has_its_value(text: str, value: object) -> None:
    check(text, steps=["df", "top-cpu"])
    assert compute(text, SEEN) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" // nothing", "is empty"),
        ("x" * 1001, "longer than 1000"),
        ("steps.df.lines.exists(", "does not name its item"),
        ("steps.df.lines.exists(l, (l == 'a')", "not closed"),
        ("steps.df ==", "cannot be read: 1:"),
        ("'open", "is not CEL"),
        ("steps.df @ 2", "'@ 2' is not CEL"),
        ("steps.other.lines.size() > 0", "the step 'other', which it does not need"),
        ("steps.size() > 0", "the step 'size'"),
        ("steps[params.host].lines", "'steps' is read without a name"),
        ("[steps].size() > 0", "'steps' is read without a name"),
        ("size(params) > 0", "'params' is read without a name"),
        ("foo > 1", "'foo' is not a name"),
        ("l == 'a' || steps.df.lines.exists(l, true)", "'l' is not a name"),
        ("open('/etc/passwd') == ''", "open() is not a function"),
        ("steps.df.lines.join('')", "join() is not a function"),
        ("spend__(0, 0)", "spend__() is not a function"),
        ("steps.df.lines.exists(spend__, true)", "'spend__' is taken"),
        ("steps.df.lines.exists(steps, true)", "'steps' is taken"),
        ("steps.df.lines.exists(l, steps.df.lines.exists(l, true))", "'l' is taken"),
        ("steps.df.lines.exists(1, true)", "does not name its item"),
        ("steps.df.lines.exists(l, true, true)", "too many arguments"),
        ("exists(steps.df.lines, true)", "stands by itself"),
        (".steps.df", "A dot stands after nothing"),
        ("Secret{name: 'a'}", "makes a message"),
        ("steps.df.lines.exists(l, l.matches(params.host))", "pattern is not written out"),
        ("steps.df.text.matches('(')", "'(' is not a pattern"),
        ("steps.df.text.matches('(x{900}){900}')", "is not a pattern"),
        ("steps.df.lines.map(l, steps.df.text)", "more than its item"),
        ("steps.df.rows.map(r, r.a).map(r, [r, r]).size() > 0", "more than one map()"),
        ("1" + " + 1" * 11 + " > 2", "adds more than 10 times"),
        ("!" + " && ".join(["steps.df.lines.exists(l, true)"] * 9), "more than 8 loops"),
        (
            "[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, true)))))",
            "nested deeper than 4",
        ),
        ("(" * 400 + "1" + ")" * 400 + " == 1", "cannot be read"),
    ],
)
def test_what_an_own_sign_may_not_say_is_refused(text: str, says: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check(text, steps=["df"])
    assert refused.value.code == "RB066"
    assert says in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps.df.nothing > 1", "a field that it reads is missing"),
        ("steps.df.rows[0].nothing.size() > 1", "a field that it reads is missing"),
        ("steps.df.lines[9] == ''", "shorter than it takes"),
        ("steps.df.rows[1].free > 0.1", "different types"),
        ("steps.df.lines[0] > 1", "different types"),
        ("1 / steps.df.empty.size() > 1", "divides by zero"),
        ("int(steps.df.lines[0]) > 1", "has no value"),
        ("number(steps.df.lines[0]) > 1.0", "no number where it reads one"),
        ("max(steps.df.empty) > 1", "no numbers to go by"),
        ("sum(steps.df.lines) > 1", "no numbers to go by"),
        ("trim(steps.df.rows) == ''", "takes for a text is none"),
        ("steps.df.rows.exists(r, r.nothing == 1)", "a field that it reads is missing"),
    ],
)
def test_what_has_no_value_says_why_and_repeats_nothing_of_the_evidence(
    text: str, says: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ExpressionError, match=says) as failed:
        compute(text, SEEN)
    assert "Filesystem" not in str(failed.value)
    assert (capfd.readouterr().err, caplog.text) == ("", "")


LARGE = {
    "steps": {
        "x": {
            "lines": [f"line {number}" for number in range(10_000)],
            "numbers": list(range(3_000)),
            "text": "y" * 200_000,
        }
    },
    "params": {},
    "alert": {},
}


@pytest.mark.parametrize(
    "text",
    [
        "steps.x.numbers.all(a, steps.x.numbers.all(b, a + b >= 0))",
        "steps.x.numbers.all(a, [1, 2, 3].all(b, steps.x.numbers.all(c, c >= 0)))",
        "steps.x.lines.filter(l, l != 'q').size() > 0",
        "steps.x.lines.map(l, l + l).size() > 0",
        "steps.x.lines.exists(l, steps.x.text.contains(l))",
        "[steps.x].exists(s, s.lines.exists(l, s.text.contains(l)))",
        "[steps.x].exists(s, s.lines.all(l, s.text.matches('y+z') || true))",
        "steps.x.lines.exists(l, steps.x.text.split('y').size() < 0)",
        "steps.x.lines.exists(l, !steps.x.lines.exists(m, l + m != 'q'))",
    ],
)
def test_what_blows_up_ends_soon_and_is_not_checked(text: str) -> None:
    with work_below(5), pytest.raises(ExpressionError, match="too long"):
        compute(text, LARGE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("steps.x.lines.exists(l, l == 'q')", False),
        ("steps.x.lines.exists(l, l.matches('^(e+)+$'))", False),
        ("steps.x.lines.filter(l, l.endsWith('99')).size()", 100),
        ("steps.x.text.matches('(y+)+z')", False),
        ("steps.x.numbers.filter(n, n > 1000).size()", 1999),
    ],
)
def test_what_goes_through_large_evidence_once_is_computed(text: str, value: object) -> None:
    with work_below(2):
        assert compute(text, LARGE) == value


def test_evidence_that_is_too_large_to_be_handed_over_is_not_checked() -> None:
    seen = {"steps": {"x": {"rows": [0] * (BUDGET // 2)}}}
    with uncovered(), pytest.raises(ExpressionError, match="too large"):
        compute("steps.x.rows.size() > 0", seen)


PIECES = st.sampled_from(
    [
        *("steps.df.lines", "steps['df']", "steps", ".rows", ".exists(", "l, ", "l", ".map(", "r."),
        *(".filter(", ")", "(", "[", "]", "0", "1.5", "'a'", '"', "+", "-", "!", "&&", "||", "=="),
        *(
            "?",
            ":",
            ",",
            "in",
            "has(",
            "size()",
            ".matches('a+')",
            "{",
            "}",
            " ",
            "\n",
            "//",
            "null",
        ),
        *("spend__(", "params.x", "\x00", "é", "r'", "'''", "0x1", "1u", "b'a'", "true", "9" * 20),
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60)))
@example("steps.df.lines.exists(l, l.exists(m, true) ? true : false)")
def test_every_text_is_computed_refused_or_without_value(text: str) -> None:
    with suppress(RefusedError, ExpressionError):
        check(text, steps=["df"])
        value = compute(text, {**SEEN, "steps": {"df": DISK}})
        assert value == compute(text, {**SEEN, "steps": {"df": DISK}})


@given(
    rows=st.lists(st.integers(-50, 50), max_size=12),
    limit=st.integers(-50, 50),
    name=st.sampled_from(["exists", "all", "filter", "exists_one"]),
)
def test_counting_a_loop_does_not_change_what_it_finds(
    rows: list[int], limit: int, name: str
) -> None:
    kept = [row for row in rows if row > limit]
    expected: dict[str, object] = {
        "exists": bool(kept),
        "all": kept == rows,
        "filter": kept,
        "exists_one": len(kept) == 1,
    }
    seen = {"steps": {"df": {"rows": rows}}}
    assert compute(f"steps.df.rows.{name}(r, r > {limit})", seen) == expected[name]


SIGN = OwnSign(cel="true", needs=("df", "gone"))
POOL = Threshold(step="gone", value="1", warn=1, critical=2)


def test_the_signs_of_a_runbook_are_called_by_name_and_by_level() -> None:
    half = Threshold(step="df", value="1", critical=2)
    assert own_names({"full": SIGN}, {"pool": POOL, "half": half}) == {
        *("full", "pool-warn", "pool-critical", "half-critical")
    }
    assert levels(POOL) == {"critical": 2, "warn": 1}


def test_the_parameters_that_signs_read_are_told_with_their_place() -> None:
    sign = OwnSign(cel="params.host == 'a' || params['pod-name'] == 'b'", needs=("df",))
    limit = Threshold(step="df", value="number(params.limit) + number(params.host)", warn=1)
    broken = OwnSign(cel="params.lost ==", needs=("df",))
    assert used_params({"full": sign, "broken": broken}, {"pool": limit}) == {
        "host": ("signs", "full", "cel"),
        "pod-name": ("signs", "full", "cel"),
        "limit": ("thresholds", "pool", "value"),
    }


def test_signs_need_steps_that_read_and_names_of_their_own() -> None:
    found: list[tuple[str, int, str]] = []
    tree = Tree(
        {},
        {
            ("signs", "full", "needs", 1): 3,
            ("thresholds", "pool", "step"): 5,
            ("thresholds", "pool"): 4,
            ("signs", "full"): 2,
        },
    )
    check_needs(
        {"full": SIGN},
        {"pool": POOL},
        steps=["df"],
        taken=["full", "pool-warn", "other"],
        tree=tree,
        report=lambda code, line, message, _: found.append((code, line, message)),
    )
    assert found == [
        ("RB066", 3, "full: there is no step 'gone' that reads."),
        ("RB067", 5, "pool: there is no step 'gone' that reads."),
        ("RB066", 2, "There is a built-in sign 'full'."),
        ("RB067", 4, "There is a built-in sign 'pool-warn'."),
    ]

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook.findings import RefusedError
from stanch.runbook.yaml_text import MOST_CHARACTERS, read_tree


def test_every_value_is_text_as_it_is_written() -> None:
    text = "a: no\nb: 2026-11-01\nc: 010\nd: 1e3\ne: on\nf: ~\ng:\nh: 'x: y'\n1: 2\n"
    assert read_tree(text).value == {
        "a": "no",
        "b": "2026-11-01",
        "c": "010",
        "d": "1e3",
        "e": "on",
        "f": None,
        "g": None,
        "h": "x: y",
        "1": "2",
    }


def test_every_part_knows_its_line_and_an_absent_one_that_of_its_parent() -> None:
    tree = read_tree("a:\n  - b: 1\n\n    c: 2\n  - x\nd: 3\n")
    assert tree.line(("a",)) == 0
    assert tree.line(("a", 0, "c")) == 3
    assert tree.line(("a", 1)) == 4
    assert tree.line(("d", "nowhere", 7)) == 5
    assert tree.line(("nowhere",)) == 0


@pytest.mark.parametrize(
    ("text", "code", "line", "reason"),
    [
        ("a: 1\nb: &x [1]", "RB002", 1, "Anchors"),
        ("a: 1\nb: *x", "RB002", 1, "Anchors|alias"),
        ("a: 1\n<<: {b: 1}", "RB002", 1, "key is not plain"),
        ("a: 1\n? [x]\n: 1", "RB002", 1, "key is not plain"),
        ("a: 1\nb: !!binary aGk=", "RB002", 1, "tag"),
        ("a: !!python/object/apply:os.system [x]", "RB002", 0, "tag"),
        ("a: !mine x", "RB002", 0, "tag"),
        ("a: 1\na: 2", "RB003", 1, "stands twice"),
        ("a: 1\nb: {c: 1, c: 2}", "RB003", 1, "'c' stands twice"),
        ("- a", "RB002", 0, "not a mapping"),
        ("", "RB002", 0, "not a mapping"),
        ("just text", "RB002", 0, "not a mapping"),
        ("a: 1\n--- \nb: 2", "RB002", 1, "second YAML document"),
        ("a: 1\n\tb: 2", "RB002", 1, "not YAML"),
        ("a: b: c", "RB002", 0, "not YAML"),
        ("a: <name> x: y", "RB002", 0, "not YAML"),
        ("a: \0", "RB002", 0, "not YAML"),
        ("a: " + "[" * 30 + "]" * 30, "RB002", 0, "deeper than"),
        ("a: " + "{b: " * 100_000, "RB002", 0, "longer than"),
        ("a: " + "x" * MOST_CHARACTERS, "RB002", 0, "longer than"),
    ],
)
def test_more_than_plain_yaml_is_refused_at_its_line(
    text: str, code: str, line: int, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason) as caught:
        read_tree(text)
    assert (caught.value.code, caught.value.line) == (code, line)


@given(st.text(alphabet="ab:-[]{}'\"!&*#?|>%@,\n\t .<~0", max_size=60))
def test_any_text_is_read_as_texts_or_refused(text: str) -> None:
    try:
        tree = read_tree(text)
    except RefusedError as error:
        refused = error.code
    else:
        refused = ""
        assert all_text(tree.value)
    assert refused in {"", "RB002", "RB003"}


def all_text(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and all_text(item) for key, item in value.items())
    if isinstance(value, list):
        return all(all_text(item) for item in value)
    return value is None or isinstance(value, str)

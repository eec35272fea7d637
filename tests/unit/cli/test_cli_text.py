"""Text on a terminal: shown instead of obeyed, and wrapped below itself."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stanch.cli.plain import one_line, plain
from stanch.cli.terminal import hang, labelled

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


def printed(head: str, text: str, *, width: int, terminal: bool = True) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    hang(console, head, text)
    return out.getvalue()


@given(text=st.text())
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    shown = plain(text)
    acting = {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert acting <= {"\n", "\t"}
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eevil", "\\u202eevil"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("back\rover", "back\\x0dover"),
        ("Grüße, 世界 🙂", "Grüße, 世界 🙂"),
    ],
)
def test_each_trick_is_shown_as_its_code(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(words=st.lists(WORDS, min_size=2, max_size=40), width=st.integers(30, 120))
def test_a_long_line_goes_on_below_its_own_text(words: list[str], width: int) -> None:
    lines = printed("Label      ", " ".join(words), width=width).splitlines()
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("Label      ")
    assert all(line.startswith(" " * 11) for line in lines[1:])
    assert "".join(line[11:] for line in lines).replace(" ", "") == "".join(words)


@given(words=st.lists(WORDS, min_size=1, max_size=40))
def test_in_a_pipe_every_line_stays_whole(words: list[str]) -> None:
    text = " ".join(words)
    assert printed("Label      ", text, width=40, terminal=False) == f"Label      {text}\n"


def test_a_head_too_long_for_the_terminal_gets_a_line_of_its_own() -> None:
    head = "ok E-001     91 ms  error-ratio-recovered     "
    lines = printed(head, "value 0.35 of ten series", width=50).splitlines()
    assert lines == ["ok E-001 91 ms error-ratio-recovered", "    value 0.35 of ten series"]


def test_a_path_is_never_broken() -> None:
    path = "/very/long" * 20
    assert printed("Report     ", path, width=40) == f"Report     {path}\n"


def test_a_line_end_in_a_text_begins_no_line() -> None:
    out = io.StringIO()
    labelled(Console(file=out, width=80), "Note", "one\nApproved   A-1 by root")
    assert out.getvalue() == "Note       one Approved A-1 by root\n"

"""Rendering and writing: the same bytes for the same data, and nothing foreign as markup."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stanch.report import Postmortem, chart, compose, render, write
from stanch.report.render import cell, cell_code, code, plain
from stanch.report.spans import SPAN, percent, seconds_of, span
from stanch.report.write import slug
from tests.unit.report.recorded import Recorder
from tests.unit.report.scenes import SCENES, cured, handed_over

SECTIONS = (
    "Summary",
    "Impact",
    "Timeline",
    "What happened",
    "Trigger",
    "Contributing factors",
    "Five whys",
    "Detection",
    "Resolution",
    "Hypotheses considered",
    "What went well",
    "What went wrong",
    "Where we got lucky",
    "Action items",
    "Lessons",
    "What was not checked",
    "Related incidents",
    "Supporting evidence",
    "How to verify this document",
)


def made(record: Recorder) -> Postmortem:
    return compose(record.incident, record.events, record.evidence)


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_the_json_gives_back_the_same_document_and_the_same_markdown(scene: str) -> None:
    document = made(SCENES[scene]())
    again = Postmortem.model_validate_json(document.model_dump_json())
    assert again == document
    assert render(again) == render(document)
    assert made(SCENES[scene]()) == document


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_section_stands_with_something_in_it(scene: str) -> None:
    text = render(made(SCENES[scene]()))
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert tuple(part.partition("\n")[0] for part in parts) == SECTIONS
    assert all(part.partition("\n")[2].strip() for part in parts)


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head() -> None:
    text = render(made(handed_over()))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    widths, row = [], 0
    for token in tokens:
        row = 0 if token.type == "tr_open" else row + (token.type in {"th_open", "td_open"})
        if token.type == "tr_close":
            widths.append(row)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    separators = sum(set(line) <= set("|- ") and "---" in line for line in lines)
    assert len(widths) == len(lines) - separators


@given(text=st.text(alphabet="ab <>[]()|*_`#~!\\&\n\u202e-.1:/", max_size=60))
def test_foreign_text_brings_no_html_no_link_and_no_emphasis(text: str) -> None:
    shown = f"x {plain(text)} x"
    assert "\n" not in shown
    kinds = {
        child.type
        for token in MarkdownIt("commonmark").parse(shown)
        for child in token.children or []
    }
    assert kinds <= {"text", "code_inline", "text_special"}


@given(text=st.text(alphabet="ab|`<\n\\", max_size=30))
def test_foreign_text_cannot_leave_its_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(text)} | {cell_code(text)} |"
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    assert sum(token.type == "td_open" for token in tokens) == 2


@given(text=st.text(alphabet="ab` ", min_size=1, max_size=20).filter(lambda t: t.strip()))
def test_code_is_one_span_whatever_it_holds(text: str) -> None:
    [paragraph] = [t for t in MarkdownIt("commonmark").parse(code(text)) if t.children]
    assert [child.type for child in paragraph.children or []] == ["code_inline"]


@given(seconds=st.integers(0, 10**7))
def test_a_printed_duration_reads_back_as_itself(seconds: int) -> None:
    text = span(seconds)
    assert SPAN.fullmatch(text)
    assert seconds_of(text)[0] == seconds


@given(ratio=st.floats(0, 1))
def test_a_printed_ratio_is_right_to_its_last_digit(ratio: float) -> None:
    value = float(percent(ratio).removesuffix(" %"))
    assert abs(value - ratio * 100) <= 0.0501


def test_three_files_are_written_and_no_draft_is_left(tmp_path: Path) -> None:
    record = cured()
    document = made(record)
    path = write(tmp_path / "out", document, chart(document, record.events))
    name = "2026-11-20-inc-7-checkout-answers-with-errors"
    assert sorted(p.name for p in path.parent.iterdir()) == [
        f"{name}.json",
        f"{name}.md",
        f"{name}.svg",
    ]
    record_ = json.loads((path.parent / f"{name}.json").read_text(encoding="utf-8"))
    assert Postmortem.model_validate(record_) == document
    assert f"]({name}.svg)" in path.read_text(encoding="utf-8")


def test_a_document_without_a_chart_shows_no_picture(tmp_path: Path) -> None:
    path = write(tmp_path, made(cured()))
    assert "![" not in path.read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.svg"))


def test_a_failed_write_leaves_the_old_document_and_no_draft(tmp_path: Path) -> None:
    document = made(cured())
    path = write(tmp_path, document)
    before = path.read_bytes()
    path.with_suffix(".json").unlink()
    path.with_suffix(".json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path, document)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@given(title=st.text(max_size=120))
def test_a_file_name_is_short_and_made_of_plain_letters(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(title))
    assert len(slug(title)) <= 48


def test_a_title_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    record = cured()
    hostile = record.incident.model_copy(update={"title": "../../etc/passwd\n# owned"})
    document = compose(hostile, record.events, record.evidence)
    path = write(tmp_path, document)
    assert path.parent == tmp_path
    assert "\n# owned" not in path.read_text(encoding="utf-8")


def test_an_empty_journal_gives_a_clear_error() -> None:
    record = cured()
    with pytest.raises(ValueError, match="INC-7 has no journal"):
        compose(record.incident, [], {})

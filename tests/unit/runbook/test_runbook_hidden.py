"""What a reader does not see as a command is never executed."""

from contextlib import suppress
from pathlib import Path

import pytest

from stanch.runbook.command import command_template, query_template
from stanch.runbook.findings import Finding, RefusedError, RunbookError
from stanch.runbook.importing import import_document
from stanch.runbook.markdown import read_document
from stanch.runbook.read import MOST_BYTES, read
from stanch.runbook.yaml_text import read_tree
from tests.time_bounds import work_below

from .runbook_samples import GOOD, sample, written

FENCE = "\n\n```sh\nkubectl get pods -n shop\n```\n"


def executed(before: str) -> bool:
    return bool(read_document(f"## Diagnosis\n\n{before}{FENCE}").blocks)


@pytest.mark.parametrize(
    "before",
    [
        "<div hidden>",
        '<div style="display:none">',
        "<DIV>",
        "<div hidden/>",
        "<template>",
        "<script>\n</pre>",
        "<textarea>\n</style>",
        "<div hidden><b></b>",
        "<b><div hidden></b>",
        "<div hidden><textarea></div></textarea>",
        "<div hidden><!-- </div> -->",
        "<!--> <div hidden> -->",
        "<div>\n</div>\n<!-- what follows",
        '<div title="',
        "<div hidden",
        "<details hidden>",
        '<details style="display:none">',
        "<details><summary>More</summary><div hidden>",
        "Text with <span>words</span> and <template>",
        "<b>" * 101 + "<div hidden>" + "</b>" * 101,
        "<div hidden>\n\n</section>",
        "<div>\n<span hidden><span></span>\n</div>",
        "<div>\n<x-y style='display:none'>\n</div>",
        "<details hidden><details></details>",
    ],
)
def test_a_block_inside_an_open_html_element_is_never_executed(before: str) -> None:
    assert not executed(before)


@pytest.mark.parametrize(
    "before",
    [
        "Plain words.",
        "<div></div>",
        "<details><summary>More</summary>",
        "<details open>",
        "<details>\n<summary>\nMore\n</summary>",
        "<!-- a comment with <div hidden> in it -->",
        "Look at the pod <pod> in <namespace>.",
        "Write `<div hidden>` to hide it.",
        "<br>",
        "<pre>\nkubectl get pods -n <namespace>\n</pre>",
        '<img src="a.png">',
        '<p align="center">',
        "<div hidden>\n\nNothing.\n\n</div>",
        "<details>\n\n<div></div>\n\n</details>",
    ],
)
def test_a_block_beside_html_is_executed(before: str) -> None:
    assert executed(before)


def test_a_block_inside_an_html_element_is_reported(tmp_path: Path) -> None:
    text = GOOD.replace("## Mitigation", f"<div>{FENCE}\n</div>\n\n## Mitigation", 1)
    runbook = sample(tmp_path, text)
    [note] = [one for one in runbook.notes if "an HTML element" in one.message]
    line = text.split("<div>")[0].count("\n") + 3
    assert (note.code, note.line) == ("RB017", line)


def test_the_import_keeps_a_block_inside_an_html_element_as_text() -> None:
    text = f"# A\n\n## Diagnosis\n\n<div hidden>{FENCE}\n</div>\n"
    done = import_document(text, stem="Abc", lint=clean)
    assert [one.runs for one in done.blocks] == [False]
    assert "```text\nkubectl get pods -n shop\n```" in done.text


@pytest.mark.parametrize("escape", [r"\u202E", r"\0", r"\x1b[2J", r"\r", r"\u2066", r"\u2028"])
def test_yaml_cannot_bring_in_by_an_escape_what_the_file_may_not_hold(escape: str) -> None:
    with pytest.raises(RefusedError, match="invisible character") as caught:
        read_tree(f'title: x\nowner: "a{escape}"\n')
    assert (caught.value.code, caught.value.line) == ("RB002", 1)


def test_the_import_names_the_line_of_an_invisible_character_in_the_document() -> None:
    with pytest.raises(RefusedError, match=r"U\+202E") as caught:
        import_document("# A\n\nb\u202ec\n", stem="Abc", lint=clean)
    assert (caught.value.code, caught.value.line) == ("RB001", 2)


def filled(piece: str) -> str:
    return piece * ((MOST_BYTES - 1000) // len(piece))


@pytest.mark.parametrize(
    "body",
    [
        filled("<div>\n"),
        filled("`ls -l` "),
        "```sh\n" + filled("uptime\n") + "```\n",
        filled("> "),
        "<div>\n" + filled("<!--\n"),
        "<div>\n" + filled("<a"),
        filled("a <b"),
        "[a]: b '" + filled("x\n"),
        "```console\n" + filled("[[a") + "\n```\n",
    ],
    ids=[
        "html",
        "spans",
        "steps",
        "quotations",
        "comments",
        "tags",
        "open tags",
        "a link's title",
        "prompts",
    ],
)
def test_the_largest_document_is_read_in_bounded_time(tmp_path: Path, body: str) -> None:
    head = "---\ntitle: x\nalerts: [{alertname: A}]\n---\n## Diagnosis\n\n"
    path = written(tmp_path, head + body)
    with work_below(30), suppress(RunbookError):
        read(path, root=tmp_path)


def test_many_placeholders_are_imported_in_bounded_time() -> None:
    lines = "".join(f"kubectl get pods -n <p{number}>\n" for number in range(3000))
    with work_below(60):
        done = import_document(f"# A\n\n## Diagnosis\n\n```sh\n{lines}```\n", stem="A", lint=clean)
    assert "no declaration" in done.blocks[0].aside


def test_many_blocks_with_a_name_that_none_can_have_are_imported() -> None:
    blocks = "```sh\nkubectl get pods -n $__\n```\n\n" * 1200
    done = import_document(f"# A\n\n## Diagnosis\n\n{blocks}", stem="A", lint=clean)
    assert not any(one.runs for one in done.blocks)


def test_many_inner_commands_are_imported_in_bounded_time() -> None:
    lines = filled("kubectl get pods -n $(hostname)\n")
    with work_below(60):
        import_document(f"# A\n\n## Diagnosis\n\n```sh\n{lines}", stem="A", lint=clean)


def clean(_: str) -> tuple[Finding, ...]:
    return ()


@pytest.mark.parametrize("text", ["kubectl get node $NODe.", "kubectl get pods -n 'a <b>'"])
def test_a_placeholder_that_no_value_fits_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(RefusedError, match="whatever <") as caught:
        command_template(text, {})
    assert caught.value.code == "RB028"


def test_a_query_holds_nothing_that_is_not_seen() -> None:
    with pytest.raises(RefusedError, match=r"U\+200B"):
        query_template('up{job="a\u200bb"}', {})

import pytest

from stanch.runbook.markdown import all_blocks, read_blocks, read_document
from stanch.runbook.sections import section
from tests.time_bounds import work_below


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("Diagnosis", "diagnosis"),
        ("  DIAGNOSIS: ", "diagnosis"),
        ("2. Diagnosis", "diagnosis"),
        ("1.2 Checks", "diagnosis"),
        ("Step 3: Investigation", "diagnosis"),
        ("III. Detection", "diagnosis"),
        ("**Triage**", "diagnosis"),
        ("🔍 Troubleshooting steps", "diagnosis"),
        ("Diagnosis & Triage", "diagnosis"),
        ("Investigation {#investigation}", "diagnosis"),
        ("Mitigation", "mitigation"),
        ("Remediation", "mitigation"),
        ("4) Resolution", "mitigation"),
        ("Immediate actions (<5 min)", "mitigation"),
        ("How to fix", "mitigation"),
        ("Meaning", None),
        ("Impact", None),
        ("Quick Reference", None),
        ("Related", None),
        ("Not a diagnosis", None),
        ("Mitigation of other alerts", None),
        ("", None),
    ],
)
def test_a_heading_says_what_the_blocks_under_it_are_for(heading: str, found: str | None) -> None:
    assert section(heading) == found


def test_a_heading_inside_a_quotation_or_a_list_changes_no_section() -> None:
    text = "## Diagnosis\n> ## Mitigation\n\n- # Mitigation\n\n```\na\n```\n"
    [block] = read_blocks(text)
    assert block.section == "diagnosis"


def test_a_heading_below_names_the_section_anew() -> None:
    text = "# x\n## Meaning\n```\na\n```\n### 1. Detection\n```\nb\n```\n### Fix\n```\nc\n```\n"
    assert [block.section for block in read_blocks(text)] == [None, "diagnosis", "mitigation"]


def test_what_only_looks_like_a_block_is_an_aside() -> None:
    text = (
        "## Diagnosis\nRun `kubectl get pods` or\n``a b``.\n\n    kubectl top nodes\n\n"
        "> ```sh\n> df -h\n> ```\n\n<pre>\nuptime\n</pre>\n\n"
        "````md\n```sh\ndate\n```\n````\n"
    )
    document = read_document(text)
    assert [block.info for block in document.blocks] == ["md"]
    assert [(one.kind, one.line, one.text.strip()) for one in document.asides] == [
        ("inline", 1, "kubectl get pods"),
        ("inline", 2, "a b"),
        ("indented", 4, "kubectl top nodes"),
        ("quoted", 6, "df -h"),
        ("html", 10, "<pre>\nuptime\n</pre>"),
        ("nested", 15, "```sh\ndate\n```"),
    ]
    assert {one.section for one in document.asides} == {"diagnosis"}


def test_all_blocks_are_found_outside_of_the_sections_and_in_quotations_too() -> None:
    text = "```\na\n```\n> ```\n> b\n> ```\n## Diagnosis\n```\nc\n```\n"
    found = [(block.content.strip(), block.section) for block in all_blocks(text)]
    assert found == [("a", None), ("b", None), ("c", "diagnosis")]


def test_a_block_in_a_list_item_is_a_block_with_the_indent_taken_off() -> None:
    text = "## Diagnosis\n1. Look:\n\n   ```sh\n   kubectl get pods \\\n     -n a\n   ```\n"
    [block] = read_blocks(text)
    assert (block.content, block.about, block.closed) == (
        "kubectl get pods \\\n  -n a\n",
        "Look:",
        True,
    )


@pytest.mark.parametrize("piece", ["`", "``a", "`a` ", "> ", "    a\n", "<!--\n", "#\n", "``` \n"])
def test_hostile_markdown_is_read_in_bounded_time(piece: str) -> None:
    with work_below(10):
        assert read_document("## Diagnosis\n" + piece * (100_000 // len(piece))) is not None

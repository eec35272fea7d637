from pathlib import Path

import pytest

from stanch.runbook.findings import RunbookError
from stanch.runbook.lines import command_lines
from stanch.runbook.markdown import read_blocks

from .runbook_samples import sample

HEAD = "---\ntitle: x\nalerts: [{alertname: A}]\n---\n"


def steps(folder: Path, body: str) -> list[tuple[str, str, int]]:
    return [(step.name, step.text, step.line) for step in sample(folder, HEAD + body).steps]


def codes(folder: Path, body: str) -> list[tuple[str, int]]:
    with pytest.raises(RunbookError) as caught:
        sample(folder, HEAD + body)
    return [(finding.code, finding.line) for finding in caught.value.findings]


def test_a_bare_fence_works_and_several_commands_become_several_steps(tmp_path: Path) -> None:
    body = "## Diagnosis\n```\nkubectl get pods -n a\n\nkubectl top nodes\n```\n"
    assert steps(tmp_path, body) == [
        ("list-pods", "kubectl get pods -n a", 7),
        ("top-nodes", "kubectl top nodes", 9),
    ]


def test_the_commands_of_a_named_block_are_numbered(tmp_path: Path) -> None:
    body = "## Diagnosis\n```sh {name=look}\nkubectl top nodes\nkubectl top nodes\n```\n"
    assert [name for name, _, _ in steps(tmp_path, body)] == ["look", "look-2"]


def test_a_derived_name_gives_way_to_a_written_one(tmp_path: Path) -> None:
    body = (
        "## Diagnosis\n```sh\nkubectl top nodes\n```\n"
        "```sh {name=top-nodes}\nkubectl top nodes\n```\n"
        "```sh {name=top-nodes-2}\nkubectl top nodes\n```\n"
    )
    assert [name for name, _, _ in steps(tmp_path, body)] == [
        "top-nodes-3",
        "top-nodes",
        "top-nodes-2",
    ]


def test_a_block_with_the_longest_name_and_very_many_commands_is_read(tmp_path: Path) -> None:
    name = "a" * 56
    commands = "kubectl top nodes\n" * 1200
    found = steps(tmp_path, f"## Diagnosis\n```sh {{name={name}}}\n{commands}```\n")
    assert found[-1][0] == f"{name}-1200"
    body = f"## Diagnosis\n```sh {{name={name}a}}\nkubectl top nodes\n```\n"
    assert codes(tmp_path, body) == [("RB011", 6)]


def test_the_number_of_a_block_can_meet_a_written_name(tmp_path: Path) -> None:
    body = (
        "## Diagnosis\n```sh {name=a}\nkubectl top nodes\nkubectl top nodes\n```\n"
        "```sh {name=a-2}\nkubectl top nodes\n```\n"
    )
    assert codes(tmp_path, body) == [("RB060", 11)]


def test_a_block_with_output_and_no_language_is_refused_as_a_command(tmp_path: Path) -> None:
    body = "## Diagnosis\n```\nNAME READY\n```\n```text\nNAME READY\n```\n"
    assert codes(tmp_path, body) == [("RB021", 7)]


def test_a_prompt_belongs_into_a_console_block(tmp_path: Path) -> None:
    body = "## Diagnosis\n```sh\n$ kubectl top nodes\n```\n"
    with pytest.raises(RunbookError, match=r"RB020|RB021"):
        sample(tmp_path, HEAD + body)
    assert len(steps(tmp_path, body.replace("```sh", "```console"))) == 1


def test_the_sections_end_at_the_next_heading_of_their_level() -> None:
    text = (
        "# x\n```\na\n```\n## Diagnosis:\n```\nb\n```\n### First\n```\nc\n```\n"
        "## MITIGATION\n```\nd\n```\n### Then\n```\ne\n```\n# Other\n```\nf\n```\n"
    )
    assert [(block.content.strip(), block.section) for block in read_blocks(text)] == [
        ("a", None),
        ("b", "diagnosis"),
        ("c", "diagnosis"),
        ("d", "mitigation"),
        ("e", "mitigation"),
        ("f", None),
    ]


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("```\na\n```", True),
        ("~~~\na\n~~~~", True),
        ("```\na", False),
        ("```\n", False),
        ("```", False),
        ("````\na\n```\n", False),
        ("- x\n\n  ```\n  a\n  ```\n", True),
        ("- x\n\n  ```\n  a\n\ny\n", False),
        ("```\na\n~~~\n", False),
    ],
)
def test_a_block_knows_whether_it_is_closed(text: str, closed: bool) -> None:
    [block] = read_blocks(text)
    assert block.closed is closed


@pytest.mark.parametrize(
    ("content", "way", "lines"),
    [
        ("a\n\n  b \n# c\n  # d\n", "lines", [("a", 0), ("b", 2)]),
        ("a \\\n  b\nc\n", "lines", [("a \\\n  b", 0), ("c", 2)]),
        ("a \\\\\nb\n", "lines", [("a \\\\", 0), ("b", 1)]),
        ("a \\\n", "lines", [("a \\", 0)]),
        ("a \\", "lines", [("a \\", 0)]),
        ("# a \\\nb\n", "lines", [("b", 1)]),
        ("$ a\nout\n$ b \\\n> c\n> d\n# e\n$\n", "console", [("a", 0), ("b \\\nc", 2)]),
    ],
)
def test_command_lines_are_taken_as_a_shell_would_take_them(
    content: str, way: str, lines: list[tuple[str, int]]
) -> None:
    found = command_lines(content, "console" if way == "console" else "lines")
    assert [(line.text.rstrip("\n"), line.offset) for line in found] == lines


def test_blanks_after_a_backslash_are_refused_where_the_line_was_meant_to_go_on(
    tmp_path: Path,
) -> None:
    body = "## Diagnosis\n```\nkubectl get pods \\ \n  -n a\n```\n"
    assert codes(tmp_path, body) == [("RB020", 7), ("RB021", 8)]


def test_a_query_says_its_range_and_a_change_its_times(tmp_path: Path) -> None:
    body = "## Diagnosis\n```promql {range=2h}\nup\n```\n"
    [step] = sample(tmp_path, HEAD + body).steps
    assert (step.name, step.template.fields) == (
        "query-range",
        {"expression": "up", "window": 7200, "step": 60},
    )

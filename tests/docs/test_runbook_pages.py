"""The two pages about runbooks are true to the code."""

import re
from pathlib import Path
from typing import get_args

import pytest

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.runbook.attributes import LANGUAGES
from stanch.runbook.findings import CODES, NOTES
from stanch.runbook.front_matter import KEYS
from stanch.runbook.model import CheckName, ParamType, Undo
from stanch.runbook.read import read
from tests.docs.documents import ROOT

FINDINGS_PAGE = ROOT / "docs" / "findings.md"
RUNBOOKS_PAGE = ROOT / "docs" / "runbooks.md"
PART = re.compile(
    r"^### (RB\d{3})\n\n\*(.+?)\.\*( A note\.)?\n\n(.+?)(?=\n##|\Z)", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def parts() -> list[tuple[str, str, str, str]]:
    return PART.findall(FINDINGS_PAGE.read_text(encoding="utf-8"))


def section(title: str) -> str:
    _, _, rest = RUNBOOKS_PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def rows(text: str) -> list[str]:
    """Return what stands between backquotes in the first column of a table."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def test_every_code_is_explained_in_order_and_nothing_else_is() -> None:
    assert [code for code, *_ in parts()] == sorted(CODES)


def test_the_page_says_of_each_code_what_the_table_says() -> None:
    said = {code: sentence[:1].lower() + sentence[1:] for code, sentence, *_ in parts()}
    meant = {code: sentence[:1].lower() + sentence[1:] for code, sentence in CODES.items()}
    assert said == meant
    assert {code for code, _, note, _ in parts() if note} == NOTES


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_meaning_an_example_and_a_way_to_mend_it(code: str) -> None:
    [text] = [body for found, *_, body in parts() if found == code]
    meaning, _, rest = text.partition("\n\n- Example: ")
    example, _, mend = rest.partition("\n- Mend: ")
    assert len(meaning) > 30
    assert example
    assert mend.strip().endswith(".")


def test_the_example_of_the_format_is_a_good_runbook(tmp_path: Path) -> None:
    text = RUNBOOKS_PAGE.read_text(encoding="utf-8")
    example = re.findall(r"^````markdown\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)[0]
    path = tmp_path / "example.md"
    path.write_text(example, encoding="utf-8")
    names = {"signs": frozenset(SIGNS), "finding_names": frozenset(FINDINGS)}
    assert [step.name for step in read(path, root=tmp_path, **names).steps] == [
        "pods",
        "rate",
        "undo-rollout",
    ]


def test_every_key_of_the_front_matter_is_named() -> None:
    assert set(rows(section("Front matter"))) == set(KEYS)


def test_every_language_and_attribute_is_named() -> None:
    text = section("Blocks")
    named = {word for word in rows(text) if word.isalpha()}
    assert set(LANGUAGES) - {""} <= set(re.findall(r"`([a-z-]+)`", text))
    assert {"name", "role", "effect", "range", "step", "database"} <= named
    assert {"verify", "undo", "soak", "deadline"} <= named
    for value in (*get_args(CheckName), *get_args(Undo)):
        assert f"`{value}`" in text


def test_every_type_of_parameter_is_named() -> None:
    named = set(re.findall(r"`([a-z-]+)`", section("Parameters")))
    assert set(get_args(ParamType)) <= named


def test_every_built_in_sign_and_finding_is_named_with_what_it_says() -> None:
    _, _, text = section("Signs").partition("\n### Built-in signs\n")
    said = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, re.MULTILINE))
    assert said == {name: sign.about for name, sign in SIGNS.items()}
    assert set(re.findall(r"`finding\.([a-z-]+)`", text)) == set(FINDINGS)


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in (FINDINGS_PAGE, RUNBOOKS_PAGE):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            name = link.partition("#")[0]
            assert not name or (page.parent / name).exists(), link

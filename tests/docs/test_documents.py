"""The documents hang together: links, paths, words, and nothing foreign."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.documents import CONTRIBUTING, DOCUMENTS, README, ROOT, blocks, prose, tracked

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"`([a-z._]+(?:/[A-Za-z0-9_.-]+)+/?|[a-z]+\.(?:toml|json)|\.ci/run)`")
THING = re.compile(r"[a-z]+/(?:[A-Z.]+|stanch/revert-ID)|logs/var/log/.+")
"""What a policy calls a thing looks like a path, and is none."""
FOREIGN = (
    "/wor" + "k/",
    "/ro" + "ot/.pyenv",
    "/ro" + "ot/.cache/stanch",
    "/ho" + "me/user",
    "/far" + "m/",
)
NOUNS = (
    "alert incident runbook step operation intent grammar filter view output effect verdict "
    "policy environment evidence finding sign hypothesis proposal preview approval vote quorum "
    "break-glass strategy "
    "mitigation plan inverse verification baseline journal anchor ledger fence "
    "post-mortem practice_production part fault drill referee"
)
LAYERED = re.compile(r"[a-z]+")


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of `document`."""
    kept = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(prose(document)))
    return {title.strip().replace(" ", "-") for title in kept}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(prose(document))
    for link in links:
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_is_named_is_there(document: Path) -> None:
    made_elsewhere = {"stanch.toml", "policy.yaml", "keys/", "locks/", "postmortems/"}
    for path in PATH.findall(prose(document)):
        example = path.startswith("runbooks/kubernetes/NAME") or THING.fullmatch(path)
        if path in made_elsewhere or example:
            continue
        places = [ROOT / path, ROOT / "agent/stanch" / path, ROOT / "tools/stanch" / path]
        assert any(place.exists() for place in places), path


def test_every_document_is_reached_from_the_readme() -> None:
    reached = {(ROOT / link.partition("#")[0]).resolve() for link in LINK.findall(prose(README))}
    assert {path for path in DOCUMENTS if path != README} <= reached


def test_the_glossary_explains_every_noun_once() -> None:
    _, _, glossary = CONTRIBUTING.read_text(encoding="utf-8").partition("## Glossary")
    rows = re.findall(r"^\| ([a-z][a-z -]+) \| (.+) \|$", glossary, re.MULTILINE)
    assert [noun for noun, _ in rows] == [noun.replace("_", " ") for noun in NOUNS.split()]
    assert all(len(meaning) > 20 for _, meaning in rows)


def test_the_layers_of_the_document_are_those_that_are_held() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [flow] = [c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "flow"]
    held = [set(LAYERED.findall(layer)) for layer in flow["layers"]]
    [_, drawn] = blocks(ROOT / "docs" / "architecture.md", "text")
    rows = [line[:43] for line in drawn.split("\n\n")[0].splitlines()]
    assert [set(LAYERED.findall(row)) for row in rows] == held


def test_the_commands_of_the_justfile_are_those_that_are_told_of() -> None:
    recipes = re.findall(
        r"^([a-z]+)(?: \*options)?:", (ROOT / "justfile").read_text(), re.MULTILINE
    )
    assert recipes == ["check", "test", "lint", "types", "imports", "demo", "cluster", "bench"]
    told = set(re.findall(r"`uv run just ([a-z]+)", CONTRIBUTING.read_text(encoding="utf-8")))
    assert told <= set(recipes)
    assert told


def test_the_script_of_ci_is_executable_and_stops_at_the_first_fault() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "\nset -euo pipefail\n" in script.read_text(encoding="utf-8")


def test_every_stage_of_ci_is_run_when_none_is_named() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    defined = re.findall(r"^stage_([a-z]+)\(\)", text, re.MULTILINE)
    [listed] = re.findall(r"\|\| stages=\((.+)\)", text)
    assert listed.split() == defined


def test_no_file_names_a_place_of_somebody_s_machine() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in FOREIGN if word in text]
    assert found == []


def test_the_changelog_has_a_section_for_what_is_not_released() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    _, _, unreleased = text.partition("\n## [Unreleased]\n")
    assert "\n### Added\n" in unreleased
    assert re.findall(r"^- .+\.$", unreleased, re.MULTILINE)

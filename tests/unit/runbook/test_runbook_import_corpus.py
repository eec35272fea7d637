"""Importing public runbooks as people really write them: all load, every fence is accounted for."""

import re
from functools import cache
from pathlib import Path

import pytest

from stanch.runbook.coverage import Coverage
from stanch.runbook.read import read
from stanch.service.runbook_import import Document, documents_in, import_file, write
from tests.bench.commands_rows import corpora

CORPORA = corpora()
pytestmark = pytest.mark.skipif(
    CORPORA is None, reason="no corpora: set STANCH_CORPORA to their folder"
)
_FENCE = re.compile(r"^[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(`{3,}|~{3,})")


@cache
def documents() -> tuple[Document, ...]:
    return tuple(import_file(path) for path in documents_in((CORPORA or Path()) / "runbooks"))


def fences(path: Path) -> int:
    """Count the blocks of a document by its lines alone."""
    opened: str | None = None
    count = 0
    for line in path.read_text(encoding="utf-8").split("\n"):
        match = _FENCE.match(line)
        if match and opened is None:
            opened, count = match[1], count + 1
        elif match and opened and match[1].startswith(opened) and not line.strip(" \t>`~"):
            opened = None
    return count


def test_every_document_becomes_a_runbook_that_loads(tmp_path: Path) -> None:
    assert len(documents()) >= 100
    for document in documents():
        target = tmp_path / document.file
        write(document, target=target, force=True)
        assert read(target, root=tmp_path).steps


def test_every_fence_is_accounted_for() -> None:
    for document in documents():
        counted = document.coverage
        assert counted.blocks == fences(document.source), document.source
        parts = counted.reads + counted.changes + counted.refused + counted.no_command
        assert parts == counted.blocks
        assert sum(counted.reasons.values()) == counted.refused
        for placed in document.imported.blocks:
            assert placed.runs or placed.aside


def test_most_blocks_with_commands_are_executable() -> None:
    whole = sum((one.coverage for one in documents()), Coverage())
    assert whole.percent >= 85, whole

"""Reading: a Markdown file becomes a Runbook, or all that is wrong with it.

The loader is the linter: what this function accepts is exactly what can be run.
"""

import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from stanch.runbook.check import Vocabulary, check
from stanch.runbook.findings import Finding, RefusedError, RunbookError
from stanch.runbook.front_matter import FrontMatter, Report, read_front_matter, split
from stanch.runbook.guided import check_before
from stanch.runbook.markdown import read_document
from stanch.runbook.model import Runbook
from stanch.runbook.prose import notes
from stanch.runbook.steps import StepReader
from stanch.runbook.yaml_text import Tree

MOST_BYTES: Final = 256 * 1024

# Controls, a lone CR among them, which Markdown turns into a line break, and the marks
# that turn the direction of writing. Words of a command are held to more than this.
_HIDDEN: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]"
)


def read(
    path: Path,
    *,
    root: Path,
    signs: AbstractSet[str] | None = None,
    finding_names: AbstractSet[str] | None = None,
) -> Runbook:
    """Read the runbook in the file `path`, which lies under the folder `root`.

    `signs` and `finding_names` are the names that hypotheses and parameters may use;
    None leaves them unchecked.

    Raises:
        RunbookError: something is wrong with it; the error holds all findings.
    """
    try:
        raw, text = _text(path)
    except RefusedError as error:
        one = Finding(
            code=error.code,
            path=path,
            line=error.line + 1,
            message=error.message,
            remedy=error.remedy,
        )
        raise RunbookError((one,)) from error
    vocabulary = Vocabulary(
        signs=None if signs is None else frozenset(signs),
        findings=None if finding_names is None else frozenset(finding_names),
    )
    return _read(path, root, raw, text, vocabulary)


@lru_cache(maxsize=256)
def _read(path: Path, root: Path, raw: bytes, text: str, vocabulary: Vocabulary) -> Runbook:
    """Read what a file holds; the same bytes at the same place are read once in a process."""
    findings: list[Finding] = []

    def report(code: str, line: int, message: str, remedy: str) -> None:
        findings.append(
            Finding(code=code, path=path, line=line + 1, message=message, remedy=remedy)
        )

    front, body, first = _split(text, report)
    document = read_document(body)
    blocks = tuple(replace(block, line=block.line + first) for block in document.blocks)
    reader = StepReader(front.params, report)
    steps = reader.read(blocks)
    for code, line, message, remedy in notes(document):
        report(code, line + first, message, remedy)
    check(front, steps, reader, vocabulary=vocabulary, report=report)
    check_before(front, steps, report)
    ordered = tuple(sorted(findings, key=lambda one: (one.line, one.code)))
    if any(not one.note for one in ordered):
        raise RunbookError(ordered)
    head = front.head() | {"params": {**front.params, **reader.outputs.added}}
    return Runbook(
        name=_name(path, root),
        path=path,
        sha256=hashlib.sha256(raw).hexdigest(),
        steps=steps,
        notes=ordered,
        prose=body,
        **head,
    )


def _text(path: Path) -> tuple[bytes, str]:
    """Return the bytes of the file, and its text with lines that end in a newline only."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RefusedError(
            "RB001",
            f"The file cannot be opened: {error.strerror}.",
            remedy="Check its path and who may read it.",
        ) from error
    if len(raw) > MOST_BYTES:
        raise RefusedError(
            "RB001", f"The file is longer than {MOST_BYTES} bytes.", remedy="Split it."
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(
            "RB001",
            "The file is not UTF-8.",
            remedy="Save it as UTF-8.",
            line=raw.count(b"\n", 0, error.start),
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    refuse_hidden_in(text)
    return raw, text


def refuse_hidden_in(text: str) -> None:
    """Refuse the document `text` if it holds what nobody sees and programs obey.

    Raises:
        RefusedError: it does; the line is that of the first such character.
    """
    if hidden := _HIDDEN.search(text):
        raise RefusedError(
            "RB001",
            f"The file holds the invisible character U+{ord(hidden[0]):04X}.",
            remedy="Remove it: what a person reads must be what is executed.",
            line=text.count("\n", 0, hidden.start()),
        )


def _split(text: str, report: Report) -> tuple[FrontMatter, str, int]:
    """Return the front matter, the Markdown after it, and the line where that begins."""
    parts = split(text)
    if parts is None:
        report(
            "RB002",
            0,
            "There is no front matter.",
            "Begin the file with a line '---', YAML with title and alerts, and a line '---'.",
        )
        return FrontMatter(Tree({})), text, 0
    front_text, first = parts
    front = read_front_matter(
        front_text,
        lambda code, line, message, remedy: report(code, line + 1, message, remedy),
    )
    body = "\n".join(text.split("\n")[first:])
    shifted = Tree(front.tree.value, {at: line + 1 for at, line in front.tree.lines.items()})
    front.tree = shifted
    return front, body, first


def _name(path: Path, root: Path) -> str:
    try:
        inside = path.relative_to(root)
    except ValueError:
        inside = Path(path.name)
    return inside.with_suffix("").as_posix()

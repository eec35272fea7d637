"""Importing plain documents: files in, runbooks beside them, and what became of each block."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.runbook.coverage import Coverage, coverage
from stanch.runbook.findings import Finding, RefusedError, RunbookError
from stanch.runbook.importing import Imported, import_document
from stanch.runbook.read import MOST_BYTES, read

ENDING = ".stanch.md"
"""What the name of an imported document ends with."""


class ImportRefusedError(Exception):
    """A document cannot be imported; the sentence says which, why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document that was imported, and where its runbook is to lie."""

    source: Path
    imported: Imported
    coverage: Coverage

    @property
    def file(self) -> str:
        """The name of the runbook's file."""
        return self.source.stem + ENDING


def import_file(path: Path) -> Document:
    """Import the document `path`; nothing is written.

    Raises:
        ImportRefusedError: it cannot be read, or is a runbook already.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ImportRefusedError(f"{path} is longer than {MOST_BYTES} bytes; split it")
        text = raw.decode("utf-8")
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImportRefusedError(f"{path} is not UTF-8; save it as UTF-8") from error
    with TemporaryDirectory(prefix="stanch-import-") as folder:
        trial = Path(folder) / f"{path.stem}.md"
        try:
            imported = import_document(text, stem=path.stem, lint=lambda made: _lint(made, trial))
        except RefusedError as error:
            place = f"{path}:{error.line + 1}" if error.line else f"{path}"
            raise ImportRefusedError(f"{place}: {error.code} {error}") from error
    return Document(source=path, imported=imported, coverage=coverage(imported.blocks))


def documents_in(path: Path) -> tuple[Path, ...]:
    """Return the documents at `path`: itself, or all Markdown files under it.

    Raises:
        ImportRefusedError: there is nothing.
    """
    if path.is_dir():
        found = sorted(
            one
            for one in path.rglob("*.md")
            if one.is_file()
            and not one.name.endswith(ENDING)
            and not any(part.startswith(".") for part in one.relative_to(path).parts)
        )
        if not found:
            raise ImportRefusedError(f"there is no Markdown file under {path}")
        return tuple(found)
    if not path.exists():
        raise ImportRefusedError(f"there is no {path}")
    return (path,)


def write(document: Document, *, target: Path, force: bool) -> None:
    """Write the runbook of `document` to the file `target`.

    Raises:
        ImportRefusedError: the file is there and `force` is not given, or it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(document.imported.text)
    except FileExistsError as error:
        raise ImportRefusedError(
            f"{target} is there already; --force writes over it, --out chooses another folder"
        ) from error
    except OSError as error:
        raise ImportRefusedError(f"{target} cannot be written: {error.strerror}") from error


def _lint(text: str, trial: Path) -> Sequence[Finding]:
    trial.write_text(text, encoding="utf-8", newline="\n")
    try:
        return read(
            trial, root=trial.parent, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS)
        ).notes
    except RunbookError as error:
        return error.findings

"""Write a post-mortem to a folder: Markdown to read, JSON as the record, SVG as the picture."""

import os
import re
import tempfile
from pathlib import Path

from stanch.report.document import Postmortem
from stanch.report.render import render

_LONGEST = 48


def slug(title: str) -> str:
    """Return the title as a part of a file name: lower-case words joined by hyphens."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return (words if len(words) <= _LONGEST else words[:_LONGEST].rpartition("-")[0]) or "incident"


def stem(document: Postmortem) -> str:
    """Return the name of the document's files without their endings."""
    head = document.header
    return f"{head.date}-{head.incident.lower()}-{slug(head.title)}"


def write(folder: Path, document: Postmortem, svg: str = "") -> Path:
    """Write the three files, each in one step, and return the path of the Markdown.

    The Markdown comes last: where it stands, its record and its picture stand too. An
    empty `svg` leaves the picture out.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = stem(document)
    _put(folder / f"{name}.json", document.model_dump_json(indent=2) + "\n")
    if svg:
        _put(folder / f"{name}.svg", svg)
    path = folder / f"{name}.md"
    _put(path, render(document, chart=f"{name}.svg" if svg else ""))
    return path


def _put(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

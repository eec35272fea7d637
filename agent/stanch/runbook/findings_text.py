"""Findings as lines: for a person, and as the workflow commands that GitHub shows in a diff."""

from pathlib import Path
from typing import Any, Final

from stanch.runbook.findings import Finding

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(finding: Finding, *, base: Path) -> str:
    """Return the workflow command that marks the line; paths are relative to `base`."""
    path = finding.path.absolute()
    shown = path.relative_to(base.absolute()) if path.is_relative_to(base.absolute()) else path
    properties = ",".join(
        f"{key}={str(value).translate(_PROPERTY)}"
        for key, value in (
            ("file", shown.as_posix()),
            ("line", finding.line),
            ("title", finding.code),
        )
    )
    text = f"{finding.message} {finding.remedy}".rstrip().translate(_DATA)
    return f"::{'notice' if finding.note else 'error'} {properties}::{text}"


def as_data(finding: Finding) -> dict[str, Any]:
    """Return the finding as JSON has it."""
    return {
        "path": str(finding.path),
        "line": finding.line,
        "code": finding.code,
        "level": "note" if finding.note else "error",
        "message": finding.message,
        "remedy": finding.remedy,
    }

"""Folders of runbooks: the shipped ones and a team's own, which come after and win."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from stanch.runbook.findings import RunbookError
from stanch.runbook.model import Runbook
from stanch.runbook.read import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The runbooks of one or several folders, by name, and those that cannot be used."""

    runbooks: tuple[Runbook, ...]
    errors: dict[str, RunbookError]
    """By the name of the runbook. A broken runbook hides a shipped one of its name."""


def read_folder(
    root: Path,
    *more: Path,
    signs: AbstractSet[str] | None = None,
    finding_names: AbstractSet[str] | None = None,
) -> Folder:
    """Read all `*.md` under `root`, then under each of `more`; a later one wins by name.

    Files called README.md and files or folders that begin with a dot are left out. One
    broken runbook stops no other. A folder that is not there has no runbooks.
    """
    runbooks: dict[str, Runbook] = {}
    errors: dict[str, RunbookError] = {}
    for folder in (root, *more):
        for path in _files(folder):
            name = path.relative_to(folder).with_suffix("").as_posix()
            runbooks.pop(name, None)
            errors.pop(name, None)
            try:
                runbooks[name] = read(path, root=folder, signs=signs, finding_names=finding_names)
            except RunbookError as error:
                errors[name] = error
    return Folder(
        runbooks=tuple(runbooks[name] for name in sorted(runbooks)),
        errors={name: errors[name] for name in sorted(errors)},
    )


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*.md")
        if path.name.lower() != "readme.md"
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )

"""The runbooks of a deployment: those that ship, and its own; and what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stanch.clock import Clock
from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.library import bundled
from stanch.runbook.findings import Finding, RunbookError
from stanch.runbook.folder import Folder, read_folder
from stanch.runbook.read import read
from stanch.runbook.stale import stale
from stanch.service.drills import last_passed
from stanch.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found in some runbooks."""

    findings: tuple[Finding, ...]
    """Those that refuse a runbook, and notes."""
    good: int
    refused: int


def runbooks(settings: Settings) -> Folder:
    """Read the runbooks that ship and the deployment's own, which win where names are equal.

    Raises:
        SettingsError: the folder of own runbooks is none.
    """
    folders = [bundled("runbooks")]
    if settings.runbooks is not None:
        if not settings.runbooks.is_dir():
            raise SettingsError(f"STANCH_RUNBOOKS is no folder: {settings.runbooks}")
        folders.append(settings.runbooks)
    return read_folder(*folders, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS))


def lint(paths: Iterable[Path], settings: Settings, *, stale_days: int | None = None) -> Linted:
    """Check the runbooks at `paths`, files or folders; those of the deployment without any.

    With `stale_days` what was not tried for so many days is noted, too (RB-11).

    Raises:
        SettingsError: the folder of own runbooks is none.
    """
    folders = [_at(path) for path in paths] or [runbooks(settings)]
    found: list[Finding] = []
    good = refused = 0
    for folder in folders:
        found += _findings(folder)
        if stale_days is not None:
            today = Clock(settings.clock).now().date()
            drilled = last_passed(settings)
            old = (
                stale(runbook, today, stale_days, drilled=drilled.get(runbook.name))
                for runbook in folder.runbooks
            )
            found += [note for note in old if note is not None]
        good += len(folder.runbooks)
        refused += len(folder.errors)
    ordered = sorted(found, key=lambda one: (str(one.path), one.line, one.code))
    return Linted(findings=tuple(ordered), good=good, refused=refused)


def _at(path: Path) -> Folder:
    signs, names = frozenset(SIGNS), frozenset(FINDINGS)
    if path.is_dir():
        return read_folder(path, signs=signs, finding_names=names)
    try:
        one = read(path, root=path.parent, signs=signs, finding_names=names)
    except RunbookError as error:
        return Folder(runbooks=(), errors={path.name: error})
    return Folder(runbooks=(one,), errors={})


def _findings(folder: Folder) -> Iterator[Finding]:
    for runbook in folder.runbooks:
        yield from runbook.notes
    for error in folder.errors.values():
        yield from error.findings

"""`stanch runbook lint`: everything that is wrong with runbooks, for people and for machines."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stanch.cli.session import print_json

if TYPE_CHECKING:
    from stanch.service.runbooks import Linted


@click.command(short_help="Check runbooks: file, line, code and mend.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "sarif", "github", "json")),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
@click.option(
    "--stale",
    metavar="DAYS",
    type=click.IntRange(1),
    help="Also note what was not drilled or tested for so many days.",
)
def lint(paths: tuple[Path, ...], format_: str, stale: int | None) -> None:
    """Check the runbooks at PATHS, or all: file, line, code and what to do for each finding.

    It fails when a runbook cannot be used. Notes are shown and fail nothing.
    """
    from stanch.service.runbooks import lint as lint_
    from stanch.settings import read

    found = lint_(paths, read(), stale_days=stale)
    if not found.good + found.refused:
        raise click.ClickException(f"there is no runbook under {', '.join(map(str, paths))}")
    _PRINTERS[format_](found)
    sys.exit(1 if found.refused else 0)


def _text(found: "Linted") -> None:
    from stanch.cli.plain import one_line

    for finding in found.findings:
        note = "note: " if finding.note else ""
        place = f"{finding.path}:{finding.line}:"
        text = f"{note}{finding.message} {finding.remedy}"
        click.echo(one_line(f"{place} {finding.code} {text}"), err=True)
    notes = sum(one.note for one in found.findings)
    click.echo(
        f"{found.good} good, {found.refused} refused"
        + (f", {notes} note{'s' * (notes > 1)}" if notes else "")
    )


def _sarif(found: "Linted") -> None:
    from importlib.metadata import version

    from stanch.runbook.sarif import sarif

    print_json(sarif(found.findings, version=version("stanch"), base=Path.cwd()))


def _github(found: "Linted") -> None:
    from stanch.runbook.findings_text import github

    for finding in found.findings:
        click.echo(github(finding, base=Path.cwd()))


def _json(found: "Linted") -> None:
    from stanch.runbook.findings_text import as_data

    print_json(
        {
            "good": found.good,
            "refused": found.refused,
            "findings": [as_data(one) for one in found.findings],
        }
    )


_PRINTERS: dict[str, Callable[["Linted"], None]] = {
    "text": _text,
    "sarif": _sarif,
    "github": _github,
    "json": _json,
}

"""`stanch runbook`: which runbooks there are, what they do, and what is wrong with them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stanch.cli.session import as_json, print_json
from stanch.cli.terminal import row

if TYPE_CHECKING:
    from stanch.runbook.folder import Folder
    from stanch.runbook.model import Runbook


@click.group()
def runbook() -> None:
    """List, show and check runbooks."""


@runbook.command("list")
@as_json
def list_(*, json_: bool) -> None:
    """List the runbooks, one per line: name, title, and the alerts they are for."""
    found = _folder()
    if json_:
        print_json([_brief(one) for one in found.runbooks])
    else:
        for one in found.runbooks:
            alerts = ", ".join(sorted({a.labels.get("alertname", "*") for a in one.alerts}))
            row(f"{one.name:<36} ", f"{one.title} ({alerts})")
    for error in found.errors.values():
        click.echo(str(error), err=True)
    sys.exit(1 if found.errors else 0)


@runbook.command()
@click.argument("name")
@as_json
def show(name: str, *, json_: bool) -> None:
    """Show the steps of the runbook NAME, with what each one does to its target."""
    found = _folder()
    for one in found.runbooks:
        if one.name == name:
            break
    else:
        if name in found.errors:
            raise click.ClickException(str(found.errors[name]))
        names = ", ".join(one.name for one in found.runbooks)
        raise click.ClickException(f"there is no runbook {name}; there are: {names}")
    if json_:
        print_json(_brief(one) | {"steps": [step.model_dump(mode="json") for step in one.steps]})
        return
    click.echo(f"{one.name}: {one.title}\n{one.path}")
    for step in one.steps:
        word = "changes" if step.section == "mitigation" else "observes"
        click.echo(f"\n{step.section}  {step.name}  ({step.role}, {word}, line {step.line})")
        click.echo(f"  {step.text}")


@runbook.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def lint(paths: tuple[Path, ...]) -> None:
    """Check the runbooks at PATHS, or all: one line for each thing that is wrong."""
    from stanch.diagnosis.findings import FINDINGS
    from stanch.diagnosis.signs import SIGNS
    from stanch.runbook.findings import RunbookError
    from stanch.runbook.folder import read_folder
    from stanch.runbook.read import read

    signs, names = frozenset(SIGNS), frozenset(FINDINGS)
    errors: list[RunbookError] = []
    good = 0
    if not paths:
        found = _folder()
        errors, good = list(found.errors.values()), len(found.runbooks)
    for path in paths:
        if path.is_dir():
            folder = read_folder(path, signs=signs, finding_names=names)
            errors += folder.errors.values()
            good += len(folder.runbooks)
            continue
        try:
            read(path, root=path.parent, signs=signs, finding_names=names)
            good += 1
        except RunbookError as error:
            errors.append(error)
    for refused in errors:
        click.echo(str(refused), err=True)
    click.echo(f"{good} good, {len(errors)} refused")
    sys.exit(1 if errors else 0)


def _folder() -> "Folder":
    from stanch.service.runbooks import runbooks
    from stanch.settings import read as read_settings

    return runbooks(read_settings())


def _brief(one: "Runbook") -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "owner": one.owner,
        "path": str(one.path),
        "sha256": one.sha256,
        "alerts": [a.labels for a in one.alerts],
        "hypotheses": sorted(one.hypotheses),
        "steps": [step.name for step in one.steps],
    }

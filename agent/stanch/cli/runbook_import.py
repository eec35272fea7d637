"""`stanch runbook import`: plain documents become runbooks, and what could be taken over."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.session import as_json, print_json

if TYPE_CHECKING:
    from stanch.runbook.coverage import Coverage
    from stanch.service.runbook_import import Document


@click.command("import", short_help="Make runbooks of plain documents.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FOLDER|-",
    help="Where the runbooks go; `-` prints them. Beside each document when not given.",
)
@click.option("--force", is_flag=True, help="Write over a runbook that is there.")
@click.option("--dry-run", is_flag=True, help="Write nothing; only say what would become.")
@as_json
def import_(path: Path, *, out: str | None, force: bool, dry_run: bool, json_: bool) -> None:
    """Make a runbook of the document PATH, or of every Markdown file under it.

    NAME.md becomes NAME.stanch.md beside it. The document itself stays as it is. What
    cannot be executed is kept as text, with the reason above it.
    """
    from stanch.service.runbook_import import (
        ImportRefusedError,
        documents_in,
        import_file,
    )

    documents: list[Document] = []
    failed: list[str] = []
    written: list[Path] = []
    try:
        paths = documents_in(path)
    except ImportRefusedError as error:
        raise click.ClickException(str(error)) from error
    for one in paths:
        try:
            document = import_file(one)
            if out != "-" and not dry_run:
                written.append(_write(document, path, out, force=force))
            documents.append(document)
        except ImportRefusedError as error:
            failed.append(str(error))
    if json_:
        print_json(_data(documents, failed))
    elif out == "-":
        for document in documents:
            click.echo(document.imported.text, nl=False)
    else:
        _report(documents, written, single=not path.is_dir())
    if failed:
        raise click.ClickException("; ".join(failed))


def _write(document: "Document", path: Path, out: str | None, *, force: bool) -> Path:
    from stanch.service.runbook_import import write

    folder = document.source.parent
    if out is not None:
        inside = folder.relative_to(path) if path.is_dir() else Path()
        folder = Path(out) / inside
    target = folder / document.file
    write(document, target=target, force=force)
    return target


def _report(documents: "Sequence[Document]", written: Sequence[Path], *, single: bool) -> None:
    from stanch.runbook.coverage import Coverage

    if not documents:
        return
    for document in documents if single else ():
        _blocks(document)
    width = max((len(one.source.name) for one in documents), default=8) + 2
    click.echo(f"{'document':<{width}} {_HEAD}")
    for document in documents:
        click.echo(f"{document.source.name:<{width}} {_cells(document.coverage)}")
    whole = sum((one.coverage for one in documents), Coverage())
    if len(documents) != 1:
        click.echo(f"{f'{len(documents)} documents':<{width}} {_cells(whole)}")
    if whole.commands:
        click.echo(
            f"\n{whole.executable} of {whole.commands} blocks with commands are executable "
            f"({whole.percent:.1f} %); {whole.steps} are steps where they stand."
        )
    else:
        click.echo("\nNo block holds a command.")
    if whole.reasons:
        _reasons(whole)
    for one in written:
        click.echo(f"Wrote {one}")


def _blocks(document: "Document") -> None:
    from stanch.cli.plain import one_line

    for placed in document.imported.blocks:
        line = placed.taken.block.line + 1
        word = placed.taken.state if not placed.runs else "step"
        why = placed.aside or placed.taken.form.note
        click.echo(one_line(f"line {line}: {word}{': ' + why if why else ''}"))
    for name, param in document.imported.params.items():
        source = f", from {param.source}" if param.source else ""
        click.echo(f"parameter <{name}>: {param.type}{source}")
    click.echo()


def _reasons(whole: "Coverage") -> None:
    from stanch.runbook.findings import CODES

    click.echo("\nrefused because")
    for code, count in whole.reasons.most_common():
        click.echo(f"{count:>6}  {code} {CODES[code]}")


_HEAD = f"{'blocks':>7} {'reads':>7} {'changes':>8} {'refused':>8} {'no command':>11} {'steps':>6}"


def _cells(counted: "Coverage") -> str:
    return (
        f"{counted.blocks:>7} {counted.reads:>7} {counted.changes:>8} {counted.refused:>8} "
        f"{counted.no_command:>11} {counted.steps:>6}"
    )


def _data(documents: "Sequence[Document]", failed: Sequence[str]) -> dict[str, Any]:
    from stanch.runbook.coverage import Coverage

    whole = sum((one.coverage for one in documents), Coverage())
    return {
        "documents": [
            {
                "source": str(document.source),
                "runbook": document.file,
                "coverage": _counts(document.coverage),
                "blocks": [
                    {
                        "line": placed.taken.block.line + 1,
                        "language": placed.taken.family,
                        "state": placed.taken.state,
                        "step": placed.runs,
                        "effect": placed.taken.worst.word if placed.taken.kinds else None,
                        "kinds": placed.taken.kinds,
                        "code": placed.taken.code or None,
                        "reason": placed.aside or None,
                        "changed": placed.taken.form.note or None,
                    }
                    for placed in document.imported.blocks
                ],
                "text": document.imported.text,
            }
            for document in documents
        ],
        "coverage": _counts(whole),
        "failed": list(failed),
    }


def _counts(counted: "Coverage") -> dict[str, Any]:
    return {
        "blocks": counted.blocks,
        "commands": counted.commands,
        "executable": counted.executable,
        "percent": round(counted.percent, 1),
        "reads": counted.reads,
        "changes": counted.changes,
        "refused": counted.refused,
        "no_command": counted.no_command,
        "steps": counted.steps,
        "reasons": dict(counted.reasons),
    }

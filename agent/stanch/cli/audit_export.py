"""`stanch audit export` and `stanch audit anchor`: the journal, and what vouches for it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from stanch.cli.session import session

if TYPE_CHECKING:
    from stanch.store import Store
    from stanch.store.lines import Form, Line

_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write to this file, not to stdout."
)
_force = click.option("--force", is_flag=True, help="Replace the file if it exists.")


@click.command()
@click.argument("incident", required=False)
@click.option("--all", "all_", is_flag=True, help="Every entry; so it is without an INCIDENT.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "cloudevents"]),
    default="jsonl",
    show_default=True,
    help="JSON Lines, or one CloudEvent on each line.",
)
@_output
@_force
def export(
    incident: str | None, *, all_: bool, form: "Form", output: Path | None, force: bool
) -> None:
    """Write the journal, or the entries of INCIDENT, as lines with their seals.

    The journal is verified first. The same entries give the same bytes. Give the file to
    `stanch audit verify` to check it.
    """
    if incident is not None and all_:
        raise click.UsageError("name an INCIDENT or give --all, not both")
    from stanch.store.export import replacing
    from stanch.store.records import number

    name = None if incident is None else f"INC-{number(incident, 'incident')}"
    with session() as here:
        if output is None:
            _write(here.store, sys.stdout.buffer, form, name)
            return
        with replacing(output, force=force) as out:
            header = _write(here.store, out, form, name)
    click.echo(
        f"{header['entries']} entries, {header['first']} to {header['last']}, are in {output}. "
        f"Check it with `stanch audit verify {output}`."
    )


@click.command()
@_output
@_force
def anchor(output: Path | None, *, force: bool) -> None:
    """Print what vouches for the journal as it stands now.

    Keep it where nobody who can write to the home or to the database can reach it.
    `stanch audit verify --anchor FILE` then finds a journal that was rolled back or written
    anew, also with another key.
    """
    from stanch.store.audit import anchored
    from stanch.store.export import replacing

    with session() as here:
        made = anchored(here.store.database, at=here.clock.now())
        home = here.settings.home
    if output is None:
        click.echo(made.text(), nl=False)
        return
    with replacing(output, force=force) as out:
        out.write(made.text().encode("ascii"))
    click.echo(f"The anchor of entry {made.seq} is in {output}. Keep it on another machine.")
    if output.resolve().is_relative_to(home.resolve()):
        click.echo(
            "Note: there it vouches for nothing, because who can write to the home can replace it.",
            err=True,
        )


def _write(store: "Store", out: BinaryIO, form: "Form", incident: str | None) -> "Line":
    from stanch.store.export import export as write

    return write(store.database, out, form=form, incident=incident)

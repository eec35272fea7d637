"""`stanch audit`: is the journal what was written, and do the records agree with it?"""

import sys

import click

from stanch.cli.session import as_json, print_json, session


@click.group()
def audit() -> None:
    """Verify the journal."""


@audit.command()
@as_json
def verify(*, json_: bool) -> None:
    """Check every seal, the end of the journal, and the records against it."""
    from stanch.store import verify as check

    with session() as here:
        found = check(here.store.database)
    if json_:
        print_json(
            {
                "good": not found.faults,
                "entries": found.entries,
                "evidence": found.evidence,
                "proposals": found.proposals,
                "faults": list(found.faults),
                "documents": list(found.documents),
            }
        )
    elif found.faults:
        for fault in found.faults:
            click.echo(fault, err=True)
        click.echo("The journal does not verify.", err=True)
    else:
        click.echo(
            f"The journal verifies: {found.entries} entries, {found.evidence} pieces of evidence "
            f"and {found.proposals} proposals agree with it."
        )
    if not json_:
        for note in found.documents:
            click.echo(f"Note: {note}; the journal holds what it was written from.")
    sys.exit(1 if found.faults else 0)

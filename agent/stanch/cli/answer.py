"""`stanch settle` and `stanch done`: a person's word on what no target can tell.

`settle` is about a change that nobody knows the outcome of, `done` about a step that a
person carries out. Either word counts once.
"""

import sys
from typing import TYPE_CHECKING

import click

from stanch.cli.plain import plain
from stanch.cli.session import Session, identity, session

if TYPE_CHECKING:
    from stanch.incident import Proposal
    from stanch.store.ledger import LedgerEntry


@click.command()
@click.argument("incident")
@click.option("--ran/--did-not-run", required=True, help="What you saw on the target.")
def settle(incident: str, *, ran: bool) -> None:
    """Say whether the change of INCIDENT that is in doubt ran; look at the target first."""
    with session() as here:
        incident = here.store.records.incident(incident).id
        text = take_word(here, in_doubt(here, incident), ran=ran)
        click.echo(f"Noted: {text}. `stanch resume {incident}` goes on.")


@click.command()
@click.argument("incident")
@click.option("--ran/--did-not-run", required=True, help="Whether you carried it out, in whole.")
@click.option("--note", default="", help="What you have to say of it; it is recorded.")
@click.option("--no-run", is_flag=True, help="Only record it; do not go on with the incident.")
def done(incident: str, *, ran: bool, note: str, no_run: bool) -> None:
    """Say that you carried out the step of INCIDENT that was yours, or that you did not.

    It is said once. Where you did a part of it only, say --did-not-run and name the part
    in --note: the step is then not verified, and the incident is looked at again.
    """
    from stanch.tools.operations import DoByHand

    with session() as here:
        incident = here.store.records.incident(incident).id
        proposal, entry = in_doubt(here, incident)
        if not isinstance(proposal.operation, DoByHand):
            raise click.ClickException(
                f"what is in doubt of {incident} was sent by stanch: look at the target, then "
                f"`stanch settle {incident} --ran` or `--did-not-run`"
            )
        text = take_word(here, (proposal, entry), ran=ran, note=plain(note))
        click.echo(f"Noted: {text}.")
        status = 0 if no_run else _go_on(here, incident)
    sys.exit(status)


def in_doubt(here: Session, incident: str) -> "tuple[Proposal, LedgerEntry]":
    """Return what of an incident waits for a person's word."""
    from stanch.store.ledger import unsettled

    entries = unsettled(here.store.database, incident)
    if not entries:
        raise click.ClickException(f"nothing of {incident} is in doubt")
    return here.store.records.proposal(entries[0].proposal), entries[0]


def take_word(
    here: Session, asked: "tuple[Proposal, LedgerEntry]", *, ran: bool, note: str = ""
) -> str:
    """Record the word of whoever sits here; return it as a sentence."""
    from stanch.approvals import require_listed
    from stanch.executor import Redactor
    from stanch.executor.record import ChangeRecord
    from stanch.policy import load
    from stanch.service.deciding import require_approver

    who = identity(here)
    require_listed(load(here.settings.policy_file), who)
    proposal, entry = asked
    require_approver(proposal, who)
    note = Redactor(here.settings.secrets).text(note)
    record = ChangeRecord(here.store, here.clock)
    return record.settle(proposal, entry.key, ran=ran, by=who.name, note=note)


def _go_on(here: Session, incident: str) -> int:
    """Move the incident on here, unless another process does."""
    from stanch.cli.live import live
    from stanch.cli.run import finish

    if here.store.held(incident):
        click.echo(f"The process that runs {incident} goes on.")
        return 0
    return finish(here, incident, live(here, incident, wait=False))

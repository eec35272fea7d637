"""`stanch break-glass`: lift ceiling, freezes and windows for one incident, loudly."""

import sys

import click

from stanch.cli.session import identity, session


@click.command("break-glass")
@click.argument("incident")
@click.option("--reason", default="", help="Why; it goes into the post-mortem.")
@click.option("--end", is_flag=True, help="End it before its time.")
def break_glass(incident: str, *, reason: str, end: bool) -> None:
    """Break the glass for INCIDENT; every change still needs its approvals."""
    from stanch.approvals import break_glass as broken
    from stanch.approvals import legible, mend_glass
    from stanch.policy import load

    with session() as here:
        found = here.store.records.incident(incident)
        who = identity(here)
        if end:
            mend_glass(here.store, here.clock, found, who=who)
            click.echo(f"The glass of {found.id} is whole again.")
            return
        policy = load(here.settings.policy_file)
        until = broken(here.store, policy, here.clock, found, who=who, reason=reason)
    words = (
        f"THE GLASS IS BROKEN for {found.id} by {who.name} until {until:%Y-%m-%d %H:%M:%SZ}: "
        f"{legible(reason)}"
    )
    click.secho(words, fg="red", bold=True, err=True)
    click.secho(
        f"Changes up to {policy.break_glass.ceiling} may be asked for; ceilings, freezes, "
        "windows and what has to be rehearsed first do not hold. "
        "Approvals, limits and what is denied or forbidden still do.",
        err=True,
    )
    click.echo(f"`stanch resume {found.id}` makes a fresh proposal.")
    sys.stderr.flush()

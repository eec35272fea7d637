"""`stanch pending`, `approve`, `reject` and `settle`: people's answers, from any terminal."""

import sys
from typing import TYPE_CHECKING

import click

from stanch.cli.session import Session, as_json, identity, print_json, session
from stanch.cli.terminal import row

if TYPE_CHECKING:
    from stanch.incident import Approval

_SETTLED_SECONDS = 20.0


@click.command()
@as_json
def pending(*, json_: bool) -> None:
    """List the approvals that wait for a decision."""
    with session() as here:
        now = here.clock.now()
        open_ones = [one for one in here.store.approvals.all() if one.state.value == "pending"]
        rows = [
            {
                "approval": one.id,
                "incident": one.incident,
                "proposal": one.proposal,
                "title": here.store.records.proposal(one.proposal).title,
                "expires_at": one.expires_at.isoformat(),
                "expired": one.expires_at <= now,
            }
            for one in open_ones
        ]
    if json_:
        print_json(rows)
        return
    if not rows:
        click.echo("Nothing waits for a decision.")
    for one in rows:
        ends = "ran out" if one["expired"] else "expires"
        head = f"{one['approval']:<6} {one['incident']:<8} "
        row(head, f"{one['title']} ({ends} {str(one['expires_at'])[:19].replace('T', ' ')}Z)")


@click.command()
@click.argument("approval")
@click.option("--yes", is_flag=True, help="Do not ask once more after the card.")
@click.option("--no-run", is_flag=True, help="Only record it; do not go on with the incident.")
def approve(approval: str, *, yes: bool, no_run: bool) -> None:
    """Approve the change of APPROVAL, exactly as its card shows it."""
    from rich.console import Console

    from stanch.approvals import approve as decide
    from stanch.cli.card import show_card
    from stanch.policy import load

    with session() as here:
        found = here.store.approvals.get(approval)
        policy = load(here.settings.policy_file)
        proposal = here.store.records.proposal(found.proposal)
        if found.state.value != "pending":
            by = f" by {found.decided_by}" if found.decided_by else ""
            raise click.ClickException(
                f"{found.id} is {found.state}{by} already; `stanch pending` lists what waits"
            )
        show_card(Console(), proposal, found, policy.approval.people)
        if not (yes or _confirmed(found.id)):
            raise click.ClickException("not approved; nothing was recorded")
        decided = decide(here.store, policy, here.clock, found, who=identity(here))
        click.echo(f"{decided.id} is approved by {decided.decided_by}.")
        status = 0 if no_run else _go_on(here, decided)
    sys.exit(status)


@click.command()
@click.argument("approval")
@click.option("--reason", required=True, help="Why; it goes into the post-mortem.")
@click.option("--no-run", is_flag=True, help="Only record it; do not go on with the incident.")
def reject(approval: str, *, reason: str, no_run: bool) -> None:
    """Reject the change of APPROVAL."""
    from stanch.approvals import reject as decide
    from stanch.policy import load

    with session() as here:
        found = here.store.approvals.get(approval)
        policy = load(here.settings.policy_file)
        decided = decide(here.store, policy, here.clock, found, who=identity(here), reason=reason)
        click.echo(f"{decided.id} is rejected by {decided.decided_by}.")
        status = 0 if no_run else _go_on(here, decided)
    sys.exit(status)


@click.command()
@click.argument("incident")
@click.option("--ran/--did-not-run", required=True, help="What you saw on the target.")
def settle(incident: str, *, ran: bool) -> None:
    """Say whether the change of INCIDENT that is in doubt ran; look at the target first."""
    from stanch.approvals import require_listed
    from stanch.executor.record import ChangeRecord
    from stanch.policy import load
    from stanch.store.ledger import unsettled

    with session() as here:
        incident = here.store.records.incident(incident).id
        entries = unsettled(here.store.database, incident)
        if not entries:
            raise click.ClickException(f"nothing of {incident} is in doubt")
        who = identity(here)
        require_listed(load(here.settings.policy_file), who)
        proposal = here.store.records.proposal(entries[0].proposal)
        record = ChangeRecord(here.store, here.clock)
        text = record.settle(proposal, entries[0].key, ran=ran, by=who.name)
        click.echo(f"Noted: {text}. `stanch resume {incident}` goes on.")


def _confirmed(name: str) -> bool:
    """Ask once more; no answer at all is a no."""
    try:
        return click.confirm(f"Approve {name}?")
    except click.Abort:
        click.echo()
        return False


def _go_on(here: Session, approval: "Approval") -> int:
    """Move the incident on here, or watch the process that does; say what became of it."""
    from stanch.cli.live import live
    from stanch.cli.run import finish
    from stanch.store import held

    if held(here.store.home, approval.incident):
        return _watch(here, approval)
    stopped = live(here, approval.incident, wait=False)
    return _told(here, approval.id) or finish(here, approval.incident, stopped)


def _watch(here: Session, approval: "Approval") -> int:
    """Wait a little for the running process to act on the decision."""
    waited = 0.0
    while _under_way(here, approval.id):
        if waited >= _SETTLED_SECONDS:
            click.echo(f"The process that runs {approval.incident} has not acted on it yet.")
            return 0
        here.clock.wait(0.2 * here.clock.speed)
        waited += 0.2
    return _told(here, approval.id)


def _under_way(here: Session, name: str) -> bool:
    """Say whether the decision is still to be acted on, or is being acted on right now."""
    found = here.store.approvals.get(name)
    if found.state.value == "used":
        entry = here.store.ledger.get(here.store.records.proposal(found.proposal).key)
        return entry is None or entry.state == "started"
    return found.state.value == "approved"


def _told(here: Session, name: str) -> int:
    """Say what became of an approval; an approved change that does not run is an error."""
    found = here.store.approvals.get(name)
    if found.state.value == "superseded":
        click.echo(f"{name} is void and nothing was changed: {found.reason}.", err=True)
        click.echo("A fresh proposal is made: `stanch pending`.", err=True)
        return 1
    if found.state.value == "used":
        entry = here.store.ledger.get(here.store.records.proposal(found.proposal).key)
        if entry is not None and entry.state != "done":
            click.echo(f"The change is {entry.state}: {entry.result}", err=True)
            return 1
        click.echo("The change was made.")
    return 0

"""`stanch pending`, `approve`, `reject` and `abstain`: people's answers, from any terminal.

A decision is always for the requests that are named: there is no way to answer "all that
waits", so that nothing new can slip in between the look and the answer.
"""

import sys
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.session import Session, as_json, identity, print_json, session
from stanch.cli.terminal import person, row

if TYPE_CHECKING:
    from stanch.incident import Approval, Proposal

_SETTLED_SECONDS = 20.0
_ids = click.argument("approvals", metavar="APPROVAL...", nargs=-1, required=True)
_stay = click.option("--no-run", is_flag=True, help="Only record it; do not go on with it.")


@click.command()
@as_json
def pending(*, json_: bool) -> None:
    """List the approvals that wait for a decision, and what else people are asked."""
    from stanch.service.deciding import open_questions

    with session() as here:
        rows = [
            _waiting(here, one)
            for one in here.store.approvals.all()
            if one.state.value == "pending"
        ]
        asked = [] if json_ else open_questions(here.store)
    if json_:
        print_json(rows)
        return
    for question in asked:
        incident = question.incident
        row(f"{'-':<6} {incident:<8} ", f"{question.says} (stanch decide {incident})")
    if not rows and not asked:
        click.echo("Nothing waits for a decision.")
    for one in rows:
        ends = "ran out" if one["expired"] else "expires"
        head = f"{one['approval']:<6} {one['incident']:<8} "
        have = f"{one['votes']} of {one['quorum']} votes, " if one["quorum"] > 1 else ""
        at = str(one["expires_at"])[:19].replace("T", " ")
        row(head, f"{one['title']} ({have}{ends} {at}Z)")


def _waiting(here: Session, one: "Approval") -> dict[str, Any]:
    from stanch.approvals import tally

    proposal = here.store.records.proposal(one.proposal)
    votes = tally(here.store, proposal, one)
    return {
        "approval": one.id,
        "incident": one.incident,
        "proposal": one.proposal,
        "title": proposal.title,
        "environment": proposal.needs.environment,
        "approvers": list(proposal.needs.approvers),
        "votes": len(votes.approved),
        "quorum": votes.quorum,
        "expires_at": one.expires_at.isoformat(),
        "expired": one.expires_at <= here.clock.now(),
    }


@click.command()
@_ids
@click.option("--yes", is_flag=True, help="Do not ask once more after each card.")
@_stay
def approve(approvals: tuple[str, ...], *, yes: bool, no_run: bool) -> None:
    """Approve the change of each APPROVAL, exactly as its card shows it."""
    from stanch.approvals import approve as decide
    from stanch.policy import load

    status = 0
    with session() as here:
        # All of them are known before the first is shown: a wrong id decides nothing.
        for found in _open(here, approvals):
            policy = load(here.settings.policy_file)
            _show(here, found, here.store.records.proposal(found.proposal))
            if not (yes or _confirmed(found.id)):
                raise click.ClickException(f"{found.id} is not approved; nothing was recorded")
            decided = decide(here.store, policy, here.clock, found, who=identity(here))
            status = max(status, _say(here, decided))
            if decided.state.value != "pending" and not no_run:
                status = max(status, _go_on(here, decided))
    sys.exit(status)


@click.command()
@_ids
@click.option("--reason", required=True, help="Why; it goes into the post-mortem.")
@_stay
def reject(approvals: tuple[str, ...], *, reason: str, no_run: bool) -> None:
    """Reject the change of each APPROVAL."""
    from stanch.approvals import reject as decide
    from stanch.policy import load

    status = 0
    with session() as here:
        for found in _open(here, approvals):
            policy = load(here.settings.policy_file)
            who = identity(here)
            decided = decide(here.store, policy, here.clock, found, who=who, reason=reason)
            click.echo(f"{decided.id} is rejected by {decided.decided_by}.")
            if not no_run:
                status = max(status, _go_on(here, decided))
    sys.exit(status)


@click.command()
@_ids
@click.option("--reason", default="", help="Why; it is recorded.")
def abstain(approvals: tuple[str, ...], *, reason: str) -> None:
    """Leave each APPROVAL to the others; it is recorded, and not taken back."""
    from stanch.approvals import abstain as decide
    from stanch.policy import load

    with session() as here:
        for found in _open(here, approvals):
            policy = load(here.settings.policy_file)
            who = identity(here)
            decide(here.store, policy, here.clock, found, who=who, reason=reason)
            click.echo(f"{who.name} abstains from {found.id}.")


def _open(here: Session, names: tuple[str, ...]) -> "list[Approval]":
    """Return the approvals of these names, each once and each still open."""
    found = [here.store.approvals.get(name) for name in dict.fromkeys(names)]
    for one in found:
        if one.state.value != "pending":
            by = f" by {one.decided_by}" if one.decided_by else ""
            raise click.ClickException(
                f"{one.id} is {one.state}{by} already; `stanch pending` lists what waits"
            )
    return found


def _show(here: Session, found: "Approval", proposal: "Proposal") -> None:
    """Show the card; one that is longer than the screen is paged, never cut."""
    from rich.console import Console

    from stanch.cli.card import show_card

    console = Console()
    votes = here.store.votes.of(found.id)
    if not person():
        show_card(console, proposal, found, votes)
        return
    with console.capture() as captured:
        show_card(console, proposal, found, votes)
    text = captured.get()
    if text.count("\n") > console.height:
        click.echo_via_pager(text)
    click.echo(text, nl=False)


def _say(here: Session, decided: "Approval") -> int:
    """Say how an approval stands right after a yes: others may have ended it since."""
    if decided.state.value in {"approved", "used"}:
        click.echo(f"{decided.id} is approved by {decided.decided_by}.")
        return 0
    if decided.state.value != "pending":
        by = f" by {decided.decided_by}" if decided.decided_by else ""
        why = f": {decided.reason}" if decided.reason else ""
        click.echo(f"Your yes is recorded, but {decided.id} is {decided.state}{by}{why}.", err=True)
        return 1
    from stanch.approvals import tally

    proposal = here.store.records.proposal(decided.proposal)
    counted = tally(here.store, proposal, decided)
    answered = {*counted.approved, *counted.abstained}
    left = [one for one in proposal.needs.approvers if one not in answered]
    click.echo(
        f"Recorded: {len(counted.approved)} of {counted.quorum} have approved {decided.id}; "
        f"{counted.missing} more of {', '.join(left)} must."
    )
    return 0


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

    if here.store.held(approval.incident):
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
    from stanch.cli.turn import turn

    found = here.store.approvals.get(name)
    if found.state.value == "expired":
        click.echo(f"{name} ran out before the change was begun; nothing was changed.", err=True)
        return 1
    if found.state.value == "superseded":
        click.echo(f"{name} is void and nothing was changed: {found.reason}.", err=True)
        click.echo("A fresh proposal is made: `stanch pending`.", err=True)
        return 1
    if found.state.value == "used":
        entry = here.store.ledger.get(here.store.records.proposal(found.proposal).key)
        if entry is not None and entry.state == "unknown" and turn(here, found.incident):
            return 0
        if entry is not None and entry.state != "done":
            click.echo(f"The change is {entry.state}: {entry.result}", err=True)
            return 1
        click.echo("The change was made.")
    return 0

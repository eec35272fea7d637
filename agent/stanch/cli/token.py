"""`stanch token`: how somebody is known who does not sit at a terminal of this machine."""

from datetime import UTC, datetime, timedelta

import click

from stanch.cli.session import as_json, identity, print_json, session

_LONGEST_DAYS = 366


@click.group()
def token() -> None:
    """Issue and revoke tokens that say who somebody is."""


@token.command()
@click.argument("person")
@click.option("--days", type=click.FloatRange(0, _LONGEST_DAYS, min_open=True), default=30.0)
def issue(person: str, *, days: float) -> None:
    """Print a new token of PERSON, once; what it lets them do is a matter of the policy."""
    with session() as here:
        if here.settings.token is not None:
            raise click.ClickException(
                "a token cannot issue tokens: run it as the user of the home, without STANCH_TOKEN"
            )
        now = here.clock.now()
        who = identity(here)
        text = here.store.tokens.issue(
            person, by=who.name, now=now, expires=now + timedelta(days=days)
        )
    click.echo(text)
    click.echo(f"{person} sets STANCH_TOKEN to it. It is not shown again.", err=True)


@token.command("list")
@as_json
def list_(*, json_: bool) -> None:
    """List the tokens, without their secrets."""
    with session() as here:
        rows = [
            {
                "token": one.number,
                "person": one.person,
                "issued_by": one.issued_by,
                "issued_at": one.issued_at,
                "expires_at": _date(one.expires_at),
                "revoked_at": one.revoked_at,
            }
            for one in here.store.tokens.all()
        ]
    if json_:
        print_json(rows)
        return
    for row in rows:
        ends = f"revoked {row['revoked_at']}" if row["revoked_at"] else f"until {row['expires_at']}"
        click.echo(f"{row['token']:<4} {row['person']:<20} {ends}")
    if not rows:
        click.echo("There is no token.")


@token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Make token NUMBER count no more."""
    with session() as here:
        here.store.tokens.revoke(number, by=identity(here).name, now=here.clock.now())
    click.echo(f"Token {number} counts no more.")


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")

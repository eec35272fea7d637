"""`stanch open` and `stanch resume`: bring an incident in, and move it on."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stanch.cli.plain import one_line
from stanch.cli.session import Session, session
from stanch.cli.terminal import person

if TYPE_CHECKING:
    from stanch.incident import Alert
    from stanch.service.running import Stopped

HANDED_OVER = 4
"""Exit status when the incident was handed over to people."""


def _pairs(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"'{value}' is not of the form name=value")
        pairs[name] = text
    return pairs


@click.command("open")
@click.argument("title", required=False)
@click.option("--label", "labels", multiple=True, callback=_pairs, help="A label, as name=value.")
@click.option(
    "--param", "params", multiple=True, callback=_pairs, help="A runbook's parameter, name=value."
)
@click.option(
    "--alertmanager",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Alertmanager's webhook body (version 4); - reads it from standard input.",
)
@click.option("--no-run", is_flag=True, help="Only open it; `stanch resume` runs it.")
@click.option("--no-wait", is_flag=True, help="Stop at the first question instead of waiting.")
def open_(
    title: str | None,
    labels: dict[str, str],
    params: dict[str, str],
    file: Path | None,
    *,
    no_run: bool,
    no_wait: bool,
) -> None:
    """Open an incident from an alert and run it.

    Give either a TITLE, with labels that a runbook knows, or --alertmanager FILE.
    """
    from stanch.service.opening import open_incident

    with session() as here:
        names = []
        check_params(here, params)
        for alert in _alerts(here, title, labels, file):
            opened = open_incident(
                here.store,
                here.clock,
                alert,
                by=here.settings.user,
                params=params,
                secrets=here.settings.secrets,
            )
            word = "opened" if opened.new else "is open already; noted that the alert came again"
            click.echo(f"{opened.incident.id} {word}: {one_line(opened.incident.title)}")
            if opened.new:
                names.append(opened.incident.id)
        if no_run:
            return
        status = 0
        for name in names:
            status = max(status, finish(here, name, _live(here, name, wait=not no_wait)))
    sys.exit(status)


@click.command()
@click.argument("incident")
@click.option("--no-wait", is_flag=True, help="Stop at the first question instead of waiting.")
def resume(incident: str, *, no_wait: bool) -> None:
    """Go on with INCIDENT where it stopped; nothing is done twice."""
    with session() as here:
        found = here.store.records.incident(incident)
        if found.status.final:
            click.echo(f"{found.id} is {found.status} already")
            return
        status = finish(here, found.id, _live(here, found.id, wait=not no_wait))
    sys.exit(status)


def finish(here: Session, name: str, stopped: "Stopped") -> int:
    """Say where the incident stands after a run; return the exit status."""
    incident = here.store.records.incident(name)
    if stopped.why == "final":
        click.echo(f"{name} is {incident.status}.")
        for event in here.store.journal.events(name):
            if event.type == "postmortem.written":
                click.echo(f"Post-mortem: {here.settings.home / event.data['path']}")
        return HANDED_OVER if incident.status.value == "handed over" else 0
    if stopped.doubt is not None:
        from stanch.cli.turn import turn

        told = turn(here, name)
        click.echo(
            told
            or f"{name} is in doubt: look at the target, then "
            f"`stanch settle {name} --ran` or `--did-not-run`"
        )
    elif stopped.question is not None:
        from stanch.service.deciding import open_of

        asked = open_of(here.store, name)
        click.echo(f"{name} asks: {asked.says}")
        click.echo(f"Answer: stanch decide {name} {'|'.join(asked.answers)}")
    else:
        click.echo(f"{name} waits for a decision on {stopped.approval}: `stanch pending`")
    return 0


def check_params(here: Session, params: dict[str, str]) -> None:
    """Refuse parameters that no runbook declares."""
    if not params:
        return
    from stanch.service.runbooks import runbooks

    known = {name for one in runbooks(here.settings).runbooks for name in one.params}
    if unknown := sorted(set(params) - known):
        raise click.ClickException(
            f"no runbook has a parameter '{unknown[0]}'; known are: {', '.join(sorted(known))}"
        )


def _live(here: Session, name: str, *, wait: bool) -> "Stopped":
    from stanch.cli.live import live

    return live(here, name, wait=wait and person())


def _alerts(
    here: Session, title: str | None, labels: dict[str, str], file: Path | None
) -> "list[Alert]":
    from stanch.service.intake import alertmanager, by_hand

    if (title is None) == (file is None):
        raise click.UsageError("give either a TITLE or --alertmanager FILE")
    if file is None:
        return [by_hand(title or "", labels, now=here.clock.now())]
    if labels:
        raise click.UsageError("--label goes with a TITLE: the alerts of a FILE have their own")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from None
    delivery = alertmanager(text, str(file))
    if delivery.truncated:
        click.echo(f"The sender left out {delivery.truncated} alerts of this delivery.", err=True)
    if not delivery.alerts:
        click.echo("No alert in it is firing; nothing was opened.")
    return list(delivery.alerts)

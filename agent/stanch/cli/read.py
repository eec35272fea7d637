"""`stanch incidents`, `show`, `timeline`, `postmortem`: what is known of an incident."""

import click

from stanch.cli.session import as_json, print_json, session
from stanch.cli.terminal import row


@click.command()
@as_json
def incidents(*, json_: bool) -> None:
    """List the incidents, the newest first."""
    with session() as here:
        found = here.store.records.all_incidents()
    if json_:
        print_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        click.echo("There are no incidents. `stanch demo` runs one in a practice production.")
    for one in found:
        opened = f"{one.opened_at:%Y-%m-%d %H:%MZ}"
        row(f"{one.id:<8} {one.status.value:<13} {opened}  ", one.title)


@click.command()
@click.argument("incident")
@as_json
def show(incident: str, *, json_: bool) -> None:
    """Show how INCIDENT stands: its alert, evidence, hypotheses and changes."""
    from rich.console import Console

    from stanch.cli.summary import summary
    from stanch.cli.terminal import labelled
    from stanch.cli.view import View

    with session() as here:
        found = here.store.records.incident(incident)
        events = here.store.journal.events(incident)
        evidence = here.store.records.evidence(incident)
        approvals = here.store.approvals.all(incident=incident)
        if json_:
            print_json(
                {
                    "incident": found.model_dump(mode="json"),
                    "evidence": [one.model_dump(mode="json") for one in evidence.values()],
                    "proposals": [
                        one.model_dump(mode="json")
                        for one in here.store.records.proposals(incident)
                    ],
                    "approvals": [one.model_dump(mode="json") for one in approvals],
                    "events": len(events),
                }
            )
            return
        console = Console()
        view = View(console)
        for event in events:
            view.show(event)
        console.print()
        console.rule("[bold]summary[/]", align="left", style="cyan")
        for label, text in summary(here, found):
            labelled(console, label, text)


@click.command()
@click.argument("incident")
@as_json
def timeline(incident: str, *, json_: bool) -> None:
    """Show what happened in INCIDENT, in order, in UTC."""
    from stanch.report.facts import facts as facts_of
    from stanch.report.timeline import timeline as timeline_of

    with session() as here:
        found = here.store.records.incident(incident)
        events = here.store.journal.events(incident)
        evidence = here.store.records.evidence(incident)
    entries = timeline_of(found, events, evidence, facts_of(found, events, evidence))
    if json_:
        print_json([one.model_dump(mode="json") for one in entries])
        return
    for one in entries:
        cites = ", ".join((*one.event_ids, *one.evidence))
        row(f"{one.at:%Y-%m-%d %H:%M:%SZ}  ", f"{one.text} [{cites}]")


@click.command()
@click.argument("incident")
@click.option("--path", is_flag=True, help="Print only where the document lies.")
@as_json
def postmortem(incident: str, *, path: bool, json_: bool) -> None:
    """Print the post-mortem of INCIDENT, as Markdown."""
    with session() as here:
        here.store.records.incident(incident)
        written = [
            here.settings.home / event.data["path"]
            for event in here.store.journal.events(incident)
            if event.type == "postmortem.written"
        ]
    if not written:
        raise click.ClickException(
            f"{incident} has no post-mortem yet: it is written when the incident ends"
        )
    file = written[-1]
    if path:
        click.echo(file)
        return
    try:
        click.echo(file.with_suffix(".json" if json_ else ".md").read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(f"the post-mortem cannot be read: {error}") from None

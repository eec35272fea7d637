"""`stanch decide`: a person's answer to a question of an incident that is no approval."""

import sys

import click

from stanch.cli.session import identity, session


@click.command()
@click.argument("incident")
@click.argument("answer", required=False)
@click.option("--note", default="", help="Why; it goes into the journal.")
@click.option("--no-run", is_flag=True, help="Only record it; do not go on with the incident.")
def decide(incident: str, answer: str | None, *, note: str, no_run: bool) -> None:
    """Say what is to become of INCIDENT where stanch cannot know; show the question without ANSWER.

    After a change that could not be verified the answers are keep, undo and again (look
    again). Each question says which answers it takes.
    """
    from stanch.approvals import require_listed
    from stanch.cli.live import live
    from stanch.cli.run import finish
    from stanch.policy import load
    from stanch.service.deciding import answer as record
    from stanch.service.deciding import open_of

    with session() as here:
        incident = here.store.records.incident(incident).id
        question = open_of(here.store, incident)
        if answer is None:
            click.echo(question.says)
            click.echo(f"Answer: stanch decide {incident} {'|'.join(question.answers)}")
            return
        policy = load(here.settings.policy_file)
        who = identity(here)
        record(
            here.store,
            here.clock,
            question,
            answer.lower(),
            who=who,
            require=lambda one: require_listed(policy, one),
            note=note.strip(),
        )
        click.echo(f"Noted: {who.name} decided '{answer.lower()}'.")
        if no_run or here.store.held(incident):
            return
        status = finish(here, incident, live(here, incident, wait=False))
    sys.exit(status)

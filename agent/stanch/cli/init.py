"""`stanch init`: the first policy of a deployment."""

from pathlib import Path

import click

TEXT = """\
# What stanch may do, and who decides. What is not granted here is denied.
version: 1
approval:
  people: [{people}]      # names by the operating system
  expires_minutes: 15
changes:
  kinds: [kubernetes.roll_back, kubernetes.restart, kubernetes.scale]
  namespaces: [{namespaces}]
  max_replicas: 20
  max_factor: 3
reads:               # the cluster and its metrics may always be looked at
  hosts: []          # names, with * and **
  sudo: []           # the users whose rights a reading program may use there
  databases: []
  http: []           # - {{host: "*.shop.example", paths: ["/healthz", "/api/**"]}}
  decode: false      # whether base64 -d may stand after a pipe
"""


@click.command()
@click.option("--namespace", "namespaces", multiple=True, help="Where changes may be proposed.")
def init(namespaces: tuple[str, ...]) -> None:
    """Write a policy that lists you as an approver; an existing one is left alone."""
    from stanch.settings import read

    settings = read()
    if settings.policy_file.exists():
        raise click.ClickException(f"{settings.policy_file} is there already; edit it instead")
    write_policy(settings.policy_file, settings.user, namespaces)
    click.echo(
        f"Wrote {settings.policy_file}: {settings.user} may approve changes in "
        f"{', '.join(namespaces) or 'no namespace yet'}."
    )


def write_policy(file: Path, person: str, namespaces: tuple[str, ...]) -> None:
    """Write a policy with one approver.

    Raises:
        ClickException: it cannot be written.
    """
    text = TEXT.format(people=person, namespaces=", ".join(namespaces))
    make_folder(file.parent)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"the policy cannot be written: {error}") from None


def make_folder(folder: Path) -> None:
    """Make a folder of the home, for its owner alone; an existing one is left alone.

    Raises:
        ClickException: it cannot be made; says how to choose another place.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"the folder {folder} cannot be made: {error.strerror}. Set STANCH_HOME to a folder "
            "that you can write to"
        ) from None
